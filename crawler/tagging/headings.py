"""What indexers say: publication types and MeSH, by their identifiers. Evidence beside the text's, never the verdict.

Identifiers are from the MeSH browser (https://meshb.nlm.nih.gov); headings are renamed, identifiers stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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
    "study guide": "D016454",  # what StatPearls' chapters are typed as: reviews for learners
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
#: design of the text -> what indexers may call it beside without contradicting it
_COMPATIBLE = {
    "systematic-review": {"narrative-review", "meta-analysis"}, "meta-analysis": {"narrative-review", "systematic-review"},
    "guideline": {"narrative-review"}, "protocol": {"rct", "non-randomised-trial", "observational", "systematic-review"},
    "secondary-analysis": {"rct", "non-randomised-trial", "observational"}, "crossover": {"rct"},
    "rct": {"non-randomised-trial"}, "case-series": {"case-report", "observational"}, "case-report": {"commentary"},
    "qualitative": {"observational"}, "commentary": {"narrative-review"},
}  # fmt: skip
_MAIN_TOPIC = 0.7  # confidence in a MeSH heading with a star
_AGREED, _DISPUTED = 0.03, 0.12  # added to the confidence of a tag, taken from it
_ANIMALS, _HUMANS = "D000818", "D006801"


def heading_tags(headings: Iterable[Heading]) -> list[Tag]:
    """What the headings alone would say, each as a tag with its own confidence."""
    listed = list(headings)
    tags: list[Tag] = []
    for heading in listed:
        name = heading.name.split("/")[0].replace("*", "").strip().lower()
        if heading.scheme == "pubtype":
            if design := _PUBTYPES.get(heading.ui or "") or _PUBTYPES.get(_PUBTYPE_NAMES.get(name, "")):
                tags.append(_tag("design", design[0], heading, design[1]))
            if phase := _PHASES.get(heading.ui or _PHASE_NAMES.get(name, "")):
                tags.append(_tag("phase", phase, heading, 0.9))
        elif heading.scheme == "mesh" and (found := _MESH.get(heading.ui or _MESH_NAMES.get(name, ""))):
            tags += [
                _tag(found[0], value, heading, _MAIN_TOPIC if heading.major else 0.5) for value in found[1]
            ]
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


def weighed(text: list[Tag], headings: list[Tag]) -> list[Tag]:
    """What the text says and what indexers say, together.

    Agreement raises the confidence. Where the text is silent, a heading gives the tag. Where it says otherwise, the
    text is followed, with less confidence, and the heading stands in the dimension `indexed_otherwise`. Only what is a
    guideline its issuer and the indexers know better: "recommendations and rationale" reads like a protocol.
    """
    if not headings:
        return text
    if any(tag.value == "guideline" for tag in headings):
        text = [
            tag
            for tag in text
            if tag.value == "guideline" or tag.dimension not in ("design", "parent_design")
        ]
        headings = [tag for tag in headings if tag.value == "guideline" or tag.dimension != "design"]
    said = {tag.dimension for tag in text if tag.rule != "indication.none-found"}
    values = {(tag.dimension, tag.value) for tag in text}
    added = [tag for tag in headings if (tag.dimension, tag.value) in values or tag.dimension not in said]
    agreed = {(tag.dimension, tag.value) for tag in added}
    alone = {tag.dimension for tag in added} - said
    otherwise = [tag for tag in headings if tag.dimension in said and _contradicts(tag, values)]
    disputed = {tag.dimension for tag in otherwise}
    kept = [
        _sure(tag, agreed=(tag.dimension, tag.value) in agreed, disputed=tag.dimension in disputed)
        for tag in text
        if not (tag.rule == "indication.none-found" and "indication" in alone)
    ]
    return kept + added + [replace(tag, dimension="indexed_otherwise") for tag in otherwise]


def _contradicts(heading: Tag, values: set[tuple[str, str]]) -> bool:
    if (heading.dimension, heading.value) in values:
        return False
    if heading.dimension == "indication":  # what is indexed as a main topic only
        return heading.confidence >= _MAIN_TOPIC
    if heading.dimension != "design":
        return False
    said = {value for dimension, value in values if dimension == "design"}
    return not any(heading.value in _COMPATIBLE.get(value, ()) for value in said)


def _sure(tag: Tag, *, agreed: bool, disputed: bool) -> Tag:
    if agreed:
        return replace(tag, confidence=round(min(0.99, tag.confidence + _AGREED), 2))
    return replace(tag, confidence=round(max(0.3, tag.confidence - _DISPUTED), 2)) if disputed else tag


def _tag(dimension: str, value: str, heading: Heading, confidence: float) -> Tag:
    rule = f"{heading.scheme}.{heading.ui}" if heading.ui else f"{heading.scheme}.name"
    return Tag(dimension, value, heading.scheme, 0, len(heading.name), heading.name, rule, confidence)
