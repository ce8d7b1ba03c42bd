"""Publishing: a checked copy becomes the current one at once, and running servers go over to it without dropping a request."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasette.cli import inspect_
from sqlite_utils import Database

from crawler.cli import cli
from datasette_config.serve import arguments, chosen_settings
from datasette_config.snapshots import Published, application
from store.database import open_database, read_database
from store.errors import ConfigError, StoreError, WatchError
from store.sizes import row_counts
from store.snapshots import Snapshot, current, hold, inspect, publish

ROOT = Path(__file__).resolve().parents[1]
FIRST = "Antidepressant efficacy of ketamine in treatment-resistant major depression: a two-site randomized controlled trial."


@pytest.fixture
def live(filled_db: Path, tmp_path: Path) -> Path:
    """A database that a crawl may write to."""
    path = tmp_path / "watch.db"
    shutil.copy(filled_db, path)
    return path


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(cli, list(map(str, arguments)))


def retitle(live: Path, title: str) -> None:
    db = open_database(live)
    db.execute("UPDATE records SET title = ? WHERE id = 'pubmed:23982301'", (title,))
    db.conn.commit()
    db.close()


def versions(folder: Path) -> list[str]:
    return sorted(
        path.name for path in folder.iterdir() if not path.name.startswith(".") and path.name != "current"
    )


# -- what a snapshot is


def test_a_snapshot_is_the_database_checked_and_settled(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "published"
    done = run("publish", "--db", live, "--to", folder)
    assert done.exit_code == 0, done.output
    assert "checked; now current" in done.output
    file = folder / "current" / "watch.db"
    copy, original = read_database(file), read_database(live)
    assert row_counts(copy) == row_counts(original)
    assert [row[0] for row in copy.execute("PRAGMA integrity_check")] == ["ok"]
    assert copy.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0
    assert copy.execute("PRAGMA journal_mode").fetchone()[0] == "delete"  # one file, whoever opens it
    told = json.loads((folder / "current" / "inspect.json").read_text())["watch"]
    assert told["hash"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told["size"] == file.stat().st_size
    assert told["tables"]["records"] == {"count": copy["records"].count}
    assert sorted(path.name for path in file.parent.iterdir()) == ["inspect.json", "watch.db"]


def test_the_inspect_file_is_the_one_that_datasette_makes(live: Path, tmp_path: Path) -> None:
    publish(read_database(live), tmp_path / "p", "watch")
    file = current(tmp_path / "p").file
    theirs = asyncio.run(inspect_([str(file)], None))
    assert inspect(file) == theirs["watch"] | {"file": "watch.db"}
    assert current(tmp_path / "p").inspected == {"watch": inspect(file)}


def test_it_is_published_amid_a_crawl_under_another_name(live: Path, tmp_path: Path) -> None:
    writer = open_database(live)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM tags")
    assert run("publish", "--db", live, "--to", tmp_path / "p", "--name", "ketamine").exit_code == 0
    writer.execute("ROLLBACK")
    assert Database(tmp_path / "p/current/ketamine.db")["tags"].count == Database(live)["tags"].count


def test_so_many_are_kept_and_one_that_is_served_longer(live: Path, tmp_path: Path) -> None:
    folder, db = tmp_path / "p", read_database(live)
    first = publish(db, folder, "watch", keep=1).snapshot
    held = hold(first)
    second = publish(db, folder, "watch", keep=1)
    assert second.removed == ()
    assert versions(folder) == [first.folder.name, second.snapshot.folder.name]
    held.close()
    third = publish(db, folder, "watch", keep=2)
    assert third.removed == (first.folder.name,)
    assert versions(folder) == [second.snapshot.folder.name, third.snapshot.folder.name]
    assert current(folder).folder == third.snapshot.folder
    with pytest.raises((OSError, ConfigError)):
        hold(first)


def test_two_servers_hold_the_same_snapshot(live: Path, tmp_path: Path) -> None:
    snapshot = publish(read_database(live), tmp_path / "p", "watch").snapshot
    one, other = hold(snapshot), hold(snapshot)
    with snapshot.file.open("rb") as mine, pytest.raises(BlockingIOError):
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    one.close()
    other.close()


def test_what_fails_changes_nothing(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, db = tmp_path / "p", read_database(live)
    before = publish(db, folder, "watch").snapshot
    counts = iter([{"records": 5}, {"records": 5}, {"records": 4}])

    def no_room(*_: Any) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("store.backup.row_counts", lambda db: next(counts))
        with pytest.raises(StoreError, match="4 rows instead of 5"):
            publish(db, folder, "watch")
    with monkeypatch.context() as patch:
        patch.setattr("store.snapshots._write", no_room)
        with pytest.raises(StoreError, match="no room"):
            publish(db, folder, "watch")
    assert current(folder).folder == before.folder
    assert versions(folder) == [before.folder.name]
    assert {path.name for path in folder.iterdir()} == {".lock", "current", before.folder.name}


def test_what_a_killed_publish_left_is_tidied(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    (folder / ".draft-x").mkdir(parents=True)
    (folder / ".draft-x" / "watch.db").write_text("half")
    (folder / ".current-x").symlink_to("nowhere")
    snapshot = publish(read_database(live), folder, "watch").snapshot
    assert {path.name for path in folder.iterdir()} == {".lock", "current", snapshot.folder.name}


def test_refusals_in_words(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    with (folder / ".lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        busy = run("publish", "--db", live, "--to", folder)
    assert busy.exit_code == 75
    assert "another publish" in busy.output
    assert run("publish", "--db", live, "--to", live / "x").exit_code == 2
    for name in ("a/b", "", ".hidden", ".."):
        assert run("publish", "--db", live, "--to", folder, f"--name={name}").exit_code == (2 if name else 0)
    nothing = run("serve", "--snapshot", tmp_path / "empty")
    assert nothing.exit_code == 2
    assert "nothing is published" in nothing.output
    for pair in (("nosuch", "1"), ("allow_facet", "perhaps"), ("max_csv_mb", "much")):
        assert run("serve", "--snapshot", folder, "--setting", *pair).exit_code == 2
    typed = arguments(live, host="x", port=1, more=chosen_settings([("force_https_urls", "on")]))
    assert typed[typed.index("force_https_urls") + 1] == "on"
    assert chosen_settings([("base_url", "/a/"), ("force_https_urls", "on"), ("max_csv_mb", "5")]) == {
        "base_url": "/a/", "force_https_urls": True, "max_csv_mb": 5}  # fmt: skip


# -- going over, with sites of our own that answer when told


class Fake:
    """A site whose requests last until `done` is set."""

    def __init__(self, snapshot: Snapshot):
        self.snapshot, self.in_flight, self.retired = snapshot, 0, False
        self.done, self.closed = asyncio.Event(), threading.Event()

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        await self.done.wait()
        await send(self.snapshot.folder.name)

    def close(self) -> None:
        assert self.in_flight == 0
        self.closed.set()


def point(folder: Path, name: str) -> None:
    link = folder / "next"
    link.symlink_to(name)
    link.replace(folder / "current")


def test_requests_finish_where_they_began_and_only_then_it_is_closed(tmp_path: Path) -> None:
    opened: list[Fake] = []

    async def open_site(snapshot: Snapshot) -> Fake:
        if snapshot.folder.name == "bad":
            raise WatchError("not answered well")
        opened.append(Fake(snapshot))
        return opened[-1]

    async def swap() -> None:
        point(tmp_path, "one")
        published, sent = Published(tmp_path, open_site), []

        async def send(message: Any) -> None:
            sent.append(message)

        await published.look()
        asked = [asyncio.create_task(published({"type": "http"}, None, send)) for _ in range(2)]
        await asyncio.sleep(0)
        point(tmp_path, "two")
        await published.look()
        await published.look()
        later = asyncio.create_task(published({"type": "http"}, None, send))
        await asyncio.sleep(0)
        one, two = opened
        assert (one.in_flight, two.in_flight) == (2, 1)
        two.done.set()
        await later
        assert not one.closed.is_set()
        one.done.set()
        await asyncio.gather(*asked, *published._closing)
        await asyncio.gather(*published._closing)
        assert sent == ["two", "one", "one"]
        assert one.closed.is_set()
        assert not two.closed.is_set()
        point(tmp_path, "bad")
        await published.look()
        await published.look()
        await published({"type": "http"}, None, send)
        assert sent[-1] == "two"
        assert len(opened) == 2

    asyncio.run(swap())


# Datasette's writing thread is ended by SystemExit, which is silent but for pytest
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_snapshot_that_is_not_answered_well_is_not_served(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    publish(read_database(live), folder, "watch")
    good = current(folder)
    site = application(folder, {})

    async def ask() -> list[int]:
        await site.look()
        damaged = folder / "20990101T000000.000000Z"
        shutil.copytree(good.folder, damaged)
        (damaged / "watch.db").write_bytes(b"no database" * 1000)
        point(folder, damaged.name)
        await site.look()
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/watch/trials.json", "raw_path": b"/watch/trials.json",
                 "query_string": b"", "headers": [(b"host", b"x")], "scheme": "http"}  # fmt: skip
        await site(scope, None, send)
        served = site._site
        served.retired = True
        site._close_if_done(served)
        await asyncio.gather(*site._closing)
        assert served.snapshot.folder == good.folder
        return [message["status"] for message in sent if "status" in message]

    assert asyncio.run(ask()) == [200]


# -- real servers, real requests


class Server:
    """`ketamine-watch serve --snapshot` as a process of its own, on a free port."""

    def __init__(self, folder: Path):
        command = [sys.executable, "-m", "crawler.cli", "serve", "--snapshot", str(folder), "--port", "0"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.port = 0
        self._said: list[str] = []

    def wait(self) -> None:
        """Until it answers."""
        assert self.process.stderr
        for line in self.process.stderr:
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        assert self.port
        self._reader = threading.Thread(
            target=lambda: self._said.extend(self.process.stderr or ()), daemon=True
        )
        self._reader.start()

    def stop(self) -> tuple[int, str]:
        """(exit code, what it said)"""
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self._reader.join()
        return code, "".join(self._said)


@contextmanager
def servers(folder: Path, count: int) -> Iterator[list[Server]]:
    started: list[Server] = []
    try:
        for _ in range(count):
            started.append(Server(folder))
        for server in started:
            server.wait()
        yield started
    finally:
        for server in started:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()


def test_servers_go_over_to_each_new_snapshot_and_drop_no_request(live: Path, tmp_path: Path) -> None:
    folder, db = tmp_path / "p", read_database(live)
    first = publish(db, folder, "watch", keep=1).snapshot
    paths = (
        "/watch/records/pubmed~3A23982301.json?_shape=array",
        "/watch/works.csljson",
        "/watch/trials",
        "/",
    )
    wrong: list[Any] = []
    answered: dict[int, int] = {}
    seen: dict[int, set[str]] = {}
    news, enough = threading.Condition(), threading.Event()

    def visit(port: int, path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not enough.is_set():
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                wrong.append((path, error))
                return
            if answer.status != 200:
                wrong.append((path, answer.status, body[:200]))
            with news:
                answered[port] = answered.get(port, 0) + 1
                if path == paths[0]:
                    seen.setdefault(port, set()).add(json.loads(body)[0]["title"])
                    news.notify_all()
        connection.close()

    with servers(folder, 2) as started:
        ports = [server.port for server in started]
        visitors = [
            threading.Thread(target=visit, args=(port, path))
            for at, port in enumerate(ports)
            for path in (paths[0], *paths[1 + at :: 2])
        ]
        for visitor in visitors:
            visitor.start()
        try:
            for title in (None, "The second snapshot", "The third snapshot"):
                if title:
                    retitle(live, title)
                    publish(db, folder, "watch", keep=1)
                with news:
                    assert news.wait_for(
                        lambda title=title: (
                            wrong or all((title or FIRST) in seen.get(port, ()) for port in ports)
                        ),
                        30,
                    )
        finally:
            enough.set()
            for visitor in visitors:
                visitor.join()
        last = publish(db, folder, "watch", keep=1)
        assert wrong == []
        assert all(answered[port] > 10 for port in ports)
        assert all(len(seen[port]) == 3 for port in ports)
        assert not first.folder.exists()
        assert last.snapshot.folder.exists()
        for server in started:
            held = [
                str(one.readlink())
                for one in Path(f"/proc/{server.process.pid}/fd").iterdir()
                if one.is_symlink()
            ]
            assert not [name for name in held if first.folder.name in name]
            code, said = server.stop()
            assert code in (0, -15), said
            assert "Traceback" not in said
