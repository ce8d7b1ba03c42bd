"""Crawls one after the other in one run: Scrapy's process starts once, so what comes later is started from within."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Scrapy would import it when the first spider begins, and looks through the source of each frame of the stack as it does
import scrapy.core.downloader.handlers.http11  # noqa: F401
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from spiders.base import Assignment


class Process(AsyncCrawlerProcess):
    """Scrapy's, which remembers what signal asked it to stop, and logs what happens to sources, not how it is set up."""

    stopped_by: int | None = None

    def __init__(self, settings: Settings):
        super().__init__(settings)
        logging.getLogger("scrapy").setLevel(logging.WARNING)
        # it warns of each source that no Referer is sent, which is as we want it
        logging.getLogger("scrapy.downloadermiddlewares.redirect").setLevel(logging.ERROR)

    def _signal_shutdown(self, signum: int, frame: Any) -> None:
        self.stopped_by = signum
        super()._signal_shutdown(signum, frame)


def visit(
    process: Process,
    crawlers: Mapping[str, Crawler],
    stages: Sequence[Sequence[str]],
    assignment: Callable[[str], Assignment],
) -> None:
    """Crawl the sources of a stage together and each stage after the one before, until all have ended.

    A source gets its assignment when its stage begins. After a signal no further stage begins.
    """
    left = list(stages)
    running: set[asyncio.Task[None]] = set()

    def begin() -> None:
        for name in left.pop(0) if left and process.stopped_by is None else ():
            task = process.crawl(crawlers[name], assignment=assignment(name))
            running.add(task)
            task.add_done_callback(ended)

    def ended(task: asyncio.Task[None]) -> None:
        running.discard(task)
        if not running:
            begin()

    begin()
    process.start()
