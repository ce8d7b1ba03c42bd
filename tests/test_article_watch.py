"""What bears on a sentence: found by facets, told in words, ranked, counted once, and settled by a person alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.bearing.match import KEPT, match_articles
from crawler.cli import cli
from crawler.digest.articles import sentences
from crawler.digest.audience import Audience
from crawler.digest.scope import scope_of
from store import article_news, verdicts
from store.article_report import report
from store.database import open_database
from store.errors import ConfigError
from store.records import Notice, Record, Registration
from store.verdicts import Verdict
from tests.filled import PROBE, save_as_crawled
from tests.watched_article import Said, add

NOW = "2026-03-01T00:00:00Z"
LATER = "2026-03-08T00:00:00Z"
IV_PTSD = {"indication": "ptsd", "drug": "ketamine", "route": "intravenous"}
ABDALLAH, FEDER, FEDER_AGAIN = "pubmed:35046508", "pubmed:33397139", "pubmed:37404970"
ELEKT_D, KETECT, BOTH_DRUGS = "pubmed:37224232", "pubmed:35020871", "pubmed:31786030"


@pytest.fixture
def path(filled_db: Path, tmp_path: Path) -> Path:
    shutil.copy(filled_db, tmp_path / "watch.db")
    return tmp_path / "watch.db"


@pytest.fixture
def db(path: Path) -> Database:
    return open_database(path)


def bearing(db: Database, claim_id: int) -> dict[tuple[str, str], dict[str, Any]]:
    """(kind, record) -> the match."""
    rows = db.query("SELECT * FROM claim_bearing WHERE claim_id = ? AND ended_at IS NULL", [claim_id])
    return {(row["kind"], row["record_id"]): row for row in rows}


def matched(
    db: Database, *said: Said, topics: tuple[str, ...] = ()
) -> list[dict[tuple[str, str], dict[str, Any]]]:
    ids = add(db, "probe", list(said), topics=topics)
    with db.atomic():
        match_articles(db, NOW)
    return [bearing(db, claim_id) for claim_id in ids]


def state(db: Database, claim_id: int) -> dict[str, Any]:
    return next(db.query("SELECT * FROM claim_states WHERE claim_id = ?", [claim_id]))


# -- evidence


def test_a_sentence_on_veterans_finds_the_trial_in_veterans_and_says_why(db: Database) -> None:
    (found,) = matched(
        db, Said("Trials in veterans failed.", facets={"indication": "ptsd", "population": "veteran"})
    )
    assert list(found) == [("evidence", ABDALLAH)]
    match = found["evidence", ABDALLAH]
    assert match["priority"] == "medium"
    for words in (
        "RCT, PTSD, repeated IV ketamine",
        "veterans, N=158, 2022",
        "your sentence speaks of PTSD, veterans",
    ):
        assert words in match["reason"]
    assert match["study_id"] == "NCT02655692"


def test_civilians_are_no_veterans_and_a_trial_printed_twice_counts_once(db: Database) -> None:
    (found,) = matched(
        db, Said("In civilians, repeated infusions helped.", facets=IV_PTSD | {"regimen": "repeated"})
    )
    assert ("evidence", FEDER) in found
    assert {("evidence", ABDALLAH), ("evidence", FEDER_AGAIN)}.isdisjoint(found)


def test_what_is_older_than_the_sentence_rests_on_is_found_and_less_urgent(db: Database) -> None:
    sad = {"indication": "anxiety", "indication_detail": "social-anxiety", "drug": "ketamine"}
    plain, dated = matched(
        db, Said("It helped in social anxiety.", facets=sad), Said("In 2023 a review held so.", facets=sad)
    )
    taylor = ("evidence", "pubmed:28849779")
    assert plain[taylor]["priority"] == "medium"
    assert dated[taylor]["priority"] == "low"
    assert "it is older than what your sentence rests on (2023)" in dated[taylor]["reason"]


def test_esketamine_is_not_racemic_ketamine(db: Database) -> None:
    spray = {"indication": "depression trd", "drug": "esketamine", "route": "intranasal"}
    both = {"indication": "trd", "drug": "ketamine esketamine"}
    nasal, compared = matched(
        db, Said("The spray works.", facets=spray), Said("Both are alike.", "comparison", both)
    )
    records = [record_id for _, record_id in nasal]
    drugs = {
        row[0]
        for row in db.execute(
            f"SELECT DISTINCT drugs FROM records WHERE id IN ({','.join('?' * len(records))})", records
        )
    }
    assert records
    assert drugs == {'["esketamine"]'}
    assert list(compared) == [("evidence", BOTH_DRUGS)]


def test_a_comparison_is_touched_by_the_same_comparison_alone(db: Database) -> None:
    tms = {"indication": "depression trd", "drug": "ketamine", "comparator": "tms"}
    ect = tms | {"comparator": "ect"}
    with_tms, head_to_head, with_ect = matched(
        db, Said("TMS lasts longer.", "comparison", tms), Said("A head-to-head study found them alike.", "comparison"),
        Said("ECT compares well.", "comparison", ect, section="ECT"),
    )  # fmt: skip
    assert not with_tms
    assert not head_to_head  # what is compared is taken from the section
    assert {("evidence", ELEKT_D), ("evidence", KETECT)} <= set(with_ect)


def test_facets_may_come_from_the_section_and_the_reason_says_so(db: Database) -> None:
    _, inherited = matched(
        db,
        Said("PTSD improves.", facets=IV_PTSD),
        Said("Repeated infusions helped.", facets={"regimen": "repeated"}),
    )
    assert "indication taken from the section" in inherited["evidence", FEDER]["reason"]


def test_kinds_of_claims_ask_for_kinds_of_works(db: Database) -> None:
    facets = {"indication": "depression trd", "drug": "ketamine", "route": "intravenous"}
    guideline, cost, other, harms = matched(
        db, Said("Guidelines suggest it.", "guideline", facets), Said("It costs 500 dollars.", "cost-access", facets),
        Said("It is a drug.", "other", facets), Said("It is safe.", "safety", facets),
    )  # fmt: skip
    assert {record_id for _, record_id in guideline} == {"pubmed:28249076", "pubmed:99000009"}
    assert not cost
    assert not other
    assert ("evidence", "pubmed:25271445") in harms
    assert ("evidence", "pubmed:23982301") not in harms


def test_a_claim_without_facets_and_an_article_without_claims_match_nothing(db: Database) -> None:
    (found,) = matched(db, Said("Ask your doctor."))
    assert not found
    assert add(db, "empty", []) == []
    assert report(db, "empty")["counts"] == {"high": 0, "medium": 0, "low": 0, "none": 0}


# -- what is cited


def test_what_is_cited_is_not_offered_as_new_and_its_fate_is_told(db: Database) -> None:
    facets = {"indication": "anxiety", "drug": "ketamine"}
    cites = ("pubmed:99000001", "pubmed:31415914", "pubmed:26395901")
    (found,) = matched(db, Said("It helped.", facets=facets, cites=cites))
    assert found["notice", "pubmed:99000001"]["priority"] == "high"
    assert "was retracted" in found["notice", "pubmed:99000001"]["reason"]
    assert found["notice", "pubmed:31415914"]["priority"] == "low"
    newer = found["newer-version", "pubmed:34510411"]
    assert newer["priority"] == "medium"
    assert "you cite that of 2015" in newer["reason"]
    assert not {("evidence", record_id) for record_id in cites} & set(found)
    assert state(db, 1)["rule"] == "notice.retraction"


def test_a_newer_review_under_the_same_title_is_found(db: Database, path: Path) -> None:
    titles = {
        2020: "Ketamine for depression: a systematic review",
        2024: "Ketamine for depression: an updated systematic review",
    }
    ids = {year: f"pubmed:9710{year}" for year in titles}
    reviews = [Record(ids[year], "pubmed", "article", titles[year], published=str(year)) for year in titles]
    save_as_crawled(path, "pubmed", reviews)
    (found,) = matched(db, Said("A review says so.", cites=(ids[2020],)))
    assert found["newer-version", ids[2024]]["rule"] == "newer-version.title"


def test_a_mismatch_is_told_from_the_cited_work_and_from_the_year_of_a_trial(db: Database) -> None:
    sentence = "A 2018 trial in civilians found repeated infusions better than placebo."
    year, cited = matched(
        db, Said(sentence, facets=IV_PTSD | {"regimen": "repeated"}),
        Said("It was so in 2018.", cites=(FEDER,), mismatch="your sentence says 2018, the work is of 2021"),
    )  # fmt: skip
    assert "a trial of 2018; the trial here that fits it best is of 2021" in year["mismatch", FEDER]["reason"]
    assert cited["mismatch", FEDER]["reason"].startswith("your sentence says 2018, the work is of 2021")


# -- regulators, absolutes, registries


def test_a_sentence_on_approvals_is_flagged_by_a_later_decision(db: Database) -> None:
    facets = {"indication": "depression trd", "drug": "esketamine"}
    only, told, racemic = matched(
        db, Said("Approved in 2019 and 2020, it remains the only one.", "regulatory", facets, absolute=True),
        Said("Approved in 2025 for use alone.", "regulatory", facets, section="Later"),
        Said("All use of ketamine is off-label.", "regulatory", {"drug": "ketamine", "indication": "depression"}, absolute=True),
    )  # fmt: skip
    (key,) = only
    assert key[0] == "regulatory"
    assert only[key]["priority"] == "high"
    assert "2025-01-21" in only[key]["reason"]
    assert "later than 2020, the last year that you name" in only[key]["reason"]
    assert all(match["priority"] == "low" for match in told.values())
    assert not racemic  # labels for anaesthesia say nothing of it


HARM = "[Invented] Long-term ketamine for depression: a cohort study"


@pytest.mark.parametrize(
    ("abstract", "priority"),
    [("Two of 40 adults with depression on ketamine developed cystitis.", "high"),
     ("In 40 adults with depression on ketamine there was no case of cystitis.", None)],
)  # fmt: skip
def test_one_plausible_counter_example_makes_an_absolute_sentence_urgent(
    db: Database, path: Path, abstract: str, priority: str | None
) -> None:
    cohort = Record("pubmed:97200001", "pubmed", "article", HARM, abstract=abstract, published="2025")
    save_as_crawled(path, "pubmed", [cohort])
    facets = {"indication": "depression", "drug": "ketamine"}
    (found,) = matched(
        db, Said("No cases of organ damage have been reported.", "safety", facets, absolute=True)
    )
    match = found.get(("counter-example", "pubmed:97200001"))
    assert (match and match["priority"]) == priority
    if match:
        assert "rules out damage to organs; this work says “cystitis”" in match["reason"]


def test_a_guideline_is_a_counter_example_to_what_guidelines_never_do(db: Database) -> None:
    (found,) = matched(
        db,
        Said(
            "No guideline recommends it.",
            "guideline",
            {"indication": "depression", "drug": "ketamine"},
            absolute=True,
        ),
    )
    assert found["counter-example", "pubmed:28249076"]["priority"] == "high"


def test_a_registered_trial_that_is_overdue_is_told(db: Database, path: Path) -> None:
    registration = Registration(
        "clinicaltrials", study_type="INTERVENTIONAL", allocation="RANDOMIZED", primary_completion_date="2020-01",
        conditions=["PTSD"], interventions=[{"type": "DRUG", "name": "Ketamine", "description": "repeated intravenous infusions"}],
        enrollment=90,
    )  # fmt: skip
    trial = Record("clinicaltrials:NCT97000001", "clinicaltrials", "registration", "[Invented] Repeated intravenous ketamine for PTSD in veterans",
                   published="2018-01-01", status="UNKNOWN", registration=registration)  # fmt: skip
    save_as_crawled(path, "clinicaltrials", [trial])
    (found,) = matched(
        db, Said("Repeated infusions in veterans are studied.", facets=IV_PTSD | {"population": "veteran"})
    )
    match = found["overdue", trial.id]
    assert match["priority"] == "low"
    assert "no results known" in match["reason"]


# -- verdicts


def _settled(db: Database, verdict: str = "supports") -> tuple[int, int]:
    """A claim on social anxiety and the number of the verdict on its one match."""
    sad = {"indication": "anxiety", "indication_detail": "social-anxiety", "drug": "ketamine"}
    (claim,) = add(db, "probe", [Said("It helped in social anxiety.", facets=sad)])
    with db.atomic():
        match_articles(db, NOW)
        (match,) = bearing(db, claim).values()
        return claim, verdicts.decide(db, Verdict(match["id"], verdict, "Ann", NOW, "read it"))


def test_a_verdict_quietens_and_can_be_taken_back(db: Database) -> None:
    claim, number = _settled(db)
    assert (state(db, claim)["priority"], state(db, claim)["settled"]) == ("none", 1)
    with db.atomic():
        match_articles(db, LATER, everything=True)
    assert state(db, claim)["priority"] == "none"
    with db.atomic():
        verdicts.withdraw(db, number, "Ben", LATER)
    assert state(db, claim)["priority"] == "medium"
    kept = list(db.table("claim_verdicts").rows)
    assert [(row["decided_by"], row["withdrawn_by"], row["note"]) for row in kept] == [
        ("Ann", "Ben", "read it")
    ]
    with pytest.raises(ConfigError, match="no verdict 1 is in force"):
        verdicts.withdraw(db, number, "Ben", LATER)


def test_the_later_verdict_counts_and_the_earlier_stays(db: Database) -> None:
    claim, _ = _settled(db)
    (match,) = bearing(db, claim).values()
    with db.atomic():
        second = verdicts.decide(db, Verdict(match["id"], "weakens", "Ben", LATER))
    (match,) = bearing(db, claim).values()
    assert (match["verdict"], match["verdict_id"]) == ("weakens", second)
    with db.atomic():
        verdicts.withdraw(db, second, "Ben", LATER)
    (match,) = bearing(db, claim).values()
    assert match["verdict"] == "supports"


@pytest.mark.parametrize(
    ("change", "reopened"), [("UPPER(abstract)", 0), ("abstract || ' Forty were analysed.'", 1)]
)
def test_only_a_material_change_of_the_record_opens_a_settled_match(
    db: Database, change: str, reopened: int
) -> None:
    claim, _ = _settled(db)
    with db.atomic():
        db.execute(f"UPDATE records SET abstract = {change}, content_hash = 'x' WHERE id = 'pubmed:28849779'")
        match_articles(db, LATER)
    (match,) = bearing(db, claim).values()
    assert (match["reopened"], match["open"]) == (reopened, reopened)
    assert match["verdict"] == "supports"
    told = article_news.news(db, "2026-03-08", "2026-03-09")
    assert [one["match_id"] for one in told] == [match["id"]] * reopened


def test_a_verdict_follows_its_sentence_into_a_new_version(db: Database) -> None:
    claim, _ = _settled(db)
    sad = {"indication": "anxiety", "indication_detail": "social-anxiety", "drug": "ketamine"}
    (new,) = add(
        db, "probe", [Said("It helped in social anxiety.", facets=sad, carried_from=claim)], number=2
    )
    with db.atomic():
        match_articles(db, LATER)
    (match,) = bearing(db, new).values()
    assert (match["verdict"], match["decided_by"], match["found_at"], match["open"]) == (
        "supports",
        "Ann",
        NOW,
        0,
    )
    assert not article_news.news(db, "2026-03-01", "2027-01-01")


def test_a_match_with_a_verdict_is_never_removed(db: Database) -> None:
    claim, _ = _settled(db, "not-relevant")
    with db.atomic():
        db.execute("UPDATE claims SET kind = 'other' WHERE id = ?", [claim])
        match_articles(db, LATER)
    assert not bearing(db, claim)
    (kept,) = report(db, "probe")["claims"][0]["bearing"]
    assert (kept["verdict"], kept["ended_at"]) == ("not-relevant", LATER)


def test_a_verdict_follows_a_record_that_becomes_part_of_another(db: Database) -> None:
    claim, _ = _settled(db)
    with db.atomic():
        db.execute("UPDATE records SET merged_into = ? WHERE id = 'pubmed:28849779'", [FEDER])
        match_articles(db, LATER)
    assert not bearing(db, claim)  # the whole work is on something else
    (kept,) = report(db, "probe")["claims"][0]["bearing"]
    assert (kept["record_id"], kept["verdict"], kept["ended_at"]) == (FEDER, "supports", LATER)


def test_what_is_no_verdict_is_refused(db: Database) -> None:
    with pytest.raises(ConfigError, match="known: supports, weakens"):
        verdicts.decide(db, Verdict(1, "brilliant", "Ann", NOW))
    with pytest.raises(ConfigError, match="no match 77"):
        verdicts.decide(db, Verdict(77, "done", "Ann", NOW))


# -- after a crawl

NEW = Record(
    "pubmed:97300001", "pubmed", "article", "[Invented] Repeated intravenous ketamine for posttraumatic stress disorder: a randomized controlled trial",
    abstract="Ninety adults with PTSD were randomized to repeated intravenous ketamine or placebo.", published="2026",
)  # fmt: skip


def test_only_claims_that_something_new_bears_on_are_matched_anew_and_the_result_is_that_of_matching_all(
    db: Database, path: Path
) -> None:
    ocd = {"indication": "ocd", "drug": "ketamine"}
    ptsd_claim, ocd_claim = add(
        db, "probe", [Said("PTSD improves.", facets=IV_PTSD), Said("OCD too.", facets=ocd, section="OCD")]
    )
    with db.atomic():
        assert match_articles(db, NOW).anew == 2
        assert match_articles(db, NOW).anew == 0
    save_as_crawled(path, "pubmed", [NEW])
    with db.atomic():
        done = match_articles(db, LATER)
    assert (done.anew, done.new) == (1, 1)
    assert bearing(db, ptsd_claim)["evidence", NEW.id]["backfill"] == 0
    assert [one["record_id"] for one in article_news.news(db, "2026-03-08", "2026-03-09")] == [NEW.id]
    before = (bearing(db, ptsd_claim), bearing(db, ocd_claim))
    with db.atomic():
        assert match_articles(db, LATER, everything=True).new == 0
    assert (bearing(db, ptsd_claim), bearing(db, ocd_claim)) == before


def test_the_digest_tells_what_is_new_on_a_sentence(db: Database, path: Path) -> None:
    add(db, "probe", [Said(f"PTSD improves. {PROBE}", facets=IV_PTSD)])
    with db.atomic():
        match_articles(db, NOW)
    save_as_crawled(path, "pubmed", [NEW])
    with db.atomic():
        match_articles(db, LATER)
    (item,) = sentences(db, scope_of(db, Audience(), "2026-03-02", "2026-03-09", "2026-03-09T00:00:00Z"))
    assert (item.section, item.heading, item.record_id) == ("article-watch", "Articles you watch", NEW.id)
    assert item.reason.startswith("it may bear on “PTSD improves.")
    assert item.badges[0] == "medium priority"
    db.execute("UPDATE records SET status = 'deleted' WHERE id = ?", [NEW.id])
    assert not list(
        sentences(db, scope_of(db, Audience(), "2026-03-02", "2026-03-09", "2026-03-09T00:00:00Z"))
    )
    assert not list(
        sentences(db, scope_of(db, Audience(), "2026-03-09", "2026-03-16", "2026-03-16T00:00:00Z"))
    )


def test_whatever_brings_records_matches_them(db: Database, path: Path) -> None:
    (claim,) = add(db, "probe", [Said("PTSD improves.", facets=IV_PTSD)])
    page = Path(__file__).parent / "fixtures" / "clinicaltrials" / "page.json"
    done = CliRunner().invoke(cli, ["load", str(page), "--db", str(path)])
    assert done.exit_code == 0, done.output
    assert ("evidence", FEDER) in bearing(db, claim)
    assert db.table("records_to_match").count == 0


def test_a_retraction_of_evidence_takes_the_match_away(db: Database, path: Path) -> None:
    save_as_crawled(path, "pubmed", [NEW])
    (found,) = matched(db, Said("PTSD improves.", facets=IV_PTSD))
    assert ("evidence", NEW.id) in found
    notice = Notice("retraction", NEW.id, "pubmed:97300002", "Retraction", "2026-03-05")
    save_as_crawled(
        path,
        "pubmed",
        [
            Record(
                "pubmed:97300002",
                "pubmed",
                "article",
                "Retraction notice to: ketamine for PTSD",
                notices=[notice],
            )
        ],
    )
    with db.atomic():
        match_articles(db, LATER)
    assert ("evidence", NEW.id) not in bearing(db, 1)


def test_nothing_waits_where_no_article_is_watched(db: Database, path: Path) -> None:
    save_as_crawled(path, "pubmed", [NEW])
    assert db.table("records_to_match").count == 0


def test_the_best_are_kept_and_the_rest_is_counted(db: Database) -> None:
    many = 1500
    like = next(db.query("SELECT * FROM records WHERE id = ?", [FEDER])) | {"abstract": ""}
    told = {"indication": "ptsd", "drug": "ketamine", "design": "rct", "regimen": "repeated"}
    tag = {"field": "title", "text": "", "rule": "test", "rules_version": "", "confidence": 1}
    records = [like | {"id": f"pubmed:95{at:06}", "title": f"Invented trial {at}"} for at in range(many)]
    tags = [
        tag | {"record_id": record["id"], "position": place, "dimension": dimension, "value": value}
        for record in records
        for place, (dimension, value) in enumerate(told.items())
    ]
    with db.atomic():
        for table, rows in (("records", records), ("tags", tags)):
            names = {column.name for column in db.table(table).columns} & rows[0].keys()
            columns, marks = ", ".join(names), ", ".join(f":{name}" for name in names)
            db.conn.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
    (found,) = matched(db, Said("Repeated infusions help in PTSD.", facets=IV_PTSD | {"regimen": "repeated"}))
    assert len(found) == KEPT
    assert state(db, 1)["more"] >= many - KEPT
