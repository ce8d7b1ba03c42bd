"""openFDA, the US Food and Drug Administration's own data on what it approved, and on the labels now in effect.

What it is. Two endpoints are read: `drug/drugsfda` (Drugs@FDA: every application with its submissions, that is the
original approval and each supplement, with type, status and date) and `drug/label` (the labels that makers send to the
FDA, in their present version). Together they answer what was approved when, and how the label reads now. openFDA says
of itself that its results are unvalidated: each record links to Drugs@FDA or DailyMed, where the documents are.

Terms and pace. Free; the data is of the US government and in the public domain (CC0) unless said otherwise. Without a key 40 requests
a minute and 1,000 a day from an address; with one (environment: OPENFDA_API_KEY) 240 a minute and 120,000 a day. The key
goes in the Authorization header, so that no address holds it.

How it is asked. `search` is `field:"term"` for each drug term and each of FIELDS, joined by "+", which means "or". For
many products the harmonised `openfda` section is empty, so the products' own ingredients, and the label's list of
contents, are searched as well. The two endpoints are streams of their own, "drugsfda" and "label"; the watermark is
`meta.last_updated`, the date of the endpoint's data. The first request asks for one result only: if the data is of
the watermark's date, nothing can be new and no more is asked. Otherwise all is read; what did not change is recognised.
There is no way to ask for what changed, so `--since` reads everything.

How it pages. `limit` (up to 1,000) and `skip` (up to 25,000), sorted, so that nothing moves between pages;
`meta.results.total` is compared with what came. More than can be reached by `skip` would be a `shortfall`.

How it says "nothing". HTTP 404 with `"code": "NOT_FOUND"`: no failure. Any other error has a code and a message of its
own, a 404 without that code is an address that does not exist.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.http import basic_auth_header

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.openfda_answers import NOTHING, Page, looks_like_answer, read_page, read_saved
from spiders.openfda_json import SOURCE, parse_result
from spiders.topic import Topic
from store.errors import BadAnswer, ServiceError, Shortfall, SourceError
from store.records import Checkpoint, Record, Reject

#: endpoint -> the fields in which a drug's name may stand
FIELDS = {
    "drugsfda": (
        "openfda.generic_name", "openfda.brand_name", "openfda.substance_name", "products.active_ingredients.name",
        "products.brand_name",
    ),
    "label": (
        "openfda.generic_name", "openfda.brand_name", "openfda.substance_name", "spl_product_data_elements",
    ),
}  # fmt: skip
SORT = {"drugsfda": "submissions.submission_status_date:asc", "label": "effective_time:asc"}
SEPARATOR = "; "
LIMIT = 100  # labels of some 200 kB each
MOST_LIMIT = 1000
FARTHEST_SKIP = 25_000


@dataclass
class _Walk:
    """One walk through an endpoint, and what it has brought so far."""

    endpoint: str
    search: str
    limit: int
    updated: str | None = None  # of the endpoint's data, as the first request found it
    reported: int = 0  # by the latest answer that held something
    seen: set[str] = field(default_factory=set)
    came: int = 0


class OpenFDASpider(WatchSpider):
    """Submissions and labels of the topic's drugs; `assignment.options`: `limit`, 1 to 1,000."""

    name = SOURCE
    handle_httpstatus_list = (400, 404)  # documented: the body says what was wrong, or that nothing was found

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The drugs' names, as FDA's products may have them: `ketamine; ketalar; esketamine; spravato; arketamine`."""
        return SEPARATOR.join(term for term in topic.text_terms(topic.drugs) if term.isalpha())

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved answer or result, or several one after another -> Records and Rejects, purely.

        Raises BadAnswer, after everything that stands before the damage.
        """
        body = answer if isinstance(answer, bytes) else answer.read()
        return (item for result in read_saved(body) for item in parse_result(result))

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._left = list(FIELDS)

    async def start(self) -> AsyncIterator[Request]:
        for request in self._next_walk():
            yield request

    def parse_first(self, response: Response, walk: _Walk) -> Iterator[Any]:
        """The first request of a walk, for one result: is there anything that the last run did not see?"""
        page = self._page_in(response)
        if page is None:
            return
        walk.updated, walk.reported = page.updated, page.total or 0
        known = self.assignment.watermarks.get(walk.endpoint)
        asked_again = self.assignment.full or self.assignment.since
        if page.total == 0 or (known and page.updated and page.updated <= known and not asked_again):
            what = "nothing found" if page.total == 0 else f"data of {page.updated}, as the last time"
            self.queries[-1] += f"  ({what})"
            yield from self._end(walk, 0)
        else:
            yield self._page(walk, 0)

    def parse_page(self, response: Response, walk: _Walk, skip: int) -> Iterator[Any]:
        """One page: its results, then the next page or the end of the walk. A failure ends the source."""
        page = self._page_in(response)
        if page is None:
            return
        for result in page.results:
            walk.came += 1
            for item in parse_result(result):
                yield from self._new(item, walk)
        walk.reported = page.total or walk.reported
        reached = skip + walk.limit
        if page.total is None:
            self.failed(BadAnswer(self.name, "no meta.results.total: completeness is unknown", response.url))
        elif page.results and reached < walk.reported and reached <= FARTHEST_SKIP:
            yield self._page(walk, reached)
        elif walk.came == walk.reported:
            yield from self._end(walk, walk.reported)
        else:
            numbers = f"{walk.reported} results reported, {walk.came} fetched"
            self.failed(Shortfall(self.name, numbers, f"{walk.endpoint} {walk.search}"))

    def _new(self, item: Record | Reject, walk: _Walk) -> Iterator[Record | Reject]:
        if isinstance(item, Reject):
            yield item
        elif item.id not in walk.seen:
            walk.seen.add(item.id)
            yield item

    def _page_in(self, response: Response) -> Page | None:
        """The page of an answer; None after a failure, which is reported."""
        try:
            page = read_page(response.body)
        except SourceError as error:
            if response.status != 200:
                self.failed(unanswered.from_status(self.name, response))
            else:
                kind = ServiceError if isinstance(error, ServiceError) else BadAnswer
                self.failed(kind(self.name, error.cause, response.url))
            return None
        if response.status != 200 and page is not NOTHING:
            self.failed(unanswered.from_status(self.name, response))
            return None
        return page

    def _end(self, walk: _Walk, total: int) -> Iterator[Any]:
        if watermark := walk.updated or self.assignment.watermarks.get(walk.endpoint):
            yield Checkpoint(walk.endpoint, watermark, total, walk.came)
        yield from self._next_walk()

    def _next_walk(self) -> Iterator[Request]:
        if not self._left:
            return
        endpoint = self._left.pop(0)
        terms = [term for term in self.assignment.query.split(SEPARATOR) if term]
        search = "+".join(f'{name}:"{term}"' for term in terms for name in FIELDS[endpoint])
        limit = max(1, min(int(self.assignment.options.get("limit", LIMIT)), MOST_LIMIT))
        self.queries.append(f"/drug/{endpoint}.json?search={search}")
        yield self._request(_Walk(endpoint, search, limit), "limit=1&skip=0", self.parse_first)

    def _page(self, walk: _Walk, skip: int) -> Request:
        return self._request(walk, f"limit={walk.limit}&skip={skip}", self.parse_page, skip=skip)

    def _request(self, walk: _Walk, part: str, callback: Any, **kwargs: Any) -> Request:
        # "+" stands for a blank here, and must not be encoded
        query = f"search={quote(walk.search, safe='+:.')}&sort={SORT[walk.endpoint]}&{part}"
        key = self.assignment.api_key
        return Request(
            f"{self.assignment.base_url}/drug/{walk.endpoint}.json?{query}",
            callback,
            errback=self.unanswered,
            cb_kwargs={"walk": walk} | kwargs,
            headers={"Authorization": basic_auth_header(key, "")} if key else {},
            dont_filter=True,
        )

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))
