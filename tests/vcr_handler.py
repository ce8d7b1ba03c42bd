"""A download handler that vcrpy can see: urllib in a thread. For tests only.

vcrpy does not see Scrapy's own downloader, and a test that relied on it would go to the network. It is not
thread-safe either: use with CONCURRENT_REQUESTS = 1.
"""

from __future__ import annotations

import asyncio
from urllib.error import HTTPError
from urllib.request import Request as UrllibRequest
from urllib.request import urlopen

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes


class UrllibDownloadHandler(BaseDownloadHandler):
    """Sends each request of a spider by urllib."""

    async def download_request(self, request: Request) -> Response:
        return await asyncio.to_thread(self._download, request)

    def _download(self, request: Request) -> Response:
        wanted = UrllibRequest(
            request.url, request.body or None, dict(request.headers.to_unicode_dict()), method=request.method
        )
        try:
            answer = urlopen(wanted, timeout=30)
        except HTTPError as error:  # an answer like any other: the spider reads its status
            answer = error
        with answer:
            body, status, headers = answer.read(), answer.status, dict(answer.headers)
        kind = responsetypes.from_args(
            headers={k: [v] for k, v in headers.items()}, url=request.url, body=body
        )
        return kind(request.url, status, headers, body, request=request)
