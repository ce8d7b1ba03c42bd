"""What a work weighs for a claim of a kind: an efficacy claim asks for trials, a claim on harms for reports of harms."""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence
from crawler.bearing.fits import Fit, fit
from crawler.bearing.matches import Match
from crawler.bearing.words import reason

_TRIALS = {
    "meta-analysis": 4.0, "systematic-review": 3.5, "rct": 3.0, "crossover": 3.0, "secondary-analysis": 2.0,
    "non-randomised-trial": 1.5, "observational": 1.5,
}  # fmt: skip
_HARMS = _TRIALS | {"observational": 2.5, "non-randomised-trial": 2.0, "case-series": 1.5, "case-report": 1.0}
#: kind of claim -> design -> weight; a kind that is not here is not matched to evidence
_WEIGHTS: dict[str, dict[str, float]] = {
    "efficacy": _TRIALS,
    "comparison": _TRIALS,
    "safety": _HARMS,
    "dosing": _TRIALS | {"guideline": 3.5},
    "guideline": {"guideline": 4.0},
    "mechanism": {"human-experimental": 2.0, "rct": 2.0, "secondary-analysis": 1.5},
}
_HARM_TOPICS = frozenset({"safety"})
_HARM_DESIGNS = frozenset({"observational", "case-series", "case-report"})
#: claims on prices, clinics and numbers of patients: only works on these very subjects
_TOPICS = {
    "cost-access": frozenset({"cost-access", "policy"}),
    "epidemiology": frozenset({"cost-access", "policy"}),
}
#: titles of works that do not ask whether a treatment helps: they report on harms alone, or on how it works
_ON_HARMS = re.compile(
    r"^(?!.*\b(?:efficacy|effects?|effectiveness)\b).*\b(?:safety|tolerability|adverse)\b", re.IGNORECASE
)
_ON_MECHANISM = re.compile(
    r"\bmetabolites?\b|\bbiomarkers?\b|\bmolecular\b|\bMRS?I?\b|\bEEG\b|\bimaging\b|\bconnectivity\b|\bcordance\b|"
    r"\bpharmacokinetic\w*|\breceptor\b|\bgenetic\w*|\bplasma\b|\bentropy\b",
    re.IGNORECASE,
)
_NO_EVIDENCE = frozenset({"protocol", "commentary", "preclinical", "narrative-review"})
_UNFIT = ("retracted", "withdrawn", "superseded")
#: kinds of records that report findings
REPORTS = ("article", "preprint")
_ON_OTHERS = frozenset(
    {
        "Comment",
        "Editorial",
        "News",
        "Published Erratum",
        "Retraction of Publication",
        "Expression of Concern",
    }
)

_SIZES = ((300, 1.0), (100, 0.75), (40, 0.25))
_STRONG, _SPECIFIC, _SYNTHESIS = 3.0, 2.0, 3.5


def evidence(claim: Claim, work: Evidence, *, brief: bool = False) -> Match | None:
    """The match of a claim with a work, None if the work does not bear on it. Pure: the same two give the same match.

    `brief`: without its reason in words and its state, which take longer to make than all else.
    """
    if work.id in claim.cited_ids or not reports(work):
        return None
    agreement = fit(claim, work)
    weight = weight_of(claim.kind, work) if agreement else 0
    if agreement is None or not weight or agreement.specific < _least(claim, weight):
        return None
    notes = _told_already(claim, work)
    return Match(
        claim.id, work.id, "evidence", f"evidence.{claim.kind}", "" if brief else reason(claim, work, agreement, notes),
        "low" if notes or agreement.other_people or claim.is_broad else _priority(weight, agreement), "" if brief else work.state,
        round(_rank(weight, work, agreement), 2),
        agreement.agreed, work.study,
    )  # fmt: skip


def reports(work: Evidence) -> bool:
    """Whether the work tells of findings of its own that stand: no letter on another, no notice, nothing retracted."""
    return work.kind in REPORTS and work.standing not in _UNFIT and not work.pubtypes & _ON_OTHERS


def _least(claim: Claim, weight: float) -> float:
    """How specific the agreement must be at least: more where the sentence itself does not say what is treated."""
    if claim.kind not in ("efficacy", "safety", "dosing") or (
        weight >= _SYNTHESIS and "indication" not in claim.taken
    ):
        return 0
    return {"article": 2.0, "section": 1.5}.get(claim.taken.get("indication", ""), 1.0)


def designs_of(kind: str) -> frozenset[str] | None:
    """Designs of which a work must have one to weigh anything for claims of this kind; None if any may."""
    return None if kind in _TOPICS else frozenset(_WEIGHTS.get(kind, {}))


def weight_of(kind: str, work: Evidence) -> float:
    """What a work weighs for claims of this kind; 0 if a work of its design says nothing to them."""
    if subjects := _TOPICS.get(kind):
        return 1.5 if subjects & work.values("topic") else 0
    designs = work.values("design")
    if designs & _NO_EVIDENCE:
        return 0
    if kind == "safety" and not (work.values("topic") & _HARM_TOPICS or designs & _HARM_DESIGNS):
        return 0
    if kind == "dosing" and "guideline" not in designs and not _doses(work):
        return 0
    weights = _WEIGHTS.get(kind, {})
    weight = max((weights.get(one, 0) for one in designs), default=0)
    if weight and kind in ("efficacy", "comparison") and _beside_efficacy(work.title):
        return 0
    if weight and kind == "mechanism" and "human-experimental" not in designs:
        return weight if _beside_efficacy(work.title) == "mechanism" else 0
    return weight


@lru_cache(maxsize=100_000)
def _beside_efficacy(title: str) -> str | None:
    """What a work is on by its title, if not on whether a treatment helps: mechanism or harms."""
    return "mechanism" if _ON_MECHANISM.search(title) else "harms" if _ON_HARMS.search(title) else None


def _doses(work: Evidence) -> bool:
    """Whether the work can tell of doses or schedules: it compares doses, or studies a course of them."""
    return "dose" in work.values("comparator") or bool(work.values("regimen") & {"repeated", "maintenance"})


def _priority(weight: float, agreement: Fit) -> str:
    narrow = agreement.specific >= _SPECIFIC
    strong = (weight >= _STRONG and narrow) or (weight >= _SYNTHESIS and agreement.specific >= 1)
    return "medium" if strong else "low"


def _rank(weight: float, work: Evidence, agreement: Fit) -> float:
    size = next((points for least, points in _SIZES if (work.size or 0) >= least), 0)
    return weight + size + 0.5 * agreement.specific - 0.5 * len(agreement.notes)


def _told_already(claim: Claim, work: Evidence) -> list[str]:
    """Why the writer may know the work: it is older than what the sentence rests on, or cited by another sentence."""
    until = claim.knows_until
    notes = []
    if until and work.year and work.year < until:
        notes.append(f"it is older than what your sentence rests on ({until})")
    if work.id in claim.cited_elsewhere:
        notes.append("your article cites it in another sentence")
    return notes
