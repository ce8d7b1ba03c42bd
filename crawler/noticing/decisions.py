"""What people say of notices: acknowledged (seen, and taken into account), or disputed (it does not hold here)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from store.errors import ConfigError

ACKNOWLEDGED, DISPUTED = "acknowledged", "disputed"
_IN_FORCE = """SELECT notice_decisions.kind, notice_decisions.notice_id, decision,
    coalesce(records.merged_into, notice_decisions.work_id) AS work_id
FROM notice_decisions LEFT JOIN records ON records.id = notice_decisions.work_id
WHERE withdrawn_at IS NULL AND coalesce(records.merged_into, notice_decisions.work_id) IN (SELECT value FROM json_each(?))"""


def disputed(db: Database, works: Iterable[str]) -> set[tuple[str, str, str]]:
    """(work, kind, notice) of the notices on these works that a person disputes."""
    found = db.query(_IN_FORCE, [json.dumps(sorted(works))])
    return {(row["work_id"], row["kind"], row["notice_id"]) for row in found if row["decision"] == DISPUTED}


def decide(db: Database, notice: int, decision: str, name: str, why: str, now: str) -> dict[str, Any]:
    """Keep a person's word on a row of `work_notices`; an older word on it is withdrawn. In the caller's transaction.

    Returns the row. Raises ConfigError if there is none of this number.
    """
    row = _row(db, notice)
    _withdraw(db, row, name, now)
    db.table("notice_decisions").insert(
        {
            "work_id": row["work_id"], "kind": row["kind"], "notice_id": row["notice_id"], "decision": decision,
            "decided_by": name, "why": why, "decided_at": now,
        }
    )  # fmt: skip
    return row


def undo(db: Database, notice: int, name: str, now: str) -> dict[str, Any]:
    """Take back what a person said of a row of `work_notices`. In the caller's transaction.

    Returns the row. Raises ConfigError if there is no such row, or nobody said anything of it.
    """
    row = _row(db, notice)
    if not _withdraw(db, row, name, now):
        raise ConfigError(f"notice {notice}: nobody has decided on it")
    return row


def _row(db: Database, notice: int) -> dict[str, Any]:
    found = next(iter(db.table("found_notices").rows_where("id = ?", [notice])), None)
    if found is None:
        raise ConfigError(f"no notice {notice}; `ketamine-watch notices list` names them")
    return dict(found)


def _withdraw(db: Database, row: dict[str, Any], name: str, now: str) -> bool:
    done = db.execute(
        """UPDATE notice_decisions SET withdrawn_at = :now, withdrawn_by = :name
        WHERE withdrawn_at IS NULL AND kind = :kind AND notice_id = :notice
            AND (work_id = :work OR work_id IN (SELECT id FROM records WHERE merged_into = :work))""",
        {"now": now, "name": name, "kind": row["kind"], "notice": row["notice_id"], "work": row["work_id"]},
    )
    return done.rowcount > 0
