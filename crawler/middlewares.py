"""Not faster than a service allows, and waiting as it asks: Scrapy's own retry neither waits nor reads Retry-After."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.utils.response import response_status_message

from spiders.base import WatchSpider
from spiders.pace import Pace, quota, retry_after_seconds


class KeepPace:
    """Waits for a free turn before each request, retries and redirects too; the pace is the whole machine's."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self._pace: Pace | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepPace:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if self._pace is None:
            assignment = _spider(self.crawler).assignment
            self._pace = Pace(quota(assignment.base_url, assignment.api_key), assignment.interval)
        await asyncio.to_thread(self._pace.wait)


class PatientRetry(RetryMiddleware):
    """Retries what Scrapy retries, but waits first: as long as Retry-After says, else ever longer.

    How often and how long is the assignment's `patience`. A service that asks for more gets no further request: its
    answer goes to the spider, which names the failure.
    """

    sleep: Callable[[float], Awaitable[None]] = staticmethod(asyncio.sleep)
    clock: Callable[[], float] = staticmethod(time.time)

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            return response
        header = response.headers.get("Retry-After")
        asked = retry_after_seconds(header.decode("latin-1") if header else None, self.clock())
        return await self._wait(request, response_status_message(response.status), asked) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:  # type: ignore[override]
        if request.meta.get("dont_retry") or not isinstance(exception, self.exceptions_to_retry):
            return None
        return await self._wait(request, exception, None)

    async def _wait(self, request: Request, reason: str | Exception, asked: float | None) -> Request | None:
        patience = _spider(self.crawler).assignment.patience
        tried = request.meta.get("retry_times", 0) + 1
        wait = max(patience.wait(tried), asked or 0.0)
        if tried >= patience.tries or wait > patience.longest_wait:
            return None
        request.meta["max_retry_times"] = patience.tries - 1
        retry = self._retry(request, reason)
        await self.sleep(wait)
        return retry


def _spider(crawler: Crawler) -> WatchSpider:
    assert isinstance(crawler.spider, WatchSpider)
    return crawler.spider
