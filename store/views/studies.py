"""One row a study, and what is missing of it."""

from __future__ import annotations

from store.views.reading import IS_WATCHED

# dates of month precision count as the month's last day, of year precision as the year's: nothing is called late too soon
_LAST_DAY = """CASE length({0}) WHEN 10 THEN {0} WHEN 7 THEN date({0} || '-01', '+1 month', '-1 day')
    WHEN 4 THEN {0} || '-12-31' END"""
_COMPLETED = _LAST_DAY.format(
    "coalesce(registrations.primary_completion_date, registrations.completion_date)"
)

# a paper or preprint that tells what the study found
_REPORTS = """SELECT 1 FROM study_records AS own
    JOIN study_records AS report ON report.study_id = own.study_id AND report.record_id != own.record_id
    WHERE own.record_id = records.id AND report.role IN ('primary', 'secondary', 'extension', 'preprint')"""
_SUGGESTED = """(SELECT count(*) FROM study_records AS own
    JOIN study_suggestions ON study_suggestions.study_id = own.study_id WHERE own.record_id = records.id)"""
_STUDY = "(SELECT min(study_id) FROM study_records WHERE record_id = records.id)"
_HOW_SURE = f"""CASE WHEN {_SUGGESTED} > 0 THEN 'A likely report waits to be judged: see study_suggestions.'
    ELSE 'No report is linked by number, reference, acronym or likeness; one that names none of these would be missed.' END"""

_REGISTERED = f"""
    records.id, {_STUDY} AS study_id, records.title, records.indications, records.drugs, registrations.sponsor,
    registrations.phases, registrations.enrollment, registrations.enrollment_type, records.status, records.url"""
_FROM = f"""FROM records JOIN registrations ON registrations.record_id = records.id
WHERE records.merged_into IS NULL AND {IS_WATCHED}"""

VIEWS: dict[str, str] = {
    "study_list": """
SELECT studies.id AS study_id, coalesce(registered.title, studies.title) AS title, registrations.acronym,
    coalesce(registered.drugs, report.drugs) AS drugs, coalesce(registered.indications, report.indications) AS indications,
    coalesce(report.designs, (
        SELECT json_group_array(DISTINCT value) FROM tags WHERE record_id = registered.id AND dimension = 'parent_design'
    )) AS designs,
    coalesce(report.comparators, registered.comparators) AS comparators,
    CASE WHEN registrations.enrollment_type = 'ESTIMATED' THEN registrations.enrollment
        ELSE protocol.sample_size END AS planned,
    CASE WHEN registrations.enrollment_type = 'ACTUAL' THEN registrations.enrollment END AS enrolled,
    report.sample_size AS reported, registered.status, registrations.countries, registrations.start_date,
    registrations.primary_completion_date, registrations.results_first_posted, report.published AS first_report,
    (SELECT count(DISTINCT coalesce(records.merged_into, records.id)) FROM study_records
        JOIN records ON records.id = study_records.record_id WHERE study_records.study_id = studies.id) AS records,
    (SELECT count(*) FROM study_records JOIN notices ON notices.affected_id = study_records.record_id
        AND notices.kind NOT IN ('comment', 'update') WHERE study_records.study_id = studies.id) AS notices
FROM studies
LEFT JOIN records AS registered ON registered.id = studies.registration_id
LEFT JOIN registrations ON registrations.record_id = registered.id
LEFT JOIN records AS report ON report.id = (
    SELECT records.id FROM study_records JOIN records ON records.id = study_records.record_id
    WHERE study_records.study_id = studies.id AND study_records.role IN ('primary', 'extension')
    ORDER BY study_records.role = 'extension', records.published, records.id LIMIT 1)
LEFT JOIN records AS protocol ON protocol.id = (
    SELECT records.id FROM study_records JOIN records ON records.id = study_records.record_id
    WHERE study_records.study_id = studies.id AND study_records.role = 'protocol'
    ORDER BY records.published, records.id LIMIT 1)""",
    "overdue_trials": f"""
SELECT {_REGISTERED}, {_COMPLETED} AS completed,
    CAST(julianday('now') - julianday({_COMPLETED}, '+12 months') AS INTEGER) AS days_overdue,
    'Completed more than 12 months ago; no results in the registry and no report linked.' AS meaning,
    CASE WHEN coalesce(registrations.primary_completion_date_type, registrations.completion_date_type) = 'ESTIMATED'
        THEN 'The registry still calls its date of completion estimated. ' ELSE '' END || {_HOW_SURE} AS how_sure
{_FROM} AND registrations.study_type = 'INTERVENTIONAL' AND records.status IS NOT 'WITHDRAWN'
    AND registrations.results_first_posted IS NULL AND {_COMPLETED} < date('now', '-12 months')
    AND NOT EXISTS ({_REPORTS})""",
    "results_without_report": f"""
SELECT {_REGISTERED}, registrations.results_first_posted,
    CAST(julianday('now') - julianday(registrations.results_first_posted) AS INTEGER) AS days_since,
    'Results stand in the registry; no paper that reports them is linked.' AS meaning, {_HOW_SURE} AS how_sure
{_FROM} AND registrations.results_first_posted IS NOT NULL AND NOT EXISTS ({_REPORTS})""",
    "stopped_trials": f"""
SELECT {_REGISTERED}, registrations.why_stopped, coalesce(registrations.completion_date, registrations.last_update_posted) AS stopped,
    'Stopped before its end, or never begun; the reason is the sponsor''s own.' AS meaning,
    CASE WHEN registrations.why_stopped IS NULL THEN 'The registry gives no reason.'
        ELSE 'As the registry says.' END AS how_sure
{_FROM} AND records.status IN ('TERMINATED', 'WITHDRAWN', 'SUSPENDED')""",
    "outcomes_switched": f"""
SELECT {_REGISTERED}, revisions.changed,
    (SELECT group_concat(json_extract(value, '$.measure'), '; ') FROM json_each(revisions.old)
        WHERE lower(json_extract(value, '$.level')) = 'primary') AS before,
    (SELECT group_concat(json_extract(value, '$.measure'), '; ') FROM json_each(revisions.new)
        WHERE lower(json_extract(value, '$.level')) = 'primary') AS after,
    CASE WHEN registrations.start_date IS NULL THEN 'start unknown'
        WHEN substr(revisions.changed, 1, length(registrations.start_date)) < registrations.start_date THEN 'before the start'
        WHEN {_COMPLETED} IS NULL OR substr(revisions.changed, 1, 10) <= {_COMPLETED} THEN 'while it ran'
        ELSE 'after completion' END AS moment,
    'The registry''s primary outcomes are not what they were.' AS meaning,
    'Seen since this database watches; earlier changes are in the registry''s own history. A change of wording counts.' AS how_sure
FROM revisions JOIN records ON records.id = revisions.record_id
JOIN registrations ON registrations.record_id = records.id
WHERE revisions.field = 'outcomes' AND records.merged_into IS NULL AND {IS_WATCHED}
    AND revisions.old IS NOT NULL AND before IS NOT after""",
    "trials_citing_retracted": """
SELECT study_records.study_id, studies.title AS study, cites_retracted.record_id AS id, cites_retracted.title,
    study_records.role, cites_retracted.published, cites_retracted.cited_id, cites_retracted.cited_title,
    cites_retracted.kind, cites_retracted.date,
    'A report of this trial cites a work that was retracted or withdrawn.' AS meaning,
    CASE cites_retracted.cited_after WHEN 1 THEN 'It was published after the retraction.'
        WHEN 0 THEN 'It was published before the retraction.' ELSE 'Which came first is not known.' END
        || ' What it cites the work for is not told: it may say that it was retracted.' AS how_sure
FROM cites_retracted
JOIN study_records ON study_records.record_id = cites_retracted.record_id
    AND study_records.role IN ('primary', 'secondary', 'extension', 'preprint', 'protocol')
JOIN studies ON studies.id = study_records.study_id""",
    "stale_preprints": f"""
SELECT records.id, records.title, records.indications, records.designs, records.drugs, records.venue, records.published,
    CAST(julianday('now') - julianday({_LAST_DAY.format("records.published")}) AS INTEGER) AS days_since, records.url,
    'A preprint older than two years for which no article is known.' AS meaning,
    'No source names an article of it, and none of its study is linked; one under another title and authors would be missed.' AS how_sure
FROM records
WHERE records.kind = 'preprint' AND records.merged_into IS NULL AND {IS_WATCHED}
    AND {_LAST_DAY.format("records.published")} < date('now', '-2 years')
    AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.kind = 'update' AND notices.affected_id IN (
        SELECT records.id UNION SELECT 'doi:' || records.doi UNION
        SELECT id FROM records AS merged WHERE merged.merged_into = records.id))
    AND NOT EXISTS (SELECT 1 FROM study_records AS own
        JOIN study_records AS other ON other.study_id = own.study_id AND other.role = 'primary'
        JOIN records AS article ON article.id = other.record_id AND article.kind = 'article'
        WHERE own.record_id = records.id)""",
}
