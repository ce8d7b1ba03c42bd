"""Who cites whom, by all sources together. Names are brought to works by `work_names`."""

from __future__ import annotations

from store.views.reading import IS_TRIAL, IS_WATCHED

VIEWS: dict[str, str] = {
    # one row for an edge and each who says so; a record's own list of references speaks by the record's source
    "citation_claims": """
SELECT citing.work_id AS citing_id, cited.work_id AS cited_id, said.source, said.first_seen, said.backfill
FROM citation_statements AS said
JOIN work_names AS citing ON citing.name = said.citing_id
JOIN work_names AS cited ON cited.name = said.cited_id
UNION ALL
SELECT citing.work_id, cited.work_id, citations.source || ' references', citations.first_seen, 1
FROM citations
JOIN work_names AS citing ON citing.name = citations.record_id
JOIN work_names AS cited ON cited.name = citations.cited_id
WHERE citations.relation IN ('cites', 'background')""",
    "citing_works": """
SELECT edges.cited_id, cited.title AS cited_title, edges.citing_id, coalesce(record.title, bare.title) AS title,
    coalesce(record.year, bare.year) AS year, coalesce(record.venue, bare.venue) AS venue,
    record.id IS NOT NULL AS is_record, record.indications, record.designs, record.status, edges.sources,
    edges.first_seen,
    coalesce(record.entered, iif(edges.backfill, NULL, substr(edges.first_seen, 1, 10)),
        CAST(coalesce(record.year, bare.year) AS TEXT)) AS appeared
FROM citation_edges AS edges
LEFT JOIN records AS record ON record.id = edges.citing_id
LEFT JOIN bare_works AS bare ON bare.id = edges.citing_id
LEFT JOIN records AS cited ON cited.id = edges.cited_id""",
    "citation_counts_latest": """
SELECT names.work_id, counts.source, max(counts.counted_on) AS counted_on, counts.cited_by, counts.detail
FROM citation_counts AS counts JOIN work_names AS names ON names.name = counts.work_id
GROUP BY names.work_id, counts.source""",
    "topic_trials": f"""
SELECT records.id
FROM records
WHERE records.merged_into IS NULL AND records.kind <> 'registration' AND {IS_TRIAL} AND {IS_WATCHED}
    AND NOT EXISTS (SELECT 1 FROM json_each(records.designs) WHERE value IN ('secondary-analysis', 'protocol'))""",
    "most_cocited": """
SELECT ranked.work_id, coalesce(bare.title, (SELECT citation FROM citations
        JOIN work_names ON work_names.name = citations.cited_id
        WHERE work_names.work_id = ranked.work_id AND citation IS NOT NULL LIMIT 1)) AS title,
    bare.year, bare.venue, ranked.together, ranked.pairs, bare.examined, ranked.ranked_at
FROM cocited_works AS ranked LEFT JOIN bare_works AS bare ON bare.id = ranked.work_id
WHERE NOT EXISTS (SELECT 1 FROM records WHERE records.id = ranked.work_id)
ORDER BY ranked.together DESC, ranked.pairs DESC, ranked.work_id""",
    "followed_works": """
SELECT work_names.work_id, watched_works.why, watched_works.decided_by, watched_works.decided_at
FROM watched_works JOIN work_names ON work_names.name = watched_works.work_id
WHERE watched_works.withdrawn_at IS NULL""",
}
