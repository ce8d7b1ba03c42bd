"""One work, one record shown: merges of records, pairs for review, and which source filled a field."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_TABLES = """
ALTER TABLE records ADD COLUMN merged_into TEXT REFERENCES records(id);
CREATE INDEX records_merged_into ON records(merged_into);
CREATE TABLE merges (
    id INTEGER PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records(id),
    into_id TEXT NOT NULL REFERENCES records(id), method TEXT NOT NULL, evidence TEXT NOT NULL,
    confidence REAL NOT NULL, decided_by TEXT NOT NULL, decided_at TEXT NOT NULL, why TEXT,
    withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE INDEX merges_record ON merges(record_id);
CREATE INDEX merges_into ON merges(into_id);
CREATE TABLE merge_suggestions (
    record_id TEXT NOT NULL REFERENCES records(id), into_id TEXT NOT NULL REFERENCES records(id),
    method TEXT NOT NULL, evidence TEXT NOT NULL, confidence REAL NOT NULL, doubt TEXT NOT NULL,
    first_seen TEXT NOT NULL, PRIMARY KEY (record_id, into_id)
) WITHOUT ROWID;
CREATE INDEX merge_suggestions_into ON merge_suggestions(into_id);
CREATE TABLE record_fields (
    record_id TEXT NOT NULL REFERENCES records(id), field TEXT NOT NULL,
    from_id TEXT NOT NULL REFERENCES records(id), PRIMARY KEY (record_id, field)
) WITHOUT ROWID;
CREATE INDEX record_fields_from ON record_fields(from_id);
CREATE TABLE work_keys (
    key TEXT NOT NULL, record_id TEXT NOT NULL REFERENCES records(id), PRIMARY KEY (key, record_id)
) WITHOUT ROWID;
CREATE INDEX work_keys_record ON work_keys(record_id, key);
"""


def apply(db: Database) -> None:
    run(db, _TABLES)
