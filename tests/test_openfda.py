"""openFDA: what is read from applications and labels, and how the spider walks good and bad services."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import problem_with
from spiders.openfda import OpenFDASpider
from spiders.openfda_answers import read_page
from spiders.openfda_json import LONGEST_SECTION, parse_result
from store.errors import BadAnswer, ServiceError
from store.records import Record, Reject
from tests.golden_files import as_json, check
from tests.loopback import Asked, loopback
from tests.openfda_services import ASSIGNMENTS, SERVICES, application, label
from tests.run_spider import Outcome, run_spider

FIXTURES = Path(__file__).parent / "fixtures" / "openfda"
APPLICATIONS = json.loads((FIXTURES / "drugsfda.json").read_bytes())["results"]
LABELS = json.loads((FIXTURES / "label.json").read_bytes())["results"]


def one(result: dict[str, Any]) -> Record:
    [found] = parse_result(result)
    assert isinstance(found, Record), found
    return found


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    check(path, as_json(list(OpenFDASpider.parse_answer(path.read_bytes()))))


# -- what is read


def test_each_submission_is_a_decision_with_its_date() -> None:
    first, supplement = (found for found in parse_result(APPLICATIONS[0]) if isinstance(found, Record))
    assert (first.id, first.published, first.status) == ("openfda:NDA211243-ORIG-1", "2019-03-05", "approved")
    assert first.title == (
        "FDA approved: SPRAVATO (ESKETAMINE HYDROCHLORIDE); original application 1, Type 1 - New Molecular Entity (NDA211243)"
    )
    assert ("fda-application", "NDA211243") in supplement.identifiers
    assert first.kind == "regulatory"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20190305", "2019-03-05"), ("2019-03-05", "2019-03-05"), ("15-JUN-15", "2015-06-15"),
        ("5-mar-2019", "2019-03-05"), ("01-JAN-62", "1962-01-01"), ("20190231", None), ("31-JUN-15", None),
        ("15-XXX-15", None), ("", None), ("2019", None),
    ],
)  # fmt: skip
def test_dates(written: str, read: str | None) -> None:
    [found] = parse_result(label(1) | {"effective_time": written})
    assert (found.published if isinstance(found, Record) else None) == read


def test_one_bad_submission_leaves_the_others() -> None:
    bad = application(1)
    bad["submissions"].insert(0, {"submission_type": "ORIG"})
    found = list(parse_result(bad))
    assert [type(each).__name__ for each in found] == ["Reject", "Record", "Record"]


def test_a_label_without_names_is_named_by_its_contents() -> None:
    assert (
        one(LABELS[1]).title
        == "FDA label: Ketamine Hydrochloride Ketamine Hydrochloride WATER SODIUM, version 3"
    )
    assert len(one(LABELS[1]).abstract or "") <= LONGEST_SECTION + len("Indications and usage:  …")


def test_a_new_version_of_a_label_is_a_record_of_its_own() -> None:
    assert one(label(1)).id == "openfda:label:set-1:1"
    assert one(label(1) | {"version": "2"}).id == "openfda:label:set-1:2"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    good=st.sampled_from([APPLICATIONS[0], LABELS[0]]),
    key=st.sampled_from(sorted({*APPLICATIONS[0], *LABELS[0]})),
    inner=st.sampled_from(sorted(APPLICATIONS[0]["submissions"][0])),
    value=JSON,
)
def test_any_json_is_records_and_rejects(good: dict[str, Any], key: str, inner: str, value: Any) -> None:
    for result in (value, good | {key: value}, good | {"submissions": [{inner: value}]}, {"set_id": value}):
        found = list(parse_result(result))
        assert all(isinstance(each, (Record, Reject)) for each in found)
        assert not [problem_with(each) for each in found if isinstance(each, Record) and problem_with(each)]


@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_page_or_a_named_failure(body: bytes) -> None:
    for read in (read_page, lambda given: list(OpenFDASpider.parse_answer(given))):
        with contextlib.suppress(BadAnswer, ServiceError):
            read(body)


def test_real_answers_are_read(shared: Path) -> None:
    folder = shared / "corpus" / "openfda"
    application_body = (folder / "biomcp_old_drugsfda_detail.json").read_bytes()
    assert OpenFDASpider.recognises(application_body[:4096])
    found = list(OpenFDASpider.parse_answer(application_body))
    assert [(each.id, each.published) for each in found if isinstance(each, Record)] == [
        ("openfda:BLA125514-BLA-125514", "2014-09-04"),
        ("openfda:BLA125514-SUPPL-109", "2023-03-16"),
    ]
    assert not [problem_with(each) for each in found if isinstance(each, Record) and problem_with(each)]
    for path in sorted(
        folder.glob("*.json")
    ):  # the other endpoints' answers are read as pages, and are no records
        page = read_page(path.read_bytes())
        assert all(
            isinstance(each, (Record, Reject)) for result in page.results for each in parse_result(result)
        )


# -- the walk


@dataclasses.dataclass
class Crawls:
    outcomes: dict[str, Outcome]
    asked: list[Asked]

    def of(self, name: str) -> tuple[Outcome, list[Asked]]:
        outcome = self.outcomes[name]
        assert not outcome.crashes
        return outcome, [asked for asked in self.asked if asked.path.startswith(f"/{name}/")]


@pytest.fixture(scope="module")
def crawls() -> Crawls:
    with loopback(lambda asked: SERVICES[asked.path.split("/")[1]](asked)) as server:
        host = urlsplit(server.url).netloc
        base = {"query": "ketamine; esketamine", "today": "2026-11-23", "options": {"limit": 2}}
        assignments = {
            name: base | {"base_url": f"http://{host}/{name}"} | ASSIGNMENTS.get(name, {})
            for name in SERVICES
        }
        outcomes = run_spider("spiders.openfda:OpenFDASpider", assignments)
    return Crawls(outcomes, server.asked)


def mark(stream: str, number: int, value: str = "2026-11-20") -> dict[str, Any]:
    return {"stream": stream, "value": value, "reported": number, "fetched": number}


def test_both_endpoints_are_read_to_their_ends(crawls: Crawls) -> None:
    outcome, asked = crawls.of("paging")
    assert not outcome.failures
    assert len(outcome.ids()) == 3 * 2 + 2
    assert outcome.of("Checkpoint") == [mark("drugsfda", 3), mark("label", 2)]
    assert [(one.path.rpartition("/")[2], one.params["limit"], one.params["skip"]) for one in asked] == [
        ("drugsfda.json", "1", "0"), ("drugsfda.json", "2", "0"), ("drugsfda.json", "2", "2"),
        ("label.json", "1", "0"), ("label.json", "2", "0"),
    ]  # fmt: skip
    assert asked[0].params["search"].split(" ")[3:6] == [
        'products.active_ingredients.name:"ketamine"', 'products.brand_name:"ketamine"',
        'openfda.generic_name:"esketamine"',
    ]  # fmt: skip
    assert outcome.queries[0].startswith(
        '/drug/drugsfda.json?search=openfda.generic_name:"ketamine"+openfda.'
    )


def test_the_key_is_in_the_header_alone(crawls: Crawls) -> None:
    _, asked = crawls.of("with_key")
    assert {one.headers["Authorization"] for one in asked} == {"Basic YS1rZXktdGhhdC1pcy1zZWNyZXQ6"}
    assert not any("secret" in str(one.params) for one in asked)
    assert "Authorization" not in crawls.of("paging")[1][0].headers


def test_nothing_is_no_failure(crawls: Crawls) -> None:
    outcome, asked = crawls.of("nothing")
    assert (outcome.failures, outcome.items, len(asked)) == ([], [], 2)
    outcome, _ = crawls.of("one_is_empty")
    assert (outcome.failures, outcome.of("Checkpoint")) == ([], [mark("label", 2)])


def test_data_of_the_same_day_is_not_read_again(crawls: Crawls) -> None:
    outcome, asked = crawls.of("same_data")
    assert (outcome.failures, outcome.ids(), len(asked)) == ([], [], 2)
    assert outcome.of("Checkpoint") == [mark("drugsfda", 0), mark("label", 0)]
    assert outcome.queries[0].endswith("(data of 2026-11-20, as the last time)")
    outcome, _ = crawls.of("newer_data")
    assert outcome.of("Checkpoint") == [mark("drugsfda", 3, "2026-11-21"), mark("label", 2, "2026-11-21")]
    assert len(crawls.of("since")[0].ids()) == 8


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("gone", "ServiceError", "HTTP 404: <html>404</html>"),
        ("other_404", "ServiceError", "HTTP 404"),
        ("bad_request", "ServiceError", "Search not supported: x"),
        ("error_200", "ServiceError", "error SERVER_ERROR: Check your request"),
        ("rate_limited", "RateLimited", "Retry-After: 3600"),
        ("html", "BadAnswer", "HTML or XML instead of JSON"),
        ("cut", "BadAnswer", "JSON cut or broken"),
        ("empty", "BadAnswer", "an empty answer"),
        ("other_shape", "BadAnswer", "not a page of results: answer.results: list expected"),
        ("short", "Shortfall", "3 results reported, 2 fetched"),
        ("no_total", "BadAnswer", "no meta.results.total"),
        ("too_many", "Shortfall", "1000000 results reported"),
        ("nothing_after_all", "Shortfall", "3 results reported, 0 fetched"),
    ],
)
def test_a_failure_is_named(crawls: Crawls, name: str, kind: str, message: str) -> None:
    outcome, _ = crawls.of(name)
    [(found_kind, found_message)] = outcome.failures
    assert found_kind == kind
    assert found_message.startswith("openfda: ")
    assert message in found_message
    assert not outcome.of("Checkpoint")
