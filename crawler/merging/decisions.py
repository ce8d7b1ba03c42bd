"""What people say of merges: two records are one work, or they are not. Rules never decide such a pair again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from crawler.merging import works as reading
from crawler.merging.pairs import never
from store.errors import ConfigError

PERSON = "person"


def confirm(db: Database, one: str, other: str, name: str, why: str, now: str) -> None:
    """Keep a person's word that two records are one work. In the caller's transaction; the caller settles them then.

    Raises ConfigError if a record is not here, or if the two cannot be one: a preprint and its article, a
    registration and a report.
    """
    works = _both(db, one, other)
    if reason := never(works[one], works[other]):
        raise ConfigError(f"{one} and {other}: {reason}")
    _withdraw(
        db, one, other, name, why, now
    )  # an older statement on this pair; this one is the last, and counts
    _insert(db, one, other, name, why, now)


def undo(db: Database, one: str, other: str, name: str, why: str, now: str) -> None:
    """Keep a person's word that two records are two works. In the caller's transaction; the caller settles them then.

    Raises ConfigError if a record is not here, or if nobody and nothing says that the two are one.
    """
    works = _both(db, one, other)
    roots = {works[record_id].merged_into or record_id for record_id in (one, other)}
    pair = {"one": one, "other": other}
    suggested = db.execute(
        """SELECT 1 FROM merge_suggestions
        WHERE (record_id = :one AND into_id = :other) OR (record_id = :other AND into_id = :one)""",
        pair,
    ).fetchone()
    if len(roots) > 1 and not suggested:
        raise ConfigError(f"{one} and {other} are not merged, and nothing suggests it")
    if not _withdraw(db, one, other, name, why, now):
        _insert(db, one, other, name, why, now, withdrawn_at=now, withdrawn_by=name)


def _both(db: Database, one: str, other: str) -> dict[str, reading.Work]:
    works = reading.load(db, (one, other))
    for record_id in (one, other):
        if record_id not in works:
            raise ConfigError(f"no record {record_id} in this database")
    if one == other:
        raise ConfigError(f"{one}: a record is one with itself")
    return works


def _withdraw(db: Database, one: str, other: str, name: str, why: str, now: str) -> bool:
    done = db.execute(
        """UPDATE merges SET withdrawn_at = :now, withdrawn_by = :name, why = coalesce(why || '; ', '') || :why
        WHERE withdrawn_at IS NULL
            AND ((record_id = :one AND into_id = :other) OR (record_id = :other AND into_id = :one))""",
        {"one": one, "other": other, "name": name, "why": why, "now": now},
    )
    return done.rowcount > 0


def _insert(db: Database, one: str, other: str, name: str, why: str, now: str, **more: str) -> None:
    row = {
        "record_id": one,
        "into_id": other,
        "method": PERSON,
        "evidence": "a person's decision",
        "confidence": 1.0,
    }
    db.table("merges").insert(row | {"decided_by": name, "decided_at": now, "why": why} | more)


def merged(db: Database) -> Iterable[dict[str, Any]]:
    """The records that are not shown by themselves, each with the one that is and why, the newest decision first."""
    return db.query(
        """SELECT merged.id AS record_id, merged.merged_into AS into_id, merges.method, merges.evidence,
            merges.confidence, merges.decided_by, merges.decided_at, merges.why, merged.title, shown.title AS into_title
        FROM records AS merged JOIN records AS shown ON shown.id = merged.merged_into
        LEFT JOIN merges ON merges.withdrawn_at IS NULL AND (
            (merges.record_id = merged.id AND merges.into_id = shown.id)
            OR (merges.record_id = shown.id AND merges.into_id = merged.id AND merges.decided_by <> 'rules'))
        ORDER BY merges.decided_at DESC, merged.id"""
    )


def suggested(db: Database) -> Iterable[dict[str, Any]]:
    """Pairs for a person to decide, the likeliest first."""
    return db.query(
        """SELECT record_id, into_id, method, evidence, confidence, doubt, merge_suggestions.first_seen,
            one.title AS title, other.title AS into_title
        FROM merge_suggestions
        JOIN records AS one ON one.id = record_id JOIN records AS other ON other.id = into_id
        ORDER BY confidence DESC, record_id, into_id"""
    )
