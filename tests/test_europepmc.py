"""Europe PMC's JSON: what is read, what is not, and that no bytes bring anything but records, rejects and named errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sample.europepmc_query import QueryError, Searched, compiled
from spiders.europepmc import EuropePmcSpider
from spiders.europepmc_json import parse_result
from store.errors import BadAnswer, ServiceError
from store.records import Record, Reject
from tests.golden_form import content

FIXTURES = Path(__file__).parent / "fixtures" / "europepmc"
GOLDEN = Path(__file__).parent / "golden" / "europepmc"
PAGE = (FIXTURES / "page.json").read_bytes()
FIRST = json.loads(PAGE)["resultList"]["result"][0]


def parsed(body: bytes) -> list[Record | Reject]:
    return list(EuropePmcSpider.parse_answer(body))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / path.name
    shown: list[Any] = [{type(item).__name__: content(item)} for item in parsed(path.read_bytes())]
    found = json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_a_preprint_says_what_became_of_it() -> None:
    preprint, withdrawn, _, article = parsed(PAGE)
    assert isinstance(preprint, Record)
    assert isinstance(withdrawn, Record)
    assert isinstance(article, Record)
    assert (preprint.kind, preprint.venue, preprint.nct_ids) == ("preprint", "medRxiv", ["NCT00000001"])
    assert (
        preprint.abstract
        == "BACKGROUND: Few trials < 5.\nMETHODS: Forty adults were randomised (NCT00000001). More."
    )
    assert [(one.kind, one.affected, one.notice) for one in preprint.notices] == [
        ("update", "europepmc:PPR700001", "pubmed:38000001")
    ]
    assert withdrawn.status == "withdrawn"
    assert [(one.kind, one.affected, one.notice) for one in article.notices] == [
        ("retraction", "europepmc:MED39000001", "pubmed:39000002"),
        ("update", "europepmc:PPR700009", "europepmc:MED39000001"),
        ("correction", "europepmc:MED39000001", None),
    ]
    assert article.publication
    assert (article.status, article.publication.open_access, article.publication.licence) == (
        "retracted",
        True,
        "cc by-nc",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "no id"), ({"source": ""}, "no id"), ({"title": None}, "no title"), ({"title": "<p></p>"}, "no title"),
        ({"authorList": []}, "not as documented"), ({"versionNumber": "two"}, "not as documented"),
        ({"firstPublicationDate": "yesterday"}, "not as documented"), ({"keywordList": {"keyword": "one"}}, "not as documented"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    result = parse_result(FIRST | change)
    assert isinstance(result, Reject)
    assert result.reason == reason


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(FIRST)), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIRST)), _JSON, max_size=6))
def test_any_value_anywhere_is_read_or_rejected(change: dict[str, Any]) -> None:
    assert isinstance(parse_result(FIRST | change), (Record, Reject))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(PAGE)).map(lambda end: PAGE[:end]))
def test_any_bytes_bring_records_rejects_or_a_named_error(body: bytes) -> None:
    found = []
    try:
        for item in EuropePmcSpider.parse_answer(body):
            found.append(item)
    except (BadAnswer, ServiceError):
        pass
    assert all(isinstance(item, (Record, Reject)) for item in found)


def test_a_cut_answer_gives_what_stands_before_the_cut() -> None:
    items = iter(EuropePmcSpider.parse_answer(PAGE[: PAGE.index(b'"id":"IND600001"') + 40]))
    assert [getattr(next(items), "id", None) for _ in range(2)] == [
        "europepmc:PPR700001",
        "europepmc:PPR700002",
    ]
    with pytest.raises(BadAnswer, match="cut or broken"):
        next(items)


def test_the_real_answers_parse(shared: Path) -> None:
    read = 0
    for path in sorted((shared / "corpus" / "europepmc").glob("*.json")):
        body = path.read_bytes()
        if EuropePmcSpider.recognises(body[:4096]):
            found = parsed(body)
            assert all(isinstance(item, Record) for item in found), path.name
            read += len(found)
    assert read >= 8


WORK = Searched(
    {"TITLE_ABS": " s ketamine for treatment resistant depression ", "KW": " ketamine "},
    {"CREATION_DATE": "2024-01-05", "UPDATE_DATE": "2024-06-01"}, "PPR",
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("TITLE_ABS:ketamine", True), ('TITLE_ABS:"treatment-resistant depression"', True), ("TITLE_ABS:depressi*", True),
        ("TITLE_ABS:depress", False), ("(KW:ketamine OR KW:x) AND (TITLE_ABS:ocd OR TITLE_ABS:depression)", True),
        ("KW:ketamine NOT SRC:PPR", False), ("KW:ketamine NOT (SRC:MED OR SRC:PAT)", True),
        ("KW:ketamine AND CREATION_DATE:[2024-01-01 TO 2024-01-05]", True), ("UPDATE_DATE:[2024-06-02 TO 2025-01-01]", False),
    ],
)  # fmt: skip
def test_the_sample_evaluates_queries(query: str, finds: bool) -> None:
    assert compiled(query)(WORK) is finds


@pytest.mark.parametrize(
    "query", ["", "ketamine", "(KW:a", "KW:a)", "KW:a AND", "MESH_UI:D1", "WHEN:[a TO b]", "OR KW:a"]
)
def test_the_sample_refuses_what_it_does_not_know(query: str) -> None:
    with pytest.raises(QueryError):
        compiled(query)
