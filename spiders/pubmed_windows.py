"""Windows on PubMed that are small enough to be listed: by date, and a single full day by PMID.

esearch lists no more than its first 9,999 hits and gives no way to the rest, so a window with more is halved until
every part has fewer. Parts come in ascending order, are disjoint and cover the whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from spiders.entrez_answers import Found
from store.errors import RateLimited, ServiceError, Shortfall, SourceError, Unreachable

SOURCE = "pubmed"
#: Before the creation date of every record: those older than the field have the date of their publication.
FIRST_DAY = date(1800, 1, 1)
#: PMIDs have up to eight digits.
LAST_PMID = 99_999_999
#: Where trying another window is of no use.
HOPELESS = (Unreachable, RateLimited)


@dataclass(frozen=True, slots=True)
class Window:
    """Days `first` to `last` (both within) of a date field, and of these days PMIDs `low` to `high`.

    `field`: crdt (created in PubMed), lr (last revised) or mhda (MeSH terms added).
    """

    field: str
    first: date
    last: date
    low: int = 1
    high: int = LAST_PMID

    def __str__(self) -> str:
        """As a search term."""
        days = f"{self.first:%Y/%m/%d}:{self.last:%Y/%m/%d}[{self.field}]"
        whole = self.low == 1 and self.high == LAST_PMID
        return days if whole else f"{days} AND {self.low}:{self.high}[UID]"

    @property
    def ends_its_day(self) -> bool:
        """Whether the last day is complete with this window and those before it."""
        return self.high == LAST_PMID

    def halves(self) -> tuple[Window, Window] | None:
        """Two windows that are this one together; None for a single PMID on a single day."""
        if self.first < self.last:
            middle = self.first + (self.last - self.first) // 2
            return replace(self, last=middle), replace(self, first=middle + timedelta(days=1))
        if self.low < self.high:
            between = (self.low + self.high) // 2
            return replace(self, high=between), replace(self, low=between + 1)
        return None


async def leaves(
    window: Window, search: Callable[[Window], Awaitable[Found]], cap: int
) -> AsyncIterator[tuple[Window, Found | SourceError]]:
    """The parts of `window` that hold at most `cap` records, in order, each with what a search of it found.

    A part that cannot be had comes with its error instead, and the others still come. Raises the error where the
    others would fail as well: unreachable, rate limited.
    """
    waiting = [(window, await _found(search, window))]
    while waiting:
        part, found = waiting.pop()
        if isinstance(found, SourceError) or found.count <= cap:
            yield part, found
        elif (halves := part.halves()) is None:
            yield part, ServiceError(SOURCE, f"reports {found.count} records for one PMID on one day: {part}")
        else:
            parts = [(half, await _found(search, half)) for half in halves]
            if error := _mistake(part, found.count, [each for _, each in parts]):
                yield part, error
            if not isinstance(error, ServiceError):
                waiting += reversed(parts)


async def _found(search: Callable[[Window], Awaitable[Found]], window: Window) -> Found | SourceError:
    try:
        return await search(window)
    except HOPELESS:
        raise
    except SourceError as error:
        return error


def _mistake(window: Window, whole: int, halves: list[Found | SourceError]) -> SourceError | None:
    """What is wrong if the counts of two halves cannot be those of one whole.

    Shortfall: some records are in neither, though what is found can be read. ServiceError: both hold as much as the
    whole, so the service ignores dates or PMIDs, and halving on would never end.
    """
    counts = [found.count for found in halves if isinstance(found, Found)]
    if len(counts) < len(halves):
        return None  # one of them failed, and says so itself
    if sum(counts) < whole:
        return Shortfall(
            SOURCE, f"{whole} records in {window}, but {whole - sum(counts)} fewer in its halves"
        )
    if min(counts) >= whole:
        return ServiceError(SOURCE, f"{whole} records in {window}, and as many in each of its halves")
    return None
