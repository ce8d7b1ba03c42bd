"""iCite: how often PubMed articles are cited, and how often for their field, by the US National Institutes of Health.

What it is. Counts from the NIH Open Citation Collection: `citation_count`, and the Relative Citation Ratio (RCR), which
is 1 for the median NIH-funded article of the same field and year; with `nih_percentile`, citations a year, the
approximate potential to translate (`apt`), and whether the article is a clinical one.

Terms and pace. Free, no key, public domain. No rate is published; the numbers are renewed monthly: one request a second.

How it is asked. `/pubs?pmids=a,b,…`, up to 1,000 PMIDs; BATCH here, which keeps an address short.

How it pages. It does not: what was asked for comes at once.

How it says "nothing". A PMID that it does not have, mostly one of the last weeks, is missing from `data`: no failure,
and no count of zero. Its own zero is `"citation_count": 0`.

How it lies. RCR and percentile are null for new articles, and the RCR is provisional in the first years.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO

from spiders.followed import HOPELESS, CitationSpider, entries, read_object
from spiders.identifiers import normalise_pmid
from spiders.json_node import Node
from store.citing import Answered, Count, Work
from store.errors import BadAnswer, SourceError
from store.records import Reject

SOURCE = "icite"
BATCH = 100
#: what else is kept, as iCite names it
DETAILS = ("relative_citation_ratio", "nih_percentile", "citations_per_year", "apt", "is_clinical")


class ICiteSpider(CitationSpider):
    """Counts of iCite; see the head of this module."""

    name = SOURCE
    asks_by = ("pubmed",)

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """Counts and Rejects of a saved answer. Raises BadAnswer."""
        return _counts(read_object(SOURCE, answer if isinstance(answer, bytes) else answer.read()))

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """An answer of /pubs."""
        return head.lstrip()[:1] == b"{" and b'"relative_citation_ratio"' in head

    async def start(self) -> AsyncIterator[Any]:
        works = self.assignment.works
        for at in range(0, len(works), BATCH):
            try:
                for item in await self._batch(works[at : at + BATCH]):
                    yield item
            except SourceError as error:
                self.failed(error)
                if isinstance(error, HOPELESS):
                    return

    async def _batch(self, works: tuple[Work, ...]) -> list[Any]:
        asked = {f"pubmed:{pmid}": work for work in works if (pmid := work.get("pubmed"))}
        node = await self.get("/pubs", pmids=",".join(name.partition(":")[2] for name in asked))
        if node is None:
            raise BadAnswer(SOURCE, "404 for a list of PMIDs")
        found = list(_counts(node))
        strays = [item for item in found if isinstance(item, Count) and item.work not in asked]
        items = [item for item in found if item not in strays]
        items += [Reject(SOURCE, item.work.partition(":")[2], "not asked for") for item in strays]
        return items + [Answered(work.id, SOURCE) for work in asked.values()]


def _counts(node: Node) -> Iterator[Count | Reject]:
    for entry in entries(SOURCE, node, "data"):
        yield entry if isinstance(entry, Reject) else _count(entry)


def _count(entry: Node) -> Count | Reject:
    native, count = entry.value.get("pmid"), entry.value.get("citation_count")
    pmid = (
        normalise_pmid(str(native))
        if isinstance(native, int | str) and not isinstance(native, bool)
        else None
    )
    if pmid is None or not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return Reject(
            SOURCE,
            pmid,
            "not as documented",
            f"{entry.path}: pmid {native!r:.40}, citation_count {count!r:.40}",
        )
    kept = ((name, entry.value.get(name)) for name in DETAILS)
    return Count(
        f"pubmed:{pmid}", SOURCE, count, tuple((name, value) for name, value in kept if _is_plain(value))
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)
