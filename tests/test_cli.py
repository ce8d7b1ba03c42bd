"""The command as people and cron run it: real processes, real HTTP on loopback, every way it can end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.assignments import choose_sources
from crawler.config import API_KEY_VARIABLES
from crawler.sample.catalogue import load_catalogue
from crawler.sample.faults import Fault
from crawler.sample.server import SampleServer
from store.database import crawl_lock
from tests.desk import CONFIG, ROOT, SOURCES, VISITED, Desk, watch, watch_again
from tests.small_catalogue import small_catalogue

SAMPLE = load_catalogue()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_first_crawl_then_nothing_new(desk: Desk) -> None:
    with SampleServer() as server:
        first = watch("crawl", "--json", "--config", desk.configure(server), "--db", desk.db_path)
        assert first.returncode == 0, first.stderr
        outcomes = {row["source"]: row["outcome"] for row in json.loads(first.stdout)}
        assert outcomes == dict.fromkeys(VISITED, "ok")
        registrations = {f"clinicaltrials:{one.nct}" for one in SAMPLE.registrations}
        stored = {row["id"] for row in desk.db["records"].rows}
        assert registrations <= stored
        assert {row["id"] for row in desk.db["records"].rows_where("source = 'pubmed'")} <= {
            f"pubmed:{one.pmid}" for one in SAMPLE.articles
        }
        for row in desk.rows("SELECT * FROM crawls"):
            assert row["fetched"] == row["new"] > 0
            if row["source"] not in ("crossref", "openfda"):  # works of several questions; applications
                assert row["reported"] == row["fetched"]
        before = desk.content()
        second = desk.crawl(server)
        assert second.returncode == 0
        assert "pubmed: nothing_new" in second.stdout
        assert desk.content() == before
        assert not desk.rows("SELECT * FROM revisions")
        full = desk.crawl(server, "--full")
        assert full.returncode == 0, full.stderr
        assert desk.content() == before
        known = len(desk.rows("SELECT id FROM records WHERE source = 'pubmed'"))
        assert f"pubmed: nothing_new: {known} fetched" in full.stdout


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of one crawl; not to be written to."""
    desk = Desk(tmp_path_factory.mktemp("crawled"))
    with SampleServer() as server:
        assert desk.crawl(server).returncode == 0
    return desk.db_path


def test_no_key_ever_shows(desk: Desk) -> None:
    keys = {variable: f"c4n4ry{variable.lower()}" for variable in API_KEY_VARIABLES.values()}
    with_keys = {
        name: CONFIG.sources[name].service
        for name in SOURCES
        if CONFIG.sources[name].service in API_KEY_VARIABLES
    }
    assert set(with_keys.values()) == set(API_KEY_VARIABLES)
    named = [argument for name in with_keys for argument in ("--source", name)]
    with SampleServer(small_catalogue()) as server:
        config = desk.configure(server)
        done = watch_again("crawl", "--config", config, "--db", desk.db_path, "--verbose", *named, **keys)
        assert done.returncode == 0, done.stderr
        for service, variable in API_KEY_VARIABLES.items():
            key = keys[variable]
            shapes = {key, f"Bearer {key}", f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
            sent = (shapes & {*one.params.values(), *one.headers.values()} for one in server.requests)
            assert any(sent), f"the key of {service} was not used"
    broken = watch_again(
        "crawl", "--config", desk.configure(None), "--db", desk.db_path, "-v", *named, **keys
    )
    assert broken.returncode == 1
    for key in keys.values():
        assert key not in done.stdout + done.stderr + broken.stdout + broken.stderr
        for file in desk.folder.iterdir():
            assert key.encode() not in file.read_bytes(), file


def test_the_log_has_one_line_for_each_incident(desk: Desk) -> None:
    faults = [
        Fault("500", match="efetch"),
        Fault("429", match="esearch", seconds=0),
        Fault("reset", match="studies"),
        Fault("503", match="studies", nth=2, times=None),
    ]
    with SampleServer(small_catalogue(), faults=faults) as server:
        config = desk.configure(server)
        done = watch_again("crawl", "--config", config, "--db", desk.db_path, "-v", "--source", "pubmed",
                           "--source", "clinicaltrials")  # fmt: skip
    assert done.returncode == 1
    log = [line.split(" ", 2)[2] for line in done.stderr.splitlines() if re.match(r"\d{4}-\d\d-\d\d ", line)]
    again = sorted(line for line in log if "again in" in line)
    assert [line.split(":")[0] for line in again] == ["INFO clinicaltrials", "INFO pubmed", "INFO pubmed"], (
        log
    )
    failed = [line for line in log if line.startswith("ERROR")]
    assert len(failed) == 1, failed
    assert failed[0].startswith("ERROR clinicaltrials: HTTP 503")
    assert len(set(log)) == len(log)


def test_one_bad_answer_in_passing_is_tried_again(desk: Desk) -> None:
    faults = [
        Fault("500", match="efetch"),
        Fault("429", match="esearch", seconds=0),
        Fault("reset", match="studies"),
    ]
    with SampleServer(small_catalogue(), faults=faults) as server:
        done = desk.crawl(server)
    assert done.returncode == 0, done.stderr


def test_an_unreachable_service_and_a_second_crawl(desk: Desk) -> None:
    two = ("--source", "pubmed", "--source", "clinicaltrials")
    done = desk.crawl(None, *two)
    assert done.returncode == 1
    assert "unreachable: pubmed:" in done.stderr
    assert "unreachable: clinicaltrials:" in done.stderr
    with crawl_lock(desk.db_path):
        locked = desk.crawl(None, *two)
    assert locked.returncode == 75
    assert "another crawl" in locked.stderr
    assert len(desk.rows("SELECT * FROM crawls")) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("crawl", "--since", "2026-13-01"), "2026-13-01"),
        (("crawl", "--since", "2999-01-01"), "future"),
        (("crawl", "--source", "medline"), f"unknown source 'medline' (known: {', '.join(SOURCES)})"),
        (("crawl",), "set [contact] email"),
        (("crawl", "--config", "absent.toml"), "absent.toml: No such file"),
        (("load", "absent.xml"), "absent.xml"),
        (("serve", "--db", "absent.db"), "no such file"),
        (("crawl", "--bogus"), "No such option"),
    ],
)
def test_wrong_usage_is_2_before_any_request(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = watch_again(*arguments, KETAMINE_WATCH_DB=str(tmp_path / "a.db"))
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "a.db").exists()


def test_a_wrong_key_in_the_configuration_is_2(desk: Desk) -> None:
    with SampleServer() as server:
        config = desk.configure(server, "[colour]\nof = 'money'")
        done = watch_again("crawl", "--config", config, "--db", desk.db_path)
        assert not server.requests
    assert done.returncode == 2
    assert "unknown key colour" in done.stderr


def test_load_reads_saved_answers_and_names_the_damaged(desk: Desk, tmp_path: Path) -> None:
    fixtures = ROOT / "tests" / "fixtures"
    cut = tmp_path / "cut.xml"
    whole = (fixtures / "pubmed" / "efetch.xml").read_bytes()
    cut.write_bytes(whole[: whole.rindex(b"</PubmedArticle>")])
    prose = tmp_path / "notes.txt"
    prose.write_text("no answer of anybody")
    done = watch("load", fixtures / "clinicaltrials" / "page.json", cut, prose, "--db", desk.db_path)
    assert done.returncode == 1
    assert f"bad_answer: pubmed: {''}" in done.stderr
    assert f"unrecognised: {prose}" in done.stderr
    assert {row["source"] for row in desk.db["records"].rows} == {"clinicaltrials", "pubmed"}
    assert {row["command"] for row in desk.db["crawls"].rows} == {"load"}
    assert not desk.rows("SELECT * FROM watermarks")


def test_tag_lines_without_a_database(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"pmid": "7", "title": "Esketamine nasal spray for treatment-resistant depression: a randomized trial"}\n'
        '{"id": "x", "title": "Aspirin"}\n'
    )
    done = watch("tag", "--jsonl", lines)
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["pmid"] == "7"
    assert "trd" in first["indications"]
    assert first["drugs"] == ["esketamine"]
    assert first["evidence"][0].keys() >= {
        "dimension",
        "value",
        "field",
        "start",
        "end",
        "text",
        "rule",
        "confidence",
    }
    assert second["id"] == "x"
    assert second["drugs"] == []
    lines.write_text('{"title": "no id"}\nnot json\n')
    bad = watch_again("tag", "--jsonl", lines)
    assert bad.returncode == 1
    assert all("error" in json.loads(line) for line in bad.stdout.splitlines()[1:])


def test_tagging_again_changes_nothing_under_the_same_rules(desk: Desk, crawled: Path) -> None:
    shutil.copy(crawled, desk.db_path)
    before = desk.content()
    assert watch("tag", "--db", desk.db_path).stdout == "0 records tagged, 0 changed\n"
    again = watch_again("tag", "--all", "--db", desk.db_path)
    assert again.stdout == f"{len(before['records'])} records tagged, 0 changed\n"
    assert desk.content() == before


def test_another_drug_by_configuration_alone(desk: Desk) -> None:
    more = """
[topic]
name = "Psilocybin Watch"
[topic.drugs]
ketamine = false
esketamine = false
arketamine = false
[topic.drugs.psilocybin]
terms = ["psilocybin", "COMP360"]
mesh = ["Psilocybin"]
"""
    with SampleServer() as server:
        config = desk.configure(server, more)
        topic = watch("topic", "--config", config)
        assert "ketamine" not in topic.stdout
        assert 'psilocybin[tiab] OR COMP360[tiab] OR "Psilocybin"[mh]' in topic.stdout
        done = watch_again("crawl", "--config", config, "--db", desk.db_path)
    assert done.returncode == 0, done.stderr
    assert desk.rows("SELECT * FROM records") == []
    assert {row["value"] for row in desk.rows("SELECT value FROM watched WHERE dimension = 'drug'")} == {
        "psilocybin"
    }


def test_the_demo_builds_and_exits(tmp_path: Path) -> None:
    done = watch("demo", "--no-serve", "--db", tmp_path / "demo.db")
    assert done.returncode == 0, done.stderr
    ended = dict(re.findall(r"^([a-z_]+): ok: (\d+) fetched", done.stdout, re.MULTILINE))
    assert ended.keys() == set(choose_sources(CONFIG))
    new = dict(re.findall(r"^([a-z_]+): ok: \d+ fetched, (\d+) new", done.stdout, re.MULTILINE))
    of_records = (*VISITED, "medrxiv")  # medRxiv counts versions as fetched, preprints as new
    assert Database(tmp_path / "demo.db")["records"].count == sum(int(new[name]) for name in of_records)


def test_plain_scrapy_knows_the_spiders(desk: Desk) -> None:
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == sorted(SOURCES)
    with SampleServer() as server:
        environ = {
            "KETAMINE_WATCH_CONFIG": str(desk.configure(server)),
            "KETAMINE_WATCH_DB": str(desk.db_path),
        }
        subprocess.run([*scrapy, "crawl", "clinicaltrials"], cwd=ROOT, check=True, env=os.environ | environ)
    assert desk.db["records"].count == len(SAMPLE.registrations)
