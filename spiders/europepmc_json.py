"""Europe PMC: one result of a search with `resultType=core` -> a Record, purely.

Names as in the service's reference (Europe PMC RESTful web service, response fields of the core type). What the record
says of itself counts: `firstPublicationDate` is the posting of a preprint's first version, `firstIndexDate` the day on
which Europe PMC first had it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spiders.feed_text import text_of
from spiders.identifiers import (
    find_nct_numbers,
    normalise_doi,
    normalise_orcid,
    normalise_pmcid,
    normalise_pmid,
)
from spiders.json_node import Node, UnexpectedValue
from spiders.pubmed_parts import NOTICE_TYPES
from store.records import Author, Heading, Notice, Publication, Record, Reject

SOURCE = "europepmc"
PREPRINT, PUBMED = "PPR", "MED"
_LONGEST = 100_000  # characters of a text that is kept
_HEADING = re.compile(r"<h\d[^>]*>(.*?)</h\d>", re.IGNORECASE | re.DOTALL)
#: "Preprint of" stands in the preprint and names the article, "Preprint in" the other way round
_TYPES = {name.lower(): meaning for name, meaning in NOTICE_TYPES.items()} | {
    "preprintof": (("update",), "affected"),
    "preprintin": (("update",), "notice"),
}
_YES = {"Y": True, "N": False}
_STATUS = {
    "retracted publication": "retracted",
    "withdrawn publication": "withdrawn",
    "preprint removal": "withdrawn",
}


def parse_result(result: object) -> Record | Reject:
    """One object of `resultList.result` -> its Record, or a Reject that says what could not be read."""
    native = None
    try:
        node = Node.of(result, "result")
        native = _native(node)
        if native is None:
            return Reject(SOURCE, None, "no id", "result.source and result.id", _start(result))
        record = _record(node, native)
    except UnexpectedValue as unexpected:
        return Reject(SOURCE, native, "not as documented", str(unexpected), _start(result))
    return record if record.title else Reject(SOURCE, native, "no title", None, _start(result))


def work_id(source: str | None, number: str | None) -> str | None:
    """The record id of a work that Europe PMC names by source and id: ("MED", "1") -> "pubmed:1"."""
    if not source or not number:
        return None
    if source == PUBMED:
        pmid = normalise_pmid(number)
        return f"pubmed:{pmid}" if pmid else None
    return f"{SOURCE}:{_joined(source, number)}"


def _joined(source: str, number: str) -> str:
    return number if number.startswith(source) else source + number


def _native(node: Node) -> str | None:
    source, number = node.text("source"), node.text("id")
    return _joined(source, number) if source and number else None


def _record(node: Node, native: str) -> Record:
    this = f"{SOURCE}:{native}"
    source = node.text("source")
    abstract = _abstract(node.text("abstractText"))
    journal = node.object("journalInfo").object("journal")
    publisher = node.object("bookOrReportDetails").text("publisher")
    doi, pmid, pmcid = (
        normalise_doi(node.text("doi")),
        normalise_pmid(node.text("pmid")),
        normalise_pmcid(node.text("pmcid")),
    )
    pubtypes = node.object("pubTypeList").texts("pubType")
    record = Record(
        this, SOURCE, "preprint" if source == PREPRINT else "article", _line(node.text("title")),
        abstract=abstract,
        venue=journal.text("medlineAbbreviation") or journal.text("title") or publisher,
        authors=[author for author in map(_author, node.object("authorList").objects("author")) if author],
        published=node.date("firstPublicationDate") or _year(node),
        entered=node.date("firstIndexDate"),
        revised=node.date("dateOfRevision"),
        url=f"https://europepmc.org/article/{source}/{node.text('id')}",
        doi=doi, pmid=pmid, pmcid=pmcid,
        nct_ids=find_nct_numbers(f"{node.text('title') or ''}\n{abstract or ''}"),
        headings=[*_pubtypes(pubtypes), *_mesh(node)],
        keywords=node.object("keywordList").texts("keyword"),
        status=next((_STATUS[name.lower()] for name in pubtypes if name.lower() in _STATUS), None),
        identifiers=[(scheme, value) for scheme, value in (("doi", doi), ("pmid", pmid), ("pmcid", pmcid)) if value],
        notices=list(_notices(node, this)),
        publication=_publication(node, journal),
    )  # fmt: skip
    if record.notices and record.kind == "preprint" and "withdrawal" in {one.kind for one in record.notices}:
        record.status = "withdrawn"
    return record


def _publication(node: Node, journal: Node) -> Publication:
    info = node.object("journalInfo")
    language = node.text("language")
    return Publication(
        journal=journal.text("title"),
        issn=journal.text("issn") or journal.text("essn"),
        volume=info.text("volume"),
        issue=info.text("issue"),
        pages=node.text("pageInfo"),
        languages=[language] if language else [],
        version=node.whole_number("versionNumber"),
        open_access=_YES.get(node.text("isOpenAccess") or ""),
        licence=node.text("license"),
        versions=[
            {"id": one.text("id"), "version": str(number) if (number := one.whole_number("versionNumber")) else None,
             "date": one.date("firstPublishDate")}
            for one in node.object("versionList").objects("version")
        ],
    )  # fmt: skip


def _line(text: str | None) -> str | None:
    return text_of(text, _LONGEST) or None if text else None


def _abstract(markup: str | None) -> str | None:
    """An abstract in HTML as text; a labelled section begins a line: "BACKGROUND: …" as PubMed's does."""
    if not markup:
        return None
    labelled = _HEADING.sub(lambda match: f"\n{match.group(1).rstrip(': ').upper()}: ", markup)
    lines = (text_of(line, _LONGEST) for line in labelled.split("\n"))
    return "\n".join(line for line in lines if line) or None


def _year(node: Node) -> str | None:
    year = node.text("pubYear")
    return year if year and re.fullmatch(r"[12]\d{3}", year) else None


def _author(node: Node) -> Author | None:
    if group := node.text("collectiveName"):
        return Author(group, collective=True)
    name = node.text("fullName")
    if not name:
        return None
    identity = node.object("authorId")
    places = node.object("authorAffiliationDetailsList").objects("authorAffiliation")
    affiliations = [place for place in (one.text("affiliation") for one in places) if place]
    return Author(
        name, node.text("lastName"), node.text("firstName"), node.text("initials"),
        normalise_orcid(identity.text("value")) if identity.text("type") == "ORCID" else None, tuple(affiliations),
    )  # fmt: skip


def _pubtypes(names: list[str]) -> Iterator[Heading]:
    for name in names:
        yield Heading("pubtype", name[:1].upper() + name[1:])


def _mesh(node: Node) -> Iterator[Heading]:
    """MeSH by name: Europe PMC gives no UIs."""
    for heading in node.object("meshHeadingList").objects("meshHeading"):
        if name := heading.text("descriptorName"):
            yield Heading("mesh", name, None, heading.text("majorTopic_YN") == "Y")


def _notices(node: Node, this: str) -> Iterator[Notice]:
    """Corrections, retractions and versions between this record and others; types that say nothing of these are left."""
    for link in node.object("commentCorrectionList").objects("commentCorrection"):
        kinds, side = _TYPES.get((link.text("type") or "").replace(" ", "").lower(), ((), "affected"))
        other = work_id(link.text("source"), link.text("id"))
        citation = link.text("reference")
        for kind in kinds:
            if side == "affected":
                yield Notice(kind, affected=this, notice=other, citation=citation)
            else:
                yield Notice(kind, affected=other, notice=this, citation=citation)


def _start(result: object) -> str:
    return str(result)[:2000]
