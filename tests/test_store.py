"""Saving and reading back: nothing lost, nothing doubled, nothing written without a change."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from store import read, save
from store.database import crawl_lock, open_database
from store.errors import LockedError
from store.hashing import content_hash
from store.records import (
    Author,
    Checkpoint,
    Deletion,
    Heading,
    Notice,
    Publication,
    Record,
    Reference,
    Registration,
    Reject,
    Tag,
)

FIRST = save.Stamp("2026-01-01T00:00:00Z", None, "1")
LATER = save.Stamp("2026-02-01T00:00:00Z", None, "1")


@pytest.fixture
def db() -> Database:
    return open_database(":memory:")


def article(**changes: object) -> Record:
    record = Record(
        id="pubmed:1", source="pubmed", kind="article", title="Ketamine for depression", abstract="A trial.",
        venue="J Test", published="2020-01", entered="2020-01-05", revised="2020-02-01",
        url="https://pubmed.ncbi.nlm.nih.gov/1/", doi="10.1000/x", pmid="1", pmcid="PMC1", nct_ids=["NCT00000001"],
        authors=[Author("Doe J", "Doe", "Jane", "J", "0000-0002-1825-0097", ("A house",)), Author("A Group", collective=True)],
        headings=[
            Heading("pubtype", "Journal Article", "D016428"),
            Heading("mesh", "Ketamine", "D007649", True, (("Q000627", "therapeutic use", True), (None, "x", False))),
            Heading("substance", "Esketamine", "C000629870"),
        ],
        keywords=["ketamine"], identifiers=[("doi", "10.1000/x"), ("nct", "NCT00000001")],
        references=[Reference("cites", "pubmed:2", "Roe"), Reference("cites", None, "A book")],
        notices=[Notice("correction", "pubmed:1", "pubmed:3", "J Test 2021", "2021")],
        publication=Publication(journal="Journal of Tests", languages=["eng"], history={"entrez": "2020-01-05"},
                                grants=[{"id": "1", "agency": None}], book={"publisher": "P", "title": None}),
    )  # fmt: skip
    return replace(record, **changes)


def registration() -> Record:
    return Record(
        id="clinicaltrials:NCT00000001", source="clinicaltrials", kind="registration", title="A trial of ketamine",
        status="COMPLETED", nct_ids=["NCT00000001"], references=[Reference("result", "pubmed:1", "Doe 2020")],
        registration=Registration("clinicaltrials.gov", phases=["PHASE2"], enrollment=40, has_results=False,
                                  healthy_volunteers=True, arms=[{"label": "A", "interventions": ["Drug: K"]}]),
    )  # fmt: skip


def store(
    db: Database, *records: Record, stamp: save.Stamp = FIRST, tags: list[Tag] | None = None
) -> save.Counts:
    batch = [
        save.TaggedRecord(record, content_hash(record), tags or [], {"drugs": ["ketamine"]})
        for record in records
    ]
    with db.atomic():
        return save.save_records(db, batch, stamp)


def snapshot(db: Database) -> dict[str, list[dict[str, object]]]:
    return {name: list(db.table(name).rows) for name in db.table_names() if "fts" not in name}


def test_a_record_comes_back_as_it_went_in(db: Database) -> None:
    originals = [registration(), article()]
    store(db, *originals)
    assert list(read.records(db, [record.id for record in originals])) == originals


text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(title=text, abstract=st.none() | text, keywords=st.lists(text, max_size=3), status=st.none() | text)
def test_any_text_comes_back(
    title: str, abstract: str | None, keywords: list[str], status: str | None
) -> None:
    record = article(title=title, abstract=abstract, keywords=keywords, status=status)
    db = _one_database()  # each text takes the place of the one before
    store(db, record)
    assert list(read.records(db, [record.id])) == [record]
    assert content_hash(record) == read.content_hashes(db, [record.id])[record.id]


@cache
def _one_database() -> Database:
    return open_database(":memory:")


def test_the_hash_tells_content_apart_and_forgives_empty_fields() -> None:
    assert content_hash(article()) == content_hash(article())
    assert content_hash(article(title="Other")) != content_hash(article())
    assert content_hash(article(nct_ids=[])) != content_hash(article())
    assert content_hash(article(registration=None, status=None)) == content_hash(article())


def test_the_same_again_is_current_and_saving_it_changes_no_row(db: Database) -> None:
    assert store(db, article()) == save.Counts(new=1)
    before = snapshot(db)
    assert save.is_current(db, "pubmed:1", content_hash(article()), "1")
    assert not save.is_current(db, "pubmed:1", content_hash(article()), "2")
    assert store(db, article(), stamp=LATER) == save.Counts(unchanged=1)
    assert snapshot(db) == before


def test_a_change_is_kept_field_by_field(db: Database) -> None:
    store(db, article())
    counts = store(db, article(status="retracted", notices=[], keywords=["ketamine", "late"]), stamp=LATER)
    assert counts == save.Counts(changed=1)
    revisions = {row["field"]: (row["old"], row["new"], row["changed"]) for row in db.table("revisions").rows}
    assert revisions == {
        "status": (None, "retracted", LATER.now),
        "keywords": ('["ketamine"]', '["ketamine","late"]', LATER.now),
    }
    row = db.table("records").get("pubmed:1")
    assert (row["first_seen"], row["last_changed"]) == (FIRST.now, LATER.now)
    assert not list(db.table("notices").rows)


def test_what_a_record_says_of_others_keeps_when_it_was_first_seen(db: Database) -> None:
    store(db, article())
    added = Reference("cites", "pubmed:9", "New first")
    store(db, article(references=[added, *article().references]), stamp=LATER)
    seen = {row["citation"]: row["first_seen"] for row in db.table("citations").rows}
    assert seen == {"New first": LATER.now, "Roe": FIRST.now, "A book": FIRST.now}


def test_of_one_record_sent_twice_the_later_counts(db: Database) -> None:
    assert store(db, article(title="First"), article(title="Second")) == save.Counts(new=1)
    assert db.table("records").get("pubmed:1")["title"] == "Second"


def test_the_highest_version_counts_in_any_order(db: Database) -> None:
    first, second = (
        article(title=f"Version {number}", publication=Publication(version=number)) for number in (1, 2)
    )
    assert store(db, second, first) == save.Counts(new=1)
    assert store(db, first, stamp=LATER) == save.Counts(unchanged=1)
    assert db.table("records").get("pubmed:1")["title"] == "Version 2"
    assert not list(db.table("revisions").rows)
    assert [row["record_id"] for row in db.table("publications").rows] == ["pubmed:1"]


def test_search_follows_changes(db: Database) -> None:
    store(db, article())
    store(db, article(title="Esketamine"), stamp=LATER)
    assert [row["id"] for row in db.table("records").search("esketamine")] == ["pubmed:1"]
    assert not list(db.table("records").search('title : "depression"'))
    db.execute("INSERT INTO records_fts(records_fts, rank) VALUES ('integrity-check', 1)")


def test_a_batch_is_all_or_nothing(db: Database) -> None:
    batch = [save.TaggedRecord(article(), "h"), save.TaggedRecord(article(id="pubmed:2", title=None), "h")]
    with pytest.raises(Exception, match="NOT NULL"), db.atomic():
        save.save_records(db, batch, FIRST)
    assert db.table("records").count == 0


def test_a_deleted_record_is_marked_and_may_come_back(db: Database) -> None:
    store(db, article())
    with db.atomic():
        assert (
            save.save_deletions(db, [Deletion("pubmed", "pubmed:1"), Deletion("pubmed", "pubmed:404")], LATER)
            == 1
        )
        assert save.save_deletions(db, [Deletion("pubmed", "pubmed:1")], LATER) == 0
    assert db.table("records").get("pubmed:1")["status"] == "deleted"
    assert read.native_ids(db, "pubmed") == []
    assert not save.is_current(db, "pubmed:1", content_hash(article()), "1")
    assert store(db, article(), stamp=LATER) == save.Counts(changed=1)
    assert read.native_ids(db, "pubmed") == ["1"]


def test_rejects_are_kept_once(db: Database) -> None:
    reject = Reject("pubmed", "7", "title", "missing", "<PubmedArticle>" * 1000)
    with db.atomic():
        save.save_rejects(db, [reject, Reject("pubmed", None, "shape")], FIRST)
        save.save_rejects(db, [reject], LATER)
    kept = list(db.table("rejects").rows)
    assert [(row["native_id"], row["first_seen"], row["last_seen"]) for row in kept] == [
        ("7", FIRST.now, LATER.now),
        (None, FIRST.now, FIRST.now),
    ]
    assert len(kept[0]["payload"]) == 2000


def test_watermarks_only_move_forward(db: Database) -> None:
    for value in ("2026-01-05", "2026-01-01", "2026-01-07"):
        save.save_checkpoint(db, "pubmed", Checkpoint("new", value, 1, 1), None)
    assert read.watermarks(db, "pubmed") == {"new": "2026-01-07"}


def test_new_tags_are_a_recorded_difference(db: Database) -> None:
    old = Tag("drug", "ketamine", "title", 0, 8, "Ketamine", "drug.ketamine", 0.9)
    store(db, article(), tags=[old])
    new = Tag("drug", "esketamine", "title", 0, 8, "Ketamine", "drug.esketamine", 0.5, {"note": "x"})
    tagged = save.TaggedRecord(article(), "", [new], {"drugs": ["esketamine"], "sample_size": 7})
    with db.atomic():
        assert save.save_tags(db, [tagged], save.Stamp(LATER.now, None, "2")) == 1
        assert save.save_tags(db, [tagged], save.Stamp(LATER.now, None, "2")) == 0
    assert {(row["field"], row["old"], row["new"]) for row in db.table("revisions").rows} == {
        ("drugs", '["ketamine"]', '["esketamine"]'),
        ("sample_size", None, "7"),
    }
    assert [(row["value"], row["rules_version"], row["detail"]) for row in db.table("tags").rows] == [
        ("esketamine", "2", '{"note":"x"}')
    ]
    assert read.record_ids(db, "2") == []
    assert read.record_ids(db, "3") == ["pubmed:1"]


def test_a_killed_run_is_closed_by_the_next(db: Database) -> None:
    first = save.start_crawl(db, "pubmed", FIRST.now, command="crawl")
    second = save.start_crawl(db, "pubmed", LATER.now, command="crawl")
    save.finish_crawl(
        db, second, save.Counts(new=1, rejected=2), outcome="ok", finished=LATER.now, reported=3
    )
    assert read.crawl(db, first)["outcome"] == "interrupted"
    assert read.crawl(db, second)["fetched"] == 3


def test_one_crawl_at_a_time(tmp_path: Path) -> None:
    with crawl_lock(tmp_path / "a.db"):
        with pytest.raises(LockedError, match="another crawl"), crawl_lock(tmp_path / "a.db"):
            pass
        with crawl_lock(tmp_path / "b.db"):
            pass
    with crawl_lock(tmp_path / "a.db"):
        pass
