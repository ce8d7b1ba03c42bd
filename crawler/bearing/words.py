"""Reasons in words: what a work is, and what of it the sentence speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crawler.article_reading.timepoints import hours, timepoints
from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence
from crawler.bearing.fits import PEOPLE, Fit

DESIGNS = {
    "rct": "RCT",
    "crossover": "crossover RCT",
    "meta-analysis": "meta-analysis",
    "systematic-review": "systematic review",
    "secondary-analysis": "secondary analysis",
    "guideline": "guideline",
    "non-randomised-trial": "non-randomised trial",
    "observational": "observational study",
    "case-series": "case series",
    "case-report": "case report",
    "human-experimental": "human experiment",
    "protocol": "protocol",
}
#: the most telling first: a crossover trial is an RCT too, a meta-analysis a systematic review
ORDER = (
    "guideline", "meta-analysis", "systematic-review", "secondary-analysis", "crossover", "rct", "protocol",
    "non-randomised-trial", "observational", "case-series", "case-report", "human-experimental",
)  # fmt: skip
_NAMES = {
    "trd": "treatment-resistant depression",
    "treatment-resistant-depression": "treatment-resistant depression",
    "ptsd": "PTSD",
    "ocd": "OCD",
    "bipolar": "bipolar depression",
    "substance-use": "substance use",
    "ect": "ECT",
    "tms": "TMS",
    "antidepressant": "antidepressants",
    "dose": "other doses",
    "other-active": "another drug",
    "intravenous": "IV",
}
_REGIMENS = {"single": "single", "repeated": "repeated", "maintenance": "maintenance"}


def name(value: str) -> str:
    """A value of the vocabulary as a reader says it."""
    return _NAMES.get(value) or PEOPLE.get(value) or value.replace("-", " ")


def listed(values: Iterable[str]) -> str:
    words = [name(value) for value in values]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def design(work: Evidence) -> str:
    found = next((one for one in ORDER if one in work.values("design")), None)
    if found is None:
        return {"registration": "registered trial", "regulatory": "regulator's decision"}.get(
            work.kind, work.kind
        )
    return DESIGNS[found]


def what(work: Evidence) -> str:
    """The work in a line: "RCT, PTSD, repeated IV ketamine, against midazolam, N=30, 2021"."""
    told = work.values("indication") - {"none", "other"}
    if "trd" in told:
        told -= {"depression"}
    details = work.values("indication_detail") & {
        "social-anxiety",
        "generalised-anxiety",
        "postpartum-depression",
    }
    if "bipolar" in told:
        told -= {"depression"}
    against = work.values("comparator") - {"none"}
    treatment = [
        *(_REGIMENS[one] for one in _REGIMENS if one in work.values("regimen")),
        *(name(one) for one in sorted(work.values("route") - {"other"})),
        listed(sorted(work.values("drug"))) or "ketamine",
    ]
    parts = [
        design(work), listed(sorted(told)), *(name(one) for one in sorted(details)), " ".join(treatment),
        f"against {listed(sorted(against))}" if against else "",
        *(PEOPLE[one] for one in sorted(work.values("population")) if one in PEOPLE),
        f"N={work.size}" if work.size else "", str(work.year or ""),
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)


def shared(claim: Claim, agreed: Mapping[str, list[str]]) -> str:
    """What the sentence speaks of, of that which agrees."""
    own = {dimension: values for dimension, values in agreed.items() if dimension not in claim.taken}
    said: list[str] = []
    indications = [
        one for one in own.get("indication_detail", own.get("indication", [])) if one != "depression"
    ]
    said += [name(one) for one in indications or own.get("indication", [])]
    treatment = [*own.get("regimen", []), *(name(one) for one in own.get("route", [])), *own.get("drug", [])]
    if treatment:
        said.append(" ".join(treatment))
    said += [name(one) for one in own.get("population", [])]
    if against := own.get("comparator"):
        said.append(f"a comparison with {listed(against)}")
    said += [f"{name(one)} beside it" for one in own.get("combination", [])]
    said += own.get("dose", [])
    return ", ".join(dict.fromkeys(said))


def times_shared(claim: Claim, work: Evidence) -> list[str]:
    """The points of time that the sentence names and the work's title or abstract too; a day is 24 hours."""
    said = {measured: value for value in claim.values("timepoint") if (measured := hours(value))}
    if not said:
        return []
    of_work = {hours(value) for value, _, _ in timepoints(work.words)}
    return sorted(value for measured, value in said.items() if measured in of_work)


def reason(claim: Claim, work: Evidence, fit: Fit, notes: Iterable[str] = ()) -> str:
    """The whole reason of a match, in one line."""
    about = shared(claim, fit.agreed)
    parts = [what(work)]
    if about:
        parts.append(f"your sentence speaks of {about}")
    if times := times_shared(claim, work):
        parts.append(f"both tell of {' and '.join(times)}")
    if work.also:
        parts.append(f"{work.also} more {'record tells' if work.also == 1 else 'records tell'} of this study")
    return "; ".join([*parts, *fit.notes, *notes])
