"""Not faster than a service allows, and waiting as it asks: Scrapy's own retry neither waits nor reads Retry-After."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.settings import BaseSettings
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
        spider = self.crawler.spider
        assert isinstance(spider, WatchSpider)
        if self._pace is None:
            assignment = spider.assignment
            self._pace = Pace(quota(assignment.base_url, assignment.api_key), assignment.interval)
        await asyncio.to_thread(self._pace.wait)


class PatientRetry(RetryMiddleware):
    """Retries what Scrapy retries, but waits first: as long as Retry-After says, else ever longer.

    A service that asks for more than RETRY_LONGEST_WAIT_SECONDS gets no further request: its answer goes to the
    spider, which names the failure.
    """

    def __init__(self, settings: BaseSettings):
        super().__init__(settings)
        self.backoff = settings.getfloat("RETRY_BACKOFF_SECONDS")
        self.longest_wait = settings.getfloat("RETRY_LONGEST_WAIT_SECONDS")
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self.clock: Callable[[], float] = time.time

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            return response
        header = response.headers.get("Retry-After")
        asked = retry_after_seconds(header.decode("latin-1") if header else None, self.clock())
        retry = await self._wait(request, response_status_message(response.status), asked)
        return retry or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:  # type: ignore[override]
        if request.meta.get("dont_retry") or not isinstance(exception, self.exceptions_to_retry):
            return None
        return await self._wait(request, exception, None)

    async def _wait(self, request: Request, reason: str | Exception, asked: float | None) -> Request | None:
        wait = self.backoff * 2 ** request.meta.get("retry_times", 0) if asked is None else asked
        if wait > self.longest_wait:
            return None
        retry = self._retry(request, reason)
        if retry:
            await self.sleep(wait)
        return retry
