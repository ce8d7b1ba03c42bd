"""What parse -> tag -> save costs, and what the same again costs: `python -m benchmarks.ingest [RECORDS]`.

Each step is a process of its own, so CPU seconds and peak memory are whole processes', start-up included. Ratios
within one run are the figures to compare; seconds depend on the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.synthetic import write

ROOT = Path(__file__).resolve().parents[1]
PARSE = (
    "import sys; from spiders.pubmed_xml import parse; print(sum(1 for _ in parse(open(sys.argv[1], 'rb'))))"
)
TAG = (
    "import sys; from crawler.tagging import Tagger; from spiders.pubmed_xml import parse; tagger = Tagger()\n"
    "for record in parse(open(sys.argv[1], 'rb')): tagger.tags(record)"
)


def measured(*command: str) -> tuple[float, float]:
    """CPU seconds (user and system) and peak memory in MB of a command run to its end. Raises if it fails."""
    pid = os.posix_spawn(command[0], command, os.environ | {"PYTHONPATH": str(ROOT)},
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])  # fmt: skip
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:4])} … ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        xml, db = Path(folder) / "records.xml", Path(folder) / "watch.db"
        write(xml, records)
        load = (python, "-m", "crawler.cli", "load", str(xml), "--db", str(db))
        start, _ = measured(python, "-c", "import crawler.run")
        parse, parse_mb = measured(python, "-c", PARSE, str(xml))
        tag, tag_mb = measured(python, "-c", TAG, str(xml))
        first, first_mb = measured(*load)
        again, again_mb = measured(*load)
        print(
            f"{records:,} invented records, {xml.stat().st_size / 1e6:.0f} MB of XML; database {db.stat().st_size / 1e6:.0f} MB"
        )
    print(
        f"Python {sys.version.split()[0]}; starting the program costs {start:.1f} s of each of the last two rows\n"
    )
    print(f"{'step':34}{'CPU s':>8}{'records/s':>11}{'peak MB':>9}")
    rows = (("parse", parse, parse_mb), ("parse, tag", tag, tag_mb), ("load: parse, tag, save, link", first, first_mb),
            ("load the same again", again, again_mb))  # fmt: skip
    for name, seconds, memory in rows:
        print(f"{name:34}{seconds:8.1f}{records / seconds:11,.0f}{memory:9.0f}")
    print(
        f"\nthe first load costs {first / again:.1f} times the second; without start-up {(first - start) / (again - start):.1f}"
    )


if __name__ == "__main__":
    main()
