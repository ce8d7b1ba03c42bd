"""What services do to us: whatever it is, the run ends well or with a name, and the next one is where it would have been."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from sqlite_utils import Database

from benchmarks.reliability.children import SOURCES, Crawls
from benchmarks.reliability.content import content, differences
from benchmarks.reliability.faults import EXCUSED, known, weather
from crawler import middlewares
from crawler.assignments import spider_classes
from crawler.middlewares import SafeRedirect
from crawler.run import GOOD_OUTCOMES
from crawler.sample.faults import Fault, Kind, planned
from crawler.sample.server import SampleServer
from spiders.base import Assignment
from spiders.clinicaltrials import ClinicalTrialsSpider
from tests.small_catalogue import small_catalogue

TWO = ("pubmed", "clinicaltrials")


def always(kind: Kind, match: str) -> Fault:
    return Fault(kind, match=match, times=None, seconds=3600)


def test_with_faults_on_a_third_of_the_answers_nothing_is_lost_and_every_failure_has_a_name(
    tmp_path: Path,
) -> None:
    with SampleServer(small_catalogue()) as server:
        found = weather(1, tmp_path, server, runs=2)
    assert found.wrong == []
    assert found.struck.total() > 5
    assert len(found.ended) > 1


@pytest.mark.parametrize(
    ("kind", "outcome", "says"),
    [
        ("429-bare", "rate_limited", "429"),
        ("502", "service_error", "502"),
        ("503", "service_error", "503"),
        ("longer", "bad_answer", ""),
        ("shorter", "bad_answer", ""),
        ("bomb", "bad_answer", ""),
        ("loop", "bad_answer", "redirect"),
        ("away", "bad_answer", "redirect"),
        ("drip", "ok", ""),
        ("charset", "ok", ""),
        ("slow", "ok", ""),
    ],
)
def test_each_fault_ends_each_source_by_its_name(tmp_path: Path, kind: Kind, outcome: str, says: str) -> None:
    fault = Fault(kind, times=None, seconds=0.05)
    with SampleServer(small_catalogue(8, 4), faults=fault) as server:
        ended = Crawls(server).crawl(tmp_path / "watch.db")
    assert ended.outcomes.keys() == set(SOURCES)
    for source, ends in ended.outcomes.items():
        if source not in ("pubmed", "clinicaltrials"):  # named in words of its own
            assert ends in (GOOD_OUTCOMES if outcome == "ok" else EXCUSED), source
        elif (source, kind) == ("pubmed", "longer"):  # the XML is whole, and its reader says so
            assert ends == "ok"
        else:
            assert ends == outcome, source
            assert says in (next(row["error"] for row in ended.rows if row["source"] == source) or "")
    for row in ended.rows:  # one line for each incident, none of them told twice
        lines = (row["error"] or "").splitlines()
        assert len(lines) == len(set(lines))


def test_a_failing_source_is_named_stops_no_other_and_heals(tmp_path: Path) -> None:
    """One database through all of it; what a good crawl at the end leaves is what an undisturbed one does."""
    bad_days: list[tuple[Kind, str, Kind, str, tuple[str, str]]] = [
        ("html", "efetch", "html", "studies", ("bad_answer", "bad_answer")),
        ("cut", "efetch", "cut", "studies", ("bad_answer", "bad_answer")),
        ("error200", "esearch", "500", "studies", ("service_error", "service_error")),
        ("empty", "efetch", "empty", "studies", ("bad_answer", "bad_answer")),
        ("500", "efetch", "429", "studies", ("service_error", "rate_limited")),
        ("429", "esearch", "reset", "studies", ("rate_limited", "unreachable")),
        ("reset", "esearch", "html", "studies", ("unreachable", "bad_answer")),
    ]
    path = tmp_path / "watch.db"
    with SampleServer(small_catalogue(8, 4)) as server:
        crawls = Crawls(server)
        for kind, match, other, elsewhere, ends in bad_days:
            server.faults = planned([always(kind, match), always(other, elsewhere)])
            ended = crawls.crawl(path)
            assert ended.code == 1
            bad = {source: ends for source, ends in ended.outcomes.items() if ends not in GOOD_OUTCOMES}
            assert bad == dict(zip(TWO, ends, strict=True))
            for row in ended.rows:
                assert (row["error"] or "").startswith(f"{row['source']}:" if row["source"] in bad else "")
            moved = Database(path).table("watermarks").rows_where("source IN (?, ?)", TWO)
            assert {row["stream"] for row in moved} <= {"changed"}
        server.faults = planned(None)
        assert crawls.crawl(path).code == 0
        crawls.crawl(tmp_path / "undisturbed.db")
    expected_content, found = content(tmp_path / "undisturbed.db"), content(path)
    assert differences(known(expected_content), known(found)) == []


def test_retries_keep_the_pace_and_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETAMINE_WATCH_PACE", str(tmp_path / "pace"))
    interval, tries = 0.05, 2
    with SampleServer(small_catalogue(4, 2), faults=Fault("503", times=None)) as server:
        crawls = Crawls(server, tries=tries)
        crawls.config = replace(
            crawls.config,
            sources={
                name: replace(source, interval=interval) for name, source in crawls.config.sources.items()
            },
        )
        assert crawls.crawl(tmp_path / "watch.db").code == 1
    by_path = Counter(asked.path for asked in server.requests)
    assert max(by_path.values()) <= tries
    times = sorted(asked.time for asked in server.requests)  # one address, so one quota for all of them
    assert times[-1] - times[0] > 0.9 * interval * (
        len(times) - 1
    )  # the first may have been on its way for long


# -- redirects


@pytest.mark.parametrize(
    ("upstream", "location", "refused"),
    [
        ("https://registry.example/api", "https://registry.example/elsewhere", None),
        ("https://registry.example/api", "https://public.example/api", None),
        ("https://registry.example/api", "http://registry.example/api", "away from https"),
        ("https://registry.example/api", "https://127.0.0.1/api", "no public address"),
        ("https://registry.example/api", "https://10.0.0.7/", "no public address"),
        ("https://registry.example/api", "https://169.254.169.254/latest", "no public address"),
        ("https://registry.example/api", "https://[::1]/", "no public address"),
        ("https://registry.example/api", "https://[fe80::1]/", "no public address"),
        ("https://registry.example/api", "https://inside.example/", "no public address"),
        ("https://registry.example/api", "https://nowhere.example/", "no public address"),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8000/other", None),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:22/", "no public address"),
    ],
)
def test_a_redirect_leads_to_the_upstream_or_to_the_internet(
    monkeypatch: pytest.MonkeyPatch, upstream: str, location: str, refused: str | None
) -> None:
    def resolve(host: str, port: None) -> list[tuple[None, None, None, None, tuple[str, int]]]:
        known = {"public.example": ["93.184.216.34"], "inside.example": ["93.184.216.34", "192.168.0.1"]}
        if host.endswith(".example") and host not in known:
            raise OSError("unknown name")
        return [(None, None, None, None, (address, 0)) for address in known.get(host, [host])]

    monkeypatch.setattr(middlewares.socket, "getaddrinfo", resolve)
    crawler = get_crawler(ClinicalTrialsSpider)
    crawler.spider = ClinicalTrialsSpider.from_crawler(
        crawler, assignment=Assignment("ketamine", upstream, "2026-01-01")
    )
    middleware = SafeRedirect.from_crawler(crawler)
    request, answer = Request(upstream), Response(upstream, 302, {"Location": location})
    if refused:
        with pytest.raises(IgnoreRequest, match=refused):
            asyncio.run(middleware.process_response(request, answer))
    else:
        followed = asyncio.run(middleware.process_response(request, answer))
        assert isinstance(followed, Request)
        assert followed.url == location


def test_no_answer_makes_a_crawl_read_a_file_or_open_a_door() -> None:
    from crawler import settings  # noqa: PLC0415 - a module of values

    for name, spider in spider_classes().items():
        own = spider.custom_settings or {}
        chosen = {key: own.get(key, getattr(settings, key)) for key in vars(settings) if key.isupper()}
        assert chosen["DOWNLOAD_HANDLERS"] == {"file": None, "ftp": None, "s3": None, "data": None}, name
        assert not chosen["TELNETCONSOLE_ENABLED"], name
        assert not chosen["REMOTE_CONTROL_ENABLED"], name
        assert not chosen["METAREFRESH_ENABLED"], name
        assert 0 < chosen["DOWNLOAD_MAXSIZE"] <= 512 * 2**20, (
            name
        )  # a whole list in one file is larger than a page
        assert 0 < chosen["DOWNLOAD_TIMEOUT"] <= 1800, name
        assert "crawler.middlewares.SafeRedirect" in chosen["DOWNLOADER_MIDDLEWARES"], name
