"""The sample's Crossref and openFDA: real HTTP, every query evaluated, and the whole way to an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from sqlite_utils import Database

from crawler.sample.catalogue import CatalogueError, load_catalogue
from crawler.sample.server import SampleServer
from datasette_config.metadata import build
from spiders.crossref import CrossrefSpider
from spiders.openfda import OpenFDASpider
from store.database import open_database
from store.records import Record
from tests.filled import save_as_crawled

CATALOGUE = load_catalogue()
RETRACTED, NOTICE = "10.5555/ketamine-watch.sample.1", "10.5555/ketamine-watch.sample.2"


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer(CATALOGUE) as running:
        yield running


def get(server: SampleServer, source: str, path: str) -> tuple[int, bytes]:
    base = urlsplit(server.upstreams[source])
    connection = HTTPConnection(base.netloc, timeout=10)
    try:
        connection.request("GET", f"{base.path}/{path}")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def works(server: SampleServer, query: str) -> dict[str, Any]:
    status, body = get(server, "crossref", f"works?{query}")
    assert status == 200, body
    message: dict[str, Any] = json.loads(body)["message"]
    return message


# -- Crossref


def test_a_cursor_leads_through_every_work_once(server: SampleServer) -> None:
    dois: list[str] = []
    cursor, total = "*", -1
    while True:
        page = works(server, f"query.bibliographic=ketamine&rows=20&cursor={quote(cursor, safe='')}")
        dois += [one["DOI"] for one in page["items"]]
        cursor, total = page["next-cursor"], page["total-results"]
        if len(page["items"]) < 20:
            break
    assert len(dois) == len(set(dois)) == total > 40
    assert any(character in cursor for character in "+/=")  # so that an unencoded one would fail


def test_a_cursor_holds_for_its_question_only(server: SampleServer) -> None:
    cursor = quote(works(server, "query.bibliographic=ketamine&cursor=*")["next-cursor"], safe="")
    for query in (
        f"query.bibliographic=esketamine&cursor={cursor}",
        "query.bibliographic=ketamine&cursor=AoE=",
    ):
        status, body = get(server, "crossref", f"works?{query}")
        assert status == 500
        assert b"Unable to parse 'cursorMark'" in body


def test_several_words_bring_a_tail(server: SampleServer) -> None:
    one, two = (works(server, f"query.title={words}&rows=1000") for words in ("ptsd", "ptsd%20depression"))
    assert one["total-results"] < two["total-results"]


def test_filters_of_one_name_are_alternatives_and_of_two_all_hold(server: SampleServer) -> None:
    def count(written: str) -> int:
        return int(works(server, f"filter={written}&rows=0")["total-results"])

    assert count("type:posted-content") > 0
    assert count("type:posted-content,type:journal-article") == count("type:posted-content") + count(
        "type:journal-article"
    )
    assert count(f"doi:{RETRACTED},doi:{NOTICE}") == 2
    assert count(f"doi:{RETRACTED},type:posted-content") == 0
    assert 0 < count("from-index-date:2025-03-10") < count("until-index-date:2030-01-01")
    assert count("from-index-date:2025-03-10,until-index-date:2025-03-09") == 0


def test_what_is_not_there_is_refused_in_words(server: SampleServer) -> None:
    assert get(server, "crossref", "works/10.5555%2Fabsent") == (404, b"Resource not found.")
    for query in ("filter=has-abstract:1", "offset=20", "rows=1001"):
        status, body = get(server, "crossref", f"works?{query}")
        assert (status, json.loads(body)["status"]) == (400, "failed")


def test_works_say_what_the_catalogue_says(server: SampleServer) -> None:
    _, body = get(server, "crossref", "works?rows=1000")
    records = {one.doi: one for one in CrossrefSpider.parse_answer(body) if isinstance(one, Record)}
    expected = {article.doi.lower(): article for article in CATALOGUE.articles if article.doi}
    assert records.keys() == expected.keys()
    for doi, article in expected.items():
        assert records[doi].published == article.published
    assert records[RETRACTED].status == "retracted"
    assert {one.asserted_by for one in records[RETRACTED].notices} == {"publisher", "retraction-watch"}
    assert [one.affected for one in records[NOTICE].notices] == [f"doi:{RETRACTED}"]


def test_a_day_hides_what_came_later() -> None:
    with SampleServer(CATALOGUE, today="2019-03-05") as early:
        assert works(early, "rows=0")["total-results"] < works_in(CATALOGUE)
        _, body = get(
            early, "openfda", 'drug/drugsfda.json?search=products.brand_name:"spravato"'.replace('"', "%22")
        )
        assert len(json.loads(body)["results"][0]["submissions"]) == 1


def works_in(catalogue: Any) -> int:
    return sum(bool(article.doi) for article in catalogue.articles)


# -- openFDA


def test_openfda_finds_words_in_fields_and_says_nothing_by_404(server: SampleServer) -> None:
    search = quote('products.active_ingredients.name:"ketamine"', safe="")
    status, body = get(server, "openfda", f"drug/drugsfda.json?search={search}&limit=5")
    assert status == 200
    assert [one["application_number"] for one in json.loads(body)["results"]] == ["NDA016812"]
    search = quote('openfda.generic_name:"ketamine"', safe="")  # its openfda section is empty
    status, body = get(server, "openfda", f"drug/drugsfda.json?search={search}")
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND")
    for query in ("search=ketamine", "limit=1001", "count=x", "sort=set_id"):
        assert get(server, "openfda", f"drug/label.json?{query}")[0] == 400


def test_a_wrong_decision_is_named(tmp_path: Path) -> None:
    for name in ("articles.toml", "registrations.toml"):
        (tmp_path / name).write_text((Path("crawler/sample") / name).read_text())
    (tmp_path / "regulatory.toml").write_text('[[application]]\nnumber = "NDA1"\n[[label]]\n')
    with pytest.raises(CatalogueError, match=r"regulatory\.toml: application NDA1: number: 'NDA1' is not"):
        load_catalogue(tmp_path)


# -- the question


@pytest.fixture(scope="module")
def decisions(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> Database:
    path = tmp_path_factory.mktemp("fda") / "watch.db"
    items: list[object] = []
    for endpoint in ("drugsfda", "label"):
        items += OpenFDASpider.parse_answer(get(server, "openfda", f"drug/{endpoint}.json?limit=100")[1])
    save_as_crawled(path, "openfda", items)
    return open_database(path)


def asked(db: Database, drug: str) -> list[dict[str, Any]]:
    sql = build("watch")["databases"]["watch"]["queries"]["fda_decisions_on"]["sql"]
    return list(db.query(sql, {"drug": drug}))


def test_when_esketamine_was_approved_is_answered_with_a_source(decisions: Database) -> None:
    found = asked(decisions, " Esketamine ")
    assert [(row["date"], row["what"]) for row in found] == [
        ("2019-03-05", "decision"), ("2020-07-31", "decision"), ("2025-01-21", "decision"), ("2025-01-21", "label"),
    ]  # fmt: skip
    assert {row["status"] for row in found if row["what"] == "decision"} == {"approved"}
    assert {row["application"] for row in found} == {"NDA211243"}
    assert all(row["url"].startswith("https://") for row in found)
    assert "Treatment-resistant depression" in found[-1]["words"]
    assert [row["application"] for row in asked(decisions, "ketamine")] == ["NDA016812", None]
    assert len(asked(decisions, "")) == len(found) + 2


def test_regulatory_records_are_no_studies(decisions: Database) -> None:
    dimensions = {(row["dimension"], row["value"]) for row in decisions["tags"].rows}
    assert ("topic", "regulatory") in dimensions
    assert not [each for each in dimensions if each[0] in ("design", "sample_size", "comparator")]
    assert {row["kind"] for row in decisions["records"].rows} == {"regulatory"}
