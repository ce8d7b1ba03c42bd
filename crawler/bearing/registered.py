"""Registered trials that a sentence waits for: results posted and not in print, or overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence, Library
from crawler.bearing.fits import fit
from crawler.bearing.matches import Match
from crawler.bearing.words import reason

_POSTED = "SELECT id, results_first_posted AS day FROM results_without_report"
_OVERDUE = "SELECT id, completed AS day FROM overdue_trials"
_KINDS = ("efficacy", "comparison", "dosing")
_ENOUGH = 2.0  # of `Fit.specific`: many trials of depression wait, and few for one sentence


@dataclass(frozen=True, slots=True)
class Awaited:
    """A registration, and since when it is awaited. `posted`: its results stand in the registry."""

    work: Evidence
    day: str
    posted: bool


def awaited(db: Database, library: Library) -> list[Awaited]:
    """Registered trials without a report, by the views that the pages show."""
    found = []
    for sql, posted in ((_POSTED, True), (_OVERDUE, False)):
        days = {row["id"]: row["day"] for row in db.query(sql)}
        found += [Awaited(work, days[work.id], posted) for work in library.works(days)]
    return found


def pending(claim: Claim, trials: Iterable[Awaited]) -> Iterator[Match]:
    """The trials that fit the claim closely."""
    if claim.kind not in _KINDS:
        return
    for trial in trials:
        agreement = fit(claim, trial.work)
        if agreement is None or agreement.specific < _ENOUGH:
            continue
        since = (
            f"results posted on {trial.day}, no paper known"
            if trial.posted
            else f"ended {trial.day}, no results known"
        )
        yield Match(
            claim.id, trial.work.id, "overdue", "overdue.posted" if trial.posted else "overdue.silent",
            f"{since}; {reason(claim, trial.work, agreement)}", "medium" if trial.posted else "low", trial.work.state,
            2 + agreement.specific, agreement.agreed, trial.work.study,
        )  # fmt: skip
