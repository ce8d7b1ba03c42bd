"""medRxiv: rows merged to preprints, intervals read to their end, versions fetched, known preprints asked again."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.checks import problem_with
from crawler.config import load_config
from crawler.pipelines import Save, TagRecords
from crawler.sample.server import SampleServer
from crawler.tagging import Tagger
from spiders.medrxiv import MedrxivSpider, matcher
from spiders.medrxiv_json import merged, version_of
from store import read
from store.database import open_database
from store.errors import BadAnswer, ServiceError
from store.records import Checkpoint, Notice, Record, Reject
from tests.golden_files import as_json, check
from tests.loopback import Answer, Asked, loopback
from tests.run_spider import Outcome, run_spider

FIXTURES = Path(__file__).parent / "fixtures" / "medrxiv"
SAVED = sorted(FIXTURES.glob("*.json"))
WINDOW = (FIXTURES / "window.json").read_bytes()
QUERY = "(ketamine OR esketamine) AND (category:psychiatry and clinical psychology OR depressi* OR mood disorder*)"


def parsed(body: bytes) -> list[Record | Reject]:
    return list(MedrxivSpider.parse_answer(body))


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    check(path, as_json(parsed(path.read_bytes())))


def test_versions_are_one_record_and_the_highest_speaks() -> None:
    preprint = next(item for item in parsed(WINDOW) if isinstance(item, Record))
    assert preprint.id == "medrxiv:10.1101/2024.01.02.98000001"
    assert preprint.abstract == "Background: forty-one adults."
    assert (preprint.published, preprint.revised) == ("2024-01-02", "2024-01-20")
    assert preprint.notices == [Notice("update", preprint.id, "doi:10.99999/invented.3")]
    assert preprint.publication is not None
    assert [one["version"] for one in preprint.publication.versions] == ["1", "2"]
    assert [author.name for author in preprint.authors] == ["Muster C", "Exemplo D", "Invented Study Group"]


def test_a_withdrawal_is_a_status_and_a_notice() -> None:
    [withdrawn] = parsed((FIXTURES / "single.json").read_bytes())
    assert isinstance(withdrawn, Record)
    assert withdrawn.status == "withdrawn"
    assert withdrawn.notices == [
        Notice("withdrawal", withdrawn.id, None, "medRxiv: preprint withdrawn", "2025-02-01")
    ]


def test_what_the_pipelines_refuse_is_not_made() -> None:
    records = [item for path in SAVED for item in parsed(path.read_bytes()) if isinstance(item, Record)]
    assert len(records) == 3
    assert [problem_with(record) for record in records] == [None] * 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ROWS = json.loads(WINDOW)["collection"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ROWS), st.data())
def test_any_value_in_any_place_gives_a_record_or_a_reject(row: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(row)))
    items = list(merged([row | {key: data.draw(JSON)}]))
    assert len(items) == 1
    assert isinstance(items[0], (Record, Reject))


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused_by_name(value: Any) -> None:
    ok = [{"status": "ok"}]
    for body in (value, {"messages": value, "collection": value}, {"messages": ok, "collection": [value]}):
        try:
            items = parsed(json.dumps(body).encode())
        except (BadAnswer, ServiceError):
            continue
        assert all(isinstance(item, (Record, Reject)) for item in items)


@pytest.mark.parametrize(
    ("title", "category", "true"),
    [
        ("Ketamine and sleep", "psychiatry and clinical psychology", True),
        ("Ketamine and sleep", "anesthesia", False),
        ("Esketamine in depressive mood-disorders", "anesthesia", True),
        ("Mood disorders", "psychiatry and clinical psychology", False),
        ("Norketamine in depression", "pharmacology", False),
    ],
)
def test_the_topic_is_matched_here(title: str, category: str, true: bool) -> None:
    version = version_of({"doi": "10.1101/1", "title": title, "category": category.title()})
    assert not isinstance(version, Reject)
    assert matcher(QUERY)(version) is true


def test_the_topic_s_query_can_be_read_back() -> None:
    matches = matcher(MedrxivSpider.query_for(load_config(environ={}).topic))
    version = version_of({"doi": "10.1101/1", "title": "JNJ 54135419 for treatment resistant depression"})
    assert not isinstance(version, Reject)
    assert matches(version)


# -- how the spider asks


def row(number: int, version: int = 1, title: str = "Ketamine in depression", **more: Any) -> dict[str, Any]:
    return {
        "doi": f"10.1101/{number}", "title": f"{title} {number}", "date": f"2026-11-{number:02}",
        "version": str(version), "published": "NA", "server": "medRxiv",
    } | more  # fmt: skip


NOTHING = Answer(b'{"messages":[{"status":"no posts found"}],"collection":[]}')


def page(rows: list[dict[str, Any]], total: object, **message: Any) -> Answer:
    message = {"status": "ok", "count": len(rows), "total": total} | message
    return Answer(json.dumps({"messages": [message], "collection": rows}).encode())


def listed(rows: list[dict[str, Any]], total: object = None, size: int = 2) -> Callable[[Asked], Answer]:
    """The rows by interval, `size` a page, and each preprint by its DOI."""

    def answer(asked: Asked) -> Answer:
        path = unquote(asked.path)
        if single := re.search(r"medrxiv/(10\.[^/]+/[^/]+)/na/json", path):
            own = [one for one in rows if one["doi"] == single[1]]
            return page(own, None) if own else NOTHING
        interval = re.search(r"medrxiv/([^/]+)/([^/]+)/(\d+)/json", path)
        assert interval
        found = [one for one in rows if interval[1] <= one["date"] <= interval[2] and not one.get("hidden")]
        start = int(interval[3])
        shown = found[start : start + size]
        return page(shown, str(len(found)) if total is None else total) if shown else NOTHING

    return answer


def always(made: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: made


def until(path: str, good: Callable[[Asked], Answer], bad: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: bad if path in unquote(asked.path) else good(asked)


ROWS_OF_TOPIC = [row(1), row(2, title="Sertraline"), row(3), row(4), row(5, hidden=True), row(5, 2)]
KNOWN = ["10.1101/1", "10.1101/3", "10.1101/40", "10.1101/41"]
SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "good": listed(ROWS_OF_TOPIC),
    "total_as_number": listed(ROWS_OF_TOPIC, 5),
    "total_lies": listed(ROWS_OF_TOPIC, "6"),
    "nothing": always(NOTHING),
    "months": listed([row(1), row(4, date="2026-09-10")]),
    "budget": listed([row(1), row(4, date="2026-09-10")]),
    "window": listed(ROWS_OF_TOPIC),
    "since": listed(ROWS_OF_TOPIC),
    "poll": listed([row(1), row(3, date="2026-01-01", published="10.99999/j.3"), row(40, date="2026-01-01")]),
    "poll_on": listed([row(40, date="2026-01-01")]),
    "full": listed(ROWS_OF_TOPIC),
    "odd_row": listed([row(1), {"doi": 5, "date": "2026-11-02"}]),
    "short": listed(ROWS_OF_TOPIC, "900"),
    "gone_early": until("/2/json", listed(ROWS_OF_TOPIC), NOTHING),
    "circle": always(page([row(1)], "99")),
    "html": always(Answer(b"<!DOCTYPE html><html>Sorry</html>", content_type="text/html")),
    "error200": always(Answer(b'{"messages":[{"status":"Error: wrong date"}]}')),
    "no_byte": always(Answer(b"")),
    "cut": until("/2/json", listed(ROWS_OF_TOPIC), Answer(page([row(3)], "9").body[:-9])),
    "cut_http": always(Answer(b"{", promised=1000)),
    "down": always(Answer(b"Down", 503)),
    "busy": always(Answer(b"Wait", 429, {"Retry-After": "3600"})),
    "down_single": until("/na/json", listed(ROWS_OF_TOPIC), Answer(b"Down", 500)),
}
ONE = {"options": {"first_days": 25}}
MORE: dict[str, dict[str, Any]] = {
    "months": {"options": {"first_days": 80}},
    "budget": {"options": {"first_days": 80, "pages_per_run": 2}},
    "window": {"watermarks": {"posted": "2026-11-10"}},
    "since": {"watermarks": {"posted": "2026-10-01"}, "since": "2026-11-03"},
    "poll": {"options": {"first_days": 25, "repoll": 3}, "unpublished": KNOWN},
    "poll_on": {"options": {"first_days": 25, "repoll": 1}, "unpublished": KNOWN, "watermarks": {"unpublished": "10.1101/3"}},
    "full": {"options": {"first_days": 25}, "full": True, "known": KNOWN, "watermarks": {"posted": "2026-11-20"}},
}  # fmt: skip


@dataclasses.dataclass
class Runs:
    outcomes: dict[str, Outcome]
    asked: list[Asked]

    def of(self, name: str) -> tuple[Outcome, list[str]]:
        outcome = self.outcomes[name]
        assert not outcome.crashes
        assert outcome.finish_reason == "finished"
        start = f"/{name}/details/medrxiv/"
        return outcome, [
            unquote(one.path).removeprefix(start) for one in self.asked if one.path.startswith(start)
        ]


@pytest.fixture(scope="module")
def runs() -> Runs:
    with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
        host = urlsplit(server.url).netloc
        base = {"query": QUERY, "today": "2026-11-23"}
        assignments = {
            name: base | {"base_url": f"http://{host}/{name}"} | MORE.get(name, ONE) for name in SERVICES
        }
        return Runs(run_spider("spiders.medrxiv:MedrxivSpider", assignments), server.asked)


def mark(value: str, reported: int, fetched: int) -> dict[str, Any]:
    return {"stream": "posted", "value": value, "reported": reported, "fetched": fetched}


@pytest.mark.parametrize(("name", "reported"), [("good", 5), ("total_as_number", 5), ("total_lies", 6)])
def test_an_interval_is_read_until_nothing_comes(runs: Runs, name: str, reported: int) -> None:
    outcome, sent = runs.of(name)
    interval = "2026-10-29/2026-11-23"
    assert sent == [f"{interval}/{start}/json" for start in (0, 2, 4, 5)] + ["10.1101/5/na/json"]
    assert not outcome.failures
    assert outcome.ids() == ["10.1101/1", "10.1101/3", "10.1101/4", "10.1101/5"]
    assert [one["version"] for one in outcome.of("Record")[-1]["publication"]["versions"]] == ["1", "2"]
    assert outcome.items[-1] == ("Checkpoint", mark("2026-11-05", reported, 5))


def test_nothing_is_no_failure(runs: Runs) -> None:
    outcome, _ = runs.of("nothing")
    assert outcome.items == [
        ("Checkpoint", mark("2026-10-29", 0, 0))
    ]  # nothing was seen: the next run asks again


def test_months_are_read_one_after_another(runs: Runs) -> None:
    outcome, sent = runs.of("months")
    assert [path for path in sent if path.endswith("/0/json")] == [
        "2026-09-04/2026-10-03/0/json", "2026-10-04/2026-11-02/0/json", "2026-11-03/2026-11-23/0/json"
    ]  # fmt: skip
    assert [one["value"] for one in outcome.of("Checkpoint")] == ["2026-10-03", "2026-11-02", "2026-11-03"]
    assert outcome.ids() == ["10.1101/4", "10.1101/1"]


def test_a_run_stops_between_months_when_it_has_asked_enough(runs: Runs) -> None:
    outcome, _ = runs.of("budget")
    assert not outcome.failures
    assert [one["value"] for one in outcome.of("Checkpoint")] == ["2026-10-03"]
    assert "stopped after 2 pages; the next run goes on at 2026-10-04" in outcome.queries


@pytest.mark.parametrize(
    ("name", "begin", "value"),
    [("window", "2026-11-03", "2026-11-10"), ("since", "2026-11-03", "2026-10-01")],
)
def test_windows(runs: Runs, name: str, begin: str, value: str) -> None:
    outcome, sent = runs.of(name)
    assert sent[0] == f"{begin}/2026-11-23/0/json"
    assert outcome.of("Checkpoint")[0]["value"] == value


def test_known_preprints_are_asked_again_in_turn(runs: Runs) -> None:
    outcome, sent = runs.of("poll")
    assert [path for path in sent if "/na/" in path] == [f"10.1101/{one}/na/json" for one in (1, 3, 40)]
    assert outcome.of("Record")[1]["notices"][0]["notice"] == "doi:10.99999/j.3"
    assert outcome.of("Checkpoint")[-1] == {
        "stream": "unpublished",
        "value": "10.1101/40",
        "reported": 0,
        "fetched": 0,
    }
    outcome, sent = runs.of("poll_on")
    assert [path for path in sent if "/na/" in path] == ["10.1101/40/na/json"]
    assert outcome.ids() == ["10.1101/40"]


def test_full_asks_for_every_known_preprint(runs: Runs) -> None:
    outcome, sent = runs.of("full")
    asked = {path for path in sent if "/na/" in path}
    assert asked == {f"10.1101/{one}/na/json" for one in (1, 3, 5, 40, 41)}
    assert {"not found any more: 10.1101/40", "not found any more: 10.1101/41"} <= set(outcome.queries)
    assert [one["stream"] for one in outcome.of("Checkpoint")] == ["posted"]


def test_a_row_that_cannot_be_read_is_counted_and_told(runs: Runs) -> None:
    outcome, _ = runs.of("odd_row")
    assert outcome.of("Reject")[0]["reason"] == "not as documented"


@pytest.mark.parametrize(
    ("name", "kind", "message", "found"),
    [
        ("short", "Shortfall", "900 rows reported, 5 fetched", 0),
        ("gone_early", "Shortfall", "5 rows reported, 2 fetched", 0),
        ("circle", "BadAnswer", "the pages run in a circle after 1 rows", 0),
        ("html", "BadAnswer", "HTML or XML instead of JSON", 0),
        ("error200", "ServiceError", "says: Error: wrong date", 0),
        ("no_byte", "BadAnswer", "an empty answer", 0),
        ("cut", "BadAnswer", "JSON cut or broken", 0),
        ("cut_http", "BadAnswer", "shorter than announced", 0),
        ("down", "ServiceError", "HTTP 503: Down", 0),
        ("busy", "RateLimited", "HTTP 429: Wait (Retry-After: 3600)", 0),
        ("down_single", "ServiceError", "HTTP 500", 3),
    ],
)
def test_a_failure_is_named(runs: Runs, name: str, kind: str, message: str, found: int) -> None:
    outcome, _ = runs.of(name)
    [(failed, said)] = outcome.failures
    assert (failed, said.startswith("medrxiv: ")) == (kind, True)
    assert message in said
    assert len(outcome.ids()) == found
    assert not outcome.of("Checkpoint")  # the watermark stays


# -- what the database knows, and the sample's own medRxiv


def test_preprints_without_article_or_withdrawal_are_known_as_such() -> None:
    db = open_database(":memory:")
    records = [item for path in SAVED for item in parsed(path.read_bytes()) if isinstance(item, Record)]
    saving = Save(db, "medrxiv", Tagger({}))
    saving.start("load")
    for record in records:
        saving.process_item(TagRecords(db, Tagger({})).process_item(record))
    saving.close_spider()
    assert read.unpublished_preprints(db, "medrxiv") == ["10.1101/2024.01.05.98000002"]
    [row] = db.query(
        "SELECT open_access, licence, versions FROM publications WHERE versions LIKE '%v2%' AND licence = 'cc_by_nc_nd'"
    )
    assert (row["open_access"], len(json.loads(row["versions"]))) == (1, 2)
    [restored] = list(read.records(db, ["medrxiv:10.1101/2024.01.02.98000001"]))
    assert restored.publication == next(one for one in records if one.id == restored.id).publication


def test_the_sample_is_read_whole() -> None:
    with SampleServer() as server:
        outcome = run_spider("spiders.medrxiv:MedrxivSpider", {"one": {
            "query": MedrxivSpider.query_for(load_config(environ={}).topic), "today": "2025-06-30",
            "base_url": server.upstreams["medrxiv"], "options": {"first_days": 1500},
        }})["one"]  # fmt: skip
    assert not outcome.failures
    states = {record["doi"]: (record["status"], record["notices"]) for record in outcome.of("Record")}
    assert set(states) == {
        "10.1101/2024.05.30.99000003", "10.1101/2024.02.10.99000005", "10.1101/2023.04.28.23289210"
    }  # fmt: skip
    assert states["10.1101/2024.02.10.99000005"][0] == "withdrawn"
    assert states["10.1101/2024.05.30.99000003"][1][0]["notice"] == "doi:10.9999/sample.jad.99000004"
    assert Checkpoint.__name__ == outcome.items[-1][0]
