"""What one run asks of each source: the topic in its language, where it was left, and at what pace."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version

from scrapy.settings import BaseSettings, Settings
from scrapy.spiderloader import SpiderLoader
from sqlite_utils import Database

from crawler.config import Config, api_key, load_config, require_contact
from crawler.software import software
from crawler.tagging import RULES_VERSION
from spiders.base import Assignment, WatchSpider
from store import read, readings, watching
from store.citing import Work
from store.database import open_database
from store.errors import ConfigError


def now() -> datetime:
    """The clock of every run. A simulation sets another."""
    return datetime.now(timezone.utc)


def utc_now() -> str:
    """Now, as text to the second: "2026-11-23T06:00:00Z"."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def versions() -> dict[str, str]:
    """What ran, for a search log: this software, its rules, and what it stands on."""
    return {
        "ketamine-watch": version("ketamine-watch"),
        "rules": RULES_VERSION,
        "scrapy": version("scrapy"),
        "biopython": version("biopython"),
        "python": platform.python_version(),
    }


def spider_classes() -> dict[str, type[WatchSpider]]:
    """Every spider of the project by name, in order of name."""
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders"]}))
    classes = {name: loader.load(name) for name in sorted(loader.list())}
    return {name: spider for name, spider in classes.items() if issubclass(spider, WatchSpider)}


def in_stages(names: Sequence[str]) -> list[list[str]]:
    """Sources of records first, then those that look up what these brought, then those of citations of all: so what a
    run brings is asked about in the same run.
    """
    classes = spider_classes()

    def stage(name: str) -> int:
        return 2 if classes[name].brings != "records" else int(classes[name].wants_dois)

    stages = [[name for name in names if stage(name) == number] for number in range(3)]
    return [members for members in stages if members]


def choose_sources(config: Config, names: Sequence[str] = ()) -> list[str]:
    """The sources to visit: those named, else all that are switched on. Raises ConfigError for an unknown name."""
    for name in names:
        if name not in config.sources:
            raise ConfigError(f"unknown source {name!r} (known: {', '.join(config.sources)})")
    chosen = list(dict.fromkeys(names)) or [name for name, source in config.sources.items() if source.enabled]
    if not chosen:
        raise ConfigError("every source is switched off")
    require_contact(config, chosen)
    return chosen


def assign(
    config: Config, db: Database, name: str, *, since: str | None = None, full: bool = False
) -> Assignment:
    """The assignment of one source. `since`: an ISO date; `full`: fetch again all that is known."""
    source = config.sources[name]
    spider = spider_classes()[name]
    return Assignment(
        query=spider.query_for(config.topic),
        base_url=source.base_url,
        today=utc_now()[:10],
        email=config.email,
        tool=config.tool,
        api_key=api_key(source.service),
        since=since,
        full=full,
        watermarks=read.watermarks(db, name),
        known=tuple(read.native_ids(db, name)) if full else (),
        unpublished=tuple(read.unpublished_preprints(db, name)),
        wanted=_wanted(config, db, name),
        works=_works(config, db, name, everything=full),
        dois=tuple(read.dois_of_others(db, name)) if spider.wants_dois else (),
        read_before=readings.current(db, name, software(), RULES_VERSION).get,
        interval=source.interval,
        patience=config.patience,
        options=source.options,
    )


def _wanted(config: Config, db: Database, name: str) -> tuple[str, ...]:
    """Native ids that citations lead to: of PubMed records, and of works that OpenAlex has only named so far."""
    if name == "pubmed":
        return watching.wanted_pmids(db, config.citations.fetch_per_run)
    return watching.undescribed(db, name, config.citations.fetch_per_run) if name == "openalex" else ()


def _works(config: Config, db: Database, name: str, *, everything: bool) -> tuple[Work, ...]:
    """The followed works that a source of citations is to be asked about now; `everything`: however lately it was."""
    schemes = spider_classes()[name].asks_by
    if not schemes:
        return ()
    options = config.sources[name].options
    return watching.due_works(
        db, name, schemes, watch=config.citations.watch, today=utc_now()[:10],
        every_days=0 if everything else options["every_days"], limit=options["works_per_run"],
    )  # fmt: skip


def from_settings(name: str, settings: BaseSettings) -> Assignment:
    """The assignment for a plain `scrapy crawl NAME`, by the configuration and database that the environment names."""
    config = load_config(settings["WATCH_CONFIG"])
    choose_sources(config, [name])
    db = open_database(settings["WATCH_DB"])
    try:
        return assign(config, db, name)
    finally:
        db.close()


def describe(assignment: Assignment) -> str | None:
    """The window of an assignment in words, for `crawls.window`; None for everything."""
    if assignment.since:
        return f"since {assignment.since}"
    # a feed's watermark is an object, its validators: no window
    marks = {stream: value for stream, value in assignment.watermarks.items() if not value.startswith("{")}
    return json.dumps(marks) if marks and not assignment.full else None
