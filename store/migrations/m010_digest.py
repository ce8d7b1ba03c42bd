"""Issues of the digest as they were built, with what they told. Neither is ever changed afterwards."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
CREATE TABLE digest_issues (
    id TEXT PRIMARY KEY, audience_key TEXT NOT NULL, audience TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
    built_at TEXT NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, notes TEXT NOT NULL, html TEXT NOT NULL,
    text TEXT NOT NULL, UNIQUE (audience_key, since, until)
);
CREATE TABLE digest_items (
    issue_id TEXT NOT NULL REFERENCES digest_issues(id), position INTEGER NOT NULL, section TEXT NOT NULL,
    heading TEXT NOT NULL, state TEXT NOT NULL, shown INTEGER NOT NULL, record_id TEXT, study_id TEXT, notice_id INTEGER,
    match_id TEXT, title TEXT NOT NULL, line TEXT NOT NULL, badges TEXT NOT NULL, ids TEXT NOT NULL, link TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (issue_id, position)
) WITHOUT ROWID;
CREATE INDEX digest_items_record ON digest_items(record_id);
"""
_NEVER_CHANGED = """CREATE TRIGGER {table}_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, 'an issue of the digest is never changed'); END"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
    for table in ("digest_issues", "digest_items"):
        for what in ("UPDATE", "DELETE"):
            db.execute(_NEVER_CHANGED.format(table=table, what=what))
