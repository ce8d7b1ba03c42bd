"""The reading lists answer from sets what Datasette's SQL answers from rows: same count, same records, same facets."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils import Database

from datasette_config import addresses, labels
from datasette_config import rows as listed
from store import sets, summaries
from store.database import open_database
from tests.site_client import Fetch, client, rows

FILTERS = (
    {}, {"indications__arraycontains": "ptsd"}, {"indications__arraycontains": "depression"}, {"designs__arraycontains": "rct"},
    {"drugs__arraynotcontains": "esketamine"}, {"year": "2019"}, {"year__gte": "2018"}, {"year__lt": "2015"}, {"year__gt": "x"},
    {"status": "COMPLETED"}, {"status__in": "RECRUITING, COMPLETED"}, {"source": "clinicaltrials"}, {"kind": "article"},
    {"phase__arraycontains": "3"}, {"entered__gte": "2019-05-01"}, {"entered__gte": "nonsense"}, {"indications__arraycontains": "nothing"},
    {"title__contains": "ketamine"}, {"sample_size__gt": "50"}, {"status__isnull": "1"}, {"standing": "retracted"},
)  # fmt: skip
SEARCHES = (
    {},
    {"_search": "ketamine"},
    {"_search": "midazolam suicid*"},
    {"_search": '"suicidal ideation"'},
    {"_search": "zzzqqq"},
)
ORDERS = ({"_sort_desc": "entered"}, {"_sort": "entered"}, {"_sort_desc": "sample_size"}, {"_sort": "published"}, {"_sort": "title"},
          {"_sort": "venue"})  # fmt: skip


@pytest.fixture(scope="module")
def by_sql(filled_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Fetch:
    """The site over the same records without summaries, as while a crawl is under way."""
    path = tmp_path_factory.mktemp("uncounted") / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    db = open_database(path)
    db.execute("DELETE FROM list_members")
    db.close()
    return client(path)


def asked() -> list[tuple[str, dict[str, str]]]:
    """Lists with filters, searches and orders, drawn at random but the same each time; each filter at least once."""
    draw = random.Random(7)  # noqa: S311 - no secret
    first = [({}, one, order) for one, order in zip(FILTERS, ORDERS * 4, strict=False)]
    more = [
        (draw.choice(SEARCHES), draw.choice(FILTERS) | draw.choice(FILTERS), draw.choice(ORDERS))
        for _ in range(25)
    ]
    return [
        (draw.choice(("works", "trials", "works", "trials", "new_trials")), words | one | order | {"_size": draw.choice(("7", "200"))})
        for words, one, order in [*first, *more]
    ]  # fmt: skip


def test_sets_answer_what_sql_answers(fetch: Fetch, by_sql: Fetch) -> None:
    for table, parameters in asked():
        fast, slow = (
            one(f"/watch/{table}.json", _shape="objects", **parameters).json() for one in (fetch, by_sql)
        )
        assert fast["filtered_table_rows_count"] == slow["filtered_table_rows_count"], (table, parameters)
        assert _counts(fast) == _counts(slow), (table, parameters)
        column = parameters.get("_sort") or parameters["_sort_desc"]
        assert [row[column] for row in fast["rows"]] == [row[column] for row in slow["rows"]], (
            table,
            parameters,
        )
        if fast["next"] is None:
            assert {row["id"] for row in fast["rows"]} == {row["id"] for row in slow["rows"]}
            assert sorted(fast["rows"], key=str) == sorted(slow["rows"], key=str)


def _counts(answer: dict[str, Any]) -> dict[str, set[tuple[str, int]]]:
    return {
        name: {(str(one["value"]), one["count"]) for one in facet["results"]}
        for name, facet in answer["facet_results"].items()
    }


def test_pages_of_an_order_hold_every_row_once(fetch: Fetch) -> None:
    every = {row["id"] for row in rows(fetch, "/watch/works", _search="ketamine", _size="max")}
    for order in ({}, *ORDERS):
        seen: list[str] = []
        following: str | None = "0"
        while following is not None:
            answer = fetch(
                "/watch/works.json", _search="ketamine", _size=50, _next=following, _shape="objects", **order
            ).json()
            seen += [row["id"] for row in answer["rows"]]
            following = answer["next"]
        assert len(seen) == len(set(seen))
        assert set(seen) == every


def test_csv_streams_the_whole_selection(fetch: Fetch) -> None:
    csv = fetch("/watch/works.csv?_stream=on&_size=20&_search=ketamine&_col=id").text.splitlines()
    assert len(csv) - 1 == len(rows(fetch, "/watch/works", _search="ketamine", _size="max"))


def test_counts_are_there_only_while_they_are_true(filled_db: Path, tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    db = open_database(path)
    whole = _summaries(db)
    assert whole["list_members"]
    assert not summaries.refresh(db)
    fetch = client(path)
    before = fetch("/watch/works.json?status=RECRUITING").json()["filtered_table_rows_count"]
    db.execute("UPDATE records SET status = 'COMPLETED' WHERE status = 'RECRUITING'")
    assert db.table("list_members").count == 0
    assert before > 0
    assert fetch("/watch/works.json?status=RECRUITING").json()["filtered_table_rows_count"] == 0
    db.execute(
        "UPDATE records SET status = 'RECRUITING' WHERE id IN (SELECT id FROM records WHERE status = 'COMPLETED' LIMIT 1)"
    )
    assert summaries.refresh(db)
    assert fetch("/watch/works.json?status=RECRUITING").json()["filtered_table_rows_count"] == 1


def test_summaries_do_not_depend_on_the_order_in_which_records_came(filled_db: Path, tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    db = open_database(path)
    before = _summaries(db)
    db.execute("PRAGMA foreign_keys = OFF")
    with db.atomic():
        db.execute("UPDATE records SET rowid = -rowid")
        db.execute("UPDATE records SET rowid = 100000 + rowid")
    summaries.refresh(db)
    assert _summaries(db) == before


def _summaries(db: Database) -> dict[str, list[Any]]:
    return {name: sorted(map(str, db.table(name).rows)) for name in ("list_members", "title_words")}


@given(st.text(st.characters(max_codepoint=127)))
@example("S-ketamine vs. ECT_2 in TRD2020 (N=12): Remission-rates")
def test_words_are_the_same_with_and_without_other_letters(text: str) -> None:
    assert summaries.words_of(text) == summaries.words_of(f"{text} é")


def test_words_of_a_title() -> None:
    assert summaries.words_of("Kétamine for TRD: 5mg2020 dose_ranging") == {"kétamine", "dose", "ranging"}


def test_a_set_is_its_places() -> None:
    draw = random.Random(3)  # noqa: S311 - no secret
    for size in (0, 1, 7, 8, 9, 1000):
        places = sorted(draw.sample(range(size), size // 3))
        members = sets.of(places, size)
        assert list(sets.places(members)) == places
        assert members.bit_count() == len(places)
        assert sets.unpacked(sets.packed(members)) == members
        assert list(sets.places(members & sets.first(5))) == [place for place in places if place < 5]
    with pytest.raises(IndexError):
        sets.of([8], 8)


@pytest.mark.parametrize(
    ("query", "column", "descending", "address"),
    [
        ("", "year", False, "?_sort=year"),
        ("a=1&a=2&_sort_desc=title&_next=40", "year", True, "?a=1&a=2&_sort_desc=year"),
        ("_search=%3Cb%3E+c&_sort=x", "", False, "?_search=%3Cb%3E+c"),
        ("_sort=x&_next=2", "a b", True, "?_sort_desc=a+b"),
    ],
)
def test_a_list_in_another_order_begins_at_its_first_page(
    query: str, column: str, descending: bool, address: str
) -> None:
    assert addresses.in_order(SimpleNamespace(query_string=query), column, descending) == address


def test_values_of_rows_and_facets_are_escaped() -> None:
    foul = "<i>'&\""
    row = dict.fromkeys(("status", "standing", "sample_size", "published", "entered", "venue"), foul) | {
        "id": f"pubmed:1{foul}", "title": foul, "kind": foul, "sample_size": 1, "rowid": 1, "phases": '["<b>"]',
        "results_first_posted": foul, **dict.fromkeys(labels.FACET_OF.values(), json.dumps([foul])),
    }  # fmt: skip
    urls = SimpleNamespace(table=lambda *names: "/".join(names), row=lambda *names: "/".join(names))
    made = listed.reading_rows(
        [row, row | {"designs": foul, "title": None, "venue": None}], urls, "db", "trials", None
    )
    facet = {
        "name": "year",
        "results": [{"value": foul, "label": foul, "selected": True, "toggle_url": f"?{foul}", "count": 3}],
    }
    for html in (made, listed.facet_values(facet)):
        assert not re.findall(r"<[ib]>|'|&\"", html)
        assert "&lt;i&gt;&#x27;&amp;&quot;" in html
