"""How the Crossref spider walks the pages of good and bad services, and what it then says."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.crossref_services import ASSIGNMENTS, SERVICES
from tests.loopback import Asked, loopback
from tests.run_spider import Outcome, run_spider

TODAY = "2026-11-23"


@dataclasses.dataclass
class Crawls:
    outcomes: dict[str, Outcome]
    asked: list[Asked]

    def of(self, name: str) -> tuple[Outcome, list[Asked]]:
        outcome = self.outcomes[name]
        assert not outcome.crashes
        assert outcome.finish_reason == "finished"
        return outcome, [asked for asked in self.asked if asked.path.startswith(f"/{name}/")]


@pytest.fixture(scope="module")
def crawls() -> Crawls:
    with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
        host = urlsplit(server.url).netloc
        base: dict[str, Any] = {
            "query": "ketamine", "today": TODAY, "email": "me@example.org", "options": {"rows": 2, "lookups": 0},
        }  # fmt: skip
        assignments = {
            name: base | {"base_url": f"http://{host}/{name}"} | ASSIGNMENTS.get(name, {})
            for name in SERVICES
        }
        outcomes = run_spider("spiders.crossref:CrossrefSpider", assignments)
    return Crawls(outcomes, server.asked)


def ids(outcome: Outcome) -> list[str]:
    return [one.removeprefix("10.5555/") for one in outcome.ids()]


def mark(stream: str, value: str, reported: int, fetched: int) -> dict[str, Any]:
    return {"stream": stream, "value": value, "reported": reported, "fetched": fetched}


def test_all_pages_come_and_what_names_no_drug_is_counted_and_not_kept(crawls: Crawls) -> None:
    outcome, asked = crawls.of("paging")
    assert not outcome.failures
    assert ids(outcome) == ["001", "002", "003", "004", "005"]
    assert outcome.of("Checkpoint") == [mark("indexed:ketamine", TODAY, 6, 6)]
    assert [one.params.pop("cursor") for one in asked] == ["*", "c+/=2", "c+/=4", "c+/=6"]
    assert all(one.params == asked[0].params for one in asked)
    types = "type:journal-article,type:posted-content,type:proceedings-article,type:book-chapter,type:report"
    assert asked[0].params == {
        "query.bibliographic": "ketamine", "filter": f"{types},until-index-date:{TODAY}", "rows": "2",
    }  # fmt: skip
    address = f"/works?query.bibliographic=ketamine&filter={types},until-index-date:{TODAY}&rows=2"
    assert outcome.queries == [f"{address}  (6 seen, 5 name a drug of the topic)"]


def test_who_asks_is_said_in_the_header_alone(crawls: Crawls) -> None:
    _, asked = crawls.of("paging")
    assert {one.headers["User-Agent"] for one in asked} == {"ketamine-watch (mailto:me@example.org)"}
    assert not any("me@example.org" in str(one.params) for one in crawls.asked)


def test_a_full_last_page_leads_to_an_empty_one(crawls: Crawls) -> None:
    outcome, asked = crawls.of("full_last_page")
    assert (len(asked), len(ids(outcome)), outcome.failures) == (3, 4, [])


def test_nothing_is_no_failure(crawls: Crawls) -> None:
    outcome, asked = crawls.of("nothing")
    assert (len(asked), outcome.failures) == (1, [])
    assert outcome.items == [("Checkpoint", mark("indexed:ketamine", TODAY, 0, 0))]


@pytest.mark.parametrize(
    ("name", "begin", "found", "watermark"),
    [
        ("incremental", "2026-11-18", 4, TODAY),  # some days before the watermark
        ("since", "2026-11-17", 5, TODAY),
        ("gap", "2026-11-19", 3, "2026-11-01"),  # what lies between was not asked for
    ],
)
def test_windows(crawls: Crawls, name: str, begin: str, found: int, watermark: str) -> None:
    outcome, asked = crawls.of(name)
    assert all(f",from-index-date:{begin},until-index-date:{TODAY}" in one.params["filter"] for one in asked)
    assert outcome.of("Checkpoint") == [mark("indexed:ketamine", watermark, found, found)]


def test_a_term_that_is_new_has_its_own_first_walk(crawls: Crawls) -> None:
    outcome, asked = crawls.of("two_terms")
    begun = {one.params["query.bibliographic"]: "from-index-date" in one.params["filter"] for one in asked}
    assert begun == {"ketamine": True, "esketamine": False}
    assert [one["stream"] for one in outcome.of("Checkpoint")] == ["indexed:ketamine", "indexed:esketamine"]
    assert "007" in ids(outcome)
    assert len(ids(outcome)) == len(set(ids(outcome)))


def test_a_stale_cursor_begins_the_walk_again_once(crawls: Crawls) -> None:
    outcome, asked = crawls.of("stale_once")
    assert not outcome.failures
    assert ids(outcome) == ["001", "002", "003", "004", "005"]
    assert [one.params["cursor"] for one in asked][:3] == ["*", "c+/=2", "*"]
    assert outcome.of("Checkpoint") == [mark("indexed:ketamine", TODAY, 6, 6)]


@pytest.mark.parametrize(
    ("name", "kind", "message", "records"),
    [
        ("stale_twice", "StaleCursor", "Unable to parse 'cursorMark'", 2),
        ("failed_400", "ServiceError", "HTTP 400", 0),
        ("failed_400", "ServiceError", "Filter from-index specified but not available", 0),
        ("failed_200", "ServiceError", "status 'failed': Filter from-index specified but not available", 0),
        ("gone", "ServiceError", "HTTP 404: Resource not found.", 0),
        ("html", "BadAnswer", "HTML or XML instead of JSON: '<html><title>502 Bad Gateway", 2),
        ("cut", "BadAnswer", "JSON cut or broken", 2),
        ("short_body", "BadAnswer", "the answer was cut: shorter than announced", 2),
        ("empty", "BadAnswer", "an empty answer", 2),
        ("short_page", "Shortfall", "6 works of 'ketamine' reported, 3 fetched", 3),
        ("no_items", "Shortfall", "6 works of 'ketamine' reported, 2 fetched", 2),
        ("no_total", "BadAnswer", "no total-results for 'ketamine'", 1),
        ("no_cursor", "BadAnswer", "a full page without a way on after 2 works", 2),
        ("circle", "BadAnswer", "a full page without a way on after 2 works", 2),
        ("rate_limited", "RateLimited", "HTTP 429: Too many requests (Retry-After: 3600)", 0),
        ("unavailable", "ServiceError", "HTTP 503: <h1>503</h1>", 0),
    ],
)
def test_a_failure_is_named_and_good_pages_stay(
    crawls: Crawls, name: str, kind: str, message: str, records: int
) -> None:
    outcome, _ = crawls.of(name)
    [(found_kind, found_message)] = outcome.failures
    assert found_kind == kind
    assert found_message.startswith("crossref: ")
    assert message in found_message
    assert len(outcome.ids()) == records
    assert not outcome.of("Checkpoint")  # the watermark stays


def test_a_bad_work_is_rejected_and_the_rest_kept(crawls: Crawls) -> None:
    outcome, _ = crawls.of("bad_work")
    assert not outcome.failures
    assert ids(outcome) == ["001", "002"]
    assert [one["native_id"] for one in outcome.of("Reject")] == ["10.5555/bad"]


# -- look-ups


def test_known_works_are_looked_up_whatever_their_titles_say(crawls: Crawls) -> None:
    outcome, asked = crawls.of("lookups")
    assert not outcome.failures
    assert ids(outcome)[-2:] == ["008", "009,x"]
    batches = [one.params["filter"] for one in asked if "doi:" in one.params.get("filter", "")]
    assert batches == []  # no two DOIs in a row here can share a filter
    assert [one.path.partition("/works/")[2] for one in asked if "/works/" in one.path] == [
        "10.5555%2F008", "10.5555%2F009%2Cx", "10.5555%2F400",
    ]  # fmt: skip
    assert outcome.of("Checkpoint")[-1] == mark("lookups", "000001:10.5555/400", 0, 0)
    assert outcome.queries[-1] == "/works: 1 known DOIs, 10.5555/400 to 10.5555/400"


def test_the_next_run_goes_on_and_begins_the_next_round(crawls: Crawls) -> None:
    outcome, _ = crawls.of("lookups_go_on")
    assert not outcome.failures
    assert [one["value"] for one in outcome.of("Checkpoint")[1:]] == [
        "000002:10.5555/401,gone",
        "000003:10.5555/008",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lookups_wrong", "answers with 10.5555/001, which was not asked for"),
        ("lookups_fail", "HTML or XML instead of JSON"),
    ],
)
def test_a_failed_lookup_is_named(crawls: Crawls, name: str, message: str) -> None:
    outcome, _ = crawls.of(name)
    [(kind, found)] = outcome.failures
    assert kind == "BadAnswer"
    assert message in found
    assert [one["stream"] for one in outcome.of("Checkpoint")] == ["indexed:ketamine"]


def test_full_asks_for_known_works_that_no_question_brought(crawls: Crawls) -> None:
    outcome, asked = crawls.of("full")
    assert not outcome.failures
    assert "from-index-date" not in asked[0].params["filter"]
    assert asked[-1].params["filter"] == "doi:10.5555/007,doi:10.5555/008"
    assert ids(outcome) == ["001", "002", "003", "004", "005", "007", "008"]
    assert [one["stream"] for one in outcome.of("Checkpoint")] == ["indexed:ketamine"]
