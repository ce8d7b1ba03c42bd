"""What was known on a day, what was searched, and what is missing."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from crawler.linking import link_records
from crawler.searchlog import as_csv
from datasette_config.metadata import build
from store import save
from store.database import open_database
from store.hashing import content_hash
from store.history import as_of, as_of_sql
from store.records import Notice, Record, Registration

TRIAL = Record("pubmed:1", "pubmed", "article", "Ketamine", published="2024")


def keep(db: Database, record: Record, now: str, **facets: Any) -> None:
    tagged = save.TaggedRecord(record, content_hash(record), facets=facets)
    with db.atomic():
        save.save_records(db, [tagged], save.Stamp(now, None, "1"))
        link_records(db, [record.id], now)


def test_a_day_keeps_its_answer_whatever_comes_later() -> None:
    db = open_database(":memory:")
    keep(db, TRIAL, "2024-01-10T08:00:00Z", designs=["rct"], sample_size=40)
    answers = {}
    for day, now, record, facets in (
        ("2024-01-20", "2024-02-01T08:00:00Z", replace(TRIAL, status="retracted"), {"designs": ["rct"], "sample_size": 41}),
        ("2024-02-10", "2024-03-01T08:00:00Z", replace(TRIAL, title="Ketamine, mended", status=None), {"designs": [], "sample_size": None}),
        ("2024-03-10", "2024-04-01T08:00:00Z", TRIAL, {"designs": ["protocol"], "sample_size": 42}),
    ):  # fmt: skip
        answers[day] = list(as_of(db, day))
        keep(db, record, now, **facets)
        assert {day: list(as_of(db, day)) for day in answers} == answers
    assert [(row[0]["status"], row[0]["sample_size"], row[0]["designs"]) for row in answers.values()] == [
        (None, 40, '["rct"]'), ("retracted", 41, '["rct"]'), (None, None, "[]"),
    ]  # fmt: skip
    assert list(as_of(db, "2024-01-09")) == []
    assert [row["id"] for row in as_of(db, "2024-01-10")] == ["pubmed:1"]


def test_the_question_on_the_site_is_the_same_query() -> None:
    query = build("watch")["databases"]["watch"]["queries"]["as_of"]["sql"]
    assert query == as_of_sql("coalesce(nullif(trim(:day), ''), 'now')")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watch.db"
    db = open_database(path)
    keep(db, TRIAL, "2024-01-10T08:00:00Z")
    for source, started, outcome in (
        ("pubmed", "2024-01-10T08:00:00Z", "ok"), ("clinicaltrials", "2024-01-10T08:00:05Z", "unreachable"),
        ("pubmed", "2024-02-10T08:00:00Z", "nothing_new"),
    ):  # fmt: skip
        crawl_id = save.start_crawl(
            db, source, started, command="crawl", versions='{"ketamine-watch": "0.1"}'
        )
        save.finish_crawl(
            db, crawl_id, save.Counts(new=int(outcome == "ok")), query=f"ketamine[tiab] {source} | x",
            reported=1, outcome=outcome, finished=started,
        )  # fmt: skip
    db.close()
    return path


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_search_log_has_all_sixteen_items_and_every_search(path: Path) -> None:
    log = run("searchlog", "--db", path)
    assert [line.partition(".")[0] for line in log.splitlines() if ". **" in line] == [
        str(n) for n in range(1, 17)
    ]
    assert "PubMed: 2024-01-10 to 2024-02-10" in log
    assert "| 2024-01-10T08:00:05Z | ClinicalTrials.gov | everything | 1 | 0 | 0 | unreachable |" in log
    assert "```\nketamine[tiab] pubmed | x\n```" in log
    assert "2024-02-10" not in run("searchlog", "--db", path, "--until", "2024-01-31")


def test_the_search_log_as_a_table(path: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("searchlog", "--db", path, "--format", "csv", "--source", "pubmed")))
    )
    assert [(row["searched"], row["outcome"]) for row in rows] == [
        ("2024-01-10T08:00:00Z", "ok"), ("2024-02-10T08:00:00Z", "nothing_new"),
    ]  # fmt: skip
    hostile = dict.fromkeys(rows[0], "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in as_csv([hostile])
    unknown = CliRunner().invoke(cli, ["searchlog", "--db", str(path), "--source", "medline"])
    assert unknown.exit_code == 2


def test_asof_prints_lines(path: Path) -> None:
    assert [json.loads(line)["id"] for line in run("asof", "2024-01-10", "--db", path).splitlines()] == [
        "pubmed:1"
    ]
    assert run("asof", "2024-01-09", "--db", path) == ""
    assert CliRunner().invoke(cli, ["asof", "yesterday", "--db", str(path)]).exit_code == 2


# ---- what is missing ------------------------------------------------------------------------------------------------


def ago(days: int) -> str:
    return (datetime.now(timezone.utc) - timedelta(days=days)).date().isoformat()


def trial(number: int, **more: Any) -> Record:
    status = more.pop("status", "COMPLETED")
    facts = {
        "study_type": "INTERVENTIONAL",
        "primary_completion_date": ago(400),
        "primary_completion_date_type": "ACTUAL",
    }
    nct = f"NCT0000000{number}"
    return Record(
        f"clinicaltrials:{nct}", "clinicaltrials", "registration", f"Trial {number}", status=status, nct_ids=[nct],
        identifiers=[("nct", nct)], registration=Registration("clinicaltrials.gov", **(facts | more)),
    )  # fmt: skip


@pytest.fixture
def db() -> Database:
    db = open_database(":memory:")
    save.save_watched(db, ["ketamine"], ["depression"])
    return db


FACETS = {"drugs": ["ketamine"], "indications": ["depression"]}


def ids(db: Database, view: str) -> list[str]:
    rows = list(db.query(f"SELECT * FROM {view} ORDER BY id"))
    assert all(row["meaning"].endswith(".") and row["how_sure"].endswith(".") for row in rows)
    return [row["id"].rpartition("0")[2] for row in rows]


def test_overdue_trials_are_those_without_results_and_report(db: Database) -> None:
    for record in (
        trial(1), trial(2, primary_completion_date=ago(300)), trial(3, results_first_posted=ago(10)), trial(4),
        trial(5, status="WITHDRAWN"), trial(6, primary_completion_date=None, completion_date=ago(800)[:7]),
        trial(7, primary_completion_date=None), trial(8, study_type="OBSERVATIONAL"),
    ):  # fmt: skip
        keep(db, record, "2024-01-01T00:00:00Z", **FACETS)
    keep(db, replace(TRIAL, nct_ids=["NCT00000004"]), "2024-01-01T00:00:00Z", designs=["rct"], **FACETS)
    keep(db, trial(9), "2024-01-01T00:00:00Z", drugs=["ketamine"], indications=["pain"])  # not watched
    assert ids(db, "overdue_trials") == ["1", "6"]
    days = next(db.query("SELECT days_overdue FROM overdue_trials WHERE id LIKE '%1'"))["days_overdue"]
    assert 33 <= days <= 36
    assert ids(db, "results_without_report") == ["3"]
    assert ids(db, "stopped_trials") == ["5"]


def test_a_report_that_may_be_its_own_lowers_the_certainty(db: Database) -> None:
    keep(db, trial(1, enrollment=40), "2024-01-01T00:00:00Z", **FACETS, comparators=["placebo"])
    paper = replace(TRIAL, title="Trial 1", published=None)
    keep(
        db, paper, "2024-01-01T00:00:00Z", **FACETS, comparators=["placebo"], designs=["rct"], sample_size=40
    )
    row = next(db.query("SELECT how_sure FROM overdue_trials"))
    assert row["how_sure"].startswith("A likely report waits")


def test_switched_outcomes_say_when(db: Database) -> None:
    outcome = {"level": "primary", "measure": "MADRS", "time_frame": None, "description": None}
    first = trial(1, outcomes=[outcome], start_date="2024-01", primary_completion_date="2024-12")
    keep(db, first, "2024-02-01T00:00:00Z", **FACETS)
    secondary = {**outcome, "level": "secondary", "measure": "QIDS"}
    more = trial(1, outcomes=[outcome, secondary], start_date="2024-01", primary_completion_date="2024-12")
    keep(db, more, "2024-03-01T00:00:00Z", **FACETS)
    assert ids(db, "outcomes_switched") == []
    switched = trial(
        1, outcomes=[{**outcome, "measure": "HAM-D"}], start_date="2024-01", primary_completion_date="2024-12"
    )
    keep(db, switched, "2025-03-01T00:00:00Z", **FACETS)
    row = next(db.query("SELECT before, after, moment FROM outcomes_switched"))
    assert row == {"before": "MADRS", "after": "HAM-D", "moment": "after completion"}


def test_preprints_without_an_article_grow_stale(db: Database) -> None:
    def preprint(number: int, published: str, **more: Any) -> Record:
        return Record(
            f"europepmc:PPR0{number}",
            "europepmc",
            "preprint",
            f"Preprint {number}",
            published=published,
            **more,
        )

    for record in (
        preprint(1, ago(800)), preprint(2, ago(100)), preprint(3, ago(800), doi="10.1101/3"), preprint(4, ago(800)),
    ):  # fmt: skip
        keep(db, record, "2024-01-01T00:00:00Z", **FACETS, designs=["rct"])
    for notice in (
        Notice("update", "doi:10.1101/3", "pubmed:8"),
        Notice("update", "europepmc:PPR04", "pubmed:9"),
    ):
        keep(
            db,
            Record(notice.notice or "", "pubmed", "article", "Article", notices=[notice]),
            "2024-01-01T00:00:00Z",
        )
    assert ids(db, "stale_preprints") == ["1"]


def test_the_list_of_studies_counts_trials_once(db: Database) -> None:
    keep(
        db,
        trial(1, enrollment=40, enrollment_type="ACTUAL", acronym="KET-1"),
        "2024-01-01T00:00:00Z",
        **FACETS,
    )
    for pmid, design, size, when in (
        ("1", "protocol", 44, "2020"),
        ("2", "rct", 40, "2022"),
        ("3", "secondary-analysis", 40, "2023"),
    ):
        paper = Record(
            f"pubmed:{pmid}", "pubmed", "article", f"Paper {pmid}", nct_ids=["NCT00000001"], published=when
        )
        keep(db, paper, "2024-01-01T00:00:00Z", **FACETS, designs=[design], sample_size=size)
    notice = Record(
        "pubmed:4", "pubmed", "article", "Erratum", notices=[Notice("correction", "pubmed:2", "pubmed:4")]
    )
    keep(db, notice, "2024-01-01T00:00:00Z")
    [row] = db.query("SELECT * FROM study_list")
    assert (row["study_id"], row["acronym"], row["planned"], row["enrolled"], row["reported"]) == (
        "NCT00000001",
        "KET-1",
        44,
        40,
        40,
    )
    assert (row["records"], row["notices"], row["first_report"], row["designs"]) == (5, 1, "2022", '["rct"]')
