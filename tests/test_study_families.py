"""Studies with several numbers, acronyms, versions, notices, likeness — and people's word on all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler.cli import cli
from crawler.linking import link_records
from crawler.linking.acronyms import is_telling, key_of
from store import save
from store.database import open_database
from store.hashing import content_hash
from store.records import Author, Notice, Record, Reference, Registration

NOW = "2026-01-01T00:00:00Z"
KETAMINE = {"drugs": ["ketamine"], "indications": ["depression"]}
RCT = {**KETAMINE, "designs": ["rct"]}


def registration(number: str, title: str = "A ketamine trial", scheme: str = "nct", **more: Any) -> Record:
    source = {"nct": "clinicaltrials", "isrctn": "isrctn"}[scheme]
    others = more.pop("others", [])
    return Record(
        f"{source}:{number}", source, "registration", title, identifiers=[(scheme, number), *others],
        nct_ids=[value for kind, value in [(scheme, number), *others] if kind == "nct"],
        authors=more.pop("authors", []), references=more.pop("references", []), registration=Registration(source, **more),
    )  # fmt: skip


def paper(pmid: str, title: str = "Ketamine: a randomised trial", **more: Any) -> Record:
    return Record(f"pubmed:{pmid}", "pubmed", more.pop("kind", "article"), title, **more)


def store(db: Database, *tagged: tuple[Record, dict[str, Any]]) -> None:
    batch = [save.TaggedRecord(one, content_hash(one), facets=facets) for one, facets in tagged]
    with db.atomic():
        save.save_records(db, batch, save.Stamp(NOW, None, "1"))
        link_records(db, [one.id for one, _ in tagged], NOW)


def links(db: Database, table: str = "study_records") -> dict[tuple[str, str], tuple[str | None, str]]:
    return {(row["study_id"], row["record_id"]): (row["role"], row["method"]) for row in db.table(table).rows}


def linked(*tagged: tuple[Record, dict[str, Any]]) -> dict[tuple[str, str], tuple[str | None, str]]:
    db = open_database(":memory:")
    store(db, *tagged)
    return links(db)


NCT, OTHER, ISRCTN, EUDRACT = "NCT00000001", "NCT00000002", "ISRCTN14689382", "2016-001715-21"


def test_registrations_that_name_each_other_are_one_study_and_its_papers_follow() -> None:
    found = linked(
        (registration(ISRCTN, scheme="isrctn", others=[("nct", NCT)]), KETAMINE),
        (registration(NCT), KETAMINE),
        (paper("1", abstract=f"Trial registration: {ISRCTN}."), RCT),
    )
    assert found == {
        (NCT, f"clinicaltrials:{NCT}"): ("registration", "registration"),
        (NCT, f"isrctn:{ISRCTN}"): ("registration", "registration"),
        (NCT, "pubmed:1"): ("primary", "text-registration"),
    }


def test_a_number_that_two_registrations_of_one_registry_claim_unites_nothing() -> None:
    found = linked(
        (registration(NCT, others=[("eudract", EUDRACT)]), KETAMINE),
        (registration(OTHER, others=[("eudract", EUDRACT)]), KETAMINE),
        (registration("NCT00000003", others=[("nct", NCT)]), KETAMINE),  # an extension that names its parent
    )
    assert {study for study, _ in found} == {NCT, OTHER, "NCT00000003"}


def test_a_trials_numbers_elsewhere_are_not_further_trials() -> None:
    both = paper("1", abstract=f"Registered as {NCT} and EudraCT {EUDRACT}.")
    assert {study for study, _ in linked((both, RCT))} == {NCT}
    two = paper("2", abstract=f"Pooled from {NCT} and {OTHER}.")
    assert {study for study, _ in linked((two, {**RCT, "designs": ["secondary-analysis"]}))} == {NCT, OTHER}


def test_an_acronym_links_in_title_or_text_if_drug_and_indication_agree() -> None:
    trial = registration(NCT, "A Study of Esketamine (TRANSFORM-2)", acronym="TRANSFORM-2")
    sister = registration(OTHER, "Another", acronym="TRANSFORM-1")
    records = [
        (trial, KETAMINE), (sister, KETAMINE),
        (paper("1", "Results of a Randomized Study (TRANSFORM\u20102)"), RCT),
        (paper("2", "Who responds? A post hoc analysis", abstract="Data of TRANSFORM-1 and TRANSFORM-2."),
         {**KETAMINE, "designs": ["secondary-analysis"]}),
        (paper("3", "Steel in TRANSFORM-2"), {"drugs": [], "indications": [], "designs": ["rct"]}),
    ]  # fmt: skip
    for order in (records, records[::-1]):
        db = open_database(":memory:")
        for one in order:
            store(db, one)
        found = links(db)
        assert found[NCT, "pubmed:1"] == ("primary", "acronym-title")
        assert found[NCT, "pubmed:2"] == found[OTHER, "pubmed:2"] == ("secondary", "acronym-text")
        assert (NCT, "pubmed:3") not in found
        assert (NCT, "pubmed:3") in links(db, "study_suggestions")
        assert found["pubmed:3", "pubmed:3"] == ("primary", "report")


@pytest.mark.parametrize(
    ("acronym", "telling"),
    [("TRANSFORM-2", True), ("KetECT", True), ("ELEKT-D", True), ("Aspire I", True), ("ESCAPE-TRD", True), ("SUSTAIN", True),
     ("CARE", False), ("KIND", False), ("Relief", False), ("K-2", False), ("", False)],
)  # fmt: skip
def test_acronyms_that_tell(acronym: str, telling: bool) -> None:
    assert is_telling(acronym) is telling
    assert key_of("TRANSFORM\u20112") == key_of("Transform 2") == "transform2"


def test_preprint_article_and_notices_share_the_study() -> None:
    preprint = paper("1", kind="preprint", abstract=f"Registered: {NCT}.")
    article = paper("2", notices=[Notice("update", "pubmed:1", "pubmed:2")])
    erratum = paper("3", "Erratum", notices=[Notice("correction", "pubmed:2", "pubmed:3")])
    comment = paper("4", "A comment", notices=[Notice("comment", "pubmed:2", "pubmed:4")])
    records = [(preprint, RCT), (article, RCT), (erratum, {}), (comment, {})]
    expected = {
        (NCT, "pubmed:1"): ("preprint", "text-registration"), (NCT, "pubmed:2"): ("primary", "version"),
        (NCT, "pubmed:3"): ("notice", "correction"),
    }  # fmt: skip
    for order in (records, records[::-1], records[2:] + records[:2]):
        db = open_database(":memory:")
        for one in order:
            store(db, one)
        assert links(db) == expected


def test_a_report_without_a_number_is_a_study_with_its_preprint_and_its_retraction() -> None:
    records = [
        (paper("1", kind="preprint"), RCT),
        (paper("2", notices=[Notice("update", "pubmed:1", "pubmed:2")]), RCT),
        (paper("3", "Retraction", notices=[Notice("retraction", "pubmed:2", "pubmed:3")]), {}),
        (paper("4", "A review of trials"), {**KETAMINE, "designs": ["narrative-review"]}),
    ]
    for order in (records, records[::-1]):
        db = open_database(":memory:")
        for one in order:
            store(db, one)
        assert links(db) == {
            ("pubmed:2", "pubmed:1"): ("preprint", "report"), ("pubmed:2", "pubmed:2"): ("primary", "report"),
            ("pubmed:2", "pubmed:3"): ("notice", "retraction"),
        }  # fmt: skip
        assert db.table("studies").get("pubmed:2")["title"] == "Ketamine: a randomised trial"


THIRD = "NCT00000005"
ALIKE = registration(
    THIRD, "Ketamine versus midazolam in chronic posttraumatic stress disorder", enrollment=30, start_date="2015-11",
    sponsor="Icahn School of Medicine at Mount Sinai", authors=[Author("Adriana Feder, MD")],
)  # fmt: skip
REPORT = paper(
    "7", "A randomized trial of ketamine in chronic posttraumatic stress disorder", published="2021-01-05",
    authors=[Author("Feder A", "Feder", affiliations=("Icahn School of Medicine at Mount Sinai, New York",))],
)  # fmt: skip
PTSD = {"drugs": ["ketamine"], "indications": ["ptsd"], "comparators": ["midazolam"]}
PTSD_RCT = {**PTSD, "designs": ["rct"], "sample_size": 30}


@pytest.mark.parametrize("reverse", [False, True])
def test_likeness_links_what_agrees_in_everything_and_says_in_what(reverse: bool) -> None:
    records = [(ALIKE, PTSD), (REPORT, PTSD_RCT)]
    db = open_database(":memory:")
    for one in records[::-1] if reverse else records:
        store(db, one)
    assert links(db)[THIRD, "pubmed:7"] == ("primary", "likeness")
    evidence = next(db.query("SELECT evidence FROM study_records WHERE record_id = 'pubmed:7'"))["evidence"]
    assert evidence.startswith("n = 30; investigator Feder; Icahn School of Medicine at Mount Sinai")
    assert "pubmed:7" not in {study for study, _ in links(db)}


@pytest.mark.parametrize(
    ("report", "facets", "suggested"),
    [
        (replace(REPORT, authors=[]), PTSD_RCT, True),
        (REPORT, {**PTSD_RCT, "sample_size": 31}, False),
        (REPORT, {**PTSD_RCT, "indications": ["ocd"]}, False),
        (replace(REPORT, published="2014"), PTSD_RCT, False),
        (replace(REPORT, published="2030"), PTSD_RCT, False),
    ],
)
def test_likeness_that_is_not_enough_is_a_suggestion_or_nothing(
    report: Record, facets: dict[str, Any], suggested: bool
) -> None:
    db = open_database(":memory:")
    store(db, (ALIKE, PTSD), (report, facets))
    assert links(db)["pubmed:7", "pubmed:7"] == ("primary", "report")
    assert ((THIRD, "pubmed:7") in links(db, "study_suggestions")) is suggested


CROWD = [
    (registration(NCT, acronym="TRANSFORM-2", others=[("eudract", EUDRACT)], references=[Reference("result", "pubmed:1")]), KETAMINE),
    (registration(ISRCTN, scheme="isrctn", others=[("eudract", EUDRACT)]), KETAMINE),
    (paper("1"), RCT),
    (paper("2", abstract=f"See {ISRCTN}"), RCT),
    (paper("3", notices=[Notice("correction", "pubmed:2", "pubmed:3")]), {}),
    (paper("4", "TRANSFORM-2 again"), RCT),
    (paper("5", kind="preprint", notices=[Notice("update", "pubmed:5", "pubmed:4")]), RCT),
    (ALIKE, PTSD), (REPORT, PTSD_RCT), (paper("6"), RCT),
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations(range(len(CROWD))), st.integers(1, 4))
def test_any_order_and_any_batches_give_the_same_studies(order: list[int], size: int) -> None:
    whole = open_database(":memory:")
    store(whole, *CROWD)
    db = open_database(":memory:")
    for start in range(0, len(order), size):
        store(db, *(CROWD[index] for index in order[start : start + size]))
    for table in ("study_records", "study_suggestions"):
        assert links(db, table) == links(whole, table)
    assert {row["id"]: row["title"] for row in db.table("studies").rows} == {
        row["id"]: row["title"] for row in whole.table("studies").rows
    }
    db.close()
    whole.close()


# ---- people ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watch.db"
    db = open_database(path)
    store(
        db,
        (registration(NCT), KETAMINE),
        (registration(OTHER), KETAMINE),
        (paper("1", nct_ids=[NCT]), RCT),
        (paper("2"), RCT),
    )
    db.close()
    return path


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["studies", *arguments, "--db", str(path)])


WHO = ("--by", "A. Reader", "--why", "methods section")


def again(path: Path) -> dict[tuple[str, str], tuple[str | None, str]]:
    """The links after everything was linked once more."""
    db = open_database(path)
    with db.atomic():
        link_records(db, [row["id"] for row in db.table("records").rows], NOW)
    found = links(db)
    db.close()
    return found


def test_a_person_confirms_rejects_and_undoes(path: Path) -> None:
    before = links(Database(path))
    assert before["pubmed:2", "pubmed:2"] == ("primary", "report")
    done = run(path, "confirm", OTHER, "pubmed:2", "--role", "extension", *WHO)
    assert (done.exit_code, done.output) == (0, f"1: confirm {OTHER} pubmed:2\n")
    assert again(path)[OTHER, "pubmed:2"] == ("extension", "person")
    assert ("pubmed:2", "pubmed:2") not in again(path)
    assert run(path, "reject", NCT, "pubmed:1", *WHO).exit_code == 0
    assert (NCT, "pubmed:1") not in again(path)
    listed = run(path, "decisions").output.splitlines()
    assert (
        listed[1] == f"2\treject {NCT} pubmed:1\tA. Reader, {listed[1].split(', ')[1][:10]}: methods section"
    )
    for number in ("1", "2"):
        assert run(path, "undo", number, "--by", "B. Editor").exit_code == 0
    assert again(path) == before
    assert run(path, "undo", "1", "--by", "B. Editor").exit_code == 2


def test_a_person_merges_and_splits_studies(path: Path) -> None:
    before = links(Database(path))
    assert run(path, "merge", NCT, OTHER, *WHO).exit_code == 0
    assert {study for study, _ in again(path)} == {NCT, "pubmed:2"}
    assert run(path, "undo", "1", "--by", "B").exit_code == 0
    assert again(path) == before
    db = open_database(path)
    store(db, (registration(ISRCTN, scheme="isrctn", others=[("nct", NCT)]), KETAMINE))
    assert (NCT, f"isrctn:{ISRCTN}") in links(db)
    db.close()
    assert run(path, "split", NCT, ISRCTN, *WHO).exit_code == 0
    assert (ISRCTN, f"isrctn:{ISRCTN}") in again(path)


def test_a_merge_of_studies_without_registrations_holds(path: Path) -> None:
    assert run(path, "merge", NCT, "pubmed:2", *WHO).exit_code == 0
    assert (NCT, "pubmed:2") in again(path)


def test_lists(path: Path) -> None:
    lines = run(path, "list", NCT).output.splitlines()
    assert lines == [
        f"{NCT}\tno date\tregistration\tclinicaltrials:{NCT}\t1.00 registration: {NCT}",
        f"{NCT}\tno date\tprimary\tpubmed:1\t0.70 text: {NCT}",
    ]
    assert json.loads(run(path, "list", "--json").output)[0]["study_id"] == NCT
    assert run(path, "list", "--suggested").output == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("confirm", "NCT09999999", "pubmed:1", *WHO), "no study NCT09999999"),
        (("confirm", NCT, "pubmed:9", *WHO), "no record pubmed:9"),
        (("confirm", NCT, "pubmed:1", "--role", "hero", *WHO), "no such role: hero"),
        (("merge", NCT, "nothing", *WHO), "no study nothing"),
        (("reject", NCT, "pubmed:1", "--by", " ", "--why", "x"), "needs --by and --why"),
        (("undo", "7", "--by", "A"), "no decision 7 is in force"),
    ],
)
def test_what_cannot_be_decided_is_refused(path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(path, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not any(row["withdrawn_at"] for row in Database(path).table("study_decisions").rows)
