"""How fast PubMed XML becomes records, and in how much memory. By hand:

    python benchmarks/parse.py                        # 10,000 copies of an invented record with every field
    python benchmarks/parse.py baseline.xml.gz        # the records of saved answers instead, repeated
    python benchmarks/parse.py --records 30000 FILE…

Each measurement is a process of its own; "floor" is lxml reading the same file and dropping each record unread.
Prints CPU seconds, records/s, MB/s and peak memory, as medians of interleaved runs, and our share of the floor.
"""

from __future__ import annotations

import argparse
import gzip
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.synthetic import HEAD  # noqa: E402
from spiders.pubmed_xml import parse  # noqa: E402

INVENTED = ROOT / "tests" / "fixtures" / "pubmed_xml" / "trial.xml"


def replicate(sources: list[Path], count: int, target: Path) -> None:
    """Write `count` articles, the sources' own in turn, each with a PMID of its own."""
    articles: list[bytes] = []
    for source in sources:
        content = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
        articles += re.findall(rb"<PubmedArticle>.*?</PubmedArticle>", content, re.DOTALL)
    if not articles:
        sys.exit("no PubmedArticle in the files given")
    with target.open("wb") as file:
        file.write(HEAD.encode())
        for number, article in enumerate(islice(cycle(articles), count), start=1):
            file.write(re.sub(rb"(<PMID[^>]*>)\d+", rb"\g<1>%d" % number, article, count=1) + b"\n")
        file.write(b"</PubmedArticleSet>\n")


def ours(path: str) -> int:
    with Path(path).open("rb") as file:
        return sum(1 for _ in parse(file))


def floor(source: Any) -> int:
    """Articles in a file, by name or open, each dropped unread."""
    count = 0
    for _, article in etree.iterparse(source, tag="PubmedArticle"):
        count += 1
        article.clear()
        while article.getprevious() is not None:
            del article.getparent()[0]
    return count


def peak_kilobytes() -> int:
    """Of this process alone: on Linux, ru_maxrss remembers the process that started it."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+([0-9]+) kB", status.read_text())):
        return int(found.group(1))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(what: str, path: Path) -> tuple[int, float, float]:
    """Records, CPU seconds, peak MB of one run in a new process."""
    run = subprocess.run(
        [sys.executable, __file__, "--measure", what, str(path)], capture_output=True, text=True, check=True
    )
    count, seconds, kilobytes = run.stdout.split()
    return int(count), float(seconds), int(kilobytes) / 1024


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("files", nargs="*", type=Path, default=[INVENTED])
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--measure", choices=["ours", "floor"], help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.measure:
        begin = time.process_time()
        count = {"ours": ours, "floor": floor}[given.measure](str(given.files[0]))
        print(count, time.process_time() - begin, peak_kilobytes())
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pubmed.xml"
        replicate(given.files, given.records, path)
        size = path.stat().st_size / 1e6
        print(f"{given.records:,} records, {size:.0f} MB, lxml {'.'.join(map(str, etree.LXML_VERSION[:3]))}")
        runs = {what: [] for what in ("floor", "ours")}
        for _ in range(given.runs):
            for what, results in runs.items():
                results.append(measure(what, path))
        medians = {}
        for what, results in runs.items():
            counts, seconds, peaks = zip(*results, strict=True)
            assert set(counts) == {given.records}
            medians[what] = cpu = statistics.median(seconds)
            print(
                f"{what:6} {cpu:6.2f} s CPU ({min(seconds):.2f}-{max(seconds):.2f})"
                f" {given.records / cpu:8,.0f} records/s {size / cpu:6.1f} MB/s  peak {max(peaks):.0f} MB"
            )
        print(f"share of the floor: {medians['floor'] / medians['ours']:.0%}")


if __name__ == "__main__":
    main()
