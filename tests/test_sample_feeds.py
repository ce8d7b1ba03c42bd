"""The sample's feeds and its ISRCTN: real HTTP, real validators, every query evaluated."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from lxml import etree

from crawler.config import load_config
from crawler.sample.catalogue import CatalogueError, load_catalogue
from crawler.sample.feeds_service import JOURNALS, OTHERS
from crawler.sample.server import SampleServer
from spiders.feed_entries import read_feed
from spiders.isrctn import IsrctnSpider
from spiders.isrctn_xml import Answer
from store.records import Record

CATALOGUE = load_catalogue()


@pytest.fixture(scope="module")
def server() -> SampleServer:  # type: ignore[misc]
    with SampleServer(CATALOGUE) as running:
        yield running


def get(server: SampleServer, source: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    base = urlsplit(server.upstreams[source])
    connection = HTTPConnection(base.netloc, timeout=10)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", f"{base.path}/{path}", headers=sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


# -- feeds


def test_every_feed_of_the_configuration_is_served_and_is_a_feed(server: SampleServer) -> None:
    feeds = load_config(environ={}).sources["feed"].options["feeds"]
    assert {feed["name"] for feed in feeds} == {*JOURNALS, *OTHERS}
    read = {}
    for feed in feeds:
        status, headers, body = get(server, "feed", feed["name"])
        assert (status, headers["Content-Type"]) == (200, "application/rss+xml; charset=UTF-8")
        reading = read_feed(body)
        assert not reading.damage
        read[feed["name"]] = [item for item in reading.items if isinstance(item, Record)]
    assert read["molecular-psychiatry"] == []  # a quiet one
    assert all(items for name, items in read.items() if name != "molecular-psychiatry")
    dois = {article.doi.lower() for article in CATALOGUE.articles if article.doi}
    assert {item.doi for item in read["ajp"]} <= dois
    assert all(item.published and item.venue == JOURNALS["ajp"] for item in read["ajp"])
    assert any(item.abstract and item.authors for item in read["ajp"])


def test_a_feed_is_sent_again_only_if_it_changed(server: SampleServer) -> None:
    _, headers, body = get(server, "feed", "fda-press")
    tag = headers["ETag"]
    for condition in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", W/{tag}'},
        {"If_Modified_Since": headers["Last-Modified"]},
    ):
        status, again, nothing = get(server, "feed", "fda-press", **condition)
        assert (status, nothing, again["ETag"]) == (304, b"", headers["ETag"])
    changed = {"If_None_Match": '"x"', "If_Modified_Since": headers["Last-Modified"]}
    assert get(server, "feed", "fda-press", **changed)[::2] == (200, body)
    with SampleServer(CATALOGUE, today="2020-01-01") as earlier:
        status, then, _ = get(earlier, "feed", "fda-press", If_None_Match=headers["ETag"])
        assert status == 200
        assert then["Last-Modified"] == "Tue, 05 Mar 2019 00:00:00 GMT"


def test_there_is_no_other_feed(server: SampleServer) -> None:
    assert get(server, "feed", "gazette")[0] == 404


# -- ISRCTN


def found(server: SampleServer, query: str, limit: int = 100) -> tuple[list[str], int | None]:
    status, _, body = get(server, "isrctn", f"query/format/default?q={quote(query)}&limit={limit}")
    assert status == 200
    answer = Answer(body)
    return [item.id.partition(":")[2] for item in answer if isinstance(item, Record)], answer.total


def test_the_topic_finds_what_names_a_drug(server: SampleServer) -> None:
    query = IsrctnSpider.query_for(load_config(environ={}).topic)
    numbers, total = found(server, query)
    assert set(numbers) == {"ISRCTN00000000", "ISRCTN99000002", "ISRCTN14689382"}
    assert total == 3
    assert found(server, query, limit=1) == (numbers[:1], 3)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("(ketamine) AND lastEdited GE 2025-03-01T00:00:00.000Z", ["ISRCTN00000000"]),
        ("(ketamine) AND lastEdited GE 2026-03-01T00:00:00.000Z", []),
        ('"nasal spray"', ["ISRCTN99000002"]),
        ('"spray nasal"', []),
        ("ISRCTN99000003 OR ISRCTN14689382", ["ISRCTN99000003", "ISRCTN14689382"]),
        ("esketamin", []),
    ],
)
def test_a_query_is_evaluated(server: SampleServer, query: str, numbers: list[str]) -> None:
    assert found(server, query)[0] == numbers


@pytest.mark.parametrize(
    "query", ["", "ketamine AND pain", "ketamine depression", 'condition:"OCD"', "(ketamine", "OR"]
)
def test_a_query_that_is_not_understood_is_refused(server: SampleServer, query: str) -> None:
    assert get(server, "isrctn", f"query/format/default?q={quote(query)}&limit=5")[0] == 400


def test_what_came_later_is_hidden() -> None:
    with SampleServer(CATALOGUE, today="2014-01-01") as then:
        assert found(then, "ketamine")[0] == ["ISRCTN14689382"]


def test_an_answer_has_the_shape_of_the_real_one(server: SampleServer) -> None:
    _, headers, body = get(server, "isrctn", "query/format/default?q=ISRCTN00000000")
    assert headers["Content-Type"] == "text/xml; charset=UTF-8"
    root = etree.fromstring(body)
    assert root.tag == "{http://www.67bricks.com/isrctn}allTrials"
    parts = [etree.QName(part).localname for part in root[0][0]]
    assert parts == [
        "isrctn", "trialDescription", "externalRefs", "trialDesign", "participants", "conditions", "interventions",
        "results", "outputs", "parties",
    ]  # fmt: skip


# -- the catalogue's files


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("isrctn.toml", '[[study]]\nnumber = "ISRCTN1"', "study ISRCTN1: number: .* is not an ISRCTN number"),
        ("isrctn.toml", '[[study]]\nnumber = "ISRCTN12345678"\ncolour = "red"', "unknown key 'colour'"),
        ("feeds.toml", '[[entry]]\nfeed = "fda-press"\nguid = "1"', "missing"),
        ("feeds.toml", "[[study]]", r"has no \[\[entry\]\]"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    folder = Path(__file__).parents[1] / "crawler" / "sample"
    for needed in ("articles.toml", "registrations.toml"):
        (tmp_path / needed).write_text((folder / needed).read_text())
    assert load_catalogue(tmp_path).isrctn == ()
    (tmp_path / name).write_text(text)
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(tmp_path)


def test_what_is_invented_says_so() -> None:
    real = [
        study.number for study in CATALOGUE.isrctn if not study.title.startswith("[Invented for this sample]")
    ]
    assert real == ["ISRCTN14689382"]
    real = [entry.published for entry in CATALOGUE.feed_entries if not entry.title.startswith("[Invented")]
    assert real == ["2019-03-05", "2023-10-10"]
