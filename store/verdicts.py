"""What writers decide of matches: kept for good, in force until withdrawn; the latest in force counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from store.errors import ConfigError

Kind = Literal["supports", "weakens", "changes-number", "not-relevant", "done"]
#: verdict -> what it says
VERDICTS: dict[str, str] = {
    "supports": "it supports the sentence",
    "weakens": "it weakens the sentence",
    "changes-number": "it changes a number in the sentence",
    "not-relevant": "it does not bear on the sentence",
    "done": "the sentence was seen to",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`decided_at`: ISO-8601, UTC."""

    match_id: int
    verdict: str
    decided_by: str
    decided_at: str
    note: str | None = None


def decide(db: Database, verdict: Verdict) -> int:
    """Keep a verdict in the caller's transaction; returns the number by which it can be undone.

    Raises ConfigError for a word that is no verdict, and for a match that is not on a sentence of the article as it is now.
    """
    if verdict.verdict not in VERDICTS:
        raise ConfigError(f"no such verdict: {verdict.verdict} (known: {', '.join(VERDICTS)})")
    found = db.execute("SELECT record_state FROM claim_bearing WHERE id = ?", [verdict.match_id]).fetchone()
    if found is None:
        raise ConfigError(f"no match {verdict.match_id} on a sentence that stands now")
    row: dict[str, Any] = {name: getattr(verdict, name) for name in Verdict.__slots__}
    number = db.table("claim_verdicts").insert(row | {"record_state": found[0]}).last_rowid
    assert number is not None
    return number


def withdraw(db: Database, verdict_id: int, name: str, now: str) -> dict[str, Any]:
    """Take a verdict back in the caller's transaction; returns its row. Raises ConfigError if none of that number is in force."""
    found = list(db.table("claim_verdicts").rows_where("id = ? AND withdrawn_at IS NULL", [verdict_id]))
    if not found:
        raise ConfigError(f"no verdict {verdict_id} is in force")
    db.table("claim_verdicts").update(verdict_id, {"withdrawn_at": now, "withdrawn_by": name})
    return found[0]
