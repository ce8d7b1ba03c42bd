"""Works are read whole, once, and under any of their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from store.database import open_database, read_database
from store.exports.works import read_works, shown_ids


@pytest.fixture(scope="module")
def db(filled_db: Path) -> Iterator[Database]:
    db = read_database(filled_db)
    yield db
    db.close()


def test_an_article_has_its_place_its_people_and_its_names(db: Database) -> None:
    (work,) = read_works(db, ["pubmed:23982301"])
    assert (work.venue, work.journal) == ("Am J Psychiatry", "The American journal of psychiatry")
    assert (work.volume, work.issue, work.pages, work.year) == ("170", "10", "1134-42", "2013")
    assert work.authors[0].family == "Murrough"
    assert work.doi == "10.1176/appi.ajp.2013.13030392"
    assert work.native_id == work.pmid == "23982301"
    assert "NCT00768430" in work.nct_ids
    assert "Randomized Controlled Trial" in work.pubtypes
    assert work.abstract is None
    assert read_works(db, ["pubmed:23982301"], abstracts=True)[0].abstract


def test_a_registration_has_its_registry_and_sponsor(db: Database) -> None:
    (work,) = read_works(db, ["clinicaltrials:NCT00088699"])
    assert work.kind == "registration"
    assert work.registry == "clinicaltrials.gov"
    assert work.sponsor == "National Institute of Mental Health (NIMH)"
    assert work.status == "COMPLETED"


def test_notices_stand_by_the_work_and_by_the_notice(db: Database) -> None:
    corrected, corrigendum = read_works(db, ["pubmed:31415914", "pubmed:31550622"])
    assert [(one.kind, one.by) for one in corrected.notices] == [("correction", "pubmed:31550622")]
    assert corrected.standing == "corrected"
    assert [one.on for one in corrigendum.notice_of] == ["pubmed:31415914"]
    assert corrigendum.notices == ()


def test_a_work_that_is_no_record_has_what_its_source_says(db: Database) -> None:
    (work,) = read_works(db, ["pubmed:98000003"])
    assert work.bare
    assert (work.published, work.pmid, work.kind) == ("2020", "98000003", "work")
    assert work.authors[0].name == work.title


def test_each_work_once_in_the_order_asked_under_any_name(db: Database) -> None:
    asked = ["pubmed:23982301", "nothing:1", "doi:10.1176/appi.ajp.2013.13030392", "pubmed:10686270", "x"]
    assert shown_ids(db, asked) == ["pubmed:23982301", "pubmed:10686270"]
    assert [work.id for work in read_works(db, asked)] == ["pubmed:23982301", "pubmed:10686270"]
    assert read_works(db, []) == []


def test_a_merged_record_stands_for_the_work_that_is_shown(filled_db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "merged.db"
    copy.write_bytes(filled_db.read_bytes())
    db = open_database(copy)
    db.execute("UPDATE records SET merged_into = 'pubmed:23982301' WHERE id = 'pubmed:10686270'")
    db.conn.commit()
    assert [work.id for work in read_works(db, ["pubmed:10686270", "pubmed:23982301"])] == ["pubmed:23982301"]
    db.close()


def test_every_record_can_be_read_by_whatever_connection_asks(db: Database, filled_db: Path) -> None:
    ids = [row["id"] for row in db.query("SELECT id FROM records WHERE merged_into IS NULL ORDER BY id")]
    works = read_works(db, ids)
    assert [work.id for work in works] == ids
    other = sqlite3.connect(f"{filled_db.as_uri()}?mode=ro", uri=True)
    other.row_factory = sqlite3.Row  # as Datasette's connections have it
    assert read_works(Database(other), ids) == works
    other.close()
