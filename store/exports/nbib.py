"""NBIB, PubMed's own format (MEDLINE display; www.nlm.nih.gov/bsd/mms/medlineelements.html).

Notices stand under PubMed's tags (RIN retraction in, EIN erratum in …); what has no tag there is a general note (GN).
Records of other sources are written alike, without a PMID, and say `OWN - NOTNLM`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from store.exports.standing import statements
from store.exports.text import authors_of, clean, date_parts, doi_of, name_parts, pmcid_of, pmid_of
from store.exports.works import Work, WorkNotice
from store.records import Author

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: kind of notice -> PubMed's tag on the work, and on the notice
_TAGS = {
    "retraction": ("RIN", "ROF"),
    "partial-retraction": ("PRIN", "PROF"),
    "expression-of-concern": ("ECI", "ECF"),
    "correction": ("EIN", "EFR"),
    "republication": ("CRI", "CRF"),
    "update": ("UIN", "UOF"),
    "comment": ("CIN", "CON"),
}
_REGISTRIES = {"clinicaltrials.gov": "ClinicalTrials.gov", "isrctn": "ISRCTN"}
_WIDTH = 88


def entry(work: Work) -> str:
    """The work as one record, with a blank line after it."""
    return "\n".join([*(_line(tag, value) for tag, value in fields(work) if value), "", ""])


def fields(work: Work) -> Iterator[tuple[str, str]]:
    """(tag, value) in PubMed's order; empty where nothing is known."""
    doi = doi_of(work)
    yield "PMID", pmid_of(work) or ""
    yield "OWN", "NLM" if work.source == "pubmed" else "NOTNLM"
    yield "STAT", clean(work.medline_status)
    yield "IS", clean(work.issn)
    yield "VI", clean(work.volume)
    yield "IP", clean(work.issue)
    yield "DP", _date(work)
    yield "TI", clean(work.title)
    yield "BTI", clean(work.book.get("title"))
    yield "PG", clean(work.pages)
    yield "LID", f"{doi} [doi]" if doi else ""
    yield "AB", clean(work.abstract)
    for author in authors_of(work):
        yield from _author(author)
    for language in work.languages:
        yield "LA", clean(language)
    for number in work.nct_ids:
        yield "SI", f"ClinicalTrials.gov/{clean(number)}"
    if work.kind == "registration" and clean(work.native_id) not in work.nct_ids:
        registry = clean(work.registry)
        yield "SI", f"{_REGISTRIES.get(registry, registry)}/{clean(work.native_id)}"
    for pubtype in work.pubtypes or (("Preprint",) if work.kind == "preprint" else ()):
        yield "PT", clean(pubtype)
    yield "PB", clean(work.book.get("publisher"))
    yield "TA", clean(work.venue)
    yield "JT", clean(work.journal)
    yield from _notices(work)
    for heading in work.mesh:
        yield "MH", clean(heading)
    for keyword in work.keywords:
        yield "OT", clean(keyword)
    yield "PMC", pmcid_of(work) or ""
    yield "AID", f"{doi} [doi]" if doi else ""
    yield "SO", _source(work)


def _line(tag: str, value: str) -> str:
    lines = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return f"{tag:<4}- " + "\n      ".join(lines)


def _author(author: Author) -> Iterator[tuple[str, str]]:
    family, given = name_parts(author)
    if author.collective:
        yield "CN", clean(author.name)
        return
    if family:
        yield "FAU", f"{family}, {given}" if given else family
    yield "AU", clean(author.name) or family


def _notices(work: Work) -> Iterator[tuple[str, str]]:
    for notices, side in ((work.notices, 0), (work.notice_of, 1)):
        for notice in notices:
            if (tags := _TAGS.get(notice.kind)) and (other := _other(notice, side)):
                yield tags[side], other
    for statement in statements(work):
        yield "GN", statement


def _other(notice: WorkNotice, side: int) -> str:
    """The other work as PubMed cites it: "Am J Psychiatry. 2020;177:1. PMID: 123"."""
    name = clean(notice.by if side == 0 else notice.on)
    text = clean((notice.citation or notice.title_by) if side == 0 else notice.title_on)
    scheme, _, value = name.partition(":")
    named = {"pubmed": f"PMID: {value}", "doi": f"doi: {value}"}.get(scheme, name)
    return " ".join(filter(None, (text if not text or text.endswith(".") else f"{text}.", named)))


def _date(work: Work) -> str:
    parts = date_parts(work.published)
    words = [str(part) if at != 1 else _MONTHS[part - 1] for at, part in enumerate(parts)]
    return " ".join(words)


def _source(work: Work) -> str:
    """The citation in one line: "Am J Psychiatry. 2013 Oct;170(10):1134-42. doi: 10.1/x."."""
    where = clean(work.volume) + (f"({clean(work.issue)})" if clean(work.issue) else "")
    pages = f":{clean(work.pages)}" if clean(work.pages) else ""
    when = _date(work) + (f";{where}{pages}" if where or pages else "")
    doi = doi_of(work)
    said = (clean(work.venue), when, f"doi: {doi}" if doi else "")
    return " ".join(f"{part}." for part in said if part)
