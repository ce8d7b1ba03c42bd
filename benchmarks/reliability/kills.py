"""Crawls killed at seeded points and begun again: is the database that of an undisturbed run?"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.children import SOURCES, Crawls, Kill
from benchmarks.reliability.content import content, differences, unsound
from crawler.run import GOOD_OUTCOMES
from crawler.sample.server import SampleServer

POINTS = ("request", "statement", "byte")


@dataclass
class Survived:
    """What was done and found. `wrong` is empty if every database equals the undisturbed one and is sound."""

    kills: list[Kill] = field(default_factory=list)
    databases: int = 0
    rows: int = 0
    wrong: list[str] = field(default_factory=list)


def survive(
    count: int, folder: Path, server: SampleServer, seed: int = 6, sources: Sequence[str] = SOURCES
) -> Survived:
    """Kill `count` crawls, one at a request, one at a statement and one amid a write to each database in turn; then let a
    last one finish (where a source takes its works in turn: several), and compare."""
    crawls, die, found = Crawls(server, sources=sources), random.Random(seed), Survived()
    undisturbed = folder / "undisturbed.db"
    found.wrong += _badly(crawls.finish(undisturbed).outcomes, "undisturbed")
    most = {"request": len(server.requests), "statement": 30 * len(server.requests),
            "byte": undisturbed.stat().st_size // 2}  # fmt: skip
    expected = content(undisturbed)
    found.rows = sum(rows.total() for rows in expected.values())
    while len(found.kills) < count:
        found.databases += 1
        path = folder / f"killed{found.databases}.db"
        for point in POINTS:
            kill = Kill(point, die.randrange(1, most[point]))
            if crawls.crawl(path, kill).code != 0:  # 0: it was done before it came to that point
                found.kills.append(kill)
                found.wrong += [f"after a kill at {kill}: {what}" for what in _unsound_copy(path)]
        found.wrong += _badly(crawls.finish(path).outcomes, path.name)
        found.wrong += [f"{path.name}: {what}" for what in differences(expected, content(path))]
        found.wrong += [f"{path.name}: {what}" for what in unsound(path)]
    return found


def _badly(outcomes: dict[str, str], what: str) -> list[str]:
    if not outcomes:
        return [f"{what}: the crawl did not end"]
    return [
        f"{what}: {source}: {outcome}" for source, outcome in outcomes.items() if outcome not in GOOD_OUTCOMES
    ]


def _unsound_copy(path: Path) -> list[str]:
    """What a reader finds who comes between the kill and the next crawl, which shall find the file as the kill left it."""
    if not path.exists():
        return []
    for end in ("", "-wal"):
        copied = path.with_name(f"copy.db{end}")
        copied.unlink(missing_ok=True)
        if Path(f"{path}{end}").exists():
            shutil.copy(f"{path}{end}", copied)
    return unsound(path.with_name("copy.db"))
