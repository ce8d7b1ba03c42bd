"""Decisions of regulators that a sentence on approvals or labels may have overlooked."""

from __future__ import annotations

import re

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence
from crawler.bearing.matches import Match
from crawler.bearing.words import listed

_USE = re.compile(r"\bREMS\b|\bmonitor\w*|\bcertified\b|\brestricted\b|\bsupervis\w+", re.IGNORECASE)
_APPROVAL = re.compile(r"\bapprov\w+|\bindicat\w+|\blabel|\blicen[cs]ed?\b", re.IGNORECASE)
_NOTHING = frozenset({"none", "other"})


def decision(claim: Claim, work: Evidence) -> Match | None:
    """The match of a sentence on regulation with a regulator's record; None if the record is on something else.

    A decision of a year that the sentence names is taken as told by it.
    """
    if claim.kind != "regulatory" or not _regulates(work) or work.id in claim.cited_ids:
        return None
    drugs = claim.values("drug") & work.values("drug")
    if not _same_subject(claim.sentence, work) or not drugs or (work.year in claim.years):
        return None
    treated, wanted = work.values("indication") - _NOTHING, claim.values("indication") - _NOTHING
    if not treated or (wanted and not (treated & wanted or "depression" in treated | wanted)):
        return None  # anaesthesia, or another disorder
    later = bool(work.year and work.year > (claim.year_told or 0))
    priority = "high" if later and claim.absolute else "medium" if later else "low"
    agreed = {"drug": sorted(drugs), "indication": sorted(treated & wanted)}
    return Match(
        claim.id, work.id, "regulatory", "regulatory.absolute" if claim.absolute else "regulatory.decision",
        _reason(claim, work, later), priority, work.state, 8 + int(later) + float((work.year or 0) / 10_000),
        {name: values for name, values in agreed.items() if values}, work.study,
    )  # fmt: skip


def _same_subject(sentence: str, work: Evidence) -> bool:
    """Every decision is on approval; of a sentence on how a drug may be used, only one that tells of this."""
    return not _USE.search(sentence) or bool(_APPROVAL.search(sentence) or _USE.search(work.words))


def _regulates(work: Evidence) -> bool:
    return work.kind == "regulatory" or (work.kind == "news" and "regulatory" in work.values("topic"))


def _reason(claim: Claim, work: Evidence, later: bool) -> str:
    what = "label" if ":label:" in work.id else "decision"
    on = listed(sorted(work.values("drug")))
    parts = [f"{what} on {on}, {work.published or 'no date'}"]
    if claim.absolute:
        parts.append("your sentence says “only”, “all” or “none”: read whether it still holds")
    if later and claim.year_told:
        parts.append(f"it is later than {claim.year_told}, the last year that you name")
    elif claim.year_told and not later:
        parts.append(f"it is not later than {claim.year_told}, the last year that you name")
    return "; ".join(parts)
