"""A work as a reference list has it: AMA (11th edition), Vancouver (ICMJE sample references, after NLM's Citing Medicine), APA 7.

Pure: a `Work` in, runs of text out. Titles stand as their source writes them. What is unknown is left out, never
guessed; what became of the work (retracted, withdrawn, in doubt, corrected) is said as each style says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.exports.citation_parts import (
    Places,
    apa_names,
    fates,
    full_stop,
    journal_name,
    listed_names,
    locator,
    long_date,
    nlm_date,
)
from store.exports.standing import headline
from store.exports.text import (
    clean,
    date_parts,
    doi_of,
    first_and_last_page,
    is_chapter,
    pages_of,
    pmid_of,
    title_of,
    url_of,
)
from store.exports.works import Work


class Run(NamedTuple):
    """Words of a reference, in italics or not."""

    text: str
    italic: bool = False


Reference = list[Run]


def plain(reference: Sequence[Run]) -> str:
    """The reference without italics."""
    return "".join(run.text for run in reference)


def references(work: Work, notices: Mapping[str, Work], accessed: str) -> dict[str, Reference]:
    """The work in each style, by the style's name.

    `notices`: works that state a notice on it, by id, as far as they are here. `accessed`: the reader's day (ISO 8601),
    which AMA wants with an address.
    """
    places = Places(notices)
    return {
        "AMA": ama(work, places, accessed),
        "Vancouver": vancouver(work, places),
        "APA": apa(work, places),
    }


def ama(work: Work, places: Places, accessed: str) -> Reference:
    """AMA Manual of Style, 11th edition, 3.6 to 3.15: up to six authors, of more the first three."""
    names = listed_names(work, most=6, shown=3)
    title = full_stop(title_of(work))
    doi = doi_of(work)
    where = f" doi:{doi}" if doi else _address(work, accessed)
    said = [Run(f" {one}.") for one in fates(work, places)]
    if work.kind == "registration":
        number = f" {clean(work.venue or work.registry)} identifier: {clean(work.native_id)}."
        dates = _said("Posted", work.published) + _said("Updated", work.revised)
        return _joined(Run(f"{title}{number}{dates}"), *said, Run(_address(work, accessed)))
    if work.book:
        return _joined(Run(names), *_ama_book(work), *said, Run(where))
    venue = clean(work.venue or work.journal)
    journal = [Run(venue, italic=True), Run(".")] if venue else []
    if work.kind == "preprint":
        posted = f" Preprint posted online {long_date(work.published)}." if work.published else " Preprint."
        return _joined(Run(f"{names}{title} "), *journal, Run(posted), *said, Run(where))
    if work.kind in ("news", "regulatory"):
        day = f" {long_date(work.published)}." if work.published else ""
        return _joined(Run(f"{names}{title} "), *journal, Run(day), *said, Run(where))
    return _joined(Run(f"{names}{title} "), *journal, Run(_ama_place(work)), *said, Run(where))


def _ama_place(work: Work) -> str:
    """ " 2013;170(10):1134-1142." of an article; of one ahead of its issue the day it went online."""
    place = locator(work, pages_of(work))
    if not place and work.medline_status == "Publisher" and work.published:
        return f" Published online {long_date(work.published)}."
    year = work.year or ""
    return f" {year}{';' if year and place else ''}{place}." if year or place else ""


def _ama_book(work: Work) -> Reference:
    book = clean(work.book.get("title")).rstrip(".")
    made = "; ".join(filter(None, (clean(work.book.get("publisher")), work.year)))
    made = f" {made}." if made else ""
    if not is_chapter(work):
        return [Run(title_of(work), italic=True), Run(f".{made}")]
    return [Run(f"{full_stop(title_of(work))} In: "), Run(book, italic=True), Run(f".{made}")]


def vancouver(work: Work, places: Places) -> Reference:
    """ICMJE's sample references: up to six authors, then "et al."; dates and abbreviated pages as PubMed has them."""
    names = listed_names(work, most=6, shown=6)
    title = full_stop(title_of(work))
    venue, date = clean(work.venue or work.journal), nlm_date(work.published)
    ids = _identifiers(work)
    said = "".join(f" {one}." for one in fates(work, places))
    address = "" if ids else _available(work)
    if work.kind == "registration":
        number = clean(work.native_id)
        day = f" {date}." if date else ""
        return [Run(f"{names}{title} {venue} [Internet]. Identifier {number}.{day}{said}{_available(work)}")]
    if work.book:
        place = ": ".join(filter(None, (clean(work.book.get("place")), clean(work.book.get("publisher")))))
        made = "; ".join(filter(None, (place, date)))
        inside = f" In: {clean(work.book.get('title')).rstrip('.')}." if is_chapter(work) else ""
        return [Run(f"{names}{title}{inside}{f' {made}.' if made else ''}{said}{ids}{address}")]
    if work.kind == "preprint":
        venue = f"{venue} [Preprint]"
    if work.kind in ("news", "regulatory"):
        venue = f"{venue} [Internet]"
    place = locator(work, clean(work.pages))
    when = f"{date}{';' if date and place else ''}{place}"
    return [
        Run(f"{names}{title}{f' {venue}.' if venue else ''}{f' {when}.' if when else ''}{said}{ids}{address}")
    ]


def _identifiers(work: Work) -> str:
    doi, pmid = doi_of(work), pmid_of(work)
    return f"{f' doi: {doi}.' if doi else ''}{f' PubMed PMID: {pmid}.' if pmid else ''}"


def _available(work: Work) -> str:
    url = url_of(work)
    return f" Available from: {url}" if url else ""


def apa(work: Work, places: Places) -> Reference:
    """Publication Manual of the APA, 7th edition, chapters 9 and 10: up to twenty authors, of more nineteen and the last."""
    names = apa_names(work)
    title = title_of(work)
    doi = doi_of(work)
    url = f"https://doi.org/{doi}" if doi else url_of(work)
    date = f"({_apa_date(work)})."
    tail = [Run(f" {url}" if url else ""), *_apa_fate(work, places)]
    if work.kind == "registration":
        title_part = [
            Run(title, italic=True),
            Run(f" (Identifier {clean(work.native_id)}) [Clinical trial registration]."),
        ]
        source = [Run(f" {clean(work.venue or work.registry)}.")]
    elif work.book:
        return _joined(*_apa_head(names, date, *_apa_book(work, names)), *tail)
    elif work.kind in ("preprint", "news", "regulatory"):
        title_part = [
            Run(title, italic=True),
            Run(" [Preprint]." if work.kind == "preprint" else _end(title)),
        ]
        site = clean(work.venue)
        source = [Run(f" {site}." if site and site != names.rstrip(".") else "")]
    else:
        title_part = [Run(full_stop(title))]
        source = _apa_journal(work)
    return _joined(*_apa_head(names, date, title_part, source), *tail)


def _apa_head(names: str, date: str, title: Reference, source: Reference) -> Reference:
    """Without an author the title stands first (9.12)."""
    return [Run(f"{names} {date} "), *title, *source] if names else [*title, Run(f" {date}"), *source]


def _apa_date(work: Work) -> str:
    """The year; of what appears on a day, such as news, the day (9.14)."""
    parts = date_parts(work.published)
    if not parts:
        return "n.d."
    if work.kind not in ("news", "regulatory") or len(parts) == 1:
        return str(parts[0])
    month_and_day = long_date(work.published).rpartition(" ")[0].rstrip(",")
    return f"{parts[0]}, {month_and_day}"


def _apa_journal(work: Work) -> Reference:
    journal = _journal(work)
    volume, issue = clean(work.volume), clean(work.issue)
    runs = [Run(" "), Run(journal, italic=True)] if journal else []
    if volume:
        runs += [Run(", "), Run(volume, italic=True), Run(f"({issue})" if issue else "")]
    elif issue:
        runs.append(Run(f", ({issue})"))
    if pages := _apa_pages(work):
        runs.append(Run(f", {pages}"))
    return [*runs, Run(".")] if runs else []


def _journal(work: Work) -> str:
    return journal_name(work.journal) if work.journal else clean(work.venue)


def _apa_pages(work: Work) -> str:
    first, last = first_and_last_page(work)
    if last:
        return f"{first}–{last}"
    return f"Article {first}" if re.search("[A-Za-z]", first) and re.search("[0-9]", first) else first


def _apa_book(work: Work, names: str) -> tuple[Reference, Reference]:
    publisher = clean(work.book.get("publisher"))
    made = f" {publisher}." if publisher and publisher != names.rstrip(".") else ""
    title = title_of(work)
    if not is_chapter(work):
        return [Run(title, italic=True), Run(_end(title))], [Run(made)]
    return [Run(full_stop(title))], [
        Run(" In "),
        Run(clean(work.book.get("title")).rstrip("."), italic=True),
        Run(f".{made}"),
    ]


def _end(title: str) -> str:
    return "" if title.endswith(("?", "!")) else "."


def _apa_fate(work: Work, places: Places) -> Reference:
    """ "(Retraction published 2010, The Lancet, 375[9713], 445)" after the address; of others what is known."""
    grave = places.gravest(work)
    if grave is None:
        told = headline(work)
        return [Run(f" ({told})")] if told else []
    what, notice, date = grave
    year = date[:4] if date else "date unknown"
    if notice is None or not _journal(notice):
        return [Run(f" ({what} published {year})")]
    issue = f"[{clean(notice.issue)}]" if clean(notice.issue) else ""
    runs = [Run(f" ({what} published {year}, "), Run(_journal(notice), italic=True)]
    if clean(notice.volume):
        runs += [Run(", "), Run(clean(notice.volume), italic=True), Run(issue)]
    pages = _apa_pages(notice)
    return [*runs, Run(f"{f', {pages}' if pages else ''})")]


def _said(word: str, date: str | None) -> str:
    return f" {word} {long_date(date)}." if date else ""


def _address(work: Work, accessed: str) -> str:
    url = url_of(work)
    return f" Accessed {long_date(accessed)}. {url}" if url else ""


def _joined(*runs: Run) -> Reference:
    return [run for run in runs if run.text]
