"""RIS, by rispy. Standing stands in `N1`; `AN` is the PMID, `C2` the PMC id, as EndNote reads them."""

from __future__ import annotations

from typing import Any

import rispy

from store.exports.standing import statements
from store.exports.text import (
    authors_of,
    citekey,
    clean,
    date_parts,
    doi_of,
    first_and_last_page,
    is_chapter,
    keywords_of,
    name_parts,
    pmcid_of,
    pmid_of,
    title_of,
    trial_numbers,
    url_of,
)
from store.exports.works import Work
from store.records import Author

_TYPES = {
    "article": "JOUR",
    "preprint": "UNPB",
    "registration": "DBASE",
    "regulatory": "GOVDOC",
    "news": "NEWS",
}


class _Writer(rispy.RisWriter):  # type: ignore[misc]
    """rispy's, without a number before each reference."""

    def set_header(self, count: int) -> str:
        return ""


def entry(work: Work) -> str:
    """The work as one RIS reference, with a blank line after it."""
    return str(rispy.dumps([reference(work)], implementation=_Writer)) + "\n"


def reference(work: Work) -> dict[str, Any]:
    """The work as rispy names its parts; what is unknown is left out. No value has a line break."""
    first, last = first_and_last_page(work)
    parts = date_parts(work.published)
    known = {
        "id": citekey(work),
        "title": title_of(work),
        "authors": [_name(author) for author in authors_of(work)],
        "year": f"{parts[0]:04}" if parts else "",
        "date": "/".join((*(f"{part:02}" for part in parts), "", "", "")[:4]) if parts else "",
        "secondary_title": clean(work.book.get("title")) if is_chapter(work) else clean(work.journal),
        "alternate_title1": clean(work.venue)
        if work.kind in ("article", "preprint", "work") and not work.book
        else "",
        "publisher": clean(
            work.book.get("publisher") or (work.venue if work.kind in ("regulatory", "news") else "")
        ),
        "place_published": clean(work.book.get("place")),
        "name_of_database": clean(work.venue or work.registry) if work.kind == "registration" else "",
        "volume": clean(work.volume),
        "number": clean(work.issue),
        "start_page": first,
        "end_page": last,
        "issn": clean(work.issn or work.book.get("isbn")),
        "doi": doi_of(work),
        "accession_number": pmid_of(work) or (clean(work.native_id) if work.kind == "registration" else ""),
        "custom2": pmcid_of(work),
        "language": ", ".join(map(clean, work.languages)),
        "abstract": clean(work.abstract),
        "notes": [*statements(work), *(f"Trial registration: {number}" for number in trial_numbers(work))],
        "keywords": keywords_of(work),
        "urls": [url for url in [url_of(work)] if url],
    }
    return {"type_of_reference": _type(work)} | {name: value for name, value in known.items() if value}


def _type(work: Work) -> str:
    if work.book:
        return "CHAP" if is_chapter(work) else "BOOK"
    return _TYPES.get(work.kind) or ("JOUR" if work.venue else "GEN")


def _name(author: Author) -> str:
    family, given = name_parts(author)
    return f"{family}, {given}" if given else family or clean(author.name)
