"""How the Europe PMC spider asks good, lying and broken services, and what it then says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.loopback import Answer, Asked, loopback
from tests.run_spider import Outcome, run_spider


def result(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"PPR{number}", "source": "PPR", "title": f"Ketamine {number}", "pubYear": "2024"} | more


def page(*numbers: int, hits: int | None = None, mark: str | None = None) -> Answer:
    body: dict[str, Any] = {"version": "6.9", "hitCount": len(numbers) if hits is None else hits}
    if mark:
        body["nextCursorMark"] = mark
    body["resultList"] = {"result": [result(number) for number in numbers]}
    return as_json(body)


def as_json(body: Any) -> Answer:
    return Answer(json.dumps(body).encode(), content_type="application/json")


def pages(*made: Answer) -> Callable[[Asked], Answer]:
    """Page n by the mark "mn"; the first by "*"."""
    return lambda asked: made[0 if asked.params["cursorMark"] == "*" else int(asked.params["cursorMark"][1:])]


def always(made: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: made


SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "two_pages": pages(page(1, 2, hits=3, mark="m1"), page(3, hits=3)),
    "full_last_page": pages(page(1, 2, hits=2, mark="m1"), page(hits=2)),
    "same_mark": pages(page(1, 2, hits=3, mark="m1"), page(3, hits=3, mark="m1")),
    "circle": pages(page(1, hits=2, mark="m1"), page(2, hits=2, mark="m2"), page(1, hits=2, mark="m1")),
    "small_lie": pages(page(*range(1, 99), hits=100)),
    "large_lie": pages(page(1, 2, hits=100)),
    "overlap": pages(page(1, 2, hits=3, mark="m1"), page(2, 3, hits=3)),
    "nothing": always(page()),
    "window": always(page(1)),
    "since": always(page(1)),
    "gap": always(page(1)),
    "full": always(page(1)),
    "pubmed_too": always(page(1)),
    "no_count": always(as_json({"resultList": {"result": []}})),
    "error": always(as_json({"errCode": 404, "errMsg": "Invalid query"})),
    "html": always(Answer(b"<!DOCTYPE html><html>Sorry</html>", content_type="text/html")),
    "empty": always(Answer(b"")),
    "cut": always(Answer(page(1, 2).body[:-40])),
    "second_cut": pages(page(1, hits=2, mark="m1"), Answer(b'{"hitCount":2,"resultList":')),
    "down": always(Answer(b"Down", 503)),
    "busy": always(Answer(b"Wait", 429, {"Retry-After": "3600"})),
}
MORE: dict[str, dict[str, Any]] = {
    "window": {"watermarks": {"new": "2026-11-10", "changed": "2031-01-01"}},
    "since": {"watermarks": {"new": "2026-11-20", "changed": "2026-11-20"}, "since": "2026-11-02"},
    "gap": {"watermarks": {"new": "2026-10-01", "changed": "2026-10-01"}, "since": "2026-11-02"},
    "full": {"watermarks": {"new": "2026-11-20"}, "full": True},
    "pubmed_too": {"options": {"pubmed_too": True, "page_size": 5000}},
}


@dataclasses.dataclass
class Runs:
    outcomes: dict[str, Outcome]
    asked: list[Asked]

    def of(self, name: str) -> tuple[Outcome, list[Asked]]:
        outcome = self.outcomes[name]
        assert not outcome.crashes
        assert outcome.finish_reason == "finished"
        return outcome, [one for one in self.asked if one.path == f"/{name}/rest/search"]


@pytest.fixture(scope="module")
def runs() -> Runs:
    with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
        host = urlsplit(server.url).netloc
        base = {"query": "KW:ketamine", "today": "2026-11-23"}
        assignments = {
            name: base | {"base_url": f"http://{host}/{name}/rest"} | MORE.get(name, {}) for name in SERVICES
        }
        return Runs(run_spider("spiders.europepmc:EuropePmcSpider", assignments), server.asked)


WITHOUT_PUBMED = "(KW:ketamine) NOT (SRC:MED OR SRC:PAT)"


@pytest.mark.parametrize(
    ("name", "sent"), [("two_pages", 2), ("full_last_page", 2), ("same_mark", 2), ("overlap", 2)]
)
def test_pages_end_by_mark_or_emptiness_and_nothing_comes_twice(runs: Runs, name: str, sent: int) -> None:
    outcome, asked = runs.of(name)
    ids = ["PPR1", "PPR2"] if name == "full_last_page" else ["PPR1", "PPR2", "PPR3"]
    assert outcome.ids() == ids
    assert not outcome.failures
    assert len(asked) == sent
    assert [(mark["stream"], mark["value"], mark["fetched"]) for mark in outcome.of("Checkpoint")] == [
        ("new", "2026-11-23", len(ids)), ("changed", "2026-11-23", 0),
    ]  # fmt: skip
    assert outcome.queries == [WITHOUT_PUBMED]


def test_a_circle_of_marks_ends(runs: Runs) -> None:
    outcome, asked = runs.of("circle")
    assert outcome.ids() == ["PPR1", "PPR2"]
    assert len(asked) == 3
    assert not outcome.failures


def test_a_small_lie_of_hit_count_is_told_and_a_large_one_is_a_shortfall(runs: Runs) -> None:
    outcome, _ = runs.of("small_lie")
    assert not outcome.failures
    assert outcome.queries[-1] == "# Europe PMC says 100 hits on the query above and delivers 98"
    assert outcome.of("Checkpoint")[0]["reported"] == 100
    outcome, _ = runs.of("large_lie")
    assert [kind for kind, _ in outcome.failures] == ["Shortfall"]
    assert outcome.ids() == ["PPR1", "PPR2"]
    assert not outcome.of("Checkpoint")


def test_nothing_is_no_failure(runs: Runs) -> None:
    outcome, _ = runs.of("nothing")
    assert not outcome.failures
    assert [name for name, _ in outcome.items] == ["Checkpoint", "Checkpoint"]


def test_windows_begin_before_the_watermark_and_never_in_the_future(runs: Runs) -> None:
    outcome, asked = runs.of("window")
    assert sorted(one.params["query"] for one in asked) == [
        f"{WITHOUT_PUBMED} AND CREATION_DATE:[2026-10-27 TO 2026-11-23]",
        f"{WITHOUT_PUBMED} AND UPDATE_DATE:[2026-11-09 TO 2026-11-23]",
    ]
    assert {(mark["stream"], mark["value"]) for mark in outcome.of("Checkpoint")} == {
        ("new", "2026-11-23"), ("changed", "2026-11-23"),
    }  # fmt: skip
    _, asked = runs.of("since")
    assert all("[2026-11-02 TO 2026-11-23]" in one.params["query"] for one in asked)
    outcome, _ = runs.of("gap")  # what lies between watermark and --since was not asked for
    assert {mark["value"] for mark in outcome.of("Checkpoint")} == {"2026-10-01"}
    _, asked = runs.of("full")
    assert [one.params["query"] for one in asked] == [WITHOUT_PUBMED]


def test_options(runs: Runs) -> None:
    _, [asked] = runs.of("pubmed_too")
    assert asked.params["query"] == "(KW:ketamine) NOT (SRC:PAT)"
    assert asked.params["pageSize"] == "1000"
    assert (asked.params["resultType"], asked.params["format"]) == ("core", "json")


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("no_count", "Shortfall", "no hitCount"), ("error", "ServiceError", "Invalid query"), ("html", "BadAnswer", "HTML"),
        ("empty", "BadAnswer", "empty"), ("cut", "BadAnswer", "cut or broken"), ("second_cut", "BadAnswer", "cut or broken"),
        ("down", "ServiceError", "503"), ("busy", "RateLimited", "Retry-After: 3600"),
    ],
)  # fmt: skip
def test_every_failure_has_its_name_and_moves_no_watermark(
    runs: Runs, name: str, kind: str, words: str
) -> None:
    outcome, _ = runs.of(name)
    assert [failed for failed, _ in outcome.failures] == [kind]
    assert words in outcome.failures[0][1]
    assert not outcome.of("Checkpoint")
