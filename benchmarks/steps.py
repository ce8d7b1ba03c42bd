"""One step of the work in a process of its own: `python -m benchmarks.steps STEP ARGUMENT…` does it and prints, as JSON, how many
records it was, and the CPU seconds of the step alone (`start`: without imports and reading of input).

Steps of ours and of libraries that we stand on; those of peers are in `peers.py`.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

Result = dict[str, float]


def timed(count: int, begin: float) -> Result:
    """What a step tells: records, CPU seconds since `begin` (`time.process_time`), and the process's peak memory in MB."""
    seconds = time.process_time() - begin
    from benchmarks.parse import peak_kilobytes

    return {"records": count, "seconds": seconds, "megabytes": peak_kilobytes() / 1024}


def parse_ours(path: str) -> Result:
    """PubMed XML to records."""
    from spiders.pubmed_xml import parse

    begin = time.process_time()
    with gzip.open(path) as file:
        return timed(sum(1 for _ in parse(cast(BinaryIO, file))), begin)


def parse_floor(path: str) -> Result:
    """libxml2 builds and drops each record's tree; nothing is read out of it."""
    from benchmarks.parse import floor

    begin = time.process_time()
    with gzip.open(path) as file:
        return timed(floor(file), begin)


def tag_ours(path: str) -> Result:
    """Titles and abstracts to tags. The tagger is built before."""
    from benchmarks.tag import given
    from crawler.tagging import Tagger

    tagger, records = Tagger(), given(Path(path))
    begin = time.process_time()
    for record in records:
        tagger.tags(record)
    return timed(len(records), begin)


def _tagged(path: str) -> Iterator[Any]:
    from store.plain import from_plain
    from store.save import TaggedRecord

    with Path(path).open("r", encoding="utf-8") as lines:
        for line in lines:
            yield from_plain(TaggedRecord, json.loads(line))


def _fresh(path: str) -> Any:
    from store.database import open_database

    Path(path).unlink(missing_ok=True)
    return open_database(Path(path))


def save_ours(path: str, db_path: str) -> Result:
    """Tagged records to rows of all their tables with the full-text index, 500 in a transaction; nothing merged or linked yet."""
    from store.save import Stamp, save_records

    batch, db = list(_tagged(path)), _fresh(db_path)
    begin = time.process_time()
    for start in range(0, len(batch), 500):
        with db.atomic():
            save_records(db, batch[start : start + 500], Stamp("2026-11-23T06:00:00Z", None, "1"))
    return timed(len(batch), begin)


def _rows(path: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of those records, table by table, as a user of sqlite-utils would make them beforehand."""
    from store.save import Stamp, save_records

    db = _fresh(f"{path}.rows.db")
    with db.atomic():
        save_records(db, _tagged(path), Stamp("2026-11-23T06:00:00Z", None, "1"))
    names = ("records", "publications", "tags", "headings", "identifiers", "citations", "notices")
    return {name: list(db.table(name).rows) for name in names}


def _plain_tables(db_path: str, rows: dict[str, list[dict[str, Any]]], *, fts: bool) -> Any:
    from sqlite_utils import Database

    Path(db_path).unlink(missing_ok=True)
    db = Database(db_path)
    db.enable_wal()
    for name, content in rows.items():
        if content:
            db.table(name).create(dict.fromkeys(content[0], str))
    if fts:
        db.table("records").enable_fts(["title", "abstract"], create_triggers=True, tokenize="porter")
    return db


def save_sqlite_utils(path: str, db_path: str) -> Result:
    """The same rows by sqlite-utils' `insert_all`, made beforehand; full-text index by triggers; keys, indexes and history left out."""
    rows = _rows(path)
    db = _plain_tables(db_path, rows, fts=True)
    begin = time.process_time()
    for name, content in rows.items():
        db.table(name).insert_all(content, batch_size=500)
    return timed(len(rows["records"]), begin)


def save_executemany(path: str, db_path: str) -> Result:
    """The same rows by `executemany` in one transaction, with the full-text index."""
    return _executemany(path, db_path, fts=True)


def save_floor(path: str, db_path: str) -> Result:
    """The same rows by `executemany`, no full-text index."""
    return _executemany(path, db_path, fts=False)


def _executemany(path: str, db_path: str, *, fts: bool) -> Result:
    rows = _rows(path)
    _plain_tables(db_path, rows, fts=fts).close()
    connection = sqlite3.connect(db_path)
    begin = time.process_time()
    with connection:
        for name, content in rows.items():
            if content:
                columns = ", ".join(f"[{column}]" for column in content[0])
                marks = ", ".join("?" * len(content[0]))
                connection.executemany(
                    f"INSERT INTO [{name}] ({columns}) VALUES ({marks})",
                    [tuple(row.values()) for row in content],
                )
    return timed(len(rows["records"]), begin)


def ingest(path: str, db_path: str) -> Result:
    """`load` as the command does it: parse, tag, save, merge, link, notices, summaries."""
    from crawler.config import load_config
    from crawler.run import load

    config = load_config(environ={})
    begin = time.process_time()
    rows = load(config, Path(db_path), [Path(path)])
    return timed(sum(row["fetched"] for row in rows), begin)


STEPS: dict[str, Callable[..., Result]] = {
    name: step for name, step in globals().items() if callable(step) and name.split("_")[0] in ("parse", "tag", "save", "ingest")
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
