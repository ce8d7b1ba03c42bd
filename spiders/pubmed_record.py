"""One PubmedArticle element -> one Record, in a single walk over its children.

Each table below says which child element is read by which small function; an element that no table names is
ignored, so a new one in next year's DTD does no harm. pubmed_book.py has the tables of books.

What was decided where PubMed leaves a choice
- Title: as PubMed gives it, [translated titles] in their brackets. Where it is empty or a placeholder
  ("[Not Available]."), the vernacular title takes its place.
- Abstract: see `abstract_text`. OtherAbstract (another language, another publisher) is read only if there is no
  Abstract: the English one first.
- Identifiers come from this article's own ELocationID and PubmedData/ArticleIdList only. A DOI that PubMed marks
  ValidYN="N" is taken from neither.
- Trial registrations: those of DataBankList first, then those in title and abstract. NCT numbers go to `nct_ids`,
  other registries' to `identifiers`. Banks that are no trial registries (GENBANK, Dryad ...) are left out.
- A PMID with several versions gives a record each, in the file's order; `publication.version` tells them apart.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from spiders import pubmed_parts as parts
from spiders.identifiers import find_trial_ids, normalise_doi, normalise_pmcid, normalise_pmid
from spiders.pubmed_dates import date_of
from spiders.pubmed_draft import SOURCE, Draft, Handler, finish, inside, walk
from spiders.xml_text import clean, leaves, plain
from store.records import Record, Reference

#: DataBankName, in small letters -> scheme of the trial registry's numbers.
_REGISTRIES = {
    "clinicaltrials.gov": "nct", "isrctn": "isrctn", "eudract": "eudract", "anzctr": "actrn", "chictr": "chictr",
    "umin-ctr": "umin", "umin ctr": "umin", "jrct": "jrct", "japiccti": "japic", "jma-iia": "jma-iia",
    "drks": "drks", "irct": "irct", "ctri": "ctri", "cris": "kct", "pactr": "pactr", "tctr": "tctr",
    "ntr": "ntr", "per": "per", "rebec": "rebec", "rpcec": "rpcec", "slctr": "slctr", "lbctr": "lbctr",
}  # fmt: skip


def read_article(node: etree._Element) -> Record:
    """A PubmedArticle as a record. `pmid` and `title` are None where it has none: `pubmed_xml` rejects it then."""
    draft = Draft()
    walk(node, draft, _PUBMED_ARTICLE)
    return finish(draft)


# --- what a citation holds


def read_pmid(node: etree._Element, draft: Draft) -> None:
    pmid = normalise_pmid(node.text)
    version = node.get("Version", "")
    if pmid:
        draft.record.id = f"{SOURCE}:{pmid}"
        draft.record.pmid = pmid
        draft.record.url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    draft.publication.version = int(version) if version.isascii() and version.isdigit() else None


def _citation(node: etree._Element, draft: Draft) -> None:
    draft.publication.medline_status = node.get("Status")
    draft.publication.indexing_method = node.get("IndexingMethod")
    walk(node, draft, _MEDLINE_CITATION)


def read_title(node: etree._Element, draft: Draft) -> None:
    draft.record.title = clean(node) or None


def read_vernacular_title(node: etree._Element, draft: Draft) -> None:
    draft.publication.vernacular_title = clean(node) or None


def read_abstract(node: etree._Element, draft: Draft) -> None:
    draft.record.abstract = parts.abstract_text(node)


def _other_abstract(node: etree._Element, draft: Draft) -> None:
    if text := parts.abstract_text(node):
        draft.other_abstracts.setdefault(node.get("Language", "eng"), text)


def read_authors(node: etree._Element, draft: Draft) -> None:
    draft.record.authors += parts.authors(node)


def read_language(node: etree._Element, draft: Draft) -> None:
    draft.publication.languages.append(plain(node).lower())  # "ENG" in some records of 2015


def _journal(node: etree._Element, draft: Draft) -> None:
    names = leaves(node)
    draft.publication.journal = names.get("Title")
    draft.publication.issn = names.get("ISSN")
    draft.record.venue = names.get("ISOAbbreviation") or names.get("Title")
    walk(node, draft, _JOURNAL)


def _issue(node: etree._Element, draft: Draft) -> None:
    numbers = leaves(node)
    draft.publication.volume = numbers.get("Volume")
    draft.publication.issue = numbers.get("Issue")
    walk(node, draft, _JOURNAL_ISSUE)


def _short_journal(node: etree._Element, draft: Draft) -> None:
    draft.record.venue = leaves(node).get("MedlineTA") or draft.record.venue


def read_pages(node: etree._Element, draft: Draft) -> None:
    pages = leaves(node)
    limits = "-".join(filter(None, (pages.get("StartPage"), pages.get("EndPage"))))
    draft.publication.pages = pages.get("MedlinePgn") or limits or None


def read_date(node: etree._Element, draft: Draft, *, event: str) -> None:
    if date := date_of(node):
        draft.publication.history[event] = date


def read_revised(node: etree._Element, draft: Draft) -> None:
    draft.record.revised = date_of(node)


def read_history(node: etree._Element, draft: Draft) -> None:
    for child in node:
        if event := child.get("PubStatus"):
            read_date(child, draft, event=event)


# --- identifiers


def read_location_id(node: etree._Element, draft: Draft) -> None:
    kind, value = node.get("EIdType"), node.text
    if node.get("ValidYN") == "N":
        if kind == "doi" and (doi := normalise_doi(value)):
            draft.refused_dois.add(doi)
        return
    _add_identifier(kind, value, draft)


def read_article_ids(node: etree._Element, draft: Draft) -> None:
    for child in node:
        _add_identifier(child.get("IdType"), child.text, draft)


def _add_identifier(kind: str | None, text: str | None, draft: Draft) -> None:
    value: str | None = (text or "").strip()
    if kind == "doi":
        value = normalise_doi(value)
    elif kind in ("pmc", "pmcid"):
        kind, value = "pmcid", normalise_pmcid(value)
    if kind and kind != "pubmed" and value:
        draft.record.identifiers.append((kind, value))


def _data_bank(node: etree._Element, draft: Draft) -> None:
    scheme = _REGISTRIES.get(leaves(node).get("DataBankName", "").lower())
    if scheme:
        for accession in filter(None, map(clean, node.iter("AccessionNumber"))):
            found = find_trial_ids(accession) or find_trial_ids(f"{scheme} {accession}")
            draft.trial_ids += found or [(f"{scheme}-as-given", accession)]


# --- terms, money, links to other works


def read_publication_type(node: etree._Element, draft: Draft) -> None:
    draft.record.headings.append(parts.publication_type(node))


def _mesh_headings(node: etree._Element, draft: Draft) -> None:
    draft.record.headings += parts.mesh_headings(node)


def _substance(node: etree._Element, draft: Draft) -> None:
    if (heading := parts.substance(node)) not in draft.record.headings:
        draft.record.headings.append(heading)


def read_keyword(node: etree._Element, draft: Draft) -> None:
    if (keyword := clean(node)) and keyword not in draft.record.keywords:
        draft.record.keywords.append(keyword)


def read_grant(node: etree._Element, draft: Draft) -> None:
    draft.publication.grants.append(parts.grant(node))


def _link(node: etree._Element, draft: Draft) -> None:
    for link in parts.linked_works(node, this=draft.record.id):
        if isinstance(link, Reference):
            draft.cited.append(link)
        else:
            draft.record.notices.append(link)


def read_references(node: etree._Element, draft: Draft) -> None:
    draft.record.references += parts.references(node)


# --- which element is read by which function


_JOURNAL_ISSUE: dict[object, Handler] = {"PubDate": partial(read_date, event="issue")}
_JOURNAL: dict[object, Handler] = {"JournalIssue": _issue}
_ARTICLE: dict[object, Handler] = {
    "Journal": _journal,
    "ArticleTitle": read_title,
    "VernacularTitle": read_vernacular_title,
    "Pagination": read_pages,
    "ELocationID": read_location_id,
    "Abstract": read_abstract,
    "AuthorList": read_authors,
    "Language": read_language,
    "DataBankList": inside({"DataBank": _data_bank}),
    "GrantList": inside({"Grant": read_grant}),
    "PublicationTypeList": inside({"PublicationType": read_publication_type}),
    "ArticleDate": partial(read_date, event="electronic"),
}
_MEDLINE_CITATION: dict[object, Handler] = {
    "PMID": read_pmid,
    "DateCompleted": partial(read_date, event="completed"),
    "DateRevised": read_revised,
    "Article": inside(_ARTICLE),
    "MedlineJournalInfo": _short_journal,
    "ChemicalList": inside({"Chemical": inside({"NameOfSubstance": _substance})}),
    "SupplMeshList": inside({"SupplMeshName": _substance}),
    "CommentsCorrectionsList": inside({"CommentsCorrections": _link}),
    "MeshHeadingList": _mesh_headings,
    "OtherAbstract": _other_abstract,
    "KeywordList": inside({"Keyword": read_keyword}),
}
_PUBMED_ARTICLE: dict[object, Handler] = {
    "MedlineCitation": _citation,
    "PubmedData": inside(
        {
            "History": read_history,
            "ArticleIdList": read_article_ids,
            "ReferenceList": read_references,
        }
    ),
}
