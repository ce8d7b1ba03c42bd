"""Crossref: what is read from works, real, odd and broken. The spider's walk has a file of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import problem_with
from spiders import crossref_text
from spiders.crossref import CrossrefSpider
from spiders.crossref_answers import read_page
from spiders.crossref_json import parse_work
from spiders.crossref_lookups import BATCH, Lookups
from spiders.crossref_notices import kind_of
from spiders.terms import pattern
from store.errors import BadAnswer, ServiceError
from store.records import Notice, Record, Reject
from tests.golden_files import as_json, check

FIXTURES = Path(__file__).parent / "fixtures" / "crossref"
PAGE = json.loads((FIXTURES / "page.json").read_bytes())["message"]["items"]
ARTICLE = "crossref:10.5555/invented.1"


def record(**fields: Any) -> Record:
    found = parse_work({"DOI": "10.5555/x", "title": ["[Invented] ketamine"]} | fields)
    assert isinstance(found, Record), found
    return found


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    check(path, as_json(list(CrossrefSpider.parse_answer(path.read_bytes()))))


# -- notices


def test_a_retraction_stands_once_for_each_who_says_so() -> None:
    found = parse_work(PAGE[0])
    assert isinstance(found, Record)
    assert found.notices[:2] == [
        Notice("retraction", ARTICLE, "doi:10.5555/invented.2", "Retraction", "2024-02-05", "publisher"),
        Notice(
            "retraction", ARTICLE, "doi:10.5555/invented.2", "Retraction", "2024-02-09", "retraction-watch"
        ),
    ]
    assert found.status == "retracted"
    # a notice under the article's own DOI is no other record
    assert [one.notice for one in found.notices if one.kind == "expression-of-concern"] == [None]


def test_the_notice_names_the_article_and_is_not_retracted_itself() -> None:
    found = parse_work(PAGE[1])
    assert isinstance(found, Record)
    assert found.notices == [
        Notice(
            "retraction",
            "doi:10.5555/invented.1",
            "crossref:10.5555/invented.2",
            "Retraction",
            "2024-02-05",
            "publisher",
        )
    ]
    assert found.status is None


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("retraction", "retraction"),
        ("Partial_Retraction", "partial-retraction"),
        ("expression_of_concern", "expression-of-concern"),
        ("erratum", "correction"),
        ("corrigendum", "correction"),
        ("addendum", "correction"),
        ("removal", "withdrawal"),
        ("new_version", "update"),
        ("some_new type", "some-new-type"),
        (None, "unnamed-update"),
    ],
)
def test_kinds_of_updates(written: str | None, kind: str) -> None:
    assert kind_of(written) == kind


@pytest.mark.parametrize(
    "kind", ["erratum", "corrigendum", "partial_retraction", "expression_of_concern", "mystery"]
)
def test_nothing_less_than_a_retraction_makes_a_work_retracted(kind: str) -> None:
    assert record(**{"updated-by": [{"DOI": "10.5555/n", "type": kind}]}).status is None


def test_a_reinstated_work_is_not_retracted() -> None:
    said = [{"DOI": "10.5555/n", "type": kind} for kind in ("retraction", "reinstatement")]
    assert record(**{"updated-by": said}).status is None


# -- fields


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        ([[2021, 2, 3]], "2021-02-03"),
        ([[2021, 2]], "2021-02"),
        ([[2021]], "2021"),
        ([[None]], None),
        ([[]], None),
        ([], None),
        ([[2021, 13]], "2021"),
        ([[2021, 2, 30]], "2021-02"),
        ([[0, 1, 1]], None),
        ([[99999]], None),
        ([[212]], None),
    ],
)
def test_dates_are_of_their_precision(parts: list[Any], read: str | None) -> None:
    assert record(issued={"date-parts": parts}).published == read


def test_the_subtitle_belongs_to_the_title_once() -> None:
    assert record(title=["Ketamine"], subtitle=["A trial"]).title == "Ketamine: A trial"
    assert record(title=["Ketamine: a trial"], subtitle=["A trial"]).title == "Ketamine: a trial"


@pytest.mark.parametrize(
    ("jats", "text"),
    [
        ("plain p<0.05 and q > 1", "plain p<0.05 and q > 1"),
        ("<jats:p>one</jats:p><jats:p>two</jats:p>", "one\ntwo"),
        ("<title>Methods:</title><p>A &amp;lt; B</p>", "Methods: A < B"),
        (
            "<jats:p>CO<jats:sub>2</jats:sub>, <jats:ext-link href='x'>link</jats:ext-link></jats:p>",
            "CO2, link",
        ),
        ("<jats:title>Summary</jats:title>", None),
        ("<p>open", "open"),
        ("", None),
    ],
)
def test_abstracts(jats: str, text: str | None) -> None:
    assert crossref_text.abstract(jats) == text


def test_an_odd_doi_has_an_address_that_can_be_saved() -> None:
    odd = record(DOI="10.1002/(SICI)1097-461X(1998)66:4<261::AID-QUA1>3.0.CO;2-T")
    assert odd.id == "crossref:10.1002/(sici)1097-461x(1998)66:4<261::aid-qua1>3.0.co;2-t"
    assert problem_with(odd) is None


def test_trial_numbers_of_every_registry_are_identifiers() -> None:
    found = parse_work(PAGE[0])
    assert isinstance(found, Record)
    assert found.identifiers == [
        ("doi", "10.5555/invented.1"), ("isrctn", "ISRCTN12345678"), ("nct", "NCT99000001"), ("registry", "XYZ-1"),
    ]  # fmt: skip
    assert found.nct_ids == ["NCT99000001", "NCT99000009"]


# -- terms and look-ups


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("S-ketamine", True),
        ("Ketamine-assisted", True),
        ("norketamine", False),
        ("CI 581", True),
        ("DEPRESSIVE", True),
        ("nothing", False),
    ],
)
def test_terms_are_whole_words(text: str, found: bool) -> None:
    assert bool(pattern(["ketamine", "CI-581", "depressi*"]).search(text)) is found
    assert not pattern([]).search(text)


def test_lookups_go_round_and_ask_the_longest_unasked_first() -> None:
    known = tuple(f"10.5555/{number:03}" for number in range(100))
    position, asked = None, []
    for _run in range(5):
        lookups = Lookups(known, position, 30)
        while batch := lookups.next_batch():
            assert len(batch) <= BATCH
            asked += batch
            following = lookups.position_after(batch)
            assert position is None or (following or "") > position  # watermarks never go back
            position = following
    assert asked == [*known, *known[:50]]


def test_a_doi_with_a_comma_is_asked_for_alone() -> None:
    lookups = Lookups(("10.5555/a", "10.5555/b,c", "10.5555/d"), None, 9)
    assert [lookups.next_batch() for _ in range(4)] == [("10.5555/a",), ("10.5555/b,c",), ("10.5555/d",), ()]


# -- answers


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (b"", BadAnswer, "an empty answer"),
        (b"<html>", BadAnswer, "HTML or XML"),
        (b"Resource not found.", BadAnswer, "text instead of JSON"),
        (b'{"status":"ok","message":{"items":[', BadAnswer, "cut or broken"),
        (b'{"status":"ok","message":{"items":{}}}', BadAnswer, "message.items: list expected"),
        (b'{"status":"ok","message":[]}', BadAnswer, "message: object expected"),
        (b'{"data":[]}', BadAnswer, "no answer of the API: an object of data"),
        (
            b'{"status":"failed","message-type":"validation-failure","message":[{"type":"x","message":"Filter odd"}]}',
            ServiceError, "status 'failed': Filter odd",
        ),
        (b'{"status":"error","message":{"name":"class java.lang.X","message":"boom"}}', ServiceError, "boom"),
        (b'{"status":"error","message":"plain"}', ServiceError, "plain"),
    ],
)  # fmt: skip
def test_bad_answers_are_named(body: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match="crossref: ") as raised:
        read_page(body)
    assert says in str(raised.value)


def test_a_cut_file_gives_what_stands_before_the_cut() -> None:
    body = (FIXTURES / "page.json").read_bytes()
    came: list[Any] = []
    with pytest.raises(BadAnswer, match="cut or broken"):
        came.extend(CrossrefSpider.parse_answer(body[: len(body) * 9 // 10]))
    assert came[0].id == ARTICLE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = sorted({key for work in PAGE for key in work})


@given(work=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6), whole=JSON)
def test_any_json_is_a_record_or_a_reject(work: dict[str, Any], whole: Any) -> None:
    assert isinstance(parse_work(whole), (Record, Reject))
    assert isinstance(parse_work(work), (Record, Reject))
    assert isinstance(parse_work({"DOI": "10.5555/x", "title": ["x"]} | work), (Record, Reject))


@given(key=st.sampled_from(KEYS), value=JSON, at=st.integers(0, len(PAGE) - 1))
def test_any_value_in_the_place_of_a_good_one_is_a_record_or_a_reject(key: str, value: Any, at: int) -> None:
    assert isinstance(parse_work(PAGE[at] | {key: value}), (Record, Reject))
    inner = {key: [dict.fromkeys(("DOI", "type", "updated", "id", "date-parts", "name"), value)]}
    assert isinstance(parse_work(PAGE[at] | inner), (Record, Reject))


@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_page_or_a_named_failure(body: bytes) -> None:
    for read in (read_page, lambda given: list(CrossrefSpider.parse_answer(given))):
        with contextlib.suppress(BadAnswer, ServiceError):
            read(body)


# -- real answers


def real_works(folder: Path) -> Iterator[Any]:
    yaml = pytest.importorskip("yaml")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".json":
            yield from CrossrefSpider.parse_answer(path.read_bytes())
            continue
        saved = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for one in saved.get("interactions") or saved.get("http_interactions") or ():
            body = one["response"]["body"]["string"]
            raw = body.encode() if isinstance(body, str) else body
            raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
            if CrossrefSpider.recognises(raw[:4096]):
                yield from CrossrefSpider.parse_answer(raw)


def test_real_answers_are_read(shared: Path) -> None:
    found = list(real_works(shared / "corpus" / "crossref"))
    records = [one for one in found if isinstance(one, Record)]
    assert len(records) > 280
    # one work there has no title indeed
    assert [(one.reason, one.detail) for one in found if isinstance(one, Reject)] in (
        [],
        [("no title", None)],
    )
    assert not [problem for one in records if (problem := problem_with(one))]
    assert sum(bool(one.references) for one in records) > 100
    corrections = [one for one in records if any(notice.kind == "correction" for notice in one.notices)]
    assert corrections
    assert all(one.status is None for one in corrections)
    assert not any("<jats" in (one.abstract or "") or "&lt;" in (one.title or "") for one in records)
    assert dataclasses.asdict(records[0])
