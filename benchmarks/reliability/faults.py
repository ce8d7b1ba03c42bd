"""Crawls with faults on a share of all answers: does each end well or with a name, and the next one heal it?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.children import Crawls
from benchmarks.reliability.content import Content, content, differences, unsound
from crawler.run import GOOD_OUTCOMES
from crawler.sample.faults import KINDS, RandomFaults
from crawler.sample.server import SampleServer
from store import errors

NAMED = {
    kind.outcome
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.SourceError)
}
#: no fault of a service makes us crash, stop or fail to save
EXCUSED = NAMED - {"failed", "crashed", "store_error", "interrupted"}
TRIES = 3
SEED = 6000
MOST_REQUESTS = (
    2 * TRIES * 4
)  # for one of an undisturbed crawl: a batch is fetched twice, and a redirect followed 3 times


@dataclass
class Weathered:
    """What struck and how the crawls ended."""

    struck: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    databases: int = 0
    requests: int = 0
    wrong: list[str] = field(default_factory=list)


def weather(
    databases: int, folder: Path, server: SampleServer, runs: int = 4, share: float = 0.3
) -> Weathered:
    """For each database: `runs` crawls with faults on a `share` of the answers, one without, and a comparison."""
    crawls, found = Crawls(server, tries=TRIES), Weathered()
    undisturbed = folder / "undisturbed.db"
    crawls.crawl(undisturbed)
    needed = len(server.requests)
    expected = known(content(undisturbed))
    for number in range(databases):
        path = folder / f"weathered{number}.db"
        kept = 0
        for run in range(runs):
            faults = RandomFaults(share, SEED + number * runs + run)
            server.faults, before = faults, len(server.requests)
            ended = crawls.crawl(path)
            asked = len(server.requests) - before
            found.requests += asked
            found.struck.update(faults.struck)
            found.ended.update(ended.outcomes.values())
            found.wrong += [
                f"{path.name}, run {run}: {row['source']}: {row['outcome']}: {row['error']}"
                for row in ended.rows
                if row["outcome"] not in EXCUSED | set(GOOD_OUTCOMES)
            ]
            good = all(outcome in GOOD_OUTCOMES for outcome in ended.outcomes.values())
            if ended.code != (0 if good else 1):
                found.wrong.append(f"{path.name}, run {run}: exit code {ended.code} for {ended.outcomes}")
            if asked > MOST_REQUESTS * needed:
                found.wrong.append(f"{path.name}, run {run}: {asked} requests, {needed} without faults")
            now = content(path)["records"].total()
            if now < kept:
                found.wrong.append(f"{path.name}, run {run}: {kept - now} records fewer than before")
            kept = now
        server.faults = lambda asked, answer: None
        ended = crawls.crawl(path)
        found.wrong += [
            f"{path.name}, at last: {row['error']}"
            for row in ended.rows
            if row["outcome"] not in GOOD_OUTCOMES
        ]
        found.wrong += [f"{path.name}: {what}" for what in differences(expected, known(content(path)))]
        found.wrong += [f"{path.name}: {what}" for what in unsound(path)]
        found.databases += 1
    return found


def known(found: Content) -> Content:
    """Without what a damaged answer left in `rejects`: that it is kept is right, and an undisturbed run has none of it."""
    return {table: rows for table, rows in found.items() if table != "rejects"}


def untried(found: Weathered) -> list[str]:
    """The kinds of fault that never struck."""
    return [kind for kind in KINDS if not found.struck[kind]]
