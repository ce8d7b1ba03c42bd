"""Citation tracking: who is watched, who cites whom by whose word, how often, and under which names."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_TABLES = """
CREATE TABLE work_names (name TEXT PRIMARY KEY, work_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX work_names_work ON work_names(work_id);
CREATE TABLE citation_statements (
    cited_id TEXT NOT NULL REFERENCES work_names(name), citing_id TEXT NOT NULL REFERENCES work_names(name),
    source TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, backfill INTEGER NOT NULL,
    crawl_id INTEGER REFERENCES crawls(id), PRIMARY KEY (cited_id, citing_id, source)
) WITHOUT ROWID;
CREATE INDEX citation_statements_citing ON citation_statements(citing_id, cited_id);
CREATE TABLE citation_edges (
    cited_id TEXT NOT NULL, citing_id TEXT NOT NULL, sources TEXT NOT NULL, first_seen TEXT NOT NULL,
    backfill INTEGER NOT NULL, PRIMARY KEY (cited_id, citing_id)
) WITHOUT ROWID;
CREATE INDEX citation_edges_citing ON citation_edges(citing_id, cited_id);
CREATE TABLE citation_counts (
    work_id TEXT NOT NULL REFERENCES work_names(name), source TEXT NOT NULL, counted_on TEXT NOT NULL,
    cited_by INTEGER NOT NULL, detail TEXT, PRIMARY KEY (work_id, source, counted_on)
) WITHOUT ROWID;
CREATE TABLE bare_works (
    id TEXT PRIMARY KEY, names TEXT NOT NULL, title TEXT, authors TEXT NOT NULL, year INTEGER, venue TEXT,
    source TEXT NOT NULL, first_seen TEXT NOT NULL, examined TEXT
);
CREATE TABLE watched_works (
    id INTEGER PRIMARY KEY, work_id TEXT NOT NULL REFERENCES work_names(name), why TEXT NOT NULL,
    decided_by TEXT NOT NULL, decided_at TEXT NOT NULL, withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE UNIQUE INDEX watched_works_in_force ON watched_works(work_id) WHERE withdrawn_at IS NULL;
CREATE TABLE citation_polls (
    work_id TEXT NOT NULL REFERENCES work_names(name), source TEXT NOT NULL, first_answered TEXT NOT NULL,
    last_answered TEXT NOT NULL, citing INTEGER, cites INTEGER, PRIMARY KEY (work_id, source)
) WITHOUT ROWID;
CREATE TABLE cocited_works (
    work_id TEXT PRIMARY KEY, together INTEGER NOT NULL, pairs INTEGER NOT NULL, ranked_at TEXT NOT NULL
) WITHOUT ROWID;
"""

# what a database of an older release already holds
_NAMES = """
INSERT OR IGNORE INTO work_names SELECT id, {shown} FROM records;
INSERT OR IGNORE INTO work_names SELECT 'pubmed:' || pmid, {shown} FROM records WHERE pmid IS NOT NULL;
INSERT OR IGNORE INTO work_names SELECT 'doi:' || doi, {shown} FROM records WHERE doi IS NOT NULL;
INSERT OR IGNORE INTO work_names SELECT 'pmcid:' || pmcid, {shown} FROM records WHERE pmcid IS NOT NULL;
INSERT OR IGNORE INTO work_names SELECT cited_id, cited_id FROM citations WHERE cited_id IS NOT NULL;
INSERT INTO citation_edges
SELECT cited.work_id, citing.work_id, json_group_array(DISTINCT citations.source || ' references'), min(first_seen), 1
FROM citations
JOIN work_names AS citing ON citing.name = citations.record_id
JOIN work_names AS cited ON cited.name = citations.cited_id
WHERE citations.relation IN ('cites', 'background') AND citing.work_id <> cited.work_id
GROUP BY cited.work_id, citing.work_id;
"""


def apply(db: Database) -> None:
    run(db, _TABLES)
    merging = any(column.name == "merged_into" for column in db.table("records").columns)
    run(db, _NAMES.format(shown="coalesce(merged_into, id)" if merging else "id"))
