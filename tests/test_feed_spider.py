"""How the spider of feeds walks its list: validators, redirects, and one feed's failure that never stops another."""

from __future__ import annotations

import dataclasses
import gzip
import ipaddress
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy.http import Response

from crawler.config import load_config
from spiders.base import Assignment
from spiders.feed import LARGEST_ANSWER, FeedSpider
from spiders.public_address import may_answer, refusal
from tests.loopback import Answer, Asked, loopback
from tests.run_spider import Outcome, run_spider
from tests.test_feed_entries import rss

TODAY = "2026-11-23"
_LOOKED_UP = (
    socket.getaddrinfo
)  # before the guard of these tests takes its place: it reads numbers without a network
FEED_TYPE = "application/rss+xml"
KETAMINE = "<title>Ketamine at last</title><link>https://f.example/1</link><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>"
OTHER = "<title>Esketaminelike things</title><link>https://f.example/2</link>"
BODY = rss(KETAMINE, OTHER)
VALIDATORS = {"ETag": '"v1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}


def said(
    body: bytes = BODY, status: int = 200, promised: int | None = -1, **headers: str
) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()}, FEED_TYPE, promised)  # fmt: skip


def validated(asked: Asked) -> Answer:
    same = asked.headers.get("If-None-Match") == '"v1"'
    return Answer(b"" if same else BODY, 304 if same else 200, VALIDATORS, FEED_TYPE)


def redirect(target: str, status: int = 302) -> Callable[[Asked], Answer]:
    return said(b"", status, Location=target)


SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "good": validated,
    "html": said(
        b"<!DOCTYPE html><html><head><meta http-equiv='refresh' content='0; url=/good'><title>Login</title>"
    ),
    "empty": said(b""),
    "cut": said(BODY[:-40]),
    "short": said(BODY, promised=len(BODY) + 10),
    "gone": said(b"<html>404</html>", 404),
    "busy": said(b"slow down", 429, Retry_After="3600"),
    "broken": said(b"<h1>oops</h1>", 500),
    "never_asked": said(b"", 304),
    "moved": redirect("/feeds/good", 301),
    "circle": redirect("/feeds/circle"),
    "private": redirect("http://10.0.0.1/feed"),
    "metadata": redirect("http://169.254.169.254/latest/"),
    "file": redirect("file:///etc/passwd"),
    "nowhere": said(b"", 302),
    "large": said(b" " * (LARGEST_ANSWER + 1)),
    "bomb": said(gzip.compress(b" " * (LARGEST_ANSWER + 1)), Content_Encoding="gzip"),
    "zipped": said(gzip.compress(BODY), Content_Encoding="gzip"),
    "stale": said(rss(KETAMINE.replace("2026", "2025"))),
    "quiet": said(rss(OTHER)),
    "search": said(BODY),
    "untitled": said(rss("<link>https://f.example/3</link>")),
}
FAILED = {
    "html": ("BadAnswer", "an HTML page instead of a feed"),
    "empty": ("BadAnswer", "an empty answer"),
    "cut": ("BadAnswer", "the feed is cut after 1 entries"),
    "short": ("BadAnswer", "the answer was cut: shorter than announced"),
    "gone": ("ServiceError", "HTTP 404: <html>404</html>"),
    "busy": ("RateLimited", "HTTP 429: slow down (Retry-After: 3600)"),
    "broken": ("ServiceError", "HTTP 500: <h1>oops</h1>"),
    "never_asked": ("BadAnswer", "HTTP 304 to an unconditional request"),
    "circle": ("BadAnswer", "the 6th in a row"),
    "private": ("BadAnswer", "to 'http://10.0.0.1/feed': a private address (10.0.0.1)"),
    "metadata": ("BadAnswer", "a private address (169.254.169.254)"),
    "file": ("BadAnswer", "no address of the web"),
    "nowhere": ("BadAnswer", "no address"),
    "large": ("BadAnswer", "the answer is larger than we take"),
    "bomb": ("BadAnswer", "the answer is larger than we take"),
    "refused": ("Unreachable", "connection refused"),
}


@dataclasses.dataclass
class Runs:
    outcomes: dict[str, Outcome]
    asked: list[Asked]
    host: str
    mark: str


def listed(host: str, names: list[str], **more: Any) -> list[dict[str, Any]]:
    kinds = {"stale": "news", "quiet": "agency"}
    return [
        {
            "name": name,
            "url": f"http://{host}/feeds/{name}",
            "title": name.title(),
            "kind": kinds.get(name, "journal"),
        }
        | ({"everything": True} if name == "search" else {})
        | more
        for name in names
    ]


def kept_mark(assignment: dict[str, Any], feeds: list[dict[str, Any]]) -> str:
    """The watermark that reading the one feed leaves."""
    spider = FeedSpider(assignment=Assignment(**assignment, options={"feeds": feeds}))
    response = Response(feeds[0]["url"], headers=VALIDATORS)
    return spider._validators(response, spider.feeds[0])


@pytest.fixture(scope="module")
def runs() -> Runs:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with loopback(lambda asked: SERVICES[asked.path.split("/")[-1]](asked)) as server:
            host = urlsplit(server.url).netloc
            feeds = listed(host, list(SERVICES))
            feeds.insert(
                3, feeds[0] | {"name": "refused", "url": f"http://127.0.0.1:{closed.getsockname()[1]}/feed"}
            )
            base = {"query": "ketamine OR esketamine", "base_url": "", "today": TODAY}
            marks = {"good": kept_mark(base, listed(host, ["good"]))}
            good = base | {"options": {"feeds": listed(host, ["good"])}, "watermarks": marks}
            upstream = {
                "base_url": f"http://{host}/mirror",
                "options": {"feeds": listed("f.example", ["good"])},
            }
            outcomes = run_spider(
                "spiders.feed:FeedSpider",
                {
                    "all": base | {"options": {"feeds": feeds}},
                    "again": good,
                    "full": good | {"full": True},
                    "since": good | {"since": "2026-11-01"},
                    "topic": good | {"query": "arketamine"},
                    "upstream": base | upstream | {"watermarks": marks},
                    "spoilt": good | {"watermarks": {"good": "no JSON"}},
                },
            )
    return Runs(outcomes, server.asked, host, marks["good"])


def test_entries_of_the_topic_are_kept_and_the_rest_counted(runs: Runs) -> None:
    outcome = runs.outcomes["all"]
    assert not outcome.crashes
    assert outcome.finish_reason == "finished"
    assert f"good: GET http://{runs.host}/feeds/good" in outcome.queries
    assert "good: 2 entries, 1 of the topic, newest 2026-11-20" in outcome.queries
    assert "quiet: 1 entries, 0 of the topic, newest undated" in outcome.queries
    assert "search: 2 entries, 2 of the topic, newest 2026-11-20" in outcome.queries
    assert {record["title"] for record in outcome.of("Record")} == {
        "Ketamine at last",
        "Esketaminelike things",
    }
    assert {record["venue"] for record in outcome.of("Record")} >= {
        "Good",
        "Moved",
        "Zipped",
        "Stale",
        "Cut",
        "Search",
    }
    assert [reject["detail"] for reject in outcome.of("Reject")] == ["an entry of untitled"]


def test_each_failure_is_named_with_its_feed_and_stops_no_other(runs: Runs) -> None:
    outcome = runs.outcomes["all"]
    found = {message.split(": ")[1]: (kind, message) for kind, message in outcome.failures}
    assert found.keys() == FAILED.keys()
    for name, (kind, words) in FAILED.items():
        assert found[name][0] == kind, name
        assert words in found[name][1], name
    done = {mark["stream"] for mark in outcome.of("Checkpoint")}
    assert done == {"good", "moved", "zipped", "stale", "quiet", "search", "untitled"}


def test_a_feed_that_moved_for_good_says_so(runs: Runs) -> None:
    assert f"moved: moved for good to http://{runs.host}/feeds/good" in runs.outcomes["all"].queries


def test_a_feed_left_behind_is_called_stale(runs: Runs) -> None:
    told = [line for line in runs.outcomes["all"].queries if "stale, nothing for 120 days" in line]
    assert [line.split(":")[0] for line in told] == ["stale"]


def test_no_page_sends_the_reader_elsewhere(runs: Runs) -> None:
    paths = [asked.path for asked in runs.asked]
    assert paths.count("/feeds/html") == 1
    assert paths.count("/feeds/circle") == 6


def test_an_unchanged_feed_costs_a_line(runs: Runs) -> None:
    [first] = [mark for mark in runs.outcomes["all"].of("Checkpoint") if mark["stream"] == "good"]
    kept = json.loads(first["value"])
    assert first["value"] == runs.mark
    assert (kept["etag"], kept["modified"]) == ('"v1"', VALIDATORS["Last-Modified"])
    assert (first["reported"], first["fetched"]) == (1, 1)
    outcome = runs.outcomes["again"]
    assert outcome.items == [("Checkpoint", first | {"reported": 0, "fetched": 0})]
    assert outcome.queries[-1] == "good: not changed"
    assert not outcome.failures
    conditional = [asked.headers for asked in runs.asked if "If-None-Match" in asked.headers]
    assert len(conditional) == 1
    assert conditional[0]["If-Modified-Since"] == VALIDATORS["Last-Modified"]


@pytest.mark.parametrize("run", ["full", "since", "topic", "upstream", "spoilt"])
def test_a_feed_is_read_whole_where_its_validators_say_nothing(runs: Runs, run: str) -> None:
    outcome = runs.outcomes[run]
    assert not outcome.failures
    assert len(outcome.of("Record")) == (0 if run == "topic" else 1)
    assert outcome.of("Checkpoint")[0]["stream"] == "good"


def test_the_topic_is_looked_for_as_words() -> None:
    pattern = FeedSpider.query_for(load_config(environ={}).topic)
    assert pattern.split(" OR ")[:2] == ["ketamine", "ketalar"]


# -- addresses


@pytest.mark.parametrize(
    ("target", "here", "why"),
    [
        ("http://127.0.0.1:1/", True, None),
        ("http://127.0.0.1:1/", False, "a private address (127.0.0.1)"),
        ("http://[::1]/", False, "a private address (::1)"),
        ("http://[::ffff:127.0.0.1]/", False, "a private address (::ffff:127.0.0.1)"),
        ("http://2130706433/", False, "a private address (127.0.0.1)"),
        ("http://0x7f.1/", False, "a private address (127.0.0.1)"),
        ("http://0.0.0.0/", False, "a private address (0.0.0.0)"),
        ("http://192.168.1.1/", True, "a private address (192.168.1.1)"),
        ("https://1.1.1.1/feed", False, None),
        ("https://user@1.1.1.1/feed", False, "an address with a user's name"),
        ("javascript:alert(1)", False, "no address of the web"),
        ("gopher://1.1.1.1/", False, "no address of the web"),
        ("http://[::1", False, "no address"),
        ("https:///feed", False, "no address of the web"),
    ],
)
def test_where_a_redirect_may_lead(
    monkeypatch: pytest.MonkeyPatch, target: str, here: bool, why: str | None
) -> None:
    def numeric(host: str, *rest: Any, **more: Any) -> Any:
        if not host[:1].isdigit() and ":" not in host:
            raise socket.gaierror(host)
        return _LOOKED_UP(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", numeric)
    assert refusal(target, here) == why


def test_a_name_that_leads_home_is_refused_and_an_unknown_one_left_to_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.1.2.3", 443))])
    assert refusal("https://inside.example/feed", False) == "a private address (10.1.2.3)"

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refusal("https://nobody.example/feed", False) is None


def test_an_answer_from_a_private_address_is_not_read() -> None:
    assert not may_answer(ipaddress.ip_address("fd00::1"), True)
    assert may_answer(ipaddress.ip_address("2606:4700:4700::1111"), False)
