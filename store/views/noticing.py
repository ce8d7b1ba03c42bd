"""What became of works: notices with their sources and people's decisions, and who cites what was retracted."""

from __future__ import annotations

_DECISION = """LEFT JOIN records AS work ON work.id = found_notices.work_id
LEFT JOIN notice_decisions ON notice_decisions.id = (
    SELECT max(decided.id) FROM notice_decisions AS decided
    WHERE decided.kind = found_notices.kind AND decided.notice_id = found_notices.notice_id
        AND decided.withdrawn_at IS NULL AND (decided.work_id = found_notices.work_id
            OR decided.work_id IN (SELECT merged.id FROM records AS merged WHERE merged.merged_into = found_notices.work_id)))"""

VIEWS: dict[str, str] = {
    "work_notices": f"""
SELECT found_notices.id, found_notices.work_id, work.title, found_notices.kind, work.kind AS work_kind, work.standing, work.indications,
    nullif(found_notices.notice_id, '') AS notice_id, notice.title AS notice_title,
    coalesce(found_notices.date, CASE WHEN notice.id <> found_notices.work_id THEN notice.published END) AS date,
    found_notices.sources, found_notices.citation, found_notices.reason, found_notices.disagreement,
    found_notices.first_seen, notice_decisions.decision, notice_decisions.decided_by, notice_decisions.why,
    notice_decisions.decided_at
FROM found_notices
{_DECISION}
LEFT JOIN records AS notice ON notice.id = found_notices.notice_id""",
    "cites_retracted": """
SELECT DISTINCT citing.id AS record_id, citing.title, citing.published, found_notices.work_id AS cited_id,
    cited.title AS cited_title, found_notices.kind, found_notices.date,
    CASE WHEN citing.published > found_notices.date THEN 1 WHEN citing.published <= found_notices.date THEN 0 END
        AS cited_after, found_notices.id AS notice
FROM found_notices
JOIN notice_aliases ON notice_aliases.work_id = found_notices.work_id
JOIN work_names ON work_names.name = notice_aliases.alias
JOIN citation_edges ON citation_edges.cited_id = work_names.work_id
JOIN records AS citing ON citing.id = citation_edges.citing_id
LEFT JOIN records AS cited ON cited.id = found_notices.work_id
WHERE found_notices.kind IN ('retraction', 'withdrawal', 'partial-retraction')
    AND citing.id <> found_notices.work_id AND citing.id <> found_notices.notice_id
    AND (cited.id IS NULL OR cited.standing IN ('retracted', 'withdrawn', 'partly-retracted'))
    AND NOT EXISTS (SELECT 1 FROM notice_decisions AS decided
        WHERE decided.work_id = found_notices.work_id AND decided.kind = found_notices.kind
            AND decided.notice_id = found_notices.notice_id AND decided.decision = 'disputed'
            AND decided.withdrawn_at IS NULL)""",
}
