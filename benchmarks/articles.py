"""What watching an article costs: `python -m benchmarks.articles [RECORDS]`.

Invented records, and an article of the benchmark's own words with a claim for each indication and kind. Reading it matches it to all
records; then 50 records change, then nothing does. Each step is a process of its own; CPU seconds are those of the step without start-up,
memory is the whole process's at its peak. Last an article of as many claims as one may have.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from benchmarks.__main__ import Contender
from benchmarks.steps import timed
from benchmarks.synthetic import write
from crawler.article_reading.people import add
from crawler.bearing.match import match_articles
from store.database import open_database

MANY = 2_000  # no article may have more
CHANGED = 50
_ABOUT = (
    "treatment-resistant depression",
    "bipolar depression",
    "suicidal ideation",
    "PTSD",
    "OCD",
    "anxiety",
    "depression",
)
_SAYING = (
    "A single intravenous infusion of ketamine reduced the symptoms of {} within a day in 64% of patients.",
    "Esketamine nasal spray improved {} more than placebo in adults.",
    "Repeated infusions of 0.5 mg/kg are given for {} twice a week.",
    "No patients with {} have developed cystitis in trials of ketamine.",
    "Ketamine is not recommended for {} in guidelines.",
)  # fmt: skip


def article(claims: int) -> str:
    """Markdown of so many sentences that assert something, five to a section."""
    said = [
        (about, saying.format(about) if times == 0 else f"In setting {times}, {saying.format(about).lower()}")
        for times, about, saying in product(range(claims // 35 + 1), _ABOUT, _SAYING)
    ][:claims]
    lines = ["# Ketamine in the clinic"]
    for at, (about, sentence) in enumerate(said):
        lines += [f"\n## {about.capitalize()}\n"] * (at % len(_SAYING) == 0) + [sentence]
    return "\n".join(lines)


def step(name: str, db_path: str, path: str) -> None:
    """Do one step and print it as JSON; `records` are claims."""
    database = Path(db_path)
    begin = time.process_time()
    if name == "read":  # matches too
        count = add(database, Path(path).read_bytes(), Path(path).name).claims
    else:
        db = open_database(database)
        with db.atomic():
            if name == "changed":
                db.execute(
                    "INSERT INTO records_to_match SELECT id FROM records ORDER BY id LIMIT ?", [CHANGED]
                )
            count = match_articles(db, "2026-11-23T06:00:00Z").claims
    print(json.dumps(timed(count, begin)))


def measured(folder: Path, records: int) -> list[Contender]:
    """Load so many records, then do the steps."""
    xml, db, text = folder / f"{records}.xml", folder / f"{records}.db", folder / "clinic.md"
    write(xml, records)
    text.write_text(article(len(_ABOUT) * len(_SAYING)))
    subprocess.run(
        [sys.executable, "-m", "crawler.cli", "load", str(xml), "--db", str(db)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    done = []
    for name, told in (
        ("read", "read, and matched to all records"), ("changed", f"{CHANGED} records changed"), ("again", "nothing changed"),
    ):  # fmt: skip
        one = Contender(f"{told}, {records:,}", _command(name, db, text))
        one.run()
        done.append(one)
    text.write_text(article(MANY))
    one = Contender(f"an article of {MANY:,} claims, {records:,}", _command("read", db, text))
    one.run()
    return [*done, one]


def _command(name: str, db: Path, text: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.articles", "step", name, str(db), str(text)]


def main(records: int = 20_000) -> None:
    """Print a row for each step, at a tenth of the records and at all."""
    print(f"{'what, and records':60}{'claims':>8}{'CPU s':>9}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measured(Path(folder), count) for count in (records // 10, records))
    for one in (*few, *many):
        print(f"{one.name:60}{one.records:8,}{one.seconds[0]:9.2f}{one.megabytes[0]:9.0f}")
    print(f"exponent of growth of the first {math.log10(many[0].seconds[0] / few[0].seconds[0]):.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
