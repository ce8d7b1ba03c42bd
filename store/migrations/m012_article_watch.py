"""What bears on the claims of articles, how far it was searched, and what people decided of it."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

# the article as it is read: made here where no earlier step has made it
_ARTICLES = """
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, title TEXT, name TEXT, added_at TEXT NOT NULL, topic_indications TEXT NOT NULL, note TEXT
);
CREATE TABLE IF NOT EXISTS article_versions (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, added_at TEXT NOT NULL,
    format TEXT, content_hash TEXT NOT NULL, text TEXT NOT NULL, title TEXT, UNIQUE (article_id, number)
);
CREATE TABLE IF NOT EXISTS claims (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles(id),
    version_id INTEGER NOT NULL REFERENCES article_versions(id), position INTEGER NOT NULL, section TEXT,
    section_position INTEGER, start INTEGER, "end" INTEGER, sentence TEXT NOT NULL, kind TEXT NOT NULL,
    strength TEXT NOT NULL, absolute INTEGER NOT NULL, absolute_words TEXT, state TEXT NOT NULL,
    carried_from INTEGER REFERENCES claims(id), change TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claim_facets (
    claim_id INTEGER NOT NULL REFERENCES claims(id), dimension TEXT NOT NULL, value TEXT NOT NULL, start INTEGER,
    "end" INTEGER, text TEXT, rule TEXT, decided_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claim_numbers (
    claim_id INTEGER NOT NULL REFERENCES claims(id), start INTEGER, "end" INTEGER, text TEXT NOT NULL, kind TEXT NOT NULL,
    low REAL, high REAL, unit TEXT, meaning TEXT
);
CREATE TABLE IF NOT EXISTS claim_works (
    id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL REFERENCES claims(id), start INTEGER, "end" INTEGER,
    text TEXT NOT NULL, scheme TEXT, value TEXT, record_id TEXT REFERENCES records(id), state TEXT NOT NULL, reason TEXT,
    mismatch TEXT
);
CREATE TABLE IF NOT EXISTS claim_edits (
    id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL REFERENCES claims(id), edit TEXT NOT NULL, dimension TEXT,
    value TEXT, decided_by TEXT NOT NULL, why TEXT NOT NULL, decided_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS claims_article ON claims(article_id, state);
CREATE INDEX IF NOT EXISTS claims_carried ON claims(carried_from);
CREATE INDEX IF NOT EXISTS claim_facets_claim ON claim_facets(claim_id);
CREATE INDEX IF NOT EXISTS claim_numbers_claim ON claim_numbers(claim_id);
CREATE INDEX IF NOT EXISTS claim_edits_claim ON claim_edits(claim_id);
CREATE INDEX IF NOT EXISTS claim_works_claim ON claim_works(claim_id);
"""
_TABLES = """
CREATE TABLE claim_matches (
    id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL REFERENCES claims(id), record_id TEXT NOT NULL REFERENCES records(id),
    study_id TEXT, notice TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL,
    facets TEXT NOT NULL, rank REAL NOT NULL, priority TEXT NOT NULL, found_at TEXT NOT NULL, backfill INTEGER NOT NULL,
    record_state TEXT NOT NULL, changed_at TEXT, ended_at TEXT, UNIQUE (claim_id, kind, record_id, notice)
);
CREATE INDEX claim_matches_record ON claim_matches(record_id);
CREATE INDEX claim_matches_found ON claim_matches(found_at);
CREATE TABLE claim_verdicts (
    id INTEGER PRIMARY KEY, match_id INTEGER NOT NULL REFERENCES claim_matches(id), verdict TEXT NOT NULL, note TEXT,
    record_state TEXT NOT NULL, decided_by TEXT NOT NULL, decided_at TEXT NOT NULL, withdrawn_at TEXT, withdrawn_by TEXT
);
CREATE INDEX claim_verdicts_match ON claim_verdicts(match_id);
CREATE TABLE claim_searches (
    claim_id INTEGER PRIMARY KEY REFERENCES claims(id), searched_at TEXT NOT NULL, searched_to TEXT,
    claim_state TEXT NOT NULL, bearing INTEGER NOT NULL, kept INTEGER NOT NULL
);
CREATE TABLE records_to_match (record_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""

# what is watched of a record: its content, its tags, its standing, what it is merged into; and its study
_CHANGED = " OR ".join(
    f"old.{column} IS NOT new.{column}"
    for column in (
        "content_hash",
        "rules_version",
        "indications",
        "designs",
        "standing",
        "status",
        "merged_into",
    )
)
_WAITS = """INSERT INTO records_to_match SELECT {row}.record_id_ WHERE EXISTS (SELECT 1 FROM claims)
    AND NOT EXISTS (SELECT 1 FROM records_to_match WHERE record_id = {row}.record_id_)"""


def _trigger(name: str, event: str, table: str, row: str, key: str, when: str = "") -> str:
    statement = _WAITS.format(row=row).replace("record_id_", key)
    return f"CREATE TRIGGER {name} AFTER {event} ON {table} {when} BEGIN {statement}; END"


_TRIGGERS = (
    _trigger("records_to_match_new", "INSERT", "records", "new", "id"),
    _trigger("records_to_match_changed", "UPDATE", "records", "new", "id", f"WHEN {_CHANGED}"),
    _trigger("records_to_match_linked", "INSERT", "study_records", "new", "record_id"),
    _trigger("records_to_match_unlinked", "DELETE", "study_records", "old", "record_id"),
)


def apply(db: Database) -> None:
    run(db, _ARTICLES)
    run(db, _TABLES)
    for trigger in _TRIGGERS:
        db.execute(trigger)
