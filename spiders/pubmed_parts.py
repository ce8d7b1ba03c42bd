"""The parts of a PubMed record, each from its own XML element: authors, headings, references, notices, grants."""

from __future__ import annotations

from typing import Literal

from lxml import etree

from spiders.identifiers import find_dois, normalise_doi, normalise_orcid, normalise_pmid
from spiders.pubmed_dates import cited_date
from spiders.xml_text import clean, leaves, plain
from store.records import Author, Heading, Notice, Reference

#: Labels that PubMed gives to paragraphs that have none.
_NO_LABEL = frozenset({"", "UNLABELLED", "UNASSIGNED"})

#: RefType -> the notices it states, and which side of them this record is ("affected", or the "notice" itself).
#: Retracted-and-republished is both a retraction and a republication. Types that say nothing of a record's
#: standing are left out: SummaryForPatientsIn, OriginalReportIn, ReprintIn/Of, AssociatedDataset, AssociatedPublication.
NOTICE_TYPES: dict[str, tuple[tuple[str, ...], Literal["affected", "notice"]]] = {
    "RetractionIn": (("retraction",), "affected"),
    "RetractionOf": (("retraction",), "notice"),
    "PartialRetractionIn": (("partial-retraction",), "affected"),
    "PartialRetractionOf": (("partial-retraction",), "notice"),
    "RetractedandRepublishedIn": (("retraction", "republication"), "affected"),
    "RetractedandRepublishedFrom": (("retraction", "republication"), "notice"),
    "RetractionandRepublicationIn": (("retraction", "republication"), "affected"),
    "RetractionandRepublicationOf": (("retraction", "republication"), "notice"),
    "ExpressionOfConcernIn": (("expression-of-concern",), "affected"),
    "ExpressionOfConcernFor": (("expression-of-concern",), "notice"),
    "ErratumIn": (("correction",), "affected"),
    "ErratumFor": (("correction",), "notice"),
    "CorrectedandRepublishedIn": (("republication",), "affected"),
    "CorrectedandRepublishedFrom": (("republication",), "notice"),
    "RepublishedIn": (("republication",), "affected"),
    "RepublishedFrom": (("republication",), "notice"),
    "UpdateIn": (("update",), "affected"),
    "UpdateOf": (("update",), "notice"),
    "CommentIn": (("comment",), "affected"),
    "CommentOn": (("comment",), "notice"),
}


def authors(author_list: etree._Element) -> list[Author]:
    """The authors of an AuthorList in order; those PubMed marks as wrongly spelt (ValidYN="N") left out."""
    read = (_author(node) for node in author_list if node.tag == "Author" and node.get("ValidYN") != "N")
    return [author for author in read if author]


def _author(node: etree._Element) -> Author | None:
    """A person as "Feder A" (LastName Initials Suffix) or a group; None for an element without a name."""
    family = given = initials = suffix = group = orcid = None
    affiliations: list[str] = []
    for child in node.iter():
        tag = child.tag
        if tag == "LastName":
            family = plain(child) or None
        elif tag == "ForeName":
            given = plain(child) or None
        elif tag == "Initials":
            initials = plain(child) or None
        elif tag == "Affiliation":
            affiliations.append(clean(child))
        elif tag == "Identifier":
            if child.get("Source") == "ORCID":
                orcid = orcid or normalise_orcid(child.text)
        elif tag == "CollectiveName":
            group = clean(child)
        elif tag == "Suffix":
            suffix = clean(child)
    name = group or " ".join(part for part in (family, initials or given, suffix) if part)
    if not name:
        return None
    return Author(name, family, given, initials, orcid, tuple(filter(None, affiliations)), bool(group))


def abstract_text(abstract: etree._Element) -> str | None:
    """The paragraphs of an Abstract, one a line, "LABEL: text" where PubMed labels them; None if all are empty.

    The label is the author's own (`Label`), not NLM's category of it. The copyright line is not part of it.
    """
    paragraphs = []
    for node in abstract:
        if node.tag == "AbstractText" and (text := clean(node)):
            label = " ".join((node.get("Label") or "").split())
            paragraphs.append(text if label in _NO_LABEL else f"{label}: {text}")
    return "\n".join(paragraphs) or None


def publication_type(node: etree._Element) -> Heading:
    """A PublicationType with its MeSH UI (D016449: Randomized Controlled Trial)."""
    return Heading("pubtype", plain(node), node.get("UI"))


def substance(node: etree._Element) -> Heading:
    """A NameOfSubstance or SupplMeshName. Esketamine is supplementary concept C000629870: it comes only here."""
    return Heading("substance", plain(node), node.get("UI"))


def mesh_headings(heading_list: etree._Element) -> list[Heading]:
    """A MeshHeadingList: each descriptor, whether it is itself a major topic, and the qualifiers that follow it."""
    found: list[tuple[str, str | None, bool, list[tuple[str | None, str, bool]]]] = []
    for node in heading_list.iter("DescriptorName", "QualifierName"):
        name, ui, major = plain(node), node.get("UI"), node.get("MajorTopicYN") == "Y"
        if node.tag == "DescriptorName":
            found.append((name, ui, major, []))
        elif found:
            found[-1][3].append((ui, name, major))
    return [
        Heading("mesh", name, ui, major, tuple(qualifiers)) for name, ui, major, qualifiers in found if name
    ]


def references(reference_list: etree._Element) -> list[Reference]:
    """The works of a ReferenceList and of the lists inside it: by PMID (0 is none), else by DOI, else as text only."""
    found: list[Reference] = []
    citation = pmid = doi = None
    # backwards, so that what a Reference holds is known when we come to it; of two ids of a kind the first counts
    for node in reversed(list(reference_list.iter("Reference", "Citation", "ArticleId"))):
        tag = node.tag
        if tag == "Citation":
            citation = clean(node) or None
        elif tag == "Reference":
            found.append(Reference("cites", _work(pmid, doi, citation), citation))
            citation = pmid = doi = None
        elif (kind := node.get("IdType")) == "pubmed":
            pmid = normalise_pmid(node.text) or pmid
        elif kind == "doi":
            doi = normalise_doi(node.text) or doi
    found.reverse()
    return found


def _work(pmid: str | None, doi: str | None, citation: str | None) -> str | None:
    """The record id of a cited work. A DOI in the citation's text counts if it is the only one there."""
    if pmid:
        return f"pubmed:{pmid}"
    if not doi and citation and "10." in citation:
        in_text = find_dois(citation)
        doi = in_text[0] if len(in_text) == 1 else None
    return f"doi:{doi}" if doi else None


def linked_works(node: etree._Element, this: str) -> list[Reference | Notice]:
    """What a CommentsCorrections element says: a work cited (old style), or notices between it and `this` record id.

    The date of a notice published elsewhere is read from its citation; if this record is the notice, its date is
    the record's own and is left None here.
    """
    parts = leaves(node)
    source = parts.get("RefSource")
    work = _work(normalise_pmid(parts.get("PMID")), None, source)
    ref_type = node.get("RefType") or ""
    if ref_type == "Cites":
        return [Reference("cites", work, source)]
    kinds, side = NOTICE_TYPES.get(ref_type, ((), "affected"))
    citation = f"{source} ({parts['Note']})" if source and "Note" in parts else source
    if side == "notice":
        return [Notice(kind, affected=work, notice=this, citation=citation) for kind in kinds]
    date = cited_date(source)
    return [Notice(kind, affected=this, notice=work, citation=citation, date=date) for kind in kinds]


def grant(node: etree._Element) -> dict[str, str | None]:
    """A Grant as {"id", "acronym", "agency", "country"}."""
    parts = leaves(node)
    return {
        "id": parts.get("GrantID"),
        "acronym": parts.get("Acronym"),
        "agency": parts.get("Agency"),
        "country": parts.get("Country"),
    }
