"""What is new, what is told again and in which words: the rules of docs/digest.md, one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.digest.audience import Audience
from crawler.digest.build import draft
from crawler.digest.words import badges, line
from store.database import open_database
from store.digests import DigestItem
from store.records import Notice, Record
from tests.digest_weeks import (
    ALL,
    COMPLETED,
    NOTICE,
    OCD,
    PTSD,
    REGISTERED,
    RETRACTED,
    TRIAL,
    article,
    issue,
    visit,
)
from tests.filled import watch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "watch.db"
    open_database(made).close()
    watch(made)
    return made


def told(path: Path, audience: Audience, until: str) -> list[DigestItem]:
    """The lines of the week that ended, built at seven the next day."""
    return issue(path, audience, until).items


def about(items: list[DigestItem]) -> list[tuple[str, str | None, str]]:
    return [(item.section, item.record_id, item.state) for item in items]


def test_what_was_there_before_an_audience_began_is_never_told_as_late(path: Path) -> None:
    before = article(19, "2026-05-28", "Ketamine in PTSD: a randomized trial of the week before")
    visit(path, "2026-06-02", pubmed=[before])
    for until in ("2026-06-08", "2026-06-15", "2026-06-22"):
        assert told(path, PTSD, until) == []


def test_what_is_recognised_late_is_told_and_what_is_old_is_not(path: Path) -> None:
    bare = article(20, "2026-06-03", "A treatment in veterans")
    old = article(21, "2026-04-03", "Another treatment in veterans")
    visit(path, "2026-06-04", pubmed=[bare, old])
    assert told(path, PTSD, "2026-06-08") == []
    text = "Forty adults with PTSD were randomized to ketamine or placebo."
    visit(path, "2026-06-10", pubmed=[replace(one, abstract=text, title=f"{one.title}: ketamine in PTSD, a randomized trial")
                                     for one in (bare, old)])  # fmt: skip
    (found,) = told(path, PTSD, "2026-06-15")
    assert found.record_id == bare.id
    assert found.reason == "you follow PTSD; PubMed had it on 2026-06-03, it was recognised later"
    assert told(path, PTSD, "2026-06-22") == []


def test_a_work_told_of_is_not_new_when_another_source_has_it(path: Path) -> None:
    early = Record("crossref:10.5555/digest.1", "crossref", "article", TRIAL.title, abstract=TRIAL.abstract,
                   published="2026-06-02", entered="2026-06-02", doi="10.5555/digest.1")  # fmt: skip
    visit(path, "2026-06-03", crossref=[early])
    assert about(told(path, PTSD, "2026-06-08")) == [("new-ptsd", early.id, "new")]
    visit(
        path, "2026-06-10", pubmed=[replace(TRIAL, entered="2026-06-10")]
    )  # its record is shown from now on
    assert told(path, PTSD, "2026-06-15") == []
    visit(path, "2026-06-17", pubmed=[replace(RETRACTED, entered="2026-06-10")])
    assert about(told(path, PTSD, "2026-06-22")) == [("notices", TRIAL.id, "new")]


def test_a_retraction_that_a_second_source_repeats_is_told_once(path: Path) -> None:
    visit(path, "2026-06-04", pubmed=[TRIAL])
    told(path, ALL, "2026-06-08")
    visit(path, "2026-06-10", pubmed=[RETRACTED])
    (first,) = told(path, ALL, "2026-06-15")
    assert first.badges[0] == "Retracted"
    again = Record("crossref:10.5555/digest.1", "crossref", "article", TRIAL.title, published="2026", doi="10.5555/digest.1",
                   notices=[Notice("retraction", "doi:10.5555/digest.1", "doi:10.5555/notice", None, "2026-06-25")])  # fmt: skip
    visit(path, "2026-06-17", crossref=[again], pubmed=[NOTICE])
    assert told(path, ALL, "2026-06-22") == []


def test_a_disputed_retraction_is_not_told(path: Path) -> None:
    visit(path, "2026-06-04", pubmed=[TRIAL])
    told(path, ALL, "2026-06-08")
    visit(path, "2026-06-10", pubmed=[RETRACTED])
    db = open_database(path)
    (notice,) = db.query("SELECT work_id, kind, notice_id FROM found_notices WHERE kind = 'retraction'")
    db.table("notice_decisions").insert(
        notice
        | {
            "decision": "disputed",
            "decided_by": "A person",
            "why": "another work",
            "decided_at": "2026-06-11T00:00:00Z",
        }
    )
    db.close()
    assert told(path, ALL, "2026-06-15") == []


def test_a_preprint_is_told_of_again_when_its_article_appears(path: Path) -> None:
    preprint = Record(
        "europepmc:PPR960001", "europepmc", "preprint", "Ketamine for obsessive-compulsive disorder: a randomised trial",
        published="2026-06-02", entered="2026-06-02", doi="10.1101/2026.06.02.1",
    )  # fmt: skip
    visit(path, "2026-06-03", europepmc=[preprint])
    assert about(told(path, OCD, "2026-06-08")) == [("new-ocd", preprint.id, "new")]
    published = replace(
        preprint, notices=[Notice("update", preprint.id, "pubmed:96000030", None, "2026-06-11")]
    )
    paper = article(
        30,
        "2026-06-11",
        "Oral ketamine in obsessive-compulsive disorder: a randomised trial",
        doi="10.5555/digest.30",
    )
    visit(path, "2026-06-12", europepmc=[published], pubmed=[paper])
    found = told(path, OCD, "2026-06-15")
    assert [(item.section, item.record_id, item.badges[0]) for item in found] == [
        ("notices", preprint.id, "Published as an article"), ("new-ocd", paper.id, "RCT")
    ]  # fmt: skip
    # both at once, for those who were told of neither: the newer one alone
    db = open_database(path)
    both = draft(db, Audience(indications=("ocd",)), "2026-06-01", "2026-06-15", "2026-06-15T07:00:00Z")
    assert about(both.items) == [("new-ocd", paper.id, "new")]


def test_results_are_told_once_however_they_are_seen(path: Path) -> None:
    visit(path, "2026-06-03", clinicaltrials=[REGISTERED])
    assert about(told(path, PTSD, "2026-06-08")) == [("registered", REGISTERED.id, "new")]
    assert COMPLETED.registration
    posted = replace(COMPLETED.registration, results_first_posted="2026-06-15")
    visit(
        path, "2026-06-15", clinicaltrials=[replace(COMPLETED, registration=posted)]
    )  # an hour before the issue
    assert about(told(path, PTSD, "2026-06-15")) == [
        ("completed", REGISTERED.id, "updated"), ("results", REGISTERED.id, "updated")
    ]  # fmt: skip
    assert told(path, PTSD, "2026-06-22") == []  # the day on which they were posted lies in this week


def test_results_of_a_trial_that_came_only_now_are_told_by_their_date(path: Path) -> None:
    visit(path, "2026-06-24", clinicaltrials=[replace(COMPLETED, entered="2020-01-01")])
    assert about(told(path, PTSD, "2026-06-29")) == [("results", REGISTERED.id, "new")]


def test_a_trial_becomes_overdue_twelve_months_after_its_completion(path: Path) -> None:
    assert REGISTERED.registration
    done = replace(REGISTERED, status="COMPLETED", entered="2023-01-01",
                   registration=replace(REGISTERED.registration, primary_completion_date="2025-06-10"))  # fmt: skip
    visit(path, "2026-06-03", clinicaltrials=[done])
    assert told(path, PTSD, "2026-06-08") == []
    (late,) = told(path, PTSD, "2026-06-15")
    assert late.section == "overdue"
    assert late.line.endswith("completed 2025-06-10; no results in the registry, no report known here")
    assert told(path, PTSD, "2026-06-22") == []


def test_audiences_filter_by_drug_design_and_size(path: Path) -> None:
    small = article(
        40, "2026-06-03", "Ketamine in PTSD: a randomized trial", "Twelve adults with PTSD were randomized."
    )
    unknown = article(41, "2026-06-03", "Esketamine in PTSD: a randomised trial")
    review = article(42, "2026-06-03", "Ketamine in PTSD: a systematic review")
    visit(path, "2026-06-04", pubmed=[small, unknown, review, TRIAL])

    def found(**wishes: Any) -> set[str | None]:
        db = open_database(path)
        audience = Audience(indications=("ptsd",), **wishes)
        return {
            item.record_id for item in draft(db, audience, None, "2026-06-08", "2026-06-08T07:00:00Z").items
        }

    assert found() == {small.id, unknown.id, review.id, TRIAL.id}
    assert found(designs=("rct",)) == {small.id, unknown.id, TRIAL.id}
    assert found(designs=("rct",), min_size=20) == {unknown.id, TRIAL.id}  # an unknown size is let through
    assert found(drugs=("esketamine",)) == {unknown.id}


def test_news_without_a_date_are_new_unless_the_first_visit_brought_them(path: Path) -> None:
    first, later, dated = (
        Record(
            f"feed:{name}",
            "feed",
            "news",
            f"News of ketamine, {name}",
            venue="Invented News",
            published=published,
        )
        for name, published in (("first", None), ("later", None), ("dated", "2026-06-10"))
    )
    visit(path, "2026-06-03", feed=[first])
    assert told(path, ALL, "2026-06-08") == []
    visit(path, "2026-06-11", feed=[later, dated])
    assert about(told(path, ALL, "2026-06-15")) == [
        ("news", "feed:dated", "new"),
        ("news", "feed:later", "new"),
    ]


WORK = {
    "kind": "article", "designs": [], "parent_designs": [], "drugs": ["ketamine"], "routes": [], "comparators": [],
    "indications": [], "populations": [], "sample_size": None, "enrollment": None, "enrollment_type": None,
    "standing": None, "status": None, "year": 2026, "entered": "2026-06-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("work", "says"),
    [
        ({}, "Work of no stated design of ketamine"),
        ({"designs": ["rct"], "routes": ["intravenous"], "comparators": ["midazolam", "placebo"], "indications": ["depression", "trd"], "sample_size": 1200},
         "Randomised trial of intravenous ketamine compared with midazolam and placebo in treatment-resistant depression; 1,200 participants"),
        ({"designs": ["rct", "crossover"], "drugs": ["ketamine", "esketamine"], "routes": ["oral", "intranasal"], "populations": ["veteran"]},
         "Randomised crossover trial of ketamine and esketamine (oral, intranasal); veterans"),
        ({"designs": ["systematic-review", "meta-analysis"], "indications": ["suicidality"]},
         "Systematic review with meta-analysis on ketamine in suicidality"),
        ({"designs": ["protocol"], "parent_designs": ["rct"], "sample_size": 80}, "Protocol of a randomised trial of ketamine; 80 planned"),
        ({"designs": ["preclinical"], "sample_size": 12}, "Preclinical study of ketamine; N = 12"),
        ({"designs": ["case-report"], "sample_size": 1, "comparators": ["none"]}, "Case report of ketamine; 1 participant"),
        ({"kind": "registration", "enrollment": 30, "enrollment_type": "ACTUAL"}, "Registered study of ketamine; 30 enrolled"),
        ({"kind": "registration", "parent_designs": ["rct"]}, "Registered randomised trial of ketamine"),
        ({"designs": ["a-new-design"], "indications": ["a-new-one"], "comparators": ["a-new-drug"]},
         "A new design of ketamine compared with a-new-drug in a-new-one"),
    ],
)  # fmt: skip
def test_a_line_is_made_of_tags(work: dict[str, Any], says: str) -> None:
    assert line(WORK | work) == says


def test_badges_say_first_what_became_of_a_work() -> None:
    retracted = WORK | {"designs": ["rct"], "standing": "retracted", "kind": "preprint"}
    assert badges(retracted) == ("Retracted", "Preprint", "RCT")
    assert badges(WORK | {"year": 2019}) == ("published 2019",)
