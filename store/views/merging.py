"""The records that are one work, as readers see them."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "work_sources": """
SELECT coalesce(records.merged_into, records.id) AS record_id, records.id AS source_record_id, records.source,
    records.kind, records.title, records.doi, records.pmid, records.pmcid, records.url,
    records.merged_into IS NULL AS shown, merges.method, merges.evidence, merges.confidence, merges.decided_by,
    (SELECT json_group_array(field) FROM (SELECT field FROM record_fields
        WHERE record_fields.record_id = records.merged_into AND record_fields.from_id = records.id ORDER BY field)) AS gives
FROM records
LEFT JOIN merges ON merges.record_id = records.id AND merges.into_id = records.merged_into
    AND merges.withdrawn_at IS NULL
WHERE records.merged_into IS NOT NULL
    OR EXISTS (SELECT 1 FROM records AS merged WHERE merged.merged_into = records.id)""",
}
