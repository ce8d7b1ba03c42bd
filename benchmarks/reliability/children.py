"""Crawls against the sample services, each in a process of its own that may be killed at a chosen point.

The processes are forked from one that has read all it needs (`benchmarks.warm`), so that a crawl takes a fraction of
a second. Pages and batches are small: a short crawl has as many requests and commits as a long one.
"""

from __future__ import annotations

import io
import itertools
import multiprocessing
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Literal

from benchmarks.reliability.content import content
from crawler import assignments
from crawler.config import Config, load_config
from crawler.sample.exchange import Answer, Asked
from crawler.sample.server import SampleServer
from store.errors import WatchError

NOW = datetime(2026, 11, 23, 6, tzinfo=timezone.utc)
PAGE = 5  # records of one page, one efetch, one commit
SECONDS = 40  # a crawl that takes longer hangs
MOST_CRAWLS = 8  # until nothing changes any more
#: the sources of which one crawl brings all
SOURCES = ("pubmed", "clinicaltrials", "isrctn", "openfda", "europepmc", "feed")
#: with those that ask for some of the known works in turn, and come to rest over several crawls
ALL_SOURCES = (*SOURCES, "crossref", "medrxiv", "pubmed_links", "europepmc_citations", "openalex", "icite")


@dataclass(frozen=True)
class Kill:
    """Where a crawl is killed (SIGKILL), or stopped (`with_signal`).

    `request`: when the sample services get the `at`-th of the run. `statement`: before the `at`-th SQL statement, COMMIT
    among them. `byte`: amid the write that takes a file beyond `at` bytes, part of which is done.
    """

    point: Literal["request", "statement", "byte"]
    at: int
    with_signal: int = signal.SIGKILL

    def __str__(self) -> str:
        return f"{self.point} {self.at:,}"


@dataclass
class Ended:
    """How a crawl's process ended, and the rows that it printed, if it came so far."""

    code: int | None
    rows: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, str]:
        return {row["source"]: row["outcome"] for row in self.rows}


class Crawls:
    """Crawls of `sources`, which `server` serves, as at `now`."""

    def __init__(self, server: SampleServer, tries: int = 2, sources: Sequence[str] = SOURCES):
        self.server = server
        self.sources = sources
        self.now = NOW
        self.config = _small(server, tries)
        self._context: BaseContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.warm"])

    def crawl(self, db_path: Path, kill: Kill | None = None, **limits: Any) -> Ended:
        """Crawl in a process of its own. `limits`: see `_child`."""
        mine, its = self._context.Pipe(duplex=False)
        job = (self.config, list(self.sources), db_path, self.now, kill, limits)
        process: Any = self._context.Process(target=_child, args=(its, *job))  # type: ignore[attr-defined]
        unspoilt = self.server.faults
        count = itertools.count(1)

        def kill_at(asked: Asked, answer: Answer) -> Answer | None:
            if kill and next(count) == kill.at:
                os.kill(process.pid, kill.with_signal)
            return unspoilt(asked, answer)

        if kill and kill.point == "request":
            self.server.faults = kill_at
        try:
            process.start()
            its.close()
            rows = _received(mine)
            process.join(SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
                raise TimeoutError(f"a crawl did not end within {SECONDS} s ({kill})")
        finally:
            self.server.faults = unspoilt
        return Ended(process.exitcode, rows)

    def finish(self, db_path: Path) -> Ended:
        """Crawl until a further crawl brings nothing, and return how the last one ended."""
        before = None
        for _ in range(MOST_CRAWLS):
            ended, now = self.crawl(db_path), content(db_path)
            if now == before or self.sources == SOURCES:
                return ended
            before = now
        raise TimeoutError(f"{db_path.name} is not at rest after {MOST_CRAWLS} crawls")


def _received(mine: Any) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = mine.recv() if mine.poll(SECONDS) else []
    except EOFError:  # killed before it could say anything
        rows = []
    return rows


def _small(server: SampleServer, tries: int) -> Config:
    config = load_config(environ={}).at(server.upstreams)
    sources = {
        name: replace(source, options=source.options | ({"page_size": PAGE} if "page_size" in source.options else {}))
        for name, source in config.sources.items()
    }  # fmt: skip
    return replace(
        config,
        sources=sources,
        patience=replace(config.patience, tries=tries, first_wait=0.0, longest_wait=0.2),
    )


def _child(  # noqa: PLR0913, PLR0917 - what a process needs
    pipe: Any,
    config: Config,
    names: list[str],
    db_path: Path,
    now: datetime,
    kill: Kill | None,
    limits: dict[str, Any],
) -> None:
    """One crawl, as the command does it. `limits`: `pages`, the most pages the database may have; `readonly`, whether it
    cannot be written to; `busy`, seconds to wait for a lock.
    """
    import crawler.pipelines  # noqa: PLC0415 - in the child only, as is Scrapy's reactor
    import spiders.pubmed  # noqa: PLC0415
    import spiders.pubmed_fetch  # noqa: PLC0415
    import store.database  # noqa: PLC0415
    from crawler.commands.crawl import report  # noqa: PLC0415
    from crawler.commands.options import EXIT_SIGNALLED  # noqa: PLC0415
    from crawler.run import Stopped, crawl  # noqa: PLC0415

    assignments.now = lambda: now
    crawler.pipelines.BATCH = spiders.pubmed_fetch.BATCH = PAGE
    spiders.pubmed.PubmedSpider.cap = PAGE * 2
    store.database.BUSY_SECONDS = limits.get("busy", 5)
    statements = itertools.count(1)
    connect = sqlite3.connect

    def traced(_: str) -> None:
        if kill and kill.point == "statement" and next(statements) == kill.at:
            os.kill(os.getpid(), kill.with_signal)

    def watched_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        if pages := limits.get("pages"):
            connection.execute(f"PRAGMA max_page_count = {int(pages)}")
        if limits.get("readonly"):
            connection.execute("PRAGMA query_only = 1")
        connection.set_trace_callback(traced)
        return connection

    sqlite3.connect = watched_connect  # type: ignore[assignment]
    if kill and kill.point == "byte":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (kill.at, resource.RLIM_INFINITY))
        signal.signal(
            signal.SIGXFSZ, signal.SIG_DFL
        )  # Python ignores it, and gets an error from write instead
    failure = 1
    try:
        rows = crawl(config, db_path, names, settings={"LOG_LEVEL": "CRITICAL"})
    except Stopped as stopped:
        rows, failure = stopped.rows, EXIT_SIGNALLED + stopped.signum
    except WatchError as error:
        rows = [{"source": "all", "outcome": type(error).__name__, "error": str(error)}]
    pipe.send(rows)
    sys.stdout = sys.stderr = io.StringIO()
    report(rows, as_json=True, failure=failure)
