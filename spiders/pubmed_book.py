"""One PubmedBookArticle element (a book or a chapter of NCBI Bookshelf) -> one Record of kind "article".

A chapter has a title of its own and stands in its book: `venue` is the book's title, `published` the date it was
contributed. A whole book has the book's title, its publisher as venue, its DOI and ISBN among the identifiers.
Authors are the chapter's, else the book's; editors are named in the book only. `publication.book` holds what the
source gives of: title, publisher, place, edition, volume, volume_title, collection, isbn, medium, report_number,
accession (NBK...), published, beginning and ending (of a book that grows), editors.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from spiders import pubmed_record as pubmed
from spiders.pubmed_dates import date_of
from spiders.pubmed_draft import Draft, Handler, finish, inside, walk
from spiders.pubmed_parts import authors
from spiders.xml_text import clean
from store.records import Author, Record

_BOOK_TEXTS = {
    "BookTitle": "title",
    "Volume": "volume",
    "VolumeTitle": "volume_title",
    "Edition": "edition",
    "CollectionTitle": "collection",
    "Medium": "medium",
    "ReportNumber": "report_number",
}
_PUBLISHER_TEXTS = {"PublisherName": "publisher", "PublisherLocation": "place"}
_BOOK_DATES = {"PubDate": "published", "BeginningDate": "beginning", "EndingDate": "ending"}


def read_book(node: etree._Element) -> Record:
    """A PubmedBookArticle as a record. `pmid` and `title` are None where it has none: `pubmed_xml` rejects it then."""
    draft = Draft()
    walk(node, draft, _PUBMED_BOOK_ARTICLE)
    book = node.find("BookDocument/Book")
    if book is not None:
        _settle_book(book, draft)
    return finish(draft)


def _settle_book(node: etree._Element, draft: Draft) -> None:
    """What the book says, for the record of one of its chapters or of the whole."""
    record = draft.record
    book = draft.publication.book = _describe(node)
    record.authors = record.authors or _people(node, editors=False)
    is_chapter = bool(record.title or draft.publication.vernacular_title)
    if is_chapter:
        record.venue = book.get("title")
    else:
        record.title, record.venue = book.get("title"), book.get("publisher")
        for location in node.iterchildren("ELocationID"):
            pubmed.read_location_id(location, draft)
        record.identifiers += [("isbn", clean(isbn)) for isbn in node.iterchildren("Isbn") if clean(isbn)]
    book["accession"] = next(
        (value for scheme, value in record.identifiers if scheme == "bookaccession"), None
    )
    record.published = draft.publication.history.get("contributed") or book.get("published")


def _describe(node: etree._Element) -> dict[str, str | None]:
    book = _texts(node, _BOOK_TEXTS)
    for publisher in node.iterchildren("Publisher"):
        book |= _texts(publisher, _PUBLISHER_TEXTS)
    for child in node:
        if child.tag in _BOOK_DATES and (date := date_of(child)):
            book[_BOOK_DATES[str(child.tag)]] = date
    if isbns := [clean(child) for child in node.iterchildren("Isbn")]:
        book["isbn"] = "; ".join(isbns)
    if editors := _people(node, editors=True):
        book["editors"] = "; ".join(editor.name for editor in editors)
    return book


def _texts(node: etree._Element, names: dict[str, str]) -> dict[str, str | None]:
    return {names[str(child.tag)]: text for child in node if child.tag in names and (text := clean(child))}


def _people(node: etree._Element, *, editors: bool) -> list[Author]:
    lists = (each for each in node.iterchildren("AuthorList") if (each.get("Type") == "editors") is editors)
    return [person for each in lists for person in authors(each)]


def _chapter_authors(node: etree._Element, draft: Draft) -> None:
    if node.get("Type") != "editors":
        pubmed.read_authors(node, draft)


_BOOK_DOCUMENT: dict[object, Handler] = {
    "PMID": pubmed.read_pmid,
    "ArticleIdList": pubmed.read_article_ids,
    "ArticleTitle": pubmed.read_title,
    "VernacularTitle": pubmed.read_vernacular_title,
    "Pagination": pubmed.read_pages,
    "Language": pubmed.read_language,
    "AuthorList": _chapter_authors,
    "PublicationType": pubmed.read_publication_type,
    "Abstract": pubmed.read_abstract,
    "KeywordList": inside({"Keyword": pubmed.read_keyword}),
    "ContributionDate": partial(pubmed.read_date, event="contributed"),
    "DateRevised": pubmed.read_revised,
    "GrantList": inside({"Grant": pubmed.read_grant}),
    "ReferenceList": pubmed.read_references,
}
_PUBMED_BOOK_ARTICLE: dict[object, Handler] = {
    "BookDocument": inside(_BOOK_DOCUMENT),
    "PubmedBookData": inside({"History": pubmed.read_history, "ArticleIdList": pubmed.read_article_ids}),
}
