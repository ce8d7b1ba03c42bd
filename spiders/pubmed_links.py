"""PubMed's links between records: who cites a record, and what it cites, by elink of the E-utilities.

What it is. The link names `pubmed_pubmed_citedin` and `pubmed_pubmed_refs`. They are made of the reference lists that
PubMed has, most of them from PubMed Central: partial, and without dates. Both ends are PMIDs.

Terms and pace. Those of `spiders/pubmed.py`: the same service, the same quota, the same transport (`spiders.entrez`).

How it is asked. With PMIDs of followed works, each as a parameter of its own: elink then answers with one link set for
each, while a list joined by commas would be answered with all links mixed. Two requests for BATCH works, one a link name.

How it pages. It does not: all links of an id come at once.

How it says "nothing". A link set with no LinkSetDb: the record is not cited, cites nothing that PubMed knows, or does
not exist. These are not told apart.

How it lies. `<ERROR>` inside HTTP 200, for all or inside one link set: that work is asked again in the next run. A
number of PMIDs is no count of citations: what PubMed does not have is missing from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO

from spiders.entrez import Eutilities
from spiders.entrez_answers import LinkSet, Trouble, read_links
from spiders.followed import HOPELESS, CitationSpider
from store.citing import Answered, Count, Edge, Work
from store.errors import ConfigError, Crashed, ServiceError, Shortfall, SourceError

SOURCE = "pubmed_links"
CITED_IN, REFERENCES = "pubmed_pubmed_citedin", "pubmed_pubmed_refs"
#: A much cited record has a thousand links; this keeps an answer below a megabyte.
BATCH = 50


class PubmedLinksSpider(CitationSpider):
    """Edges between PubMed records; see the head of this module."""

    name = SOURCE
    asks_by = ("pubmed",)

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """Edges and Counts of a saved elink answer. Raises BadAnswer, ServiceError."""
        try:
            sets = read_links(answer if isinstance(answer, bytes) else answer.read())
        except Trouble as trouble:
            raise trouble.kind(SOURCE, trouble.cause) from None
        for links in sets:
            yield from _items(links, backfill=True)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """An elink answer between PubMed records."""
        return b"<eLinkResult" in head and b"<DbFrom>pubmed</DbFrom>" in head

    async def start(self) -> AsyncIterator[Any]:
        works = self.assignment.works
        try:
            entrez = self.eutilities() if works else None
            for at in range(0, len(works), BATCH):
                assert entrez is not None
                async for item in self._batch(entrez, works[at : at + BATCH]):
                    yield item
        except SourceError as error:
            self.failed(error)
        except ConfigError as error:
            self.failed(Crashed(self.name, str(error).partition(": ")[2]))

    def eutilities(self) -> Eutilities:
        """The transport; tests put one in its place that does not wait."""
        return Eutilities(self.assignment)

    async def _batch(self, entrez: Eutilities, works: tuple[Work, ...]) -> AsyncIterator[Any]:
        asked = {pmid: work for work in works if (pmid := work.get("pubmed"))}
        found: dict[str, dict[str, LinkSet]] = {pmid: {} for pmid in asked}
        for name in (CITED_IN, REFERENCES):
            self.queries.append(f"elink {name} of {', '.join(asked)}")
            try:
                for links in await entrez.link(list(asked), name):
                    if links.pmid in found:
                        found[links.pmid][name] = links
            except SourceError as error:
                renamed = type(error)(self.name, error.cause, error.record)
                if isinstance(error, HOPELESS):
                    raise renamed from error
                self.failed(renamed)
                return
        for pmid, work in asked.items():
            for item in self._work(pmid, work, found[pmid]):
                yield item

    def _work(self, pmid: str, work: Work, sets: dict[str, LinkSet]) -> Iterator[Any]:
        for links in sets.values():
            yield from _items(links, backfill=not work.asked_before)
        errors = [links.error for links in sets.values() if links.error]
        if errors:
            self.failed(ServiceError(self.name, f"elink: {errors[0]}", f"pubmed:{pmid}"))
        elif len(sets) < 2:
            self.failed(Shortfall(self.name, "elink gave no link set", f"pubmed:{pmid}"))
        else:
            counts = [len(sets[name].links.get(name, ())) for name in (CITED_IN, REFERENCES)]
            yield Answered(work.id, self.name, *counts)


def _items(links: LinkSet, *, backfill: bool) -> Iterator[Any]:
    work = f"pubmed:{links.pmid}"
    for pmid in links.links.get(CITED_IN, ()):
        yield Edge(f"pubmed:{pmid}", work, SOURCE, backfill)
    for pmid in links.links.get(REFERENCES, ()):
        yield Edge(work, f"pubmed:{pmid}", SOURCE, backfill)
    if CITED_IN in links.links:
        yield Count(work, SOURCE, len(links.links[CITED_IN]))
