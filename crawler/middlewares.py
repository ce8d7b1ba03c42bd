"""Not faster than a service allows, waiting as it asks, and not where it must not lead: Scrapy's own retry neither waits nor
reads Retry-After, and its redirects go anywhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.response import response_status_message

from spiders.base import WatchSpider
from spiders.pace import Pace, quota, retry_after_seconds

_log = logging.getLogger(__name__)


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
        address = request.url.partition("?")[0]  # a key may stand behind it
        _log.info("%s: %s: %s; again in %.0f s", _spider(self.crawler).name, address, reason, wait)
        await self.sleep(wait)
        return retry


class SafeRedirect(RedirectMiddleware):
    """Follows a redirect within the upstream's own host, or to a public one; never to this machine or its network, and
    never from https to http. What is refused reaches the spider's errback as `IgnoreRequest`.
    """

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        redirected = super().process_response(request, response)
        if isinstance(redirected, Request):
            upstream = urlsplit(_spider(self.crawler).assignment.base_url)
            target = urlsplit(redirected.url)
            if target.scheme not in ("https", upstream.scheme):
                raise IgnoreRequest(f"redirected away from https, to {target.scheme}://{target.hostname}")
            if target.netloc != upstream.netloc and not await asyncio.to_thread(
                _is_public, target.hostname or ""
            ):
                raise IgnoreRequest(f"redirected to {target.hostname}, which is no public address")
        return redirected


def _is_public(host: str) -> bool:
    """Whether all addresses of a host are of the internet (RFC 6890: not private, loopback, link-local, reserved)."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found)


def _spider(crawler: Crawler) -> WatchSpider:
    assert isinstance(crawler.spider, WatchSpider)
    return crawler.spider
