"""Readers: asked for, confirmed by themselves, ended by themselves or by us, forgotten at their wish."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlite_utils import Database

from store.errors import ReaderError
from store.readers.file import wipe_traces

Status = Literal["pending", "confirmed", "unsubscribed", "suppressed"]
EndedBy = Literal["reader", "operator", "config", "refusals"]
_COLUMNS = "id, address, status, origin, audience, created_at, confirmed_at, chosen_at, ended_at, ended_by, ended_why"


@dataclass(frozen=True)
class Reader:
    """One reader. `audience`: what they want, as Audience.to_dict() gives it; `chosen_at`: when they last chose it
    themselves. Times are UTC, "2026-11-23T06:00:00Z".
    """

    id: int
    address: str
    status: Status
    origin: str
    audience: dict[str, Any]
    created_at: str
    confirmed_at: str | None
    chosen_at: str | None
    ended_at: str | None
    ended_by: EndedBy | None
    ended_why: str | None


def readers(db: Database, status: Status | None = None) -> list[Reader]:
    """All readers, or those of one status, the first first."""
    sql = f"SELECT {_COLUMNS} FROM readers WHERE :status IS NULL OR status = :status ORDER BY id"
    return [_reader(row) for row in db.query(sql, {"status": status})]


def reader(db: Database, number: int) -> Reader:
    """The reader of that number. Raises ReaderError if there is none."""
    found = next(db.query(f"SELECT {_COLUMNS} FROM readers WHERE id = ?", [number]), None)
    if found is None:
        raise ReaderError(f"there is no reader {number}")
    return _reader(found)


def is_confirmed(db: Database, number: int) -> bool:
    """Whether mail may go to this reader now."""
    return bool(
        db.execute("SELECT 1 FROM readers WHERE id = ? AND status = 'confirmed'", [number]).fetchone()
    )


def find(db: Database, address: str) -> Reader | None:
    """The reader of that address, in whatever case it is written."""
    found = next(db.query(f"SELECT {_COLUMNS} FROM readers WHERE address = ?", [address]), None)
    return _reader(found) if found else None


def ask(db: Database, address: str, audience: dict[str, Any], now: str, *, anew: bool = False) -> Reader:
    """Note that somebody wants the digest so. A confirmed reader's wishes change at once; everybody else is `pending`
    until their token comes back. Raises ReaderError for an address that was forgotten, unless it asks `anew`.
    """
    with db.atomic():
        if anew:
            db.execute("DELETE FROM suppressions WHERE hash = ?", [_hash(db, address)])
        elif is_forgotten(db, address):
            raise ReaderError("this reader was forgotten at their wish; if they ask again, say so by --anew")
        db.execute(
            "INSERT INTO readers (address, status, origin, audience, created_at)"
            " VALUES (?, 'pending', 'command', ?, ?)"
            " ON CONFLICT (address) DO UPDATE SET audience = excluded.audience, origin = 'command',"
            " status = CASE status WHEN 'confirmed' THEN 'confirmed' ELSE 'pending' END",
            [address, json.dumps(audience), now],
        )
    found = find(db, address)
    assert found
    return found


def confirm(db: Database, number: int, now: str) -> bool:
    """A pending reader is confirmed; True if that changed anything."""
    with db.atomic():
        changed = db.execute(
            "UPDATE readers SET status = 'confirmed', confirmed_at = ?, ended_at = NULL, ended_by = NULL, ended_why = NULL"
            " WHERE id = ? AND status = 'pending'",
            [now, number],
        ).rowcount
        if changed:
            db.execute("DELETE FROM refusals WHERE reader_id = ?", [number])
    return bool(changed)


def choose(db: Database, number: int, audience: dict[str, Any], now: str) -> bool:
    """The reader's own choice of what they get; True if they still get anything."""
    with db.atomic():
        changed = db.execute(
            "UPDATE readers SET audience = ?, chosen_at = ? WHERE id = ? AND status IN ('pending', 'confirmed')",
            [json.dumps(audience), now, number],
        ).rowcount
    return bool(changed)


def end(db: Database, number: int, by: EndedBy, why: str, now: str) -> bool:
    """No more mail to this reader; True if that changed anything. What was not yet sent is dropped."""
    status = "suppressed" if by == "refusals" else "unsubscribed"
    with db.atomic():
        changed = db.execute(
            "UPDATE readers SET status = ?, ended_at = ?, ended_by = ?, ended_why = ?"
            " WHERE id = ? AND status IN ('pending', 'confirmed')",
            [status, now, by, why, number],
        ).rowcount
        if changed:
            db.execute("DELETE FROM tokens WHERE reader_id = ? AND purpose = 'confirm'", [number])
            db.execute(
                "UPDATE deliveries SET state = 'dropped', ended_at = ?, answer = 'the reader left'"
                " WHERE reader_id = ? AND state = 'deferred'",
                [now, number],
            )
    return bool(changed)


def leave(db: Database, number: int, now: str) -> bool:
    """The reader's own click; True if that changed anything."""
    return end(db, number, "reader", "by the link in a mail", now)


def forget(db: Database, number: int, now: str) -> None:
    """Delete all that is known of a reader but a keyed hash, by which their address is not subscribed again."""
    gone = reader(db, number)
    with db.atomic():
        db.execute("DELETE FROM readers WHERE id = ?", [number])  # tokens, deliveries, refusals go with it
        db.execute(
            "INSERT OR REPLACE INTO suppressions VALUES (?, 'forgotten', ?)", [_hash(db, gone.address), now]
        )
    wipe_traces(db)


def follow_config(db: Database, listed: dict[str, dict[str, Any]], now: str) -> list[str]:
    """Readers of `watch.toml` ({address: audience}) are confirmed by the operator's word. One who left stays away, and
    one who was forgotten; one who chose themselves keeps that; one whose entry is taken out ends. Returns what was left out, in words without addresses.
    """
    left_out = []
    for address, audience in listed.items():
        known = find(db, address)
        if known is None and is_forgotten(db, address):
            left_out.append("a reader of watch.toml was forgotten at their wish: take the entry out")
        elif known and known.status in ("unsubscribed", "suppressed") and known.ended_by != "config":
            left_out.append(f"reader {known.id} of watch.toml is {known.status}: take the entry out")
        else:
            _list(db, known, address, audience, now)
    for known in readers(db, "confirmed"):
        if known.origin == "config" and known.address.lower() not in {one.lower() for one in listed}:
            end(db, known.id, "config", "taken out of watch.toml", now)
    return left_out


def _list(db: Database, known: Reader | None, address: str, audience: dict[str, Any], now: str) -> None:
    if known and known.status == "confirmed" and (known.chosen_at or known.audience == audience):
        return
    with db.atomic():
        db.execute(
            "INSERT INTO readers (address, status, origin, audience, created_at, confirmed_at)"
            " VALUES (?, 'confirmed', 'config', ?, ?, ?)"
            " ON CONFLICT (address) DO UPDATE SET audience = excluded.audience, status = 'confirmed',"
            " origin = CASE status WHEN 'confirmed' THEN origin ELSE 'config' END,"
            " confirmed_at = CASE status WHEN 'confirmed' THEN confirmed_at ELSE excluded.confirmed_at END,"
            " ended_at = NULL, ended_by = NULL, ended_why = NULL",
            [address, json.dumps(audience), now, now],
        )


def is_forgotten(db: Database, address: str) -> bool:
    """Whether this address asked to be forgotten."""
    return bool(db.execute("SELECT 1 FROM suppressions WHERE hash = ?", [_hash(db, address)]).fetchone())


def secret(db: Database) -> bytes:
    """The file's own key: for hashes that nobody can try addresses against without the file."""
    return bytes.fromhex(db.execute("SELECT value FROM secrets WHERE name = 'key'").fetchone()[0])


def _hash(db: Database, address: str) -> str:
    return hashlib.blake2b(address.lower().encode(), digest_size=32, key=secret(db)).hexdigest()


def _reader(row: dict[str, Any]) -> Reader:
    return Reader(**cast("dict[str, Any]", row | {"audience": json.loads(row["audience"])}))
