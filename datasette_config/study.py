"""What the page of one study shows: its facts once, its records in order of time, what is only likely, its numbers."""

from __future__ import annotations

import json
from typing import Any

from datasette_config import labels

Row = dict[str, Any]

#: what a record is to its study, in words
ROLES = {
    "registration": "Registration",
    "protocol": "Protocol",
    "preprint": "Preprint",
    "primary": "Report",
    "secondary": "Secondary analysis",
    "extension": "Extension",
    "notice": "Notice",
    "review-of": "Speaks of it",
}

STUDY = "SELECT * FROM study_list WHERE study_id = :id"
RECORDS = """
SELECT record_id, role, title, kind, designs, sample_size, published, status, standing, venue, method, evidence, confidence
FROM study_threads WHERE study_id = :id ORDER BY published IS NULL, published, record_id"""
RESULTS = """
SELECT registrations.results_first_posted AS published, records.id AS record_id
FROM study_records JOIN registrations ON registrations.record_id = study_records.record_id
JOIN records ON records.id = study_records.record_id
WHERE study_records.study_id = :id AND registrations.results_first_posted IS NOT NULL"""
SUGGESTIONS = """
SELECT study_suggestions.*, records.title, records.published FROM study_suggestions
JOIN records ON records.id = study_suggestions.record_id WHERE study_id = :id ORDER BY confidence DESC, record_id"""
NUMBERS = """
SELECT DISTINCT value FROM study_numbers WHERE record_id IN (
    SELECT record_id FROM study_records WHERE study_id = :id AND role = 'registration') ORDER BY value"""
NOTICES = """
SELECT DISTINCT notices.kind, notices.date, notices.affected_id, notices.notice_id, notices.citation, records.title
FROM study_records JOIN records ON records.id = study_records.record_id
JOIN notices ON notices.affected_id = records.id AND notices.kind NOT IN ('comment', 'update')
WHERE study_records.study_id = :id ORDER BY notices.date"""
DECISIONS = """
SELECT id, decision, record_id, other_id, role, decided_by, why, decided_at FROM study_decisions
WHERE withdrawn_at IS NULL AND :id IN (study_id, other_id) ORDER BY id"""


async def read(db: Any, study_id: str) -> Row | None:
    """Everything the page shows of a study, None if there is no such study. `db` is a Datasette database."""

    async def rows(sql: str) -> list[Row]:
        return [dict(row) for row in (await db.execute(sql, {"id": study_id})).rows]

    found = await rows(STUDY)
    if not found:
        return None
    records = [
        row | {"what": ROLES.get(row["role"]) or "Role unknown", "number": row["record_id"].partition(":")[2]}
        for row in await rows(RECORDS)
    ]
    posted = [
        {
            "what": "Results posted",
            "title": "in the registry",
            "method": None,
            "sample_size": None,
            "standing": None,
            "venue": None,
        }
        | row
        for row in await rows(RESULTS)
    ]
    return {
        "study": found[0],
        "facts": facts(found[0], [row["value"] for row in await rows(NUMBERS)]),
        "thread": sorted(
            [*records, *posted], key=lambda row: (row["published"] is None, row["published"] or "")
        ),
        "indications": [
            (value, label)
            for value, label in labels.INDICATIONS.items()
            if value in json.loads(found[0]["indications"] or "[]")
        ],
        "suggestions": await rows(SUGGESTIONS),
        "notices": await rows(NOTICES),
        "decisions": await rows(DECISIONS),
    }


def facts(study: Row, numbers: list[str]) -> list[tuple[str, str]]:
    """(name, words) of what is known, in reading order."""

    def listed(name: str, words: dict[str, str] | None = None) -> str:
        return ", ".join((words or {}).get(value, value) for value in json.loads(study[name] or "[]"))

    people = [(name, study[name]) for name in ("planned", "enrolled", "reported") if study[name] is not None]
    told = [
        ("Acronym", study["acronym"]), ("Numbers", ", ".join(numbers)), ("Drug", listed("drugs")),
        ("Design", listed("designs", labels.DESIGNS)),
        ("Compared with", listed("comparators")),
        ("Participants", ", ".join(f"{count:,} {name}" for name, count in people)),
        ("Status", labels.words(study["status"] or "")), ("Countries", listed("countries")),
        ("Start", study["start_date"]), ("Primary completion", study["primary_completion_date"]),
        ("Results posted", study["results_first_posted"]), ("First report", study["first_report"]),
    ]  # fmt: skip
    return [(name, str(value)) for name, value in told if value]
