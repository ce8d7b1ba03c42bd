"""Notices by work: what sources say together, what people decided, and what lists that are no records report."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_TABLES = """
ALTER TABLE records ADD COLUMN standing TEXT;
CREATE INDEX records_standing ON records(standing);
CREATE TABLE reported_notices (
    source TEXT NOT NULL, native_id TEXT NOT NULL, kind TEXT NOT NULL, affected_pmid TEXT, affected_doi TEXT,
    notice_pmid TEXT, notice_doi TEXT, date TEXT, title TEXT, reason TEXT,
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, gone_at TEXT, PRIMARY KEY (source, native_id)
) WITHOUT ROWID;
CREATE INDEX reported_notices_pmid ON reported_notices(affected_pmid);
CREATE INDEX reported_notices_doi ON reported_notices(affected_doi);
CREATE TABLE found_notices (
    id INTEGER PRIMARY KEY, work_id TEXT NOT NULL, kind TEXT NOT NULL, notice_id TEXT NOT NULL, date TEXT,
    sources TEXT NOT NULL, citation TEXT, reason TEXT, disagreement TEXT, first_seen TEXT NOT NULL,
    UNIQUE (work_id, kind, notice_id)
);
CREATE INDEX found_notices_kind ON found_notices(kind, first_seen);
CREATE INDEX found_notices_notice ON found_notices(notice_id);
CREATE TABLE notice_aliases (
    alias TEXT NOT NULL, work_id TEXT NOT NULL, PRIMARY KEY (alias, work_id)
) WITHOUT ROWID;
CREATE INDEX notice_aliases_work ON notice_aliases(work_id);
CREATE TABLE notice_sayers (
    record_id TEXT NOT NULL REFERENCES records(id), work_id TEXT NOT NULL, PRIMARY KEY (record_id, work_id)
) WITHOUT ROWID;
CREATE INDEX notice_sayers_work ON notice_sayers(work_id);
CREATE TABLE notice_decisions (
    id INTEGER PRIMARY KEY, work_id TEXT NOT NULL, kind TEXT NOT NULL, notice_id TEXT NOT NULL, decision TEXT NOT NULL,
    decided_by TEXT NOT NULL, why TEXT NOT NULL, decided_at TEXT NOT NULL, withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE INDEX notice_decisions_work ON notice_decisions(work_id, kind, notice_id);
"""


def apply(db: Database) -> None:
    run(db, _TABLES)
