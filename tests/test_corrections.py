"""A person's word on a tag: it wins, it stays, it can be taken back, and it becomes gold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from crawler import retag
from crawler.cli import cli
from crawler.corrections import DIMENSIONS, parse_setting
from crawler.pipelines import Check, Save, TagRecords
from crawler.tagging import Tagger
from crawler.tagging.evaluate import evaluate
from store.database import crawl_lock, open_database
from store.errors import ConfigError
from store.records import Record

TRIAL = Record(
    "pubmed:1", "pubmed", "article", "Intravenous ketamine for depression: a randomized controlled trial", pmid="1",
    abstract="Forty adults were randomized to ketamine 0.5 mg/kg or midazolam.",
)  # fmt: skip
OTHER = Record("pubmed:2", "pubmed", "article", "Ketamine in the emergency room")
WHO = ("--by", "A. Reader", "--why", "read the full text")


def crawl(path: Path, *records: Record) -> None:
    db = open_database(path)
    checking, tagging, saving = Check(), TagRecords(db, Tagger()), Save(db, "pubmed")
    saving.start("crawl")
    for record in records:
        saving.process_item(tagging.process_item(checking.process_item(record)))
    saving.close_spider()
    saving.finish("ketamine")
    db.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watch.db"
    crawl(path, TRIAL, OTHER)
    return path


def tag(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["tag", "--db", str(path), *arguments])


def indications(path: Path, record_id: str = TRIAL.id) -> Any:
    return json.loads(Database(path).table("records").get(record_id)["indications"])


def test_it_wins_over_the_rules_and_says_who_and_why(path: Path) -> None:
    done = tag(path, "--set", TRIAL.id, "indication=depression,ptsd", *WHO)
    assert (done.exit_code, done.output) == (0, "pubmed:1: indication = depression, ptsd, says A. Reader\n")
    assert indications(path) == ["depression", "ptsd"]
    tags = list(Database(path).query("SELECT * FROM tags WHERE dimension = 'indication' AND value = 'ptsd'"))
    assert [(row["field"], row["text"], row["rule"], row["confidence"]) for row in tags] == [
        ("correction", "read the full text", "person: A. Reader", 1.0)
    ]
    # what the rules found and the person confirms keeps its words
    words = Database(path).query("SELECT text FROM tags WHERE value = 'depression' AND field = 'title'")
    assert [row["text"] for row in words] == ["ketamine for depression"]
    changes = list(Database(path).query("SELECT field, old, new FROM revisions"))
    assert changes == [{"field": "indications", "old": '["depression"]', "new": '["depression","ptsd"]'}]


def test_it_survives_new_rules_and_a_changed_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag(path, "--set", TRIAL.id, "indication=ptsd", "--set", TRIAL.id, "sample_size=41", *WHO)
    monkeypatch.setattr(retag, "RULES_VERSION", "other rules")
    assert tag(path).output == "2 records tagged, 0 changed\n"
    crawl(path, replace(TRIAL, abstract="Sixty adults with depression were randomized."))
    row = Database(path).table("records").get(TRIAL.id)
    assert row["abstract"].startswith("Sixty")
    assert (row["indications"], row["sample_size"]) == ('["ptsd"]', 41)


def test_nothing_can_be_said_too(path: Path) -> None:
    assert tag(path, "--set", TRIAL.id, "indication=", *WHO).output.startswith("pubmed:1: indication = none")
    assert indications(path) == []


def test_taking_it_back_lets_the_rules_speak(path: Path) -> None:
    tag(path, "--set", TRIAL.id, "indication=ptsd", *WHO)
    assert tag(path, "--withdraw", TRIAL.id, "indication", "--by", "B. Editor").exit_code == 0
    assert indications(path) == ["depression"]
    kept = Database(path).table("corrections").get(1)
    assert (kept["decided_by"], kept["withdrawn_by"]) == ("A. Reader", "B. Editor")
    again = tag(path, "--withdraw", TRIAL.id, "indication", "--by", "B. Editor")
    assert (again.exit_code, again.stderr) == (
        2, "ketamine-watch: pubmed:1: no correction of indication is in force\n",
    )  # fmt: skip


def test_a_second_correction_replaces_the_first_and_both_are_kept(path: Path) -> None:
    tag(path, "--set", TRIAL.id, "indication=ptsd", *WHO)
    tag(path, "--set", TRIAL.id, "indication=ocd", "--by", "B. Editor", "--why", "no: OCD")
    assert indications(path) == ["ocd"]
    assert [row["withdrawn_by"] for row in Database(path).table("corrections").rows] == ["B. Editor", None]


def test_dimensions_without_a_column_are_corrected_and_revised_too(path: Path) -> None:
    tag(path, "--set", TRIAL.id, "dose=1 mg/kg", *WHO)
    row = next(Database(path).query("SELECT field, old, new FROM revisions"))
    assert row == {"field": "tags.dose", "old": '["0.5 mg/kg"]', "new": '["1 mg/kg"]'}


def test_it_is_exported_as_gold_that_evaluate_scores(path: Path, tmp_path: Path) -> None:
    tag(path, "--set", TRIAL.id, "indication=ptsd", "--set", TRIAL.id, "sample_size=40", *WHO)
    lines = tag(path, "--gold").output
    line = json.loads(lines)
    assert (line["pmid"], line["indications"], line["sample_size"]) == ("1", ["ptsd"], 40)
    assert line["corrected"] == ["indications", "sample_size"]
    assert "designs" not in line
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "mine.jsonl").write_text(lines)
    scores = {task.name: task.exact for task in evaluate(tmp_path / "gold")}
    assert scores == {"mine indications": 0.0, "mine sample_size": 1.0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "pubmed:9", "indication=ptsd", *WHO), "no record pubmed:9 in this database"),
        (("--set", TRIAL.id, "indication=sadness", *WHO), "no such indication: sadness"),
        (("--set", TRIAL.id, "drug=aspirin", *WHO), "no such drug: aspirin"),
        (("--set", TRIAL.id, "mood=good", *WHO), "dimensions: indication, design"),
        (("--set", TRIAL.id, "indication", *WHO), "expected DIMENSION=VALUE"),
        (("--set", TRIAL.id, "sample_size=forty", *WHO), "one whole number"),
        (("--set", TRIAL.id, "sample_size=0", *WHO), "one whole number"),
        (("--set", TRIAL.id, "indication=ptsd", "--by", "A. Reader"), "needs --why"),
        (("--set", TRIAL.id, "indication=ptsd", "--why", "so", "--by", " "), "needs --by"),
        (("--withdraw", TRIAL.id, "indication"), "needs --by"),
        (("--gold", "--all"), "one at a time"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = tag(path, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert Database(path).table("corrections").count == 0
    assert Database(path).table("revisions").count == 0


def test_one_wrong_record_undoes_the_whole_command(path: Path) -> None:
    done = tag(path, "--set", TRIAL.id, "indication=ptsd", "--set", "pubmed:9", "indication=ptsd", *WHO)
    assert done.exit_code == 2
    assert indications(path) == ["depression"]
    assert Database(path).table("corrections").count == 0


def test_nobody_corrects_while_a_crawl_runs(path: Path) -> None:
    with crawl_lock(path):
        assert tag(path, "--set", TRIAL.id, "indication=ptsd", *WHO).exit_code == 75


def test_every_dimension_can_be_set() -> None:
    for dimension in DIMENSIONS:
        assert parse_setting(f"{dimension}=", ["ketamine"]) == (dimension, ())
    with pytest.raises(ConfigError):
        parse_setting("=x", ["ketamine"])
