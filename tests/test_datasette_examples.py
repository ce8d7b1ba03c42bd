"""Worked SQL answers, the document has the same, the diagram is of today's schema, and lists are read by an index."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from datasette_config.documents import diagram, examples, filled
from store.database import open_database
from tests.site_client import Fetch, links, text

DOCUMENT = Path(__file__).resolve().parents[1] / "docs/database.md"


@pytest.mark.parametrize("example", examples(), ids=lambda one: one["title"])
def test_an_example_answers_or_says_why_not(filled_db: Path, example: dict[str, Any]) -> None:
    db = sqlite3.connect(f"file:{filled_db}?mode=ro", uri=True)
    began = time.perf_counter()
    rows = db.execute(example["sql"]).fetchall()
    db.close()
    assert bool(rows) != bool(example.get("empty")), rows[:3]
    assert time.perf_counter() - began < 1


def test_the_document_has_todays_examples_and_diagram() -> None:
    written = DOCUMENT.read_text("utf-8")
    assert filled(written) == written, "stale: python -m datasette_config.documents docs/database.md"
    assert len(examples()) >= 20
    assert len({one["title"] for one in examples()}) == len(examples())


def test_the_diagram_has_every_table_and_key() -> None:
    drawn = diagram()
    db = open_database(":memory:")
    for name in db.table_names():
        if not name.startswith(("_", "sqlite_", "records_fts")):
            assert f"    {name} {{" in drawn
            for key in db.table(name).foreign_keys:
                assert re.search(rf'    {key.other_table} \|\|--o[|{{] {name} : "{key.column}"', drawn)
    assert "        text record_id PK, FK" in drawn
    assert "records ||--o| registrations" in drawn
    assert "records ||--o{ tags" in drawn


def test_the_page_has_each_with_a_link_that_runs_it(fetch: Fetch) -> None:
    page = fetch("/-/examples")
    runs = [address for address, words in links(page.text) if words == "Run it"]
    assert len(runs) == len(examples())
    for one in examples():
        assert one["title"] in text(page.text)
    answer = fetch(runs[0])
    assert answer.status_code == 200
    assert "pubmed:24740528" in answer.text
    assert ("/-/examples", "SQL by example") in links(fetch("/watch").text)


#: lists that people page through, with how they are sorted
LISTS = (
    "works", "trials", "new_trials", "records", "works?_sort_desc=published", "trials?_sort_desc=sample_size", "tags",
    "headings", "studies", "study_records", "revisions", "crawls", "citing_works?cited_id=pubmed:24740528",
    "study_records?study_id=NCT00768430", "tags?dimension=indication&value=ptsd",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_page_of_a_list_is_found_by_an_index_and_not_sorted(
    fetch: Fetch, filled_db: Path, name: str
) -> None:
    path, _, query = name.partition("?")
    chosen = dict(pair.split("=") for pair in query.split("&")) if query else {}
    first = fetch(f"/watch/{path}.json", **chosen, _size=3, _nofacet=1).json()
    pages = [first]
    if (
        first["next"] and path != "records"
    ):  # whose next page Datasette asks for in three parts, each by the index
        pages.append(fetch(f"/watch/{path}.json", **chosen, _size=3, _nofacet=1, _next=first["next"]).json())
    db = sqlite3.connect(f"file:{filled_db}?mode=ro", uri=True)
    for page in pages:
        plan = db.execute(f"EXPLAIN QUERY PLAN {page['query']['sql']}", page["query"]["params"]).fetchall()
        outer = [detail for _, parent, _, detail in plan if parent == 0]
        assert not any("TEMP B-TREE FOR ORDER BY" in detail for detail in outer), outer
        if page["query"][
            "params"
        ]:  # rows are chosen: by a filter, or those after the last of the page before
            by_number = path in ("crawls", "revisions")  # read from the newest number down
            assert by_number or re.search("USING (COVERING )?(INDEX|(INTEGER )?PRIMARY KEY)", outer[0]), outer
        else:  # the first rows in the order of a key or an index
            assert outer[0].startswith("SCAN") or "USING INDEX" in outer[0], outer
    db.close()
