"""ClinicalTrials.gov: odd JSON, damaged files and answers of others are told apart, and never raise anything else."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.clinicaltrials_json import parse_study
from store.errors import BadAnswer
from store.records import Record, Reject
from tests.test_clinicaltrials import FIXTURES, PAGE, RICH, SAVED, parsed


def until_damage(body: bytes) -> tuple[list[Record | Reject], BadAnswer]:
    """What a damaged answer gives before it fails, and the failure."""
    came = []
    try:
        for item in ClinicalTrialsSpider.parse_answer(body):
            came.append(item)
    except BadAnswer as error:
        return came, error
    pytest.fail("no BadAnswer was raised")


_json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2021-02-30", "NCT1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from paths(child, (*path, key))


def with_changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copy = json.loads(json.dumps(value))
    parent = copy
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return copy


@given(st.sampled_from(list(paths(RICH))), _json_values)
@settings(deadline=None)
def test_any_value_anywhere_gives_a_record_or_a_reject(path: tuple[Any, ...], value: Any) -> None:
    result = parse_study(with_changed(RICH, path, value))
    assert isinstance(result, (Record, Reject))
    json.dumps(dataclasses.asdict(result), ensure_ascii=False).encode()  # can be stored


@given(st.sampled_from([path for path in paths(RICH) if isinstance(path[-1], str)]))
@settings(deadline=None)
def test_null_reads_as_missing(path: tuple[Any, ...]) -> None:
    without = with_changed(RICH, path, None)
    parent = without
    for key in path[:-1]:
        parent = parent[key]
    null = parse_study(json.loads(json.dumps(without)))
    del parent[path[-1]]
    missing = parse_study(without)
    if isinstance(null, Record):
        assert null == missing
    else:
        assert isinstance(missing, Reject)
        assert null.reason == missing.reason in ("no NCT number",)


@given(_json_values)
@settings(deadline=None)
def test_any_json_for_a_study(value: Any) -> None:
    assert isinstance(parse_study(value), Reject)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_an_answer_or_a_bad_one(body: bytes) -> None:
    ClinicalTrialsSpider.recognises(body)
    with contextlib.suppress(BadAnswer):
        parsed(body)


@given(st.integers(min_value=0, max_value=len((FIXTURES / "page.json").read_bytes()) - 4))
@settings(deadline=None)
def test_a_cut_file_gives_what_stands_before_the_cut(length: int) -> None:
    body = (FIXTURES / "page.json").read_bytes()
    came, _ = until_damage(body[:length])
    assert came == parsed(body)[: len(came)]


def test_a_cut_in_the_last_study_loses_only_that() -> None:
    body = (FIXTURES / "page.json").read_bytes()
    came, error = until_damage(body[: body.index(b"aSectionYetToCome")])
    assert [record.id for record in came] == ["clinicaltrials:NCT03113968", "clinicaltrials:NCT99990001"]
    assert "JSON cut or broken" in str(error)


def test_json_lines_keep_the_lines_before_the_damage() -> None:
    lines = (FIXTURES / "studies.jsonl").read_bytes().splitlines()
    for damaged in (lines[0] + b"\n<html>", lines[0] + b"\n" + lines[1][:-20]):
        came, _ = until_damage(damaged)
        assert came == parsed(lines[0])


def test_a_cut_list_gives_its_whole_studies() -> None:
    body = json.dumps(PAGE["studies"]).encode()
    came, _ = until_damage(body[:-1])
    assert came == parsed(body)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "an empty answer"),
        (b" \n", "an empty answer"),
        (b"<!DOCTYPE html><title>Maintenance</title>", "HTML or XML instead of JSON: '<!DOCTYPE html><title>Maintenance"),
        (b"Parameter `nctId` has incorrect format", "text instead of JSON: 'Parameter `nctId`"),
        (b'{"studies": [', "JSON cut or broken"),
        (b"[" * 100_000, "JSON cut or broken"),
        (b'{"studies": "\xff"}', "not UTF-8 at byte 13"),
        (b'{"error": "over capacity"}', "an object of error"),
        (b"[]", "a list"),
        (b"[1, 2]", "a list"),
    ],
)  # fmt: skip
def test_what_is_no_answer_says_so(body: bytes, cause: str) -> None:
    with pytest.raises(BadAnswer, match=re.escape(cause)):
        parsed(body)


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_own_answers_are_recognised(path: Path) -> None:
    head = path.read_bytes()[:4096]
    assert ClinicalTrialsSpider.recognises(head)
    assert ClinicalTrialsSpider.recognises(b"\xef\xbb\xbf \r\n" + head)
    document = (
        head
        if path.suffix == ".jsonl"
        else json.dumps(json.loads(path.read_bytes()), sort_keys=True).encode()
    )
    assert ClinicalTrialsSpider.recognises(document[:4096])


@pytest.mark.parametrize(
    "head",
    [
        b"", b"{}", b"[]", b"<PubmedArticleSet>", b"protocolSection", b'{"esearchresult": {"idlist": []}}',
        b'{"message": {"items": [{"title": "protocolSection of a study"}]}}', b'{"resultList": {"result": []}}',
        b'{"StudyFieldsResponse": {"NStudiesFound": 2, "StudyFields": []}}',
    ],
)  # fmt: skip
def test_others_answers_are_not_recognised(head: bytes) -> None:
    assert not ClinicalTrialsSpider.recognises(head)
