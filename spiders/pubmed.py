"""PubMed, the index of the biomedical literature kept by the US National Library of Medicine (NLM).

What it is. Some 40 million records of articles, books and their notices: bibliography, abstract, and, months later for
those in MEDLINE, indexers' headings and publication types. Read by the E-utilities (esearch, efetch) through
`spiders.entrez`; the XML by `spiders.pubmed_xml`.

Terms and pace. Free. NLM asks for `tool` and `email` in every request, for no more than 3 requests a second from one
address, or 10 with a key, whoever on the machine sends them, and for jobs of more than some 100 requests (a first
crawl is one) at night: 21:00 to 05:00 US Eastern, or weekends. Abstracts may be under their publishers' copyright.

How it pages. It does not, usefully: esearch lists the first 9,999 PMIDs of an answer and no more, 20 unless told
otherwise. So a search is cut into windows of days (`spiders.pubmed_windows`), and the PMIDs it lists are fetched in
batches of 200. The history server is not used: its sessions end without notice.

Two streams, each with the last day searched as its watermark:
- "new" searches the date of creation in PubMed (crdt), not edat, which is the publication date for what was added
  late. The first run goes through all days from the beginning, and each window that is complete moves the watermark:
  an interrupted first run goes on where it was.
- "changed" searches the dates of revision (lr) and of MeSH indexing (mhda). Its watermark is set to today when a first
  run begins, for all that is fetched from then on is as of that day or later. NLM warns that maintenance may leave
  the date of revision as it was: `crawl --full` goes through all days and then fetches every known PMID that no search
  listed; one that efetch does not give twice and a search by PMID does not list is reported as deleted.
Every window begins some days before the watermark (OVERLAP). A window that failed, or came short, moves nothing, nor
do those after it, but they are read. `--since` replaces the watermarks for one run, and moves them only if it reads at
least what the run would have read without it: a gap would be forgotten otherwise.

How it says "nothing". `<Count>0</Count>` with an empty list, often with "No items found." in a WarningList.

How it lies. Errors come as HTTP 200 (see `spiders.entrez_answers`). A phrase it does not know is dropped or taken
apart with no more than a warning, which is logged and kept with the query. efetch of an id that is none answers with
PMID 1; what was not asked for is rejected. An answer may hold fewer records than were asked for, or be cut: what is
missing is asked for once more, and named if it does not come.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO

from spiders.base import WatchSpider
from spiders.entrez import CAP, Eutilities
from spiders.entrez_answers import Found
from spiders.pubmed_fetch import Fetcher
from spiders.pubmed_windows import FIRST_DAY, HOPELESS, Window, leaves
from spiders.pubmed_xml import parse, parse_new
from spiders.topic import Topic, Watched
from store.citing import BareWork, Candidate
from store.errors import BadAnswer, ConfigError, Crashed, ServiceError, Shortfall, SourceError
from store.records import Checkpoint, Deletion, Record

NEW, CHANGED = "new", "changed"
#: Records become searchable days after the date they bear: PubMed is not updated on some days and held back around
#: the year's end, and its days are those of US Eastern time. Two weeks are a few batches, which come unchanged.
OVERLAP = timedelta(days=14)


@dataclass
class _Tally:
    """What the windows of a stream brought since its last checkpoint; `whole` until one of them failed."""

    reported: int = 0
    fetched: int = 0
    whole: bool = True


class PubmedSpider(WatchSpider):
    """Yields the records of PubMed; see the head of this module."""

    name = "pubmed"
    cap = CAP

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.warnings: list[str] = []  # what PubMed did not understand of a query, each once

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """Drugs and indications, each searched as words of title, abstract and keywords, as MeSH and as substance.

        Words too, since headings come months after the record (PubMed User Guide: search field tags).
        """
        return " AND ".join(
            f"({' OR '.join(terms)})"
            for watched in (topic.drugs, topic.indications)
            if (terms := _search_terms(topic, watched))
        )

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """Records, Rejects and Deletions of a saved PubmedArticleSet. Raises BadAnswer, ServiceError."""
        return parse(answer)

    @classmethod
    def parse_new(cls, answer: bytes | BinaryIO, read_before: Callable[[str], str | None]) -> Iterable[Any]:
        return parse_new(answer, read_before)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """PubMed's XML, as efetch gives it or as in NLM's files."""
        return re.search(rb"<(?:!DOCTYPE\s+)?Pubmed(?:Book)?Article(?:Set)?\b", head) is not None

    async def start(self) -> AsyncIterator[Any]:
        """Everything of one run. A SourceError ends it (Scrapy would only log it); what was read stays."""
        try:
            self._entrez = self.eutilities()
            self._fetcher = Fetcher(self._entrez, self.assignment.read_before)
            async for item in self._everything():
                yield item
        except SourceError as error:
            self.failed(error)
        except ConfigError as error:
            self.failed(Crashed(self.name, str(error).removeprefix(f"{self.name}: ")))

    def eutilities(self) -> Eutilities:
        """The transport; tests put one in its place that does not wait."""
        return Eutilities(self.assignment)

    async def _everything(self) -> AsyncIterator[Any]:
        given = self.assignment
        first_run = not given.since and not given.watermarks
        if first_run:
            yield Checkpoint(CHANGED, given.today, 0, 0)
        async for item in self._stream(NEW, ("crdt",)):
            yield item
        if not first_run:
            async for item in self._stream(CHANGED, ("lr", "mhda")):
                yield item
        if given.full:
            async for item in self._known():
                yield item
        async for item in self._wanted():
            yield item

    # -- a stream, window by window

    async def _stream(self, stream: str, fields: Sequence[str]) -> AsyncIterator[Any]:
        first, moves = self._begin(stream)
        last = date.fromisoformat(self.assignment.today)
        mark = self.assignment.watermarks.get(stream, "")
        tally = _Tally()
        for field in fields:
            async for window, found in leaves(Window(field, first, last), self._search, self.cap):
                async for item in self._window(window, found, tally):
                    yield item
                if moves and tally.whole and field == fields[-1] and window.ends_its_day:
                    value = max(mark, window.last.isoformat())
                    yield Checkpoint(stream, value, tally.reported, tally.fetched)
                    tally.reported = tally.fetched = 0

    def _begin(self, stream: str) -> tuple[date, bool]:
        """The first day to search, and whether the watermark may follow what is read from there."""
        given = self.assignment
        today = date.fromisoformat(given.today)
        usual = FIRST_DAY
        if mark := given.watermarks.get(stream):
            if mark > given.today:
                self.logger.warning(
                    "the watermark %r is in the future (%s): if a clock was wrong, read again with --since",
                    stream,
                    mark,
                )
            usual = min(date.fromisoformat(mark), today) - OVERLAP
        if given.since:
            since = min(date.fromisoformat(given.since), today)
            return since, since <= usual
        return (FIRST_DAY if given.full and stream == NEW else usual), True

    async def _search(self, window: Window) -> Found:
        return await self._find(f"({self.assignment.query}) AND {window}")

    async def _find(self, term: str) -> Found:
        self.queries.append(term)
        found = await self._entrez.search(term)
        for warning in found.warnings:
            if warning not in self.warnings:
                self.warnings.append(warning)
                self.queries.append(f"# PubMed on the query above: {warning}")
                self.logger.warning("PubMed on %s: %s", term, warning)
        return found

    async def _window(self, window: Window, found: Found | SourceError, tally: _Tally) -> AsyncIterator[Any]:
        """The records of a window that did not come before in this run; its failure, if any, goes to the tally."""
        if isinstance(found, SourceError):
            self._window_failed(window, found, tally)
            return
        tally.reported += found.count
        trouble: SourceError | None = None
        if len(found.pmids) != found.count:
            cause = f"esearch reports {found.count} records and lists {len(found.pmids)}"
            trouble = Shortfall(self.name, cause)
        async for batch in self._fetcher.batches(found.pmids):
            for item in batch.items:
                yield item
            if isinstance(batch.error, HOPELESS):
                raise batch.error
            trouble = trouble or batch.error
            if isinstance(batch.error, ServiceError | BadAnswer) and not batch.items:
                break  # the service is ill, not a record
        tally.fetched += len(found.pmids) - len(self._fetcher.missing(found.pmids))
        if trouble:
            self._window_failed(window, trouble, tally)

    def _window_failed(self, window: Window, error: SourceError, tally: _Tally) -> None:
        tally.whole = False
        self.failed(type(error)(error.source, error.cause, error.record or str(window)))

    # -- works that lead from followed ones

    async def _wanted(self) -> AsyncIterator[Any]:
        """Candidates that no search listed. One that PubMed does not give twice, it does not have: no failure."""
        wanted = self._fetcher.missing(self.assignment.wanted)
        if wanted:
            self.queries.append(f"# efetch of {len(wanted)} PMIDs that citations lead to")
        async for batch in self._fetcher.batches(wanted):
            for item in batch.items:
                yield Candidate(item) if isinstance(item, Record) else item
            if isinstance(batch.error, Shortfall):
                for pmid in batch.missing:
                    yield BareWork(f"{self.name}:{pmid}", self.name, examined=True)
            elif batch.error:
                raise batch.error

    # -- every known PMID (`--full`)

    async def _known(self) -> AsyncIterator[Any]:
        """What is known from earlier runs and no search of this one listed."""
        known = self._fetcher.missing(self.assignment.known)
        self.queries.append(f"# efetch of {len(known)} known PMIDs that no search listed")
        async for batch in self._fetcher.batches(known):
            for item in batch.items:
                yield item
            if isinstance(batch.error, HOPELESS):
                raise batch.error
            if batch.error:
                gone = await self._gone(batch.missing)
                for pmid in gone:
                    yield Deletion(self.name, f"{self.name}:{pmid}")
                if len(gone) < len(batch.missing):
                    self.failed(batch.error)

    async def _gone(self, missing: list[str]) -> list[str]:
        """Those of the PMIDs, not given by efetch, that a search does not list either: PubMed has deleted them.

        A PMID that did come is searched with them: an answer that does not list it is no evidence.
        """
        witness = min(self._fetcher.came, default="1")
        found = await self._find(" OR ".join(f"{pmid}[UID]" for pmid in [witness, *missing]))
        return [pmid for pmid in missing if pmid not in found.pmids] if witness in found.pmids else []


def _search_terms(topic: Topic, watched: tuple[Watched, ...]) -> list[str]:
    words = [f"{_quoted(term)}[tiab]" for term in topic.text_terms(watched)]
    mesh = [f'"{heading}"[mh]' for one in watched for heading in one.mesh]
    substances = [f'"{name}"[nm]' for one in watched for name in one.substances]
    return list(dict.fromkeys(words + mesh + substances))


def _quoted(term: str) -> str:
    """A phrase in quotation marks, lest PubMed takes it apart; a single word without."""
    return f'"{term}"' if re.search(r"[^\w*]", term) else term
