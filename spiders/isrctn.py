"""ISRCTN, the registry of clinical studies that began in the United Kingdom, a primary registry of the WHO.

What it is. Study registrations of any country, most of them British; for some trials of ketamine the only one, or the
first of two. This spider reads its XML service (`https://www.isrctn.com/api/query/format/default`), which has no
published description: see `isrctn_xml`.

Terms and pace. Free, no key. The registry's help says that records are under CC BY, metadata CC0. No rate is published:
one request a second, of which a run needs one or two.

How it is asked. `q` holds the drugs, joined by OR, in the syntax of the site's search; `AND lastEdited GE date` the
window; `limit` how many records at most. There is one stream, "edited", whose watermark is the newest date of edition
that the registry itself has shown. The next window begins OVERLAP_DAYS before it: a record is edited, then reviewed,
then published, days later, under the date of the edition. `--full` asks without a date; known studies that the query no
longer finds are asked for by number, and what is not found by that either is named in the query log and kept.

How it pages. It does not: one answer holds all, however large `limit` is. If `totalCount` is above `limit`, the same is
asked once more with that limit, up to MOST. What came must agree with `totalCount`, else the source ends as `shortfall`.

How it says "nothing". `<allTrials totalCount="0"/>` under HTTP 200. A search by number may bring other studies that only
mention it: they are of the topic or not, and only those that were asked for are kept.

How it lies. A final enrolment of 0 means none is known. "Nil known", "Not provided at time of registration" and other
phrases stand where there is nothing. Dates of recruitment are the planned ones until somebody edits them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.isrctn_record import SOURCE
from spiders.isrctn_xml import Answer, looks_like_answer
from spiders.topic import Topic
from store.errors import BadAnswer, Shortfall
from store.records import Checkpoint, Record, Reject

STREAM = "edited"
OVERLAP_DAYS = 30
LIMIT = 1000
#: so many records of ketamine there cannot be: the query was not understood
MOST = 10_000
NUMBERS_PER_REQUEST = 25


class IsrctnSpider(WatchSpider):
    """Studies that name one of the drugs; `assignment.options`: `limit`, records in the first answer."""

    name = SOURCE
    custom_settings = {"URLLENGTH_LIMIT": 0}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._seen: set[str] = set()

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The drugs' terms: `ketamine OR "CI-581" OR esketamine`."""
        return " OR ".join(map(_quoted, topic.text_terms(topic.drugs)))

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved answer of the query service, or one study -> Records and Rejects, purely.

        Raises BadAnswer, after everything that stands before the damage.
        """
        return Answer(answer)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    async def start(self) -> AsyncIterator[Request]:
        query = self.assignment.query
        if begin := self._window_begin():
            query = f"({query}) AND lastEdited GE {begin}T00:00:00.000Z"
        limit = max(1, min(int(self.assignment.options.get("limit", LIMIT)), MOST))
        yield self._request(query, self.parse_answers, limit=limit)

    def parse_answers(self, response: Response, query: str, limit: int) -> Iterator[Any]:
        """The answer to the topic's query: all studies, or a larger limit to ask with, or why there are none."""
        if response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
            return
        answer, found = Answer(response.body), []
        try:
            for item in answer:
                found.append(item)
                yield item
        except BadAnswer as error:
            self.failed(BadAnswer(self.name, error.cause, response.url))
            return
        self._seen.update(filter(None, map(_number, found)))
        if answer.total is None:
            self.failed(BadAnswer(self.name, "totalCount is missing: completeness is unknown", response.url))
        elif len(found) == limit < answer.total <= MOST:
            yield self._request(query, self.parse_answers, limit=answer.total)
        elif answer.total != len(found):
            self.failed(Shortfall(self.name, f"{answer.total} studies reported, {len(found)} fetched", query))
        else:
            yield Checkpoint(STREAM, self._next_watermark(found), answer.total, len(found))
            yield from self._fetch_known()

    def parse_known(
        self, response: Response, query: str, limit: int, asked: tuple[str, ...]
    ) -> Iterator[Any]:
        """The answer to a search for known numbers: those studies, and perhaps others that mention them."""
        if response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
            return
        try:
            for item in Answer(response.body):
                if _number(item) in asked:
                    self._seen.add(_number(item) or "")
                    yield item
        except BadAnswer as error:
            self.failed(BadAnswer(self.name, error.cause, response.url))
            return
        if missing := [number for number in asked if number not in self._seen]:
            self.queries.append(f"not found any more: {', '.join(missing)}")
            self._seen.update(missing)
        yield from self._fetch_known()

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))

    # -- windows

    def _window_begin(self) -> str | None:
        """The first date of edition to ask for; None asks for all."""
        assignment = self.assignment
        if assignment.full or assignment.since:
            return None if assignment.full else assignment.since
        watermark = assignment.watermarks.get(STREAM)
        if watermark is None:
            return None
        return str(datetime.date.fromisoformat(watermark) - datetime.timedelta(days=OVERLAP_DAYS))

    def _next_watermark(self, found: list[Record | Reject]) -> str:
        """The newest edition seen, but never one to come, and never past a gap that `since` has left."""
        assignment = self.assignment
        watermark = assignment.watermarks.get(STREAM)
        if watermark and not assignment.full and assignment.since and assignment.since > watermark:
            return watermark
        edited = max(
            (item.revised for item in found if isinstance(item, Record) and item.revised), default=None
        )
        seen = min(edited, assignment.today) if edited else None
        return max(filter(None, (seen, watermark)), default=assignment.since or assignment.today)

    # -- requests

    def _fetch_known(self) -> Iterator[Request]:
        """The next request for known studies that nothing has brought, if any are left."""
        left = tuple(number for number in self.assignment.known if number not in self._seen)[
            :NUMBERS_PER_REQUEST
        ]
        if left:
            yield self._request(" OR ".join(left), self.parse_known, limit=10 * len(left), asked=left)

    def _request(self, query: str, callback: Any, *, limit: int, **more: Any) -> Request:
        self.queries.append(f"/query/format/default?q={query}&limit={limit}")
        params = urlencode({"q": query, "limit": limit}, quote_via=quote)
        url = f"{self.assignment.base_url}/query/format/default?{params}"
        return Request(
            url,
            callback,
            errback=self.unanswered,
            cb_kwargs={"query": query, "limit": limit, **more},
            dont_filter=True,
        )


def _number(item: Record | Reject) -> str | None:
    return item.id.partition(":")[2] if isinstance(item, Record) else item.native_id


def _quoted(term: str) -> str:
    """A term as the search takes it: it knows no truncation; a phrase or a hyphenated name is quoted."""
    plain = re.sub(r'["*]', "", term)
    return plain if plain.isalnum() else f'"{plain}"'
