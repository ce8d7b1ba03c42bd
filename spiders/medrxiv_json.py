"""medRxiv: rows of `details` (each one version of a preprint) -> one Record a preprint, purely.

Fields by the API's own page (https://api.biorxiv.org): doi, title, authors ("Family, G.; …"), date (of this version),
version, type, license, category, abstract, published, server.

- The highest version is the record; the others stand in `publication.versions`. A record's id is "medrxiv:" and the DOI.
- `published` is the article's DOI or the word "NA": a notice "update" from the preprint to the article.
- A withdrawal is a version of its own. It is told by its type, by "WITHDRAWN" before the title, or by an abstract that is
  nothing but the statement; none of the three is documented.
- Answers seen by others have numbers as text and as numbers: both are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from spiders.identifiers import find_nct_numbers, normalise_doi
from spiders.json_node import BrokenJson, Node, UnexpectedValue, documents, whole_elements
from spiders.marked_text import one_line, paragraphs, small_number
from store.errors import BadAnswer, ServiceError
from store.records import Author, Notice, Publication, Record, Reject

SOURCE = "medrxiv"
_PAYLOAD_CHARACTERS = 2000
_WITHDRAWN_TITLE = re.compile(r"\[?withdrawn\b", re.IGNORECASE)
_WITHDRAWN_TEXT = re.compile(
    r"(?:withdrawal statement|(?:the|all) authors? (?:has|have) withdrawn|this (?:manuscript|preprint|article) has been withdrawn)",
    re.IGNORECASE,
)
_RECOGNISED = re.compile(rb'"messages"\s*:\s*\[|"collection"\s*:\s*\[')


@dataclass(frozen=True, slots=True)
class Version:
    """One row: what it is recognised and matched by, and the rest of it."""

    doi: str
    number: int
    date: str | None
    text: str  # title, abstract and category, to look for words in
    category: str
    node: Node


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `total`: what the service says the whole interval holds, None where it does not say."""

    rows: list[Any]
    total: int | None


def read_page(body: bytes) -> Page:
    """The page in an answer; without rows where it says "no posts found". Raises BadAnswer, ServiceError."""
    found = list(documents(SOURCE, body))
    if len(found) > 1:
        raise BadAnswer(SOURCE, "more than one JSON document in an answer")
    return _page(found[0])


def read_saved(body: bytes) -> Iterator[Record | Reject]:
    """The preprints of saved pages, their versions merged. Raises as `read_page`; what stood before the damage has come."""
    rows: list[Any] = []
    damage: BadAnswer | None = None
    try:
        for document in documents(SOURCE, body):
            rows += _page(document).rows
    except BrokenJson as broken:
        rows += whole_elements(broken.rest, "collection")
        damage = broken
    except (BadAnswer, ServiceError) as error:
        yield from merged(rows)
        raise error
    yield from merged(rows)
    if damage:
        raise damage


def merged(rows: Iterable[object]) -> Iterator[Record | Reject]:
    """Rows -> one Record for each DOI, and a Reject for each row that cannot be read."""
    by_doi: dict[str, list[Version]] = {}
    for row in rows:
        version = version_of(row)
        if isinstance(version, Reject):
            yield version
        else:
            by_doi.setdefault(version.doi, []).append(version)
    yield from map(preprint, by_doi.values())


def version_of(row: object) -> Version | Reject:
    """One row, or why it cannot be read."""
    doi = None
    try:
        node = Node.of(row)
        doi = normalise_doi(node.text("doi"))
        number = small_number(node.value.get("version"), "version")
        title, abstract = node.text("title"), node.text("abstract")
        if not doi or not title:
            return _reject(row, doi, "no DOI" if not doi else "no title", node.text("doi"))
        category = (node.text("category") or "").casefold()
        return Version(doi, number or 1, node.date("date"), f"{title}\n{abstract or ''}", category, node)
    except UnexpectedValue as unexpected:
        return _reject(row, doi, "not as documented", str(unexpected))


def preprint(versions: list[Version]) -> Record | Reject:
    """The versions of one preprint -> its Record."""
    ordered = sorted({one.number: one for one in versions}.values(), key=lambda one: one.number)
    last = ordered[-1]
    try:
        return _record(ordered, last.node)
    except UnexpectedValue as unexpected:
        return _reject(last.node.value, last.doi, "not as documented", str(unexpected))


def _record(versions: list[Version], node: Node) -> Record:
    last, this = versions[-1], f"{SOURCE}:{versions[-1].doi}"
    title, abstract = one_line(node.text("title")), paragraphs(node.markup("abstract"))
    withdrawn = is_withdrawn(node)
    category = node.text("category")
    dates = [one.date for one in versions if one.date]
    notices = []
    if withdrawn:
        notices.append(Notice("withdrawal", this, None, "medRxiv: preprint withdrawn", last.date))
    published = [normalise_doi(one.node.text("published")) for one in versions]
    if article := next((doi for doi in reversed(published) if doi and doi != last.doi), None):
        notices.append(Notice("update", this, f"doi:{article}"))
    return Record(
        id=this,
        source=SOURCE,
        kind="preprint",
        title=title,
        abstract=abstract,
        venue="medRxiv",
        authors=list(_authors(node.text("authors"))),
        published=min(dates, default=None),
        entered=min(dates, default=None),
        revised=last.date,
        url=f"https://www.medrxiv.org/content/{last.doi}v{last.number}" if re.fullmatch(r"[\w./()-]+", last.doi) else None,
        doi=last.doi,
        nct_ids=find_nct_numbers("\n".join(filter(None, (title, abstract)))),
        keywords=[category] if category else [],
        status="withdrawn" if withdrawn else None,
        identifiers=[("doi", last.doi)],
        notices=notices,
        publication=Publication(
            journal="medRxiv",
            version=last.number,
            open_access=True,  # every text there is free to read; the licence says what else is allowed
            licence=node.text("license"),
            versions=[{"id": f"{one.doi}v{one.number}", "version": str(one.number), "date": one.date} for one in versions],
        ),
    )  # fmt: skip


def is_withdrawn(node: Node) -> bool:
    """Whether a row is a withdrawal."""
    title, abstract = node.text("title") or "", node.text("abstract") or ""
    return (
        "withdraw" in (node.text("type") or "").casefold()
        or bool(_WITHDRAWN_TITLE.match(title))
        or bool(_WITHDRAWN_TEXT.match(abstract))
    )


def looks_like_answer(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an answer of `details/medrxiv`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] != b"{" or not _RECOGNISED.search(start):
        return False
    return (
        b"no posts found" in start
        or re.search(rb'"server"\s*:\s*"medrxiv"', start, re.IGNORECASE) is not None
    )


def _authors(text: str | None) -> Iterator[Author]:
    for part in (text or "").split(";"):
        family, _, given = (half.strip() for half in part.partition(","))
        if family:
            letters = "".join(re.findall(r"\b[^\W\d_]", given)).upper()
            yield Author(f"{family} {letters}".strip(), family, given or None, letters or None)


def _page(document: Any) -> Page:
    try:
        page = Node.of(document, "answer")
        rows = page.value.get("collection")
        messages = page.objects("messages")
        status = messages[0].text("status") if messages else None
        if status and status.casefold() == "no posts found":
            return Page([], None)
        if not isinstance(rows, list) or not messages:
            if status:
                raise ServiceError(SOURCE, f"says: {status[:200]}")
            raise UnexpectedValue("answer", "messages and collection", document)
        return Page(rows, small_number(messages[0].value.get("total"), "answer.messages[0].total"))
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not a page of preprints: {unexpected}") from unexpected


def _reject(row: object, doi: str | None, reason: str, detail: str | None) -> Reject:
    try:
        payload = json.dumps(row)[:_PAYLOAD_CHARACTERS]
    except RecursionError:  # nested beyond what can be shown
        payload = None
    return Reject(SOURCE, doi, reason, detail, payload)
