"""Studies by all their registry numbers and acronyms, links that are only suggested, and what people decided of both."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
CREATE TABLE study_numbers (
    record_id TEXT NOT NULL REFERENCES records(id), scheme TEXT NOT NULL, value TEXT NOT NULL, own INTEGER NOT NULL,
    PRIMARY KEY (record_id, value)
) WITHOUT ROWID;
CREATE INDEX study_numbers_value ON study_numbers(value);
CREATE TABLE study_acronyms (
    record_id TEXT NOT NULL REFERENCES records(id), key TEXT NOT NULL, acronym TEXT NOT NULL,
    PRIMARY KEY (record_id, key)
) WITHOUT ROWID;
CREATE INDEX study_acronyms_key ON study_acronyms(key);
CREATE TABLE study_suggestions (
    study_id TEXT NOT NULL REFERENCES studies(id), record_id TEXT NOT NULL REFERENCES records(id), role TEXT,
    method TEXT NOT NULL, evidence TEXT NOT NULL, confidence REAL NOT NULL,
    PRIMARY KEY (study_id, record_id)
) WITHOUT ROWID;
CREATE INDEX study_suggestions_record ON study_suggestions(record_id);
CREATE TABLE study_decisions (
    id INTEGER PRIMARY KEY, decision TEXT NOT NULL, study_id TEXT NOT NULL, record_id TEXT REFERENCES records(id),
    other_id TEXT, role TEXT, decided_by TEXT NOT NULL, why TEXT NOT NULL, decided_at TEXT NOT NULL,
    withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE INDEX study_decisions_record ON study_decisions(record_id);
CREATE INDEX study_decisions_study ON study_decisions(study_id);
CREATE INDEX registrations_enrollment ON registrations(enrollment);
"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
