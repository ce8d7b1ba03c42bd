"""CSL-JSON (citation-style-language schema 1.0.2): what Zotero, pandoc and citeproc read. Standing stands in `note`."""

from __future__ import annotations

import json
from typing import Any

from store.exports.standing import statements
from store.exports.text import (
    authors_of,
    citekey,
    clean,
    date_parts,
    doi_of,
    is_chapter,
    keywords_of,
    name_parts,
    pages_of,
    pmcid_of,
    pmid_of,
    title_of,
    trial_numbers,
    url_of,
)
from store.exports.works import Work
from store.records import Author

_TYPES = {
    "article": "article-journal",
    "work": "article-journal",
    "preprint": "article",
    "regulatory": "document",
}
_GENRES = {"preprint": "Preprint", "registration": "Trial registration"}


def entry(work: Work) -> str:
    """The work as one JSON object."""
    return json.dumps(item(work), ensure_ascii=False)


def item(work: Work) -> dict[str, Any]:
    """The work by the schema's names; what is unknown is left out."""
    parts = date_parts(work.published)
    chapter = is_chapter(work)
    journal = clean(work.journal or work.venue)
    known = {
        "title": title_of(work),
        "author": [_name(author) for author in authors_of(work)],
        "issued": {"date-parts": [list(parts)]} if parts else None,
        "container-title": clean(work.book.get("title")) if chapter else "" if work.book else journal,
        "container-title-short": "" if work.book or clean(work.venue) == journal else clean(work.venue),
        "genre": _GENRES.get(work.kind),
        "publisher": clean(work.book.get("publisher")),
        "publisher-place": clean(work.book.get("place")),
        "volume": clean(work.volume),
        "issue": clean(work.issue),
        "page": pages_of(work),
        "number": clean(work.native_id) if work.kind == "registration" else "",
        "ISSN": clean(work.issn),
        "ISBN": clean(work.book.get("isbn")),
        "DOI": doi_of(work),
        "PMID": pmid_of(work),
        "PMCID": pmcid_of(work),
        "URL": url_of(work),
        "language": ", ".join(map(clean, work.languages)),
        "keyword": ", ".join(keywords_of(work)),
        "abstract": clean(work.abstract),
        "note": " ".join([*statements(work), *(f"Trial registration: {number}." for number in trial_numbers(work))]),
    }  # fmt: skip
    return {"id": citekey(work), "type": _type(work)} | {
        name: value for name, value in known.items() if value
    }


def _type(work: Work) -> str:
    if work.book:
        return "chapter" if is_chapter(work) else "book"
    return _TYPES.get(work.kind, "webpage")


def _name(author: Author) -> dict[str, str]:
    family, given = name_parts(author)
    if not family:
        return {"literal": clean(author.name)}
    return {"family": family, "given": given} if given else {"family": family}
