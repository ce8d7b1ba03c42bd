"""The tables of the readers' file, forward only: a migration that was released is never edited."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from store.migrations.script import run

migrations = Migrations("ketamine_watch_readers")

# addresses differ by more than case at no provider that matters, and one person must not get two mails
_FIRST = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO secrets VALUES ('key', lower(hex(randomblob(32))));
CREATE TABLE readers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL COLLATE NOCASE UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'unsubscribed', 'suppressed')),
    origin TEXT NOT NULL CHECK (origin IN ('command', 'config')), audience TEXT NOT NULL,
    created_at TEXT NOT NULL, confirmed_at TEXT, chosen_at TEXT, ended_at TEXT,
    ended_by TEXT CHECK (ended_by IN ('reader', 'operator', 'config', 'refusals')), ended_why TEXT
);
CREATE TABLE tokens (
    hash TEXT PRIMARY KEY, reader_id INTEGER NOT NULL REFERENCES readers(id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('confirm', 'leave')), expires_at TEXT NOT NULL, used_at TEXT
) WITHOUT ROWID;
CREATE INDEX tokens_reader ON tokens(reader_id);
CREATE INDEX tokens_expires ON tokens(expires_at);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, reader_id INTEGER NOT NULL REFERENCES readers(id) ON DELETE CASCADE,
    issue_id TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, message_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'deferred', 'refused', 'dropped', 'in_doubt')),
    tries INTEGER NOT NULL, begun_at TEXT NOT NULL, ended_at TEXT, next_try_at TEXT, code INTEGER, answer TEXT,
    decided_by TEXT, why TEXT, decided_at TEXT,
    UNIQUE (reader_id, issue_id)
);
CREATE INDEX deliveries_state ON deliveries(state);
CREATE TABLE refusals (
    id INTEGER PRIMARY KEY, reader_id INTEGER NOT NULL REFERENCES readers(id) ON DELETE CASCADE,
    issue_id TEXT NOT NULL, refused_at TEXT NOT NULL, code INTEGER, answer TEXT NOT NULL
);
CREATE INDEX refusals_reader ON refusals(reader_id);
CREATE TABLE suppressions (hash TEXT PRIMARY KEY, why TEXT NOT NULL, since TEXT NOT NULL) WITHOUT ROWID;
"""


@migrations(name="m001_readers")
def _first(db: Database) -> None:
    run(db, _FIRST)
