"""Ours beside the peers, in one table: `make bench`, or `python -m benchmarks [RECORDS] [RUNS]`.

Every row is a process of its own, run on the same file as the others of its step, in turn A B C A B C. Seconds are CPU seconds of the
step (median, and the spread of all runs), memory is the whole process's at its peak. Seconds are this machine's; what can be compared
is the last column, the share of the step's first row in the same run.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers
from benchmarks.parse import INVENTED, replicate
from benchmarks.synthetic import write
from crawler.checks import checked
from crawler.tagged import tagged
from crawler.tagging import Tagger
from spiders.pubmed_xml import parse
from store.hashing import content_hash
from store.plain import as_plain
from store.records import Record

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Contender:
    """A way to do a step: its name, the command, and how its runs went."""

    name: str
    command: list[str]
    records: int = 0
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self) -> None:
        with tempfile.TemporaryFile() as out:
            pid = os.posix_spawn(
                self.command[0], self.command, os.environ | {"PYTHONPATH": str(ROOT)},
                file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
            )  # fmt: skip
            _, status = os.waitpid(pid, 0)
            out.seek(0)
            said = out.read().decode()
        if status:
            raise SystemExit(f"{self.name} ended with {os.waitstatus_to_exitcode(status)}")
        told = json.loads(said.splitlines()[-1])
        self.records = int(told["records"])
        self.seconds.append(told["seconds"])
        self.megabytes.append(told["megabytes"])


def ours(step: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.steps", step, *map(str, arguments)]


def peer(script: str, path: Path) -> list[str]:
    return [peers.python(), "-c", script, str(path)]


def compare(title: str, contenders: list[Contender], runs: int) -> None:
    """Run all in turn, and print a row for each: the first is what the others are held against."""
    for _ in range(runs):
        for one in contenders:
            one.run()
    first = statistics.median(contenders[0].seconds) / contenders[0].records
    for one in contenders:
        cpu = statistics.median(one.seconds)
        spread = f"{min(one.seconds):.2f}-{max(one.seconds):.2f}"
        print(f"{title:9}{one.name:34}{one.records:>8,}{cpu:>9.2f}{spread:>14}{one.records / cpu:>11,.0f}"
              f"{max(one.megabytes):>9,.0f}{first / (cpu / one.records):>9.2f}", flush=True)  # fmt: skip
        title = ""


def growth(folder: Path, records: int) -> None:
    """Loading 1, 10 and 100 times as much: an exponent of 1 means that ten times the records cost ten times the time."""
    points = []
    for times in (1, 10, 100):
        path, db = folder / f"growth{times}.xml", folder / f"growth{times}.db"
        write(path, max(1, records * times // 100))
        one = Contender(f"load, {times} x", ours("ingest", path, db))
        one.run()
        points.append((one.records, one.seconds[0]))
        print(f"{'growth':9}{one.name:34}{one.records:>8,}{one.seconds[0]:>9.2f}{'':14}{one.records / one.seconds[0]:>11,.0f}"
              f"{one.megabytes[0]:>9,.0f}", flush=True)  # fmt: skip
    (few, least), (many, most) = points[0], points[-1]
    print(f"{'':9}exponent {math.log(most / least) / math.log(many / few):.2f}")


def main(records: int = 10_000, runs: int = 3) -> None:
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores; {peers.versions()}"
    )
    print(
        f"{'step':9}{'who':34}{'records':>8}{'CPU s':>9}{'spread':>14}{'records/s':>11}{'peak MB':>9}{'share':>9}"
    )
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        plain, invented = (
            folder / "parse.xml",
            folder / "parse.xml.gz",
        )  # as NLM gives it; one peer reads nothing else
        loaded, texts, whole = (folder / name for name in ("load.xml", "texts.jsonl", "tagged.jsonl"))
        replicate([INVENTED], records, plain)
        invented.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=6))
        write(loaded, records)
        tagger = Tagger()
        with loaded.open("rb") as file, texts.open("w") as lines, whole.open("w") as saved:
            for item in parse(file):
                record = checked(item)
                assert isinstance(record, Record)
                lines.write(json.dumps({"title": record.title, "abstract": record.abstract}) + "\n")
                saved.write(json.dumps(as_plain(tagged(tagger, record, content_hash(record)))) + "\n")
        compare("parse", [
            Contender("libxml2 alone (the floor)", ours("parse_floor", invented)),
            Contender("ours", ours("parse_ours", invented)),
            Contender("pubmedparser2 (C, fewer fields)", peer(peers.PUBMEDPARSER2, invented)),
            Contender("pubmed_parser", peer(peers.PUBMED_PARSER, invented)),
            Contender("Bio.Entrez.read", peer(peers.ENTREZ_READ, invented)),
        ], runs)  # fmt: skip
        compare("tag", [Contender("ours", ours("tag_ours", texts))], runs)
        compare("save", [
            Contender("executemany, no full text (floor)", ours("save_floor", whole, folder / "floor.db")),
            Contender("executemany", ours("save_executemany", whole, folder / "many.db")),
            Contender("sqlite-utils, plain", ours("save_sqlite_utils", whole, folder / "utils.db")),
            Contender("ours, with keys and history", ours("save_ours", whole, folder / "ours.db")),
        ], runs)  # fmt: skip
        first, again = Contender("first run", []), Contender("the same again, unchanged", [])
        for run in range(runs):
            first.command = again.command = ours("ingest", loaded, folder / f"load{run}.db")
            first.run()
            again.run()
        compare("load", [first, again], runs=0)
        growth(folder, records)
    for what in ("linking", "day", "pages 20000", "pages 200000", "digest", "articles"):
        print(f"\n{what}", flush=True)
        module, *arguments = what.split()
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
