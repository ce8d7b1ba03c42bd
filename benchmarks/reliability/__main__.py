"""`python -m benchmarks.reliability kills | faults | inputs [COUNT]`: prints the figures of docs/reliability.md; exits 1 if anything is lost."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.reliability.children import ALL_SOURCES, SOURCES
from benchmarks.reliability.faults import weather
from benchmarks.reliability.inputs import attempt
from benchmarks.reliability.kills import survive
from crawler.sample.server import SampleServer


def kills(count: int = 30) -> list[str]:
    """Kill crawls of the sources that one crawl reads whole, and of all sources; begin them again, compare."""
    wrong = []
    for sources in (SOURCES, ALL_SOURCES):
        with tempfile.TemporaryDirectory() as folder, SampleServer() as server:
            found = survive(count, Path(folder), server, sources=sources)
        points = Counter(kill.point for kill in found.kills)
        print(
            f"{len(sources)} sources: {len(found.kills)} crawls killed: "
            + ", ".join(f"{points[one]} at a {one}" for one in points)
        )
        print(
            f"{found.databases} databases finished afterwards, each compared in {found.rows:,} rows; wrong: {len(found.wrong)}"
        )
        wrong += found.wrong
    return wrong


def faults(databases: int = 12) -> list[str]:
    """Crawl with faults on 30 % of the answers, then without, and compare."""
    with tempfile.TemporaryDirectory() as folder, SampleServer() as server:
        found = weather(databases, Path(folder), server)
    print(
        f"{found.struck.total()} faults of {len(+found.struck)} kinds in {found.requests:,} requests: {_listed(found.struck)}"
    )
    print(f"{found.ended.total()} visits to a source ended: {_listed(found.ended)}")
    print(
        f"{found.databases} databases crawled once more without faults, and compared; wrong: {len(found.wrong)}"
    )
    return found.wrong


def inputs(each: int = 60) -> list[str]:
    """Damage the sources' answers and read them."""
    tried = attempt(each)
    print(f"{tried.inputs.total():,} damaged inputs: {_listed(tried.inputs)}")
    print(
        f"they ended: {_listed(tried.ended)}; {tried.records:,} records were read from them; wrong: {len(tried.wrong)}"
    )
    return tried.wrong


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common() if count)


COMMANDS = {"kills": kills, "faults": faults, "inputs": inputs}


def main() -> None:
    name, *numbers = sys.argv[1:] or ["kills"]
    wrong = COMMANDS[name](*map(int, numbers))
    for line in wrong[:40]:
        print(f"  {line}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
