"""Titles, years and first authors: the labelled pairs, and the traps that must never merge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.merging import Judged, figures, judged
from crawler.merging import titles

PAIRS = judged()


def test_the_figures_of_the_labelled_pairs() -> None:
    said = figures(PAIRS)
    assert said["precision"] == 1.0
    assert said["recall"] >= 0.9
    assert said["pairs"] - said["same"] >= 30


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair.same], ids=lambda pair: pair.what)
def test_two_works_never_merge(pair: Judged) -> None:
    assert not pair.merged


@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair.same and "shortens" not in pair.what], ids=lambda pair: pair.what
)
def test_one_work_merges(pair: Judged) -> None:
    assert pair.merged


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("a randomised trial of ketamine", "a randomized trial of ketamine", None),
        ("ketamine in post traumatic stress", "ketamine in posttraumatic stress", None),
        ("ketamine for the depression", "ketamine for depression", None),
        ("anaesthesia with ketamine", "anesthesia with ketamine", None),
        ("ketamine in depression", "esketamine in depression", "ketamine / esketamine"),
        ("arketamine in depression", "esketamine in depression", "arketamine / esketamine"),
        ("ketamine part ii", "ketamine part iii", "ii / iii"),
        ("ketamine at 4 weeks", "ketamine at 14 weeks", "4 / 14"),
        ("ketamine in males", "ketamine in females", "males / females"),
        ("ketamine and cognition in depression", "ketamine in depression", "cognition / nothing"),
    ],
)
def test_words_that_tell_works_apart(one: str, other: str, difference: str | None) -> None:
    assert titles.telling_difference(one, other) == difference


@given(st.text(), st.text())
def test_titles_are_compared_whatever_they_hold(one: str, other: str) -> None:
    first, second = titles.normalise(one), titles.normalise(other)
    assert titles.normalise(first) == first
    assert titles.likeness(first, second) == titles.likeness(second, first)
    assert titles.telling_difference(first, first) is None
    assert (titles.telling_difference(first, second) is None) == (
        titles.telling_difference(second, first) is None
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Am J Psychiatry", "The American journal of psychiatry", True),
        ("J Clin Psychiatry", "The Journal of Clinical Psychiatry", True),
        ("JAMA Psychiatry", "JAMA psychiatry (Chicago, Ill.)", True),
        ("Lancet", "Lancet Psychiatry", False),
        ("Focus (Am Psychiatr Publ)", "Am J Psychiatry", False),
        ("Biol Psychiatry", "Biological Psychiatry", True),
        ("N Engl J Med", "New England Journal of Medicine", True),
    ],
)
def test_a_journal_by_its_short_and_its_long_name(one: str, other: str, same: bool) -> None:
    assert titles.same_journal(one, other) is same
