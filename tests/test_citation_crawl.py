"""Citation tracking from crawl to list, over real HTTP against the sample: right edges, and nothing the second time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from crawler.sample.catalogue import load_catalogue
from crawler.sample.citation_graph import CitationGraph
from crawler.sample.faults import Fault
from crawler.sample.server import SampleServer
from tests.desk import watch_again

SOURCES = ("pubmed", "pubmed_links", "europepmc_citations", "openalex", "icite", "semantic_scholar")
FEDER, FEDER2 = "pubmed:24740528", "pubmed:33397139"
TABLES = (
    "citation_edges",
    "citation_statements",
    "citation_counts",
    "bare_works",
    "work_names",
    "citation_polls",
    "records",
)


class Desk:
    def __init__(self, folder: Path):
        self.folder = folder
        self.db = Database(folder / "watch.db")

    def run(self, *arguments: str, server: SampleServer | None = None) -> subprocess.CompletedProcess[str]:
        lines = [
            "[patience]\ntries = 1\nfirst_wait = 0.0",
            *(f"[sources.{name}]\ninterval = 0.0" for name in SOURCES if server),
        ]
        if server:
            lines += ["[upstreams]", *(f'{name} = "{url}"' for name, url in server.upstreams.items())]
        (self.folder / "watch.toml").write_text("\n".join(lines))
        return watch_again(
            *arguments,
            "--db",
            self.folder / "watch.db",
            KETAMINE_WATCH_CONFIG=str(self.folder / "watch.toml"),
        )

    def citations(self, *arguments: str) -> str:
        return (
            CliRunner().invoke(cli, ["citations", *arguments, "--db", str(self.folder / "watch.db")]).stdout
        )

    def crawl(self, server: SampleServer, *sources: str, more: tuple[str, ...] = ()) -> dict[str, str]:
        named = [part for name in sources or SOURCES for part in ("--source", name)]
        done = self.run("crawl", "--json", *named, *more, server=server)
        assert done.stdout, done.stderr
        return {row["source"]: row["outcome"] for row in json.loads(done.stdout)}

    def content(self) -> dict[str, list[Any]]:
        ours = {"last_seen", "last_answered", "crawl_id"}
        return {
            table: sorted(
                json.dumps({name: value for name, value in row.items() if name not in ours})
                for row in self.db.table(table).rows
            )
            for table in TABLES
        }


def edges(db: Database) -> dict[tuple[str, str], set[str]]:
    return {
        (row["citing_id"], row["cited_id"]): set(json.loads(row["sources"]))
        for row in db.table("citation_edges").rows
    }


def test_the_sample_ends_with_its_edges_and_a_further_crawl_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with SampleServer() as server:
        assert desk.crawl(server) == dict.fromkeys(SOURCES, "ok")
        found = edges(desk.db)
        graph = CitationGraph(load_catalogue().articles)
        followed = {row["work_id"] for row in desk.db.table("citation_polls").rows}
        assert FEDER in followed
        between = {(f"pubmed:{citing}", f"pubmed:{cited}") for citing, cited in graph.pmid_links()}
        assert {pair for pair in between if followed & set(pair)} <= set(found)
        assert {pair for pair in found if all(end.startswith("pubmed:") for end in pair)} <= between
        everyone = {"pubmed_links", "europepmc_citations", "openalex", "semantic_scholar"}
        assert found["pubmed:99100001", FEDER] == everyone
        assert found["doi:10.5555/ketamine-watch.preprint", FEDER] >= {"openalex", "semantic_scholar"}
        counts = {
            row["source"]: row["cited_by"]
            for row in desk.db.query("SELECT * FROM citation_counts_latest WHERE work_id = ?", [FEDER])
        }
        assert counts == {"pubmed_links": 8, "europepmc_citations": 9, "openalex": 9, "icite": 8}

        # the second run fetches what cites: one belongs, one has no drug, one is gone
        assert desk.crawl(server) == dict.fromkeys(SOURCES, "nothing_new") | {"pubmed": "ok"}
        here = {row["id"] for row in desk.db.query("SELECT id FROM records WHERE id LIKE 'pubmed:991%'")}
        assert here == {"pubmed:99100002"}
        examined = {
            row["id"] for row in desk.db.query("SELECT id FROM bare_works WHERE examined IS NOT NULL")
        }
        assert examined == {"pubmed:99100001", "pubmed:99100009"}

        # asked again whatever the day, all say the same
        before = desk.content()
        assert desk.crawl(server, more=("--full",)) == dict.fromkeys(SOURCES, "nothing_new")
        assert desk.content() == before

    missing = json.loads(desk.citations("missing", "--json"))
    assert (missing[0]["work_id"], missing[0]["together"]) == ("doi:10.5555/ketamine-watch.missing", 2)
    new = json.loads(desk.citations("new", "--of", "24740528", "--since", "2025-06-01", "--json"))
    assert [row["citing_id"] for row in new if row["citing_id"].startswith("pubmed:")] == ["pubmed:99100002"]
    listed = json.loads(desk.citations("list", "--json"))
    assert next(row for row in listed if row["work_id"] == FEDER)["counts"]["openalex"] == 9


def test_a_pause_is_no_failure_and_the_next_run_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.citations("watch", "24740528", "33397139", "--why", "ours", "--by", "Ada")
    with SampleServer(faults=Fault("429", "/openalex", nth=3, seconds=28800)) as server:
        done = desk.run("crawl", "--source", "openalex", server=server)
        assert done.returncode == 0
        assert done.stdout.startswith("openalex: paused: ")
        asked = [row["work_id"] for row in desk.db.table("citation_polls").rows]
        assert desk.crawl(server, "openalex") == {"openalex": "ok"}
        assert len(asked) < len(list(desk.db.table("citation_polls").rows)) == 2
