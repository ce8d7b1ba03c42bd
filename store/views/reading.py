"""Lists of records, trials, studies and the evidence matrix."""

from __future__ import annotations

_LIST_COLUMNS = """
    records.id, records.title, records.kind, records.indications, records.designs, records.drugs, records.routes,
    records.comparators, records.populations, records.sample_size, records.status, records.standing,
    records.venue, records.published, records.year, records.entered, records.first_seen, records.source, records.url"""

# a trial is counted where it reports itself or is registered: reviews of trials, and letters about them, are not trials;
# the schema says which records are (m009)
IS_TRIAL = "records.is_trial"

IS_WATCHED = """EXISTS (
    SELECT 1 FROM json_each(records.indications) AS indication
    JOIN watched ON watched.dimension = 'indication' AND watched.value = indication.value
) AND EXISTS (
    SELECT 1 FROM json_each(records.drugs) AS drug
    JOIN watched ON watched.dimension = 'drug' AND watched.value = drug.value
)"""

# with the plus, SQLite takes the record's few tags, not the index of all tags of this dimension
_PHASE = """
    (SELECT json_group_array(value) FROM (SELECT DISTINCT value FROM tags
        WHERE tags.record_id = records.id AND +tags.dimension = 'phase' ORDER BY value)) AS phase"""

# views have no rowid of their own; with it, a page finds its rows by the full-text index of `records`
_ROWID = "records.rowid AS rowid"

# of records of one work the best source's is shown; the others are reached from its page
_IS_SHOWN = "records.merged_into IS NULL"

VIEWS: dict[str, str] = {
    "works": f"""
SELECT {_LIST_COLUMNS}, {_PHASE}, {_ROWID}
FROM records
WHERE {_IS_SHOWN}""",
    "trials": f"""
SELECT {_LIST_COLUMNS}, {_PHASE}, {_ROWID},
    registrations.phases, registrations.enrollment, registrations.results_first_posted,
    (SELECT group_concat(study_id, ', ') FROM (
        SELECT DISTINCT study_id FROM study_records WHERE record_id = records.id
            OR record_id IN (SELECT merged.id FROM records AS merged WHERE merged.merged_into = records.id)
        ORDER BY study_id)) AS studies
FROM records LEFT JOIN registrations ON registrations.record_id = records.id
WHERE {_IS_SHOWN} AND {IS_TRIAL}""",
    "new_trials": f"""
SELECT {_LIST_COLUMNS}, {_PHASE}, {_ROWID}
FROM records
WHERE {_IS_SHOWN} AND {IS_TRIAL} AND records.entered >= date('now', '-31 days') AND {IS_WATCHED}""",
    "study_threads": """
SELECT studies.id AS study_id, studies.title AS study, study_records.role, records.id AS record_id, records.title,
    records.kind, records.designs, records.sample_size, records.published, records.status, records.standing,
    records.venue, records.url, study_records.method, study_records.evidence, max(study_records.confidence) AS confidence
FROM studies
JOIN study_records ON study_records.study_id = studies.id
JOIN records AS linked ON linked.id = study_records.record_id
JOIN records ON records.id = coalesce(linked.merged_into, linked.id)
GROUP BY studies.id, records.id""",
    "evidence_matrix": """
SELECT indication.value AS indication, design.value AS design, count(DISTINCT records.id) AS records,
    min(records.year) AS first_year, max(records.year) AS last_year
FROM records, json_each(records.indications) AS indication, json_each(records.designs) AS design
WHERE records.merged_into IS NULL
GROUP BY indication.value, design.value""",
}
