"""What lists and the front page count, made once at the end of a crawl; and words that searches may have meant."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

# a list is shown from its newest record on, so that is the order in which an index covers it; the index of what is merged
# leaves out what is not, or SQLite would take it for the way to all that is shown
_SCRIPT = """
ALTER TABLE records ADD COLUMN is_trial INTEGER GENERATED ALWAYS AS (
    kind = 'registration' OR instr(designs, '"rct"') > 0 OR instr(designs, '"crossover"') > 0
    OR instr(designs, '"non-randomised-trial"') > 0) VIRTUAL;
CREATE INDEX records_shown ON records(entered DESC, id) WHERE merged_into IS NULL;
CREATE INDEX records_trials ON records(is_trial, entered DESC, id) WHERE merged_into IS NULL;
CREATE INDEX records_work ON records(coalesce(merged_into, id));
DROP INDEX records_merged_into;
CREATE INDEX records_merged_into ON records(merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE list_members (
    facet TEXT NOT NULL, value TEXT NOT NULL, records INTEGER NOT NULL, members BLOB NOT NULL,
    PRIMARY KEY (facet, value)
);
CREATE TABLE title_words (word TEXT PRIMARY KEY, records INTEGER NOT NULL) WITHOUT ROWID;
"""
# counts that are there are true: any change of a record takes them all away, until they are made anew
_FORGET = """
CREATE TRIGGER records_{moment}_uncounted AFTER {event} ON records BEGIN DELETE FROM list_members; END"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
    for event in ("INSERT", "UPDATE", "DELETE"):
        db.execute(_FORGET.format(moment=event.lower(), event=event))
