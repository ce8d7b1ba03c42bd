"""The schema of the first release."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

FULL_TEXT_COLUMNS = ("title", "abstract", "keywords")

_TABLES = """
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, command TEXT NOT NULL, query TEXT, window TEXT,
    started TEXT NOT NULL, finished TEXT,
    reported INTEGER, fetched INTEGER, new INTEGER, changed INTEGER, unchanged INTEGER, rejected INTEGER,
    outcome TEXT, error TEXT, versions TEXT
);
CREATE TABLE records (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, abstract TEXT, venue TEXT,
    authors TEXT NOT NULL, published TEXT, year INTEGER, url TEXT, doi TEXT, pmid TEXT, pmcid TEXT,
    nct_ids TEXT NOT NULL, pubtypes TEXT NOT NULL, mesh TEXT NOT NULL, keywords TEXT NOT NULL, status TEXT,
    indications TEXT NOT NULL, designs TEXT NOT NULL, drugs TEXT NOT NULL, routes TEXT NOT NULL,
    comparators TEXT NOT NULL, populations TEXT NOT NULL, sample_size INTEGER,
    entered TEXT, revised TEXT, first_seen TEXT NOT NULL, last_changed TEXT NOT NULL,
    crawl_id INTEGER REFERENCES crawls(id), rules_version TEXT, content_hash TEXT NOT NULL
);
CREATE TABLE publications (
    record_id TEXT PRIMARY KEY REFERENCES records(id), journal TEXT, issn TEXT, volume TEXT, issue TEXT, pages TEXT,
    languages TEXT NOT NULL, vernacular_title TEXT, medline_status TEXT, indexing_method TEXT, version INTEGER,
    history TEXT NOT NULL, grants TEXT NOT NULL, book TEXT
);
CREATE TABLE registrations (
    record_id TEXT PRIMARY KEY REFERENCES records(id), registry TEXT NOT NULL, official_title TEXT, acronym TEXT,
    study_type TEXT, phases TEXT NOT NULL, allocation TEXT, intervention_model TEXT, primary_purpose TEXT,
    masking TEXT, who_masked TEXT NOT NULL, observational_model TEXT, time_perspective TEXT,
    enrollment INTEGER, enrollment_type TEXT, why_stopped TEXT, sponsor TEXT, sponsor_class TEXT,
    collaborators TEXT NOT NULL, start_date TEXT, start_date_type TEXT, primary_completion_date TEXT,
    primary_completion_date_type TEXT, completion_date TEXT, completion_date_type TEXT, first_posted TEXT,
    results_first_posted TEXT, last_update_posted TEXT, has_results INTEGER, conditions TEXT NOT NULL,
    interventions TEXT NOT NULL, arms TEXT NOT NULL, outcomes TEXT NOT NULL, eligibility TEXT, sex TEXT,
    minimum_age TEXT, maximum_age TEXT, age_groups TEXT NOT NULL, healthy_volunteers INTEGER, countries TEXT NOT NULL
);
CREATE TABLE identifiers (
    record_id TEXT NOT NULL REFERENCES records(id), scheme TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (record_id, scheme, value)
) WITHOUT ROWID;
CREATE TABLE headings (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, scheme TEXT NOT NULL,
    ui TEXT, name TEXT NOT NULL, major INTEGER NOT NULL, qualifiers TEXT NOT NULL,
    PRIMARY KEY (record_id, position)
) WITHOUT ROWID;
CREATE TABLE tags (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, dimension TEXT NOT NULL,
    value TEXT NOT NULL, field TEXT NOT NULL, start INTEGER, "end" INTEGER, text TEXT NOT NULL, rule TEXT NOT NULL,
    rules_version TEXT NOT NULL, confidence REAL NOT NULL, detail TEXT,
    PRIMARY KEY (record_id, position)
) WITHOUT ROWID;
CREATE TABLE citations (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, relation TEXT NOT NULL, cited_id TEXT,
    citation TEXT, source TEXT NOT NULL, first_seen TEXT NOT NULL,
    PRIMARY KEY (record_id, source, position)
) WITHOUT ROWID;
CREATE TABLE notices (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, kind TEXT NOT NULL, affected_id TEXT,
    notice_id TEXT, citation TEXT, date TEXT, source TEXT NOT NULL, first_seen TEXT NOT NULL,
    PRIMARY KEY (record_id, source, position)
) WITHOUT ROWID;
CREATE TABLE studies (
    id TEXT PRIMARY KEY, title TEXT, registration_id TEXT REFERENCES records(id), first_seen TEXT NOT NULL
);
CREATE TABLE study_records (
    study_id TEXT NOT NULL REFERENCES studies(id), record_id TEXT NOT NULL REFERENCES records(id), role TEXT,
    method TEXT NOT NULL, evidence TEXT NOT NULL, confidence REAL NOT NULL, decided_by TEXT NOT NULL,
    PRIMARY KEY (study_id, record_id)
) WITHOUT ROWID;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records(id), changed TEXT NOT NULL,
    crawl_id INTEGER REFERENCES crawls(id), field TEXT NOT NULL, old TEXT, new TEXT
);
CREATE TABLE rejects (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, native_id TEXT, reason TEXT NOT NULL, detail TEXT, payload TEXT,
    crawl_id INTEGER REFERENCES crawls(id), first_seen TEXT NOT NULL, last_seen TEXT NOT NULL
);
CREATE TABLE watched (
    dimension TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (dimension, value)
) WITHOUT ROWID;
CREATE TABLE watermarks (
    source TEXT NOT NULL, stream TEXT NOT NULL, value TEXT NOT NULL, crawl_id INTEGER REFERENCES crawls(id),
    PRIMARY KEY (source, stream)
) WITHOUT ROWID;
"""

# One index for each facet and each way the pages and the linker look things up.
_INDEXES = """
CREATE INDEX records_source ON records(source);
CREATE INDEX records_kind ON records(kind);
CREATE INDEX records_year ON records(year);
CREATE INDEX records_status ON records(status);
CREATE INDEX records_sample_size ON records(sample_size);
CREATE INDEX records_published ON records(published);
CREATE INDEX records_entered ON records(entered);
CREATE INDEX records_first_seen ON records(first_seen);
CREATE INDEX records_doi ON records(doi);
CREATE INDEX records_pmid ON records(pmid);
CREATE INDEX registrations_results ON registrations(results_first_posted);
CREATE INDEX identifiers_value ON identifiers(scheme, value);
CREATE INDEX headings_ui ON headings(ui);
CREATE INDEX headings_name ON headings(scheme, name);
CREATE INDEX tags_value ON tags(dimension, value, record_id);
CREATE INDEX citations_cited ON citations(cited_id, relation);
CREATE INDEX notices_affected ON notices(affected_id);
CREATE INDEX notices_notice ON notices(notice_id);
CREATE INDEX study_records_record ON study_records(record_id);
CREATE INDEX revisions_record ON revisions(record_id, changed);
CREATE INDEX crawls_source ON crawls(source, started);
CREATE UNIQUE INDEX rejects_once ON rejects(source, ifnull(native_id, ''), reason, ifnull(payload, ''));
"""


def apply(db: Database) -> None:
    run(db, _TABLES)
    run(db, _INDEXES)
    db.table("records").enable_fts(FULL_TEXT_COLUMNS, tokenize="porter", create_triggers=True)
