"""Crossref, the registration agency of most journals' and preprints' DOIs, and what publishers deposited there.

What it is. The metadata that publishers deposit with a DOI: titles, people, dates, references, sometimes an abstract,
and what later became of a work: retractions, corrections, newer versions, since 2023 with the Retraction Watch
database beside the publishers' own. It has works that PubMed lacks, and it says who retracted what and when.

Terms and pace. Free, no key; metadata may be used without restriction, abstracts are the publishers'. Crossref asks
callers to name an address ("mailto") and serves them better then; here it stands in the User-Agent header, as its
etiquette allows, so that no log or error message repeats it. Since 1 December 2025 lists are limited below single works (3 a
second with an address); one request a second is asked here, one at a time. HTTP 429 is waited out as Retry-After says.

How it is asked. There is no boolean search: `query.bibliographic` ranks by likeness, and several words bring whatever
has one of them. So each drug term is a question of its own, with the window of index dates (`from-index-date`,
`until-index-date`) and TYPES as filters, and every work that comes is matched here: one that names no drug of the topic
in title or abstract is not kept. How many were seen and kept stands with the question in `crawls.query`. A work without
a deposited abstract can only be found by its title; a term that is added to the topic later gets its own first walk,
since each has its own stream ("indexed:ketamine"). The watermark is the last day of the window; the next begins
OVERLAP_DAYS before it.

A second stream, "lookups", asks for the DOIs that other sources brought, whatever their titles say, for their notices:
in order of DOI, round after round, `lookups` in a run, from where the last run stopped: so the longest unasked come
first. A DOI of another agency does not come back, and is passed over. `--full` asks for every known work that the
questions did not bring.

How it pages. `cursor=*`, then `next-cursor`, URL-encoded, everything else unchanged. It comes with the last page too: a
page shorter than `rows` is the last. If fewer came than any page's `total-results` said, the source ends as `shortfall`.
A cursor lives for minutes; one that is no longer known is an error about "cursorMark": the walk begins again, once.

How it says "nothing". HTTP 200, `"total-results": 0` and no items; a DOI that is not there is a 404 ("Resource not
found."). Errors are `"status": "failed"` under HTTP 400, or under 200.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.crossref_answers import (
    Page,
    StaleCursor,
    is_stale_cursor,
    looks_like_answer,
    read_page,
    read_saved,
    read_single,
)
from spiders.crossref_json import SOURCE, parse_work
from spiders.crossref_lookups import Lookups
from spiders.terms import pattern
from spiders.topic import Topic
from store.errors import BadAnswer, ServiceError, Shortfall, SourceError
from store.records import Checkpoint, Record, Reject

STREAM = "indexed:"  # and the term
#: Index dates are days of the service's clock, and a work may be indexed after it was said to be.
OVERLAP_DAYS = 3
ROWS = 200
MOST_ROWS = 1000
TYPES = ("journal-article", "posted-content", "proceedings-article", "book-chapter", "report")
#: So many full pages in a row without a work that is new are a loop.
IDLE_PAGES = 3
SEPARATOR = "; "
_Read = TypeVar("_Read")


@dataclass
class _Walk:
    """One walk through the pages of one question, and what it has brought so far."""

    term: str
    params: dict[str, str]
    query: int  # its place in `queries`
    restarted: bool = False
    reported: int | None = None
    seen: set[str] = field(default_factory=set)  # DOIs
    unnamed: int = 0
    kept: int = 0
    idle: int = 0

    @property
    def fetched(self) -> int:
        return len(self.seen) + self.unnamed


class CrossrefSpider(WatchSpider):
    """Works that name a drug of the topic, and known works; `assignment.options`: `rows`, `lookups`."""

    name = SOURCE
    wants_dois = True
    # 400, 404 and 500 say in words what was wrong; a stale cursor has come under each of the first and the last
    handle_httpstatus_list = (400, 404, 500)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._terms = [term for term in self.assignment.query.split(SEPARATOR) if term]
        self._topic = pattern(self._terms)
        self._brought: set[str] = set()
        self._lookups = Lookups((), None, 0)

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The drugs' terms, each a question of its own: `ketamine; ketalar; …; esketamine`."""
        return SEPARATOR.join(topic.text_terms(topic.drugs))

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved answer, work, list or JSON lines of works -> Records and Rejects, purely.

        Raises BadAnswer, after everything that stands before the damage.
        """
        body = answer if isinstance(answer, bytes) else answer.read()
        return (parse_work(work) for work in read_saved(body))

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    async def start(self) -> AsyncIterator[Request]:
        for request in self._next_walk():
            yield request

    # -- walks

    def parse_page(self, response: Response, walk: _Walk, cursor: str) -> Iterator[Any]:
        """One page: its works that name a drug, then the next page or the end of the walk. A failure ends the source."""
        try:
            page = self._page_in(response)
        except StaleCursor as stale:
            yield from self._again(walk, cursor, stale)
            return
        except SourceError as error:
            self.failed(error)
            return
        totals = [total for total in (walk.reported, page.total) if total is not None]
        walk.reported = min(totals, default=None)  # what left the index while we paged is not missing
        before = walk.fetched
        for work in page.works:
            yield from self._work(work, walk)
        walk.idle = walk.idle + 1 if walk.fetched == before else 0
        if len(page.works) < int(walk.params["rows"]):
            yield from self._end(walk)
        elif page.cursor is None or walk.idle >= IDLE_PAGES:
            cause = f"a full page without a way on after {walk.fetched} works of {walk.term!r}"
            self.failed(BadAnswer(self.name, cause, response.url))
        else:
            yield self._page(walk, page.cursor)

    def _page_in(self, response: Response) -> Page:
        """The page of an answer. Raises SourceError for anything else."""
        if is_stale_cursor(response.body):
            raise StaleCursor(self.name, unanswered.from_status(self.name, response).cause, response.url)
        if response.status != 200:
            raise unanswered.from_status(self.name, response)
        return _read(read_page, response)

    def _again(self, walk: _Walk, cursor: str, stale: StaleCursor) -> Iterator[Request]:
        if walk.restarted or cursor == "*":
            self.failed(stale)
        else:
            yield self._page(_Walk(walk.term, walk.params, walk.query, restarted=True), "*")

    def _work(self, work: object, walk: _Walk) -> Iterator[Record | Reject]:
        result = parse_work(work)
        doi = result.doi if isinstance(result, Record) else result.native_id
        if doi:
            walk.seen.add(doi)
        else:
            walk.unnamed += 1
        if isinstance(result, Reject) or self._topic.search(f"{result.title}\n{result.abstract or ''}"):
            walk.kept += 1
            if doi not in self._brought:  # the walk of another term may have
                self._brought.update(filter(None, [doi]))
                yield result

    def _end(self, walk: _Walk) -> Iterator[Any]:
        if walk.reported is None:
            self.failed(BadAnswer(self.name, f"no total-results for {walk.term!r}: completeness is unknown"))
            return
        if walk.fetched < walk.reported:
            numbers = f"{walk.reported} works of {walk.term!r} reported, {walk.fetched} fetched"
            self.failed(Shortfall(self.name, numbers, _shown(walk.params)))
            return
        self.queries[walk.query] += f"  ({walk.fetched} seen, {walk.kept} name a drug of the topic)"
        yield Checkpoint(STREAM + walk.term, self._watermark(walk.term), walk.reported, walk.fetched)
        yield from self._next_walk()

    def _next_walk(self) -> Iterator[Request]:
        """The first page of the next term's walk; after the last, the look-ups."""
        if not self._terms:
            yield from self._begin_lookups()
            return
        term = self._terms.pop(0)
        rows = max(1, min(int(self.assignment.options.get("rows", ROWS)), MOST_ROWS))
        params = {"query.bibliographic": term, "filter": self._filter(term), "rows": str(rows)}
        self.queries.append(_shown(params))
        yield self._page(_Walk(term, params, len(self.queries) - 1), "*")

    def _filter(self, term: str) -> str:
        filters = [f"type:{kind}" for kind in TYPES]  # of one name: any of them
        if begin := self._window_begin(term):
            filters.append(f"from-index-date:{begin}")
        return ",".join([*filters, f"until-index-date:{self.assignment.today}"])

    def _window_begin(self, term: str) -> str | None:
        """The first index date to ask for; None asks for all."""
        assignment = self.assignment
        if assignment.full or assignment.since:
            return None if assignment.full else assignment.since
        watermark = assignment.watermarks.get(STREAM + term)
        if watermark is None:
            return None
        return str(datetime.date.fromisoformat(watermark) - datetime.timedelta(days=OVERLAP_DAYS))

    def _watermark(self, term: str) -> str:
        """The last day of the window, but never past a gap that `since` has left."""
        assignment = self.assignment
        watermark = assignment.watermarks.get(STREAM + term)
        leaves_gap = not assignment.full and assignment.since and watermark and assignment.since > watermark
        return watermark if leaves_gap and watermark else assignment.today

    # -- look-ups

    def _begin_lookups(self) -> Iterator[Request]:
        assignment = self.assignment
        most = int(assignment.options.get("lookups", 0))
        left = tuple(sorted({*assignment.dois, *assignment.known} - self._brought))
        if assignment.full:
            self._lookups = Lookups(left, None, len(left), moves=False)
        else:
            self._lookups = Lookups(left, assignment.watermarks.get(Lookups.STREAM), most)
        yield from self._next_lookup()

    def _next_lookup(self) -> Iterator[Request]:
        batch = self._lookups.next_batch()
        if len(batch) == 1:  # a comma would part a filter, so such a DOI is asked for by its address
            address = f"/works/{quote(batch[0], safe='')}"
            yield self._request(address, self.parse_lookup, batch=batch)
        elif batch:
            params = {"filter": ",".join(f"doi:{doi}" for doi in batch), "rows": str(len(batch))}
            address = f"/works?{_encoded(params)}"
            yield self._request(address, self.parse_lookup, batch=batch)
        else:
            return
        self.queries.append(f"/works: {len(batch)} known DOIs, {batch[0]} to {batch[-1]}")

    def parse_lookup(self, response: Response, batch: tuple[str, ...]) -> Iterator[Any]:
        """Known works; those that Crossref does not have do not come. Anything that was not asked for is a failure."""
        try:
            works = self._looked_up(response, len(batch) == 1)
        except SourceError as error:
            self.failed(error)
            return
        results = [parse_work(work) for work in works]
        for result in results:
            doi = result.doi if isinstance(result, Record) else result.native_id
            if doi is not None and doi not in batch:
                self.failed(
                    BadAnswer(self.name, f"answers with {doi}, which was not asked for", response.url)
                )
                return
        yield from results
        if position := self._lookups.position_after(batch):
            yield Checkpoint(Lookups.STREAM, position, len(results), len(results))
        yield from self._next_lookup()

    def _looked_up(self, response: Response, single: bool) -> list[Any]:
        if single and response.status == 404 and response.body.strip() == b"Resource not found.":
            return []
        if not single:
            return self._page_in(response).works
        if response.status != 200:
            raise unanswered.from_status(self.name, response)
        return [_read(read_single, response)]

    # -- requests

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))

    def _page(self, walk: _Walk, cursor: str) -> Request:
        address = f"/works?{_encoded(walk.params | {'cursor': cursor})}"
        return self._request(address, self.parse_page, walk=walk, cursor=cursor)

    def _request(self, address: str, callback: Any, **kwargs: Any) -> Request:
        assignment = self.assignment
        headers = {"User-Agent": f"{assignment.tool} (mailto:{assignment.email})"} if assignment.email else {}
        # dont_filter: a walk that begins again asks the same question
        return Request(
            assignment.base_url + address, callback, errback=self.unanswered, cb_kwargs=kwargs, headers=headers,
            dont_filter=True,
        )  # fmt: skip


def _read(read: Callable[[bytes], _Read], response: Response) -> _Read:
    """What `read` makes of an answer; its errors name the address."""
    try:
        return read(response.body)
    except SourceError as error:
        kind = ServiceError if isinstance(error, ServiceError) else BadAnswer
        raise kind(SOURCE, error.cause, response.url) from error


def _shown(params: dict[str, str]) -> str:
    """A question as a person reads it: parameters as sent, before encoding."""
    return "/works?" + "&".join(f"{name}={value}" for name, value in params.items())


def _encoded(params: dict[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe=",:*")
