"""What all formats share: clean text, checked identifiers, keys, dates and pages."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import date as Date

from store.exports.works import Work
from store.records import Author

_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_PMID = re.compile(r"[0-9]{1,8}")
_PMCID = re.compile(r"PMC[0-9]+")
_WEB = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_RANGE = re.compile(r"([A-Za-z]*)([0-9]+)[-–]([A-Za-z]*)([0-9]+)")
_BARE_KEYS = re.compile(r"pubmed:[0-9]+|clinicaltrials:NCT[0-9]+|isrctn:ISRCTN[0-9]+")
_NO_TEXT = {"Cc", "Cs"}  # control characters and lone surrogates
_BEGINNING_OF_TIME = "1970-01-01"

#: letters that Unicode does not take apart
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "Æ": "AE", "œ": "oe", "ı": "i"})  # fmt: skip


def clean(text: object) -> str:
    """Text on one line, of characters that XML 1.0 (section 2.2) and every line-based format can hold.

    >>> clean("Ketamine\\nTY  - HACK\\x00")
    'Ketamine TY - HACK'
    """
    if not text:
        return ""
    line = " ".join(str(text).split())
    if line.isascii() and line.isprintable():
        return line
    kept = "".join(
        character
        for character in line
        if unicodedata.category(character) not in _NO_TEXT and character not in "\ufffe\uffff"
    )
    return " ".join(kept.split())


def title_of(work: Work) -> str:
    """The title without the full stop that PubMed ends it with: styles set their own. Never empty."""
    title = clean(work.title)
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1].rstrip()
    return title or f"[Untitled: {clean(work.id)}]"


def is_chapter(work: Work) -> bool:
    """Whether it is a part of a book and not the book itself."""
    book = clean(work.book.get("title")).rstrip(".")
    return bool(book) and title_of(work).casefold() != book.casefold()


def authors_of(work: Work) -> tuple[Author, ...]:
    """The authors; of a registration its sponsor, who is responsible for it."""
    if not work.authors and work.kind == "registration" and clean(work.sponsor):
        return (Author(clean(work.sponsor), collective=True),)
    return tuple(author for author in work.authors if clean(author.name) or clean(author.family))


def name_parts(author: Author) -> tuple[str, str]:
    """(family, given) of a person, ("", "") of a group and of a name that its source gives in one piece."""
    if author.collective or not clean(author.family):
        return "", ""
    return clean(author.family), clean(author.given) or " ".join(clean(author.initials))


def doi_of(work: Work) -> str | None:
    """The DOI, None if it is none."""
    return _checked(_DOI, work.doi)


def pmid_of(work: Work) -> str | None:
    """The PMID, None if it is none."""
    return _checked(_PMID, work.pmid)


def pmcid_of(work: Work) -> str | None:
    """The PMC id, with "PMC"; None if it is none."""
    return _checked(_PMCID, work.pmcid)


def url_of(work: Work) -> str | None:
    """The record at its source, else its DOI: http or https, or None."""
    doi = doi_of(work)
    return _checked(_WEB, work.url) or (f"https://doi.org/{doi}" if doi else None)


def _checked(pattern: re.Pattern[str], value: str | None) -> str | None:
    text = clean(value)
    return text if pattern.fullmatch(text) else None


def date_parts(date: str | None) -> tuple[int, ...]:
    """(year, month, day) as far as they are known: "2013-10" -> (2013, 10); () for what is no date."""
    found = _DATE.match(date or "")
    if not found:
        return ()
    parts = [int(part) for part in found.groups() if part]
    try:
        _first_day(parts)
    except ValueError:
        return ()
    return tuple(parts)


def _first_day(parts: Sequence[int]) -> Date:
    year, month, day = (*parts, 1, 1)[:3]
    return Date(year, month, day)


def instant(date: str | None) -> str | None:
    """A date as RFC 3339 has it, midnight UTC of its first day: "2013-10" -> "2013-10-01T00:00:00Z"."""
    parts = date_parts(date)
    return f"{_first_day(parts).isoformat()}T00:00:00Z" if parts else None


def appeared(work: Work) -> str | None:
    """When its source first had the work, else when it was published, as RFC 3339 has it."""
    return instant(work.entered) or instant(work.published)


def updated(work: Work) -> str:
    """When the work last changed by its own dates and its notices', as RFC 3339 has it: no clock of ours, so it is the
    same in every database. 1970 if nothing is known, since Atom (RFC 4287, 4.2.15) must have a date.
    """
    dates = [
        instant(date) for date in (work.entered, work.revised, *(one.date for one in work.notices)) if date
    ]
    known = [date for date in dates if date]
    return max(known, default=None) or instant(work.published) or f"{_BEGINNING_OF_TIME}T00:00:00Z"


def trial_numbers(work: Work) -> list[str]:
    """ClinicalTrials.gov numbers that the work states, other than its own."""
    return [number for number in map(clean, work.nct_ids) if number and number != work.native_id]


def pages_of(work: Work) -> str:
    """Pages with the last in full: "351-4" -> "351-354"; what is no range stays as it is."""
    first, last = first_and_last_page(work)
    return f"{first}-{last}" if last else clean(work.pages)


def first_and_last_page(work: Work) -> tuple[str, str]:
    """The pages' ends in full ("1134-42" -> ("1134", "1142")); the last is "" if there is one page or none."""
    pages = clean(work.pages)
    found = _RANGE.fullmatch(pages)
    if not found:
        return pages, ""
    letters, first, last_letters, last = found.groups()
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    return letters + first, (last_letters or letters) + last


def citekey(work: Work) -> str:
    """A key that stays: first author, year, the source's id: "murrough2013-23982301", "nimh2004-NCT00088699".

    Two works never share one: an id that a key cannot hold as it is gets a part of its hash.
    """
    authors = authors_of(work)
    first = name_parts(authors[0])[0] or clean(authors[0].name) if authors else _maker(work)
    year = date_parts(work.published)[:1]
    word = first if authors and name_parts(authors[0])[0] else first.split(" ")[0]
    return f"{_plain(word).lower()[:30] or 'anonymous'}{year[0] if year else ''}-{_key_id(work.id)}"


def _maker(work: Work) -> str:
    """Who stands for a work without authors: an agency for its decision, else the source."""
    published = work.kind in ("article", "preprint", "work")
    return clean(work.source if published else work.venue or work.source)


def _key_id(work_id: str) -> str:
    source, _, native = work_id.partition(":")
    if _BARE_KEYS.fullmatch(work_id):
        return native
    if source.isascii() and source.isalpha() and native.isascii() and native.isalnum():
        return f"{source}_{native}"
    kept = re.sub(r"[^A-Za-z0-9]+", "_", native).strip("_")[:40]
    digest = hashlib.sha256(work_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_plain(source)}_{kept}_{digest}"


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return re.sub(r"[^A-Za-z0-9]", "", apart)


def keywords_of(work: Work) -> list[str]:
    """MeSH headings, without the asterisk of main topics, and keywords, each once."""
    topics = [clean(name).lstrip("*") for name in work.mesh]
    return list(dict.fromkeys(word for word in (*topics, *map(clean, work.keywords)) if word))
