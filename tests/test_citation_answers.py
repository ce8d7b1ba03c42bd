"""Answers of the sources of citations, read purely: golden files, real answers, and what is not as documented."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.assignments import spider_classes
from spiders.entrez_answers import LinkSet, Trouble, read_links
from spiders.followed import CitationSpider
from spiders.semantic_scholar import SemanticScholarSpider
from store.citing import BareWork, Count, Edge
from store.errors import BadAnswer, ServiceError, SourceError
from store.records import Reject

TESTS = Path(__file__).parent
SPIDERS = {name: spider for name, spider in spider_classes().items() if issubclass(spider, CitationSpider)}
SAVED = [
    path for name in SPIDERS for path in sorted((TESTS / "fixtures" / name).iterdir()) if path.suffix != ".md"
]
JSON_SPIDERS = {name: spider for name, spider in SPIDERS.items() if name != "pubmed_links"}


def written(items: list[Any]) -> str:
    rows = [{"": type(item).__name__} | dataclasses.asdict(item) for item in items]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = TESTS / "golden" / path.parent.name / f"{path.name}.golden.jsonl"
    found = written(list(SPIDERS[path.parent.name].parse_answer(path.read_bytes())))
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_a_real_page_of_semantic_scholar_is_read_whole(shared: Path) -> None:
    body = (shared / "corpus" / "semantic_scholar" / "pmid20516115-citations.json").read_bytes()
    assert SemanticScholarSpider.recognises(body[:4096])
    found = list(SemanticScholarSpider.parse_answer(body))
    assert len(found) == len(json.loads(body)["data"]) == 100
    assert all(isinstance(one, BareWork) and one.title for one in found)
    assert sum(one.id.startswith("pubmed:") for one in found) > 80


@pytest.mark.parametrize("name", ["biopython__elink3.xml", "bioperl__elink_scores.xml"])
def test_real_link_sets_are_read_or_refused_for_a_reason(shared: Path, name: str) -> None:
    body = (shared / "corpus" / "wire" / "eutils" / name).read_bytes()
    if name.startswith("biopython"):  # two ids in one set: which of them is linked to which is not said
        with pytest.raises(Trouble, match="a link set of 2 ids"):
            read_links(body)
    else:
        [links] = read_links(body)
        assert len(links.links["protein_protein"]) == 9


def elink(inside: str) -> bytes:
    return f'<?xml version="1.0"?>\n<eLinkResult>{inside}</eLinkResult>'.encode()


def link_set(pmid: str, inside: str = "") -> str:
    return f"<LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>{pmid}</Id></IdList>{inside}</LinkSet>"


def test_a_link_set_with_an_error_or_without_links() -> None:
    found = read_links(elink(link_set("1") + link_set("2", "<ERROR>Backend is away</ERROR>")))
    assert found == [LinkSet("1", {}), LinkSet("2", {}, "Backend is away")]
    assert read_links(elink("")) == []


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (elink("<ERROR>Search Backend failed: away</ERROR>"), ServiceError, "Backend failed"),
        (elink(link_set("1", "<LinkSetDb><Link><Id>x1</Id></Link></LinkSetDb>")), BadAnswer, "a bad id"),
        (elink(link_set("one")), BadAnswer, "a link set of 1 ids: one"),
        (elink(link_set("1"))[:-20], BadAnswer, "cut or ill-formed"),
        (b"<html><title>Down</title></html>", BadAnswer, "HTML page"),
        (b"", BadAnswer, "an empty answer"),
        (b"<eSearchResult/>", BadAnswer, "<eSearchResult> instead of <eLinkResult>"),
    ],
)
def test_what_is_no_answer_of_elink_is_named(body: bytes, kind: type[SourceError], words: str) -> None:
    with pytest.raises(kind, match=words):
        list(SPIDERS["pubmed_links"].parse_answer(body))


@pytest.mark.parametrize("name", sorted(JSON_SPIDERS))
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "an empty answer"),
        (b"<!doctype html><html><title>Down</title></html>", "HTML or XML instead of JSON"),
        (b"Service unavailable", "text instead of JSON"),
        (b'{"error": "try again later"}', "an error inside HTTP 200: try again later"),
        (b'{"errorMessage": "backend"}', "an error inside HTTP 200: backend"),
        (b"[1, 2]", "no JSON object"),
        (b"{} {}", "no JSON object, or more than one"),
    ],
)
def test_what_is_no_answer_is_named_and_never_an_empty_one(name: str, body: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        list(JSON_SPIDERS[name].parse_answer(body))


@pytest.mark.parametrize(
    "path", [path for path in SAVED if path.suffix == ".json"], ids=lambda path: path.name
)
def test_a_cut_answer_is_named(path: Path) -> None:
    body = path.read_bytes()
    with pytest.raises(BadAnswer, match="JSON cut or broken"):
        list(SPIDERS[path.parent.name].parse_answer(body[: len(body) // 2]))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in inner for place in _places(one, (*path, key))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_value_of_any_type_anywhere_is_read_rejected_or_named(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in SAVED if path.suffix == ".json"]))
    document = json.loads(path.read_text("utf-8"))
    _put(document, data.draw(st.sampled_from(_places(document))), data.draw(_VALUES))
    parse: Callable[[bytes], Any] = SPIDERS[path.parent.name].parse_answer
    try:
        items = list(parse(json.dumps(document).encode()))
    except BadAnswer:
        return
    for item in items:
        assert isinstance(item, BareWork | Edge | Count | Reject)
        names = (item.citing, item.cited) if isinstance(item, Edge) else (getattr(item, "id", None) or "x:x",)
        assert all(name == "".join(name.split()) for name in names)
