"""`ketamine-watch export`: the same files as the site's, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import feedparser
import pytest
import rispy
from click.testing import CliRunner

from crawler.cli import cli
from store.exports.formats import FORMATS
from tests.site_client import Fetch


@pytest.fixture
def run(filled_db: Path, tmp_path: Path) -> Any:
    def invoke(*arguments: Any) -> tuple[int, str, str]:
        """(exit code, the file, what was printed)"""
        out = tmp_path / "out"
        out.unlink(missing_ok=True)
        done = CliRunner().invoke(
            cli, ["export", "--db", str(filled_db), "--out", str(out), *map(str, arguments)]
        )
        return done.exit_code, out.read_text("utf-8") if out.exists() else "", done.output

    return invoke


@pytest.mark.parametrize("form", ["ris", "bib", "nbib", "csljson"])
def test_a_file_is_the_one_of_the_site(run: Any, fetch: Fetch, form: str) -> None:
    code, text, said = run("--format", form, "--view", "works", "--indication", "ptsd")
    assert code == 0, said
    site = fetch(f"/watch/works.{form}", indications__arraycontains="ptsd", _sort_desc="entered")
    assert sorted(text.split("\n")) == sorted(site.text.split("\n"))
    assert "works, " in said


def test_filters_narrow(run: Any) -> None:
    def ids(*arguments: str) -> set[str]:
        code, text, said = run("--format", "csljson", *arguments)
        assert code == 0, said
        return {one["id"] for one in json.loads(text)}

    trials, ptsd, both = (
        ids(),
        ids("--indication", "ptsd"),
        ids("--indication", "ptsd", "--indication", "trd"),
    )
    assert ptsd < both < trials
    assert both == ptsd | ids("--indication", "trd")
    rct = ids("--design", "rct", "--indication", "ptsd")
    assert rct < ptsd
    assert ids("--drug", "esketamine") < trials
    assert len(ids("--since", "2026-01-01")) in (2, 3)  # the invented ones, and one the sample may have
    assert ids("--view", "works") > trials
    assert ids("--view", "tags") > trials
    assert len(ids("--newest", "3")) == 3
    assert ids("--sql", "SELECT 'pubmed:23982301' AS id") == {"murrough2013-23982301"}


def test_without_a_file_it_is_printed(filled_db: Path) -> None:
    done = CliRunner().invoke(
        cli, ["export", "--db", str(filled_db), "--sql", "SELECT 'pubmed:23982301' AS id"]
    )
    assert done.exit_code == 0
    assert [one["id"] for one in rispy.loads(done.stdout)] == ["murrough2013-23982301"]


def test_abstracts_only_when_asked_for(run: Any) -> None:
    sql = ("--sql", "SELECT 'pubmed:23982301' AS id")
    assert "abstract" not in rispy.loads(run(*sql)[1])[0]
    assert rispy.loads(run(*sql, "--abstracts")[1])[0]["abstract"]


def test_feeds_have_links_without_a_site(run: Any) -> None:
    found = feedparser.parse(run("--format", "atom", "--indication", "ptsd")[1])
    assert not found.bozo
    assert found.feed.id == "tag:ketamine-watch.invalid,2026:list/trials?indications=ptsd"
    assert any(entry.link.startswith("https://pubmed.ncbi.nlm.nih.gov/") for entry in found.entries)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--view", "nothing"], "no table or view nothing"), (["--view", "source_health"], "names no records"),
     (["--view", "studies"], "names no records"), (["--view", "tags", "--indication", "ptsd"], "no column indications"),
     (["--view", "tags", "--since", "2026-01-01"], "no column entered"), (["--sql", "SELECT nosuch"], "no such column"),
     (["--sql", "SELECT 1 AS id"], "none of its values"), (["--sql", "DELETE FROM records RETURNING id"], "readonly"),
     (["--sql", "SELECT id FROM records", "--design", "rct"], "do not go with it"),
     (["--format", "docx"], "is not one of"), (["--out", "/nonexistent/x.ris"], "No such file")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(run: Any, arguments: list[str], words: str) -> None:
    code, text, said = run(*arguments)
    assert (code, text) == (2, "")
    assert words in said


def test_a_failure_leaves_the_old_file(
    filled_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.bib"
    file.write_text("precious")

    def break_off(*_: Any, **__: Any) -> Any:
        raise RuntimeError("cut")

    monkeypatch.setattr("store.exports.lists.read_works", break_off)
    done = CliRunner().invoke(cli, ["export", "--db", str(filled_db), "--out", str(file)])
    assert isinstance(done.exception, RuntimeError)
    assert file.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.bib"]


def test_the_file_name_says_the_format_and_a_list_may_be_empty(filled_db: Path, tmp_path: Path) -> None:
    for extension in FORMATS:
        file = tmp_path / f"none.{extension}"
        done = CliRunner().invoke(
            cli, ["export", "--db", str(filled_db), "--out", str(file), "--since", "2999-01-01"]
        )
        assert done.exit_code == 0, done.output
        assert FORMATS[extension].name in done.output
    assert json.loads((tmp_path / "none.jsonfeed").read_text())["items"] == []
    assert (tmp_path / "none.ris").read_text() == ""
