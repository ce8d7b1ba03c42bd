"""An operator's folder, and the command as people and cron run it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler.assignments import choose_sources, spider_classes
from crawler.cli import cli
from crawler.config import load_config
from crawler.sample.server import SampleServer
from tests import forked

ROOT = Path(__file__).resolve().parents[1]
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
    """Run `ketamine-watch` in a process of its own, begun from nothing as a shell begins it.

    Its key is a canary: nothing may ever show it.
    """
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *map(str, arguments)],
        cwd=ROOT, env=_clean() | environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def watch_again(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The same in a process that had imported it before: for a command that another test begins from nothing."""
    return forked.run(_command, *map(str, arguments), environ=_clean() | environ)


def _command(*arguments: str) -> None:
    cli(list(arguments), prog_name="ketamine-watch")


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KETAMINE_WATCH")}


class Desk:
    """An operator's folder: a configuration for a sample server, and a database."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.db_path = folder / "watch.db"

    def configure(self, server: SampleServer | None, more: str = "") -> Path:
        services = {CONFIG.sources[name].service for name in SOURCES}
        upstreams = server.upstreams if server else dict.fromkeys(services, "http://127.0.0.1:9")
        path = self.folder / "watch.toml"
        lines = [
            "[patience]\ntries = 2\nfirst_wait = 0.0",
            *(
                f"[sources.{name}]\nenabled = {str(name in VISITED).lower()}"
                + ("\ninterval = 0.0" if name != "retractionwatch" else "")
                for name in SOURCES
            ),
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
        return watch_again("crawl", "--config", config, "--db", self.db_path, *arguments, **environ)

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
