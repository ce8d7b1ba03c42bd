"""The 80 kinds of sentence that lead a tagger astray: tests/traps/traps.toml, all in our own words."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from crawler.tagging import Tagger
from store.records import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TRAPS = tomllib.loads((Path(__file__).parent / "traps" / "traps.toml").read_text("utf-8"))["trap"]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def test_every_kind_has_a_case() -> None:
    assert {trap["type"] for trap in TRAPS} >= set(range(1, 81))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap['type']}: {trap['about']}")
def test_trap(tagger: Tagger, trap: dict[str, Any]) -> None:
    tags = tagger.tags(Record("trap:1", "trap", "article", trap["title"], trap["abstract"]))
    found: dict[str, set[str]] = defaultdict(set)
    for tag in tags:
        found[tag.dimension].add(tag.value)
    for dimension, values in trap.get("has", {}).items():
        assert set(values) <= found[dimension]
    for dimension, values in trap.get("hasnt", {}).items():
        assert not set(values) & found[dimension]
    for dimension, values in trap.get("only", {}).items():
        assert set(values) == found[dimension]
