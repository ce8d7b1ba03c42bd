"""What a sentence cites: identifiers, links, author and year, and titles in brackets; each resolved or not, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from rapidfuzz import fuzz
from sqlite_utils import Database

from crawler.article_reading.lines import Link
from spiders.identifiers import find_dois, normalise_doi

_LINK = re.compile(r"https?://[^\s\"'<>()]+[^\s\"'<>().,;]")
#: a DOI may hold brackets in pairs, as those of Elsevier do
_DOI = re.compile(r"\b10\.\d{4,9}/(?:[^\s\"'<>()]|\([^\s\"'<>()]*\))+")
_PATTERNS = (
    ("url", _LINK),
    ("doi", _DOI),
    ("pmid", re.compile(r"\bPMID:?\s*(\d{1,8})\b", re.IGNORECASE)),
    ("pmcid", re.compile(r"\b(PMC\d{4,9})\b", re.IGNORECASE)),
    ("nct", re.compile(r"\b(NCT\d{8})\b", re.IGNORECASE)),
)
#: what an address says of the work that it shows: PubMed, PubMed Central, ClinicalTrials.gov
_SITES = (
    (
        "pmid",
        re.compile(
            r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/(?:m/)?pubmed)/(\d{1,8})\b", re.IGNORECASE
        ),
    ),
    ("pmcid", re.compile(r"(?:ncbi\.nlm\.nih\.gov|europepmc\.org)/.*?\b(PMC\d{4,9})\b", re.IGNORECASE)),
    ("nct", re.compile(r"clinicaltrials\.gov/.*?\b(NCT\d{8})\b", re.IGNORECASE)),
)
_AUTHOR = re.compile(
    r"\b([A-Z][a-z]+(?:-[A-Z][a-z]+)?)(?: et al\.?| and [A-Z][a-z]+)?,?\s*\(?((?:19|20)\d\d)\)?"
)
_BRACKETS = re.compile(r"\(([^()]{8,300})\)")
#: after the title the site that has it: "Title – PMC", "Title | Focus"
_SITE = re.compile(r"\s*(?:\||\s[–—-]\s)\s*(PMC|PubMed|NCBI Bookshelf|[A-Z][\w.&' ]{2,60})\s*$")
#: a name and no title: "Harvard Medical School", "University of Oxford"
_INSTITUTION = re.compile(
    r"(?:[A-Z][\w.'’-]* ){0,4}(?:University|School|Hospital|Institute|College|Clinic|Department)(?: (?:of|for)(?: (?:and|[A-Z][\w.'’-]*)){1,5})?"
)
_SAME = 92  # of 100
_NAMED = 4  # words that a title has at least; fewer name a site or an institution


_BY_IDENTIFIER = {
    "doi": "SELECT DISTINCT coalesce(merged_into, id) FROM records WHERE doi = lower(?)",
    "pmid": "SELECT DISTINCT coalesce(merged_into, id) FROM records WHERE pmid = ?",
    "pmcid": """SELECT DISTINCT coalesce(merged_into, id) FROM identifiers JOIN records ON id = record_id
        WHERE scheme = 'pmcid' AND value = ?""",
    "nct": "SELECT id FROM records WHERE id = 'clinicaltrials:' || ?",
}


@dataclass(frozen=True, slots=True)
class Citing:
    """`start`, `end` within the sentence; `record_id` if it is resolved, else `reason` says why not."""

    start: int
    end: int
    text: str
    scheme: str
    value: str
    record_id: str | None = None
    reason: str | None = None


def citations(sentence: str, links: Iterable[Link] = ()) -> list[Citing]:
    """Every citation, by place; `links`: (start, end, address) of the links in the sentence.

    Where two overlap, an identifier or a link counts before a title, and a title before author and year. A title in
    brackets that holds one identifier is one citation by that identifier.
    """
    named = _apart([*_identified(sentence), *(_linked(sentence, *link) for link in links)])
    kept = list(named)
    for title in _titles(sentence):
        within = [one for one in named if title.start < one.end and one.start < title.end]
        if not within:
            kept.append(title)
        elif len(within) == 1 and title.start <= within[0].start and within[0].end <= title.end:
            kept.remove(within[0])
            kept.append(replace(title, scheme=within[0].scheme, value=within[0].value))
    return _apart([*kept, *_authors(sentence)])


def _apart(found: list[Citing]) -> list[Citing]:
    """Those that overlap none before them in the list, by place."""
    kept: list[Citing] = []
    taken: set[int] = set()
    for one in found:
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _identified(sentence: str) -> Iterator[Citing]:
    for scheme, pattern in _PATTERNS:
        for hit in pattern.finditer(sentence):
            if scheme == "url":
                yield Citing(hit.start(), hit.end(), hit[0], *_address(hit[0]))
            elif scheme != "doi":
                yield Citing(hit.start(), hit.end(), hit[0], scheme, hit[1].upper())
            elif doi := normalise_doi(hit[0]):
                end = hit.start() + len(hit[0].rstrip(".,;:]"))
                yield Citing(hit.start(), end, sentence[hit.start() : end], scheme, doi)


def _address(address: str) -> tuple[str, str]:
    """(scheme, value) of what an address shows."""
    for scheme, pattern in _SITES:
        if hit := pattern.search(address):
            return scheme, hit[1].upper()
    dois = find_dois(unquote(address))
    return ("doi", dois[0]) if dois else ("url", address)


def _linked(sentence: str, start: int, end: int, address: str) -> Citing:
    """A link: by the identifier in its address; else by its words, if they may be a title; else by its address."""
    words = sentence[start:end]
    scheme, value = _address(address)
    if scheme == "url" and len(words.split()) >= _NAMED and not _LINK.search(words):
        scheme, value = "title", _SITE.sub("", words).strip()
    return Citing(start, end, words, scheme, value)


def _titles(sentence: str) -> Iterator[Citing]:
    for hit in _BRACKETS.finditer(sentence):
        words = hit[1]
        capitals = [word for word in words.split() if word[:1].isupper()]
        if _SITE.search(words) or (len(capitals) >= 2 and len(capitals) >= len(words.split()) / 2):
            yield Citing(hit.start(), hit.end(), words, "title", _SITE.sub("", words).strip())


def _authors(sentence: str) -> Iterator[Citing]:
    for hit in _AUTHOR.finditer(sentence):
        if "et al" in hit[0] or "(" in hit[0]:
            yield Citing(hit.start(), hit.end(), hit[0], "author-year", f"{hit[1]} {hit[2]}")


def resolved(db: Database, cited: Citing) -> Citing:
    """The citation with its record, or with the reason why there is none."""
    found = _records(db, cited)
    if len(found) == 1:
        return replace(cited, record_id=found[0])
    if found:
        return replace(cited, reason=f"{len(found)} records fit")
    if cited.scheme == "title" and (len(cited.value.split()) < _NAMED or _INSTITUTION.fullmatch(cited.value)):
        return replace(cited, reason="names a site or an institution, no work")
    if cited.scheme == "url":
        return replace(cited, reason="the address names no work by DOI, PubMed or registry number")
    return replace(cited, reason=f"no record here has this {cited.scheme}")


def _records(db: Database, cited: Citing) -> list[str]:
    if cited.scheme == "title":
        return _by_title(db, cited.value)
    if cited.scheme == "author-year":
        author, year = cited.value.rsplit(" ", 1)
        rows = db.execute(
            """SELECT DISTINCT coalesce(merged_into, id) FROM records
            WHERE year = ? AND lower(json_extract(authors, '$[0].name')) LIKE lower(?) || '%'""",
            [int(year), author],
        )
        return [row[0] for row in rows]
    if cited.scheme == "url":
        return []
    rows = db.execute(_BY_IDENTIFIER[cited.scheme], [cited.value])
    return [row[0] for row in rows]


def _by_title(db: Database, title: str) -> list[str]:
    """The works under this title, by full text first; their likeness decides."""
    words = re.findall(r"[^\W_]{4,}", title)[:8]
    if len(words) < _NAMED:
        return []
    query = " ".join(f'"{word}"' for word in words)
    rows = db.execute(
        """SELECT DISTINCT coalesce(records.merged_into, records.id), records.title FROM records_fts
        JOIN records ON records.rowid = records_fts.rowid WHERE records_fts MATCH ? AND records.merged_into IS NULL LIMIT 200""",
        [f"title: ({query})"],
    )
    wanted = _plain(title)
    return sorted({row[0] for row in rows if fuzz.ratio(wanted, _plain(row[1])) >= _SAME})


def _plain(title: str) -> str:
    return re.sub(r"\W+", " ", title.lower()).strip()
