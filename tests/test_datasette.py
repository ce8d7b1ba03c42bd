"""The site's lists: every page answers, facets count right, search finds exactly what it should."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from datasette_config import labels
from datasette_config.metadata import build
from store.database import open_database
from store.tables import TABLES
from tests.filled import days_ago
from tests.site_client import Fetch, links, rows, text

QUERIES = build("watch")["databases"]["watch"]["queries"]
ABSTRACT = "Summary written for this sample"


def test_every_table_and_view_has_a_page_and_its_words(fetch: Fetch) -> None:
    metadata = fetch("/-/metadata.json").json()["databases"]["watch"]["tables"]
    overview = text(fetch("/watch").text)
    for name, (description, columns) in TABLES.items():
        page = fetch(f"/watch/{name}")
        assert page.status_code == 200, name
        assert "facets-timed-out" not in page.text, name
        assert "facet-suggested" not in page.text, name
        assert metadata[name]["description"] == description
        assert metadata[name]["columns"] == columns
        assert name in overview
        assert description.replace("`", "") in overview
        for meaning in columns.values():
            assert meaning.replace("`", "") in text(page.text), name


def test_facets_of_a_list_count_right(fetch: Fetch) -> None:
    for name in labels.READING_LISTS:
        answer = fetch(f"/watch/{name}.json").json()
        facets = answer["facet_results"]
        assert len(facets) >= 2
        every = rows(fetch, f"/watch/{name}", _size="max")
        for facet, result in facets.items():
            assert result["results"], facet
            for value in result["results"]:
                held = [
                    row for row in every
                    if value["value"] in (row[facet], str(row[facet])) or value["value"] in _list(row[facet])
                ]  # fmt: skip
                assert value["count"] == len(held), (name, facet, value)
                found = fetch(re.sub(r"^https?://[^/]+", "", value["toggle_url"])).json()
                assert found["filtered_table_rows_count"] == len(held)


def _list(value: Any) -> list[Any]:
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else []


def test_our_array_facet_answers_as_datasettes_own(fetch: Fetch) -> None:
    def counted(path: str, kind: str) -> list[tuple[str, int, bool]]:
        (facet,) = (
            one for one in fetch(path).json()["facet_results"].values()
            if one["name"] == "populations" and one["type"] == kind
        )  # fmt: skip
        assert not facet["truncated"]
        return [(one["value"], one["count"], one["selected"]) for one in facet["results"]]

    for where in ("", "_search=ketamine&", "populations__arraycontains=veteran&year__gt=2000&"):
        ours = counted(f"/watch/works.json?{where}", "values")
        assert ours == counted(f"/watch/works.json?{where}_facet_array=populations", "array")
        assert ours


def test_narrowing_a_later_page_begins_at_its_first(fetch: Fetch) -> None:
    later = fetch("/watch/works?_next=30").text
    chosen = [
        address for address, _ in links(later) if "arraycontains=trd" in address or "year=2019" in address
    ]
    assert chosen
    assert not any("_next" in address for address in chosen)


def test_every_facet_of_plain_columns_has_an_index(filled_db: Path) -> None:
    db = open_database(filled_db)
    tables = build("watch")["databases"]["watch"]["tables"]
    indexed = {columns.columns[0] for columns in db.table("records").indexes}
    for name in (*labels.READING_LISTS, "records"):
        plain = {facet for facet in tables[name]["facets"] if isinstance(facet, str)}
        assert plain <= indexed, name
    db.close()


def test_the_home_page_counts_and_links(fetch: Fetch) -> None:
    page = fetch("/").text
    told = dict(links(page))
    for indication in ("depression", "trd", "ptsd", "ocd", "suicidality", "bipolar", "anxiety"):
        count = len(rows(fetch, "/watch/trials", indications__arraycontains=indication, _size="max"))
        assert count
        assert told[f"/watch/trials?indications__arraycontains={indication}"] == str(count)
    rct = "/watch/works?indications__arraycontains=ptsd&designs__arraycontains=rct"
    assert told[rct] == str(fetch(rct.replace("works", "works.json")).json()["filtered_table_rows_count"])
    assert told[f"/watch/trials?indications__arraycontains=ptsd&entered__gte={days_ago(7)}"] == "1"
    for name, query in QUERIES.items():
        assert told[f"/watch/{name}"] == query["title"]


def test_the_home_page_tells_a_broken_source_from_a_quiet_one(fetch: Fetch) -> None:
    words = text(fetch("/").text)
    assert "Evidence searched to" in words
    assert "ISRCTN registry never last visit failed" in words
    assert f"PubMed {days_ago(0)} {days_ago(0)} well" in words
    assert "ISRCTN registry never 2026-01-01 Unreachable: " in words


@pytest.mark.parametrize("table", ["works", "trials", "records"])
@pytest.mark.parametrize("words", ["midazolam", "esketamine", "veterans", "midazolam suicidal", "zzzqqq"])
def test_a_search_finds_exactly_what_the_index_has(
    fetch: Fetch, filled_db: Path, table: str, words: str
) -> None:
    db = open_database(filled_db)
    expected = {row["id"] for row in db.table("records").search(words)}
    if table == "trials":
        expected &= {row["id"] for row in db.query("SELECT id FROM trials")}
    everything = db.table("records").count
    db.close()
    found = {row["id"] for row in rows(fetch, f"/watch/{table}", _search=words, _size="max")}
    assert found == expected
    assert bool(found) == (words != "zzzqqq")
    assert len(found) < everything


def test_what_people_type_is_understood(fetch: Fetch) -> None:
    def found(words: str) -> set[str]:
        return {row["id"] for row in rows(fetch, "/watch/works", _search=words, _size="max")}

    assert found("esketamin*") >= found("esketamine") > set()
    assert 0 < len(found('"suicidal ideation"')) <= len(found("suicidal ideation"))
    assert found("KETAMINE") == found("ketamine")
    # a blank search with a filter is the filter alone
    filtered = {row["id"] for row in rows(fetch, "/watch/works", _search=" ", year__gt=2020, _size="max")}
    assert filtered == {row["id"] for row in rows(fetch, "/watch/works", year__gt=2020, _size="max")}
    assert filtered
    assert "Nothing found." in text(fetch("/watch/works?_search=zzzqqq").text)


@pytest.mark.parametrize(
    "words", ['"', '""', "ketamine AND", "(", "NEAR(", "a:b", "*", "^", "';--", "\0", "x\0y*", "-", "esketamine OR", "∆*"]
)  # fmt: skip
def test_wrong_search_syntax_is_no_error(fetch: Fetch, words: str) -> None:
    page = fetch("/watch/trials", _search=words)
    assert page.status_code == 200
    assert "Order:" in page.text
    assert fetch("/watch/search", words=words).status_code == 200
    assert fetch("/-/find/watch", q=words).status_code == 302


def test_lists_show_no_abstract_and_records_do(fetch: Fetch) -> None:
    for path in ("/watch/works", "/watch/trials", "/watch/records", "/watch/new_trials"):
        for parameters in ({"_size": 200}, {"_size": 200, "_search": "ketamine"}):
            page = fetch(path, **parameters).text
            if "_search" not in parameters:  # a search shows the words around a hit
                assert ABSTRACT not in page, path
            assert '"family"' not in page, path  # no JSON of authors either
    assert ABSTRACT in fetch("/watch/records/pubmed~3A23982301").text
    assert ABSTRACT in fetch("/watch/records?_col=abstract").text  # whoever asks for a column gets it
    every = fetch("/watch/trials?_nocol=first_seen").text
    assert 'data-column="results_first_posted"' in every
    assert ("?_nocol=first_seen", "all columns") in links(fetch("/watch/trials").text)
    assert ("?", "as records") in links(every)


def test_a_list_leads_to_records_and_to_itself_narrowed(fetch: Fetch) -> None:
    page = fetch("/watch/trials?_search=midazolam+suicidal").text
    found = links(page)
    assert ("/watch/records/pubmed~3A29202655", "pubmed:29202655") in found
    assert any(words.startswith("Ketamine for Rapid Reduction") for _, words in found)
    assert ("/watch/trials?indications__arraycontains=suicidality", "suicidality") in found
    narrowed = fetch("/watch/trials?_search=ketamine&indications__arraycontains=ptsd&year__gt=2019").text
    chosen = [
        (address, words) for address, words in links(narrowed) if words.endswith("remove") or "✖" in words
    ]
    assert ("?indications__arraycontains=ptsd&year__gt=2019", "“ketamine” ✖") in chosen
    assert ("?_search=ketamine&year__gt=2019", "Indication: ptsd ✖") in chosen


def test_a_retracted_trial_is_seen_in_a_list(fetch: Fetch) -> None:
    page = fetch("/watch/works?_search=generalized+anxiety&status=retracted").text
    assert re.search(r'<tr class="alarming">.*?status-retracted', page, re.DOTALL)


def test_pages_of_a_list_hold_every_row_once(fetch: Fetch) -> None:
    seen: list[str] = []
    path = "/watch/works.json?_size=40"
    while path:
        answer = fetch(path).json()
        seen += [row[answer["columns"].index("id")] for row in answer["rows"]]
        path = (answer["next_url"] or "").replace("http://localhost", "")
    assert (
        len(seen) == len(set(seen)) == fetch("/watch/works.json?_size=0").json()["filtered_table_rows_count"]
    )


def test_sql_json_and_csv_keep_working(fetch: Fetch) -> None:
    counted = rows(fetch, "/watch", sql="select source, count(*) as n from records group by 1 order by 1")
    assert [row["source"] for row in counted] == ["clinicaltrials", "openfda", "pubmed"]
    page = fetch("/watch", sql="select id, title from records order by id limit 3")
    assert len(re.findall('href="/watch/records/', page.text)) == 6  # id and title
    csv = fetch("/watch/trials.csv?_stream=on&_size=max").text.splitlines()
    assert csv[0].startswith("id,title,")
    assert "application/json" in fetch("/watch/records/pubmed~3A23982301.json").headers["content-type"]
