"""What became of works: from every source, together, typed, with disagreements shown and a person's word on top."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from crawler.cli import cli
from crawler.noticing.groups import Group, bring_together, standing_of
from crawler.noticing.statements import Statement
from store.database import open_database
from store.records import Deletion, Notice, Record, Reference
from tests.test_merging import filled, send

TRIAL = Record(
    "pubmed:1",
    "pubmed",
    "article",
    "Ketamine for pain after surgery: a trial",
    pmid="1",
    doi="10.1000/x",
    published="2020-01",
)
IN_PUBMED = replace(
    TRIAL, notices=[Notice("retraction", "pubmed:1", "pubmed:2", "J Mood. 2021 May;1:2", "2021-05")]
)
NOTICE = Record("pubmed:2", "pubmed", "article", "Retraction notice to: Ketamine for pain after surgery", pmid="2", doi="10.1000/n", published="2021-05-03",
                notices=[Notice("retraction", "pubmed:1", "pubmed:2", None, "2021-05-03")])  # fmt: skip
IN_CROSSREF = Record("crossref:10.1000/x", "crossref", "article", TRIAL.title, doi="10.1000/x", published="2020",
                     notices=[Notice("retraction", "doi:10.1000/x", "doi:10.1000/n", None, "2021-05-02")])  # fmt: skip
CITING = Record(
    "pubmed:9",
    "pubmed",
    "article",
    "A review of ketamine for pain",
    pmid="9",
    published="2022",
    references=[Reference("cites", "doi:10.1000/x")],
)
ALL = [IN_PUBMED, NOTICE, IN_CROSSREF, CITING]


def notices(db: Database) -> list[dict[str, Any]]:
    columns = "work_id, kind, notice_id, date, sources, disagreement, standing, decision, decided_by"
    return [
        row | {"sources": json.loads(row["sources"])}
        for row in db.query(f"SELECT {columns} FROM work_notices ORDER BY work_id, kind, notice_id")
    ]


def standing(db: Database, record_id: str = "pubmed:1") -> Any:
    return db.table("records").get(record_id)["standing"]


@pytest.mark.parametrize("order", list(permutations(range(len(ALL)))))
def test_one_row_a_notice_with_all_its_sources_in_any_order(order: tuple[int, ...]) -> None:
    db = filled(ALL[index] for index in order)
    assert notices(db) == [
        {"work_id": "pubmed:1", "kind": "retraction", "notice_id": "pubmed:2", "date": "2021-05", "sources": ["crossref", "pubmed"],
         "disagreement": None, "standing": "retracted", "decision": None, "decided_by": None},
    ]  # fmt: skip
    assert [
        (row["record_id"], row["cited_id"], row["cited_after"])
        for row in db.query("SELECT * FROM cites_retracted")
    ] == [("pubmed:9", "pubmed:1", 1)]
    assert [row["standing"] for row in db.query("SELECT standing FROM works WHERE id = 'pubmed:1'")] == [
        "retracted"
    ]


def test_the_status_stays_what_the_source_said() -> None:
    db = filled([replace(TRIAL, status="retracted")])
    assert (db.table("records").get("pubmed:1")["status"], standing(db)) == ("retracted", "retracted")
    assert notices(db)[0]["notice_id"] is None


def test_a_statement_that_is_taken_back_is_gone_with_its_standing() -> None:
    db = filled(ALL)
    send(db, TRIAL, replace(NOTICE, notices=[]))
    assert [(row["kind"], row["sources"]) for row in notices(db)] == [("retraction", ["crossref"])]
    send(db, replace(IN_CROSSREF, notices=[]))
    assert notices(db) == []
    assert standing(db) is None
    assert list(db.query("SELECT * FROM cites_retracted")) == []
    for table in ("found_notices", "notice_aliases", "notice_sayers"):
        assert db.table(table).count == 0


def test_a_notice_on_a_work_that_is_not_here_is_kept_and_reaches_who_cites_it() -> None:
    db = filled([NOTICE, replace(CITING, references=[Reference("cites", "pubmed:1")])])
    assert [(row["work_id"], row["standing"]) for row in notices(db)] == [("pubmed:1", None)]
    assert [row["record_id"] for row in db.query("SELECT * FROM cites_retracted")] == ["pubmed:9"]
    send(db, TRIAL)
    assert standing(db) == "retracted"


def test_a_trial_whose_report_cites_a_retracted_work_is_listed() -> None:
    report = Record("pubmed:8", "pubmed", "article", "Intravenous ketamine for depression: a randomized controlled trial", pmid="8",
                    published="2020-05", nct_ids=["NCT00000001"], references=[Reference("cites", "pubmed:1")])  # fmt: skip
    db = filled([*ALL, report])
    [row] = db.query("SELECT * FROM trials_citing_retracted")
    assert (row["study_id"], row["id"], row["cited_id"], row["kind"]) == (
        "NCT00000001",
        "pubmed:8",
        "pubmed:1",
        "retraction",
    )
    assert row["how_sure"].startswith("It was published before the retraction.")


def test_the_notice_itself_does_not_cite_a_retracted_work() -> None:
    db = filled([IN_PUBMED, replace(NOTICE, references=[Reference("cites", "pubmed:1")])])
    assert list(db.query("SELECT * FROM cites_retracted")) == []


def test_silence_of_a_source_that_has_the_work_is_shown() -> None:
    db = filled([IN_PUBMED, replace(IN_CROSSREF, notices=[])])
    assert notices(db)[0]["disagreement"] == "crossref does not say so"
    send(db, Deletion("crossref", "crossref:10.1000/x"))
    assert notices(db)[0]["disagreement"] is None


def test_an_erratum_never_becomes_a_retraction() -> None:
    correction = replace(IN_CROSSREF, notices=[Notice("correction", "doi:10.1000/x", "doi:10.1000/n")])
    db = filled([IN_PUBMED, NOTICE, correction])
    found = {row["kind"]: row for row in notices(db)}
    assert found["correction"]["disagreement"] == "pubmed calls it retraction"
    assert found["retraction"]["disagreement"] == "crossref calls it correction; crossref does not say so"
    assert standing(filled([TRIAL, correction])) == "corrected"


def said(
    kind: str, notice: str | None = "n", source: str = "pubmed", date: str | None = None, work: str = "w"
) -> Statement:
    return Statement(work, kind, notice, source, date, None, None, f"{source}:1", "2026")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], None),
        ([said("comment")], None),
        ([said("correction")], "corrected"),
        ([said("correction"), said("retraction")], "retracted"),
        ([said("withdrawal")], "withdrawn"),
        ([said("expression-of-concern"), said("correction")], "concern"),
        ([said("partial-retraction"), said("expression-of-concern")], "partly-retracted"),
        ([said("update"), said("correction")], "superseded"),
        ([said("retraction", date="2020-01"), said("reinstatement", date="2021-01")], None),
        (
            [said("retraction", date="2020-01"), said("reinstatement", date="2021-01"), said("correction")],
            "corrected",
        ),
        ([said("reinstatement", date="2019-01"), said("retraction", date="2020-01")], "retracted"),
        ([said("retraction"), said("reinstatement")], None),
        ([said("retraction", "w"), said("republication", "w")], "corrected"),
        ([said("retraction", "n"), said("republication", "n")], "retracted"),
    ],
)
def test_the_gravest_notice_gives_the_standing(kinds: list[Statement], expected: str | None) -> None:
    assert standing_of("w", bring_together(kinds, ())) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2020-01-05", "2020-02", None),
        ("2020-01", "2021-06", "dates differ: 2020-01 (crossref), 2021-06 (pubmed)"),
        ("2020", "2021-06", None),
        ("2018", "2021", "dates differ: 2018 (crossref), 2021 (pubmed)"),
    ],
)
def test_dates_that_differ_are_shown(one: str, other: str, expected: str | None) -> None:
    (group,) = bring_together(
        [said("retraction", date=one, source="crossref"), said("retraction", date=other)], ()
    )
    assert group.disagreement == expected


def test_an_unnamed_notice_joins_the_earliest_named_one_of_its_kind() -> None:
    groups = bring_together(
        [
            said("retraction", None, "feeds"),
            said("retraction", "b", date="2021"),
            said("retraction", "a", date="2022"),
        ],
        (),
    )
    assert [(group.notice, group.sources) for group in groups] == [
        ("a", ["pubmed"]),
        ("b", ["feeds", "pubmed"]),
    ]
    assert isinstance(groups[0], Group)


# --- people's decisions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    filled(ALL, tmp_path / "watch.db").close()
    return tmp_path / "watch.db"


def ketamine_watch(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["notices", *arguments, "--db", str(path)])


def number(path: Path) -> str:
    return str(json.loads(ketamine_watch(path, "list", "--json").output)[0]["id"])


def test_a_disputed_notice_marks_nothing_and_says_who_disputes_it(path: Path) -> None:
    notice = number(path)
    assert ketamine_watch(path, "dispute", notice, "--by", "Ann", "--why", "another paper").exit_code == 0
    db = open_database(path)
    assert standing(db) is None
    assert list(db.query("SELECT * FROM cites_retracted")) == []
    assert [(row["decision"], row["decided_by"]) for row in notices(db)] == [("disputed", "Ann")]
    send(db, *[replace(one, keywords=["again"]) for one in ALL])
    assert standing(db) is None
    db.close()
    assert "disputed by Ann: another paper" in ketamine_watch(path, "list").output
    assert ketamine_watch(path, "list", "--open").output == "0 notices\n"
    assert ketamine_watch(path, "undo", notice, "--by", "Bob").exit_code == 0
    db = open_database(path)
    assert standing(db) == "retracted"
    assert [(row["decision"], row["withdrawn_by"]) for row in db.table("notice_decisions").rows] == [
        ("disputed", "Bob")
    ]


def test_an_acknowledged_notice_still_marks_the_work(path: Path) -> None:
    assert (
        ketamine_watch(path, "acknowledge", number(path), "--by", "Ann", "--why", "left out").exit_code == 0
    )
    db = open_database(path)
    assert (standing(db), notices(db)[0]["decision"]) == ("retracted", "acknowledged")


@pytest.mark.parametrize(
    "order",
    list(permutations([IN_CROSSREF, IN_PUBMED, NOTICE])),
    ids=lambda order: "-".join(one.id for one in order),
)
def test_a_decision_follows_its_notice_to_its_name(tmp_path: Path, order: tuple[Record, ...]) -> None:
    path = tmp_path / "watch.db"
    filled([replace(TRIAL, notices=[Notice("retraction", "pubmed:1", None)])], path).close()
    assert ketamine_watch(path, "dispute", number(path), "--by", "Ann", "--why", "x").exit_code == 0
    db = open_database(path)
    send(db, *order)
    assert [(row["decision"], standing(db)) for row in notices(db)] == [("disputed", None)]


def test_a_decision_on_a_work_that_comes_later(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    filled([replace(NOTICE, notices=[Notice("retraction", "doi:10.1000/x", "pubmed:2")])], path).close()
    assert ketamine_watch(path, "dispute", number(path), "--by", "Ann", "--why", "x").exit_code == 0
    db = open_database(path)
    send(db, IN_CROSSREF)
    send(db, TRIAL)
    assert [(row["work_id"], row["decision"]) for row in notices(db)] == [("pubmed:1", "disputed")]
    assert standing(db) is None


def test_the_list_takes_days_and_kinds(path: Path) -> None:
    assert ketamine_watch(path, "list", "--since", "2999-01-01").output == "0 notices\n"
    assert ketamine_watch(path, "list", "--kind", "correction").output == "0 notices\n"
    assert (
        "retraction  2021-05  pubmed:1  Ketamine for pain"
        in ketamine_watch(path, "list", "--kind", "retraction").output
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("dispute", "404", "--by", "Ann", "--why", "x"), "no notice 404"),
        (("undo", "{}", "--by", "Ann"), "nobody has decided"),
        (("dispute", "{}", "--by", "Ann", "--why", " "), "is blank"),
        (("list", "--kind", "fraud"), "is not one of"),
    ],
)
def test_wrong_decisions_are_refused(path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = ketamine_watch(path, *(argument.format(number(path)) for argument in arguments))
    assert (done.exit_code, words in done.output) == (2, True), done.output
