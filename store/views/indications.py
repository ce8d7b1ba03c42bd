"""What is known of one indication, view by view: its trials, head-to-head comparisons, doses and topics.

Each row stands for one record, so that every number on an indication's page is a filtered list with so many rows.
"""

from __future__ import annotations

from store.views.reading import IS_TRIAL

_LISTED = """
    records.id, records.title, records.kind, records.indications, records.designs, records.drugs, records.routes,
    records.comparators, records.populations, records.sample_size, records.status, records.standing, records.venue,
    records.published, records.year, records.entered, records.url"""

# a published protocol or secondary analysis has no participants of its own; a registration is a protocol by nature
_OWN_TRIAL = f"""records.merged_into IS NULL AND {IS_TRIAL} AND (records.kind = 'registration'
    OR NOT (instr(records.designs, '"secondary-analysis"') OR instr(records.designs, '"protocol"')))"""

# values of the vocabulary, in quotation marks, occur in an array only as its elements
_HAS = """instr(records.{}, '"{}"') > 0"""
_CROSSOVER, _RCT, _OBSERVATIONAL = (
    _HAS.format("designs", design) for design in ("crossover", "rct", "observational")
)
_WHAT = f"""CASE WHEN records.kind = 'registration' THEN 'registration' WHEN {_OBSERVATIONAL} AND NOT {IS_TRIAL}
    THEN 'observational' ELSE 'trial' END"""
_COMPARES = f"(({_OWN_TRIAL}) OR (records.merged_into IS NULL AND {_OBSERVATIONAL}))"
_BOTH = f"""FROM records
WHERE {_HAS.format("drugs", "ketamine")} AND {_HAS.format("drugs", "esketamine")} AND {_COMPARES}"""

VIEWS: dict[str, str] = {
    "indication_trials": f"""
SELECT indication.value AS indication,
    CASE WHEN records.kind = 'registration' THEN 'registration' WHEN {_CROSSOVER} THEN 'crossover'
        WHEN {_RCT} THEN 'rct' ELSE 'non-randomised-trial' END AS design, {_LISTED}
FROM records, json_each(records.indications) AS indication
WHERE {_OWN_TRIAL}""",
    "head_to_head": f"""
SELECT compared.value AS comparison, {_WHAT} AS what, {_LISTED}
FROM records, json_each(records.comparators) AS compared
WHERE records.comparators NOT IN ('[]', '["none"]', '["placebo"]', '["dose"]') AND {_COMPARES}
    AND compared.value NOT IN ('placebo', 'dose', 'none')
UNION ALL
SELECT 'esketamine-ketamine', {_WHAT}, {_LISTED}
{_BOTH}
UNION ALL
SELECT 'esketamine-iv-ketamine', {_WHAT}, {_LISTED}
{_BOTH} AND {_HAS.format("routes", "intravenous")}""",
    "doses": f"""
SELECT json_extract(tags.detail, '$.drug') AS drug, json_extract(tags.detail, '$.route') AS route, tags.value AS dose,
    json_extract(tags.detail, '$.unit') AS unit, json_extract(tags.detail, '$.number') AS number,
    json_extract(tags.detail, '$.to') AS up_to, min(tags.text) AS words, {_LISTED}
FROM tags JOIN records ON records.id = tags.record_id
WHERE tags.dimension = 'dose' AND {_OWN_TRIAL}
GROUP BY records.id, 1, 2, 3""",
    "topics": f"""
SELECT tags.value AS topic, min(tags.text) AS words, {_LISTED}
FROM tags JOIN records ON records.id = tags.record_id
WHERE tags.dimension = 'topic' AND records.merged_into IS NULL
GROUP BY records.id, tags.value""",
}
