"""What happens to everything a spider yields, in this order: Check, TagRecords, Save.

`load` sends saved answers through the same three, without Scrapy.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.settings import BaseSettings
from sqlite_utils import Database
from twisted.python.failure import Failure

from crawler.assignments import describe, utc_now, versions
from crawler.checks import checked
from crawler.config import load_config
from crawler.noticing.reported import end_of_list, save_reported
from crawler.progress import Advance
from crawler.settling import settle
from crawler.software import software
from crawler.tagged import tagged
from crawler.tagging import RULES_VERSION, Tagger
from spiders.base import WatchSpider
from store import citations, corrections, filled, readings, save
from store.citing import BareWork, Candidate
from store.database import open_database
from store.errors import Crashed, Interrupted, Paused, SourceError, StoreError
from store.hashing import content_hash
from store.records import Checkpoint, Deletion, Record, Reject, ReportedNotice, Tag, Unchanged
from store.rows import year_of

BATCH = 500
_log = logging.getLogger(__name__)


class LateTagger(Tagger):
    """A tagger that is built when the first record needs it: on a quiet day none does."""

    def __init__(self, drugs: Mapping[str, Sequence[str]] | None):
        self._given = drugs
        self._built = False

    def tags(self, record: Record) -> list[Tag]:
        if not self._built:
            super().__init__(self._given)
            self._built = True
            gc.freeze()  # it lives as long as the process: collections of garbage need not look through it again and again
        return super().tags(record)


@cache
def tagger_for(drugs: tuple[tuple[str, tuple[str, ...]], ...]) -> Tagger:
    """One tagger for all sources of a run: reading its vocabulary takes longer than a small crawl."""
    return LateTagger(dict(drugs) or None)


def tagger_of(settings: BaseSettings) -> Tagger:
    """The tagger of a run's topic."""
    drugs = settings.getdict("WATCH_DRUGS") or load_config(settings["WATCH_CONFIG"]).topic.drug_terms()
    return tagger_with(drugs)


def tagger_with(drugs: Mapping[str, Sequence[str]]) -> Tagger:
    """The one tagger of this process for these drugs (name -> terms)."""
    return tagger_for(tuple((name, tuple(terms)) for name, terms in drugs.items()))


class Check:
    """Turns a record that cannot be saved into a reject that says why; a title that is a notice states it."""

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Candidate):
            return checked(item)
        record = checked(item.record)
        return record if isinstance(record, Reject) else replace(item, record=record)


class TagRecords:
    """Tags each record that is new or changed, or that other rules tagged; recognises the rest by its hash."""

    def __init__(self, db: Database, tagger: Tagger):
        self.db = db
        self.tagger = tagger
        self.said = corrections.in_force(db)  # whoever corrects holds the lock that a crawl holds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TagRecords:
        return cls(open_database(crawler.settings["WATCH_DB"]), tagger_of(crawler.settings))

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Candidate):
            tagged_record = self.process_item(item.record)
            belongs = isinstance(tagged_record, Unchanged) or tagged_record.facets.get("drugs")
            return tagged_record if belongs else _bare(item.record)
        elsewhere = isinstance(item, save.TaggedRecord)  # tagged in another process, by these very rules
        record = item.record if elsewhere else item
        if not isinstance(record, Record):
            return item
        digest = item.content_hash if elsewhere else content_hash(record)
        if save.is_current(self.db, record.id, digest, RULES_VERSION):
            return Unchanged(record.id, record.reading, digest)
        shown, said = filled.as_shown(self.db, record), self.said.get(record.id, ())
        if elsewhere and shown is record and not said:
            return item
        return replace(tagged(self.tagger, shown, digest, said), record=record)

    def close_spider(self) -> None:
        self.db.close()


def _bare(record: Record) -> BareWork:
    """What stays of a record that was fetched because it cites a followed work, and has none of the topic's drugs."""
    names = (
        f"pubmed:{record.pmid}" if record.pmid else record.id,
        *([f"doi:{record.doi}"] if record.doi else ()),
    )
    authors = tuple(author.name for author in record.authors)
    year = year_of(record.published)
    return BareWork(record.id, record.source, names, record.title, authors, year, record.venue, examined=True)


class Save:
    """Writes in batches, each one transaction with its merges and links and the watermark that it completes.

    `tagger` tags again what merging gave another abstract; without one that of the built-in topic does.
    """

    def __init__(self, db: Database, source: str, tagger: Tagger | None = None):
        self.db = db
        self.source = source
        self.tagger = tagger
        self.crawl_id: int | None = None
        self.counts = save.Counts()
        self.reported: int | None = None
        self.failures: list[SourceError] = []
        self.advance: Advance = lambda source, fetched, reported: None
        self.stop: Callable[[], None] = lambda: None  # asks for nothing more
        self._waiting: list[Any] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Save:
        settings = crawler.settings
        pipeline = cls(open_database(settings["WATCH_DB"]), crawler.spidercls.name, tagger_of(settings))
        pipeline.advance = crawler.settings.get("ADVANCE") or pipeline.advance
        pipeline.stop = lambda: _stop(crawler)
        crawler.signals.connect(pipeline.spider_opened, signals.spider_opened)
        crawler.signals.connect(pipeline.spider_error, signals.spider_error)
        crawler.signals.connect(pipeline.item_error, signals.item_error)
        crawler.signals.connect(pipeline.spider_closed, signals.spider_closed)
        return pipeline

    # -- the life of a crawl, as Scrapy tells it

    def spider_opened(self, spider: WatchSpider) -> None:
        self.failures = spider.failures
        try:
            self.start("crawl", describe(spider.assignment))
        except sqlite3.Error as error:
            self.stop = lambda: None  # it is not running yet: the exception closes it
            self._store_failed(f"could not note that the crawl began: {error}")
            raise CloseSpider(StoreError.outcome) from error

    def spider_error(self, failure: Failure, spider: WatchSpider) -> None:
        error = failure.value
        spider.failed(error if isinstance(error, SourceError) else Crashed(self.source, repr(error)))

    def item_error(self, item: Any, spider: WatchSpider, failure: Failure) -> None:
        if not isinstance(failure.value, sqlite3.Error):
            spider.failed(Crashed(self.source, repr(failure.value), getattr(item, "id", None)))
        elif not self._store_is_lost():  # it would be told of every further item
            self._store_failed(f"could not look up {getattr(item, 'id', 'an item')}: {failure.value}")

    def spider_closed(self, spider: WatchSpider, reason: str) -> None:
        if reason == "shutdown" and not self._store_is_lost():
            spider.failed(Interrupted(self.source, "asked to stop before the end"))
        if self.crawl_id is not None:
            try:
                self.finish("\n".join(spider.queries))
            except sqlite3.Error as error:
                self._store_failed(f"could not note how the crawl ended: {error}")
        self.db.close()

    # -- the same life, callable without Scrapy

    def start(self, command: str, window: str | None = None) -> None:
        """Open this crawl's row in `crawls`. `command`: crawl or load."""
        columns = {"command": command, "window": window, "versions": json.dumps(versions())}
        self.crawl_id = save.start_crawl(self.db, self.source, utc_now(), **columns)

    def process_item(self, item: Any) -> Any:
        self._waiting.append(item)
        if len(self._waiting) >= BATCH or isinstance(item, Checkpoint):
            self.flush()
        return item

    def flush(self) -> None:
        """Write what waits, all or nothing. A batch that cannot be written ends the source, here and now, as
        `store_error`: nothing more is asked for that could not be kept.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting or self._store_is_lost():
            return
        try:
            with self.db.atomic():
                counts = self._write(waiting)
        except sqlite3.Error as error:
            self._store_failed(f"could not save {len(waiting)} items: {error}")
            return
        self.counts.add(counts)
        for checkpoint in waiting:
            if isinstance(checkpoint, Checkpoint):
                self.reported = (self.reported or 0) + checkpoint.reported
        self.advance(self.source, self.counts.fetched, self.reported)

    def _store_is_lost(self) -> bool:
        return any(isinstance(failure, StoreError) for failure in self.failures)

    def _store_failed(self, cause: str) -> None:
        error = StoreError(self.source, cause)
        _log.error("%s", error)
        self.failures.append(error)
        self.stop()

    def _write(self, waiting: list[Any]) -> save.Counts:
        stamp = save.Stamp(utc_now(), self.crawl_id, RULES_VERSION)
        tagged = [item for item in waiting if isinstance(item, save.TaggedRecord)]
        counts = save.save_records(self.db, tagged, stamp)
        unchanged = [item for item in waiting if isinstance(item, Unchanged)]
        counts.unchanged += len(unchanged)
        readings.keep(self.db, _read_of(tagged, unchanged), software())
        deletions = [item for item in waiting if isinstance(item, Deletion)]
        counts.changed += save.save_deletions(self.db, deletions, stamp)
        counts.rejected += save.save_rejects(
            self.db, (item for item in waiting if isinstance(item, Reject)), stamp
        )
        reported = [item for item in waiting if isinstance(item, ReportedNotice)]
        counts.add(save_reported(self.db, reported, stamp.now))
        touched = {item.record.id for item in tagged} | {deletion.id for deletion in deletions}
        settle(self.db, sorted(touched), stamp.now, self.tagger or tagger_for(()))
        whole = not any(isinstance(failure, Crashed) for failure in self.failures)
        counts.add(citations.save_citations(self.db, waiting, stamp, whole=whole))
        if whole:
            for item in waiting:
                if isinstance(item, Checkpoint):
                    save.save_checkpoint(self.db, self.source, item, self.crawl_id)
                    counts.changed += end_of_list(self.db, self.source, self.crawl_id, stamp.now)
        return counts

    def close_spider(self) -> None:
        self.stop = lambda: None  # it stops already
        self.flush()

    def finish(self, query: str) -> int:
        """Close this crawl's row with its outcome: that of the first failure, else ok or nothing_new. Returns its id."""
        good = "ok" if self.counts.new or self.counts.changed else "nothing_new"
        assert self.crawl_id is not None
        failures = sorted(self.failures, key=lambda failure: isinstance(failure, Paused))
        save.finish_crawl(
            self.db,
            self.crawl_id,
            self.counts,
            query=query,
            reported=self.reported,
            outcome=failures[0].outcome if failures else good,
            error="\n".join(map(str, self.failures)) or None,
            finished=utc_now(),
        )
        return self.crawl_id


def _read_of(
    tagged: Sequence[save.TaggedRecord], unchanged: Sequence[Unchanged]
) -> Iterator[tuple[str, str, str]]:
    """From which bytes records were read, where that is known: id, reading and content hash of each."""
    for one in tagged:
        if one.record.reading:
            yield one.record.id, one.record.reading, one.content_hash
    for item in unchanged:
        if item.reading:
            yield item.id, item.reading, item.content_hash


def _stop(crawler: Crawler) -> None:
    """Stop this spider as soon as the loop comes round to it."""
    stopping = asyncio.ensure_future(crawler.stop_async())
    stopping.add_done_callback(lambda done: done.exception())  # it may have been stopped meanwhile
