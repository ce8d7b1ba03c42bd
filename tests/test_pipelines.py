"""What happens to what a spider yields: checked, tagged, saved in batches, and every ending named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler import pipelines
from crawler.checks import problem_with
from crawler.pipelines import Check, Save, TagRecords
from crawler.tagging import Tagger
from store import read
from store.database import open_database
from store.errors import BadAnswer, Crashed, StoreError
from store.hashing import content_hash
from store.records import Checkpoint, Deletion, Record, Reject, Unchanged

RECORD = Record(
    "pubmed:1", "pubmed", "article", "Intravenous ketamine for depression", pmid="1", published="2020-01"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "watch.db"


def run(path: Path, items: list[Any], *, batch: int = 500, failing: Exception | None = None) -> Database:
    """Send items through the pipelines as `load` does, and return the database."""
    db = open_database(path)
    checking, tagging, saving = Check(), TagRecords(db, Tagger()), Save(db, "pubmed")
    saving.start("crawl")
    for number, item in enumerate(items):
        if failing and number == len(items) - 1:
            saving.failures.append(failing)
        saving.process_item(tagging.process_item(checking.process_item(item)))
    saving.close_spider()
    saving.finish("ketamine")
    return db


def last(db: Database) -> dict[str, Any]:
    return next(iter(db.query("SELECT * FROM crawls ORDER BY id DESC LIMIT 1")))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": None}, "title: missing"),
        ({"title": " "}, "title: missing"),
        ({"id": "medline:1"}, "id: 'medline:1' is not of the form pubmed:<native id>"),
        ({"id": "pubmed:"}, "id: 'pubmed:' is not of the form pubmed:<native id>"),
        ({"kind": "poem"}, "kind: 'poem' is unknown"),
        ({"published": "Jan 2020"}, "published: 'Jan 2020' is no ISO date"),
        ({"entered": "2020-13"}, "entered: '2020-13' is no ISO date"),
        ({"pmid": "PMID1"}, "pmid: 'PMID1' is malformed"),
        ({"doi": "https://doi.org/10.1000/x"}, "doi: 'https://doi.org/10.1000/x' is malformed"),
        ({"url": "javascript:alert(1)"}, "url: 'javascript:alert(1)' is malformed"),
        ({"nct_ids": ["NCT1"]}, "nct_ids: 'NCT1' is malformed"),
    ],
)
def test_a_record_that_cannot_be_saved_is_rejected_with_its_reason(
    changes: dict[str, Any], problem: str
) -> None:
    record = replace(RECORD, **changes)
    assert problem_with(record) == problem
    reject = Check().process_item(record)
    assert isinstance(reject, Reject)
    assert f"{reject.reason}: {reject.detail}" == problem


def test_good_records_and_everything_else_pass() -> None:
    for item in (RECORD, Reject("pubmed", None, "x"), Checkpoint("new", "2026-01-01", 0, 0)):
        assert Check().process_item(item) is item


def test_good_is_kept_beside_bad_and_counted(path: Path) -> None:
    bad = replace(RECORD, id="pubmed:2", title=None)
    db = run(path, [RECORD, bad, Reject("pubmed", "3", "cut"), Checkpoint("new", "2026-01-01", 3, 3)])
    row = last(db)
    assert (row["outcome"], row["reported"], row["fetched"], row["new"], row["rejected"]) == (
        "ok",
        3,
        3,
        1,
        2,
    )
    assert {(kept["native_id"], kept["reason"]) for kept in db.table("rejects").rows} == {
        ("2", "title"),
        ("3", "cut"),
    }
    assert read.watermarks(db, "pubmed") == {"new": "2026-01-01"}
    assert db.table("tags").count > 0


def test_the_same_again_is_nothing_new_and_is_not_tagged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(path, [RECORD]).close()
    monkeypatch.setattr(Tagger, "tags", lambda *_: pytest.fail("tagged what had not changed"))
    row = last(run(path, [RECORD, Checkpoint("new", "2026-01-01", 1, 1)]))
    assert (row["outcome"], row["unchanged"], row["new"], row["changed"]) == ("nothing_new", 1, 0, 0)


def test_other_rules_tag_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(path, [RECORD]).close()
    monkeypatch.setattr(pipelines, "RULES_VERSION", "others")
    db = run(path, [RECORD])
    assert db.table("records").get(RECORD.id)["rules_version"] == "others"
    assert last(db)["outcome"] == "nothing_new"


def test_unchanged_is_known_by_its_id(path: Path) -> None:
    db = run(path, [RECORD])
    assert TagRecords(db, Tagger()).process_item(RECORD) == Unchanged("pubmed:1", None, content_hash(RECORD))


def test_a_failure_names_the_outcome_and_keeps_what_came(path: Path) -> None:
    db = run(path, [RECORD, replace(RECORD, id="pubmed:2")], failing=BadAnswer("pubmed", "HTML", "page 2"))
    row = last(db)
    assert (row["outcome"], row["error"], row["new"]) == ("bad_answer", "pubmed: HTML (at page 2)", 2)


def test_a_defect_of_ours_holds_the_watermark_back(path: Path) -> None:
    db = run(path, [RECORD, Checkpoint("new", "2026-01-01", 1, 1)], failing=Crashed("pubmed", "KeyError"))
    assert last(db)["outcome"] == "crashed"
    assert read.watermarks(db, "pubmed") == {}


def test_what_cannot_be_written_is_a_store_error_and_leaves_nothing_half(path: Path) -> None:
    db = open_database(path)
    saving = Save(db, "pubmed")
    saving.start("crawl")
    db.execute("CREATE TRIGGER full BEFORE INSERT ON tags BEGIN SELECT RAISE(FAIL, 'disk full'); END")
    tagged = TagRecords(db, Tagger()).process_item(RECORD)
    saving.process_item(tagged)
    saving.process_item(Checkpoint("new", "2026-01-01", 1, 1))
    saving.process_item(tagged)
    saving.close_spider()
    saving.finish("q")
    assert [type(failure) for failure in saving.failures] == [StoreError]
    assert db.table("records").count == 0
    assert read.watermarks(db, "pubmed") == {}
    row = last(db)
    assert row["outcome"] == "store_error"
    assert "disk full" in row["error"]


def test_deletions_mark(path: Path) -> None:
    db = run(path, [RECORD, Checkpoint("new", "2026-01-01", 1, 1), Deletion("pubmed", "pubmed:1")])
    assert db.table("records").get("pubmed:1")["status"] == "deleted"


def test_batches_are_written_as_they_fill(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "BATCH", 3)
    db = open_database(path)
    saving, tagging = Save(db, "pubmed"), TagRecords(db, Tagger())
    saving.start("crawl")
    seen = []
    for number in range(1, 8):
        saving.process_item(tagging.process_item(replace(RECORD, id=f"pubmed:{number}")))
        seen.append(db.table("records").count)
    assert seen == [0, 0, 3, 3, 3, 6, 6]
