"""What regulators decided, in order of time."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "fda_decisions": """
SELECT records.published AS date, CASE WHEN records.id LIKE 'openfda:label:%' THEN 'label' ELSE 'decision' END AS what,
    (SELECT group_concat(value, ', ') FROM identifiers
        WHERE identifiers.record_id = records.id AND scheme = 'fda-application') AS application,
    records.title, records.status, records.drugs, records.indications, records.abstract AS words, records.url, records.id
FROM records
WHERE records.source = 'openfda'""",
}
