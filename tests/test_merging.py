"""One work from several sources is shown once, whatever came first, and every merge can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler.cli import cli
from crawler.config import load_config
from crawler.merging import decisions, merge
from crawler.pipelines import Check, Save, TagRecords, tagger_for
from crawler.run import load
from store import read
from store.database import open_database
from store.errors import ConfigError
from store.records import Author, Checkpoint, Deletion, Publication, Record, Registration

NOW = "2026-01-01T00:00:00Z"
TITLE = "Intravenous ketamine for treatment-resistant depression: a randomised trial"
ABSTRACT = "Forty adults with treatment-resistant depression were randomized to ketamine or midazolam."
PUBMED = Record(
    "pubmed:1",
    "pubmed",
    "article",
    TITLE,
    authors=[Author("Doe J", "Doe")],
    published="2020-01",
    pmid="1",
    venue="J Mood",
)
EUROPEPMC = Record(
    "europepmc:MED/1",
    "europepmc",
    "article",
    TITLE,
    abstract=ABSTRACT,
    pmid="1",
    pmcid="PMC7",
    doi="10.1000/x",
    published="2020",
)
CROSSREF = Record(
    "crossref:10.1000/x",
    "crossref",
    "article",
    f"{TITLE}.",
    doi="10.1000/X",
    venue="Journal of Mood",
    published="2020-02",
)
FEED = Record(
    "feeds:abc",
    "feeds",
    "article",
    TITLE,
    authors=[Author("Jane Doe")],
    published="2020-01-05",
    url="https://example.org/x",
)
ALL = [PUBMED, EUROPEPMC, CROSSREF, replace(FEED, authors=[Author("Doe J", "Doe")])]


def send(db: Database, *items: Any) -> None:
    """Send items through the pipelines as one visit to each record's source."""
    for item in items:
        checking, tagging = Check(), TagRecords(db, tagger_for(()))
        saving = Save(db, item.source)
        saving.start("crawl")
        saving.process_item(tagging.process_item(checking.process_item(item)))
        saving.process_item(Checkpoint("new", "2026-01-01", 1, 1))
        assert not saving.failures
        saving.finish("ketamine")


def filled(items: Iterable[Any], path: str | Path = ":memory:") -> Database:
    db = open_database(path)
    send(db, *items)
    return db


def shown(db: Database) -> dict[str, str | None]:
    """record id -> the record that is shown for it."""
    return {row["id"]: row["merged_into"] for row in db.table("records").rows}


def state(db: Database) -> Any:
    """All that merging decides, without when."""
    records = {row["id"]: (row["merged_into"], row["abstract"], row["doi"], row["pmcid"], row["published"], row["year"],
                           row["url"], row["venue"], row["indications"], row["authors"]) for row in db.table("records").rows}  # fmt: skip
    merges = sorted((row["record_id"], row["into_id"], row["method"], row["evidence"], row["confidence"], row["decided_by"])
                    for row in db.table("merges").rows_where("withdrawn_at IS NULL"))  # fmt: skip
    fields = sorted(
        (row["record_id"], row["field"], row["from_id"]) for row in db.table("record_fields").rows
    )
    review = sorted(
        (row["record_id"], row["into_id"], row["doubt"]) for row in db.table("merge_suggestions").rows
    )
    tags = sorted(
        (row["record_id"], row["dimension"], row["value"], row["field"]) for row in db.table("tags").rows
    )
    return records, merges, fields, review, tags


EXPECTED_OF_ALL = state(filled(ALL))


@pytest.mark.parametrize("order", list(permutations(range(len(ALL)))))
def test_any_order_of_arrival_gives_the_same(order: tuple[int, ...]) -> None:
    db = filled(ALL[index] for index in order)
    assert shown(db) == {"pubmed:1": None} | dict.fromkeys(
        ["europepmc:MED/1", "crossref:10.1000/x", "feeds:abc"], "pubmed:1"
    )
    assert state(db) == EXPECTED_OF_ALL


def test_empty_fields_are_filled_by_the_better_source_and_filled_ones_stay() -> None:
    db = filled(ALL)
    row = db.table("records").get("pubmed:1")
    assert (row["abstract"], row["doi"], row["pmcid"], row["url"]) == (
        ABSTRACT,
        "10.1000/x",
        "PMC7",
        "https://example.org/x",
    )
    assert (row["venue"], row["published"], row["year"], row["title"]) == ("J Mood", "2020-01", 2020, TITLE)
    assert {(one["field"], one["from_id"]) for one in db.table("record_fields").rows} == {
        ("abstract", "europepmc:MED/1"), ("doi", "europepmc:MED/1"), ("pmcid", "europepmc:MED/1"), ("url", "feeds:abc"),
    }  # fmt: skip


def test_values_that_a_source_gives_later_win_and_the_loan_ends() -> None:
    db = filled([PUBMED, EUROPEPMC])
    send(db, replace(PUBMED, abstract="Ketamine in bipolar depression.", doi="10.1000/own"))
    row = db.table("records").get("pubmed:1")
    assert (row["abstract"], row["doi"]) == ("Ketamine in bipolar depression.", "10.1000/own")
    assert {one["field"] for one in db.table("record_fields").rows} == {"pmcid"}
    changes = {
        (one["field"], one["old"]) for one in db.table("revisions").rows_where("record_id = 'pubmed:1'")
    }
    assert {("abstract", None), ("doi", None)} <= changes


@pytest.mark.parametrize("again", [PUBMED, replace(PUBMED, keywords=["ketamine"])])
def test_a_re_crawl_keeps_what_was_filled_and_invents_no_revision(again: Record) -> None:
    db = filled([PUBMED, EUROPEPMC])
    before = state(db)
    revisions = db.table("revisions").count
    hashes = read.content_hashes(db, ["pubmed:1"])
    send(db, again, EUROPEPMC)
    assert state(db) == before
    assert {row["field"] for row in db.table("revisions").rows_where("id > ?", [revisions])} <= {"keywords"}
    assert (read.content_hashes(db, ["pubmed:1"]) == hashes) == (again is PUBMED)


def test_the_shown_record_is_tagged_with_the_text_that_is_shown() -> None:
    alone = filled([PUBMED]).table("records").get("pubmed:1")
    db = filled([PUBMED, EUROPEPMC])
    row = db.table("records").get("pubmed:1")
    assert alone["comparators"] == "[]"
    assert json.loads(row["comparators"]) == ["midazolam"]
    assert db.table("tags").count_where("record_id = 'pubmed:1' AND field = 'abstract'")


def test_what_a_merged_record_no_longer_gives_is_taken_back() -> None:
    db = filled([PUBMED, EUROPEPMC])
    send(db, replace(EUROPEPMC, abstract=None, pmid="2", doi=None))
    assert shown(db) == {"pubmed:1": None, "europepmc:MED/1": None}
    assert db.table("records").get("pubmed:1") == filled([PUBMED]).table("records").get("pubmed:1") | {
        name: db.table("records").get("pubmed:1")[name] for name in ("first_seen", "last_changed", "crawl_id")
    }
    withdrawn = [row for row in db.table("merges").rows if row["withdrawn_at"]]
    assert [(row["withdrawn_by"], row["why"]) for row in withdrawn] == [
        ("rules", "no longer said by the records")
    ]


def test_a_deleted_record_never_leads_while_another_stands() -> None:
    db = filled([PUBMED, EUROPEPMC])
    send(db, Deletion("pubmed", "pubmed:1"))
    assert shown(db) == {"pubmed:1": "europepmc:MED/1", "europepmc:MED/1": None}
    send(db, PUBMED)
    assert shown(db) == {"pubmed:1": None, "europepmc:MED/1": "pubmed:1"}


def test_a_publication_that_is_wholly_lent_goes_with_the_loan() -> None:
    giver = replace(
        EUROPEPMC, publication=Publication(journal="Journal of Mood", volume="3", languages=["eng"])
    )
    db = filled([PUBMED, giver])
    assert db.table("publications").get("pubmed:1")["volume"] == "3"
    send(db, replace(PUBMED, keywords=["x"]))
    assert db.table("publications").get("pubmed:1")["volume"] == "3"
    send(db, replace(PUBMED, publication=Publication(journal="J Mood", pages="1-9")))
    row = db.table("publications").get("pubmed:1")
    assert (row["journal"], row["volume"], row["pages"], row["languages"]) == (
        "J Mood",
        "3",
        "1-9",
        '["eng"]',
    )
    send(db, replace(giver, pmid=None, doi=None, pmcid=None, title="Another thing altogether about rats"))
    row = db.table("publications").get("pubmed:1")
    assert (row["journal"], row["volume"], row["pages"], row["languages"]) == ("J Mood", None, "1-9", "[]")
    db = filled([PUBMED, giver])
    send(db, replace(giver, pmid="9", doi=None, pmcid=None))
    assert not db.table("publications").count_where("record_id = 'pubmed:1'")


@pytest.mark.parametrize(
    "doi",
    [
        "10.1000/X",
        "10.1000/x.",
        "10.1000/x),",
        "https://doi.org/10.1000/x",
        "doi:10.1000/X",
        "http://dx.doi.org/10.1000%2Fx",
    ],
)
def test_a_doi_is_one_in_any_spelling(doi: str) -> None:
    other = Record("feeds:1", "feeds", "article", "Unlike", identifiers=[("doi", doi)])
    db = filled([replace(PUBMED, doi="10.1000/x"), other])
    assert shown(db)["feeds:1"] == "pubmed:1"


def registration(number: str, source: str = "clinicaltrials", **more: Any) -> Record:
    return Record(f"{source}:{number}", source, "registration", "A trial of ketamine in depression", published="2020-01-01",
                  nct_ids=[number], registration=Registration(source), **more)  # fmt: skip


def test_registrations_merge_by_their_own_number_only() -> None:
    twice = [
        registration("NCT00000001"),
        registration("NCT00000002"),
        registration("ISRCTN00000003", "isrctn", identifiers=[("nct", "NCT00000001")]),
    ]
    paper = replace(
        PUBMED, title=twice[0].title, nct_ids=["NCT00000001"], identifiers=[("nct", "NCT00000001")]
    )
    assert set(shown(filled([*twice, paper])).values()) == {None}
    elsewhere = registration("NCT00000001", "europepmc")
    assert shown(filled([elsewhere, *twice]))["europepmc:NCT00000001"] == "clinicaltrials:NCT00000001"
    newer = registration("NCT00000009", identifiers=[("nct-alias", "NCT00000001")])
    assert shown(filled([twice[0], newer])) == {
        "clinicaltrials:NCT00000001": "clinicaltrials:NCT00000009",
        "clinicaltrials:NCT00000009": None,
    }


def test_a_preprint_is_never_its_article() -> None:
    preprint = Record(
        "medrxiv:10.1101/1",
        "medrxiv",
        "preprint",
        TITLE,
        authors=PUBMED.authors,
        published="2020",
        doi="10.1101/1",
    )
    db = filled([PUBMED, preprint])
    assert set(shown(db).values()) == {None}
    with pytest.raises(ConfigError, match="a preprint is not its article"):
        decisions.confirm(db, "pubmed:1", "medrxiv:10.1101/1", "Ann", "same text", NOW)


def test_two_of_a_service_that_has_one_for_a_work_stay_apart_and_are_kept_for_review() -> None:
    notice = replace(PUBMED, id="pubmed:2", pmid="2", title="Erratum", doi="10.1000/x")
    db = filled([replace(PUBMED, doi="10.1000/x"), notice, CROSSREF])
    assert shown(db) == {"pubmed:1": None, "pubmed:2": None, "crossref:10.1000/x": "pubmed:1"}
    doubts = {(row["record_id"], row["into_id"]): row["doubt"] for row in db.table("merge_suggestions").rows}
    assert set(doubts) == {("pubmed:1", "pubmed:2"), ("crossref:10.1000/x", "pubmed:2")}


RECORDS = [
    *ALL,
    replace(PUBMED, id="pubmed:2", pmid="2", doi="10.1000/x"),
    replace(CROSSREF, id="crossref:10.1000/y", doi="10.1000/y"),
    Record("feeds:d", "feeds", "article", TITLE, doi="10.1000/y", pmcid="PMC7", published="2021"),
    replace(
        EUROPEPMC,
        id="europepmc:PMC/7",
        pmid=None,
        doi=None,
        published="2021",
        authors=[Author("Roe J", "Roe")],
    ),
    Record(
        "medrxiv:10.1000/y",
        "medrxiv",
        "preprint",
        TITLE,
        doi="10.1000/y",
        published="2020",
        abstract="A preprint.",
    ),
]

EXPECTED = state(filled(RECORDS))


@settings(max_examples=8, deadline=None)
@given(st.permutations(RECORDS), st.lists(st.sampled_from(RECORDS), max_size=3))
def test_contradictions_too_end_the_same_in_any_order(order: list[Record], again: list[Record]) -> None:
    db = filled([*order, *again])
    assert state(db) == EXPECTED
    db.close()


@settings(max_examples=6, deadline=None)
@given(st.permutations(RECORDS), st.integers(0, len(RECORDS)))
def test_a_record_that_came_with_another_doi_first_leaves_no_trace(order: list[Record], at: int) -> None:
    stranger = replace(RECORDS[2], doi="10.1000/y", abstract="Of another work.")
    arrivals: list[Record] = [*order[:at], stranger, *(one for one in order[at:])]
    if at > order.index(RECORDS[2]):
        arrivals.append(RECORDS[2])
    db = filled(arrivals)
    assert state(db)[:4] == EXPECTED[:4]
    db.close()


# --- people's decisions


def ketamine_watch(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["merges", *arguments, "--db", str(path)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    filled(ALL, tmp_path / "watch.db").close()
    return tmp_path / "watch.db"


def test_what_a_person_undoes_stays_undone(path: Path) -> None:
    done = ketamine_watch(
        path, "undo", "europepmc:MED/1", "pubmed:1", "--by", "Ann", "--why", "another version"
    )
    assert done.exit_code == 0, done.output
    db = open_database(path)
    assert shown(db) == {
        "pubmed:1": None, "europepmc:MED/1": None, "crossref:10.1000/x": "europepmc:MED/1", "feeds:abc": "pubmed:1",
    }  # fmt: skip
    row = db.table("records").get("pubmed:1")
    assert (row["abstract"], row["doi"], row["pmcid"], row["comparators"]) == (None, None, None, "[]")
    parted = [row for row in db.table("merges").rows if row["withdrawn_by"] == "Ann"]
    assert [(row["record_id"], row["into_id"], row["why"]) for row in parted] == [
        ("europepmc:MED/1", "pubmed:1", "another version")
    ]
    before = shown(db)
    send(db, *[replace(one, keywords=["again"]) for one in ALL])
    assert shown(db) == before
    db.close()
    assert ketamine_watch(path, "rebuild").exit_code == 0
    assert shown(open_database(path)) == before


def test_an_undo_between_two_that_are_both_merged_into_a_third(path: Path) -> None:
    assert (
        ketamine_watch(path, "undo", "feeds:abc", "europepmc:MED/1", "--by", "Ann", "--why", "x").exit_code
        == 0
    )
    where = shown(open_database(path))
    assert (where["feeds:abc"] or "feeds:abc") != (where["europepmc:MED/1"] or "europepmc:MED/1")


def test_a_confirmation_takes_the_undo_back(path: Path) -> None:
    pair = ("europepmc:MED/1", "pubmed:1")
    before = state(open_database(path))
    ketamine_watch(path, "undo", *pair, "--by", "Ann", "--why", "another version")
    assert ketamine_watch(path, "confirm", *pair, "--by", "Bob", "--why", "looked at both").exit_code == 0
    db = open_database(path)
    assert [state(db)[part] for part in (0, 2, 3, 4)] == [before[part] for part in (0, 2, 3, 4)]
    row = next(db.query("SELECT * FROM merges WHERE record_id = 'europepmc:MED/1' AND withdrawn_at IS NULL"))
    assert (row["decided_by"], row["why"]) == ("Bob", "looked at both")


def test_a_suggestion_is_listed_confirmed_and_gone(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    abstract = Record(
        "europepmc:2",
        "europepmc",
        "article",
        TITLE,
        authors=PUBMED.authors,
        published="2019",
        venue="Another Journal",
        abstract=ABSTRACT,
    )
    filled([PUBMED, abstract], path).close()
    listed = ketamine_watch(path, "list", "--suggested")
    assert "europepmc:2 ? pubmed:1: title: titles 100 % alike" in listed.output
    assert "different journals" in listed.output
    assert json.loads(ketamine_watch(path, "list", "--suggested", "--json").output)[0]["doubt"].startswith(
        "different journals"
    )
    assert (
        ketamine_watch(path, "confirm", "europepmc:2", "pubmed:1", "--by", "Ann", "--why", "same").exit_code
        == 0
    )
    assert ketamine_watch(path, "list", "--suggested").output == "0 suggested\n"
    assert "europepmc:2 -> pubmed:1: person: a person's decision (Ann)" in ketamine_watch(path, "list").output
    assert (
        ketamine_watch(path, "undo", "europepmc:2", "pubmed:1", "--by", "Ann", "--why", "not so").exit_code
        == 0
    )
    assert ketamine_watch(path, "list", "--suggested").output == "0 suggested\n"
    assert ketamine_watch(path, "list").output == "0 merged\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("undo", "pubmed:1", "pubmed:404", "--by", "Ann", "--why", "x"), "no record pubmed:404"),
        (("confirm", "pubmed:1", "pubmed:1", "--by", "Ann", "--why", "x"), "one with itself"),
        (("undo", "pubmed:1", "feeds:z", "--by", "Ann", "--why", "x"), "are not merged"),
        (("undo", "pubmed:1", "feeds:abc", "--by", " ", "--why", "x"), "is blank"),
        (("undo", "pubmed:1", "feeds:abc", "--by", "Ann"), "Missing option '--why'"),
    ],
)
def test_wrong_decisions_are_refused_and_change_nothing(
    path: Path, arguments: tuple[str, ...], said: str
) -> None:
    db = open_database(path)
    send(db, Record("feeds:z", "feeds", "news", "Something else"))
    before = state(db)
    done = ketamine_watch(path, *arguments)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert state(db) == before


def test_an_older_releases_database_is_merged_by_the_next_load(path: Path) -> None:
    db = open_database(path)
    wanted = state(db)[0]
    with db.atomic():
        for table in ("merges", "record_fields", "work_keys"):
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE records SET merged_into = NULL")
        db.execute(
            "UPDATE records SET abstract = NULL, doi = NULL, pmcid = NULL, url = NULL WHERE id = 'pubmed:1'"
        )
    assert load(load_config(environ={}), path, []) == []
    assert state(db)[0] == wanted


def test_readers_see_one_record_and_reach_the_others(path: Path) -> None:
    db = open_database(path)
    assert [row["id"] for row in db.query("SELECT id FROM works")] == ["pubmed:1"]
    assert [row["id"] for row in db.query("SELECT id FROM trials")] == ["pubmed:1"]
    assert next(db.query("SELECT sum(records) AS n FROM evidence_matrix WHERE indication = 'trd'"))["n"] == 1
    sources = {
        row["source"]: row for row in db.query("SELECT * FROM work_sources WHERE record_id = 'pubmed:1'")
    }
    assert set(sources) == {"pubmed", "europepmc", "crossref", "feeds"}
    assert (sources["pubmed"]["shown"], sources["crossref"]["evidence"]) == (
        1,
        "doi 10.1000/x, by way of europepmc:MED/1",
    )
    assert json.loads(sources["europepmc"]["gives"]) == ["abstract", "doi", "pmcid"]


def test_a_study_number_that_only_a_merged_record_states_shows_on_the_shown_one() -> None:
    db = filled([PUBMED, replace(EUROPEPMC, nct_ids=["NCT00000001"])])
    thread = list(db.query("SELECT study_id, record_id FROM study_threads"))
    assert thread == [{"study_id": "NCT00000001", "record_id": "pubmed:1"}]
    assert next(db.query("SELECT studies FROM trials"))["studies"] == "NCT00000001"


def test_records_of_a_service_that_has_one_for_each_work_are_not_compared_by_their_titles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hundreds of titles of a year end in "a randomised controlled trial"."""
    judged: list[tuple[str, str]] = []

    def judge(one: Any, other: Any) -> Any:
        judged.append((one.id, other.id))
        return real(one, other)

    real = merge.judge
    monkeypatch.setattr(merge, "judge", judge)
    alike = [replace(PUBMED, id=f"pubmed:{pmid}", pmid=str(pmid)) for pmid in range(1, 6)]
    db = filled([*alike, FEED, replace(FEED, id="feeds:z", url="https://example.org/z")])
    assert not [pair for pair in judged if all(one.startswith("pubmed:") for one in pair)]
    assert {frozenset(pair) for pair in judged} >= {
        frozenset(pair) for pair in [("feeds:abc", "feeds:z"), *((one.id, "feeds:abc") for one in alike)]
    }
    assert not db.execute(
        "SELECT 1 FROM merges WHERE record_id LIKE 'pubmed:%' AND into_id LIKE 'pubmed:%'"
    ).fetchone()
