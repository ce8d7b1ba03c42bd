"""How the ClinicalTrials.gov spider walks the pages of good and bad services, and what it then says."""

from __future__ import annotations

import dataclasses
import socket
from urllib.parse import urlsplit

import pytest
from scrapy import exceptions
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from spiders import unanswered
from spiders.clinicaltrials import IDS_PER_REQUEST
from store.errors import BadAnswer, RateLimited, ServiceError, Unreachable
from tests.clinicaltrials_services import ASSIGNMENTS, KNOWN, SERVICES, UNLISTED_ALIASES, nct
from tests.loopback import Asked, loopback
from tests.run_spider import Outcome, run_spider


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
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/refused/api/v2"
        with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
            host = urlsplit(server.url).netloc
            base = {"query": "ketamine OR esketamine", "today": "2026-11-23", "options": {"page_size": 2}}
            assignments = {
                name: base | {"base_url": f"http://{host}/{name}/api/v2"} | ASSIGNMENTS.get(name, {})
                for name in SERVICES
            }
            assignments["refused"] = base | {"base_url": refused}
            outcomes = run_spider("spiders.clinicaltrials:ClinicalTrialsSpider", assignments)
    return Crawls(outcomes, server.asked)


def test_all_pages_come_and_the_watermark_follows(crawls: Crawls) -> None:
    outcome, asked = crawls.of("paging")
    assert outcome.ids() == [nct(number) for number in range(1, 6)]
    assert not outcome.failures
    assert outcome.items[-1] == (
        "Checkpoint", {"stream": "updated", "value": "2026-11-19", "reported": 5, "fetched": 5},
    )  # fmt: skip
    assert [one.params.pop("pageToken", None) for one in asked] == [None, "2", "4"]
    assert all(one.params == asked[0].params for one in asked)
    assert asked[0].params == {
        "query.intr": "ketamine OR esketamine", "sort": "LastUpdatePostDate:desc", "format": "json",
        "fields": "protocolSection,derivedSection,hasResults", "countTotal": "true", "pageSize": "2",
    }  # fmt: skip
    assert outcome.queries[0] == (
        "/studies?query.intr=ketamine OR esketamine&sort=LastUpdatePostDate:desc&format=json"
        "&fields=protocolSection,derivedSection,hasResults&countTotal=true&pageSize=2"
    )
    assert len(outcome.queries) == 1


def test_an_exactly_full_last_page_leads_to_an_empty_one(crawls: Crawls) -> None:
    outcome, asked = crawls.of("full_last_page")
    assert len(asked) == 3
    assert not outcome.failures
    assert outcome.of("Checkpoint")[0]["fetched"] == 4


def test_nothing_is_no_failure(crawls: Crawls) -> None:
    outcome, asked = crawls.of("nothing")
    assert len(asked) == 1
    assert not outcome.failures
    assert outcome.items == [
        ("Checkpoint", {"stream": "updated", "value": "2026-11-23", "reported": 0, "fetched": 0})
    ]


@pytest.mark.parametrize(
    ("name", "begin", "found", "watermark"),
    [
        ("incremental", "2026-11-16", 4, "2026-11-23"),  # a week before the watermark, which never goes back
        ("since", "2026-11-17", 3, "2026-11-23"),
        ("gap", "2026-11-18", 2, "2026-11-01"),  # what lies between was not asked for
        ("nothing_since", "2026-12-24", 0, "2026-12-31"),
    ],
)
def test_windows(crawls: Crawls, name: str, begin: str, found: int, watermark: str) -> None:
    outcome, asked = crawls.of(name)
    assert {one.params["filter.advanced"] for one in asked} == {f"AREA[LastUpdatePostDate]RANGE[{begin},MAX]"}
    assert f"filter.advanced=AREA[LastUpdatePostDate]RANGE[{begin},MAX]" in outcome.queries[0]
    assert len(outcome.ids()) == found
    checkpoint = {"stream": "updated", "value": watermark, "reported": found, "fetched": found}
    assert outcome.of("Checkpoint") == [checkpoint]


def test_a_posting_date_to_come_does_not_carry_the_watermark_away(crawls: Crawls) -> None:
    outcome, _ = crawls.of("future")
    assert outcome.of("Checkpoint")[0]["value"] == "2026-11-23"


@pytest.mark.parametrize(
    ("name", "kind", "message", "records"),
    [
        ("same_token", "BadAnswer", "the pages run in a circle: token 4 after 5 studies", 5),
        ("ever_new_tokens", "BadAnswer", "the pages run in a circle", 8),
        ("bad_request", "ServiceError", "HTTP 400: `query.recrs` is unknown parameter", 0),
        ("gone", "ServiceError", "HTTP 404: <html>404</html>", 0),
        ("html", "BadAnswer", "HTML or XML instead of JSON: '<html><title>Scheduled maintenance", 2),
        ("cut", "BadAnswer", "JSON cut or broken", 2),
        ("short", "BadAnswer", "the answer was cut: shorter than announced", 2),
        ("empty", "BadAnswer", "an empty answer", 2),
        ("other_shape", "BadAnswer", "not a page of studies: answer.studies: list expected", 2),
        ("two_answers", "BadAnswer", "more than one JSON document", 2),
        ("count_above", "Shortfall", "7 studies reported, 5 fetched", 5),
        ("count_below", "Shortfall", "4 studies reported, 5 fetched", 5),
        ("no_count", "BadAnswer", "totalCount was asked for and is missing", 5),
        ("unavailable", "ServiceError", "HTTP 503: <h1>Service Unavailable</h1>", 0),
        ("rate_limited", "RateLimited", "HTTP 429: slow down (Retry-After: 3600)", 0),
        ("refused", "Unreachable", "connection refused", 0),
    ],
)
def test_a_failure_is_named_and_good_pages_stay(
    crawls: Crawls, name: str, kind: str, message: str, records: int
) -> None:
    outcome, _ = crawls.of(name)
    [(found_kind, found_message)] = outcome.failures
    assert found_kind == kind
    assert found_message.startswith("clinicaltrials: ")
    assert message in found_message
    assert len(outcome.ids()) == records
    assert not outcome.of("Checkpoint")  # the watermark stays


def test_a_study_that_comes_twice_counts_once(crawls: Crawls) -> None:
    outcome, _ = crawls.of("moved")
    assert len(outcome.ids()) == 6
    assert not outcome.failures
    assert outcome.of("Checkpoint")[0]["fetched"] == 5


def test_one_bad_study_is_rejected_and_the_rest_kept(crawls: Crawls) -> None:
    outcome, _ = crawls.of("bad_study")
    assert outcome.ids() == [nct(1), nct(2)]
    assert [(reject["native_id"], reject["reason"]) for reject in outcome.of("Reject")] == [
        (nct(9), "not as documented"),
        (None, "not as documented"),
    ]
    assert outcome.of("Checkpoint")[0]["fetched"] == 4


def test_a_long_query_is_sent_whole(crawls: Crawls) -> None:
    outcome, asked = crawls.of("long_query")
    assert asked[0].params["query.intr"] == ASSIGNMENTS["long_query"]["query"]
    assert len(outcome.ids()) == 5


def test_full_fetches_what_the_query_no_longer_finds(crawls: Crawls) -> None:
    outcome, asked = crawls.of("full")
    assert not outcome.failures
    assert "filter.advanced" not in asked[0].params
    by_id = [one.params for one in asked if "filter.ids" in one.params]
    assert not any("query.intr" in params or "filter.advanced" in params for params in by_id)
    batches = list(dict.fromkeys(params["filter.ids"] for params in by_id))
    assert [len(batch.split(",")) for batch in batches] == [IDS_PER_REQUEST, len(KNOWN) - 1 - IDS_PER_REQUEST]
    assert nct(1) not in batches[0]  # the walk brought it
    assert set(outcome.ids()) == {nct(number) for number in range(1, 8)} | set(KNOWN[6:])
    # merged into others, or gone: the registry has no study under these numbers any more
    deleted = [deletion["id"] for deletion in outcome.of("Deletion")]
    gone = ("NCT99980006", *UNLISTED_ALIASES, "NCT99999999")
    assert deleted == [f"clinicaltrials:{number}" for number in gone]
    redirected = [record for record in outcome.of("Record") if record["id"] == f"clinicaltrials:{nct(7)}"]
    assert [one["identifiers"][-1] for one in redirected] == [
        ["nct-alias", alias] for alias in UNLISTED_ALIASES
    ]
    assert outcome.of("Checkpoint") == [
        {"stream": "updated", "value": "2026-11-19", "reported": 5, "fetched": 5}
    ]


def test_a_failed_refetch_is_named(crawls: Crawls) -> None:
    outcome, _ = crawls.of("refetch_fails")
    [(kind, message)] = outcome.failures
    assert kind == "BadAnswer"
    assert "filter.ids" in message
    assert outcome.of("Checkpoint")  # the walk before it was complete


def test_another_study_than_asked_for_is_no_alias(crawls: Crawls) -> None:
    outcome, _ = crawls.of("other_study")
    [(kind, message)] = outcome.failures
    assert (kind, f"answers with clinicaltrials:{nct(1)} instead" in message) == ("BadAnswer", True)
    assert not outcome.of("Deletion")
    assert len(outcome.ids()) == 5
    assert outcome.queries[-1].startswith(f"/studies/{nct(6)}?")


# -- what a failed request means


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (exceptions.CannotResolveHostError("no such name"), Unreachable, "name unknown (no such name)"),
        (exceptions.DownloadTimeoutError("60 s"), Unreachable, "timed out (60 s)"),
        (exceptions.DownloadFailedError(""), Unreachable, "connection lost"),
        (exceptions.ResponseDataLossError(), BadAnswer, "the answer was cut"),
        (exceptions.DownloadCancelledError("300 MB"), BadAnswer, "larger than we take: 300 MB"),
        (OSError("odd"), Unreachable, "no answer: OSError('odd')"),
        (HttpError(Response("http://x/", 500)), ServiceError, "HTTP 500"),
        (HttpError(Response("http://x/", 429, body=b"wait")), RateLimited, "HTTP 429: wait"),
    ],
)  # fmt: skip
def test_failed_requests_are_named(error: Exception, kind: type[Exception], message: str) -> None:
    named = unanswered.named("clinicaltrials", "http://x/", error)
    assert type(named) is kind
    assert message in str(named)
    assert "http://x/" in str(named)
