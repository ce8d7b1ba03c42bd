"""From our values to the classes of PsyNamic (Ineichen group), so that both can be scored on its labels.

PsyNamic labels what a study is about with other words than ours; each function says how they correspond. Where its
annotators decide by something that no tag of ours holds, the rule here is the nearest, and docs/tagging.md says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facets = Mapping[str, Any]  # what `tag --jsonl` gives for one record

SUBSTANCES = {"ketamine": "Ketamine", "esketamine": "S-Ketamine", "arketamine": "R-Ketamine"}
_ROUTES = {"intravenous": "Intravenous", "intranasal": "Nasal", "oral": "Oral", "subcutaneous": "Subcutaneous",
           "sublingual": "Other", "intramuscular": "Other", "other": "Other"}  # fmt: skip
_STUDY_TYPES = (
    ("protocol", "Study protocol"), ("systematic-review", "Systematic review/meta-analysis"),
    ("meta-analysis", "Systematic review/meta-analysis"), ("case-series", "Case series"), ("case-report", "Case report"),
    ("qualitative", "Qualitative Study"), ("observational", "Real-world study"),
)  # fmt: skip
_CONDITIONS = {"depression": "Depression", "ptsd": "Post-traumatic stress disorder (PTSD)", "anxiety": "Anxiety",
               "pain": "(Chronic) Pain"}  # fmt: skip
_PSYCHIATRIC = {"depression", "trd", "bipolar", "suicidality", "ptsd", "ocd", "anxiety", "substance-use"}
_REVIEWS = {"systematic-review", "meta-analysis", "narrative-review", "guideline"}
_NOT_SAID_RANDOMISED = {"randomised.implied", "randomised.counterbalanced", "controlled.title"}
_BINS = ((20, "1-20"), (40, "21-40"), (60, "41-60"), (80, "61-80"), (100, "81-100"), (199, "100-199"),
         (499, "200-499"), (999, "500-999"))  # fmt: skip


def study_type(facets: Facets) -> frozenset[str]:
    """One of nine classes. "Randomized" there means said to be so *and* controlled: doses alone are "Other"."""
    designs = set(facets["designs"])
    if "rct" in designs and "secondary-analysis" not in designs:
        doses_only = facets["comparators"] == ["dose"] and len(facets["drugs"]) < 2
        unsaid = any(
            tag["value"] == "rct" and tag["rule"] in _NOT_SAID_RANDOMISED for tag in facets["evidence"]
        )
        return frozenset(["Other" if doses_only or unsaid else "Randomized-controlled trial (RCT)"])
    seen = " ".join(tag["text"].lower() for tag in facets["evidence"] if tag["value"] == "observational")
    if "use" in seen and facets.get("control_group"):  # users against controls in a laboratory
        designs.discard("observational")
    for ours, theirs in _STUDY_TYPES:
        if ours in designs:
            return frozenset([theirs])
    return frozenset(["Other"])


def condition(facets: Facets) -> frozenset[str]:
    """What is treated; "Psychiatric condition" beside the special one; "Healthy Participants" wherever healthy people
    take part: volunteers, controls, and users of a drug who are not patients."""
    indications, details = set(facets["indications"]), set(facets.get("indication_detail", ()))
    psychiatric = bool(indications & _PSYCHIATRIC)
    found = {_CONDITIONS[value] for value in indications if value in _CONDITIONS}
    volunteers = "healthy" in facets["populations"]
    if "chronic-pain" not in details and ("acute-pain" in details or volunteers or "other" in indications):
        found.discard(
            "(Chronic) Pain"
        )  # pain after surgery, or of an experiment, is not what that class means
    if "bipolar" in indications:
        found.add("Depression")
    if "anxious-depression" in details:
        found.add("Anxiety")
    if "alcohol-use-disorder" in details or "alcohol-withdrawal" in details:
        found.add("Alcoholism")
    elif "substance-use" in indications:
        found.add("Substance abuse")
    if "palliative-care" in details:
        found.add("Palliative Setting")
    users = "recreational-use" in details and not indications & (_PSYCHIATRIC - {"substance-use"})
    if users:
        found.add("Recreational Drug Use")
    if psychiatric:
        found.add("Psychiatric condition")
    if volunteers or facets.get("control_group") or not found or (users and not psychiatric):
        found.add("Healthy Participants")
    return frozenset(found)


def substances(facets: Facets) -> frozenset[str]:
    """Ketamine (racemic or not said), S- and R-ketamine."""
    return frozenset(SUBSTANCES[drug] for drug in facets["drugs"] if drug in SUBSTANCES)


def application_form(facets: Facets) -> frozenset[str]:
    """The route; of reviews only one that the title names, else "Not applicable"; "Unknown" where nothing is said."""
    if set(facets["designs"]) & _REVIEWS:
        titled = [
            tag["value"]
            for tag in facets["evidence"]
            if tag["dimension"] == "route" and tag["field"] == "title"
        ]
        return frozenset(_ROUTES[route] for route in titled) or frozenset(["Not applicable"])
    return frozenset(_ROUTES[route] for route in facets["routes"]) or frozenset(["Unknown"])


def study_control(facets: Facets) -> frozenset[str]:
    """Placebo; active control (a drug that is felt, or another treatment); other (dose, healthy people); none."""
    if set(facets["designs"]) & _REVIEWS:
        return frozenset(["Not applicable"])
    comparators = set(facets["comparators"])
    found = set()
    if "placebo" in comparators:
        found.add("Placebo")
    if "dose" in comparators and len(facets["drugs"]) > 1:  # one enantiomer against the other
        found.add("Active control")
    if comparators & {"midazolam", "other-active", "ect", "tms", "antidepressant", "psychotherapy"}:
        found.add("Active control")
    if not found and (
        comparators & {"dose"} or "healthy" in facets["populations"] or facets.get("control_group")
    ):
        found.add("Other control")
    return frozenset(found or ["Non-controlled"])


def number_of_participants(facets: Facets) -> frozenset[str]:
    """The bin of the sample size; for syntheses, of the participants that they pool."""
    size = facets["sample_size"]
    pooled: Sequence[str] = facets.get("pooled_participants", ())
    if size is None and pooled:
        size = int(pooled[0])
    if size is None:
        return frozenset(["Not applicable" if set(facets["designs"]) & _REVIEWS else "Unknown"])
    return frozenset([next((name for most, name in _BINS if size <= most), "≥1000")])
