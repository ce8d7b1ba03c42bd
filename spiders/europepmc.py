"""Europe PMC, EMBL-EBI's index of the life sciences' literature: preprints, and what PubMed lacks.

What it is. PubMed's records, PubMed Central's, some 35 preprint servers (medRxiv, PsyArXiv, Research Square, SSRN …),
Agricola and others in one search. This spider reads what is not from PubMed: preprints (`SRC:PPR`, as `preprint`) and
articles of other collections; PubMed's own come from PubMed. With `[sources.europepmc] pubmed_too = true` those are read
too, for their open-access flags and links, and merge with PubMed's.

Terms and pace. Free, no key; the abstracts are the publishers'. No rate is published; third parties quote ten requests a
second: so two a second.

How it is asked. `search?resultType=core&format=json`. The topic's terms are looked for in title, abstract and keywords
(`TITLE_ABS`, `KW`), drugs and indications. Two windows a run, each a stream with a watermark of its own: "new" by
CREATION_DATE, "changed" by UPDATE_DATE, up to the day of the run; each begins OVERLAP_DAYS before its watermark. The names
of these two fields are from third parties' use, not checked against the live service: a service that does not know one
finds nothing by it, and `--full` asks without.

How it pages. `cursorMark=*`, then what `nextCursorMark` says. The end is an absent mark, an unchanged mark or an empty
page, whatever `hitCount` says: it may be higher than what is ever delivered. A page short of hits whose mark stops
coming is a known lie and is told in the query log; more than SPARE missing, or SPARE_SHARE of the hits, end the source as
`shortfall`; the next window overlaps.

How it says "nothing". `"hitCount": 0` and an empty list under HTTP 200. An error may stand inside HTTP 200 (`errMsg`).
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.europepmc_answers import looks_like_answer, read_page, read_saved
from spiders.europepmc_json import PUBMED, SOURCE, parse_result
from spiders.topic import Topic, Watched
from store.errors import BadAnswer, ServiceError, Shortfall, SourceError
from store.records import Checkpoint, Record, Reject

STREAMS = {"new": "CREATION_DATE", "changed": "UPDATE_DATE"}
OVERLAP_DAYS = 14
PAGE_SIZE, LARGEST_PAGE_SIZE = 200, 1000
#: hitCount counts some records that no page holds: two, or five per cent, are the service's lie, more are our loss
SPARE, SPARE_SHARE = 2, 0.05
_ALWAYS = "1800-01-01"
_PATENTS = "PAT"


@dataclass
class _Walk:
    """One walk through the pages of one question."""

    stream: str | None
    query: str
    hits: int | None = None
    found: set[str] = field(default_factory=set)
    unnamed: int = 0
    marks: set[str] = field(default_factory=lambda: {"*"})

    @property
    def fetched(self) -> int:
        return len(self.found) + self.unnamed


class EuropePmcSpider(WatchSpider):
    """Works of the topic that are not PubMed's; `assignment.options`: `page_size`, `pubmed_too`."""

    name = SOURCE
    custom_settings = {"URLLENGTH_LIMIT": 0}  # noqa: RUF012

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """Drugs and indications in title, abstract or keywords: `(TITLE_ABS:ketamine OR KW:ketamine …) AND (…)`."""
        return " AND ".join(
            _any_of(topic, watched) for watched in (topic.drugs, topic.indications) if watched
        )

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved answer of `search` -> Records and Rejects, purely, PubMed's own included.

        Raises BadAnswer or ServiceError, after everything that stands before the damage.
        """
        body = answer if isinstance(answer, bytes) else answer.read()
        return (parse_result(result) for result in read_saved(body))

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    async def start(self) -> AsyncIterator[Request]:
        besides = [_PATENTS] if self.assignment.options.get("pubmed_too") else [PUBMED, _PATENTS]
        query = f"({self.assignment.query}) NOT ({' OR '.join(f'SRC:{source}' for source in besides)})"
        if self.assignment.full or not (self.assignment.since or self.assignment.watermarks):
            yield self._page(_Walk(None, query), "*")
            return
        for stream, name in STREAMS.items():
            window = f"{name}:[{self._begin(stream)} TO {self.assignment.today}]"
            yield self._page(_Walk(stream, f"{query} AND {window}"), "*")

    def parse_page(self, response: Response, walk: _Walk, mark: str) -> Iterator[Any]:
        """One page: its records, then the next page or the end of the walk. A failure ends the walk."""
        if response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
            return
        try:
            page = read_page(response.body)
        except SourceError as error:
            kind = ServiceError if isinstance(error, ServiceError) else BadAnswer
            self.failed(kind(self.name, error.cause, response.url))
            return
        walk.hits = page.hits if walk.hits is None else walk.hits
        for result in page.results:
            item = parse_result(result)
            key = item.id if isinstance(item, Record) else item.native_id
            walk.unnamed += key is None
            if key is not None and key in walk.found:
                continue  # pages of a moving list overlap
            walk.found |= {key} if key else set()
            yield item
        if page.mark and page.results and page.mark not in walk.marks:
            walk.marks.add(page.mark)
            yield self._page(walk, page.mark)
        else:
            yield from self._end(walk)

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))

    def _end(self, walk: _Walk) -> Iterator[Checkpoint]:
        hits = walk.hits
        if hits is None or hits - walk.fetched > max(SPARE, SPARE_SHARE * hits) or hits > walk.fetched == 0:
            said = "no hitCount" if hits is None else f"{hits} hits"
            self.failed(Shortfall(self.name, f"{said}, {walk.fetched} delivered", walk.query))
            return
        if walk.fetched != hits:
            self.queries.append(
                f"# Europe PMC says {hits} hits on the query above and delivers {walk.fetched}"
            )
        for stream in [walk.stream] if walk.stream else STREAMS:
            # one walk without a window covers both streams; what it brought is counted once
            counts = (hits, walk.fetched) if stream in (walk.stream, "new") else (0, 0)
            yield Checkpoint(stream, self._next_watermark(stream), *counts)

    def _begin(self, stream: str) -> str:
        if self.assignment.since:
            return self.assignment.since
        watermark = self.assignment.watermarks.get(stream)
        if watermark is None:
            return _ALWAYS
        day = min(watermark, self.assignment.today)
        return str(datetime.date.fromisoformat(day) - datetime.timedelta(days=OVERLAP_DAYS))

    def _next_watermark(self, stream: str) -> str:
        """The day of this run; where `since` left a gap, the watermark stays."""
        assignment, watermark = self.assignment, self.assignment.watermarks.get(stream)
        if watermark and not assignment.full and assignment.since and assignment.since > watermark:
            return watermark
        return assignment.today

    def _page(self, walk: _Walk, mark: str) -> Request:
        if mark == "*":
            self.queries.append(walk.query)
        size = max(1, min(int(self.assignment.options.get("page_size", PAGE_SIZE)), LARGEST_PAGE_SIZE))
        params = {
            "query": walk.query,
            "resultType": "core",
            "format": "json",
            "pageSize": str(size),
            "cursorMark": mark,
        }
        url = f"{self.assignment.base_url}/search?{urlencode(params, quote_via=quote)}"
        return Request(
            url,
            self.parse_page,
            errback=self.unanswered,
            cb_kwargs={"walk": walk, "mark": mark},
            dont_filter=True,
        )


def _any_of(topic: Topic, watched: tuple[Watched, ...]) -> str:
    terms = [term if term.replace("*", "").isalnum() else f'"{term}"' for term in topic.text_terms(watched)]
    headings = dict.fromkeys(name for one in watched for name in (*one.mesh, *one.substances))
    asked = (
        [f"TITLE_ABS:{term}" for term in terms]
        + [f"KW:{term}" for term in terms]
        + [f'KW:"{name}"' for name in headings]
    )
    return f"({' OR '.join(asked)})"
