"""BibTeX. Characters that TeX reads as commands are written as text, Unicode is kept, capitals of names stay.

A literal brace is written as a command, since BibTeX counts braces whether or not a backslash stands before them.
"""

from __future__ import annotations

import re

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

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
    | {sign: f"\\{sign}" for sign in "$&#%_"}
)
_VERBATIM = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = re.compile(r"(\w[\w-]*)")
_SPLITS_NAMES = re.compile(r",|\band\b", re.IGNORECASE)


def entry(work: Work) -> str:
    """The work as one entry, with a blank line after it."""
    parts = date_parts(work.published)
    article = work.kind in ("article", "work") and not work.book
    fields = {
        "author": " and ".join(_name(author) for author in authors_of(work)),
        "title": _title(title_of(work)),
        "journal": escape(clean(work.journal or work.venue)) if article else "",
        "booktitle": _title(clean(work.book.get("title"))) if is_chapter(work) else "",
        "publisher": escape(clean(work.book.get("publisher"))),
        "address": escape(clean(work.book.get("place"))),
        "howpublished": "" if article or work.book else escape(clean(work.venue or work.source)),
        "year": f"{parts[0]:04}" if parts else "",
        "volume": escape(clean(work.volume)),
        "number": escape(clean(work.issue)),
        "pages": escape(pages_of(work)).replace("-", "--"),
        "issn": escape(clean(work.issn)),
        "isbn": escape(clean(work.book.get("isbn"))),
        "doi": verbatim(doi_of(work) or ""),
        "pmid": pmid_of(work) or "",
        "pmcid": pmcid_of(work) or "",
        "url": verbatim(url_of(work) or ""),
        "keywords": escape(", ".join(keywords_of(work))),
        "abstract": escape(clean(work.abstract)),
        "note": escape(" ".join([*statements(work), *(f"Trial registration: {number}." for number in trial_numbers(work))])),
    }  # fmt: skip
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    if len(parts) > 1:
        lines.append(f"  month = {_MONTHS[parts[1] - 1]},")
    return "\n".join([f"@{_kind(work)}{{{citekey(work)},", *lines, "}", "", ""])


def escape(text: str) -> str:
    """Text as TeX prints it: `5% & {x}` -> `5\\% \\& \\textbraceleft{}x\\textbraceright{}`."""
    return text.translate(_ESCAPES)


def verbatim(address: str) -> str:
    """A DOI or URL, which packages read as it stands; only what would unbalance the entry is percent-encoded."""
    return address.translate(_VERBATIM)


def _title(title: str) -> str:
    """The title escaped, words with a capital in braces so that no style makes it small; the first only if it has two."""
    parts = _WORD.split(title)  # words stand at odd places
    return "".join(
        f"{{{escape(part)}}}" if at % 2 and any(map(str.isupper, part[at == 1 :])) else escape(part)
        for at, part in enumerate(parts)
    )


def _kind(work: Work) -> str:
    if work.book:
        return "incollection" if is_chapter(work) else "book"
    return "article" if work.kind in ("article", "work") else "misc"


def _name(author: Author) -> str:
    family, given = name_parts(author)
    if not family:
        return f"{{{escape(clean(author.name))}}}"
    return ", ".join(_part(part) for part in (family, given) if part)


def _part(name: str) -> str:
    return f"{{{escape(name)}}}" if _SPLITS_NAMES.search(name) else escape(name)
