"""What sources of citations share: each followed work is asked about in turn, and one that fails stops no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.json_node import Node, UnexpectedValue, documents
from spiders.pace import retry_after_seconds
from spiders.topic import Topic
from store.citing import Work
from store.errors import BadAnswer, Paused, RateLimited, SourceError, Unreachable
from store.records import Reject

#: After these the next work would fare no better.
HOPELESS = (Unreachable, RateLimited, Paused)
#: More pages of one work's citations than any work of this field has.
MOST_PAGES = 200


class CitationSpider(WatchSpider):
    """Yields `Edge`, `Count`, `BareWork` and, after all of a work, `Answered`: what was answered is not asked again soon."""

    brings = "citations"
    #: whether an allowance that is used up for hours is the service's everyday way (a pause), not a failure
    pauses: ClassVar[bool] = False

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """Asked about works, not about topics."""
        return ""

    async def start(self) -> AsyncIterator[Any]:
        for work in self.assignment.works:
            try:
                async for item in self.ask(work):
                    yield item
            except SourceError as error:
                self.failed(error)
                if isinstance(error, HOPELESS):
                    return

    def ask(self, work: Work) -> AsyncIterator[Any]:
        """All that the source says of one work. Raises SourceError."""
        raise NotImplementedError

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: str | int) -> Node | None:
        """The JSON object that the service answers; None if it knows no such work (404). Raises SourceError."""
        address = path + (f"?{urlencode(params, quote_via=quote, safe=',:*|')}" if params else "")
        self.queries.append(address)
        who = {"From": self.assignment.email} if self.assignment.email else {}
        request = Request(
            self.assignment.base_url + address, headers=who | (headers or {}), dont_filter=True,
            meta={"dont_redirect": True},  # it would carry the key to another host
        )  # fmt: skip
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # whatever the downloader raises means one thing: no answer
            raise unanswered.named(self.name, request.url, error) from error
        if response.status == 404:
            return None
        if response.status != 200:
            raise self._refused(response)
        return read_object(self.name, response.body)

    def _refused(self, response: Response) -> SourceError:
        error = unanswered.from_status(self.name, response)
        header = response.headers.get("Retry-After")
        after = retry_after_seconds(header.decode("latin-1") if header else None, 0.0)
        if self.pauses and response.status == 429 and after and after > self.assignment.patience.longest_wait:
            return Paused(self.name, f"{error.cause}: the allowance is used up", error.record)
        return error

    def circle(self, work: Work, count: int) -> BadAnswer:
        """The pages of a work's citations do not end."""
        return BadAnswer(self.name, f"the pages run in a circle after {count} works", work.id)


def read_object(source: str, body: bytes) -> Node:
    """The one JSON object of an answer. Raises BadAnswer for anything else, and for an object that is an error."""
    found = list(documents(source, body))
    if len(found) > 1 or not isinstance(found[0], dict):
        raise BadAnswer(source, "no JSON object, or more than one")
    node = Node(found[0])
    for key in ("error", "errorMessage", "message"):
        if isinstance(said := node.value.get(key), str):
            raise BadAnswer(source, f"an error inside HTTP 200: {said[:200]}")
    return node


def entries(source: str, node: Node, key: str) -> Iterator[Node | Reject]:
    """The objects of a list that must be there; an entry that is none is rejected. Raises BadAnswer without the list."""
    listed = node.value.get(key)
    if not isinstance(listed, list):
        raise BadAnswer(source, f"not as documented: {node.path or 'answer'}.{key}: list expected")
    for at, entry in enumerate(listed):
        try:
            yield Node.of(entry, f"{key}[{at}]")
        except UnexpectedValue as unexpected:
            yield Reject(source, None, "not as documented", str(unexpected))
