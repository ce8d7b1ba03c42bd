"""People's corrections of tags: kept for good, in force until withdrawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from store.rows import to_json

FIELD = "correction"
_IN_FORCE = "withdrawn_at IS NULL"


@dataclass(frozen=True, slots=True)
class Correction:
    """`dimension` of a record has exactly these `values`, says `decided_by`. `decided_at`: ISO-8601, UTC."""

    record_id: str
    dimension: str
    values: tuple[str, ...]
    decided_by: str
    why: str
    decided_at: str


def correct(db: Database, correction: Correction) -> None:
    """Put a correction in force; an older one of the same dimension is withdrawn by it. In the caller's transaction."""
    withdraw(db, correction.record_id, correction.dimension, correction.decided_by, correction.decided_at)
    db.table("corrections").insert(
        {
            "record_id": correction.record_id, "dimension": correction.dimension, "values": to_json(correction.values),
            "decided_by": correction.decided_by, "why": correction.why, "decided_at": correction.decided_at,
        }
    )  # fmt: skip


def withdraw(db: Database, record_id: str, dimension: str, name: str, now: str) -> bool:
    """Take back what is in force for a dimension of a record; False if nothing is. In the caller's transaction."""
    done = db.execute(
        f"UPDATE corrections SET withdrawn_at = ?, withdrawn_by = ? WHERE record_id = ? AND dimension = ? AND {_IN_FORCE}",
        (now, name, record_id, dimension),
    )
    return done.rowcount > 0


def in_force(db: Database, record_ids: Sequence[str] | None = None) -> dict[str, list[Correction]]:
    """record id -> its corrections in force, in order of time; of all records, or of those given."""
    where, arguments = _IN_FORCE, list(record_ids or ())
    if record_ids is not None:
        where += f" AND record_id IN ({','.join('?' * len(record_ids))})"
    found: dict[str, list[Correction]] = {}
    for row in db.table("corrections").rows_where(where, arguments, order_by="id"):
        values = tuple(json.loads(row["values"]))
        found.setdefault(row["record_id"], []).append(
            Correction(
                row["record_id"], row["dimension"], values, row["decided_by"], row["why"], row["decided_at"]
            )
        )
    return found
