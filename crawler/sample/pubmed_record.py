"""An article of the catalogue as PubMed's XML: one `<PubmedArticle>`, or `<PubmedBookArticle>` for what stands in
Bookshelf, elements in the order of the 2025 DTD.

What the catalogue does not say is left out where the DTD allows it. Where it does not, PubMed's own default stands:
the language `und`, the registry number `0`, an empty `MedlinePgn`, the publication type Journal Article. The forms of
a journal (print, internet) are attributes that must be there; they are the same for all and mean nothing.
"""

from __future__ import annotations

import calendar
import re

from lxml import etree

from crawler.sample.catalogue_records import Article, Book
from crawler.sample.pubmed_index import entry_date
from crawler.sample.words import fit_for_xml

HEAD = (
    b'<?xml version="1.0" ?>\n'
    b'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
#: AbstractText/@NlmCategory is one of these; labels of other words are UNASSIGNED
_CATEGORIES = ("BACKGROUND", "OBJECTIVE", "METHODS", "RESULTS", "CONCLUSIONS")
_INLINE = re.compile(r"&lt;(/?(?:b|i|sup|sub|u))&gt;")
_Element = etree._Element


def article_set(records: list[bytes]) -> bytes:
    """A whole efetch answer of records as `article_xml` gives them."""
    return HEAD + b"<PubmedArticleSet>\n" + b"".join(records) + b"</PubmedArticleSet>"


def article_xml(article: Article) -> bytes:
    """One record, in ASCII with hexadecimal character references, as PubMed writes it."""
    root = etree.Element("PubmedBookArticle" if article.book else "PubmedArticle")
    if article.book:
        _book_document(_add(root, "BookDocument"), article, article.book)
        _data(_add(root, "PubmedBookData"), article)
    else:
        _citation(root, article)
        _data(_add(root, "PubmedData"), article)
    text = etree.tostring(root, encoding="unicode")
    return re.sub(r"[^\x00-\x7f]", lambda match: f"&#x{ord(match[0]):x};", text).encode("ascii")


def medline_status(article: Article) -> str:
    """The status it has, else what its indexing makes likely: the attribute must be there."""
    return article.status or ("MEDLINE" if article.mesh else "PubMed-not-MEDLINE")


def _citation(root: _Element, article: Article) -> None:
    citation = _add(root, "MedlineCitation", Status=medline_status(article))
    if article.indexing_method:
        citation.set("IndexingMethod", article.indexing_method)
    citation.set("Owner", "NLM")
    _add(citation, "PMID", article.pmid, Version="1")
    if article.mesh_date:
        _date(_add(citation, "DateCompleted"), article.mesh_date)
    if article.revised:
        _date(_add(citation, "DateRevised"), article.revised)
    _article(_add(citation, "Article", PubModel="Print"), article)
    journal = article.journal_abbreviation or article.journal
    _add(_add(citation, "MedlineJournalInfo"), "MedlineTA", journal or "")
    _substances(citation, article)
    _comments_corrections(citation, article)
    _mesh(citation, article)
    if article.keywords:
        keywords = _add(citation, "KeywordList", Owner="NOTNLM")
        for keyword in article.keywords:
            _add_inline(keywords, "Keyword", keyword, MajorTopicYN="N")


def _book_document(document: _Element, article: Article, book: Book) -> None:
    _add(document, "PMID", article.pmid, Version="1")
    _add(_add(document, "ArticleIdList"), "ArticleId", book.accession, IdType="bookaccession")
    element = _add(document, "Book")
    publisher = _add(element, "Publisher")
    _add(publisher, "PublisherName", book.publisher)
    if book.place:
        _add(publisher, "PublisherLocation", book.place)
    _add_inline(element, "BookTitle", book.title or article.title)
    _pub_date(element, article)
    if not book.title:
        _authors(element, article)
    if book.isbn:
        _add(element, "Isbn", book.isbn)
    if article.doi and not book.title:
        _add(element, "ELocationID", article.doi, EIdType="doi")
    _add(element, "Medium", "Internet")
    if book.title:
        _add_inline(document, "ArticleTitle", article.title)
    for language in article.languages or ["und"]:
        _add(document, "Language", language)
    if book.title:
        _authors(document, article)
    for ui, name in article.publication_types:
        _add(document, "PublicationType", name, UI=ui)
    _abstract(document, article)
    for name, date in (("ContributionDate", book.contributed), ("DateRevised", article.revised)):
        if date:
            _date(_add(document, name), date)


def _article(element: _Element, article: Article) -> None:
    _journal(_add(element, "Journal"), article)
    _add_inline(element, "ArticleTitle", article.title)
    _pagination(_add(element, "Pagination"), article.pages)
    if article.doi:
        _add(element, "ELocationID", article.doi, EIdType="doi", ValidYN="Y")
    _abstract(element, article)
    _authors(element, article)
    for language in article.languages or ["und"]:
        _add(element, "Language", language)
    if article.nct:
        bank = _add(_add(element, "DataBankList", CompleteYN="Y"), "DataBank")
        _add(bank, "DataBankName", "ClinicalTrials.gov")
        numbers = _add(bank, "AccessionNumberList")
        for number in article.nct:
            _add(numbers, "AccessionNumber", number)
    types = _add(element, "PublicationTypeList")
    for ui, name in article.publication_types or [("D016428", "Journal Article")]:
        _add(types, "PublicationType", name, UI=ui)
    if article.vernacular_title:
        _add(element, "VernacularTitle", article.vernacular_title)


def _journal(element: _Element, article: Article) -> None:
    if article.issn:
        _add(element, "ISSN", article.issn, IssnType="Electronic")
    issue = _add(element, "JournalIssue", CitedMedium="Internet")
    if article.volume:
        _add(issue, "Volume", article.volume)
    if article.issue:
        _add(issue, "Issue", article.issue)
    _pub_date(issue, article)
    if article.journal:
        _add(element, "Title", article.journal)
    if article.journal_abbreviation:
        _add(element, "ISOAbbreviation", article.journal_abbreviation)


def _pub_date(parent: _Element, article: Article) -> None:
    date = _add(parent, "PubDate")
    if article.published:
        year, *rest = article.published.split("-")
        _add(date, "Year", year)
        if rest:
            _add(date, "Month", calendar.month_abbr[int(rest[0])])
        if len(rest) > 1:
            _add(date, "Day", rest[1])
    else:
        _add(date, "MedlineDate", article.medline_date or "")


def _pagination(element: _Element, pages: str | None) -> None:
    match = re.fullmatch(r"(\d+)-(\d+)", pages or "")
    if match:
        first, last = match.groups()
        _add(element, "StartPage", first)
        _add(element, "EndPage", first[: len(first) - len(last)] + last)  # 1134-42 ends on 1142
    elif pages:
        _add(element, "StartPage", pages)
    _add(element, "MedlinePgn", pages or "")


def _abstract(element: _Element, article: Article) -> None:
    sections = [(str(label), str(text)) for label, text in article.abstract_sections]
    if not sections and not article.abstract:
        return
    abstract = _add(element, "Abstract")
    if article.abstract:
        _add_inline(abstract, "AbstractText", article.abstract)
    for label, text in sections:
        category = label if label in _CATEGORIES else "UNASSIGNED"
        _add_inline(abstract, "AbstractText", text, Label=label, NlmCategory=category)


def _authors(element: _Element, article: Article) -> None:
    if not article.authors:
        return
    kind = {"Type": "authors"} if article.book else {}
    authors = _add(
        element, "AuthorList", **kind, CompleteYN="N" if article.authors_complete is False else "Y"
    )
    for family, given, initials in article.authors:
        author = _add(authors, "Author", ValidYN="Y")
        if not family:
            _add(author, "CollectiveName", initials)
            continue
        _add(author, "LastName", family)
        if given:
            _add(author, "ForeName", given)
        if initials:
            _add(author, "Initials", initials)


def _substances(citation: _Element, article: Article) -> None:
    if article.substances:
        chemicals = _add(citation, "ChemicalList")
        for ui, name in article.substances:
            chemical = _add(chemicals, "Chemical")
            _add(chemical, "RegistryNumber", "0")
            _add(chemical, "NameOfSubstance", name, UI=ui)


def _comments_corrections(citation: _Element, article: Article) -> None:
    if article.comments_corrections:
        notices = _add(citation, "CommentsCorrectionsList")
        for kind, pmid, source in article.comments_corrections:
            notice = _add(notices, "CommentsCorrections", RefType=kind)
            _add(notice, "RefSource", source)
            if pmid:
                _add(notice, "PMID", pmid, Version="1")


def _mesh(citation: _Element, article: Article) -> None:
    if article.mesh:
        headings = _add(citation, "MeshHeadingList")
        for ui, name, major, qualifiers in article.mesh:
            heading = _add(headings, "MeshHeading")
            _add(heading, "DescriptorName", name, UI=ui, MajorTopicYN=_yes(major))
            for qualifier_ui, qualifier, qualifier_major in qualifiers:
                yes = _yes(qualifier_major)
                _add(heading, "QualifierName", qualifier, UI=qualifier_ui, MajorTopicYN=yes)


def _data(element: _Element, article: Article) -> None:
    history = _add(element, "History")
    dates = {"pubmed": entry_date(article), "medline": article.mesh_date, "entrez": article.entered}
    for status, date in dates.items():
        if date:
            point = _add(history, "PubMedPubDate", PubStatus=status)
            for name, number in zip(("Year", "Month", "Day"), date.split("-"), strict=False):
                _add(point, name, number.lstrip("0"))
            _add(point, "Hour", "6")
            _add(point, "Minute", "0")
    _add(element, "PublicationStatus", "ppublish")
    ids = _add(element, "ArticleIdList")
    for kind, value in (("pubmed", article.pmid), ("pmc", article.pmcid), ("doi", article.doi)):
        if value:
            _add(ids, "ArticleId", value, IdType=kind)
    if article.references and not article.book:
        references = _add(element, "ReferenceList")
        for pmid, citation in article.references:
            reference = _add(references, "Reference")
            _add(reference, "Citation", citation)
            if pmid:
                _add(_add(reference, "ArticleIdList"), "ArticleId", pmid, IdType="pubmed")


def _date(element: _Element, date: str) -> None:
    for name, number in zip(("Year", "Month", "Day"), date.split("-"), strict=False):
        _add(element, name, number)


def _add(parent: _Element, tag: str, text: str | None = None, **attributes: str) -> _Element:
    element = etree.SubElement(parent, tag, attributes)
    if text:
        element.text = fit_for_xml(text)
    return element


def _add_inline(parent: _Element, tag: str, text: str, **attributes: str) -> None:
    """An element whose text may hold PubMed's inline markup (<i>, <sup> …); markup that is none stays text."""
    plain = fit_for_xml(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = _INLINE.sub(r"<\1>", plain)
    try:
        element = etree.fromstring(f"<{tag}>{marked}</{tag}>")
    except etree.XMLSyntaxError:  # a tag without its other half
        element = etree.fromstring(f"<{tag}>{plain}</{tag}>")
    for name, value in attributes.items():
        element.set(name, value)
    parent.append(element)


def _yes(flag: bool) -> str:
    return "Y" if flag else "N"
