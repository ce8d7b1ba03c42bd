"""One run: visit the sources, each in its own spider, and tell how each ended."""

from __future__ import annotations

import gzip
import signal
import sqlite3
import zlib
from collections.abc import Sequence
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.settings import Settings
from sqlite_utils import Database

from crawler.assignments import assign, in_stages, spider_classes, utc_now
from crawler.bearing.match import match_articles
from crawler.config import Config
from crawler.merging import unmerged
from crawler.pipelines import Check, Save, TagRecords, tagger_with
from crawler.settling import settle_all
from crawler.software import software
from crawler.stages import Process, visit
from crawler.tagging import RULES_VERSION, Tagger
from spiders.base import WatchSpider
from spiders.topic import Watched
from store import read, readings, save, summaries
from store.database import crawl_lock, open_database
from store.endings import note_endings
from store.errors import BadAnswer, Crashed, Interrupted, SourceError, StoreError, WatchError
from store.watching import rank_cocited

GOOD_OUTCOMES = ("ok", "nothing_new", "paused")
_HEAD_BYTES = 4096
_GZIP = b"\x1f\x8b"

Row = dict[str, Any]


def crawl(
    config: Config, db_path: Path, names: Sequence[str], *, since: str | None = None, full: bool = False,
    settings: dict[str, Any] | None = None,
) -> list[Row]:  # fmt: skip
    """Visit the named sources and return their rows of `crawls`, in the order of `names`.

    May be called once in a process: Scrapy's reactor does not start twice.
    Raises LockedError if another crawl writes to the database, ConfigError if it cannot be opened, StoreError if it
    cannot be read or written to, and Stopped if a signal ended it before every source was read.
    """
    with crawl_lock(db_path):
        try:
            return _crawl(config, db_path, names, since=since, full=full, settings=settings or {})
        except sqlite3.Error as error:
            raise StoreError("database", f"{db_path}: {error}") from error


def _crawl(
    config: Config, db_path: Path, names: Sequence[str], *, since: str | None, full: bool, settings: dict[str, Any]
) -> list[Row]:  # fmt: skip
    db = open_database(db_path)
    with db.atomic():
        save.save_watched(db, *(_names(part) for part in (config.topic.drugs, config.topic.indications)))
    if waiting := unmerged(db):
        settle_all(db, waiting, tagger_with(config.topic.drug_terms()))
    before = _last_crawl(db)
    process = Process(_settings(db_path, {"WATCH_DRUGS": config.topic.drug_terms()} | settings))
    classes = spider_classes()
    crawlers = {name: process.create_crawler(classes[name]) for name in names}
    visit(process, crawlers, in_stages(names), lambda name: assign(config, db, name, since=since, full=full))
    noted = {row["source"]: row for row in db.table("crawls").rows_where("id > ?", [before])}
    rows = [_ended(noted.get(name) or {"source": name}, crawlers[name].spider, process) for name in names]
    _conclude(db, rows)
    db.close()
    if process.stopped_by and any(row["outcome"] == Interrupted.outcome for row in rows):
        raise Stopped(rows, process.stopped_by)
    return rows


def _conclude(db: Database, rows: list[Row]) -> None:
    """What follows the visits. Raises sqlite3.Error, unless the rows tell already that the database takes nothing."""
    try:
        note_endings(db, [row for row in rows if "id" in row])
        with db.atomic():
            rank_cocited(db, utc_now())
        summaries.refresh(db)
        with db.atomic():
            match_articles(db, utc_now())
    except sqlite3.Error:
        if not any(row["outcome"] == StoreError.outcome for row in rows):
            raise


class Stopped(WatchError):
    """A signal ended the run; what was whole by then is saved. `rows`: as `crawl` would have returned them."""

    def __init__(self, rows: list[Row], signum: int):
        self.rows = rows
        self.signum = signum
        super().__init__(f"stopped by {signal.Signals(signum).name}")


def _ended(row: Row, spider: Spider | None, process: Process) -> Row:
    """The row of `crawls`; its ending from the spider where the database could not take it."""
    if row.get("outcome"):
        return row
    failures = spider.failures if isinstance(spider, WatchSpider) else []
    error = failures[0] if failures else Crashed(row["source"], "the spider could not be started")
    if spider is None and process.stopped_by:
        error = Interrupted(row["source"], "stopped before it was begun")
    if spider is not None and not failures:  # a second signal did not let it close
        error = Interrupted(row["source"], "stopped before it could save what it had read last")
    return row | {"outcome": error.outcome, "error": "\n".join(map(str, failures)) or str(error)}


def load(config: Config, db_path: Path, paths: Sequence[Path]) -> list[Row]:
    """Read saved answers through the parsers and pipelines that a crawl uses; returns one `crawls` row a file.

    Watermarks stay: a file says nothing of what else the source has. A file that no source recognises, or that is
    damaged, is an outcome of its own; what stood before the damage is kept.
    """
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            save.save_watched(db, *(_names(part) for part in (config.topic.drugs, config.topic.indications)))
        tagger = tagger_with(config.topic.drug_terms())
        settle_all(db, unmerged(db), tagger)
        rows = [_load_file(db, tagger, path) for path in paths]
        summaries.refresh(db)
        with db.atomic():
            match_articles(db, utc_now())
        db.close()
    return rows


def _settings(db_path: Path, extra: dict[str, Any]) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.update({"WATCH_DB": str(db_path)} | extra, priority="cmdline")
    return settings


def _last_crawl(db: Database) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM crawls").fetchone()[0])


def _load_file(db: Database, tagger: Tagger, path: Path) -> Row:
    try:
        stream = _open(path)
        with stream:
            head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
            spider = next((cls for cls in spider_classes().values() if cls.recognises(head)), None)
            if spider is None:
                return {"source": None, "query": str(path), "outcome": "unrecognised",
                        "error": f"{path}: no source's answer is recognised in it"}  # fmt: skip
            return _load_stream(db, tagger, path, spider, stream)
    except OSError as error:
        return {"source": None, "query": str(path), "outcome": "unreadable", "error": f"{path}: {error}"}


def _open(path: Path) -> BufferedReader:
    with path.open("rb") as plain:
        zipped = plain.read(2) == _GZIP
    return BufferedReader(gzip.open(path)) if zipped else path.open("rb")


def _load_stream(
    db: Database, tagger: Tagger, path: Path, spider: type[WatchSpider], stream: BufferedReader
) -> Row:
    checking, tagging, saving = Check(), TagRecords(db, tagger), Save(db, spider.name, tagger)
    saving.start("load")
    try:
        for item in spider.parse_new(stream, partial(_read_before, db)):
            saving.process_item(tagging.process_item(checking.process_item(item)))
    except SourceError as error:
        saving.failures.append(error)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        saving.failures.append(BadAnswer(spider.name, f"{path}: damaged gzip: {error}"))
    saving.close_spider()
    return read.crawl(db, saving.finish(str(path)))


def _read_before(db: Database, reading: str) -> str | None:
    return readings.find(db, reading, software(), RULES_VERSION)


def _names(watched: Sequence[Watched]) -> list[str]:
    return [one.name for one in watched]
