"""What every spider shares: its assignment, and one way to say what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar

import scrapy
from scrapy.crawler import Crawler
from scrapy.utils.misc import load_object

from spiders.pace import Patience
from spiders.topic import Topic
from store.citing import Work
from store.errors import SourceError


@dataclass(frozen=True)
class Assignment:
    """What one run asks of one source. Made by the run, so that a spider reads no config, clock or database.

    `query`: the topic in this source's own language. `base_url`: ends without a slash.
    `today`, `since`: ISO dates; `since` is None for "where the watermark is".
    `watermarks`: stream -> value, as the spider's own checkpoints left them.
    `known`: native ids to fetch again (`crawl --full`), else empty.
    `wanted`: native ids of candidates, to fetch because a followed work leads to them.
    `unpublished`: native ids of known preprints for which no article is known, nor a withdrawal.
    `works`: of a citation source, the followed works to ask about, in this order.
    `dois`: those of the records that other sources brought, for a source that looks up works by DOI (see
    `WatchSpider.wants_dois`), else empty.
    `read_before`: given what a parser names some bytes by (`Record.reading`), the id of the record that the database holds
    just so, which need not be parsed; None of any other.
    `interval`: least seconds between two requests to this service, over all processes of the machine.
    """

    query: str
    base_url: str
    today: str
    email: str = ""
    tool: str = "ketamine-watch"
    api_key: str | None = field(default=None, repr=False)
    since: str | None = None
    full: bool = False
    watermarks: dict[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    unpublished: tuple[str, ...] = ()
    works: tuple[Work, ...] = ()
    dois: tuple[str, ...] = ()
    read_before: Callable[[str], str | None] | None = field(default=None, repr=False, compare=False)
    interval: float = 1.0
    patience: Patience = field(default_factory=Patience)
    options: dict[str, Any] = field(default_factory=dict)


class WatchSpider(scrapy.Spider):
    """A spider that yields `Record`, `Reject`, `Deletion` and, after what they cover, `Checkpoint`.

    Errors that end a source are reported by `failed`; the run reads `failures` and names the outcome.
    """

    #: what a saved answer of this source holds: "records", or "citations" (who cites whom, how often)
    brings: ClassVar[str] = "records"
    #: of a source of citations: the kinds of names by one of which it knows a work ("pubmed", "doi"), the best first
    asks_by: ClassVar[tuple[str, ...]] = ()
    #: native query, filters and dates as sent, one line each: kept in `crawls.query` for search logs
    queries: list[str]
    #: whether assignments are to carry the DOIs of other sources' records
    wants_dois = False

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.assignment = assignment
        self.failures: list[SourceError] = []
        self.queries = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> WatchSpider:
        """Take the assignment given, or (under plain `scrapy crawl`) ask the project's settings for one."""
        if "assignment" not in kwargs:
            make = load_object(crawler.settings["ASSIGNMENT_FACTORY"])
            kwargs["assignment"] = make(cls.name, crawler.settings)
        spider = super().from_crawler(crawler, *args, **kwargs)
        assert isinstance(spider, WatchSpider)
        return spider

    def failed(self, error: SourceError) -> None:
        """Keep an error for the run's outcome, and say it once in the log."""
        self.failures.append(error)
        self.logger.error("%s", error)

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The topic in this source's own query language."""
        raise NotImplementedError

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """Saved answer (whole, or open for reading) -> Records, Rejects and Deletions, purely. `load FILE` uses it.

        Raises BadAnswer, after everything that stands before the damage.
        """
        raise NotImplementedError

    @classmethod
    def parse_new(cls, answer: bytes | BinaryIO, read_before: Callable[[str], str | None]) -> Iterable[Any]:
        """`parse_answer`, with an Unchanged for each record whose bytes were read before (see `Assignment`)."""
        return cls.parse_answer(answer)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Whether a saved file that begins with `head` (4 kB) is an answer of this source."""
        return False
