"""What indexers say: publication types and MeSH, by their identifiers. Evidence beside the text's, never the verdict.

Identifiers are from the MeSH browser (https://meshb.nlm.nih.gov); headings are renamed, identifiers stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.records import Heading, Tag

#: publication type -> design, with how far it is to be trusted alone
_PUBTYPES = {
    "D016449": ("rct", 0.7), "D018848": ("non-randomised-trial", 0.5), "D000078325": ("protocol", 0.9),
    "D064888": ("observational", 0.8), "D002363": ("case-report", 0.9), "D016454": ("narrative-review", 0.7),
    "D000078182": ("systematic-review", 0.9), "D017418": ("meta-analysis", 0.85), "D017065": ("guideline", 0.9),
    "D016431": ("guideline", 0.85), "D016446": ("guideline", 0.85), "D016421": ("commentary", 0.9),
    "D016422": ("commentary", 0.6), "D016420": ("commentary", 0.7), "D016433": ("commentary", 0.9),
    "D016425": ("commentary", 0.97), "D016440": ("commentary", 0.97), "D000075742": ("commentary", 0.95),
}  # fmt: skip
_PUBTYPE_NAMES = {
    "randomized controlled trial": "D016449", "controlled clinical trial": "D018848", "clinical trial protocol": "D000078325",
    "observational study": "D064888", "case reports": "D002363", "review": "D016454", "systematic review": "D000078182",
    "meta-analysis": "D017418", "practice guideline": "D017065", "guideline": "D016431", "editorial": "D016421",
    "letter": "D016422", "comment": "D016420", "news": "D016433", "published erratum": "D016425",
    "retraction of publication": "D016440", "expression of concern": "D000075742",
    "consensus development conference": "D016446",
}  # fmt: skip
_PHASES = {"D017426": "1", "D017427": "2", "D017428": "3", "D017429": "4"}
_PHASE_NAMES = {"clinical trial, phase i": "D017426", "clinical trial, phase ii": "D017427",
                "clinical trial, phase iii": "D017428", "clinical trial, phase iv": "D017429"}  # fmt: skip
_MESH = {
    "D061218": ("indication", ("depression", "trd")), "D003866": ("indication", ("depression",)),
    "D003865": ("indication", ("depression",)), "D019052": ("indication", ("depression",)),
    "D001714": ("indication", ("bipolar",)), "D059020": ("indication", ("suicidality",)),
    "D013313": ("indication", ("ptsd",)), "D009771": ("indication", ("ocd",)), "D001008": ("indication", ("anxiety",)),
    "D000072861": ("indication", ("anxiety",)), "D000437": ("indication", ("substance-use",)),
    "D019970": ("indication", ("substance-use",)), "D009293": ("indication", ("substance-use",)),
    "D059350": ("indication", ("pain",)), "D009437": ("indication", ("pain",)), "D010149": ("indication", ("pain",)),
    "D000281": ("route", ("intranasal",)), "D000284": ("route", ("oral",)), "D007262": ("route", ("intravenous",)),
}  # fmt: skip
_MESH_NAMES = {
    "depressive disorder, treatment-resistant": "D061218", "depressive disorder": "D003866",
    "depressive disorder, major": "D003865", "depression, postpartum": "D019052", "bipolar disorder": "D001714",
    "suicidal ideation": "D059020", "stress disorders, post-traumatic": "D013313",
    "obsessive-compulsive disorder": "D009771", "anxiety disorders": "D001008", "phobia, social": "D000072861",
    "alcoholism": "D000437", "cocaine-related disorders": "D019970", "opioid-related disorders": "D009293",
    "chronic pain": "D059350", "neuralgia": "D009437", "pain, postoperative": "D010149",
    "administration, intranasal": "D000281", "administration, oral": "D000284", "infusions, intravenous": "D007262",
}  # fmt: skip
_SUBSTANCES = {"D007649": "ketamine", "C000629870": "esketamine"}
_SUBSTANCE_NAMES = {"ketamine": "D007649", "esketamine": "C000629870"}
_ANIMALS, _HUMANS = "D000818", "D006801"


def heading_tags(headings: Iterable[Heading]) -> list[Tag]:
    """What the headings alone would say, each as a tag with its own confidence."""
    listed = list(headings)
    tags: list[Tag] = []
    for heading in listed:
        name = heading.name.split("/")[0].replace("*", "").strip().lower()
        if heading.scheme == "pubtype":
            if design := _PUBTYPES.get(heading.ui or _PUBTYPE_NAMES.get(name, "")):
                tags.append(_tag("design", design[0], heading, design[1]))
            if phase := _PHASES.get(heading.ui or _PHASE_NAMES.get(name, "")):
                tags.append(_tag("phase", phase, heading, 0.9))
        elif heading.scheme == "mesh" and (found := _MESH.get(heading.ui or _MESH_NAMES.get(name, ""))):
            tags += [_tag(found[0], value, heading, 0.7 if heading.major else 0.5) for value in found[1]]
        if heading.scheme in ("mesh", "substance") and (
            drug := _SUBSTANCES.get(heading.ui or _SUBSTANCE_NAMES.get(name, ""))
        ):
            tags.append(_tag("drug", drug, heading, 0.6))
    species = {heading.ui or heading.name.lower() for heading in listed if heading.scheme == "mesh"}
    if species & {_ANIMALS, "animals"} and not species & {_HUMANS, "humans"}:
        animals = next(
            heading for heading in listed if (heading.ui or heading.name.lower()) in (_ANIMALS, "animals")
        )
        tags.append(_tag("design", "preclinical", animals, 0.85))
    return tags


def _tag(dimension: str, value: str, heading: Heading, confidence: float) -> Tag:
    rule = f"{heading.scheme}.{heading.ui}" if heading.ui else f"{heading.scheme}.name"
    return Tag(dimension, value, heading.scheme, 0, len(heading.name), heading.name, rule, confidence)
