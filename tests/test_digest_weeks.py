"""What issues tell, week after week: golden texts of a full week, an empty one, one with an outage, and of a retraction."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner
from lxml import etree

from crawler.cli import cli
from crawler.digest import sections
from crawler.digest.audience import Audience
from crawler.digest.build import build, draft
from store.database import open_database
from store.digests import PREFERENCES_URL, UNSUBSCRIBE_URL, DigestItem, Issue
from tests.digest_weeks import ALL, LATE, OCD, REPORT, SITE, TRIAL, visit, weeks
from tests.filled import watch
from tests.site_client import client, links, tags, text
from tests.watched_article import Said, add

GOLDEN = Path(__file__).parent / "golden" / "digest"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def watch_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("digest") / "watch.db"


@pytest.fixture(scope="module")
def issues(watch_db: Path) -> dict[str, Issue]:
    return weeks(watch_db)


@pytest.fixture(scope="module")
def fetch(watch_db: Path, issues: dict[str, Issue]) -> Any:
    return client(watch_db)


@pytest.mark.parametrize(
    "issue_id",
    [
        "2026-06-08.weekly-all",  # a full week, with a hostile title, and more than a section shows
        "2026-06-15.weekly-all",  # nothing new: one of last week's was indexed
        "2026-06-22.weekly-ocd",  # nothing new, and PubMed was not reached
        "2026-06-29.weekly-all",  # a late arrival, a retraction, and more of a study that was told
        "2026-06-29.weekly-ptsd-rct-min20",
    ],
)
def test_what_a_week_tells(issues: dict[str, Issue], issue_id: str) -> None:
    found = issues[issue_id]
    told = f"Subject: {found.subject}\nPreheader: {found.preheader}\n\n{found.text}\n"
    golden = GOLDEN / f"{issue_id}.txt"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(told, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert told == golden.read_text(encoding="utf-8")


def told(issue: Issue, record_id: str) -> list[DigestItem]:
    return [item for item in issue.items if item.record_id == record_id]


def test_a_backfill_and_a_change_of_index_terms_are_not_new(issues: dict[str, Issue]) -> None:
    first, *_ = (issue for name, issue in issues.items() if name == "2026-06-01.weekly-all")
    assert first.items == []  # the first crawl brought the whole sample
    assert not told(issues["2026-06-08.weekly-all"], "pubmed:1600")  # of 2009, and new here
    assert not told(issues["2026-06-15.weekly-all"], TRIAL.id)


def test_what_comes_late_is_told_once_and_says_so(issues: dict[str, Issue]) -> None:
    (late,) = told(issues["2026-06-29.weekly-ocd"], LATE.id)
    assert "PubMed had it on 2026-06-17, it came here later" in late.reason
    assert sum(len(told(issue, LATE.id)) for name, issue in issues.items() if name.endswith("ocd")) == 1


def test_more_of_a_study_is_updated_not_new(issues: dict[str, Issue]) -> None:
    (report,) = told(issues["2026-06-29.weekly-all"], REPORT.id)
    assert (report.state, report.study_id) == ("updated", "NCT96000001")
    sections_of = {
        item.section for item in issues["2026-06-29.weekly-all"].items if item.study_id == "NCT96000001"
    }
    assert sections_of == {"new-ptsd", "completed", "results"}


def test_a_retraction_comes_first_and_only_to_those_who_were_sent_the_work(issues: dict[str, Issue]) -> None:
    first = issues["2026-06-29.weekly-ptsd-rct-min20"].items[0]
    assert (first.section, first.record_id, first.badges[0]) == ("notices", TRIAL.id, "Retracted")
    assert not told(issues["2026-06-29.weekly-ocd"], TRIAL.id)
    # the notice itself is no new trial
    assert not any(told(issue, "pubmed:96000009") for issue in issues.values())


def test_one_who_was_not_sent_a_work_hears_of_its_retraction_as_news(
    watch_db: Path, issues: dict[str, Issue]
) -> None:
    db = open_database(watch_db)
    new = draft(db, Audience(indications=("ptsd",)), "2026-06-22", "2026-06-29", "2026-06-29T07:00:00Z")
    assert next((item.section, item.record_id) for item in new.items) == ("retracted", TRIAL.id)
    paused = draft(
        db, ALL, "2026-06-01", "2026-06-29", "2026-06-29T07:00:00Z"
    )  # all again in one longer window
    assert told(paused, LATE.id)
    assert told(paused, REPORT.id)[0].state == "new"


def test_what_a_watched_article_cites_is_told_of(watch_db: Path, issues: dict[str, Issue]) -> None:
    db = open_database(watch_db)
    db.begin()
    (claim,) = add(db, "probe", [Said("Ketamine helps in PTSD.", cites=(TRIAL.id, None))])
    window = "2026-06-22", "2026-06-29", "2026-06-29T07:00:00Z"
    found = draft(db, OCD, *window)
    db.execute("UPDATE claims SET state = 'dropped' WHERE id = ?", [claim])
    dropped = draft(db, OCD, *window)
    db.rollback()
    assert [(item.section, item.reason) for item in told(found, TRIAL.id)] == [
        ("notices", "“On probe”, an article under watch, cites it")
    ]
    assert not told(dropped, TRIAL.id)


def test_a_section_shows_the_first_and_leads_to_all(issues: dict[str, Issue], fetch: Any) -> None:
    week = issues["2026-06-08.weekly-all"]
    own = [item for item in week.items if item.section == "new-depression"]
    assert (len(own), sum(item.shown for item in own)) == (13, sections.CAPS[0])
    assert "3 more: https://watch.example.org/-/digest/2026-06-08.weekly-all/new-depression" in week.text
    page = fetch(f"/-/digest/{week.id}/new-depression")
    assert page.text.count('class="digest-title"') == 13
    assert fetch(f"/-/digest/{week.id}").text.count('class="digest-title"') == len(week.items) - 3


def test_every_link_of_every_mail_leads_somewhere(issues: dict[str, Issue], fetch: Any) -> None:
    followed = set()
    for issue in issues.values():
        in_text = {(address, "") for address in re.findall(r"https?://\S+", issue.text)}
        for address, _ in {*links(issue.html), *in_text}:
            assert address.startswith(("https://", "http://")), address
            if address.startswith(SITE):
                followed.add(address.removeprefix(SITE))
    assert len(followed) > 30
    for path in sorted(followed):
        answer = fetch(path)
        if answer.status_code == 302:
            answer = fetch(urlsplit(answer.headers["location"]).path)
        assert answer.status_code == 200, path


def test_a_mail_is_small_safe_and_whole(issues: dict[str, Issue]) -> None:
    for issue in issues.values():
        assert len(issue.html.encode()) < 100_000  # Gmail cuts a mail at 102 kB
        assert UNSUBSCRIBE_URL in issue.html
        assert UNSUBSCRIBE_URL in issue.text
        assert PREFERENCES_URL in issue.text
        assert "\n" not in issue.subject + issue.preheader
        assert "prefers-color-scheme: dark" in issue.html
        names = {name for name, _ in tags(issue.html)}
        assert not names & {"img", "script", "link", "table", "iframe"}
        assert all(not name.startswith("on") for _, attributes in tags(issue.html) for name in attributes)
        assert max(map(len, issue.text.splitlines())) < 200
        assert not re.search(r"^Bcc:", issue.text, re.MULTILINE)
    hostile = text(issues["2026-06-08.weekly-all"].html)
    assert "<script>alert('probe')</script>" in hostile


def test_an_issue_as_large_as_one_can_be_is_under_gmails_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = DigestItem(
        "s", "Heading", "A long title " * 20, "A line of words " * 10, "/-/work/pubmed~3A1", "a reason " * 20,
        badges=("RCT",) * 6, ids=(("PMID 12345678", "https://pubmed.ncbi.nlm.nih.gov/12345678/"),) * 4,
    )  # fmt: skip
    many = [DigestItem(**(vars(line) | {"section": f"s{number}"})) for number in range(14) for _ in range(60)]

    def all_sections(_: object, __: object) -> Any:
        yield from many

    monkeypatch.setattr(sections, "SECTIONS", (all_sections,))
    issue = draft(open_database(tmp_path / "watch.db"), ALL, None, "2026-06-08", "2026-06-08T07:00:00Z")
    assert len(issue.items) == 14 * 60
    assert len(issue.html.encode()) < 100_000


def test_a_crash_while_building_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "watch.db"
    visit(path, "2026-06-07", pubmed=[TRIAL])
    watch(path)
    db = open_database(path)
    with monkeypatch.context() as patched:

        def crash(*_: object) -> None:
            raise sqlite3.OperationalError("disk is full")

        patched.setattr("store.digests.item_row", crash)  # the issue's own row is written by then
        with pytest.raises(sqlite3.OperationalError):
            build(db, ALL, None, "2026-06-08", "2026-06-08T07:00:00Z")
    assert db.execute("SELECT count(*) FROM digest_issues").fetchone() == (0,)
    assert told(build(db, ALL, None, "2026-06-08", "2026-06-08T07:00:00Z"), TRIAL.id)


def test_pages_show_what_was_stored_whatever_became_of_the_records(
    watch_db: Path, issues: dict[str, Issue], fetch: Any
) -> None:
    week = issues["2026-06-08.weekly-all"]
    page = fetch(f"/-/digest/{week.id}")
    assert page.status_code == 200
    shown = text(page.text)
    for item in week.items:
        if item.shown:
            assert " ".join(item.title.split()) in shown
            assert item.reason in shown
    (retracted,) = told(week, TRIAL.id)  # it was retracted three weeks later
    assert retracted.badges == ("RCT",)
    names = [name for name, attributes in tags(page.text) if "style" in attributes]
    assert names == []
    assert "script" not in {name for name, _ in tags(page.text)}
    assert "unsafe-inline" not in page.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "reader.invalid" not in page.text


def test_an_issue_as_json_as_mailed_and_as_text(issues: dict[str, Issue], fetch: Any) -> None:
    week = issues["2026-06-29.weekly-all"]
    found = fetch(f"/-/digest/{week.id}.json").json()
    assert [item["title"] for item in found["items"]] == [item.title for item in week.items]
    assert found["audience"] == ALL.to_dict()
    mailed = fetch(f"/-/digest/{week.id}.html")
    assert mailed.headers["content-type"] == "text/html; charset=utf-8"
    assert "Unsubscribe: in each reader's own mail" in text(mailed.text)
    plain = fetch(f"/-/digest/{week.id}.txt")
    for answer in (mailed, plain):
        assert "reader.invalid" not in answer.text
    assert plain.text.startswith("KETAMINE WATCH")
    assert fetch("/-/digest/no-such-issue").status_code == 404
    assert fetch(f"/-/digest/{week.id}/no-such-section").status_code == 404


def test_the_list_and_the_feed_of_issues(issues: dict[str, Issue], fetch: Any) -> None:
    assert [row["id"] for row in fetch("/-/digest.json", audience="weekly-ocd").json()][:2] == [
        "2026-06-29.weekly-ocd", "2026-06-22.weekly-ocd"
    ]  # fmt: skip
    page = fetch("/-/digest").text
    for issue in issues.values():
        assert issue.subject in text(page)
    feed = fetch("/-/digest.atom", audience="weekly-all")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(feed.content)
    entries = root.findall(f"{ATOM}entry")
    assert (
        next(entry.findtext(f"{ATOM}title") for entry in entries) == issues["2026-06-29.weekly-all"].subject
    )
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 5
    hostile = next(one for one in entries if "2026-06-08" in str(one.findtext(f"{ATOM}id"))).findtext(
        f"{ATOM}content"
    )
    assert "<script" not in str(hostile)
    assert all(address.startswith("http") for address, _ in links(str(hostile)))
    assert issues["2026-06-29.weekly-all"].subject in text(fetch("/").text)
    assert fetch("/-/digest.atom", audience="nobody").status_code == 200


def test_links_of_mails_are_found_by_the_work_whatever_the_file_is_called(fetch: Any) -> None:
    assert fetch("/-/work/pubmed~3A96000001").headers["location"] == "/watch/records/pubmed~3A96000001"
    assert fetch("/-/study/NCT96000001").headers["location"] == "/watch/studies/NCT96000001"
    assert fetch("/-/work/pubmed~3A1").status_code == 404
    assert fetch("/-/study/NCT00000000").status_code == 404


def test_the_commands(
    watch_db: Path, issues: dict[str, Issue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "watch.toml"
    config.write_text(
        f'[site]\nurl = "{SITE}"\n[[digest.audience]]\nindications = ["ptsd"]\nfrequency = "daily"\n'
    )

    def run(*arguments: str) -> str:
        command = ["digest", *arguments, "--db", str(watch_db)]
        if arguments[0] in ("build", "preview"):
            command += ["--config", str(config)]
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 0, done.output
        return done.output

    assert run("build", "--until", "2026-06-08").startswith(
        "2026-06-08.daily-ptsd\t0 items\tPTSD: nothing new"
    )
    (built,) = json.loads(run("build", "--until", "2026-06-08", "--indication", "ocd", "--json"))
    assert built["id"] == "2026-06-08.weekly-ocd"
    assert built["built_at"] == "2026-06-08T07:00:00Z"  # as it was built then
    assert "2026-06-29.weekly-all\t" in run("list")
    assert run("show", "2026-06-29.weekly-all").startswith("KETAMINE WATCH")
    assert run("show", "2026-06-29.weekly-all", "--html").startswith("<!DOCTYPE html>")
    assert json.loads(run("show", "2026-06-29.weekly-all", "--json"))["items"][0]["section"] == "notices"
    before = run("list")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    run("preview", "--since", "2026-06-01", "--until", "2026-06-08")
    place = Path(unquote(urlsplit(opened[0]).path))
    assert "Ketamine in PTSD: a systematic review" in place.read_text("utf-8")
    assert run("preview", "--design", "rct", "--out", "-").startswith("<!DOCTYPE html>")
    assert run("list") == before
    wrong = CliRunner().invoke(cli, ["digest", "build", "--indication", "flu", "--db", str(watch_db)])
    assert wrong.exit_code == 2
    assert "unknown in indications: flu" in wrong.output
