"""Waiting before a retry: as Retry-After says, else ever longer, and never for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.middlewares import PatientRetry
from spiders.base import Assignment
from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.pace import Patience

URL = "http://127.0.0.1/"


class Retry:
    """The middleware with a clock that stands still and a sleep that only takes notes."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        assignment = Assignment("ketamine", URL, "2026-01-01", patience=Patience(3, 2.0, 30.0))
        self.middleware = PatientRetry.from_crawler(get_crawler(ClinicalTrialsSpider))
        self.middleware.crawler.spider = ClinicalTrialsSpider.from_crawler(
            self.middleware.crawler, assignment=assignment
        )
        self.middleware.sleep = self._note
        self.middleware.clock = lambda: 1_700_000_000.0

    async def _note(self, seconds: float) -> None:
        self.waits.append(seconds)

    def response(self, status: int, retry_after: str | None = None, **meta: Any) -> Request | Response:
        headers = {"Retry-After": retry_after} if retry_after else {}
        request = Request(URL, meta=meta)
        return asyncio.run(self.middleware.process_response(request, Response(URL, status, headers)))

    def exception(self, error: Exception, **meta: Any) -> Request | None:
        return asyncio.run(self.middleware.process_exception(Request(URL, meta=meta), error))


@pytest.mark.parametrize(
    ("retry_after", "tries", "waited"),
    [
        ("7", 0, 7.0),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 0, 10.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0, 2.0),
        ("1", 1, 8.0),
        (None, 0, 2.0),
        (None, 1, 8.0),
        ("nonsense", 1, 8.0),
    ],
)
def test_how_long(retry_after: str | None, tries: int, waited: float) -> None:
    retry = Retry()
    again = retry.response(429, retry_after, retry_times=tries)
    assert isinstance(again, Request)
    assert again.meta["retry_times"] == tries + 1
    assert retry.waits == [waited]


def test_what_is_asked_too_long_or_too_often_reaches_the_spider() -> None:
    retry = Retry()
    assert isinstance(retry.response(429, "3600"), Response)
    assert isinstance(retry.response(503, retry_times=2), Response)
    assert isinstance(retry.response(503, dont_retry=True), Response)
    assert isinstance(retry.response(404), Response)
    assert retry.waits == []


def test_lost_connections_are_tried_again_others_are_not() -> None:
    retry = Retry()
    assert isinstance(retry.exception(DownloadTimeoutError()), Request)
    assert retry.exception(ValueError()) is None
    assert retry.waits == [2.0]
