"""What happened in the registries: newly registered, completed or stopped, results posted, overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from sqlite_utils import Database

from crawler.digest.scope import Scope
from crawler.digest.works import Row, appeared_works, is_wanted, item, read_works
from datasette_config import labels
from store.digests import DigestItem

_CHANGED = """
SELECT record_id AS id, max(changed) AS changed FROM revisions
WHERE field = :field AND changed > :seen_from AND changed <= :seen_to AND new IS NOT NULL GROUP BY record_id"""
# results also count by the registry's date: a registration that came only now has no revisions
_POSTED = """
SELECT record_id AS id FROM registrations
WHERE results_first_posted >= :late_since AND results_first_posted < :until"""
# the view has all that are overdue today; those that became so in the window
_OVERDUE = """
SELECT id FROM overdue_trials
WHERE date(completed, '+12 months') >= :since AND date(completed, '+12 months') < :until"""
ENDED = {
    "COMPLETED": "completed",
    "Completed": "completed",
    "TERMINATED": "terminated early",
    "WITHDRAWN": "withdrawn before it began",
    "SUSPENDED": "suspended",
    "Stopped": "stopped",
}  # as ClinicalTrials.gov and ISRCTN spell them


def registered(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Trials that a registry first posted."""
    found = [
        work
        for work in appeared_works(db, scope)
        if work["kind"] == "registration" and is_wanted(work, scope)
    ]
    yield from _items(found, scope, "registered", "Newly registered", _sponsor)


def completed(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Trials whose registry now calls them completed, terminated, withdrawn or suspended."""
    found = [work for work in _changed(db, scope, "status") if work["status"] in ENDED]
    yield from _items(found, scope, "completed", "Newly completed or stopped", _ended)


def results(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Trials whose results were posted in the registry."""
    posted = [row["id"] for row in db.query(_POSTED, scope.bounds)]
    dated = {work["id"]: work for work in _wanted(db, scope, posted)}
    seen = {work["id"]: work for work in _changed(db, scope, "results_first_posted")}
    found = [work for work in (dated | seen).values() if ("results", work["id"]) not in scope.told_as]
    yield from _items(found, scope, "results", "Results posted", _posted)


def overdue(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Trials completed twelve months ago, without results in the registry and without a report that is linked."""
    late = [row["id"] for row in db.query(_OVERDUE, scope.bounds)]
    found = [work for work in _wanted(db, scope, late) if ("overdue", work["id"]) not in scope.told_as]
    yield from _items(found, scope, "overdue", "Results overdue", _overdue)


def _changed(db: Database, scope: Scope, field: str) -> list[Row]:
    return _wanted(db, scope, [row["id"] for row in db.query(_CHANGED, scope.bounds | {"field": field})])


def _wanted(db: Database, scope: Scope, record_ids: Iterable[str]) -> list[Row]:
    return [
        work
        for work in read_works(db, record_ids)
        if work["kind"] == "registration" and is_wanted(work, scope)
    ]


def _items(
    works: Iterable[Row], scope: Scope, section: str, heading: str, also: Callable[[Row], str]
) -> Iterator[DigestItem]:
    """One line a study, however many registries have it; randomised ones first, then the larger."""
    told: set[str] = set()

    def place(work: Row) -> tuple[bool, int, str]:
        return "rct" not in work["parent_designs"], -(work["enrollment"] or 0), work["id"]

    for work in sorted(works, key=place):
        study = work["study_id"] or work["id"]
        if study not in told:
            told.add(study)
            found = item(work, scope, section, heading)
            yield replace(found, line="; ".join(filter(None, (found.line, also(work)))))


def _sponsor(work: Row) -> str:
    return "; ".join(
        part for part in (labels.words(work["status"] or "").lower(), work["sponsor"] or "") if part
    )


def _ended(work: Row) -> str:
    stopped = f": {work['why_stopped']}" if work["why_stopped"] else ""
    return f"{ENDED[work['status']]}{stopped}"


def _posted(work: Row) -> str:
    return f"results posted {work['results_first_posted'] or ''}".strip()


def _overdue(work: Row) -> str:
    day = work["primary_completion_date"] or work["completion_date"]
    return f"completed {day}; no results in the registry, no report known here"
