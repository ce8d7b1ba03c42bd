"""Writes what bears on a claim: matches keep their numbers, those with a verdict are never removed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlite_utils import Database

from crawler.bearing.matches import Match

_KEY = ("kind", "record_id", "notice")
_BEFORE = """
SELECT found_at, backfill FROM claim_matches JOIN claims ON claims.carried_from = claim_matches.claim_id
WHERE claims.id = ? AND claim_matches.kind = ? AND record_id = ? AND notice = ?"""


def keep(
    db: Database, claim_id: int, kinds: Sequence[str], matches: Iterable[Match], now: str, *, first: bool
) -> int:
    """Make the claim's matches of these kinds those given, in the caller's transaction; returns how many are new.

    `first`: the claim was never matched before, so nothing that is found is news. `now`: ISO-8601, UTC.
    """
    marks = ",".join("?" * len(kinds))
    there = {
        tuple(row[column] for column in _KEY): row
        for row in db.table("claim_matches").rows_where(
            f"claim_id = ? AND kind IN ({marks})", [claim_id, *kinds]
        )
    }
    wanted = {match.key[1:]: match for match in matches}
    new = 0
    for key, match in wanted.items():
        row = _row(match)
        known = there.get(key)
        if known is None:
            new += 1
            db.table("claim_matches").insert(row | _found(db, match, now, first))
        elif changed := {name: value for name, value in row.items() if known[name] != value}:
            if "record_state" in changed:
                changed["changed_at"] = now
            db.table("claim_matches").update(known["id"], changed)
    for key in there.keys() - wanted.keys():
        _end(db, there[key], now)
    return new


def _row(match: Match) -> dict[str, Any]:
    return {
        "claim_id": match.claim_id, "record_id": match.record_id, "study_id": match.study, "notice": match.notice,
        "kind": match.kind, "rule": match.rule, "reason": match.reason, "rank": float(match.rank),
        "facets": json.dumps(match.facets, ensure_ascii=False), "priority": match.priority,
        "record_state": match.state, "ended_at": None,
    }  # fmt: skip


def _found(db: Database, match: Match, now: str, first: bool) -> dict[str, Any]:
    """When: that of the same match on the sentence before it was carried into a new version, else now."""
    before = db.execute(_BEFORE, [match.claim_id, match.kind, match.record_id, match.notice]).fetchone()
    found_at, backfill = before or (now, int(first))
    return {"found_at": found_at, "backfill": backfill}


def _end(db: Database, row: dict[str, Any], now: str) -> None:
    judged = db.execute("SELECT 1 FROM claim_verdicts WHERE match_id = ?", [row["id"]]).fetchone()
    if not judged:
        db.table("claim_matches").delete(row["id"])
    elif row["ended_at"] is None:
        db.table("claim_matches").update(row["id"], {"ended_at": now})
