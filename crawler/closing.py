"""A crawl that is asked to stop does stop."""

from __future__ import annotations

import asyncio
import contextlib

from scrapy import signals
from scrapy.crawler import Crawler

_EVERY = 0.1  # seconds


class CloseWhenDone:
    """Ends the wait of a closing spider for its last items.

    Scrapy 2.19 looks whether they are done after each response; after items that come straight from `start()` it does
    not, and a crawl that is stopped amid one of them would wait for ever (`scrapy.core.scraper.Scraper`: only
    `enqueue_scrape` calls `_check_if_closing`).
    """

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._looking: asyncio.Task[None] | None = None
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CloseWhenDone:
        return cls(crawler)

    def _opened(self) -> None:
        self._looking = asyncio.ensure_future(self._look())

    def _closed(self) -> None:
        if self._looking:
            self._looking.cancel()

    async def _look(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_EVERY)
                slot = self._crawler.engine.scraper.slot if self._crawler.engine else None
                if slot and slot.closing and not slot.closing.called and slot.is_idle():
                    assert self._crawler.spider is not None
                    slot.closing.callback(self._crawler.spider)
