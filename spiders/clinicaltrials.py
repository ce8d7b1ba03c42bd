"""ClinicalTrials.gov, the registry of clinical studies kept by the US National Library of Medicine.

What it is. Study registrations, written by sponsors and investigators and updated by them over years; some with
posted results. This spider reads API v2 (`https://clinicaltrials.gov/api/v2`, OpenAPI description 2.0.3), JSON only.
It asks for the protocol and derived sections only: posted results double or treble a page, and no field of ours is
in them.

Terms and pace. Free, no key; the content is public, and users are asked to name the source, to show when it was read
and to keep it current. No rate is published; some 50 requests a minute are commonly quoted and the site's robots.txt
asks crawlers for one a second: so one a second, and HTTP 429 is waited out. robots.txt speaks of the site's pages and
names no path of the API, which is documented for programs.

How it is asked. `query.intr` holds the drugs (Essie expression, searched with the registry's own synonyms);
`filter.advanced=AREA[LastUpdatePostDate]RANGE[date,MAX]` the window. There is one stream, "updated", whose watermark is
the newest posting date the registry itself has shown. The next window begins some days before it (OVERLAP_DAYS), for
postings carry a date without a time and appear on working days only. `--full` asks without a date, then fetches those
known studies that the query no longer finds by `filter.ids`, and what that does not bring one by one. (If a query holds
nothing but NCT numbers the service ignores every filter: so ids and dates are never sent together.)

How it pages. `nextPageToken` goes back as `pageToken`, everything else unchanged; no token means the last page. An
exactly full last page still carries a token, and an empty page follows. `totalCount` comes with the first page and must
agree with what came, else the source ends as `shortfall`. The newest come first: a study that is updated while we page
moves to the front, so that others may come twice, which is harmless, and it falls into the next window itself. With the
oldest first, each move would pull an unseen study across the page boundary, never to be seen.

How it says "nothing". HTTP 200 with `"totalCount": 0` and an empty list: no failure. Errors are plain text under
HTTP 400 (bad parameter) or 404 (`NCT number NCT99999999 not found`). A study that was merged into another answers its
old number with a 301 to the current one: the record has the current number and keeps the old as "nct-alias".
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
from spiders.clinicaltrials_answers import looks_like_answer, read_page, read_saved, read_single
from spiders.clinicaltrials_json import SOURCE, parse_study
from spiders.topic import Topic
from store.errors import BadAnswer, Shortfall
from store.records import Checkpoint, Deletion, Record, Reject

STREAM = "updated"
#: A posting has a date, no time, and the registry publishes on working days: a week spans the longest holidays.
OVERLAP_DAYS = 7
#: Some 4 MB, and 15 MB of memory while it is read; the largest that the service gives costs 20 MB and 80 MB.
PAGE_SIZE = 200
LARGEST_PAGE_SIZE = 1000
#: Keeps an address below 2,000 characters, which every proxy passes.
IDS_PER_REQUEST = 100
#: So many pages in a row without anything new, each with a further token, are a loop.
IDLE_PAGES = 3
FIELDS = "protocolSection,derivedSection,hasResults"


@dataclass
class _Walk:
    """One walk through the pages of one question, and what it has brought so far."""

    params: dict[str, str]
    asked: tuple[str, ...] = ()  # NCT numbers, for a walk by id
    reported: int | None = None
    found: set[str] = field(default_factory=set)  # NCT numbers
    unnamed: int = 0  # studies without a readable number
    newest: str | None = None  # the latest posting date among them
    tokens: set[str] = field(default_factory=set)
    idle: int = 0

    @property
    def fetched(self) -> int:
        return len(self.found) + self.unnamed


class ClinicalTrialsSpider(WatchSpider):
    """Studies whose interventions match the topic; `assignment.options`: `page_size`, 1 to 1,000."""

    name = SOURCE
    handle_httpstatus_list = (400, 404)  # documented: they say in plain text what was wrong
    # Scrapy would drop a long query without a word; if the service finds it too long, it says so
    custom_settings = {"URLLENGTH_LIMIT": 0}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._settled: set[str] = set()  # numbers that need not be asked for by id
        self._singly: list[str] = []  # numbers that no walk by id has brought

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The drugs' terms and controlled names, as an Essie expression: `ketamine OR "CI-581" OR esketamine`."""
        controlled = [name for drug in topic.drugs for name in (*drug.mesh, *drug.substances)]
        distinct: dict[str, str] = {}
        for term in (*topic.text_terms(topic.drugs), *controlled):
            distinct.setdefault(term.casefold(), term)
        return " OR ".join(map(_essie, distinct.values()))

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved study, page, list or JSON lines of studies -> Records and Rejects, purely.

        Raises BadAnswer, after everything that stands before the damage.
        """
        body = answer if isinstance(answer, bytes) else answer.read()
        return (parse_study(study) for study in read_saved(body))

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_answer(head)

    async def start(self) -> AsyncIterator[Request]:
        params = {"query.intr": self.assignment.query}
        if begin := self._window_begin():
            params["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{begin},MAX]"
        params["sort"] = "LastUpdatePostDate:desc"
        yield self._first_page(params)

    # -- pages

    def parse_page(self, response: Response, walk: _Walk, token: str | None) -> Iterator[Any]:
        """One page: its studies, then the next page or the end of the walk. A failure ends the walk."""
        if response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
            return
        try:
            page = read_page(response.body)
        except BadAnswer as error:
            self.failed(BadAnswer(self.name, error.cause, response.url))
            return
        if token is None:
            walk.reported = page.total
        before = walk.fetched
        for study in page.studies:
            yield from self._study(study, walk)
        walk.idle = walk.idle + 1 if walk.fetched == before else 0
        if page.next_token is None:
            yield from self._end(walk)
        elif page.next_token in walk.tokens or walk.idle >= IDLE_PAGES:
            cause = f"the pages run in a circle: token {page.next_token} after {walk.fetched} studies"
            self.failed(BadAnswer(self.name, cause, response.url))
        else:
            walk.tokens.add(page.next_token)
            yield self._page(walk, page.next_token)

    def parse_single(self, response: Response, nct: str) -> Iterator[Any]:
        """A study fetched by its number alone. Only a redirect, which has been followed, makes that number an alias."""
        if response.status == 404 and f"{nct} not found".encode() in response.body:
            yield Deletion(self.name, f"{self.name}:{nct}")
        elif response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
        else:
            yield from self._single(response, nct)
        yield from self._fetch_known()

    def _single(self, response: Response, nct: str) -> Iterator[Any]:
        alias = nct if "redirect_times" in response.meta else None
        try:
            result = parse_study(read_single(response.body), alias)
        except BadAnswer as error:
            self.failed(BadAnswer(self.name, error.cause, response.url))
            return
        if isinstance(result, Record) and nct not in _numbers(result):
            self.failed(BadAnswer(self.name, f"answers with {result.id} instead", response.url))
        else:
            yield from self._result(result)

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))

    def _study(self, study: object, walk: _Walk) -> Iterator[Any]:
        result = parse_study(study)
        if isinstance(result, Record) and result.revised and len(result.revised) == len("2026-11-23"):
            walk.newest = max(walk.newest or "", result.revised)
        nct = result.id.partition(":")[2] if isinstance(result, Record) else result.native_id
        if nct:
            walk.found.add(nct)
        else:
            walk.unnamed += 1
        yield from self._result(result)

    def _result(self, result: Record | Reject) -> Iterator[Any]:
        yield result
        if isinstance(result, Reject):
            self._settled.update(filter(None, [result.native_id]))
            return
        self._settled.update(_numbers(result))
        for alias in _numbers(result)[1:]:  # no study of its own stands under that number any more
            yield Deletion(self.name, f"{self.name}:{alias}")

    def _end(self, walk: _Walk) -> Iterator[Any]:
        if walk.reported is None:
            self.failed(
                BadAnswer(self.name, "totalCount was asked for and is missing: completeness is unknown")
            )
        elif walk.reported != walk.fetched:
            numbers = f"{walk.reported} studies reported, {walk.fetched} fetched"
            self.failed(Shortfall(self.name, numbers, self._shown(walk.params)))
        else:
            if walk.asked:
                self._singly += [nct for nct in walk.asked if nct not in self._settled]
                self._settled.update(walk.asked)
            else:
                yield Checkpoint(STREAM, self._next_watermark(walk), walk.reported, walk.fetched)
            yield from self._fetch_known()

    # -- windows

    def _window_begin(self) -> str | None:
        """The first posting date to ask for; None asks for all."""
        assignment = self.assignment
        if assignment.full:
            return None
        if assignment.since:
            return assignment.since
        watermark = assignment.watermarks.get(STREAM)
        if watermark is None:
            return None
        return str(datetime.date.fromisoformat(watermark) - datetime.timedelta(days=OVERLAP_DAYS))

    def _next_watermark(self, walk: _Walk) -> str:
        """The newest posting date seen, but never one to come, and never past a gap that `since` has left."""
        assignment = self.assignment
        watermark = assignment.watermarks.get(STREAM)
        if watermark and not assignment.full and assignment.since and assignment.since > watermark:
            return watermark
        seen = min(walk.newest, assignment.today) if walk.newest else None
        return max(filter(None, (seen, watermark)), default=assignment.since or assignment.today)

    # -- requests

    def _fetch_known(self) -> Iterator[Request]:
        """The next request for known studies that no walk has brought, if any are left."""
        left = [nct for nct in self.assignment.known if nct not in self._settled][:IDS_PER_REQUEST]
        if left:
            yield self._first_page({"filter.ids": ",".join(left)}, tuple(left))
        elif self._singly:
            nct = self._singly.pop(0)
            address = f"/studies/{nct}?" + _encoded({"format": "json", "fields": FIELDS})
            self.queries.append(address)
            yield self._request(address, self.parse_single, nct=nct)

    def _first_page(self, params: dict[str, str], asked: tuple[str, ...] = ()) -> Request:
        size = max(1, min(int(self.assignment.options.get("page_size", PAGE_SIZE)), LARGEST_PAGE_SIZE))
        rest = {"format": "json", "fields": FIELDS, "countTotal": "true", "pageSize": str(size)}
        return self._page(_Walk(params | rest, asked), None)

    def _page(self, walk: _Walk, token: str | None) -> Request:
        params = walk.params | ({"pageToken": token} if token else {})
        if token is None:
            self.queries.append(self._shown(walk.params))
        return self._request(f"/studies?{_encoded(params)}", self.parse_page, walk=walk, token=token)

    def _request(self, address: str, callback: Any, **kwargs: Any) -> Request:
        # dont_filter: an alias may redirect to a page that was visited, and must still be answered
        url = self.assignment.base_url + address
        return Request(url, callback, errback=self.unanswered, cb_kwargs=kwargs, dont_filter=True)

    @staticmethod
    def _shown(params: dict[str, str]) -> str:
        """A question as a person reads it: parameters as sent, before encoding."""
        return "/studies?" + "&".join(f"{name}={value}" for name, value in params.items())


def _numbers(record: Record) -> list[str]:
    """A study's own number, then its aliases."""
    return [value for scheme, value in record.identifiers if scheme in ("nct", "nct-alias")]


def _encoded(params: dict[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe=",:")


def _essie(term: str) -> str:
    """A term as Essie takes it: it knows no truncation; a phrase or a hyphenated name is quoted."""
    plain = term.replace('"', "").rstrip("*")
    return plain if plain.isalnum() and not plain.isupper() else f'"{plain}"'
