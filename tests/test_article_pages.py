"""What a writer sees of a watched article: the commands, and the pages with the article's margin."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import rispy
from click.testing import CliRunner, Result

from crawler.bearing.match import match_articles
from crawler.cli import cli
from store.database import open_database
from tests.filled import PROBE
from tests.site_client import Fetch, client, tags, text
from tests.watched_article import Said, add

SAD = {"indication": "anxiety", "indication_detail": "social-anxiety", "drug": "ketamine"}
TAYLOR = "pubmed:28849779"


@pytest.fixture(scope="module")
def watched(filled_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("watched") / "watch.db"
    shutil.copy(filled_db, path)
    db = open_database(path)
    hostile = f"Ketamine {PROBE} [a](javascript:alert(1)) \x1b[31mhelped in depression."
    add(
        db, "clinic",
        [Said("It helped in social anxiety.", facets=SAD), Said("It was retracted.", cites=("pubmed:99000001", None)),
         Said(hostile, facets={"indication": "depression", "drug": "ketamine"}, absolute=True), Said("Ask your doctor.", "other")],
    )  # fmt: skip
    add(db, PROBE, [Said(PROBE)])
    with db.atomic():
        match_articles(db, "2026-03-01T00:00:00Z")
    db.close()
    return path


@pytest.fixture(scope="module")
def page(watched: Path) -> Fetch:
    return client(watched)


@pytest.fixture
def run(watched: Path, tmp_path: Path) -> Callable[..., Result]:
    """`run("report", "clinic")`: the command on a copy of the database, whose changes stay within a test."""
    shutil.copy(watched, tmp_path / "watch.db")
    return lambda *words: CliRunner().invoke(cli, ["article", *words, "--db", str(tmp_path / "watch.db")])


def test_the_report_says_of_each_sentence_how_urgent_and_why(run: Callable[..., Result]) -> None:
    told = run("report", "clinic").stdout
    assert "4 claims: 1 high, 1 medium" in told.replace("\n", " ")
    assert "[medium] claim 1, efficacy: It helped in social anxiety." in told
    assert "crossover RCT, anxiety, social anxiety, IV ketamine, against placebo, N=18, 2018" in told
    assert "cites A book: unresolved: no such title" in told
    assert "cites nothing (uncited)" in told
    assert "\x1b" not in told
    urgent = run("report", "clinic", "--min-priority", "high").stdout
    assert "claim 2" in urgent
    assert "claim 1" not in urgent


def test_the_report_as_markdown_html_and_json(run: Callable[..., Result]) -> None:
    markdown = run("report", "clinic", "--format", "markdown").stdout
    assert "\\<script\\>" in markdown
    assert "\\[a\\]\\(javascript" in markdown
    html = run("report", "clinic", "--format", "html").stdout
    assert PROBE not in html
    assert not [name for name, _ in tags(html) if name in ("script", "img")]
    told = json.loads(run("report", "clinic", "--format", "json", "--claim", "1").stdout)
    (claim,) = told["claims"]
    assert claim["priority"] == "medium"
    assert claim["bearing"][0]["record_id"] == TAYLOR
    assert claim["bearing"][0]["reopened"] == 0


def test_a_verdict_by_command_and_its_undoing(run: Callable[..., Result]) -> None:
    assert (
        run("verdict", "1", "supports", "--note", "as cited", "--by", "Ann").stdout == "1: match 1 supports\n"
    )
    told = run("report", "clinic", "--claim", "1").stdout
    assert "[none] claim 1" in told
    assert "verdict 1 by Ann" in told
    assert run("undo", "1", "--by", "Ann").stdout == "undone: match 1 supports\n"
    assert "[medium] claim 1" in run("report", "clinic", "--claim", "1").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [(("report", "nothing"), "no article nothing"), (("report", "clinic", "--claim", "99"), "no claim 99"),
     (("verdict", "99", "done", "--by", "Ann"), "no match 99"), (("verdict", "1", "splendid", "--by", "Ann"), "Invalid value"),
     (("verdict", "1", "done", "--by", " "), "is blank"), (("undo", "9", "--by", "Ann"), "no verdict 9"),
     (("works", "99"), "no claim 99"), (("matches", "nothing"), "no article nothing")],
)  # fmt: skip
def test_what_cannot_be_is_refused(run: Callable[..., Result], words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_the_works_that_bear_on_a_claim_as_ris(run: Callable[..., Result]) -> None:
    (work,) = rispy.loads(run("works", "1").stdout)
    assert work["accession_number"] == "28849779"
    cited = rispy.loads(run("works", "2").stdout)
    assert [work["accession_number"] for work in cited] == ["99000001"]
    run("verdict", "1", "not-relevant", "--by", "Ann")
    assert run("works", "1").stdout == ""


def test_matching_by_command_and_the_list_of_matches(run: Callable[..., Result]) -> None:
    assert "0 matched anew, 0 new matches" in run("match").stdout
    assert "4 claims, 4 matched anew, 0 new matches" in run("match", "clinic", "--all").stdout
    first, *_ = run("matches", "clinic").stdout.splitlines()
    assert first.split("\t")[1:5] == ["high", "notice", "2", "pubmed:99000001"]
    assert len(json.loads(run("matches", "clinic", "--limit", "2", "--json").stdout)) == 2


def test_the_page_shows_the_article_with_its_margin(page: Fetch) -> None:
    answer = page("/-/article/clinic")
    assert answer.status_code == 200
    words = text(answer.text)
    assert "It helped in social anxiety." in words
    assert "Evidence Ketamine for Social Anxiety Disorder" in words
    assert "was retracted" in words
    assert "unresolved, no such title" in words
    assert f'href="/watch/records/pubmed~3A{TAYLOR[7:]}"' in answer.text
    high = text(page("/-/article/clinic?min=high").text)
    assert "was retracted" in high
    assert "N=18" not in high
    assert "Ask your doctor." in high  # the text stays whole


def test_nothing_of_an_article_is_taken_as_html(page: Fetch) -> None:
    for path in (
        "/-/articles",
        "/-/article/clinic",
        "/-/article/~3Cscript~3Ealert~28~27probe~27~29~3C~2Fscript~3E",
    ):
        answer = page(path)
        assert PROBE not in answer.text
        assert "onerror=alert(1)>" not in answer.text.replace("onerror=alert(1)&gt;", "")
        assert not [
            attributes
            for name, attributes in tags(answer.text)
            if "style" in attributes
            or (name == "a" and (attributes.get("href") or "").startswith("javascript"))
        ]
        assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_list_leads_to_the_articles(page: Fetch) -> None:
    answer = page("/-/articles")
    assert 'href="/-/article/clinic"' in answer.text
    assert "On clinic 4 1 1" in text(answer.text)


@pytest.mark.parametrize("key", ["nothing", "~3Cb~3E"])
def test_no_such_article_is_not_found(page: Fetch, key: str) -> None:
    assert page(f"/-/article/{key}").status_code == 404
