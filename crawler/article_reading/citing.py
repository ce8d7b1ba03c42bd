"""What a sentence cites: identifiers, links, author and year, and titles in brackets; each resolved or not, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from sqlite_utils import Database

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>()]+[^\s\"'<>().,;]")
_PMID = re.compile(r"\bPMID:?\s*(\d{1,8})\b|pubmed\.ncbi\.nlm\.nih\.gov/(\d{1,8})", re.IGNORECASE)
_NCT = re.compile(r"\bNCT\d{8}\b")
_LINK = re.compile(r"https?://[^\s\"'<>()]+[^\s\"'<>().,;]")
_AUTHOR = re.compile(
    r"\b([A-Z][a-z]+(?:-[A-Z][a-z]+)?)(?: et al\.?| and [A-Z][a-z]+)?,?\s*\(?((?:19|20)\d\d)\)?"
)
_BRACKETS = re.compile(r"\(([^()]{8,300})\)")
#: after the title the site that has it: "Title – PMC", "Title | Focus"
_SITE = re.compile(r"\s*(?:\||\s[–—-]\s)\s*(PMC|PubMed|NCBI Bookshelf|[A-Z][\w.&' ]{2,60})\s*$")
_SAME = 92  # of 100
_NAMED = 4  # words that a title has at least; fewer name a site or an institution


_BY_IDENTIFIER = {
    "doi": "SELECT DISTINCT coalesce(merged_into, id) FROM records WHERE doi = lower(?)",
    "pmid": "SELECT DISTINCT coalesce(merged_into, id) FROM records WHERE pmid = ?",
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


def citations(sentence: str) -> list[Citing]:
    """Every citation, by place; one within another is part of it."""
    found = sorted(_found(sentence), key=lambda one: (one.start, -one.end))
    kept: list[Citing] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _found(sentence: str) -> Iterator[Citing]:
    for scheme, pattern in (("doi", _DOI), ("pmid", _PMID), ("nct", _NCT), ("url", _LINK)):
        for hit in pattern.finditer(sentence):
            value = next((group for group in hit.groups() if group), hit[0])
            yield Citing(hit.start(), hit.end(), hit[0], scheme, value)
    for hit in _BRACKETS.finditer(sentence):
        words = hit[1]
        capitals = [word for word in words.split() if word[:1].isupper()]
        if _SITE.search(words) or (len(capitals) >= 2 and len(capitals) >= len(words.split()) / 2):
            yield Citing(hit.start(), hit.end(), words, "title", _SITE.sub("", words).strip())
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
    if cited.scheme == "title" and len(cited.value.split()) < _NAMED:
        return replace(cited, reason="names a site or an institution, no work")
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
        doi = _DOI.search(cited.value)
        return _records(db, Citing(0, 0, cited.text, "doi", doi[0])) if doi else []
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
