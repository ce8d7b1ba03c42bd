"""A sentence that asserts two things is two claims, by a person's word: parted where the second begins, in later versions too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlite_utils import Database

from store.errors import ConfigError

_OF_ARTICLE = """
SELECT claim_edits.value FROM claim_edits JOIN claims ON claims.id = claim_edits.claim_id
WHERE claims.article_id = ? AND edit = 'split' AND withdrawn_at IS NULL ORDER BY claim_edits.id"""
_IN_FORCE = "claim_id = ? AND edit = 'split' AND withdrawn_at IS NULL"


def splits_of(db: Database, article_id: str) -> list[str]:
    """The words with which second claims begin, in the order in which people said so."""
    return [row[0] for row in db.execute(_OF_ARTICLE, [article_id])]


def parted(text: str, start: int, end: int, splits: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The sentence at `start` to `end` of the text, or its parts."""
    for words in splits:
        at = text.find(words, start, end)
        if at > start:
            yield from parted(text, start, start + len(text[start:at].rstrip(" ,;:–—-")), splits)
            yield from parted(text, at, end, splits)
            return
    yield start, end


def keep_split(db: Database, claim_id: int, words: str, name: str, why: str, now: str) -> dict[str, Any]:
    """Keep that the claim is two, the second from `words` on, and return its row, which is superseded now.

    Raises ConfigError where the claim does not stand in an article here, or has these words not just once, or first.
    """
    row = next(iter(db.table("claims").rows_where("id = ? AND state = 'active'", [claim_id])), None)
    if row is None:
        raise ConfigError(f"no claim {claim_id} stands in an article here")
    sentence = str(row["sentence"])
    if sentence.count(words) != 1 or not sentence[: sentence.find(words)].strip(" ,;:–—-"):
        raise ConfigError(
            f"claim {claim_id} has the words “{words}” not just once, or has nothing before them"
        )
    db.table("claim_edits").insert(
        {
            "claim_id": claim_id,
            "edit": "split",
            "value": words,
            "decided_by": name,
            "why": why,
            "decided_at": now,
        }
    )
    db.table("claims").update(claim_id, {"state": "superseded"})
    return row


def take_split_back(db: Database, claim_id: int, name: str, now: str) -> bool:
    """Make one claim again of one that was split in the latest version. Returns whether it was."""
    said = list(db.table("claim_edits").rows_where(_IN_FORCE, [claim_id]))
    if not said:
        return False
    for row in said:
        db.table("claim_edits").update(row["id"], {"withdrawn_at": now, "withdrawn_by": name})
    db.execute(
        """UPDATE claims SET state = 'superseded' WHERE carried_from = ?1
        AND version_id = (SELECT version_id FROM claims WHERE id = ?1)""", [claim_id],
    )  # fmt: skip
    db.table("claims").update(claim_id, {"state": "active"})
    return True
