"""What esummary says of an article: the document summary, as JSON, as XML of version 2.0 and of version 1.0.

Fields and their order are those of version 2.0; version 1.0 is an older choice of them under other names. A field
that the sample knows nothing of is there and empty, as it is for most records of the real service.
"""

from __future__ import annotations

import calendar
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from crawler.sample.catalogue_records import Article
from crawler.sample.pubmed_index import entry_date
from crawler.sample.pubmed_record import medline_status
from crawler.sample.words import without_markup

HEAD_1 = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<!DOCTYPE eSummaryResult PUBLIC "-//NLM//DTD esummary v1 20041029//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20041029/esummary-v1.dtd">\n'
)
# written without a PubMed answer of version 2.0 at hand: the date of this DTD is not confirmed
HEAD_2 = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<!DOCTYPE eSummaryResult PUBLIC "-//NLM//DTD esummary pubmed 20160615//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20160615/esummary_pubmed.dtd">\n'
)
_RECORD_STATUSES = {
    "MEDLINE": "PubMed - indexed for MEDLINE",
    "In-Process": "PubMed - in process",
    "In-Data-Review": "PubMed - in process",
    "Publisher": "PubMed - as supplied by publisher",
}
_NO_DOCUMENT = "cannot get document summary"
_ID_TYPES = {"pubmed": 1, "doi": 3, "pmc": 8}
_EMPTY_TEXTS = [
    "booktitle",
    "medium",
    "edition",
    "publisherlocation",
    "publishername",
    "srcdate",
    "reportnumber",
    "availablefromurl",
    "locationlabel",
]
# JSON key -> element of version 2.0, where it is not just the key with a capital
_ELEMENTS = {
    "pubdate": "PubDate", "epubdate": "EPubDate", "lastauthor": "LastAuthor", "sorttitle": "SortTitle",
    "nlmuniqueid": "NlmUniqueID", "issn": "ISSN", "essn": "ESSN", "pubtype": "PubType", "recordstatus": "RecordStatus",
    "pubstatus": "PubStatus", "articleids": "ArticleIds", "pmcrefcount": "PmcRefCount",
    "fulljournalname": "FullJournalName", "elocationid": "ELocationID", "doctype": "DocType",
    "srccontriblist": "SrcContribList", "booktitle": "BookTitle", "publisherlocation": "PublisherLocation",
    "publishername": "PublisherName", "srcdate": "SrcDate", "reportnumber": "ReportNumber",
    "availablefromurl": "AvailableFromURL", "locationlabel": "LocationLabel", "doccontriblist": "DocContribList",
    "docdate": "DocDate", "bookname": "BookName", "sortpubdate": "SortPubDate", "sortfirstauthor": "SortFirstAuthor",
    "authtype": "AuthType", "clusterid": "ClusterID", "idtype": "IdType", "idtypen": "IdTypeN",
    "vernaculartitle": "VernacularTitle",
}  # fmt: skip
_ITEMS = {
    "authors": "Author", "lang": "string", "pubtype": "flag", "articleids": "ArticleId", "history": "PubMedPubDate",
    "attributes": "flag",
}  # fmt: skip


def summary(article: Article) -> dict[str, Any]:
    """The document summary as esummary's JSON has it."""
    authors = [
        {"name": f"{family} {initials}".strip() if family else initials,
         "authtype": "Author" if family else "CollectiveName", "clusterid": ""}
        for family, _, initials in article.authors
    ]  # fmt: skip
    title = without_markup(article.title)
    published = article.published or ""
    history = {"pubmed": entry_date(article), "medline": article.mesh_date, "entrez": article.entered}
    ids = {"pubmed": article.pmid, "doi": article.doi, "pmc": article.pmcid}
    return {
        "uid": article.pmid,
        "pubdate": _shown(published) or article.medline_date or "",
        "epubdate": "",
        "source": article.journal_abbreviation or article.journal or "",
        "authors": authors,
        "lastauthor": authors[-1]["name"] if authors else "",
        "title": title,
        "sorttitle": title.lower().rstrip("."),
        "volume": article.volume or "",
        "issue": article.issue or "",
        "pages": article.pages or "",
        "lang": list(article.languages),
        "nlmuniqueid": "",
        "issn": "",
        "essn": article.issn or "",
        "pubtype": [name for _, name in article.publication_types],
        "recordstatus": _RECORD_STATUSES.get(medline_status(article), "PubMed"),
        "pubstatus": "4",
        "articleids": [
            {"idtype": kind, "idtypen": _ID_TYPES[kind], "value": value}
            for kind, value in ids.items()
            if value
        ],
        "history": [
            {"pubstatus": status, "date": f"{date.replace('-', '/')} 06:00"}
            for status, date in history.items()
            if date
        ],
        "references": [],
        "attributes": ["Has Abstract"] if article.abstract or article.abstract_sections else [],
        "pmcrefcount": 0,
        "fulljournalname": article.journal or "",
        "elocationid": f"doi: {article.doi}" if article.doi else "",
        "doctype": "citation",
        "srccontriblist": [],
        **dict.fromkeys(_EMPTY_TEXTS, ""),
        "doccontriblist": [],
        "docdate": "",
        "bookname": "",
        "chapter": "",
        "sortpubdate": f"{(published + '-01-01')[:10].replace('-', '/')} 00:00" if published else "",
        "sortfirstauthor": authors[0]["name"] if authors else "",
        "vernaculartitle": article.vernacular_title or "",
    }


def summaries_json(found: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    """PMID -> its summary, or None if there is no such record -> the JSON answer."""
    documents = {pmid: one or {"uid": pmid, "error": _NO_DOCUMENT} for pmid, one in found.items()}
    return {"header": {"type": "esummary", "version": "0.3"}, "result": {"uids": list(found), **documents}}


def summaries_2(found: dict[str, dict[str, Any] | None]) -> str:
    """The same as XML of version 2.0."""
    documents = [
        f"<DocumentSummary uid={quoteattr(pmid)}>\n"
        + ("".join(_element(key, one[key]) for key in one if key != "uid") if one else f"\t<error>{_NO_DOCUMENT}</error>\n")
        + "</DocumentSummary>\n"
        for pmid, one in found.items()
    ]  # fmt: skip
    body = "".join(documents)
    return f'{HEAD_2}<eSummaryResult>\n<DocumentSummarySet status="OK">\n{body}</DocumentSummarySet>\n</eSummaryResult>\n'


def summaries_1(found: dict[str, dict[str, Any] | None]) -> str:
    """The same as XML of version 1.0, which is what esummary gives unless asked otherwise."""
    documents = [
        f"<DocSum>\n\t<Id>{pmid}</Id>\n{_items(one)}</DocSum>\n"
        if one
        else f"<ERROR>UID={escape(pmid)}: {_NO_DOCUMENT}</ERROR>\n"
        for pmid, one in found.items()
    ]
    return f"{HEAD_1}<eSummaryResult>\n{''.join(documents)}</eSummaryResult>\n"


def _shown(date: str) -> str:
    """ "2013-10-05" -> "2013 Oct 5"."""
    year, *rest = date.split("-")
    return " ".join(
        [year, *(calendar.month_abbr[int(month)] for month in rest[:1]), *(str(int(day)) for day in rest[1:])]
    )


def _element(key: str, value: Any) -> str:
    name = _ELEMENTS.get(key, key.capitalize())
    if not isinstance(value, list):
        return f"\t<{name}>{escape(str(value))}</{name}>\n"
    item = _ITEMS.get(key, "string")
    inner = "".join(
        f"<{item}>{''.join(_element(*pair) for pair in one.items()) if isinstance(one, dict) else escape(one)}</{item}>"
        for one in value
    )
    return f"\t<{name}>{inner}</{name}>\n"


def _items(one: dict[str, Any]) -> str:
    """A version 1.0 summary's items: (name, type, value); a list's value is its own items."""
    ids = {each["idtype"]: each["value"] for each in one["articleids"]}
    history = [(each["pubstatus"], "Date", each["date"]) for each in one["history"]]
    issue = f"({one['issue']})" if one["issue"] else ""
    pages = f":{one['pages']}" if one["pages"] else ""
    source = f"{one['pubdate']};{one['volume']}{issue}{pages}"
    items: list[tuple[str, str, Any]] = [
        ("PubDate", "Date", one["pubdate"]),
        ("EPubDate", "Date", ""),
        ("Source", "String", one["source"]),
        ("AuthorList", "List", [("Author", "String", author["name"]) for author in one["authors"]]),
        ("LastAuthor", "String", one["lastauthor"]),
        ("Title", "String", one["title"]),
        ("Volume", "String", one["volume"]),
        ("Issue", "String", one["issue"]),
        ("Pages", "String", one["pages"]),
        ("LangList", "List", [("Lang", "String", language) for language in one["lang"]]),
        ("NlmUniqueID", "String", ""),
        ("ISSN", "String", one["issn"]),
        ("ESSN", "String", one["essn"]),
        ("PubTypeList", "List", [("PubType", "String", name) for name in one["pubtype"]]),
        ("RecordStatus", "String", one["recordstatus"]),
        ("PubStatus", "String", "ppublish"),
        ("ArticleIds", "List", [(kind, "String", value) for kind, value in ids.items()]),
        *([("DOI", "String", ids["doi"])] if "doi" in ids else []),
        ("History", "List", history),
        ("References", "List", []),
        ("HasAbstract", "Integer", int(bool(one["attributes"]))),
        ("PmcRefCount", "Integer", 0),
        ("FullJournalName", "String", one["fulljournalname"]),
        ("ELocationID", "String", one["elocationid"]),
        ("SO", "String", source),
    ]
    return "".join(map(_item, items))


def _item(item: tuple[str, str, Any]) -> str:
    name, kind, value = item
    inner = "".join(map(_item, value)) if isinstance(value, list) else escape(str(value))
    return f'\t<Item Name={quoteattr(name)} Type="{kind}">{inner}</Item>\n'
