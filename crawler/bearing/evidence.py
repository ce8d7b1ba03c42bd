"""Records as evidence: what their tags say, the study that they belong to, and what of them is material."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

_CHUNK = 500
_NONE: frozenset[str] = frozenset()
_COLUMNS = ", ".join(
    f"records.{column}"
    for column in (
        "id", "kind", "source", "title", "abstract", "venue", "published", "year", "standing", "status", "sample_size",
        "pubtypes",
    )
)  # fmt: skip
_DIMENSIONS = (
    "indication", "indication_detail", "design", "parent_design", "drug", "route", "comparator", "population",
    "regimen", "combination", "dose", "topic",
)  # fmt: skip
#: of a study's records, which speaks for it
_ROLES = ("primary", "extension", "secondary", "preprint", "protocol", "registration")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One work. `tags`: dimension -> values. `study`: its study's number, else None; `role`: what it is to that study.

    `also`: how many further records tell of the same study. `state`: a hash of what is material. `families`: by what it
    is counted once: its study, its title (a work printed twice), the day on which a drug was decided on.
    """

    id: str
    kind: str
    source: str
    title: str
    abstract: str
    venue: str
    published: str | None
    year: int | None
    standing: str | None
    status: str | None
    size: int | None
    tags: Mapping[str, frozenset[str]]
    study: str | None
    role: str | None
    state: str
    also: int = 0
    pubtypes: frozenset[str] = _NONE
    families: frozenset[str] = _NONE

    def values(self, dimension: str) -> frozenset[str]:
        return self.tags.get(dimension, _NONE)

    @property
    def words(self) -> str:
        return f"{self.title}\n{self.abstract}"


class Library:
    """Reads works as evidence, each once. For one matching, in one transaction."""

    def __init__(self, db: Database):
        self.db = db
        self._read: dict[str, Evidence | None] = {}

    def works(self, record_ids: Iterable[str]) -> list[Evidence]:
        """The works with these ids that readers are shown, in order of id; those merged into another are left out."""
        wanted = sorted(set(record_ids))
        missing = [one for one in wanted if one not in self._read]
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            self._read |= dict.fromkeys(chunk) | {work.id: work for work in _works(self.db, chunk)}
        return [work for one in wanted if (work := self._read[one])]

    def tagged(self, dimension: str, values: Iterable[str]) -> set[str]:
        """Ids of records with any of these values."""
        wanted = sorted(values)
        rows = self.db.execute(
            f"SELECT DISTINCT record_id FROM tags WHERE dimension = ? AND value IN ({_marks(wanted)})",
            [dimension, *wanted],
        )
        return {row[0] for row in rows}

    def of_kinds(self, kinds: Sequence[str]) -> set[str]:
        return {
            row[0]
            for row in self.db.execute(f"SELECT id FROM records WHERE kind IN ({_marks(kinds)})", kinds)
        }


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _works(db: Database, ids: Sequence[str]) -> Iterator[Evidence]:
    tags: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    of_these = f"IN ({_marks(ids)})"
    for row in db.query(f"SELECT record_id, dimension, value FROM tags WHERE record_id {of_these}", ids):
        if row["dimension"] in _DIMENSIONS:
            own = tags[row["record_id"]]
            own[row["dimension"]] = own.get(row["dimension"], _NONE) | {row["value"]}
    studies = _studies(db, ids)
    records = db.query(
        f"""SELECT {_COLUMNS}, registrations.results_first_posted AS results
        FROM records LEFT JOIN registrations ON registrations.record_id = records.id
        WHERE records.id {of_these} AND merged_into IS NULL AND status IS NOT 'deleted'""",
        ids,
    )
    for row in records:
        study, role, also = studies.get(row["id"], (None, None, 0))
        yield Evidence(
            row["id"], row["kind"], row["source"], row["title"], row["abstract"] or "", row["venue"] or "",
            row["published"], row["year"], row["standing"], row["status"], row["sample_size"], tags[row["id"]], study,
            role, _state(row, tags[row["id"]]), also, frozenset(json.loads(row["pubtypes"])),
            _families(row, study, tags[row["id"]].get("drug", _NONE)),
        )  # fmt: skip


def _families(row: dict[str, Any], study: str | None, drugs: frozenset[str]) -> frozenset[str]:
    regulates = row["kind"] in ("regulatory", "news") and row["published"] and drugs
    decided = f"{' '.join(sorted(drugs))} {row['published']}" if regulates else None
    title = re.sub(r"\W+", " ", row["title"].lower()).strip()
    return frozenset(name for name in (decided, study, title) if name)


def _studies(db: Database, ids: Sequence[str]) -> dict[str, tuple[str, str | None, int]]:
    """work -> (study, role, how many other works of the study there are), by its records of other sources too."""
    rows = db.query(
        f"""SELECT coalesce(records.merged_into, records.id) AS id, min(study_id) AS study, role, (
            SELECT count(DISTINCT coalesce(others.merged_into, others.id)) - 1 FROM study_records AS linked
            JOIN records AS others ON others.id = linked.record_id
            WHERE linked.study_id = study_records.study_id) AS also
        FROM study_records JOIN records ON records.id = study_records.record_id
        WHERE coalesce(records.merged_into, records.id) IN ({_marks(ids)})
            AND role IS NOT 'review-of' AND role IS NOT 'notice'
        GROUP BY 1""",
        ids,
    )
    return {row["id"]: (row["study"], row["role"], row["also"]) for row in rows}


def _state(row: dict[str, Any], tags: Mapping[str, frozenset[str]]) -> str:
    """Of what a writer judged: title and text, what they say was studied how in how many, and what became of the work."""
    told = {dimension: sorted(tags.get(dimension, ())) for dimension in ("indication", "design", "drug")}
    # white space and case are the typesetter's
    text = [re.sub(r"\W+", " ", row[column] or "").strip().lower() for column in ("title", "abstract")]
    material = [text, told, row["sample_size"], row["standing"], row["status"], row["kind"], row["results"]]
    return hashlib.blake2b(json.dumps(material).encode(), digest_size=8).hexdigest()


def speaks_first(work: Evidence) -> tuple[int, str, str]:
    """Orders the works of one study: its report, then what follows from it, then what announced it."""
    rank = _ROLES.index(work.role) if work.role in _ROLES else len(_ROLES)
    return (rank, work.published or "9999", work.id)
