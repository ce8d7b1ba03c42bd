-- A database of the first schema (m001), four invented records in it, as sqlite3's dump wrote it, but for the full-text index, which is rebuilt.
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'ketamine_watch','m001_first_release','2026-11-23 10:47:52.499819+00:00');
CREATE TABLE citations (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, relation TEXT NOT NULL, cited_id TEXT,
    citation TEXT, source TEXT NOT NULL, first_seen TEXT NOT NULL,
    PRIMARY KEY (record_id, source, position)
) WITHOUT ROWID;
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, command TEXT NOT NULL, query TEXT, window TEXT,
    started TEXT NOT NULL, finished TEXT,
    reported INTEGER, fetched INTEGER, new INTEGER, changed INTEGER, unchanged INTEGER, rejected INTEGER,
    outcome TEXT, error TEXT, versions TEXT
);
INSERT INTO "crawls" VALUES(1,'pubmed','crawl','ketamine',NULL,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z',3,5,4,0,0,1,'ok',NULL,'{"ketamine-watch": "0.1.0", "rules": "1-a18c2c15", "scrapy": "2.19.0", "biopython": "1.88", "python": "3.11.7"}');
CREATE TABLE headings (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, scheme TEXT NOT NULL,
    ui TEXT, name TEXT NOT NULL, major INTEGER NOT NULL, qualifiers TEXT NOT NULL,
    PRIMARY KEY (record_id, position)
) WITHOUT ROWID;
CREATE TABLE identifiers (
    record_id TEXT NOT NULL REFERENCES records(id), scheme TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (record_id, scheme, value)
) WITHOUT ROWID;
CREATE TABLE notices (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, kind TEXT NOT NULL, affected_id TEXT,
    notice_id TEXT, citation TEXT, date TEXT, source TEXT NOT NULL, first_seen TEXT NOT NULL,
    PRIMARY KEY (record_id, source, position)
) WITHOUT ROWID;
CREATE TABLE publications (
    record_id TEXT PRIMARY KEY REFERENCES records(id), journal TEXT, issn TEXT, volume TEXT, issue TEXT, pages TEXT,
    languages TEXT NOT NULL, vernacular_title TEXT, medline_status TEXT, indexing_method TEXT, version INTEGER,
    history TEXT NOT NULL, grants TEXT NOT NULL, book TEXT
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
INSERT INTO "records" VALUES('pubmed:99000900','pubmed','article','[Invented for this test] Intravenous ketamine for depression: a randomized trial, no. 0','Forty adults with depression were randomized to ketamine or midazolam. NCT99000001','J Invented','[{"name":"Doe"}]','2025-01',2025,NULL,NULL,'99000900',NULL,'["NCT99000001"]','[]','[]','[]',NULL,'["depression"]','["rct"]','["ketamine"]','["intravenous"]','["midazolam"]','[]',40,'2025-01-03',NULL,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z',1,'1-a18c2c15','00cbfed1955b4541fdcb3bcfb2bcd83d');
INSERT INTO "records" VALUES('pubmed:99000901','pubmed','article','[Invented for this test] Intravenous ketamine for depression: a randomized trial, no. 1','Forty adults with depression were randomized to ketamine or midazolam. NCT99000001','J Invented','[{"name":"Doe"}]','2025-01',2025,NULL,NULL,'99000901',NULL,'["NCT99000001"]','[]','[]','[]',NULL,'["depression"]','["rct"]','["ketamine"]','["intravenous"]','["midazolam"]','[]',40,'2025-01-03',NULL,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z',1,'1-a18c2c15','25e22fbf03c2ddd182cb6b701cad74a9');
INSERT INTO "records" VALUES('pubmed:99000902','pubmed','article','[Invented for this test] Intravenous ketamine for depression: a randomized trial, no. 2','Forty adults with depression were randomized to ketamine or midazolam. NCT99000001','J Invented','[{"name":"Doe"}]','2025-01',2025,NULL,NULL,'99000902',NULL,'["NCT99000001"]','[]','[]','[]',NULL,'["depression"]','["rct"]','["ketamine"]','["intravenous"]','["midazolam"]','[]',40,'2025-01-03',NULL,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z',1,'1-a18c2c15','b37f7baee9579cc20cdec9859b76d317');
INSERT INTO "records" VALUES('clinicaltrials:NCT99000001','clinicaltrials','registration','[Invented for this test] Ketamine in depression',NULL,NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,'["NCT99000001"]','[]','[]','[]','RECRUITING','[]','["protocol"]','[]','[]','[]','[]',40,'2024-01-03',NULL,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z',1,'1-a18c2c15','a5e47a86c04935b037d36f5f17d098b6');
CREATE VIRTUAL TABLE "records_fts" USING FTS5 (
    "title", "abstract", "keywords",
    tokenize='porter',
    content="records"
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
INSERT INTO "registrations" VALUES('clinicaltrials:NCT99000001','clinicaltrials.gov',NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL,'[]',NULL,NULL,40,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]','[]','[]','[]',NULL,NULL,NULL,NULL,'[]',NULL,'[]');
CREATE TABLE rejects (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, native_id TEXT, reason TEXT NOT NULL, detail TEXT, payload TEXT,
    crawl_id INTEGER REFERENCES crawls(id), first_seen TEXT NOT NULL, last_seen TEXT NOT NULL
);
INSERT INTO "rejects" VALUES(1,'pubmed','1','no title',NULL,NULL,1,'2026-01-02T03:04:05Z','2026-01-02T03:04:05Z');
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records(id), changed TEXT NOT NULL,
    crawl_id INTEGER REFERENCES crawls(id), field TEXT NOT NULL, old TEXT, new TEXT
);
CREATE TABLE studies (
    id TEXT PRIMARY KEY, title TEXT, registration_id TEXT REFERENCES records(id), first_seen TEXT NOT NULL
);
INSERT INTO "studies" VALUES('NCT99000001','[Invented for this test] Ketamine in depression','clinicaltrials:NCT99000001','2026-01-02T03:04:05Z');
CREATE TABLE study_records (
    study_id TEXT NOT NULL REFERENCES studies(id), record_id TEXT NOT NULL REFERENCES records(id), role TEXT,
    method TEXT NOT NULL, evidence TEXT NOT NULL, confidence REAL NOT NULL, decided_by TEXT NOT NULL,
    PRIMARY KEY (study_id, record_id)
) WITHOUT ROWID;
INSERT INTO "study_records" VALUES('NCT99000001','clinicaltrials:NCT99000001','registration','registration','NCT99000001',1.0,'rules');
INSERT INTO "study_records" VALUES('NCT99000001','pubmed:99000900','primary','text','NCT99000001',0.7,'rules');
INSERT INTO "study_records" VALUES('NCT99000001','pubmed:99000901','primary','text','NCT99000001',0.7,'rules');
INSERT INTO "study_records" VALUES('NCT99000001','pubmed:99000902','primary','text','NCT99000001',0.7,'rules');
CREATE TABLE tags (
    record_id TEXT NOT NULL REFERENCES records(id), position INTEGER NOT NULL, dimension TEXT NOT NULL,
    value TEXT NOT NULL, field TEXT NOT NULL, start INTEGER, "end" INTEGER, text TEXT NOT NULL, rule TEXT NOT NULL,
    rules_version TEXT NOT NULL, confidence REAL NOT NULL, detail TEXT,
    PRIMARY KEY (record_id, position)
) WITHOUT ROWID;
INSERT INTO "tags" VALUES('clinicaltrials:NCT99000001',0,'design','protocol','registration.study_type',0,0,'','registry.registration','1-a18c2c15',0.97,NULL);
INSERT INTO "tags" VALUES('clinicaltrials:NCT99000001',1,'sample_size','40','registration.enrollment',0,2,'40','registration.enrollment','1-a18c2c15',0.97,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',0,'indication','depression','title',37,60,'ketamine for depression','role.treatment','1-a18c2c15',0.9,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',1,'design','rct','title',64,80,'randomized trial','randomised.title','1-a18c2c15',0.96,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',2,'drug','ketamine','title',37,45,'ketamine','drug.ketamine','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',3,'route','intravenous','title',25,36,'Intravenous','route.intravenous','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',4,'comparator','midazolam','abstract',34,69,'randomized to ketamine or midazolam','comparator.versus','1-a18c2c15',0.93,NULL);
INSERT INTO "tags" VALUES('pubmed:99000900',5,'sample_size','40','abstract',0,44,'Forty adults with depression were randomized','size.randomised','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',0,'indication','depression','title',37,60,'ketamine for depression','role.treatment','1-a18c2c15',0.9,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',1,'design','rct','title',64,80,'randomized trial','randomised.title','1-a18c2c15',0.96,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',2,'drug','ketamine','title',37,45,'ketamine','drug.ketamine','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',3,'route','intravenous','title',25,36,'Intravenous','route.intravenous','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',4,'comparator','midazolam','abstract',34,69,'randomized to ketamine or midazolam','comparator.versus','1-a18c2c15',0.93,NULL);
INSERT INTO "tags" VALUES('pubmed:99000901',5,'sample_size','40','abstract',0,44,'Forty adults with depression were randomized','size.randomised','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',0,'indication','depression','title',37,60,'ketamine for depression','role.treatment','1-a18c2c15',0.9,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',1,'design','rct','title',64,80,'randomized trial','randomised.title','1-a18c2c15',0.96,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',2,'drug','ketamine','title',37,45,'ketamine','drug.ketamine','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',3,'route','intravenous','title',25,36,'Intravenous','route.intravenous','1-a18c2c15',0.95,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',4,'comparator','midazolam','abstract',34,69,'randomized to ketamine or midazolam','comparator.versus','1-a18c2c15',0.93,NULL);
INSERT INTO "tags" VALUES('pubmed:99000902',5,'sample_size','40','abstract',0,44,'Forty adults with depression were randomized','size.randomised','1-a18c2c15',0.95,NULL);
CREATE TABLE watched (
    dimension TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (dimension, value)
) WITHOUT ROWID;
CREATE TABLE watermarks (
    source TEXT NOT NULL, stream TEXT NOT NULL, value TEXT NOT NULL, crawl_id INTEGER REFERENCES crawls(id),
    PRIMARY KEY (source, stream)
) WITHOUT ROWID;
INSERT INTO "watermarks" VALUES('pubmed','new','2026-01-02',1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
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
CREATE TRIGGER "records_ai" AFTER INSERT ON "records" BEGIN
  INSERT INTO "records_fts" (rowid, "title", "abstract", "keywords") VALUES (new.rowid, new."title", new."abstract", new."keywords");
END;
CREATE TRIGGER "records_ad" AFTER DELETE ON "records" BEGIN
  INSERT INTO "records_fts" ("records_fts", rowid, "title", "abstract", "keywords") VALUES('delete', old.rowid, old."title", old."abstract", old."keywords");
END;
CREATE TRIGGER "records_au" AFTER UPDATE ON "records" BEGIN
  INSERT INTO "records_fts" ("records_fts", rowid, "title", "abstract", "keywords") VALUES('delete', old.rowid, old."title", old."abstract", old."keywords");
  INSERT INTO "records_fts" (rowid, "title", "abstract", "keywords") VALUES (new.rowid, new."title", new."abstract", new."keywords");
END;
CREATE VIEW [works] AS 
SELECT 
    records.id, records.title, records.kind, records.indications, records.designs, records.drugs, records.routes,
    records.comparators, records.populations, records.sample_size, records.status, records.venue,
    records.published, records.year, records.entered, records.first_seen, records.source, records.url, records.rowid AS rowid
FROM records;
CREATE VIEW [trials] AS 
SELECT 
    records.id, records.title, records.kind, records.indications, records.designs, records.drugs, records.routes,
    records.comparators, records.populations, records.sample_size, records.status, records.venue,
    records.published, records.year, records.entered, records.first_seen, records.source, records.url, records.rowid AS rowid,
    registrations.phases, registrations.enrollment, registrations.results_first_posted,
    (SELECT group_concat(study_id, ', ') FROM study_records WHERE record_id = records.id) AS studies
FROM records LEFT JOIN registrations ON registrations.record_id = records.id
WHERE (
    records.kind = 'registration'
    OR EXISTS (SELECT 1 FROM json_each(records.designs) WHERE value IN ('rct', 'crossover', 'non-randomised-trial'))
);
CREATE VIEW [new_trials] AS 
SELECT 
    records.id, records.title, records.kind, records.indications, records.designs, records.drugs, records.routes,
    records.comparators, records.populations, records.sample_size, records.status, records.venue,
    records.published, records.year, records.entered, records.first_seen, records.source, records.url, records.rowid AS rowid
FROM records
WHERE (
    records.kind = 'registration'
    OR EXISTS (SELECT 1 FROM json_each(records.designs) WHERE value IN ('rct', 'crossover', 'non-randomised-trial'))
) AND records.entered >= date('now', '-31 days') AND EXISTS (
    SELECT 1 FROM json_each(records.indications) AS indication
    JOIN watched ON watched.dimension = 'indication' AND watched.value = indication.value
) AND EXISTS (
    SELECT 1 FROM json_each(records.drugs) AS drug
    JOIN watched ON watched.dimension = 'drug' AND watched.value = drug.value
);
CREATE VIEW [study_threads] AS 
SELECT studies.id AS study_id, studies.title AS study, study_records.role, records.id AS record_id, records.title,
    records.kind, records.designs, records.sample_size, records.published, records.status, records.venue,
    records.url, study_records.method, study_records.evidence, study_records.confidence
FROM studies
JOIN study_records ON study_records.study_id = studies.id
JOIN records ON records.id = study_records.record_id;
CREATE VIEW [evidence_matrix] AS 
SELECT indication.value AS indication, design.value AS design, count(DISTINCT records.id) AS records,
    min(records.year) AS first_year, max(records.year) AS last_year
FROM records, json_each(records.indications) AS indication, json_each(records.designs) AS design
GROUP BY indication.value, design.value;
CREATE VIEW [source_health] AS 
WITH latest AS (SELECT source, max(id) AS id FROM crawls WHERE outcome IS NOT NULL AND command = 'crawl' GROUP BY source),
     good AS (SELECT source, max(finished) AS finished, max(started) AS started
              FROM crawls WHERE outcome IN ('ok', 'nothing_new') AND command = 'crawl' GROUP BY source),
     newest AS (SELECT source, count(*) AS records, max(entered) AS entered FROM records GROUP BY source),
     refused AS (SELECT source, count(*) AS rejects FROM rejects GROUP BY source)
SELECT crawls.source, crawls.outcome, crawls.error, crawls.finished AS last_run, good.finished AS last_success,
    substr(good.started, 1, 10) AS searched_to,
    crawls.reported, crawls.fetched, crawls.new, crawls.changed, crawls.unchanged, crawls.rejected,
    newest.records, newest.entered AS newest_record, coalesce(refused.rejects, 0) AS rejects_kept
FROM latest JOIN crawls ON crawls.id = latest.id
LEFT JOIN good ON good.source = crawls.source
LEFT JOIN newest ON newest.source = crawls.source
LEFT JOIN refused ON refused.source = crawls.source;
INSERT INTO records_fts(records_fts) VALUES ('rebuild');
COMMIT;
