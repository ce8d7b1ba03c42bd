"""What bears on claims, and how urgently each needs a look."""

from __future__ import annotations

URGENCY = "CASE {} WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END"

# a claim and those it was carried from, version by version
_LINEAGE = """WITH RECURSIVE lineage(claim_id, ancestor_id) AS (
    SELECT id, id FROM claims WHERE state = 'active'
    UNION ALL
    SELECT lineage.claim_id, claims.carried_from FROM lineage JOIN claims ON claims.id = lineage.ancestor_id
    WHERE claims.carried_from IS NOT NULL)"""

VIEWS: dict[str, str] = {
    "claim_bearing": f"""
{_LINEAGE},
decided AS (
    SELECT lineage.claim_id, found.kind, found.record_id, found.notice, max(claim_verdicts.id) AS verdict_id
    FROM lineage JOIN claim_matches AS found ON found.claim_id = lineage.ancestor_id
    JOIN claim_verdicts ON claim_verdicts.match_id = found.id AND claim_verdicts.withdrawn_at IS NULL
    GROUP BY lineage.claim_id, found.kind, found.record_id, found.notice),
known AS (
    SELECT claim_matches.*, claims.article_id, records.title, records.published, records.standing,
        claim_verdicts.id AS verdict_id, claim_verdicts.verdict, claim_verdicts.note, claim_verdicts.decided_by,
        claim_verdicts.decided_at,
        claim_verdicts.id IS NOT NULL AND claim_verdicts.record_state <> claim_matches.record_state AS reopened
    FROM claim_matches
    JOIN claims ON claims.id = claim_matches.claim_id AND claims.state = 'active'
    JOIN records ON records.id = claim_matches.record_id
    LEFT JOIN decided ON decided.claim_id = claim_matches.claim_id AND decided.kind = claim_matches.kind
        AND decided.record_id = claim_matches.record_id AND decided.notice = claim_matches.notice
    LEFT JOIN claim_verdicts ON claim_verdicts.id = decided.verdict_id)
SELECT *, ended_at IS NULL AND (verdict IS NULL OR reopened) AS open FROM known""",
    "claim_states": f"""
WITH bearing AS (
    SELECT claim_id, rule, reason, priority, open, verdict_id,
        row_number() OVER (PARTITION BY claim_id ORDER BY open DESC, {URGENCY.format("priority")} DESC, rank DESC, id) AS place
    FROM claim_bearing),
counted AS (
    SELECT claim_id, sum(open) AS open, sum(NOT open AND verdict_id IS NOT NULL) AS settled FROM bearing GROUP BY claim_id)
SELECT claims.id AS claim_id, claims.article_id, coalesce(first.priority, 'none') AS priority, first.rule, first.reason,
    coalesce(counted.open, 0) AS open, coalesce(counted.settled, 0) AS settled,
    coalesce(claim_searches.bearing - claim_searches.kept, 0) AS more, claim_searches.searched_to
FROM claims
LEFT JOIN bearing AS first ON first.claim_id = claims.id AND first.place = 1 AND first.open
LEFT JOIN counted ON counted.claim_id = claims.id
LEFT JOIN claim_searches ON claim_searches.claim_id = claims.id
WHERE claims.state = 'active'""",
}
