"""No spider without a fixture, a golden file, a biography, a place in `watch.toml` and one in the documents."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from crawler.assignments import spider_classes
from crawler.config import load_config
from spiders.base import WatchSpider
from store.citing import BareWork, Count, Edge
from store.records import Record, ReportedNotice

TESTS = Path(__file__).parent
CLASSES = spider_classes()
BROUGHT = {"records": (Record, ReportedNotice), "citations": (Edge, Count, BareWork)}


def test_every_source_of_the_configuration_has_a_spider_and_the_reverse() -> None:
    assert set(load_config(environ={}).sources) == set(CLASSES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_spider_is_one_file_of_its_name(name: str) -> None:
    assert CLASSES[name].__module__ == f"spiders.{name}"


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_spider_has_its_biography(name: str) -> None:
    biography = inspect.getdoc(sys.modules[CLASSES[name].__module__]) or ""
    for heading in ("What it is.", "Terms and pace.", "How it pages.", 'How it says "nothing".'):
        assert heading in biography, heading


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_spider_has_fixtures_that_only_it_recognises_and_golden_files(name: str) -> None:
    fixtures = [path for path in (TESTS / "fixtures" / name).iterdir() if path.suffix != ".md"]
    assert fixtures
    assert list((TESTS / "golden" / name).iterdir())
    records = 0
    for path in fixtures:
        body = path.read_bytes()
        assert [other for other, spider in CLASSES.items() if spider.recognises(body[:4096])] == [name], (
            path.name
        )
        records += sum(
            isinstance(item, BROUGHT[CLASSES[name].brings]) for item in CLASSES[name].parse_answer(body)
        )
    assert records


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_spider_is_documented_and_renders_the_topic(name: str) -> None:
    assert f"spiders/{name}.py" in (TESTS.parent / "docs" / "sources.md").read_text()
    if CLASSES[name].brings == "citations":  # asked about works, by what names it says
        assert CLASSES[name].asks_by
        return
    query = CLASSES[name].query_for(load_config(environ={}).topic)
    assert "ketamine" in query
    assert "esketamine" in query


def test_the_base_class_is_no_source() -> None:
    assert WatchSpider not in CLASSES.values()
