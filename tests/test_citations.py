"""Citation tracking in the store: names of one work, edges with all who say them, counts, what is followed and wanted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from crawler.pipelines import Check, Save, TagRecords
from crawler.tagging import Tagger
from store import citations, citing_lists, watching, work_names
from store.citing import Answered, BareWork, Candidate, Count, Edge, Work
from store.database import open_database
from store.records import Heading, Record, Reference
from store.save import Stamp

DAY1, DAY2, DAY40 = "2026-11-01T06:00:00Z", "2026-11-02T06:00:00Z", "2026-12-10T06:00:00Z"
TITLE = "Intravenous ketamine for posttraumatic stress disorder: a randomized controlled trial"


def record(pmid: str, title: str = TITLE, **more: Any) -> Record:
    pubtypes = [Heading("pubtype", "Randomized Controlled Trial", "D016449")] if "trial" in title else []
    return Record(
        f"pubmed:{pmid}",
        "pubmed",
        "article",
        title,
        pmid=pmid,
        headings=pubtypes,
        **({"published": "2020"} | more),
    )


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path / "watch.db")


def crawl(db: Database, source: str, items: list[Any]) -> dict[str, Any]:
    """Send items through the pipelines as one visit to `source`; returns its row of `crawls`."""
    checking, tagging, saving = Check(), TagRecords(db, Tagger()), Save(db, source)
    saving.start("crawl")
    for item in items:
        saving.process_item(tagging.process_item(checking.process_item(item)))
    saving.close_spider()
    return dict(db.table("crawls").get(saving.finish("")))


def say(db: Database, *items: Any, now: str = DAY1) -> Any:
    with db.atomic():
        return citations.save_citations(db, items, Stamp(now, None, ""))


def follow_topic(db: Database) -> None:
    db.table("watched").insert_all(
        [{"dimension": "drug", "value": "ketamine"}, {"dimension": "indication", "value": "ptsd"}]
    )


def edges(db: Database) -> dict[tuple[str, str], list[str]]:
    return {
        (row["citing_id"], row["cited_id"]): json.loads(row["sources"])
        for row in db.table("citation_edges").rows
    }


def consistent(db: Database) -> bool:
    """Whether `citation_edges` is what `citation_claims` makes it."""
    sql = """SELECT citing_id, cited_id, json_group_array(DISTINCT source) AS sources, min(first_seen) AS first_seen, backfill
        FROM citation_claims WHERE citing_id <> cited_id GROUP BY citing_id, cited_id"""

    def comparable(rows: Any) -> set[Any]:
        return {(row["citing_id"], row["cited_id"], row["first_seen"], row["backfill"], *sorted(json.loads(row["sources"])))
                for row in rows}  # fmt: skip

    return comparable(db.query(sql)) == comparable(db.table("citation_edges").rows)


def test_each_source_keeps_its_word_and_the_first_to_say_it_is_known(db: Database) -> None:
    edge = ("pubmed:2", "pubmed:1")
    assert say(db, Edge(*edge, "pubmed_links")).new == 1
    assert say(db, Edge(*edge, "openalex"), Edge(*edge, "pubmed_links"), now=DAY2).unchanged == 1
    said = {
        row["source"]: (row["first_seen"], row["last_seen"]) for row in db.table("citation_statements").rows
    }
    assert said == {"pubmed_links": (DAY1, DAY2), "openalex": (DAY2, DAY2)}
    [row] = db.table("citation_edges").rows
    assert (row["first_seen"], json.loads(row["sources"])) == (DAY1, ["openalex", "pubmed_links"])
    assert consistent(db)


def test_a_work_does_not_cite_itself(db: Database) -> None:
    crawl(db, "pubmed", [record("1", doi="10.1000/x")])
    say(db, Edge("pubmed:1", "pubmed:1", "openalex"), Edge("doi:10.1000/x", "pubmed:1", "openalex"))
    assert edges(db) == {}


def test_names_of_one_work_become_one_whatever_came_first(db: Database) -> None:
    say(db, Edge("doi:10.1000/b", "pubmed:1", "europepmc"), Edge("pubmed:2", "pubmed:1", "pubmed_links"))
    say(db, Edge("openalex:W2", "doi:10.1000/a", "openalex"))
    assert len(edges(db)) == 3
    crawl(db, "pubmed", [record("1", doi="10.1000/a")])
    say(
        db,
        BareWork("openalex:W2", "openalex", ("pubmed:2", "doi:10.1000/b"), "A citing work", ("Doe J",), 2021),
    )
    assert list(edges(db)) == [("pubmed:2", "pubmed:1")]
    assert sorted(edges(db)["pubmed:2", "pubmed:1"]) == ["europepmc", "openalex", "pubmed_links"]
    assert db.table("bare_works").get("pubmed:2")["title"] == "A citing work"
    crawl(db, "pubmed", [record("2")])
    assert not list(db.table("bare_works").rows)
    assert consistent(db)


def test_a_source_that_mixes_up_two_works_does_not_mix_up_ours(db: Database) -> None:
    crawl(
        db,
        "pubmed",
        [record("1", doi="10.1000/a"), record("2", "Ketamine, another title altogether", doi="10.1000/b")],
    )
    say(db, BareWork("pubmed:1", "openalex", ("doi:10.1000/b", "openalex:W1")))
    assert work_names.work_of(db, "doi:10.1000/b") == "pubmed:2"
    assert work_names.work_of(db, "doi:10.1000/a") == "pubmed:1"
    say(
        db,
        BareWork("pubmed:8", "openalex", ("openalex:W8",)),
        BareWork("pubmed:9", "openalex", ("openalex:W8",)),
    )
    assert {work_names.work_of(db, name) for name in ("pubmed:8", "pubmed:9")} == {"pubmed:8", "pubmed:9"}
    assert work_names.work_of(db, "openalex:W8") == "pubmed:8"


def test_references_in_records_are_edges_and_follow_their_changes(db: Database) -> None:
    cites = [
        Reference("cites", "pubmed:7"),
        Reference("cites", "doi:10.1000/z"),
        Reference("result", "pubmed:6"),
    ]
    crawl(db, "pubmed", [record("1", references=cites)])
    assert edges(db) == {("pubmed:1", work): ["pubmed references"] for work in ("pubmed:7", "doi:10.1000/z")}
    say(db, Edge("pubmed:1", "pubmed:7", "openalex"))
    crawl(db, "pubmed", [record("1", references=cites[1:])])
    assert edges(db) == {
        ("pubmed:1", "pubmed:7"): ["openalex"],
        ("pubmed:1", "doi:10.1000/z"): ["pubmed references"],
    }
    assert consistent(db)


def test_merged_records_are_one_work_and_two_again_when_a_person_says_so(db: Database) -> None:
    crawl(db, "pubmed", [record("1", doi="10.1000/a")])
    other = Record("europepmc:PPR1", "europepmc", "preprint", TITLE, doi="10.1000/p", published="2020")
    crawl(db, "europepmc", [other])
    say(db, Edge("pubmed:5", "pubmed:1", "openalex"), Edge("pubmed:5", "doi:10.1000/p", "openalex"))
    with db.atomic():
        db.execute("UPDATE records SET merged_into = 'pubmed:1' WHERE id = 'europepmc:PPR1'")
        work_names.name_records(db, ["europepmc:PPR1"])
    assert list(edges(db)) == [("pubmed:5", "pubmed:1")]
    assert consistent(db)
    with db.atomic():
        db.execute("UPDATE records SET merged_into = NULL WHERE id = 'europepmc:PPR1'")
        work_names.name_records(db, ["pubmed:1"])
    assert set(edges(db)) == {("pubmed:5", "pubmed:1"), ("pubmed:5", "europepmc:PPR1")}
    assert consistent(db)


def test_counts_are_kept_per_source_and_day_and_only_when_they_tell_something(db: Database) -> None:
    icite = Count("pubmed:1", "icite", 10, (("relative_citation_ratio", 1.5),))
    assert say(db, icite, Count("pubmed:1", "openalex", 12)).new == 2
    assert say(db, icite, now=DAY2).unchanged == 1
    assert say(db, Count("pubmed:1", "openalex", 13), now=DAY2).changed == 1
    say(db, icite, now=DAY40)
    rows = [(row["source"], row["counted_on"], row["cited_by"]) for row in db.table("citation_counts").rows]
    assert rows == [("icite", "2026-11-01", 10), ("icite", "2026-12-10", 10), ("openalex", "2026-11-01", 12), ("openalex", "2026-11-02", 13)]  # fmt: skip
    latest = {row["source"]: row["cited_by"] for row in db.query("SELECT * FROM citation_counts_latest")}
    assert latest == {"icite": 10, "openalex": 13}


def test_works_are_asked_about_in_turn_and_not_again_too_soon(db: Database) -> None:
    follow_topic(db)
    crawl(db, "pubmed", [record("1"), record("2"), record("3", "A review of ketamine in PTSD")])

    def due(today: str, watch: watching.Watch = "trials", limit: int = 9) -> list[Work]:
        return list(
            watching.due_works(
                db, "openalex", ("pubmed", "doi"), watch=watch, today=today, every_days=14, limit=limit
            )
        )

    assert [work.id for work in due("2026-11-01")] == ["pubmed:1", "pubmed:2"]
    say(db, Answered("pubmed:1", "openalex", 3, 2))
    assert [(work.id, work.asked_before) for work in due("2026-11-02")] == [("pubmed:2", False)]
    assert [(work.id, work.asked_before) for work in due("2026-11-15")] == [
        ("pubmed:2", False),
        ("pubmed:1", True),
    ]
    with db.atomic():
        assert watching.watch(db, "doi:10.1000/n", "why not", "Ada", DAY1)
        assert not watching.watch(db, "doi:10.1000/n", "again", "Ben", DAY1)
        assert watching.watch(db, "pmcid:PMC5", "no source asks by this alone", "Ada", DAY1)
    assert [work.id for work in due("2026-11-02")] == ["doi:10.1000/n", "pubmed:2"]
    assert [work.id for work in due("2026-11-02", "named")] == ["doi:10.1000/n"]
    assert len(due("2026-11-02", limit=1)) == 1
    with db.atomic():
        assert watching.unwatch(db, "doi:10.1000/n", "Ben", DAY2)
        assert not watching.unwatch(db, "doi:10.1000/n", "Ben", DAY2)
    assert due("2026-11-02", "named") == []
    assert [row["withdrawn_by"] for row in db.table("watched_works").rows] == ["Ben", None]


def test_a_candidate_is_kept_as_a_record_only_if_it_has_a_drug_of_the_topic(db: Database) -> None:
    cites = Edge("pubmed:21", "pubmed:1", "pubmed_links"), Edge("pubmed:22", "pubmed:1", "pubmed_links")
    crawl(db, "pubmed", [record("1")])
    say(db, *cites, Edge("doi:10.1000/q", "pubmed:1", "openalex"))
    assert watching.wanted_pmids(db, 10) == ("21", "22")
    assert watching.wanted_pmids(db, 1) == ("21",)
    off_topic = record("22", "Cortical thickness in veterans", abstract="No drug was given.", doi="10.1000/w")
    row = crawl(
        db, "pubmed", [Candidate(record("21", "Ketamine in status epilepticus")), Candidate(off_topic)]
    )
    assert (row["new"], row["outcome"]) == (1, "ok")
    assert [one["id"] for one in db.table("records").rows] == ["pubmed:1", "pubmed:21"]
    bare = db.table("bare_works").get("pubmed:22")
    assert (bare["title"], bare["year"], json.loads(bare["names"])) == (
        off_topic.title,
        2020,
        ["pubmed:22", "doi:10.1000/w"],
    )
    assert watching.wanted_pmids(db, 10) == ()
    assert [item["source"] for item in db.table("rejects").rows] == []


def test_what_is_cited_beside_the_trials_and_is_missing_is_ranked(db: Database) -> None:
    follow_topic(db)
    crawl(db, "pubmed", [record("1"), record("2")])
    for review, cited in (("31", "1 2 90"), ("32", "1 90 91"), ("33", "91"), ("34", "2 90 1")):
        say(db, *(Edge(f"pubmed:{review}", f"pubmed:{one}", "europepmc") for one in cited.split()))
    with db.atomic():
        assert watching.rank_cocited(db, DAY1) == 2
    found = [
        (row["work_id"], row["together"], row["pairs"]) for row in db.query("SELECT * FROM most_cocited")
    ]
    assert found == [("pubmed:90", 3, 5), ("pubmed:91", 1, 1)]
    assert "90" in watching.wanted_pmids(db, 10)
    assert "91" not in watching.wanted_pmids(db, 10)  # beside a trial once only


def test_new_citers_are_those_that_appeared_not_those_of_a_first_answer(db: Database) -> None:
    follow_topic(db)
    crawl(db, "pubmed", [record("1"), record("40", "Ketamine, later", entered="2026-11-20"), record("41", "Ketamine, old", entered="2019-01-01")])  # fmt: skip
    say(db, *(Edge(f"pubmed:{one}", "pubmed:1", "openalex") for one in (40, 41, 42)))
    say(db, BareWork("pubmed:42", "openalex", title="Old", year=2015), Answered("pubmed:1", "openalex"))
    say(db, Edge("pubmed:43", "pubmed:1", "openalex", backfill=False), now=DAY2)
    assert {row["citing_id"]: row["appeared"] for row in db.query("SELECT * FROM citing_works")} == {
        "pubmed:40": "2026-11-20", "pubmed:41": "2019-01-01", "pubmed:42": "2015", "pubmed:43": "2026-11-02",
    }  # fmt: skip
    assert [row["citing_id"] for row in citing_lists.citers(db, ["pubmed:1"], "2026-11-01")] == [
        "pubmed:40",
        "pubmed:43",
    ]
    assert citing_lists.trials_in(db, "ptsd") == ["pubmed:1"]
    assert citing_lists.trials_in(db, "ocd") == []


def test_an_answer_is_not_taken_as_given_if_something_before_it_was_lost(db: Database) -> None:
    with db.atomic():
        citations.save_citations(db, [Answered("pubmed:1", "icite")], Stamp(DAY1, None, ""), whole=False)
    assert not list(db.table("citation_polls").rows)


def test_the_command_line_follows_lists_and_tells(db: Database, tmp_path: Path) -> None:
    follow_topic(db)
    crawl(db, "pubmed", [record("1", doi="10.1000/a")])
    say(
        db, Edge("pubmed:43", "pubmed:1", "openalex", backfill=False), Count("pubmed:1", "icite", 4), now=DAY2
    )

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["citations", *arguments, "--db", str(tmp_path / "watch.db")])

    person = ("--by", "Ada")
    assert run("watch", "PMID: 1", "nct00749203", "--why", "the first", *person).output.splitlines() == [
        "pubmed:1: followed", "clinicaltrials:NCT00749203: followed"]  # fmt: skip
    assert (
        "is followed already" in run("watch", "https://doi.org/10.1000/A", "--why", "again", *person).output
    )
    wrong = run("watch", "1", "what is this", "--why", "x", *person)
    assert (wrong.exit_code, "no PMID, DOI" in wrong.output) == (2, True)
    listed = json.loads(run("list", "--json").output)
    assert [(row["work_id"], row["citing"], row["counts"], row["why"]) for row in listed] == [
        ("clinicaltrials:NCT00749203", 0, {}, "the first"), ("pubmed:1", 1, {"icite": 4}, "the first")]  # fmt: skip
    assert "icite: 4\tAda: the first" in run("list").output
    for arguments in (("--of", "1"), ("--of", "1", "--of", "2"), ("--indication", "ptsd"), ()):
        [row] = json.loads(run("new", "--since", "2026-11-01", "--json", *arguments).output)
        assert (row["citing_id"], row["cites"], row["sources"]) == ("pubmed:43", ["pubmed:1"], ["openalex"])
    assert "pubmed:43" in run("new", "--since", "2026-11-01").output
    assert run("new", "--of", "1", "--indication", "ptsd").exit_code == 2
    assert json.loads(run("new", "--since", "2026-11-03", "--json").output) == []
    assert run("unwatch", "1", *person).output == "pubmed:1: followed no more\n"
    assert "was not followed by name" in run("unwatch", "1", *person).output
    say(db, Edge("pubmed:43", "pubmed:77", "openalex"))
    with db.atomic():
        watching.rank_cocited(db, DAY2)
    assert "pubmed:77" in run("missing").output
    assert [row["work_id"] for row in json.loads(run("missing", "--json").output)] == ["pubmed:77"]
