"""Semantic Scholar's citation graph, by the Allen Institute for AI. Off unless switched on in `watch.toml`.

What it is. The Academic Graph API: papers that cite a paper, and papers that it cites, found in full texts by machine;
with DOI, PMID, title, authors, venue and year where it knows them.

Terms and pace. Free under its licence agreement. With a key, SEMANTIC_SCHOLAR_API_KEY, one request a second; without
one all users of the world share a pool that is often used up (429), so it is off by default. It wants patience between
tries, which it gets: each pause is longer than the one before.

How it is asked. `/paper/PMID:N/citations` and `/references`, or `/paper/DOI:D/…`.

How it pages. `offset` and `limit` (1,000); `next` is the next offset, missing on the last page. It must grow.

How it says "nothing". `"data": []`; 404 with `{"error": …}` for a paper that it does not have. `"data": null` is what it
answers where a publisher withholds the references: no list, and no failure.

How it lies. A cited paper that it could not match has `"paperId": null`: counted, and no edge.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, BinaryIO

from spiders.followed import MOST_PAGES, CitationSpider, entries, read_object
from spiders.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from spiders.json_node import Node, UnexpectedValue
from store.citing import Answered, BareWork, Edge, Work
from store.errors import BadAnswer
from store.records import Reject

SOURCE = "semantic_scholar"
PAGE_SIZE = 1000
FIELDS = "externalIds,title,authors,venue,year"
#: what is asked for -> the key under which an entry has the paper
_PAPERS = {"citations": "citingPaper", "references": "citedPaper"}


class SemanticScholarSpider(CitationSpider):
    """Edges and bare works of Semantic Scholar; `assignment.options`: `page_size`, 1 to 1,000."""

    name = SOURCE
    asks_by = ("pubmed", "doi", "s2")

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """BareWorks and Rejects of a saved page, which does not say whose citations it lists. Raises BadAnswer."""
        node = read_object(SOURCE, answer if isinstance(answer, bytes) else answer.read())
        what = "citations" if any("citingPaper" in one.value for one in _nodes(node)) else "references"
        return (one for one in _papers(node, what) if one is not None)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """A page of citations or references."""
        return head.lstrip()[:1] == b"{" and (b'"citingPaper"' in head or b'"citedPaper"' in head)

    async def ask(self, work: Work) -> AsyncIterator[Any]:
        counts: list[int] = []
        for what in _PAPERS:
            came = 0
            async for page in self._pages(work, what):
                came += len(page)
                for found in page:
                    if found is None:
                        continue
                    yield found
                    if isinstance(found, BareWork):
                        ends = (found.id, work.id) if what == "citations" else (work.id, found.id)
                        yield Edge(*ends, SOURCE, not work.asked_before)
            counts.append(came)
        yield Answered(work.id, SOURCE, *counts)

    async def _pages(self, work: Work, what: str) -> AsyncIterator[list[BareWork | Reject | None]]:
        size = int(self.assignment.options.get("page_size", PAGE_SIZE))
        offset = 0
        key = self.assignment.api_key
        for _ in range(MOST_PAGES):
            headers = {"x-api-key": key} if key else None
            node = await self.get(
                f"/paper/{_key(work)}/{what}", headers, fields=FIELDS, offset=offset, limit=size
            )
            if node is None:
                return
            yield _papers(node, what)
            try:
                following = node.whole_number("next")
            except UnexpectedValue as unexpected:
                raise BadAnswer(SOURCE, f"not as documented: {unexpected}", work.id) from unexpected
            if following is None:
                return
            if following <= offset:
                break
            offset = following
        raise self.circle(work, offset)


def _key(work: Work) -> str:
    if pmid := work.get("pubmed"):
        return f"PMID:{pmid}"
    if doi := work.get("doi"):
        return f"DOI:{doi}"
    return str(work.get("s2"))


def _nodes(node: Node) -> list[Node]:
    if "data" in node.value and node.value["data"] is None:
        return []
    return [entry for entry in entries(SOURCE, node, "data") if isinstance(entry, Node)]


def _papers(node: Node, what: str) -> list[BareWork | Reject | None]:
    return [_paper(entry, _PAPERS[what]) for entry in _nodes(node)]


def _paper(entry: Node, key: str) -> BareWork | Reject | None:
    """The paper of an entry; None for one that has no name."""
    try:
        paper = entry.object(key)
        ids = paper.object("externalIds")
        pmid, doi = normalise_pmid(ids.text("PubMed")), normalise_doi(ids.text("DOI"))
        pmc = ids.text("PubMedCentral")
        pmcid = normalise_pmcid(f"PMC{pmc.removeprefix('PMC')}") if pmc else None
        own = paper.text("paperId")
        named = (("pubmed", pmid), ("doi", doi), ("pmcid", pmcid), ("s2", own and "".join(own.split())))
        names = tuple(f"{scheme}:{value}" for scheme, value in named if value)
        if not names:
            return None
        authors = tuple(name for one in paper.objects("authors") if (name := one.text("name")))
        title, year, venue = paper.text("title"), paper.whole_number("year"), paper.text("venue")
        return BareWork(names[0], SOURCE, names, title, authors, year, venue)
    except UnexpectedValue as unexpected:
        return Reject(SOURCE, None, "not as documented", str(unexpected))
