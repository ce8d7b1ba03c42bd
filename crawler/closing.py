"""A crawl that is done, or asked to stop, does stop."""

from __future__ import annotations

import asyncio
import contextlib

from scrapy import signals
from scrapy.crawler import Crawler

_EVERY = 0.1  # seconds


class CloseWhenDone:
    """Wakes a spider that waits for nothing: at its end, and while it closes.

    Scrapy 2.19 looks whether a spider is done after each response. After the last item that comes straight from
    `start()` it does not: the spider would end with the next beat of the engine's heart, up to five seconds later, and
    one that is stopped amid such an item never (`scrapy.core.scraper.Scraper`: only `enqueue_scrape` calls
    `_check_if_closing`).
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
        engine, spider = self._crawler.engine, self._crawler.spider
        assert engine is not None
        assert spider is not None
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_EVERY)
                slot = engine.scraper.slot
                if slot and slot.closing and not slot.closing.called and slot.is_idle():
                    slot.closing.callback(spider)
                elif engine._slot and not engine._slot.closing and engine.spider_is_idle():
                    engine._slot.nextcall.schedule()
