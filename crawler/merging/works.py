"""A record as merging sees it, and the keys by which records that may be the same work find each other.

Keys are rows of `work_keys`, one index look-up each, so no pair is ever formed that does not share one:
identifiers ("doi:10.1/x", "pmid:1", "pmcid:PMC1", "pii:S…", "reg:NCT00000001"), and for articles and preprints the
first and last letters of a title with the year ("a:ketaminefordepression|2021"). Each title key is given for its year
and for the next, so that works a year apart share one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from crawler.merging.titles import is_telling, normalise
from spiders.identifiers import find_trial_ids, normalise_doi, normalise_pii, normalise_pmcid, normalise_pmid
from spiders.title_marks import read_mark
from store import filled

_KEY_LETTERS = 24
_LISTED = "record_id IN (SELECT value FROM json_each(?))"
_VERSION = re.compile(r"(?<=[0-9a-z])[./]v[0-9]{1,2}$")
SCHEMES = ("pmid", "reg", "pmcid", "doi", "pii")  # the surest first


_IDENTIFIERS = """SELECT record_id, scheme, value FROM identifiers
WHERE scheme IN ('doi', 'pmid', 'pmcid', 'pii', 'nct-alias') AND record_id IN (SELECT value FROM json_each(?))"""
_RECORDS = """SELECT id, source, kind, title, authors, venue, published, year, doi, pmid, pmcid, status, merged_into
FROM records WHERE id IN (SELECT value FROM json_each(?))"""


@dataclass(slots=True)
class Work:
    """One record's own statements (nothing that merging filled)."""

    id: str
    source: str
    kind: str
    title: str
    normal: str = ""  # normalised, without "RETRACTED:" before it
    other_titles: tuple[str, ...] = ()  # normalised: the vernacular one
    mark: str | None = None  # the kind of notice or reply that its title says it is
    year: int | None = None
    published: str | None = None
    first_author: frozenset[str] = frozenset()  # the words of the family name; of an unparted name all words
    ids: dict[str, frozenset[str]] = field(default_factory=dict)  # scheme of `SCHEMES` -> values
    aliases: frozenset[str] = frozenset()  # registry numbers that the registry has merged into this one
    journal: str | None = None
    volume: str | None = None
    first_page: str | None = None
    version: int = 0
    deleted: bool = False
    merged_into: str | None = None

    @property
    def keys(self) -> list[str]:
        """Its rows of `work_keys`."""
        found = [f"{scheme}:{value}" for scheme in SCHEMES for value in self.ids.get(scheme, ())]
        found += [f"reg:{number}" for number in self.aliases]
        if self.kind in ("article", "preprint", "news") and self.year:
            for title in filter(is_telling, (self.normal, *self.other_titles)):
                letters = title.replace(" ", "")
                for year in (self.year, self.year + 1):
                    found.append(f"a:{letters[:_KEY_LETTERS]}|{year}")
                    found.append(f"z:{letters[-_KEY_LETTERS:]}|{year}")
        return list(dict.fromkeys(found))


def load(db: Database, ids: Iterable[str]) -> dict[str, Work]:
    """The works of these record ids, those that are here."""
    marker = json.dumps(sorted(set(ids)))
    identifiers: dict[str, list[tuple[str, str]]] = {}
    for record_id, scheme, value in db.execute(_IDENTIFIERS, (marker,)):
        identifiers.setdefault(record_id, []).append((scheme, value))
    publications = {row["record_id"]: row for row in db.table("publications").rows_where(_LISTED, [marker])}
    borrowed = filled.fields_of(db, json.loads(marker))
    works = {}
    for row in db.query(_RECORDS, [marker]):
        fields = borrowed.get(row["id"], {})
        publication = filled.own_publication(publications.get(row["id"]), fields)
        works[row["id"]] = work_of(
            filled.own_record(row, fields), publication or {}, identifiers.get(row["id"], [])
        )
    return works


def work_of(row: dict[str, Any], publication: dict[str, Any], identifiers: list[tuple[str, str]]) -> Work:
    """The work of a row of `records`, its row of `publications` (or an empty one) and its (scheme, value) pairs."""
    mark = read_mark(row["title"])
    plain = mark.rest if mark and mark.side == "affected" else row["title"]
    vernacular = publication.get("vernacular_title")
    authors = json.loads(row["authors"])
    pages = re.split(r"[-–,]", publication.get("pages") or "")[0].strip()
    return Work(
        id=row["id"], source=row["source"], kind=row["kind"], title=row["title"],
        normal=normalise(plain),
        other_titles=(normalise(vernacular),) if vernacular else (),
        mark=mark.kind if mark and mark.side == "notice" else None,
        year=row["year"], published=row["published"],
        first_author=_family(authors[0]) if authors else frozenset(),
        ids={scheme: values for scheme, values in _ids(row, identifiers) if values},
        aliases=frozenset(value.upper() for scheme, value in identifiers if scheme == "nct-alias"),
        journal=publication.get("journal") or row["venue"],
        volume=publication.get("volume"), first_page=pages or None,
        version=publication.get("version") or 0, deleted=row["status"] == "deleted", merged_into=row["merged_into"],
    )  # fmt: skip


def _ids(row: dict[str, Any], identifiers: list[tuple[str, str]]) -> Iterator[tuple[str, frozenset[str]]]:
    """Its identifiers by scheme, in one spelling each."""
    stated = [*identifiers, *((scheme, row[scheme]) for scheme in ("doi", "pmid", "pmcid") if row[scheme])]
    normalised: dict[str, Any] = {
        "doi": normalise_doi,
        "pmid": normalise_pmid,
        "pmcid": normalise_pmcid,
        "pii": normalise_pii,  # all that feeds of Elsevier's journals name
    }
    for scheme, spell in normalised.items():
        values = {spell(value) for given, value in stated if given == scheme} - {None}
        if scheme == "doi" and row["kind"] == "preprint":
            values = {
                _VERSION.sub("", doi) for doi in values
            }  # 10.21203/rs.3.rs-123/v1: versions of one preprint
        yield scheme, frozenset(values)
    if row["kind"] == "registration":
        own = row["id"].partition(":")[2]
        yield "reg", frozenset(value for _, value in find_trial_ids(own)) or frozenset({own.upper()})


def _family(author: dict[str, Any]) -> frozenset[str]:
    name = author.get("family") or re.sub(
        r"(?:\s+[A-Z]{1,3})+$|,.*", "", author.get("name") or ""
    )  # "Feder A", "Feder, Adriana"
    return frozenset(word for word in normalise(name).split() if len(word) > 1)
