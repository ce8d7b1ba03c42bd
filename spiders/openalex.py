"""OpenAlex, an open catalogue of scholarly works and who cites whom, by the non-profit OurResearch.

What it is. Works with their DOIs, PMIDs, references and citation counts, gathered from Crossref, PubMed, publishers and
the web. It has more edges than PubMed, and more mistakes: names of two works mixed up are not followed (`store.work_names`).

Terms and pace. CC0. Since February 2026 requests are paid from a daily allowance: looking up one work by its DOI or PMID
is free, a list costs a little; without a key the allowance is small. A free key goes into the environment as
OPENALEX_API_KEY and is sent in a header, so that it stands in no address. An allowance that is used up is answered with
429 and a Retry-After of hours: that is a pause (outcome `paused`), no failure, and the next run goes on with the works
that were not asked. One request a second.

How it is asked. `/works/pmid:N` or `/works/doi:D`, then `filter=cites:W…` for the citing works. The references are in
`referenced_works`, as OpenAlex's own ids; the first time they are looked up, 50 in a request, for their names. The
references of the citing works come with them and are kept too: they tell what is cited beside the followed work. What
is cited there most often is looked up in the next run.

How it pages. `cursor=*`, then `meta.next_cursor` until it is missing or a page is empty, with a key; without one cursors
are refused with 401, so by page number, which reaches 10,000 works. 100 works a page.

How it says "nothing". `"results": []` with `"count": 0`; 404 for a work that it does not have.

How it lies. `meta.count` is an estimate while works are added; a page may come again: a cursor that was seen is a circle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from spiders.followed import HOPELESS, MOST_PAGES, CitationSpider, entries, read_object
from spiders.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from spiders.json_node import Node, UnexpectedValue
from store.citing import Answered, BareWork, Count, Edge, Work
from store.errors import BadAnswer, SourceError
from store.records import Reject

SOURCE = "openalex"
PAGE_SIZE = 100
IDS_PER_REQUEST = 50
FIELDS = (
    "id,doi,ids,display_name,publication_year,primary_location,authorships,cited_by_count,referenced_works"
)


class OpenAlexSpider(CitationSpider):
    """Edges, bare works and counts of OpenAlex; `assignment.options`: `page_size`, 1 to 100."""

    name = SOURCE
    asks_by = ("openalex", "pubmed", "doi")
    pauses = True

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[Any]:
        """What a saved work, or page of works, says: BareWorks, Counts and Edges to what they cite. Raises BadAnswer."""
        node = read_object(SOURCE, answer if isinstance(answer, bytes) else answer.read())
        listed = entries(SOURCE, node, "results") if "results" in node.value else iter([node])
        for entry in listed:
            found, cited = _described(entry)
            yield found
            if isinstance(found, BareWork) and isinstance(entry, Node):
                yield from _counted(found.id, entry)
                yield from (Edge(found.id, name, SOURCE) for name in cited)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """A work or a page of works."""
        return head.lstrip()[:1] == b"{" and b"openalex.org/W" in head

    async def start(self) -> AsyncIterator[Any]:
        async for item in super().start():
            yield item
        if self.assignment.wanted and not any(isinstance(failure, HOPELESS) for failure in self.failures):
            try:
                async for found in self._look_up([f"{SOURCE}:{number}" for number in self.assignment.wanted]):
                    yield found
            except SourceError as error:
                self.failed(error)

    async def ask(self, work: Work) -> AsyncIterator[Any]:
        node = await self._get(f"/works/{_key(work)}", select=FIELDS)
        if node is None:
            yield Answered(work.id, SOURCE)
            return
        found = _work(node)
        if isinstance(found, Reject):
            raise BadAnswer(SOURCE, f"not as documented: {found.detail}", work.id)
        own = next(name for name in found.names if name.startswith("openalex:"))
        yield BareWork(work.id, SOURCE, (own,))
        for item in _counted(work.id, node):
            yield item
        came = 0
        async for page in self._citing(work, own.partition(":")[2]):
            came += len(page)
            for citing, beside in page:
                yield citing
                if isinstance(citing, BareWork):
                    yield Edge(citing.id, work.id, SOURCE, not work.asked_before)
                    for name in beside:
                        if name != own:
                            yield Edge(citing.id, name, SOURCE)
        cited = _cited(node)
        if not work.asked_before:
            async for found in self._look_up(cited):
                yield found
        for name in cited:
            yield Edge(work.id, name, SOURCE, not work.asked_before)
        yield Answered(work.id, SOURCE, came, len(cited))

    async def _citing(self, work: Work, own: str) -> AsyncIterator[list[tuple[BareWork | Reject, list[str]]]]:
        """The works that cite one, each with all that it cites, page by page."""
        size = int(self.assignment.options.get("page_size", PAGE_SIZE))
        cursor: str | None = "*"
        seen: set[str] = set()
        came = 0
        for number in range(1, MOST_PAGES + 1):
            paging: dict[str, str | int] = (
                {"cursor": cursor or "*"} if self.assignment.api_key else {"page": number}
            )
            node = await self._get(
                "/works", filter=f"cites:{own}", select=FIELDS, **{"per-page": size}, **paging
            )
            if node is None:
                raise BadAnswer(SOURCE, "404 for a list of works", work.id)
            page = [_described(one) for one in entries(SOURCE, node, "results")]
            if not page:
                return
            named = {found.id for found, _ in page if isinstance(found, BareWork)}
            if named and named <= seen:
                raise self.circle(work, came)
            seen |= named
            came += len(page)
            yield page
            cursor, count = _meta(node)
            if (cursor is None) if self.assignment.api_key else (count is not None and came >= count):
                return
        raise self.circle(work, came)

    async def _look_up(self, names: Sequence[str]) -> AsyncIterator[BareWork | Reject]:
        """The works of these names, as far as OpenAlex has them."""
        for at in range(0, len(names), IDS_PER_REQUEST):
            ids = "|".join(name.partition(":")[2] for name in names[at : at + IDS_PER_REQUEST])
            node = await self._get(
                "/works", filter=f"ids.openalex:{ids}", select=FIELDS, **{"per-page": IDS_PER_REQUEST}
            )
            if node is None:
                raise BadAnswer(SOURCE, "404 for a list of works")
            missing = set(names[at : at + IDS_PER_REQUEST])
            for found, _ in map(_described, entries(SOURCE, node, "results")):
                yield found
                missing -= set(found.names) if isinstance(found, BareWork) else set()
            for name in sorted(missing):  # merged into another, or gone: not asked for again
                yield BareWork(name, SOURCE)

    async def _get(self, path: str, **params: str | int) -> Node | None:
        key = self.assignment.api_key
        return await self.get(path, {"Authorization": f"Bearer {key}"} if key else None, **params)


def _key(work: Work) -> str:
    if own := work.get("openalex"):
        return own
    if pmid := work.get("pubmed"):
        return f"pmid:{pmid}"
    return f"doi:{work.get('doi')}"


def _work(entry: Node) -> BareWork | Reject:
    try:
        own = _own(entry.text("id"))
        ids = entry.object("ids")
        doi = normalise_doi(entry.text("doi") or ids.text("doi"))
        pmid, pmcid = normalise_pmid(ids.text("pmid")), normalise_pmcid(ids.text("pmcid"))
        if own is None:
            raise UnexpectedValue("id", "an OpenAlex id", entry.value.get("id"))
        names = [
            f"pubmed:{pmid}" if pmid else None,
            f"doi:{doi}" if doi else None,
            f"pmcid:{pmcid}" if pmcid else None,
            own,
        ]
        known = tuple(name for name in names if name)
        venue = entry.object("primary_location").object("source").text("display_name")
        authors = (one.object("author").text("display_name") for one in entry.objects("authorships"))
        return BareWork(
            known[0], SOURCE, known, entry.text("display_name"), tuple(name for name in authors if name),
            entry.whole_number("publication_year"), venue,
        )  # fmt: skip
    except UnexpectedValue as unexpected:
        native = entry.value.get("id")
        return Reject(
            SOURCE, native if isinstance(native, str) else None, "not as documented", str(unexpected)
        )


def _own(text: str | None) -> str | None:
    """ "https://openalex.org/W2107328434" -> "openalex:W2107328434"."""
    number = (text or "").rpartition("/")[2]
    return (
        f"openalex:{number}" if number[:1] == "W" and number[1:].isascii() and number[1:].isdigit() else None
    )


def _counted(work: str, entry: Node) -> Iterator[Count]:
    count = entry.value.get("cited_by_count")
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        yield Count(work, SOURCE, count)


def _described(entry: Node | Reject) -> tuple[BareWork | Reject, list[str]]:
    """A work of a list, and the names of what it cites."""
    found = entry if isinstance(entry, Reject) else _work(entry)
    return (found, _cited(entry)) if isinstance(entry, Node) and isinstance(found, BareWork) else (found, [])


def _cited(entry: Node) -> list[str]:
    """The names of what a work cites, each once. Raises BadAnswer."""
    try:
        return [name for name in dict.fromkeys(map(_own, entry.texts("referenced_works"))) if name]
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not as documented: {unexpected}") from unexpected


def _meta(node: Node) -> tuple[str | None, int | None]:
    try:
        meta = node.object("meta")
        return meta.text("next_cursor"), meta.whole_number("count")
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not as documented: {unexpected}") from unexpected
