"""medRxiv, the preprint server for the health sciences.

What it is. Preprints since June 2019, each with its versions, licence and category, and the DOI of the article it became.
This spider reads `details` of the API that bioRxiv and medRxiv share (`https://api.biorxiv.org`). Europe PMC has the same
preprints and can be searched; here are versions, withdrawals and `published` sooner and from the server itself.

Terms and pace. Free, no key; the authors chose each licence. No rate is published: one request a second.

How it is asked. There is no search: every version posted in an interval is read (`details/medrxiv/FROM/TO/CURSOR/json`),
a month at a time, the oldest first, and the topic's words are looked for here: a drug in title or abstract, and either
the category "psychiatry and clinical psychology" or an indication, so that other categories are matched too. Of a match
whose other versions lie outside the interval, and of a known preprint, all versions are fetched by DOI. There is one
stream, "posted": the watermark is the end of the last month that was read whole, in the month that is not over the
newest day seen; the next run begins OVERLAP_DAYS before. The first run looks back `first_days`, for all of medRxiv is
some thousand pages and Europe PMC has the older ones; `crawl --source medrxiv --since 2019-06-25` reads them here.
After `pages_per_run` no further month is begun. `published` is set late and moves no date: in each run `repoll` known
preprints without article or withdrawal are asked for by DOI, going on (stream "unpublished") where the last run stopped.
With `--full` every known preprint is.

How it pages. CURSOR grows by the rows that came (pages have been 100 and 30), until a page is empty or says "no posts
found". Pages that bring nothing new are a circle, and a failure.

How it says "nothing". HTTP 200 with the message "no posts found", past the last page too.

How it lies. `total` is text and can exceed what there is: one in a hundred (at least one) may be missing, beyond that
the source ends as `shortfall` and its watermark stays.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.medrxiv_json import (
    SOURCE,
    Page,
    Version,
    looks_like_answer,
    merged,
    preprint,
    read_page,
    read_saved,
    version_of,
)
from spiders.overcount import is_short
from spiders.topic import Topic
from store.errors import BadAnswer, Shortfall, SourceError
from store.records import Checkpoint, Record, Reject

STREAM, POLLED = "posted", "unpublished"
OVERLAP_DAYS = 7
FIRST_DAYS, PAGES_PER_RUN, REPOLL = 60, 300, 50
WINDOW_DAYS = 30
IDLE_PAGES = 2
FIRST_DAY = "2019-06-25"
CATEGORY = "psychiatry and clinical psychology"


@dataclass
class _Window:
    """One interval, and what its pages have brought so far."""

    begin: str
    end: str
    reported: int = 0
    cursor: int = 0
    rows: set[tuple[str, int]] = field(default_factory=set)  # DOI, version
    unnamed: int = 0
    newest: str | None = None
    idle: int = 0
    kept: dict[str, list[Version]] = field(default_factory=dict)

    @property
    def fetched(self) -> int:
        return len(self.rows) + self.unnamed


class MedrxivSpider(WatchSpider):
    """Preprints of the topic; `assignment.options`: `first_days`, `pages_per_run`, `repoll`."""

    name = SOURCE

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._matches = matcher(self.assignment.query)
        self._watched = {*self.assignment.known, *self.assignment.unpublished}
        self._seen: set[str] = set()
        self._singly: list[str] = []
        self._polls: list[str] = []
        self._pages = 0

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The words looked for here, for the service has no search: `(ketamine OR …) AND (depressi* OR …)`."""
        indications = [f"category:{CATEGORY}", *topic.text_terms(topic.indications)]
        return f"({' OR '.join(topic.text_terms(topic.drugs))}) AND ({' OR '.join(indications)})"

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """Saved pages -> one Record a preprint, and Rejects, purely. Raises BadAnswer after what stands before the damage."""
        return read_saved(answer if isinstance(answer, bytes) else answer.read())

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    async def start(self) -> AsyncIterator[Request]:
        yield self._page(self._window(self._begin()))

    # -- windows

    def parse_page(self, response: Response, window: _Window) -> Iterator[Any]:
        """One page of an interval: its rows, then the next page or the end of the interval."""
        page = self._read(response)
        if page is None:
            return
        before = len(window.rows)  # what cannot be read is nothing new
        window.reported = max(window.reported, page.total or 0)
        for row in page.rows:
            yield from self._row(row, window)
        window.cursor += len(page.rows)
        window.idle = window.idle + 1 if len(window.rows) == before else 0
        if not page.rows:
            yield from self._end(window)
        elif window.idle >= IDLE_PAGES:
            self.failed(
                BadAnswer(self.name, f"the pages run in a circle after {window.fetched} rows", response.url)
            )
        else:
            yield self._page(window)

    def _row(self, row: object, window: _Window) -> Iterator[Reject]:
        version = version_of(row)
        if isinstance(version, Reject):
            window.unnamed += 1
            yield version
            return
        window.rows.add((version.doi, version.number))
        window.newest = max(filter(None, (window.newest, version.date)), default=None)
        if version.doi in self._watched or version.doi in window.kept or self._matches(version):
            window.kept.setdefault(version.doi, []).append(version)

    def _end(self, window: _Window) -> Iterator[Any]:
        if is_short(window.reported, window.fetched):
            numbers = f"{window.reported} rows reported, {window.fetched} fetched"
            self.failed(Shortfall(self.name, numbers, f"{window.begin} to {window.end}"))
            return
        if window.reported > window.fetched:
            self.queries.append(f"total says {window.reported}, the pages held {window.fetched}")
        for doi, versions in window.kept.items():
            there = {version.number for version in versions}
            if doi not in self._watched and there == set(range(1, max(there) + 1)):
                self._seen.add(doi)
                yield preprint(versions)
            else:
                self._singly.append(doi)
        yield from self._after(window)

    def _after(self, window: _Window) -> Iterator[Any]:
        """The preprints to fetch by DOI, then the checkpoint, then the next month or the known ones."""
        if self._singly:
            yield self._single(self._singly.pop(0), lambda: self._after(window))
            return
        yield Checkpoint(STREAM, self._watermark(window), window.reported, window.fetched)
        following = _moved(window.end, 1)
        if following > self.assignment.today:
            yield from self._poll_known()
        elif self._pages >= int(self.assignment.options.get("pages_per_run", PAGES_PER_RUN)):
            self.queries.append(f"stopped after {self._pages} pages; the next run goes on at {following}")
            yield from self._poll_known()
        else:
            yield self._page(self._window(following))

    # -- single preprints

    def parse_single(self, response: Response, doi: str, then: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """All versions of one preprint."""
        page = self._read(response)
        if page is None:
            return
        self._seen.add(doi)
        found = list(merged(page.rows))
        yield from (item for item in found if isinstance(item, Reject) or item.doi == doi)
        if not any(isinstance(item, Record) and item.doi == doi for item in found):
            self.queries.append(f"not found any more: {doi}")
        yield from then()

    def _poll_known(self) -> Iterator[Any]:
        assignment = self.assignment
        if assignment.full:
            chosen = list(assignment.known)
        else:
            waiting = sorted(assignment.unpublished)
            last = assignment.watermarks.get(POLLED, "")
            turned = [doi for doi in waiting if doi > last] + [doi for doi in waiting if doi <= last]
            chosen = turned[: int(assignment.options.get("repoll", REPOLL))]
        self._polls = [doi for doi in chosen if doi not in self._seen]
        yield from self._poll(chosen)

    def _poll(self, chosen: list[str]) -> Iterator[Any]:
        if self._polls:
            yield self._single(self._polls.pop(0), lambda: self._poll(chosen))
        elif chosen and not self.assignment.full:
            yield Checkpoint(POLLED, chosen[-1], 0, 0)  # rows counted once: by their interval

    # -- what a run asks for

    def _begin(self) -> str:
        assignment = self.assignment
        watermark = assignment.watermarks.get(STREAM)
        if assignment.since and not assignment.full:
            return max(assignment.since, FIRST_DAY)
        if watermark and not assignment.full:
            return _moved(watermark, -OVERLAP_DAYS)
        return max(
            FIRST_DAY, _moved(assignment.today, -int(assignment.options.get("first_days", FIRST_DAYS)))
        )

    def _window(self, begin: str) -> _Window:
        return _Window(begin, max(begin, min(_moved(begin, WINDOW_DAYS - 1), self.assignment.today)))

    def _watermark(self, window: _Window) -> str:
        """The end of a month that is over, else the newest day seen; never back, never past a gap left by `since`."""
        assignment = self.assignment
        watermark = assignment.watermarks.get(STREAM)
        if watermark and not assignment.full and assignment.since and assignment.since > watermark:
            return watermark
        reached = (
            window.end if window.end < assignment.today else min(window.newest or window.begin, window.end)
        )
        return max(reached, watermark or reached)

    # -- requests and answers

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))

    def _read(self, response: Response) -> Page | None:
        """The page, or None after its failure was named."""
        self._pages += 1
        try:
            return read_page(response.body)
        except SourceError as error:
            kind = BadAnswer if isinstance(error, BadAnswer) else type(error)
            self.failed(kind(self.name, error.cause, response.url))
            return None

    def _page(self, window: _Window) -> Request:
        path = f"/details/medrxiv/{window.begin}/{window.end}/{window.cursor}/json"
        if not window.cursor:
            self.queries.append(f"{path}, then here: {self.assignment.query}")
        return self._request(path, self.parse_page, window=window)

    def _single(self, doi: str, then: Callable[[], Iterator[Any]]) -> Request:
        path = f"/details/medrxiv/{quote(doi, safe='/')}/na/json"
        self.queries.append(path)
        return self._request(path, self.parse_single, doi=doi, then=then)

    def _request(self, path: str, callback: Any, **kwargs: Any) -> Request:
        url = self.assignment.base_url + path
        return Request(url, callback, errback=self.unanswered, cb_kwargs=kwargs, dont_filter=True)


def matcher(query: str) -> Callable[[Version], bool]:
    """Whether a version is of the topic, by a query as `query_for` writes it."""
    drugs, indications = (part.strip("()").split(" OR ") for part in query.split(") AND ("))
    categories = {term.partition(":")[2] for term in indications if term.startswith("category:")}
    drug = _words(drugs)
    indication = _words([term for term in indications if not term.startswith("category:")])
    return lambda version: bool(
        drug.search(version.text) and (version.category in categories or indication.search(version.text))
    )


def _words(terms: Iterable[str]) -> re.Pattern[str]:
    parts = [
        re.sub(r"(?:\\ |\\-)+", r"[\\s‐-–-]+", re.escape(term.rstrip("*")))
        + (r"\w*" if term.endswith("*") else "")
        for term in terms
        if term.strip("* ")
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts) or '(?!)'})(?!\w)", re.IGNORECASE)


def _moved(day: str, days: int) -> str:
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days=days))
