"""From which bytes each record was read: bytes that come again unchanged need no parser, no tagger and no writing.

A row says what a parser made of some bytes, which is true for good. The record is unchanged only while the database holds
that very content, tagged by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from store.writing import upsert_rows

_CURRENT = """SELECT reading, record_id FROM readings JOIN records ON id = record_id
WHERE software = ? AND readings.content_hash = records.content_hash AND rules_version = ?"""


def find(db: Database, reading: str, software: str, rules_version: str) -> str | None:
    """The id of the record that the database holds just so; None if it has to be read.

    `reading`: of the bytes, as the parser names them; `software`: what would read them now.
    """
    found = db.execute(f"{_CURRENT} AND reading = ?", (software, rules_version, reading)).fetchone()
    return found[1] if found else None


def current(db: Database, source: str, software: str, rules_version: str) -> dict[str, str]:
    """reading -> record id, of all records of a source that the database holds just so."""
    return dict(db.execute(f"{_CURRENT} AND source = ?", (software, rules_version, source)).fetchall())


def keep(db: Database, read: Iterable[tuple[str, str, str]], software: str) -> None:
    """Note from what records were read: (record id, reading, content hash) each. In the caller's transaction."""
    columns = ("record_id", "reading", "content_hash")
    rows = [dict(zip(columns, one, strict=True)) | {"software": software} for one in read]
    upsert_rows(db, "readings", rows, keys=["record_id"])
