"""The command as people and cron run it: real processes, real HTTP on loopback, every way it can end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler.assignments import choose_sources, spider_classes
from crawler.config import load_config
from crawler.sample.catalogue import load_catalogue
from crawler.sample.faults import Fault, Kind
from crawler.sample.server import SampleServer
from store.database import crawl_lock

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = load_catalogue()
CONFIG = replace(load_config(environ={}), email="tests@example.org")
SOURCES = list(CONFIG.sources)
#: without those that need more than the default configuration, those of citations (see test_citation_crawl.py), and
#: medRxiv: its first run looks back weeks and the sample's preprints are older (see test_medrxiv.py)
VISITED = [
    name
    for name in choose_sources(CONFIG)
    if spider_classes()[name].brings == "records" and name != "medrxiv"
]


def watch(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `ketamine-watch` in a process of its own. Its key is a canary: nothing may ever show it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KETAMINE_WATCH")}
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *map(str, arguments)],
        cwd=ROOT, env=clean | environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


class Desk:
    """An operator's folder: a configuration for a sample server, and a database."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.db_path = folder / "watch.db"

    def configure(self, server: SampleServer | None, more: str = "") -> Path:
        services = {CONFIG.sources[name].service for name in VISITED}
        upstreams = server.upstreams if server else dict.fromkeys(services, "http://127.0.0.1:9")
        path = self.folder / "watch.toml"
        lines = [
            "[patience]\ntries = 2\nfirst_wait = 0.0",
            *(f"[sources.{name}]\ninterval = 0.0" for name in VISITED),
            *(f"[sources.{name}]\nenabled = false" for name in SOURCES if name not in VISITED),
            "[upstreams]",
            *(f'{name} = "{url}"' for name, url in upstreams.items()),
            more,
        ]
        path.write_text("\n".join(lines))
        return path

    def crawl(
        self, server: SampleServer | None, *arguments: str, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        config = self.configure(server)
        return watch("crawl", "--config", config, "--db", self.db_path, *arguments, **environ)

    @property
    def db(self) -> Database:
        return Database(self.db_path)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return list(self.db.query(sql))

    def content(self) -> dict[str, list[Any]]:
        """Every row that says what is known, free of when it was learnt."""
        tables = ("records", "tags", "headings", "identifiers", "citations", "notices", "registrations", "publications",
                  "studies", "study_records")  # fmt: skip
        dates = {"first_seen", "last_changed", "crawl_id"}
        return {
            table: [
                {k: v for k, v in row.items() if k not in dates}
                for row in self.db[table].rows_where(order_by="1, 2")
            ]
            for table in tables
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_first_crawl_then_nothing_new(desk: Desk) -> None:
    with SampleServer() as server:
        first = desk.crawl(server, "--json")
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


def test_no_key_ever_shows(desk: Desk) -> None:
    key = "c4n4ry" * 6
    with SampleServer() as server:
        done = desk.crawl(server, "--verbose", NCBI_API_KEY=key)
        assert done.returncode == 0
        assert any(asked.params.get("api_key") == key for asked in server.requests)
    broken = desk.crawl(None, "--verbose", NCBI_API_KEY=key)
    assert broken.returncode == 1
    assert key not in done.stdout + done.stderr + broken.stdout + broken.stderr
    assert key.encode() not in desk.db_path.read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What a crawl without any fault leaves."""
    desk = Desk(tmp_path_factory.mktemp("undisturbed"))
    with SampleServer() as server:
        assert desk.crawl(server).returncode == 0
    return desk.content()


def always(kind: Kind, match: str) -> Fault:
    return Fault(kind, match=match, times=None, seconds=3600)


@pytest.mark.parametrize(
    ("faults", "ends"),
    [
        ([always("html", "efetch")], ("bad_answer", "ok")),
        ([always("html", "studies")], ("ok", "bad_answer")),
        ([always("cut", "efetch"), always("cut", "studies")], ("bad_answer", "bad_answer")),
        ([always("error200", "esearch"), always("500", "studies")], ("service_error", "service_error")),
        ([always("empty", "efetch"), always("empty", "studies")], ("bad_answer", "bad_answer")),
        ([always("500", "efetch"), always("429", "studies")], ("service_error", "rate_limited")),
        ([always("429", "esearch"), always("reset", "studies")], ("rate_limited", "unreachable")),
        ([always("reset", "esearch")], ("unreachable", "ok")),
    ],
    ids=lambda value: (
        "-".join(f"{fault.match}-{fault.kind}" for fault in value) if isinstance(value, list) else ""
    ),
)
def test_a_failing_source_is_named_stops_no_other_and_heals(
    desk: Desk, undisturbed: dict[str, list[Any]], faults: list[Fault], ends: tuple[str, str]
) -> None:
    with SampleServer(faults=faults) as server:
        done = desk.crawl(server)
    assert done.returncode == 1
    expected = dict.fromkeys(VISITED, "ok") | dict(zip(("pubmed", "clinicaltrials"), ends, strict=True))
    assert {row["source"]: row["outcome"] for row in desk.rows("SELECT * FROM crawls")} == expected
    for source, outcome in expected.items():
        assert (f"{outcome}: {source}:" in done.stderr) == (outcome != "ok")
        streams = {
            row["stream"] for row in desk.rows(f"SELECT stream FROM watermarks WHERE source = '{source}'")
        }
        assert outcome == "ok" or streams <= {"changed"}
    with SampleServer() as server:
        after = desk.crawl(server)
    assert after.returncode == 0, after.stderr
    assert desk.content() == undisturbed


def test_one_bad_answer_in_passing_is_tried_again(desk: Desk) -> None:
    faults = [
        Fault("500", match="efetch"),
        Fault("429", match="esearch", seconds=0),
        Fault("reset", match="studies"),
    ]
    with SampleServer(faults=faults) as server:
        done = desk.crawl(server)
    assert done.returncode == 0, done.stderr


def test_an_unreachable_service_and_a_second_crawl(desk: Desk) -> None:
    done = desk.crawl(None)
    assert done.returncode == 1
    assert "unreachable: pubmed:" in done.stderr
    assert "unreachable: clinicaltrials:" in done.stderr
    with crawl_lock(desk.db_path):
        locked = desk.crawl(None)
    assert locked.returncode == 75
    assert "another crawl" in locked.stderr
    assert len(desk.rows("SELECT * FROM crawls")) == len(VISITED)


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
    done = watch(*arguments, KETAMINE_WATCH_DB=str(tmp_path / "a.db"))
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "a.db").exists()


def test_a_wrong_key_in_the_configuration_is_2(desk: Desk) -> None:
    with SampleServer() as server:
        config = desk.configure(server, "[colour]\nof = 'money'")
        done = watch("crawl", "--config", config, "--db", desk.db_path)
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
    bad = watch("tag", "--jsonl", lines)
    assert bad.returncode == 1
    assert all("error" in json.loads(line) for line in bad.stdout.splitlines()[1:])


def test_tagging_again_changes_nothing_under_the_same_rules(desk: Desk) -> None:
    with SampleServer() as server:
        desk.crawl(server)
    before = desk.content()
    assert watch("tag", "--db", desk.db_path).stdout == "0 records tagged, 0 changed\n"
    again = watch("tag", "--all", "--db", desk.db_path)
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
        done = watch("crawl", "--config", config, "--db", desk.db_path)
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
