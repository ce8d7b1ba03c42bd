"""What is new on the sentences of watched articles: what a digest tells of them."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

_NEWS = """
SELECT claim_bearing.article_id, articles.title AS article, claims.id AS claim_id, claims.section, claims.sentence,
    claim_bearing.id AS match_id, claim_bearing.kind, claim_bearing.priority, claim_bearing.reason,
    claim_bearing.record_id, claim_bearing.title, claim_bearing.published, claim_bearing.reopened, claim_bearing.found_at
FROM claim_bearing
JOIN claims ON claims.id = claim_bearing.claim_id
JOIN articles ON articles.id = claim_bearing.article_id
WHERE claim_bearing.open AND claim_bearing.priority IN ('high', 'medium') AND (
        (NOT claim_bearing.backfill AND claim_bearing.found_at > :since AND claim_bearing.found_at <= :until)
        OR (claim_bearing.reopened AND claim_bearing.changed_at > :since AND claim_bearing.changed_at <= :until))
ORDER BY claim_bearing.priority = 'medium', claim_bearing.article_id, claims.position, claim_bearing.rank DESC,
    claim_bearing.id"""


def news(db: Database, since: str, until: str) -> list[dict[str, Any]]:
    """What was first found, or opened again, after `since` and up to `until` (ISO-8601, UTC; a day is its first moment).

    Open matches of high or medium priority, the most urgent first; what was there when the sentence was first matched
    is no news.
    """
    return list(db.query(_NEWS, {"since": since, "until": until}))
