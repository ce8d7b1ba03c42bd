"""Feeds of journals, agencies and newsrooms: what is said of ketamine before, and beside, what is indexed.

What it is. RSS, RDF and Atom feeds that publishers make for readers: the newest 10 to 100 entries of a journal, of the
FDA's announcements, of a newsroom, of a search saved at PubMed. The list is `[feeds]` of `watch.toml`. A feed is a
nudge, not the record: it forgets what is a few weeks old, and PubMed's own go by the date that misses late entries. An
entry that names a work by DOI, PMID or PII is that work's; one that names none is kept as it is, as an article in a
journal's feed, else as news.

Terms and pace. Made to be polled by anybody; text beyond title and summary is the publisher's and is not asked for.
One request for each feed a run, one a second over all feeds, with the validators (ETag, Last-Modified) that the feed
itself gave, so that an unchanged one costs a line. 30 seconds and 8 MB an answer, packed or unpacked.

How it pages. It does not. The watermark of a feed ("stream" of its name) holds its validators, and what they were asked
for: with another address or another topic the whole feed is read again. `--full` and `--since` read it whole too.

How it says "nothing". HTTP 304, or a feed without entries of the topic. A page of HTML, an empty body, an answer that
breaks off or any other status is a failure, named with the feed's name; the other feeds are read all the same, and the
source's outcome is that of the first that failed. A feed whose newest entry is older than `stale_days` is called stale
in the query log: a journal may rest, but most often such a feed was left behind at its old address.

How it lies. Redirects are followed by hand: to http(s) only, and never to this machine or into a private network.
Names, dates and markup: see `feed_entries` and `feed_text`.

What is asked. Nothing: a feed has no query. The topic's drug terms are looked for here, in title, summary and keywords;
entries without one are counted in the query log and not kept. A feed marked `everything` is a search of its own.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.feed_entries import SOURCE, Feed, Reading, looks_like_feed, read_feed
from spiders.public_address import may_answer, refusal
from spiders.topic import Topic
from store.errors import BadAnswer, SourceError
from store.records import Checkpoint, Record, Reject

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
LARGEST_ANSWER = 8 * 1024 * 1024
SECONDS = 30
STALE_DAYS = 120
_OR = " OR "
_VALIDATORS = {"etag": ("ETag", "If-None-Match"), "modified": ("Last-Modified", "If-Modified-Since")}
_ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"


class FeedSpider(WatchSpider):
    """`assignment.options`: `feeds`, the fields of a `Feed` each; `stale_days`. A `base_url` stands for all their
    addresses: a feed is then asked for below it, by its name.
    """

    name = SOURCE
    custom_settings = {  # noqa: RUF012
        "DOWNLOAD_MAXSIZE": LARGEST_ANSWER,
        "DOWNLOAD_TIMEOUT": SECONDS,
        "REDIRECT_ENABLED": False,  # followed here, to where it is safe
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
    }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.feeds = [Feed(**fields) for fields in self.assignment.options.get("feeds", [])]
        self._words = _pattern(self.assignment.query)

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The drugs' terms; an entry is of the topic if it holds one of them as a word."""
        return _OR.join(topic.text_terms(topic.drugs))

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Record | Reject]:
        """A saved feed -> all its entries, of whatever topic: a person chose the file.

        Raises BadAnswer, after everything that stands before the damage.
        """
        reading = read_feed(answer if isinstance(answer, bytes) else answer.read())
        yield from reading.items
        if reading.damage:
            raise reading.damage

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        return looks_like_feed(head)

    async def start(self) -> AsyncIterator[Request]:
        for feed in self.feeds:
            yield self._request(feed, self._address(feed), hops=0)

    async def parse_feed(self, response: Response, feed: Feed, hops: int) -> AsyncIterator[Any]:
        """One feed's answer: its entries and its new validators, or why there are none."""
        if response.status in REDIRECTS:
            if request := await self._redirected(response, feed, hops):
                yield request
        elif wrong := self._wrong(response, feed):
            self._failed(feed, wrong)
        elif response.status == 304:
            self.queries.append(f"{feed.name}: not changed")
            yield Checkpoint(feed.name, self.assignment.watermarks[feed.name], 0, 0)
        else:
            for item in self._read(response, feed):
                yield item

    def unanswered(self, failure: Failure) -> None:
        """What came instead of an answer, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self._failed(request.cb_kwargs["feed"], unanswered.named(self.name, request.url, failure.value))

    # -- answers

    def _wrong(self, response: Response, feed: Feed) -> SourceError | None:
        """Why an answer is none."""
        ip = response.ip_address
        if (
            ip is not None
            and "proxy" not in response.meta
            and response.meta["hops"]
            and not may_answer(ip, self._is_here(feed))
        ):
            return BadAnswer(self.name, f"redirected to a private address ({ip}): not read", response.url)
        if response.status == 304:
            asked = (
                feed.name in self.assignment.watermarks
                and response.request
                and _conditional(response.request)
            )
            return (
                None if asked else BadAnswer(self.name, "HTTP 304 to an unconditional request", response.url)
            )
        return unanswered.from_status(self.name, response) if response.status != 200 else None

    def _read(self, response: Response, feed: Feed) -> Iterator[Any]:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            reading = read_feed(
                response.body, feed, url=response.url, content_type=content_type, today=self.assignment.today
            )
        except BadAnswer as error:
            self._failed(feed, BadAnswer(self.name, error.cause, response.url))
            return
        items = [item for item in reading.items if feed.everything or self._is_of_topic(item)]
        self.queries.append(self._told(feed, reading, len(items)))
        yield from items
        if reading.damage:
            self._failed(feed, BadAnswer(self.name, reading.damage.cause, response.url))
        else:
            yield Checkpoint(feed.name, self._validators(response, feed), len(items), len(items))

    def _is_of_topic(self, item: Record | Reject) -> bool:
        if isinstance(item, Reject):  # without a title; whether it would have been of the topic nobody knows
            return True
        return any(
            self._words.search(text) for text in (item.title or "", item.abstract or "", *item.keywords)
        )

    def _told(self, feed: Feed, reading: Reading, kept: int) -> str:
        told = f"{feed.name}: {len(reading.items)} entries, {kept} of the topic, newest {reading.newest or 'undated'}"
        oldest = datetime.date.fromisoformat(self.assignment.today) - datetime.timedelta(
            days=self._stale_days
        )
        if reading.newest and reading.newest < oldest.isoformat()[: len(reading.newest)]:
            told += f": stale, nothing for {self._stale_days} days"
            self.logger.warning("%s: %s", self.name, told)
        return told

    @property
    def _stale_days(self) -> int:
        return int(self.assignment.options.get("stale_days", STALE_DAYS))

    def _failed(self, feed: Feed, error: SourceError) -> None:
        self.failed(type(error)(error.source, f"{feed.name}: {error.cause}", error.record))

    # -- requests

    def _address(self, feed: Feed) -> str:
        return f"{self.assignment.base_url}/{feed.name}" if self.assignment.base_url else feed.url

    def _is_here(self, feed: Feed) -> bool:
        return urlsplit(self._address(feed)).hostname in ("127.0.0.1", "::1", "localhost")

    def _request(self, feed: Feed, url: str, hops: int) -> Request:
        if not hops:
            self.queries.append(f"{feed.name}: GET {url}")
        headers = {"Accept": _ACCEPT} | self._conditions(feed)
        return Request(
            url,
            self.parse_feed,
            errback=self.unanswered,
            headers=headers,
            cb_kwargs={"feed": feed, "hops": hops},
            meta={"hops": hops},
            dont_filter=True,
        )

    async def _redirected(self, response: Response, feed: Feed, hops: int) -> Request | None:
        location = (response.headers.get("Location") or b"").decode("utf-8", "replace")
        target = urljoin(response.url, location.strip())
        why = await asyncio.to_thread(refusal, target, self._is_here(feed)) if location else "no address"
        if hops >= MOST_REDIRECTS:
            why = f"the {MOST_REDIRECTS + 1}th in a row"
        if why:
            self._failed(
                feed,
                BadAnswer(self.name, f"a redirect that is not followed, to {target!r}: {why}", response.url),
            )
            return None
        if response.status in (301, 308):
            self.queries.append(f"{feed.name}: moved for good to {target}")
        return self._request(feed, target, hops + 1)

    # -- validators

    def _conditions(self, feed: Feed) -> dict[str, str]:
        """The headers that ask for a feed only if it changed since its last answer was saved."""
        if self.assignment.full or self.assignment.since:
            return {}
        try:
            kept = json.loads(self.assignment.watermarks.get(feed.name, "{}"))
        except ValueError:
            return {}
        if kept.get("for") != self._purpose(feed):
            return {}
        return {asks: kept[name] for name, (_, asks) in _VALIDATORS.items() if kept.get(name)}

    def _validators(self, response: Response, feed: Feed) -> str:
        given = {name: response.headers.get(header) for name, (header, _) in _VALIDATORS.items()}
        kept = {name: value.decode("latin-1")[:500] for name, value in given.items() if value}
        return json.dumps({"for": self._purpose(feed), **kept})

    def _purpose(self, feed: Feed) -> str:
        """What validators were got for: another address or another topic makes them worthless."""
        asked = "\n".join((self._address(feed), "everything" if feed.everything else self.assignment.query))
        return hashlib.sha256(asked.encode()).hexdigest()[:12]


def _conditional(request: Request) -> bool:
    return any(asks in request.headers for _, asks in _VALIDATORS.values())


def _pattern(query: str) -> re.Pattern[str]:
    """The terms as words: "ketamine" stands in "S-ketamine" and not in "esketamine"; a final * is any ending."""
    words = (
        re.escape(term.rstrip("*")) + (r"\w*" if term.endswith("*") else "") for term in query.split(_OR)
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
