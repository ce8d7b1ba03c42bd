"""Europe PMC's citation network: the works that cite a work, and the works that it cites.

What it is. `/{SRC}/{id}/citations` and `/{SRC}/{id}/references` of the Europe PMC RESTful web service, of EMBL-EBI.
Edges come from the full texts and publishers' deposits that Europe PMC has, preprints included. An entry has an id in
one of Europe PMC's collections (MED is PubMed, PMC, PPR preprints, …), title, authors, journal and year. A reference
that was not matched to a record has no id: it is counted, and no edge.

Terms and pace. Free, no key. No rate is published; ten requests a second are commonly quoted: two a second here.

How it pages. By page number (`page=1` on, `pageSize` to 1,000), not by cursor. `hitCount` stands in every answer; it may
be more than is delivered, so an empty page ends as well. A page that brings nothing but what came before is a circle.

How it says "nothing". `"hitCount": 0`, with an empty list or none; 404 for a work that it does not have.

How it lies. hitCount (above). An unknown path is answered with a page of HTML, an ailing back end with an
`errorMessage` under HTTP 200: neither is an empty list.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO

from spiders.followed import MOST_PAGES, CitationSpider, entries, read_object
from spiders.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from spiders.json_node import Node, UnexpectedValue
from store.citing import Answered, BareWork, Count, Edge, Work
from store.errors import BadAnswer
from store.records import Reject

SOURCE = "europepmc_citations"
PAGE_SIZE = 1000
#: what is asked for -> the keys under which its list stands
_LISTS = {"citations": ("citationList", "citation"), "references": ("referenceList", "reference")}


class EuropePmcCitationsSpider(CitationSpider):
    """Edges and bare works of Europe PMC; `assignment.options`: `page_size`, 1 to 1,000."""

    name = SOURCE
    asks_by = ("pubmed", "europepmc", "pmcid")

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """Edges, BareWorks and Rejects of a saved page; whose it is stands in its `request`. Raises BadAnswer."""
        node = read_object(SOURCE, answer if isinstance(answer, bytes) else answer.read())
        what = "citations" if "citationList" in node.value else "references"
        try:
            asked = node.object("request")
            work = _name(asked.text("source"), asked.text("id"))
        except UnexpectedValue as unexpected:
            raise BadAnswer(SOURCE, f"not as documented: {unexpected}") from unexpected
        if work is None:
            raise BadAnswer(SOURCE, "the answer does not say whose citations these are")
        for found in _entries(node, what):
            yield from _items(work, what, found, backfill=True)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """A page of citations or references."""
        return head.lstrip()[:1] == b"{" and (b'"citationList"' in head or b'"referenceList"' in head)

    async def ask(self, work: Work) -> AsyncIterator[Any]:
        path = _path(work)
        counts: list[int | None] = []
        for what in _LISTS:
            came = 0
            async for node, found in self._pages(work, path, what):
                came += len(found)
                for one in found:
                    for item in _items(work.id, what, one, backfill=not work.asked_before):
                        yield item
                if what == "citations" and came == len(found):  # the first page
                    yield Count(work.id, SOURCE, _hits(node))
            counts.append(came)
        yield Answered(work.id, SOURCE, *counts)

    async def _pages(
        self, work: Work, path: str, what: str
    ) -> AsyncIterator[tuple[Node, list[BareWork | Reject | None]]]:
        """Each page and what it brings; a reference without an id is None."""
        size = int(self.assignment.options.get("page_size", PAGE_SIZE))
        seen: set[Any] = set()
        came = 0
        for page in range(1, MOST_PAGES + 1):
            node = await self.get(f"{path}/{what}", format="json", page=page, pageSize=size)
            if node is None or (found := _entries(node, what)) == []:
                if node is not None and page == 1:
                    yield node, []
                return
            named = {one.id for one in found if isinstance(one, BareWork)}
            if page > 1 and named and named <= seen:
                raise self.circle(work, came)
            seen |= named
            came += len(found)
            yield node, found
            if came >= _hits(node):
                return
        raise self.circle(work, came)


def _hits(node: Node) -> int:
    try:
        hits = node.whole_number("hitCount")
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not as documented: {unexpected}") from unexpected
    if hits is None or hits < 0:
        raise BadAnswer(SOURCE, "hitCount is missing: completeness is unknown")
    return hits


def _path(work: Work) -> str:
    if pmid := work.get("pubmed"):
        return f"/MED/{pmid}"
    if (own := work.get("europepmc")) and own.startswith("PPR"):
        return f"/PPR/{own}"
    if pmcid := work.get("pmcid"):
        return f"/PMC/{pmcid}"
    raise BadAnswer(SOURCE, "no id of a collection of Europe PMC", work.id)


def _entries(node: Node, what: str) -> list[BareWork | Reject | None]:
    """The works of a page. Without hits the list may be missing; with hits it must be there."""
    outer, inner = _LISTS[what]
    if _hits(node) == 0 and not node.value.get(outer):
        return []
    try:
        held = node.object(outer)
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not as documented: {unexpected}") from unexpected
    return [one if isinstance(one, Reject) else _work(one) for one in entries(SOURCE, held, inner)]


def _work(entry: Node) -> BareWork | Reject | None:
    try:
        doi = normalise_doi(entry.text("doi"))
        names = [
            name
            for name in (_name(entry.text("source"), entry.text("id")), f"doi:{doi}" if doi else None)
            if name
        ]
        if not names:
            return None
        authors = tuple(
            name.strip() for name in (entry.text("authorString") or "").rstrip(".").split(",") if name.strip()
        )
        title = (entry.text("title") or "").removesuffix(".") or None
        year = _year(entry)
        return BareWork(
            names[0], SOURCE, tuple(names), title, authors, year, entry.text("journalAbbreviation")
        )
    except UnexpectedValue as unexpected:
        native = entry.value.get("id")
        return Reject(
            SOURCE, native if isinstance(native, str) else None, "not as documented", str(unexpected)
        )


def _year(entry: Node) -> int | None:
    """The year, which comes as a number here and as text elsewhere in this service."""
    text = entry.value.get("pubYear")
    return (
        int(text)
        if isinstance(text, str) and re.fullmatch("[12][0-9]{3}", text)
        else entry.whole_number("pubYear")
    )


def _name(source: str | None, native: str | None) -> str | None:
    """The name of a work that Europe PMC calls `native` in its collection `source`."""
    if not source or not native:
        return None
    if source == "MED":
        return f"pubmed:{pmid}" if (pmid := normalise_pmid(native)) else None
    if source == "PMC":
        return f"pmcid:{pmcid}" if (pmcid := normalise_pmcid(native)) else None
    own = "".join(native.split())
    return f"europepmc:{own}" if source == "PPR" else f"europepmc:{source}:{own}"


def _items(work: str, what: str, found: BareWork | Reject | None, *, backfill: bool) -> Iterator[Any]:
    if found is None:
        return
    yield found
    if isinstance(found, BareWork):
        ends = (found.id, work) if what == "citations" else (work, found.id)
        yield Edge(*ends, SOURCE, backfill)
