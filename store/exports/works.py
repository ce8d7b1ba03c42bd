"""Works as bibliographies need them: each with its authors, place, identifiers and what became of it.

`read_works` reads a batch; everything that writes citations, files or feeds starts from its `Work`s, so they cannot
disagree. Abstracts are the publishers' texts and are read only where they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from store.records import Author

_ASKED = "(SELECT value FROM json_each(:ids))"

_SHOWN = """
SELECT coalesce(record.merged_into, record.id, named.merged_into, named.id, bare.id) AS id
FROM json_each(:ids) AS asked
LEFT JOIN records AS record ON record.id = asked.value
LEFT JOIN work_names ON record.id IS NULL AND work_names.name = asked.value
LEFT JOIN records AS named ON named.id = work_names.work_id
LEFT JOIN bare_works AS bare ON bare.id = coalesce(work_names.work_id, asked.value)
ORDER BY asked.key"""

_RECORDS = f"""
SELECT records.id, records.source, records.kind, records.title, records.venue, records.authors, records.published,
    records.entered, records.revised, records.url, records.doi, records.pmid, records.pmcid, records.nct_ids,
    records.pubtypes, records.keywords, records.indications, records.designs, records.drugs,
    records.sample_size, records.status, records.standing, iif(:abstracts, records.abstract, NULL) AS abstract,
    publications.journal, publications.issn, publications.volume, publications.issue, publications.pages,
    publications.languages, publications.medline_status, publications.book, registrations.registry,
    registrations.official_title, registrations.sponsor
FROM records
LEFT JOIN publications ON publications.record_id = records.id
LEFT JOIN registrations ON registrations.record_id = records.id
WHERE records.id IN {_ASKED}"""

_BARE = f"""
SELECT id, source, title, authors, venue, CAST(year AS TEXT) AS published, names
FROM bare_works WHERE id IN {_ASKED} AND id NOT IN (SELECT id FROM records)"""

_MESH = f"""
SELECT record_id, name, major FROM headings
WHERE scheme = 'mesh' AND record_id IN {_ASKED} ORDER BY record_id, position"""

_NOTICES = f"""
SELECT work_id, kind, notice_id, notice_title, title, date, sources, citation, decision, work_kind
FROM work_notices
WHERE id IN (SELECT id FROM found_notices WHERE work_id IN {_ASKED}
        UNION SELECT id FROM found_notices WHERE notice_id IN {_ASKED})
    AND decision IS NOT 'disputed'
ORDER BY date IS NULL, date, kind, work_id, notice_id"""

_LISTS = ("nct_ids", "pubtypes", "keywords", "indications", "designs", "drugs")


#: what Crossref says in the place of a citation: "is-preprint-of"
_RELATION = re.compile(r"[a-z]+(-[a-z]+)+")


@dataclass(slots=True, frozen=True)
class WorkNotice:
    """A notice that concerns a work. `on`: what it says is of the work `work_id`; `by`: the notice, None if unnamed.

    `kind` and `date` as in `store.records.Notice`; `sources`: who says so; `citation`: the notice, or the other
    work, as text.
    """

    kind: str
    on: str
    by: str | None
    date: str | None = None
    sources: tuple[str, ...] = ()
    citation: str | None = None
    title_on: str | None = None
    title_by: str | None = None
    on_preprint: bool = False


@dataclass(slots=True, frozen=True)
class Work:
    """One work: the record that is shown for it, or what citation sources say of a work that is no record (`bare`).

    Dates are ISO-8601 text of the precision known. `languages`: ISO 639-2. `pages` as PubMed writes them: "351-4".
    `notices` are those about this work, `notice_of` those that this record itself gives of others.
    """

    id: str
    source: str
    kind: str  # article, preprint, registration, regulatory, news; "work" if bare
    title: str | None = None
    authors: tuple[Author, ...] = ()
    venue: str | None = None  # short title of the journal, registry, agency or feed
    journal: str | None = None  # full title
    issn: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    published: str | None = None
    entered: str | None = None
    revised: str | None = None
    url: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    nct_ids: tuple[str, ...] = ()
    pubtypes: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()  # headings by name, an asterisk before the main topics, as PubMed writes them
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    sample_size: int | None = None
    status: str | None = None
    standing: str | None = None
    medline_status: str | None = None
    book: dict[str, str | None] = field(default_factory=dict)  # title, publisher, place, isbn, accession …
    registry: str | None = None
    official_title: str | None = None
    sponsor: str | None = None
    notices: tuple[WorkNotice, ...] = ()
    notice_of: tuple[WorkNotice, ...] = ()
    abstract: str | None = None
    bare: bool = False

    @property
    def year(self) -> str | None:
        """The year of publication."""
        return self.published[:4] if self.published else None

    @property
    def native_id(self) -> str:
        """The source's own id: "23982301", "NCT03113968"."""
        return self.id.partition(":")[2]


def shown_ids(db: Database, ids: Sequence[str]) -> list[str]:
    """The works that `ids` name, each once, in the order asked; what names no work known here is left out.

    An id is a record's, merged or not, or any name of a work ("doi:10.1/x", "pmcid:PMC1"; see `store.work_names`).
    """
    found = db.query(_SHOWN, {"ids": json.dumps(list(ids))})
    return list(dict.fromkeys(row["id"] for row in found if row["id"] is not None))


def read_works(db: Database, ids: Sequence[str], *, abstracts: bool = False) -> list[Work]:
    """The works that `ids` name (as in `shown_ids`), each once, in that order. Some hundred ids at a time are best.

    Reads only. `abstracts`: read them too; else `Work.abstract` is None.
    """
    wanted = shown_ids(db, ids)
    asked = {"ids": json.dumps(wanted), "abstracts": abstracts}
    about: dict[str, list[WorkNotice]] = {}
    given: dict[str, list[WorkNotice]] = {}
    for row in list(db.query(_NOTICES, asked)):
        notice = _notice(row)
        if notice.by == notice.on:  # a retraction that the record states of itself
            notice = _unnamed(notice)
        about.setdefault(notice.on, []).append(notice)
        if notice.by:
            given.setdefault(notice.by, []).append(notice)
    mesh: dict[str, list[str]] = {}
    for row in db.query(_MESH, asked):
        mesh.setdefault(row["record_id"], []).append(f"{'*' if row['major'] else ''}{row['name']}")
    works = {row["id"]: _work(row, about, given, mesh) for row in list(db.query(_RECORDS, asked))}
    works |= {row["id"]: _bare_work(row) for row in list(db.query(_BARE, asked))}
    return [works[work_id] for work_id in wanted if work_id in works]


def _notice(row: dict[str, Any]) -> WorkNotice:
    text = row["citation"]
    return WorkNotice(
        row["kind"], row["work_id"], row["notice_id"], row["date"], tuple(json.loads(row["sources"])),
        None if text and _RELATION.fullmatch(text) else text, row["title"], row["notice_title"], row["work_kind"] == "preprint",
    )  # fmt: skip


def _unnamed(notice: WorkNotice) -> WorkNotice:
    return WorkNotice(
        notice.kind, notice.on, None, notice.date, notice.sources, notice.citation, notice.title_on,
        on_preprint=notice.on_preprint,
    )  # fmt: skip


def _work(
    row: dict[str, Any],
    about: dict[str, list[WorkNotice]],
    given: dict[str, list[WorkNotice]],
    mesh: dict[str, list[str]],
) -> Work:
    lists = {name: tuple(str(value) for value in json.loads(row[name])) for name in _LISTS}
    authors = tuple(
        Author(**(author | {"affiliations": tuple(author.get("affiliations", ()))}))
        for author in json.loads(row["authors"])
    )
    return Work(
        **(row | lists | {
            "authors": authors,
            "mesh": tuple(mesh.get(row["id"], ())),
            "languages": tuple(json.loads(row["languages"] or "[]")),
            "book": json.loads(row["book"] or "{}"),
            "notices": tuple(about.get(row["id"], ())),
            "notice_of": tuple(given.get(row["id"], ())),
        })
    )  # fmt: skip


def _bare_work(row: dict[str, Any]) -> Work:
    names = dict(name.partition(":")[::2] for name in reversed(json.loads(row["names"])))
    return Work(
        row["id"], row["source"], "work", row["title"], tuple(Author(name) for name in json.loads(row["authors"])),
        row["venue"], published=row["published"], doi=names.get("doi"), pmid=names.get("pubmed"),
        pmcid=names.get("pmcid"), bare=True,
    )  # fmt: skip
