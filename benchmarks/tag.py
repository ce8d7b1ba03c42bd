"""How fast the tagger is, and how its time grows with the text: `python -m benchmarks.tag [FILE.jsonl]`.

FILE.jsonl has `title` and `abstract` in each line; without it, the invented records of benchmarks/synthetic.py are
tagged. One core, title and abstract, all dimensions. CPU seconds of this process; the first pass fills the caches of
words and compiles patterns and is shown apart. KETAMINE_WATCH_PURE=1 in the environment measures the engine in Python
instead of the compiled one. Growth: texts of 1, 10 and 100 times an abstract's length; an exponent
of 1 means that ten times the text takes ten times as long.
"""

from __future__ import annotations

import gc
import io
import json
import math
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.parse import peak_kilobytes
from benchmarks.synthetic import chunks
from crawler.tagging import Tagger
from crawler.tagging.engine import COMPILED
from spiders.pubmed_xml import parse
from store.records import Record

PASSES = 7
INVENTED = 700
LENGTHS = (1, 10, 100)


def given(path: Path) -> list[Record]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Record(f"benchmark:{number}", "benchmark", "article", row.get("title"), row.get("abstract"))
        for number, row in enumerate(rows)
    ]


def invented(count: int = INVENTED) -> list[Record]:
    """The title and abstract of invented records, without their headings."""
    source = io.BytesIO("".join(chunks(count)).encode())
    return [
        Record(record.id, record.source, record.kind, record.title, record.abstract)
        for record in parse(source)
        if isinstance(record, Record)
    ]


def seconds(tagger: Tagger, records: Sequence[Record]) -> float:
    """CPU seconds of one pass."""
    begin = time.process_time()
    for record in records:
        tagger.tags(record)
    return time.process_time() - begin


def growth(tagger: Tagger, records: Sequence[Record]) -> list[tuple[int, int, float]]:
    """(times the length, characters of a text, median CPU seconds a text) of texts that are joined of several."""
    whole = [record for record in records if record.abstract]
    texts = " ".join(record.abstract or "" for record in whole)
    while len(texts) < 200_000:
        texts += " " + texts
    mean = max(100, min(1_000, sum(len(record.abstract or "") for record in whole) // len(whole)))
    found = []
    for times in LENGTHS:
        length = mean * times
        cut = [
            Record("benchmark:1", "benchmark", "article", whole[0].title, texts[start : start + length])
            for start in range(0, 200_000 - length + 1, max(length, 200_000 // 40))
        ]
        runs = [seconds(tagger, cut) / len(cut) for _ in range(PASSES)]
        found.append((times, length, statistics.median(runs)))
    return found


def main() -> None:
    begin = time.process_time()
    tagger = Tagger()
    gc.freeze()  # as a crawl does (crawler/pipelines.py)
    built = time.process_time() - begin
    records = given(Path(sys.argv[1])) if len(sys.argv) > 1 else invented()
    characters = sum(len(record.title or "") + len(record.abstract or "") for record in records)
    print(
        f"{len(records):,} records, {characters / len(records):,.0f} characters of title and abstract on average;"
        f" Python {sys.version.split()[0]}, engine {'compiled' if COMPILED else 'in Python'};"
        f" the vocabulary compiled in {built:.2f} s"
    )
    print(f"{'':14}{'records/s':>11}{'characters/s':>15}{'µs a record':>13}")
    first = seconds(tagger, records)
    runs = sorted(seconds(tagger, records) for _ in range(PASSES))
    for name, took in (("first pass", first), ("slowest", runs[-1]), ("median", statistics.median(runs)), ("fastest", runs[0])):  # fmt: skip
        print(
            f"{name:14}{len(records) / took:11,.0f}{characters / took:15,.0f}{took / len(records) * 1e6:13,.0f}"
        )
    print(f"peak memory {peak_kilobytes() / 1024:,.0f} MB\n")
    print(f"{'length':14}{'characters':>11}{'ms a text':>15}")
    grown = growth(tagger, records)
    for times, length, took in grown:
        print(f"{f'{times}x':14}{length:11,}{took * 1e3:15.2f}")
    (low, _, short), *_, (high, _, long) = grown
    print(f"exponent of growth {math.log(long / short) / math.log(high / low):.2f}")


if __name__ == "__main__":
    main()
