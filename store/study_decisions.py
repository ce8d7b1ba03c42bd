"""People's decisions on studies and their records: kept for good, in force until withdrawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from sqlite_utils import Database

Kind = Literal["confirm", "reject", "merge", "split"]


@dataclass(frozen=True, slots=True)
class Decision:
    """confirm or reject: `record_id` of `study_id`. merge or split: `other_id`, a study or one of its numbers.

    `decided_at`: ISO-8601, UTC.
    """

    decision: Kind
    study_id: str
    decided_by: str
    why: str
    decided_at: str
    record_id: str | None = None
    other_id: str | None = None
    role: str | None = None


def decide(db: Database, decision: Decision) -> int:
    """Keep a decision; returns the number by which it can be undone. In the caller's transaction."""
    row_id = db.table("study_decisions").insert(asdict(decision)).last_rowid
    assert row_id is not None
    return row_id


def withdraw(db: Database, decision_id: int, name: str, now: str) -> Decision | None:
    """Take a decision back; None if there is none of that number in force. In the caller's transaction."""
    found = list(db.table("study_decisions").rows_where("id = ? AND withdrawn_at IS NULL", [decision_id]))
    if not found:
        return None
    db.table("study_decisions").update(decision_id, {"withdrawn_at": now, "withdrawn_by": name})
    return Decision(**{field: found[0][field] for field in Decision.__slots__})
