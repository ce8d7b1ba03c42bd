"""What each record was read from, so that the same bytes need not be read again."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
CREATE TABLE readings (
    record_id TEXT PRIMARY KEY REFERENCES records(id), reading TEXT NOT NULL, software TEXT NOT NULL,
    content_hash TEXT NOT NULL
);
CREATE INDEX readings_reading ON readings(reading);
"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
