"""Titles that are notices, or that say what became of the article; and titles that only look so."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.noticing.titles import with_title_notices
from datasette_config import notices as page_words
from spiders import title_marks
from spiders.title_marks import read_mark
from store.records import Notice, Record
from tests.test_merging import filled
from tests.test_notices import notices, standing

AFFECTED = [
    ("RETRACTED: Ketamine in pain", "retraction"),
    ("Retracted: Ketamine in pain", "retraction"),
    ("RETRACTED ARTICLE: Ketamine in pain", "retraction"),
    ("[RETRACTED] Ketamine in pain", "retraction"),
    ("[RETRACTED: Ketamine in pain].", "retraction"),
    ("WITHDRAWN: Ketamine in pain", "withdrawal"),
    ("[Withdrawn] Ketamine in pain", "withdrawal"),
    ("REMOVED: Ketamine in pain", "withdrawal"),
]
NOTICES = [
    ("Retraction: Ketamine in pain", "retraction", "Ketamine in pain"),
    (
        "Retraction notice to “Ketamine in pain” [J Pain 12 (2010) 1-9]",
        "retraction",
        "Ketamine in pain” [J Pain 12 (2010) 1-9]",
    ),
    ("Retraction Note to: Ketamine in pain", "retraction", "Ketamine in pain"),
    ("Statement of Retraction: Ketamine in pain", "retraction", "Ketamine in pain"),
    ("Notice of Retraction. Doe J, et al. Ketamine in pain", "retraction", "Doe J, et al. Ketamine in pain"),
    ("Retraction.", "retraction", ""),
    ("Partial Retraction: Ketamine in pain", "partial-retraction", "Ketamine in pain"),
    ("Withdrawal notice to: Ketamine in pain", "withdrawal", "Ketamine in pain"),
    ("Expression of Concern: Ketamine in pain", "expression-of-concern", "Ketamine in pain"),
    ("Editorial Expression of Concern on “Ketamine in pain”", "expression-of-concern", "Ketamine in pain"),
    ("Erratum", "correction", ""),
    ("Erratum.", "correction", ""),
    ("Erratum to: Ketamine in pain", "correction", "Ketamine in pain"),
    ("Erratum for Ketamine in pain", "correction", "Ketamine in pain"),
    ("Corrigendum: Ketamine in pain", "correction", "Ketamine in pain"),
    ("Corrigendum to 'Ketamine in pain'", "correction", "Ketamine in pain"),
    ("Correction to: Ketamine in pain", "correction", "Ketamine in pain"),
    ("Correction: Ketamine in pain", "correction", "Ketamine in pain"),
    ("Correction to Singh et al. (2016).", "correction", "Singh et al. (2016)."),
    ("Author Correction: Ketamine in pain", "correction", "Ketamine in pain"),
    ("Publisher Correction: Ketamine in pain", "correction", "Ketamine in pain"),
    ("'Ketamine in pain': Corrigendum.", "correction", "Ketamine in pain"),
    ("Reply to Doe and Roe", "reply", "Doe and Roe"),
    ("A reply to comments by Lee on: Ketamine in pain", "reply", "comments by Lee on: Ketamine in pain"),
    ("A response to: Ketamine in pain", "reply", "Ketamine in pain"),
    ("Re: Ketamine in pain", "reply", "Ketamine in pain"),
    ('Comment on: "Ketamine in pain"', "reply", "Ketamine in pain"),
]
PLAIN = [
    "Ketamine in pain", "", "Retraction of claims in a mouse model", "Retracted articles in psychiatry: a survey",
    "Withdrawal of ketamine after long use", "Withdrawn from care: a cohort", "Ketamine withdrawal: a case",
    "Withdrawal: signs and treatment", "Correction of hyponatraemia before ketamine", "Corrections officers and ketamine",
    "Correction to normal values under esketamine", "Expression of concern in caregivers of patients with depression",
    "Errata and corrections in trial registries", "Partial retraction of the lung under ketamine",
    "Response to ketamine in adolescents", "Response to repeated infusions", "Re-evaluating ketamine",
    "Removed barriers to esketamine", "Replying to messages under ketamine", "Commentary on ketamine policy",
    "Concerns about esketamine: an editorial", "Reply speed under ketamine",
]  # fmt: skip


@pytest.mark.parametrize(("title", "kind"), AFFECTED)
def test_a_title_that_says_what_became_of_the_article(title: str, kind: str) -> None:
    mark = read_mark(title)
    assert mark == (kind, "affected", "Ketamine in pain")


@pytest.mark.parametrize(("title", "kind", "rest"), NOTICES)
def test_a_title_that_is_a_notice(title: str, kind: str, rest: str) -> None:
    assert read_mark(title) == (kind, "notice", rest)


@pytest.mark.parametrize("title", PLAIN)
def test_a_title_that_only_looks_so(title: str) -> None:
    assert read_mark(title) is None


@given(st.text())
def test_any_title_is_read(title: str) -> None:
    mark = read_mark(title)
    assert mark is None or mark.rest in title


def test_the_examples_of_the_documentation() -> None:
    for module in (title_marks, page_words):
        assert doctest.testmod(module).failed == 0


def article(title: str, *stated: Notice) -> Record:
    return Record("feed:1", "feed", "article", title, published="2024", notices=list(stated))


def test_a_title_states_its_notice_once() -> None:
    marked = with_title_notices(article("RETRACTED: Ketamine in pain"))
    assert marked.notices == [Notice("retraction", "feed:1", None)]
    assert with_title_notices(marked) is marked
    assert with_title_notices(article("Ketamine in pain")).notices == []
    assert with_title_notices(article("Reply to Doe")).notices == []
    linked = article("Erratum", Notice("correction", "pubmed:1", "feed:1"))
    assert with_title_notices(linked) is linked
    (unnamed,) = with_title_notices(article("Erratum to: Ketamine in pain")).notices
    assert (unnamed.kind, unnamed.affected, unnamed.notice, unnamed.citation, unnamed.date) == (
        "correction", None, "feed:1", "Ketamine in pain", "2024",
    )  # fmt: skip


def test_a_title_is_enough_for_a_standing_and_an_erratum_retracts_nothing() -> None:
    db = filled(
        [
            article("RETRACTED: Ketamine in pain"),
            Record("feed:2", "feed", "article", "Retraction: Ketamine in pain"),
        ]
    )
    assert (standing(db, "feed:1"), standing(db, "feed:2")) == ("retracted", None)
    assert [(one["work_id"], one["kind"], one["sources"]) for one in notices(db)] == [
        ("feed:1", "retraction", ["feed"])
    ]
