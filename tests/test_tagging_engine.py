"""The compiled engine of the tagger finds what the one in Python finds: units, places, terms, hits."""

from __future__ import annotations

import os
import random
import shutil
import sysconfig
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hatch_build
from crawler.tagging import engine, hits, mentions, units, vocabulary
from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder
from crawler.tagging.patterns import Node, parse
from tests import pure

_CAN_COMPILE = shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").is_file()
compiled = pytest.mark.skipif(not engine.COMPILED, reason="the engine was not compiled (no C compiler here)")
_INSTALL_ANEW = "install the project anew: `make` does so when its sources change"
ENCODER = Encoder(vocabulary.load())


@pytest.mark.skipif(not _CAN_COMPILE, reason="no C compiler here")
@pytest.mark.skipif("KETAMINE_WATCH_PURE" in os.environ, reason="not wanted")
def test_the_engine_is_compiled_where_it_can_be() -> None:
    assert engine.COMPILED, _INSTALL_ANEW


@compiled
@pytest.mark.parametrize("name", hatch_build.MODULES)
def test_what_is_compiled_is_not_older_than_its_source(name: str) -> None:
    built = Path(str(import_module(name).__file__))
    sources = [built.parent / f"{name.rpartition('.')[2]}.pyx", *built.parent.glob("*.pxd")]
    assert built.stat().st_mtime >= max(source.stat().st_mtime for source in sources), _INSTALL_ANEW


def test_the_engine_in_python_can_be_chosen() -> None:
    code = "from crawler.tagging import engine; print(engine.COMPILED, engine.Units.__module__)"
    assert pure.said(code).split() == ["False", "crawler.tagging.units"]


def _told(title: str, abstract: str, reads: Callable[..., units.Units]) -> tuple[object, ...]:
    """All that a reading of units tells."""
    read = reads(ENCODER, title, abstract)
    places = range(len(read.units))
    return (
        read.units, read.body, list(read.section_starts), list(read.section_names),
        [read.span(at, at + 1) for at in places], [read.word(at) for at in places],
        [read.span(at, min(at + 3, len(read.units))) for at in places], [read.sentence(at) for at in places],
        [read.section(at) for at in places], [read.between(at, at + 1) for at in places[:-1]],
        read.field_text("title"), read.field_text("abstract"),
    )  # fmt: skip


_WORDS = [
    "ketamine",
    "esketamine",
    "S‐ketamine",
    "treatment-resistant",
    "depression",
    "(MDD)",
    "PTSD",
    "patients",
    "were",
    "randomised",
    "to",
    "0.5",
    "mg/kg",
    "two",
    "hundred",
    "and",
    "twenty-three",
    "1,148",
    "vs.",
    "i.v.",
    "n=24",
    "(p<0.05).",
    "\n",
    "METHODS:",
    "Results",
    "Aim.",
    "Conclusions:",
    "BACKGROUND",
    "\xa0",
    "—",
    "<b>",
    "&amp;",
    "</i>",
    "氯胺酮",
    "Ｋ",
    "'quoted.'",
    '"end."',
    "et",
    "al.",
    "?",
    "!",
    "the",
    "of",
    "with",
    "major",
    "disorder",
    "not",
    "saline",
    "placebo",
    "\xad",
    "İ",
    "ǅ",
    "�",
]
texts = st.lists(st.sampled_from(_WORDS) | st.text(max_size=5), max_size=40).map(" ".join) | st.text(
    max_size=200
)


@compiled
@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_units_are_the_same(title: str, abstract: str) -> None:
    for one, other in ((title, abstract), (title.upper(), abstract.upper())):
        assert _told(one, other, engine.Units) == _told(one, other, units.Units)


@compiled
def test_units_of_a_text_that_is_cut_are_the_same() -> None:
    long = "Forty patients received ketamine. " * 4_000
    ours, theirs = engine.Units(ENCODER, "", long), units.Units(ENCODER, "", long)
    assert ours.units == theirs.units
    end = len(ours.units)
    assert ours.span(end - 3, end) == theirs.span(end - 3, end)


@compiled
def test_no_unit_is_none() -> None:
    with pytest.raises(IndexError):
        engine.Units(ENCODER, "Ketamine", "").word(99)


def _a_way(node: Node, choose: random.Random) -> Iterator[str]:
    """Some units that a pattern's tree stands for."""
    if node.kind == "sequence":
        for part in node.parts:
            yield from _a_way(part, choose)
    elif node.kind == "any-of":
        yield from _a_way(choose.choice(node.parts), choose)
    elif node.kind == "maybe":
        if choose.random() < 0.5:
            yield from _a_way(node.parts[0], choose)
    elif node.kind in ("gap", "words"):
        yield from (choose.choice("wws0") for _ in range(choose.randint(0, int(node.text) + 1)))
    elif node.kind not in ("start", "end"):
        yield choose.choice(sorted(ENCODER.vocabulary.index.resolve(node)))


@compiled
@pytest.mark.parametrize("seed", range(3))
def test_every_pattern_finds_the_same(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311 - the same each time
    index = ENCODER.vocabulary.index
    for pattern in index.patterns:
        sentences = []
        for _ in range(3):
            found = list(_a_way(pattern.tree, choose))
            found[choose.randint(0, len(found)) : 0] = choose.choices("ws0", k=choose.randint(0, 3))
            sentences.append("".join(found + list(_a_way(choose.choice(index.patterns).tree, choose))))
        text = lex.STOP.join(["w", *sentences, ""])
        where = (ENCODER, text, 2, [len(sentences[0]) + 3], [choose.choice(["methods", "background"])])
        ours, theirs = engine.Hits(*where), hits.Hits(*where)
        cue = pattern.rule.cue
        assert ours[cue] == theirs[cue], pattern.source
        assert ours.beside(cue, 3) == theirs.beside(cue, 3), pattern.source


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("dr .. replies", "how many words"), ("(a|b", "unbalanced"), ("a) b", "unbalanced")],
)
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(pattern)


@compiled
def test_terms_are_the_same() -> None:
    text = "".join(sorted(ENCODER.vocabulary.by_char)) + "ws0."
    assert engine.find(ENCODER, text) == mentions.find(ENCODER, text)


@compiled
def test_a_cue_that_says_the_same_for_ever_is_read_so_often() -> None:
    text = units.Units(ENCODER, "", "Ketamine or placebo. " * 500)
    where = (ENCODER, text.units, text.body, text.section_starts, text.section_names)
    ours, theirs = engine.Hits(*where), hits.Hits(*where)
    assert {cue: ours[cue] for cue in theirs} == {cue: theirs[cue] for cue in theirs}
    assert len(ours["comparator"]) == hits.MOST_HITS
