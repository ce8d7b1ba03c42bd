"""How long all of PubMed would take: `python -m benchmarks.backfill [RECORDS_A_FILE]`.

Writes invented baseline files, one in a hundred records about the topic (of PubMed it is one in a thousand), reads them with one and
with two processes of a local Dask cluster, in turn A B A B, and reckons from seconds a file what the full baseline takes. Start-up of
the processes is left out: each has read a file before its time is taken.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.nlm_files import write_baseline
from benchmarks.parse import peak_kilobytes
from crawler.backfill.cluster import connected, read_files
from crawler.backfill.files import find
from crawler.backfill.merge import merge
from crawler.backfill.part import Read
from crawler.config import load_config

FILES = 6
#: of the baseline, roughly: files, records in each, MB of a packed file (https://pubmed.ncbi.nlm.nih.gov/download/)
BASELINE = (1_300, 30_000, 30)
RUNS = 2


def main(records: int = 3_000) -> None:
    topic = load_config(environ={}).topic
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "nlm").mkdir()
        paths = write_baseline(here / "nlm", FILES, records)
        size = sum(path.stat().st_size for path in paths) / FILES / 1e6
        print(f"{FILES} files of {records:,} records, {size:.1f} MB each, packed; {os.cpu_count()} cores")
        files = find([here / "nlm"])
        seconds: dict[int, list[float]] = {1: [], 2: []}
        read: list[Read] = []
        for run in range(RUNS):
            for workers, times in seconds.items():
                with connected(None, workers) as client:
                    warm = here / f"warm{run}{workers}"
                    list(read_files(client, files[:workers], warm, [topic]))
                    began = time.perf_counter()
                    ended = list(read_files(client, files, here / f"parts{run}{workers}", [topic]))
                    times.append(time.perf_counter() - began)
                    peaks = client.run(peak_kilobytes).values()
                    read = [one for one in ended if isinstance(one, Read)]
                    assert len(read) == FILES
        took = {workers: statistics.median(times) for workers, times in seconds.items()}
        for workers, one in took.items():
            print(f"{workers} process{'es' * (workers > 1)}: {one / FILES:.2f} s a file, {FILES * records / one:,.0f} records/s"
                  f" ({min(seconds[workers]):.1f}-{max(seconds[workers]):.1f} s in all)")  # fmt: skip
        print(f"speed-up: {took[1] / took[2]:.2f}")
        began = time.process_time()
        merge(here / "a.db", topic, read, [], here / "parts12")
        kept = sum(one.kept[0] for one in read)
        print(
            f"merge: {kept:,} records of the topic, tagged already, in {time.process_time() - began:.1f} s CPU"
        )
        print(f"peak memory of a reader: {max(peaks) / 1024:.0f} MB")
        number, full, megabytes = BASELINE
        hours = took[1] / FILES * full / records * number / 3600
        print(f"so the baseline, some {number:,} files of {full:,}: {hours:.1f} hours of one core,"
              f" {hours / 8:.1f} h on 8, {hours / 32:.2f} h on 32")  # fmt: skip
        print(f"to fetch and keep, at an assumed {megabytes} MB a file: {number * megabytes / 1000:.0f} GB,"
              f" {number * megabytes * 8 / 100 / 3600:.1f} h at 100 Mbit/s")  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
