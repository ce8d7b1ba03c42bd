"""kill -9 anywhere in a run: no reader gets an issue twice, none is lost, and a mail that may have arrived is in doubt."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from store.readers import ledger
from store.readers.file import open_readers, sending_lock
from tests.digest_readers import readers_file, run, smtp, states
from tests.mail_server import KEEP_AND_CUT, MailServer, mail_server

READERS = 6


@dataclass(frozen=True)
class Kill:
    """Before the `count`-th statement that begins so."""

    count: int
    statement: str = ""


def run_in_a_process(folder: str, port: int, kill: Kill | None) -> None:
    """One run of sending, under its lock; it may kill itself."""
    path = Path(folder) / "readers.db"
    with sending_lock(path):
        db = open_readers(path)
        if kill:
            seen = itertools.count(1)

            def count(statement: str) -> None:
                if statement.startswith(kill.statement) and next(seen) == kill.count:
                    os.kill(os.getpid(), signal.SIGKILL)

            db.conn.set_trace_callback(count)
        run(db, smtp(port))


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_digest_crash"])
    return context


def finish(processes: ForkServerContext, folder: Path, server: MailServer, kill: Kill | None = None) -> int:
    """A run in a process of its own; its exit code."""
    child = processes.Process(target=run_in_a_process, args=(str(folder), server.port, kill))
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


def check(folder: Path, server: MailServer, kills: int) -> None:
    """After the run that nothing disturbed: every reader has the issue once, or is named as in doubt."""
    db = open_readers(folder / "readers.db")
    got, told = Counter(server.addresses), states(db)
    db.close()
    assert set(told) == set(range(1, READERS + 1))
    assert set(told.values()) <= {"sent", "in_doubt"}
    assert list(told.values()).count("in_doubt") <= kills
    for number, state in told.items():
        count = got[f"reader{number}@clinic.example"]
        assert count == 1 if state == "sent" else count <= 1, (number, state, count)


_DIE = random.Random(8)  # noqa: S311 - no secret


@pytest.mark.parametrize(
    ("kill", "doubts"),
    [
        (Kill(_DIE.randint(2, 5), "SELECT 1 FROM readers"), 0),
        (Kill(_DIE.randint(2, 5), "INSERT INTO tokens"), 0),
        (
            Kill(_DIE.randint(2, 5), "UPDATE deliveries SET state = 'sent'"),
            1,
        ),  # the server has it, the ledger does not
        (Kill(_DIE.randint(2, 5), "DELETE FROM refusals"), 1),
        *((Kill(_DIE.randint(1, 95)), None) for _ in range(3)),
    ],
    ids=str,
)
def test_killed_before_a_statement_of_the_ledger(
    tmp_path: Path, processes: ForkServerContext, kill: Kill, doubts: int | None
) -> None:
    readers_file(tmp_path, READERS).close()
    with mail_server() as server:
        assert finish(processes, tmp_path, server, kill) == -signal.SIGKILL
        db = open_readers(tmp_path / "readers.db")
        run(db, smtp(server.port))
        check(tmp_path, server, 1)
    assert doubts in (None, len(ledger.deliveries(db, state="in_doubt")))


@pytest.mark.parametrize(("stage", "keeps"), [("RCPT", False), ("DATA", False), ("DATA", True)])
def test_killed_while_the_server_works(
    tmp_path: Path, processes: ForkServerContext, stage: str, keeps: bool
) -> None:
    readers_file(tmp_path, READERS).close()
    killed: list[int] = []

    def says(at: str, address: str, count: int) -> str:
        if at == stage and not killed and count == 4:
            for child in multiprocessing.active_children():
                killed.append(child.pid or 0)
                os.kill(child.pid or 0, signal.SIGKILL)
            return KEEP_AND_CUT if keeps else "450 nobody hears this"
        return ""

    with mail_server(says) as server:
        assert finish(processes, tmp_path, server) == -signal.SIGKILL
        assert len(killed) == 1
        assert len(server.taken) == (4 if keeps else 3)
        assert finish(processes, tmp_path, server) == 0
        check(tmp_path, server, 1)
    db = open_readers(tmp_path / "readers.db")
    doubtful = ledger.deliveries(db, state="in_doubt")
    assert [row.reader_id for row in doubtful] == (
        [4] if stage == "DATA" else []
    )  # at RCPT no content had left


def test_killed_again_and_again(tmp_path: Path, processes: ForkServerContext) -> None:
    readers_file(tmp_path, READERS).close()
    kills = 0
    with mail_server() as server:
        for point in (25, 41, 53, 44):
            kills += finish(processes, tmp_path, server, Kill(point)) == -signal.SIGKILL
        assert finish(processes, tmp_path, server) == 0
        check(tmp_path, server, kills)
    assert kills >= 2


def test_two_runs_at_once_send_nothing_twice(tmp_path: Path, processes: ForkServerContext) -> None:
    readers_file(tmp_path, READERS).close()
    with mail_server() as server:
        both = [
            processes.Process(target=run_in_a_process, args=(str(tmp_path), server.port, None))
            for _ in range(2)
        ]
        for child in both:
            child.start()
        for child in both:
            child.join(60)
        check(tmp_path, server, 0)
