"""Whether a work speaks of what a sentence speaks of: facet by facet, and what agrees."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence

#: kinds of depression, or of what it brings: "depression" stands beside them
_KINDS = frozenset({"trd", "bipolar", "suicidality"})
_UNIPOLAR = "major-depressive-disorder"
#: of an indication, the details that exclude each other
_DETAILS = {
    "anxiety": frozenset({"social-anxiety", "generalised-anxiety", "panic"}),
    "pain": frozenset({"chronic-pain", "acute-pain", "postoperative-pain"}),
}
_WITHOUT = "none"
#: of these a sentence's own value must be the work's too: a sentence on veterans is about veterans
_REQUIRED = ("population", "combination")
#: agreement in these makes a match specific
_SPECIFIC = ("indication_detail", "route", "comparator", "population", "regimen", "combination", "dose")
#: these tell of whom a finding holds; a sentence that names none speaks of adults in treatment
_SPECIAL = frozenset({"adolescent", "child", "perinatal", "older-adult", "veteran"})
_YOUNG_OR_OLD = _SPECIAL - {"veteran"}


@dataclass(frozen=True, slots=True)
class Fit:
    """What agrees (dimension -> values), and what a reader must know: what is taken, and whom else the work studied.

    `specific`: how much more than drug and field agrees; `other_people`: it studied an age or state that the claim does
    not name.
    """

    agreed: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    specific: float = 0
    other_people: bool = False


def fit(claim: Claim, work: Evidence) -> Fit | None:
    """What claim and work agree in; None if the work is about something else. Of works that share tags, worked out once."""
    if work.tags not in claim.agreements:
        claim.agreements[work.tags] = _fit(claim, work)
    agreement: Fit | None = claim.agreements[work.tags]
    return agreement


def _fit(claim: Claim, work: Evidence) -> Fit | None:
    indications = shared_indications(claim, work)
    if not indications or not _same_drug(claim, work) or not _same_setting(claim, work):
        return None
    agreed = {"indication": sorted(indications)}
    if drugs := claim.values("drug") & work.values("drug"):
        agreed["drug"] = sorted(drugs)
    for dimension in _SPECIFIC:
        if shared := claim.values(dimension) & (work.values(dimension) - {_WITHOUT}):
            agreed[dimension] = sorted(shared)
    others = bool(work.values("population") & _YOUNG_OR_OLD - claim.values("population"))
    return Fit(agreed, _notes(claim, work), _specific(claim, agreed), others)


def shared_indications(claim: Claim, work: Evidence) -> frozenset[str]:
    """The indications of both; of a claim on a kind of depression, that kind; in the same detail where both tell one."""
    wanted, has = claim.values("indication"), work.values("indication")
    # "depression" beside a kind of it says nothing of its own; beside other disorders it is one of a list
    kinds = wanted - {"depression"} if wanted & _KINDS and wanted <= _KINDS | {"depression"} else wanted
    shared = kinds & has
    if not shared and "trd" in wanted and "depression" in has:
        shared = frozenset({"depression"})
    bipolar_only = "bipolar" in has and _UNIPOLAR not in work.values("indication_detail")
    if bipolar_only and "bipolar" not in wanted:
        shared -= {"depression", "trd"}
    return frozenset(one for one in shared if _same_detail(one, claim, work))


def _same_detail(indication: str, claim: Claim, work: Evidence) -> bool:
    of_it = _DETAILS.get(indication, frozenset())
    asked, told = claim.values("indication_detail") & of_it, work.values("indication_detail") & of_it
    return not (asked and told) or bool(asked & told)


def _same_drug(claim: Claim, work: Evidence) -> bool:
    """Esketamine is not racemic ketamine; a comparison of both needs both."""
    wanted, has = claim.values("drug"), work.values("drug")
    if not wanted or not has:
        return bool(has)
    if claim.kind == "comparison" and len(wanted) > 1:
        return wanted <= has
    return bool(wanted & has)


def _same_setting(claim: Claim, work: Evidence) -> bool:
    routes = claim.values("route")
    if routes and work.values("route") and not routes & work.values("route"):
        return False
    if claim.excluded_populations & work.values("population") or "healthy" in work.values("population"):
        return False
    for dimension in _REQUIRED:
        if claim.own(dimension) and not claim.own(dimension) & work.values(dimension):
            return False
    return _same_comparison(claim, work) and _same_regimen(claim, work)


def _same_comparison(claim: Claim, work: Evidence) -> bool:
    """A comparison is touched by works that compare the same; ketamine as the anaesthetic of ECT is another matter."""
    with_what = (claim.values("comparator") | claim.values("combination")) - {"placebo", "midazolam"}
    if "tms" in with_what or "ect" in with_what or (claim.kind == "comparison" and with_what):
        return bool(with_what & (work.values("comparator") | work.values("combination")))
    if "ect" in work.values("combination") and "ect" not in work.values("comparator"):
        return False
    # how two treatments compare tells of a sentence on one of them only where it is the question
    return claim.kind != "comparison" or len(claim.values("drug") & work.values("drug")) > 1


def _same_regimen(claim: Claim, work: Evidence) -> bool:
    wanted, has = claim.own("regimen"), work.values("regimen")
    if wanted == {"maintenance"}:
        return "maintenance" in has
    return not (wanted and has) or bool(wanted & has)


def _specific(claim: Claim, agreed: dict[str, list[str]]) -> float:
    """How much more than drug and field agrees. A narrow indication of the sentence's own counts, an inherited one half."""
    narrow = set(agreed["indication"]) - {"depression"}
    points = 0.0 if not narrow else 0.5 if "indication" in claim.taken else 1.0
    shared = [dimension for dimension in _SPECIFIC if dimension in agreed and dimension not in claim.taken]
    return points + sum(1.5 if dimension in _REQUIRED else 1.0 for dimension in shared)


def _notes(claim: Claim, work: Evidence) -> tuple[str, ...]:
    notes = [
        f"{dimension} taken from the {source}"
        for dimension, source in claim.taken.items()
        if dimension in ("indication", "comparator", "combination")
    ]
    if only := work.values("population") & _SPECIAL - claim.values("population"):
        notes.append(
            f"it studied {', '.join(PEOPLE.get(one, one) for one in sorted(only))}, whom your sentence does not name"
        )
    return tuple(notes)


PEOPLE = {
    "adolescent": "adolescents",
    "child": "children",
    "older-adult": "older adults",
    "veteran": "veterans",
    "perinatal": "women around childbirth",
    "healthy": "healthy people",
}
