"""Who is to get which issue now, and why others are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from crawler.digest.windows import as_text, due
from store.readers import ledger, people
from store.readers.ledger import Delivery, Said, Window
from store.readers.people import Reader

#: minutes before a mail that was put off is tried again: longer each time, a day at most
_FIRST_WAIT, _LONGEST_WAIT = 15, 24 * 60


@dataclass(frozen=True)
class Planned:
    """A mail to be sent. `issue_id`: of the issue that an earlier run could not deliver; None: the one of `window`."""

    reader: Reader
    window: Window
    issue_id: str | None
    tried: int


@dataclass(frozen=True)
class Skipped:
    """A reader who gets nothing now."""

    reader_id: int
    why: str


def next_try(tried: int, now: datetime) -> str:
    """When to try again after `tried` tries (counted from 1): four times as long after each."""
    return as_text(now + timedelta(minutes=min(_FIRST_WAIT * 4 ** (tried - 1), _LONGEST_WAIT)))


def plan(db: Database, now: datetime, only: int | None = None) -> tuple[list[Planned], list[Skipped]]:
    """Each reader once, the first first: what they get, or why nothing. `only`: one reader's number."""
    found = [_plan_one(db, one, now) for one in people.readers(db) if only in (None, one.id)]
    planned = [one for one in found if isinstance(one, Planned)]
    return planned, [one for one in found if isinstance(one, Skipped)]


def _plan_one(db: Database, reader: Reader, now: datetime) -> Planned | Skipped:
    if reader.status != "confirmed":
        return Skipped(reader.id, reader.status)
    rows = ledger.deliveries(db, reader_id=reader.id)
    waiting = next((row for row in rows if row.state == "deferred"), None)
    if waiting:
        return _resume(reader, waiting, now)
    assert reader.confirmed_at
    covered = ledger.covered_until(db, reader.id)
    if covered and covered > as_text(now)[:10]:
        return Skipped(reader.id, f"the last issue ends after today, on {covered}: is the clock right?")
    window = due(reader.audience["frequency"], covered, reader.confirmed_at, now)
    if window is None:
        return Skipped(reader.id, f"has had the {reader.audience['frequency']} issue")
    given_up = next(
        (row for row in rows if row.until == window.until and row.state in ("refused", "dropped")), None
    )
    if given_up:
        return Skipped(reader.id, f"this period's issue was {given_up.state}; the next covers it")
    return Planned(reader, window, None, 0)


def _resume(reader: Reader, row: Delivery, now: datetime) -> Planned | Skipped:
    longest = as_text(
        now + timedelta(minutes=_LONGEST_WAIT)
    )  # a later time was noted by a clock that was wrong
    if row.next_try_at and as_text(now) < row.next_try_at <= longest:
        return Skipped(reader.id, f"put off until {row.next_try_at} after {row.tries} tries")
    return Planned(reader, Window(row.since, row.until), row.issue_id, row.tries)


def settle(db: Database, has: Callable[[str], bool | None], now: datetime) -> list[Delivery]:
    """After a crash: what was on its way. `has(key)`: whether the mail arrived, None if nobody can tell. Returns the
    deliveries that are in doubt now. Only under the sending lock, for then no other run is alive.
    """
    doubtful, text = [], as_text(now)
    for row in ledger.deliveries(db, state="sending"):
        known = has(row.message_id)
        if known is None:
            ledger.doubt(db, row.item, Said(None, "the run ended before the answer came"), text)
            doubtful.append(row)
        elif known:
            ledger.arrived(db, row.item, Said(None, "found after a crash"), text)
        else:
            ledger.defer(db, row.item, Said(None, "the run ended before it was sent"), text, text)
    return doubtful
