"""One work from several sources is shown once, whatever came first, and every merge can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler.pipelines import Check, Save, TagRecords, tagger_for
from store.database import open_database
from store.records import Author, Checkpoint, Record

TITLE = "Intravenous ketamine for treatment-resistant depression: a randomised trial"
ABSTRACT = "Forty adults with treatment-resistant depression were randomized to ketamine or midazolam."
PUBMED = Record(
    "pubmed:1",
    "pubmed",
    "article",
    TITLE,
    authors=[Author("Doe J", "Doe")],
    published="2020-01",
    pmid="1",
    venue="J Mood",
)
EUROPEPMC = Record(
    "europepmc:MED/1",
    "europepmc",
    "article",
    TITLE,
    abstract=ABSTRACT,
    pmid="1",
    pmcid="PMC7",
    doi="10.1000/x",
    published="2020",
)
CROSSREF = Record(
    "crossref:10.1000/x",
    "crossref",
    "article",
    f"{TITLE}.",
    doi="10.1000/X",
    venue="Journal of Mood",
    published="2020-02",
)
FEED = Record(
    "feeds:abc",
    "feeds",
    "article",
    TITLE,
    authors=[Author("Jane Doe")],
    published="2020-01-05",
    url="https://example.org/x",
)
ALL = [PUBMED, EUROPEPMC, CROSSREF, replace(FEED, authors=[Author("Doe J", "Doe")])]


def send(db: Database, *items: Any) -> None:
    """Send items through the pipelines as one visit to each record's source."""
    for item in items:
        checking, tagging = Check(), TagRecords(db, tagger_for(()))
        saving = Save(db, item.source)
        saving.start("crawl")
        saving.process_item(tagging.process_item(checking.process_item(item)))
        saving.process_item(Checkpoint("new", "2026-01-01", 1, 1))
        assert not saving.failures
        saving.finish("ketamine")


def filled(items: Iterable[Any], path: str | Path = ":memory:") -> Database:
    db = open_database(path)
    send(db, *items)
    return db


def shown(db: Database) -> dict[str, str | None]:
    """record id -> the record that is shown for it."""
    return {row["id"]: row["merged_into"] for row in db.table("records").rows}


def state(db: Database) -> Any:
    """All that merging decides, without when."""
    records = {row["id"]: (row["merged_into"], row["abstract"], row["doi"], row["pmcid"], row["published"], row["year"],
                           row["url"], row["venue"], row["indications"], row["authors"]) for row in db.table("records").rows}  # fmt: skip
    merges = sorted((row["record_id"], row["into_id"], row["method"], row["evidence"], row["confidence"], row["decided_by"])
                    for row in db.table("merges").rows_where("withdrawn_at IS NULL"))  # fmt: skip
    fields = sorted(
        (row["record_id"], row["field"], row["from_id"]) for row in db.table("record_fields").rows
    )
    review = sorted(
        (row["record_id"], row["into_id"], row["doubt"]) for row in db.table("merge_suggestions").rows
    )
    tags = sorted(
        (row["record_id"], row["dimension"], row["value"], row["field"]) for row in db.table("tags").rows
    )
    return records, merges, fields, review, tags


@pytest.mark.parametrize("order", list(permutations(range(len(ALL)))))
def test_any_order_of_arrival_gives_the_same(order: tuple[int, ...]) -> None:
    db = filled(ALL[index] for index in order)
    assert shown(db) == {"pubmed:1": None} | dict.fromkeys(
        ["europepmc:MED/1", "crossref:10.1000/x", "feeds:abc"], "pubmed:1"
    )
    assert state(db) == state(filled(ALL))


def test_empty_fields_are_filled_by_the_better_source_and_filled_ones_stay() -> None:
    db = filled(ALL)
    row = db.table("records").get("pubmed:1")
    assert (row["abstract"], row["doi"], row["pmcid"], row["url"]) == (
        ABSTRACT,
        "10.1000/x",
        "PMC7",
        "https://example.org/x",
    )
    assert (row["venue"], row["published"], row["year"], row["title"]) == ("J Mood", "2020-01", 2020, TITLE)
    assert {(one["field"], one["from_id"]) for one in db.table("record_fields").rows} == {
        ("abstract", "europepmc:MED/1"), ("doi", "europepmc:MED/1"), ("pmcid", "europepmc:MED/1"), ("url", "feeds:abc"),
    }  # fmt: skip
