"""Records by PMID: asked for in batches, counted as they come, what is missing asked for once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from spiders.entrez import BATCH, Eutilities
from spiders.pubmed_xml import Known, parse, parse_new
from store.errors import BadAnswer, ServiceError, Shortfall, SourceError
from store.records import Deletion, Record, Reject, Unchanged

SOURCE = "pubmed"
Item: TypeAlias = Record | Reject | Deletion | Unchanged
_NAMED = 5  # how many missing PMIDs an error names


@dataclass(frozen=True)
class Batch:
    """What came for a batch of PMIDs, which of them did not, and why."""

    items: list[Item]
    missing: list[str]
    error: SourceError | None


class Fetcher:
    """Fetches each PMID once a run. `came` holds those that were answered for, readable or not."""

    def __init__(self, eutilities: Eutilities, read_before: Known | None = None):
        self.came: set[str] = set()
        self._eutilities = eutilities
        self._read_before = read_before
        self._strays: set[Reject | Deletion] = set()  # of no PMID that was asked for; each told once

    def missing(self, pmids: Iterable[str]) -> list[str]:
        """Those of the PMIDs that did not come yet, each once, in ascending order."""
        return sorted(set(pmids) - self.came, key=lambda pmid: (len(pmid), pmid))

    async def batches(self, pmids: Iterable[str]) -> AsyncIterator[Batch]:
        """What comes for those of the PMIDs that did not come yet, batch by batch. Raises nothing."""
        wanted = self.missing(pmids)
        for at in range(0, len(wanted), BATCH):
            yield await self._batch(wanted[at : at + BATCH])

    async def _batch(self, pmids: list[str]) -> Batch:
        items: list[Item] = []
        missing, trouble = pmids, None
        for _ in range(2):
            try:
                body = await self._eutilities.fetch(missing)
            except SourceError as error:
                trouble = error
                break
            answer, trouble = await asyncio.to_thread(_read, body, self._read_before)
            items += self._sifted(answer, set(pmids))
            missing = self.missing(pmids)
            if not missing:
                return Batch(items, [], None)
        return Batch(items, missing, _explained(trouble, len(pmids), missing))

    def _sifted(self, answer: list[Item], asked: set[str]) -> Iterator[Item]:
        """What was asked for, once each, and a Reject for what was not."""
        for item in answer:
            pmid = item.native_id if isinstance(item, Reject) else item.id.rpartition(":")[2]
            if pmid in asked:
                if pmid not in self.came:
                    self.came.add(pmid)
                    yield item
                continue
            stray = _refused(item, pmid)
            if stray not in self._strays:
                self._strays.add(stray)
                yield stray


def _refused(item: Item, pmid: str | None) -> Reject | Deletion:
    if isinstance(item, Record | Unchanged):
        return Reject(SOURCE, pmid, "not asked for", getattr(item, "title", None))
    return item


def _explained(trouble: SourceError | None, asked: int, missing: list[str]) -> SourceError:
    """The error that names what did not come: of the kind that kept it back, else a Shortfall."""
    named = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
    cause = f"{len(missing)} of {asked} records did not come: PMID {named}"
    if trouble is None:
        return Shortfall(SOURCE, f"{cause} (asked for twice)")
    return type(trouble)(SOURCE, f"{trouble.cause}; {cause}", trouble.record)


def _read(body: bytes, read_before: Known | None) -> tuple[list[Item], SourceError | None]:
    """All that can be read of an answer, and what ended it too early."""
    items: list[Item] = []
    try:
        for item in parse_new(body, read_before) if read_before else parse(body):
            items.append(item)  # one by one: those before a cut stay
    except (BadAnswer, ServiceError) as cut:
        return items, cut
    return items, None
