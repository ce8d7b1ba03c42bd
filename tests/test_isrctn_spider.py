"""How the ISRCTN spider asks good and bad services, and what it then says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from crawler.config import load_config
from spiders.isrctn import NUMBERS_PER_REQUEST, IsrctnSpider
from tests.loopback import Answer, Asked, loopback
from tests.run_spider import Outcome, run_spider

NAMESPACE = 'xmlns="http://www.67bricks.com/isrctn"'
ALL = range(1, 6)
KNOWN = [f"ISRCTN{number:08}" for number in range(1, NUMBERS_PER_REQUEST + 8)]


def study(number: int, edited: str | None = None) -> str:
    return (
        f'<fullTrial><trial lastUpdated="{edited or f"2026-11-{number:02}"}T00:00:00.000Z" '
        f'publicIdentifierCanonical="ISRCTN{number:08}"><trialDescription><title>Ketamine {number}</title>'
        "</trialDescription></trial></fullTrial>"
    )


def answer(*studies: str, total: int | None = None) -> Answer:
    count = "" if total is None else f' totalCount="{total}"'
    return Answer(f"<allTrials {NAMESPACE}{count}>{''.join(studies)}</allTrials>".encode())


def good(asked: Asked) -> Answer:
    """Five studies of the topic, up to `limit`; by number also some that nobody asked for; 30 is not there any more."""
    limit, query = int(asked.params["limit"]), asked.params["q"]
    if "ISRCTN" in query:
        numbers = [int(number.removeprefix("ISRCTN")) for number in query.split(" OR ")]
        return answer(*(study(number) for number in [*numbers, 77] if number != 30), total=len(numbers))
    return answer(*(study(number) for number in [*ALL][:limit]), total=len(ALL))


def always(made: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: made


SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "good": good,
    "small": good,
    "window": good,
    "since": good,
    "gap": good,
    "full": good,
    "nothing": always(answer(total=0)),
    "future": always(answer(study(1, "2031-01-01"), total=1)),
    "more": always(answer(study(1), total=3)),
    "fewer": always(answer(study(1), study(2), total=1)),
    "endless": always(answer(study(1), total=20_000)),
    "no_count": always(answer(study(1))),
    "html": always(Answer(b"<!DOCTYPE html><html>Sorry</html>", content_type="text/html")),
    "empty": always(Answer(b"")),
    "cut": always(Answer(good(Asked("GET", "", {"limit": "9", "q": "k"}, {})).body[:-300])),
    "short": always(Answer(b"<allTrials", promised=1000)),
    "down": always(Answer(b"Down", 503)),
    "busy": always(Answer(b"Wait", 429, {"Retry-After": "3600"})),
    "bad_known": lambda asked: Answer(b"<html>", 200) if "ISRCTN" in asked.params["q"] else good(asked),
    "down_known": lambda asked: Answer(b"Down", 500) if "ISRCTN" in asked.params["q"] else good(asked),
}
MORE = {
    "small": {"options": {"limit": 2}},
    "endless": {"options": {"limit": 1}},
    "window": {"watermarks": {"edited": "2026-11-10"}},
    "since": {"watermarks": {"edited": "2026-11-20"}, "since": "2026-11-02"},
    "gap": {"watermarks": {"edited": "2026-10-01"}, "since": "2026-11-02"},
    "full": {"full": True, "known": KNOWN, "watermarks": {"edited": "2026-11-20"}},
    "bad_known": {"full": True, "known": KNOWN},
    "down_known": {"full": True, "known": KNOWN},
}


@dataclasses.dataclass
class Runs:
    outcomes: dict[str, Outcome]
    asked: list[Asked]

    def of(self, name: str) -> tuple[Outcome, list[str]]:
        outcome = self.outcomes[name]
        assert not outcome.crashes
        assert outcome.finish_reason == "finished"
        sent = [one for one in self.asked if one.path == f"/{name}/api/query/format/default"]
        return outcome, [f"{one.params['q']} ({one.params['limit']})" for one in sent]


@pytest.fixture(scope="module")
def runs() -> Runs:
    with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
        host = urlsplit(server.url).netloc
        base = {"query": 'ketamine OR "CI-581"', "today": "2026-11-23"}
        assignments = {
            name: base | {"base_url": f"http://{host}/{name}/api"} | MORE.get(name, {}) for name in SERVICES
        }
        return Runs(run_spider("spiders.isrctn:IsrctnSpider", assignments), server.asked)


def test_one_answer_holds_all_and_the_watermark_follows(runs: Runs) -> None:
    outcome, sent = runs.of("good")
    assert sent == ['ketamine OR "CI-581" (1000)']
    assert outcome.ids() == [f"ISRCTN{number:08}" for number in ALL]
    assert not outcome.failures
    mark = {"stream": "edited", "value": "2026-11-05", "reported": 5, "fetched": 5}
    assert outcome.items[-1] == ("Checkpoint", mark)
    assert outcome.queries == ['/query/format/default?q=ketamine OR "CI-581"&limit=1000']


def test_a_limit_that_was_too_small_is_raised_once(runs: Runs) -> None:
    outcome, sent = runs.of("small")
    assert sent == ['ketamine OR "CI-581" (2)', 'ketamine OR "CI-581" (5)']
    assert not outcome.failures
    assert set(outcome.ids()) == {f"ISRCTN{number:08}" for number in ALL}
    assert outcome.of("Checkpoint")[0]["fetched"] == 5


def test_nothing_is_no_failure(runs: Runs) -> None:
    outcome, _ = runs.of("nothing")
    mark = {"stream": "edited", "value": "2026-11-23", "reported": 0, "fetched": 0}
    assert outcome.items == [("Checkpoint", mark)]
    assert not outcome.failures


@pytest.mark.parametrize(
    ("name", "begin", "watermark"),
    [
        ("window", "2026-10-11", "2026-11-10"),  # a month before the watermark, which never goes back
        ("since", "2026-11-02", "2026-11-20"),
        ("gap", "2026-11-02", "2026-10-01"),  # what lies between was not asked for
    ],
)
def test_windows(runs: Runs, name: str, begin: str, watermark: str) -> None:
    outcome, sent = runs.of(name)
    assert sent == [f'(ketamine OR "CI-581") AND lastEdited GE {begin}T00:00:00.000Z (1000)']
    assert outcome.of("Checkpoint")[0]["value"] == watermark


def test_an_edition_to_come_does_not_carry_the_watermark_away(runs: Runs) -> None:
    assert runs.of("future")[0].of("Checkpoint")[0]["value"] == "2026-11-23"


def test_full_asks_by_number_for_what_the_query_no_longer_finds(runs: Runs) -> None:
    outcome, sent = runs.of("full")
    assert not outcome.failures
    assert sent[0] == 'ketamine OR "CI-581" (1000)'
    assert [len(query.split(" OR ")) for query in sent[1:]] == [NUMBERS_PER_REQUEST, 2]
    assert set(outcome.ids()) == set(KNOWN) - {"ISRCTN00000030"}  # and not the one that only mentions them
    assert not outcome.of("Deletion")  # a search that no longer finds says nothing of what is
    assert "not found any more: ISRCTN00000030" in outcome.queries


@pytest.mark.parametrize(
    ("name", "kind", "message", "found"),
    [
        ("more", "Shortfall", "3 studies reported, 1 fetched", 1),
        ("fewer", "Shortfall", "1 studies reported, 2 fetched", 2),
        ("endless", "Shortfall", "20000 studies reported, 1 fetched", 1),
        ("no_count", "BadAnswer", "totalCount is missing: completeness is unknown", 1),
        ("html", "BadAnswer", "an HTML page instead of XML", 0),
        ("empty", "BadAnswer", "an empty answer", 0),
        ("cut", "BadAnswer", "XML is cut or broken after 3 studies", 3),
        ("short", "BadAnswer", "the answer was cut: shorter than announced", 0),
        ("down", "ServiceError", "HTTP 503: Down", 0),
        ("busy", "RateLimited", "HTTP 429: Wait (Retry-After: 3600)", 0),
    ],
)
def test_a_failure_is_named_and_what_came_whole_stays(
    runs: Runs, name: str, kind: str, message: str, found: int
) -> None:
    outcome, _ = runs.of(name)
    [(failed, said)] = outcome.failures
    assert (failed, said.startswith("isrctn: ")) == (kind, True)
    assert message in said
    assert len(outcome.ids()) == found
    assert not outcome.of("Checkpoint")  # the watermark stays


@pytest.mark.parametrize(("name", "kind"), [("bad_known", "BadAnswer"), ("down_known", "ServiceError")])
def test_a_failed_search_by_number_is_named(runs: Runs, name: str, kind: str) -> None:
    outcome, _ = runs.of(name)
    assert [failed for failed, _ in outcome.failures] == [kind]
    assert outcome.of("Checkpoint")  # the search by topic was complete


def test_the_topic_in_the_registry_s_own_words() -> None:
    query = IsrctnSpider.query_for(load_config(environ={}).topic)
    assert (
        query
        == 'ketamine OR ketalar OR "CI-581" OR esketamine OR spravato OR "JNJ-54135419" OR arketamine OR "PCN-101"'
    )
