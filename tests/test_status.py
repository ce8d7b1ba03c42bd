"""Quiet or broken: what is usual for a source is learnt from its visits, and what is stale says why."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from crawler.config import load_config
from crawler.heartbeat import beat
from store.database import open_database
from store.errors import ConfigError
from tests.site_client import client, text


def visits(
    db: Database, *each: tuple[float, str, int, int], source: str = "pubmed", window: str | None = "w"
) -> None:
    """Add visits: (days ago, outcome, fetched, new)."""
    for ago, outcome, fetched, new in sorted(each, reverse=True):
        at = (datetime.now(timezone.utc) - timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
        good = outcome in ("ok", "nothing_new")
        db["crawls"].insert(
            {
                "source": source, "command": "crawl", "window": window, "started": at, "finished": at, "reported": fetched,
                "fetched": fetched, "new": new, "changed": 0, "unchanged": fetched - new, "rejected": 0, "outcome": outcome,
                "error": None if good else f"{source}: it failed\nand more",
            }
        )  # fmt: skip


def daily(first: int, last: int, fetched: int = 40, new: int = 1) -> list[tuple[float, str, int, int]]:
    return [(day - 0.1, "ok" if new else "nothing_new", fetched, new) for day in range(first, last, -1)]


@pytest.mark.parametrize(
    ("history", "why"),
    [
        (daily(40, 0), None),
        (daily(3, 0), None),  # too little history to know what is usual
        ([(40, "unreachable", 0, 0)], "has never been read to the end; last: unreachable"),
        ([*daily(40, 1), (0.5, "unreachable", 0, 0)], None),  # one failure is in `outcome`; the source is not stale
        ([*daily(40, 5), *((day, "service_error", 0, 0) for day in range(5))], "not read to the end for 5 days; usually every day"),
        ([(day, "ok", 40, 2) for day in range(70, 6, -7)], None),  # weekly visits
        ([(day, "ok", 40, 2) for day in range(100, 29, -7)], "not read to the end for 30 days; usually every 7 days"),
        ([(9, "ok", 4, 1)], "not read to the end for 9 days; usually every ? (too little history)"),
        ([*daily(40, 1), (0.5, "nothing_new", 0, 0)], "brought 0 records; usually 40"),
        ([*daily(40, 1), (0.5, "nothing_new", 12, 0)], None),
        ([*daily(90, 30), *daily(30, 0, new=0)], "nothing new for 30 days; usually something every 1"),
        ([*daily(90, 10), *daily(10, 0, new=0)], None),  # nobody is called for a quiet week
        (daily(30, 0, fetched=0, new=0), None),  # a small source that rarely has anything
    ],
)  # fmt: skip
def test_stale_or_not_and_why(
    tmp_path: Path, history: list[tuple[float, str, int, int]], why: str | None
) -> None:
    db = open_database(tmp_path / "watch.db")
    visits(db, *history)
    (row,) = db.query("SELECT * FROM source_status")
    assert row["why"] == why
    assert row["stale"] == (why is not None)
    assert (row["usual_least"] is None) == (len(history) < 10)


def test_a_full_visit_says_nothing_of_what_is_usual(tmp_path: Path) -> None:
    db = open_database(tmp_path / "watch.db")
    visits(db, (50, "ok", 9000, 9000), window=None)
    visits(db, *daily(40, 1), (0.5, "ok", 40, 1))
    visits(db, (0.2, "ok", 9000, 0), window=None)
    (row,) = db.query("SELECT * FROM source_status")
    assert (row["why"], row["usual_least"], row["usual_most"]) == (None, 10, 170)
    assert row["asked"] == "everything"


def test_the_command_names_what_is_stale_and_exits_so_that_cron_mails_it(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    db = open_database(path)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["status", "--db", str(path), *arguments])

    assert (run().exit_code, run().output) == (1, "no source has been visited yet\n")
    visits(db, *daily(40, 0))
    fine = run()
    assert fine.exit_code == 0
    assert "pubmed: fine" in fine.output
    assert "usually 10 to 170" in fine.output
    visits(db, (20, "bad_answer", 0, 0), source="clinicaltrials")
    stale = run("--json")
    assert stale.exit_code == 1
    assert {row["source"]: row["stale"] for row in json.loads(stale.output)} == {
        "pubmed": 0,
        "clinicaltrials": 1,
    }
    assert "clinicaltrials: STALE: has never been read to the end; last: bad_answer" in run().output
    assert "it failed" in run().output
    assert " bytes, " in run("--sizes").output
    assert "42 crawls\n" in run("--sizes").output or "41 crawls\n" in run("--sizes").output


def test_the_page_says_the_same(tmp_path: Path) -> None:
    db = open_database(tmp_path / "watch.db")
    visits(db, *daily(40, 0))
    visits(db, (20, "bad_answer", 0, 0), source="<script>alert(1)</script>")
    page = client(tmp_path / "watch.db")("/-/status")
    assert page.status_code == 200
    assert "has never been read to the end; last: bad_answer" in text(page.text)
    assert "10 to 170" in text(page.text)
    assert "<script>alert" not in page.text


# -- the heartbeat


def test_a_good_run_touches_a_file_and_asks_an_address(tmp_path: Path) -> None:
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path == "/alive" else 500)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    assert beat(str(tmp_path / "alive"), f"{base}/alive") == []
    assert (tmp_path / "alive").exists()
    assert asked == ["/alive"]
    wrong = beat(str(tmp_path / "no" / "alive"), f"{base}/s3cret")
    assert len(wrong) == 2
    assert "s3cret" not in " ".join(wrong)
    server.shutdown()
    server.server_close()


def test_a_heartbeat_is_https(tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text('[heartbeat]\nurl = "http://example.org/ping"')
    with pytest.raises(ConfigError, match="must be https"):
        load_config(path, {})
    path.write_text('[heartbeat]\nurl = "https://example.org/ping"\nfile = "alive"')
    assert load_config(path, {}).heartbeat_url == "https://example.org/ping"
