"""What people say of a record's tags: it wins over the rules until it is withdrawn."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records(id), dimension TEXT NOT NULL,
    "values" TEXT NOT NULL, decided_by TEXT NOT NULL, why TEXT NOT NULL, decided_at TEXT NOT NULL,
    withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE UNIQUE INDEX corrections_in_force ON corrections(record_id, dimension) WHERE withdrawn_at IS NULL;
CREATE INDEX corrections_record ON corrections(record_id);
"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
