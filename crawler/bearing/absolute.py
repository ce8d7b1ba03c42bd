"""Sentences that say "none", "no cases", "not recommended": one plausible counter-example makes them urgent."""

from __future__ import annotations

import re

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence
from crawler.bearing.fits import fit
from crawler.bearing.matches import Match
from crawler.bearing.weigh import reports
from crawler.bearing.words import reason

_MANIA = r"\b(?:hypo)?mania\b|\b(?:hypo)?manic (?:episode|switch|symptom)\w*|\baffective switch\w*"
_BLADDER = r"\bcystitis\b|\buropath\w+|\burinary (?:tract )?(?:symptom|toxicit|damage)\w*|\bhydronephros\w+"
_LIVER = r"\bhepatotoxic\w*|\bliver (?:injur|damage|enzyme)\w*|\bcholangiopath\w*|\brenal (?:injur|damage|impair)\w*"
_COGNITION = r"\bcognitive (?:impairment|decline|deficit)s?\b|\bneurotox\w+|\bmemory (?:impairment|loss)\b"
_DEPENDENCE = r"\baddict\w+|\bdependence\b|\babuse\b|\bmisuse\b"
_DEATHS = r"\bdeaths?\b|\bfatal\w*|\bdied\b"
_SERIOUS = r"\bserious adverse events?\b"

#: harms that sentences rule out: (in words, what the sentence says, what a work says that may contradict it)
_HARMS: tuple[tuple[str, str, str], ...] = (
    ("a switch into mania", r"\b(?:hypo)?mani[ac]\w*|\bswitch\w*", _MANIA),
    (
        "damage to organs",
        r"\borgans?\b|\bbladder\b|\burinary\b|\bkidneys?\b|\bliver\b|\bhepat\w+|\brenal\b",
        f"{_BLADDER}|{_LIVER}",
    ),
    (
        "lasting or serious harm",
        r"\b(?:long.term|lasting|major|serious)\b[^.]*\b(?:risks?|harms?|adverse|effects?)\b",
        "|".join((_SERIOUS, _BLADDER, _LIVER, _COGNITION, _DEPENDENCE)),
    ),
    ("loss of cognition", r"\bcogniti\w+|\bneurotox\w+|\bmemory\b", _COGNITION),
    ("dependence", r"\baddict\w+|\bdependen\w+|\babuse\b|\bmisuse\b", _DEPENDENCE),
    ("deaths", _DEATHS, _DEATHS),
    (
        "suicide",
        r"\bsuicid\w+ (?:attempts?|deaths?)|\bsuicides?\b",
        r"\bsuicide attempts?\b|\bcompleted suicides?\b",
    ),
)
_DENIED = re.compile(
    r"\b(?:no|not|nor|without|absence of|none|neither|never|free of)\b[^.;]{0,60}$", re.IGNORECASE
)
_NO_CASES = frozenset({"preclinical", "protocol", "commentary"})


def may_be_countered(claim: Claim) -> bool:
    """Whether the sentence is one that a counter-example of any design makes urgent."""
    return claim.absolute and claim.kind in _FINDERS


def counter_example(claim: Claim, work: Evidence, *, brief: bool = False) -> Match | None:
    """A work that may contradict an absolute sentence; None if the sentence is none, or the work cannot.

    `brief`: without its reason and state.
    """
    if (
        not may_be_countered(claim)
        or work.id in claim.cited_ids
        or not reports(work)
        or work.values("design") & _NO_CASES
    ):
        return None
    agreement = fit(claim, work)
    found = _FINDERS[claim.kind](claim, work) if agreement else None
    if found is None or agreement is None:
        return None
    rule, told = found
    why = "" if brief else f"{told}; {reason(claim, work, agreement)}"
    return Match(
        claim.id, work.id, "counter-example", rule, why, "high", "" if brief else work.state,
        10 + agreement.specific, agreement.agreed, work.study,
    )  # fmt: skip


def _harm(claim: Claim, work: Evidence) -> tuple[str, str] | None:
    for harm, said, contradicted in _HARMS:
        if re.search(said, claim.sentence, re.IGNORECASE) and (words := _told(contradicted, work.words)):
            return (
                "absolute.harm",
                f"your sentence rules out {harm}; this work says “{words}”: read whether it happened",
            )
    return None


def _told(pattern: str, text: str) -> str | None:
    """The first words of the text that the pattern finds and that are not denied before, in the same clause."""
    for hit in re.finditer(pattern, text, re.IGNORECASE):
        if not _DENIED.search(text[: hit.start()]):
            return hit[0]
    return None


def _recommendation(claim: Claim, work: Evidence) -> tuple[str, str] | None:
    if "guideline" not in work.values("design"):
        return None
    return (
        "absolute.guideline",
        "your sentence says what guidelines do not do; this is one: read what it recommends",
    )


_FINDERS = {"safety": _harm, "guideline": _recommendation}
