"""What becomes of each known work: here, found by the query, or missed for a reason.

PubMed itself is asked which works its query finds; the reasons are worked out from the records, by the topic's own terms.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from crawler.recall.works import Known
from spiders.base import Assignment
from spiders.entrez import Eutilities
from spiders.pubmed_fetch import Fetcher
from spiders.topic import Topic, Watched
from store.errors import Shortfall
from store.records import Heading, Record

_PMIDS_PER_QUERY = 100
_INDEXED = ("MEDLINE", "PubMed-not-MEDLINE", "OLDMEDLINE")  # NLM: no MeSH will come to these later


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome`: here, found (the query finds it, a crawl has not brought it yet) or missed; `why` in words.

    `record`: the work where its text is known. `lacks`: "drug" and "indication", as far as its text has no term.
    """

    known: Known
    outcome: str
    why: str
    record: Record | None = None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What PubMed says: the record of each work that it has, and the PMIDs that the query finds."""

    records: dict[Known, Record]
    found: frozenset[str]


def recall(db: Database, topic: Topic, works: Sequence[Known], pubmed: Assignment | None) -> list[Answer]:
    """An answer for each work. `pubmed`: what is needed to ask PubMed; None to judge by the list's own text.

    Raises SourceError if PubMed does not answer.
    """
    here = {work: record_id for work in works if (record_id := _here(db, work))}
    rest = [work for work in works if work not in here]
    asked = asyncio.run(_ask(rest, pubmed)) if pubmed and rest else None
    return [
        Answer(work, "here", here[work]) if work in here else _judged(work, topic, asked) for work in works
    ]


def _here(db: Database, work: Known) -> str | None:
    found = db.execute(
        """SELECT record_id FROM identifiers WHERE scheme = :scheme AND value = :value
        UNION SELECT id FROM records WHERE (:scheme = 'pmid' AND pmid = :value) OR (:scheme = 'doi' AND doi = :value)
        OR (:scheme = 'nct' AND id = 'clinicaltrials:' || :value) LIMIT 1""",
        {"scheme": work.scheme, "value": work.value},
    ).fetchone()
    return found[0] if found else None


async def _ask(works: Sequence[Known], pubmed: Assignment) -> _Asked:
    eutilities = Eutilities(pubmed)
    pmids = {work: work.value for work in works if work.scheme == "pmid"}
    for work in works:
        if work.scheme == "doi":
            found = (await eutilities.search(f'"{work.value}"[doi]')).pmids
            if len(found) == 1:  # PubMed searches an unknown DOI by its pieces
                pmids[work] = found[0]
    by_pmid: dict[str, Record] = {}
    async for batch in Fetcher(eutilities).batches(pmids.values()):
        if batch.error and not isinstance(batch.error, Shortfall):  # a shortfall is what PubMed does not have
            raise batch.error
        by_pmid |= {item.pmid: item for item in batch.items if isinstance(item, Record) and item.pmid}
    listed = sorted(by_pmid)
    found_pmids: set[str] = set()
    for at in range(0, len(listed), _PMIDS_PER_QUERY):
        uids = " OR ".join(f"{pmid}[uid]" for pmid in listed[at : at + _PMIDS_PER_QUERY])
        found_pmids |= set((await eutilities.search(f"({pubmed.query}) AND ({uids})")).pmids)
    records = {work: by_pmid[pmid] for work, pmid in pmids.items() if pmid in by_pmid}
    same = {
        work: record for work, record in records.items() if work.scheme == "pmid" or record.doi == work.value
    }
    return _Asked(same, frozenset(found_pmids))


def _judged(work: Known, topic: Topic, asked: _Asked | None) -> Answer:
    record = asked.records.get(work) if asked else None
    if asked and record is None:
        if work.scheme == "nct":
            return Answer(work, "missed", "no record of this registration here; crawl its registry")
        return Answer(work, "missed", "not in the source: PubMed has no such record")
    record = record or _of_list(work)
    if record is None:
        return Answer(work, "missed", "not here, and its text is not known: PubMed was not asked")
    lacks = tuple(
        side
        for side, watched in (("drug", topic.drugs), ("indication", topic.indications))
        if not _finds(watched, record)
    )
    finds = record.pmid in asked.found if asked else not lacks
    if finds:
        return Answer(work, "found", "the query finds it; no crawl has brought it yet", record, lacks)
    return Answer(work, "missed", _reason(record, lacks), record, lacks)


def _reason(record: Record, lacks: Sequence[str]) -> str:
    if not lacks:
        return "its words hold the topic's terms, and PubMed does not find it by them"
    status = record.publication.medline_status if record.publication else None
    waits = status is not None and status not in _INDEXED and not record.names("mesh")
    late = "; not indexed yet: MeSH may bring it" if waits else ""
    return f"no {' and no '.join(lacks)} term in title, abstract or headings{late}"


def _of_list(work: Known) -> Record | None:
    if not work.title and not work.abstract:
        return None
    headings = [
        Heading("mesh", keyword) for keyword in work.keywords
    ]  # RIS files of PubMed have MeSH as keywords
    return Record(str(work), "list", "article", work.title, work.abstract, headings=headings)


def _finds(watched: Iterable[Watched], record: Record) -> bool:
    text = f"{record.title or ''}\n{record.abstract or ''}"
    names = {name.casefold() for name in (*record.names("mesh"), *record.names("substance"))}
    return any(
        names & {term.casefold() for term in (*one.mesh, *one.substances)}
        or any(_pattern(term).search(text) for term in one.terms)
        for one in watched
    )


def _pattern(term: str) -> re.Pattern[str]:
    """A search term as PubMed reads it: whole words, any of space and hyphen between them, a final * for any ending."""
    words = [re.escape(word) for word in re.split(r"[\s-]+", term.rstrip("*"))]
    ending = r"\w*" if term.endswith("*") else ""
    return re.compile(r"(?<!\w)" + r"[\s‐‑-]+".join(words) + ending + r"(?!\w)", re.IGNORECASE)
