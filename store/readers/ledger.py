"""The delivery ledger: which issue went to whom, how that ended, and what is in doubt.

`sending` is committed before the mail's content leaves, `sent` after the server took it. A row that is still `sending`
when no run is alive tells of a crash in between: whether the mail arrived is not known, and it is not sent again unless
a person says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from store.errors import ReaderError
from store.readers.people import end, secret

State = Literal["sending", "sent", "deferred", "refused", "dropped", "in_doubt"]
_INSERT = (
    "INSERT INTO deliveries (reader_id, issue_id, since, until, message_id, state, tries, begun_at)"
    " VALUES (:reader, :issue, :since, :until, :message,"
)
_COLUMNS = (
    "id, reader_id, issue_id, since, until, message_id, state, tries, begun_at, next_try_at, code, answer"
)


@dataclass(frozen=True)
class Delivery:
    """One issue on its way to one reader. `code`, `answer`: what the server last said (its words may hold the address)."""

    id: int
    reader_id: int
    issue_id: str
    since: str
    until: str
    message_id: str
    state: State
    tries: int
    begun_at: str
    next_try_at: str | None
    code: int | None
    answer: str | None

    @property
    def item(self) -> Item:
        return Item(self.reader_id, self.issue_id, Window(self.since, self.until))


@dataclass(frozen=True)
class Window:
    """What one mail covers: the days from `since` on, up to `until`, which is not of it (ISO days, UTC)."""

    since: str
    until: str


@dataclass(frozen=True)
class Item:
    """One issue for one reader, on its way."""

    reader_id: int
    issue_id: str
    window: Window


@dataclass(frozen=True)
class Said:
    """What was answered: the server's code, if there was one, and its words (they may hold the address)."""

    code: int | None
    words: str


def deliveries(db: Database, *, state: State | None = None, reader_id: int | None = None) -> list[Delivery]:
    """The ledger's rows, in the order in which they were begun."""
    asked = {"state": state, "reader_id": reader_id}
    given = {column: value for column, value in asked.items() if value is not None}
    where = " AND ".join(f"{column} = :{column}" for column in given) or "true"
    return [
        Delivery(**row)
        for row in db.query(f"SELECT {_COLUMNS} FROM deliveries WHERE {where} ORDER BY id", given)
    ]


def covered_until(db: Database, reader_id: int) -> str | None:
    """The day up to which this reader has been told, by mails that arrived or may have; None before the first."""
    found = db.execute(
        "SELECT max(until) FROM deliveries WHERE reader_id = ? AND state IN ('sent', 'in_doubt', 'sending')", [reader_id]
    ).fetchone()[0]  # fmt: skip
    return str(found) if found else None


def begin(db: Database, item: Item, now: str) -> None:
    """Note that the mail's content is about to leave; inside the caller's transaction.

    Raises ReaderError if this reader has, or may have, this issue already.
    """
    changed = db.execute(
        f"{_INSERT} 'sending', 1, :now) ON CONFLICT (reader_id, issue_id) DO UPDATE SET state = 'sending',"
        " tries = tries + 1, begun_at = :now, next_try_at = NULL WHERE state = 'deferred'",
        _row(db, item, now),
    ).rowcount
    if not changed:
        raise ReaderError(f"reader {item.reader_id} has issue {item.issue_id} already, or it is in doubt")


def arrived(db: Database, item: Item, said: Said, now: str) -> None:
    """The server took the mail: earlier refusals of this address are past."""
    with db.atomic():
        _end(db, item, "sent", said, now)
        db.execute("DELETE FROM refusals WHERE reader_id = ?", [item.reader_id])


def doubt(db: Database, item: Item, said: Said, now: str) -> None:
    """The mail left and no answer came: it may have arrived."""
    with db.atomic():
        _end(db, item, "in_doubt", said, now)


def defer(db: Database, item: Item, said: Said, now: str, next_try_at: str | None) -> None:
    """Not now: tried again from `next_try_at` on; given up if that is None. The content may or may not have left before."""
    with db.atomic():
        _note_try(db, item, now)
        _end(db, item, "deferred" if next_try_at else "dropped", said, now, next_try_at)


def refuse(db: Database, item: Item, said: Said, now: str, suppress_after: int | None) -> bool:
    """Never: this issue is not tried again. `suppress_after`: so many issues refused one after another end the reader's
    subscription; None if the refusal says nothing of the address. True if it ended.
    """
    with db.atomic():
        _note_try(db, item, now)
        _end(db, item, "refused", said, now)
        if suppress_after is None:
            return False
        db.execute(
            "INSERT INTO refusals (reader_id, issue_id, refused_at, code, answer) VALUES (?, ?, ?, ?, ?)",
            [item.reader_id, item.issue_id, now, said.code, said.words],
        )
        count = db.execute("SELECT count(*) FROM refusals WHERE reader_id = ?", [item.reader_id]).fetchone()[
            0
        ]
        why = f"refused {count} times in a row, last with {said.code or 'no code'}: {said.words}"
        return count >= suppress_after and end(db, item.reader_id, "refusals", why, now)


def resolve(db: Database, number: int, *, again: bool, by: str, why: str, now: str) -> None:
    """A person's word on a delivery in doubt: it arrived, or it is to be sent `again`. Raises ReaderError if it is not
    in doubt.
    """
    with db.atomic():
        changed = db.execute(
            "UPDATE deliveries SET state = ?, next_try_at = ?, decided_by = ?, why = ?, decided_at = ?"
            " WHERE id = ? AND state = 'in_doubt'",
            ["deferred" if again else "sent", now if again else None, by, why, now, number],
        ).rowcount
    if not changed:
        raise ReaderError(f"delivery {number} is not in doubt")


def message_key(db: Database, reader_id: int, issue_id: str) -> str:
    """The same for the same issue and reader, however often it is tried; tells nothing of either without the file."""
    named = f"{reader_id}:{issue_id}".encode()
    return hashlib.blake2b(named, digest_size=16, key=secret(db)).hexdigest()


def _row(db: Database, item: Item, now: str) -> dict[str, Any]:
    window, key = item.window, message_key(db, item.reader_id, item.issue_id)
    return {"reader": item.reader_id, "issue": item.issue_id, "since": window.since, "until": window.until,
            "message": key, "now": now}  # fmt: skip


def _note_try(db: Database, item: Item, now: str) -> None:
    """A row for a try that ended before the content left; one that is `sending` counts the try already."""
    db.execute(
        f"{_INSERT} 'deferred', 1, :now) ON CONFLICT (reader_id, issue_id) DO UPDATE SET begun_at = :now,"
        " tries = tries + (state = 'deferred') WHERE state IN ('deferred', 'sending')",
        _row(db, item, now),
    )


def _end(
    db: Database, item: Item, state: State, said: Said, now: str, next_try_at: str | None = None
) -> None:
    db.execute(
        "UPDATE deliveries SET state = ?, ended_at = ?, code = ?, answer = ?, next_try_at = ?"
        " WHERE reader_id = ? AND issue_id = ? AND state IN ('sending', 'deferred')",
        [state, now, said.code, said.words, next_try_at, item.reader_id, item.issue_id],
    )
