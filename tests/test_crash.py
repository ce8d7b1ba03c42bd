"""Whatever ends a crawl, the next one makes the database what it would have been without."""

from __future__ import annotations

import json
import random
import shutil
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from benchmarks.reliability.children import NOW, SOURCES, Crawls, Kill
from benchmarks.reliability.content import Content, content, differences, unsound
from benchmarks.reliability.kills import survive
from crawler.sample.exchange import Answer, Asked
from crawler.sample.server import SampleServer
from store.database import open_database
from tests.small_catalogue import small_catalogue


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer(small_catalogue()) as running:
        yield running


@pytest.fixture(scope="module")
def whole(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content, int]:
    """The database of an undisturbed crawl, its content, and how many requests it took."""
    path = tmp_path_factory.mktemp("whole") / "watch.db"
    assert Crawls(server).crawl(path).code == 0
    return path, content(path), len(server.requests)


def heals(server: SampleServer, path: Path, whole: tuple[Path, Content, int]) -> None:
    """The next crawl ends well and leaves what an undisturbed one does, in a sound file."""
    assert Crawls(server).crawl(path).code == 0
    assert differences(whole[1], content(path)) == []
    assert unsound(path) == []


def test_killed_at_seeded_points_and_run_again_the_database_is_that_of_an_undisturbed_run(
    tmp_path: Path,
) -> None:
    with SampleServer(small_catalogue(8, 4)) as server:
        found = survive(30, tmp_path, server)
    assert found.wrong == []
    assert len(found.kills) >= 30
    assert found.rows > 300


def test_a_lost_row_would_be_seen(tmp_path: Path, whole: tuple[Path, Content, int]) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(whole[0], copy)
    db = Database(copy)
    db.execute("UPDATE records SET title = 'x' WHERE rowid = 1")
    db.execute("DELETE FROM tags WHERE position = 0")
    db.execute("INSERT INTO records_fts(records_fts) VALUES ('delete-all')")
    db.close()
    assert any("records lacks" in line for line in differences(whole[1], content(copy)))
    assert any("tags lacks" in line for line in differences(whole[1], content(copy)))
    with pytest.raises(Exception, match="malformed"):
        unsound(copy)


def test_a_half_written_write_ahead_log_costs_no_more_than_its_last_commits(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path, die = tmp_path / "killed.db", random.Random(6)  # noqa: S311 - no secret
    Crawls(server).crawl(path, Kill("request", whole[2] - 1))
    wal = Path(f"{path}-wal").read_bytes()
    assert len(wal) > 100_000
    for cut in (die.randrange(len(wal)), 1000):
        copy = tmp_path / f"cut{cut}.db"
        shutil.copy(path, copy)
        Path(f"{copy}-wal").write_bytes(wal[:cut])
        heals(server, copy, whole)


@pytest.mark.parametrize(
    ("kill", "code"),
    [
        (Kill("request", 12, signal.SIGTERM), 143),
        (Kill("statement", 1200, signal.SIGTERM), 143),  # amid an item's way through the pipelines
        (Kill("statement", 1500, signal.SIGINT), 130),
    ],
    ids=str,
)
def test_a_signal_is_obeyed_and_told(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int], kill: Kill, code: int
) -> None:
    path = tmp_path / "stopped.db"
    ended = Crawls(server).crawl(path, kill)
    assert ended.code == code
    assert "interrupted" in ended.outcomes.values()
    assert {row["outcome"] for row in Database(path)["crawls"].rows} == set(ended.outcomes.values())
    assert kill.point != "request" or content(path)["records"].total() > 0  # what had come is kept
    heals(server, path, whole)


def test_a_full_disk_stops_the_spiders_at_once_and_is_named(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path = tmp_path / "full.db"
    open_database(path).close()
    pages = Database(path).execute("PRAGMA page_count").fetchone()[0]
    fetches = [asked for asked in server.requests[: whole[2]] if "esearch" not in asked.path]
    before = len(server.requests)
    ended = Crawls(server).crawl(path, pages=pages + 2)
    again = [asked for asked in server.requests[before:] if "esearch" not in asked.path]
    assert ended.code == 1
    assert {ended.outcomes["pubmed"], ended.outcomes["clinicaltrials"]} == {"store_error"}
    causes = {row["source"]: row["error"] for row in ended.rows if row["outcome"] == "store_error"}
    assert all("full" in causes[source] for source in ("pubmed", "clinicaltrials")), causes
    assert len(again) < len(fetches) / 2  # what cannot be kept is not asked for
    assert unsound(path) == []
    assert Crawls(server).crawl(path).code == 0
    assert content(path)["records"] == whole[1]["records"]


def test_however_full_a_disk_is_nothing_is_said_but_that(server: SampleServer, tmp_path: Path) -> None:
    """sqlite-utils' own upsert left rows out here, and a later statement named a foreign key."""
    for pages in range(124, 170, 14):
        path = tmp_path / f"full{pages}.db"
        ended = Crawls(server).crawl(path, pages=pages)
        errors = [line for row in ended.rows for line in (row["error"] or "").splitlines()]
        assert all("database or disk is full" in line for line in errors), errors
        assert unsound(path) == []


def test_a_disk_too_full_for_any_row_is_named(server: SampleServer, tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    assert Crawls(server).crawl(path, pages=2).rows[0]["outcome"] == "ConfigError"
    open_database(path).close()
    pages = Database(path).execute("PRAGMA page_count").fetchone()[0]
    ended = Crawls(server).crawl(path, pages=pages)
    assert ended.code == 1
    assert "full" in ended.rows[0]["error"]


def test_a_database_that_cannot_be_written_to_is_left_as_it_is(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path = tmp_path / "watch.db"
    shutil.copy(whole[0], path)
    before, asked = path.read_bytes(), len(server.requests)
    ended = Crawls(server).crawl(path, readonly=True)
    assert ended.code == 1
    assert all("readonly" in row["error"] and row["outcome"] == "store_error" for row in ended.rows)
    assert path.read_bytes() == before
    assert len(server.requests) - asked <= len(SOURCES)


def test_a_database_that_another_program_has_locked_is_named(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path = tmp_path / "watch.db"
    shutil.copy(whole[0], path)
    db = open_database(path)
    db.execute("BEGIN IMMEDIATE")
    ended = Crawls(server).crawl(path, busy=0.1)
    assert ended.code == 1
    assert all("locked" in row["error"] and row["outcome"] == "store_error" for row in ended.rows)
    db.execute("ROLLBACK")
    heals(server, path, whole)


def test_a_second_crawl_leaves_the_first_undisturbed(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path, under_way, go_on = tmp_path / "watch.db", threading.Event(), threading.Event()
    codes = []

    def wait(asked: Asked, answer: Answer) -> None:
        under_way.set()
        go_on.wait(30)

    first = threading.Thread(target=lambda: codes.append(Crawls(server).crawl(path).code))
    server.faults, unspoilt = wait, server.faults
    first.start()
    assert under_way.wait(30)
    second = Crawls(server).crawl(path)
    assert second.rows[0]["outcome"] == "LockedError"  # exit code 75: see test_cli
    go_on.set()
    first.join(60)
    server.faults = unspoilt
    assert codes == [0]
    heals(server, path, whole)


def test_a_clock_set_back_moves_no_watermark_and_no_first_seen(
    server: SampleServer, tmp_path: Path, whole: tuple[Path, Content, int]
) -> None:
    path = tmp_path / "watch.db"
    shutil.copy(whole[0], path)
    crawls = Crawls(server)
    for now in (NOW - timedelta(days=400), NOW + timedelta(days=1)):
        crawls.now = now
        assert crawls.crawl(path).code == 0
        assert Database(path)["records"].count == sum(whole[1]["records"].values())
        assert (
            content(path)["records"] == whole[1]["records"]
        )  # first_seen and last_changed among the columns
    old = {(row["source"], row["stream"]): row["value"] for row in Database(whole[0])["watermarks"].rows}
    new = {(row["source"], row["stream"]): row["value"] for row in Database(path)["watermarks"].rows}
    assert old.keys() == new.keys()
    assert all(new[stream] >= value for stream, value in old.items())


def test_what_is_printed_for_scripts_is_json_however_a_run_ends(server: SampleServer, tmp_path: Path) -> None:
    ended = Crawls(server).crawl(tmp_path / "a.db", Kill("request", 3, signal.SIGTERM))
    assert json.loads(json.dumps(ended.rows)) == ended.rows
    assert all(row["error"] for row in ended.rows if row["outcome"] == "interrupted")
