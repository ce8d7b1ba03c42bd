"""Run one spider several times, each with its own assignment, in a process of its own; print what came, as JSON.

Scrapy's reactor runs once in a process, so tests call this by `run_spider(…)`. All runs share one process, and no
pipeline of the project takes part: what a spider yields is what comes back.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from importlib import import_module
from typing import Any

from scrapy import signals
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import AsyncCrawlerProcess

from spiders.base import Assignment
from spiders.pace import Patience
from store.citing import Work
from tests import forked

SETTINGS = {
    "LOG_LEVEL": "CRITICAL",
    "RETRY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "EXTENSIONS": {"crawler.closing.CloseWhenDone": 0},
}


@dataclasses.dataclass
class Outcome:
    """What one run left: yielded items by type name, failures as (type name, message), queries, crashes."""

    items: list[tuple[str, dict[str, Any]]]
    failures: list[tuple[str, str]]
    queries: list[str]
    crashes: list[str]
    finish_reason: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [item for name, item in self.items if name == kind]

    def ids(self) -> list[str]:
        return [record["id"].partition(":")[2] for record in self.of("Record")]


def run_spider(spider: str, assignments: dict[str, dict[str, Any]]) -> dict[str, Outcome]:
    """Run `spider` ("module:Class") once for each assignment (its fields), all at the same time."""
    done = forked.run(_main, spider, given=json.dumps(assignments))
    assert done.returncode == 0, done.stderr
    outcomes = {name: Outcome(**outcome) for name, outcome in json.loads(done.stdout).items()}
    for outcome in outcomes.values():  # JSON knows no tuples
        outcome.items = [(kind, item) for kind, item in outcome.items]
        outcome.failures = [(kind, message) for kind, message in outcome.failures]
    return outcomes


def _main(spider: str) -> None:
    module, _, name = spider.partition(":")
    spider_class = getattr(import_module(module), name)
    ExecutionEngine._SLOT_HEARTBEAT_INTERVAL = 3600.0  # a spider that is done ends, and waits for no beat
    process = AsyncCrawlerProcess(SETTINGS)
    crawlers: dict[str, Any] = {}
    outcomes: dict[str, dict[str, Any]] = {}
    listeners = []
    for run, fields in json.load(sys.stdin).items():
        crawler = process.create_crawler(spider_class)
        outcome: dict[str, Any] = {"items": [], "crashes": []}

        def keep(item: Any, outcome: dict[str, Any] = outcome) -> None:
            outcome["items"].append((type(item).__name__, dataclasses.asdict(item)))

        def crashed(failure: Any, outcome: dict[str, Any] = outcome) -> None:
            outcome["crashes"].append(repr(failure.value))

        fields["patience"] = Patience(tries=2, first_wait=0.0)  # a test has no time to wait
        fields["works"] = tuple(Work(**work) for work in fields.get("works", ()))
        crawler.signals.connect(keep, signals.item_scraped)
        crawler.signals.connect(crashed, signals.spider_error)
        listeners += [keep, crashed]  # signals hold them weakly
        process.crawl(crawler, assignment=Assignment(**fields))
        crawlers[run], outcomes[run] = crawler, outcome
    process.start()
    for run, crawler in crawlers.items():
        outcomes[run] |= {
            "failures": [(type(failure).__name__, str(failure)) for failure in crawler.spider.failures],
            "queries": crawler.spider.queries,
            "finish_reason": crawler.stats.get_value("finish_reason"),
        }
    json.dump(outcomes, sys.stdout)
