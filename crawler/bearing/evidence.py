"""Records as evidence: what their tags say, the study that they belong to, and what of them is material."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from sqlite_utils import Database

_CHUNK = 500
_NONE: frozenset[str] = frozenset()
_COLUMNS = "id, kind, title, published, year, standing, sample_size, pubtypes"
_SHOWN = "merged_into IS NULL AND status IS NOT 'deleted'"
_DIMENSIONS = (
    "indication", "indication_detail", "design", "parent_design", "drug", "route", "comparator", "population",
    "regimen", "combination", "dose", "topic",
)  # fmt: skip
#: of a study's records, which speaks for it
_ROLES = ("primary", "extension", "secondary", "preprint", "protocol", "registration")
_TEXT = """
SELECT title, abstract, sample_size, standing, status, kind, registrations.results_first_posted AS results
FROM records LEFT JOIN registrations ON registrations.record_id = records.id WHERE records.id = ?"""
_STUDIES = """
SELECT coalesce(records.merged_into, records.id), min(study_id), role
FROM study_records JOIN records ON records.id = study_records.record_id
WHERE role IS NOT 'review-of' AND role IS NOT 'notice' GROUP BY 1"""
_SIZES = """
SELECT study_id, count(DISTINCT coalesce(others.merged_into, others.id)) - 1
FROM study_records JOIN records AS others ON others.id = record_id GROUP BY 1"""


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """What tags say: dimension -> values. Works that say the same share one, so that `is` compares them."""

    values: Mapping[str, frozenset[str]]


@dataclass(frozen=True, eq=False)
class Evidence:
    """One work. `study`: its study's number, else None; `role`: what it is to that study; `size`: people in it.

    Its text, its state and its families are read or made when they are asked for: most works are passed over before.
    """

    id: str
    kind: str
    title: str
    published: str | None
    year: int | None
    standing: str | None
    size: int | None
    pubtypes: frozenset[str]
    tags: Tags
    study: str | None
    role: str | None
    library: Library = field(repr=False)

    def values(self, dimension: str) -> frozenset[str]:
        return self.tags.values.get(dimension, _NONE)

    @cached_property
    def words(self) -> str:
        return f"{self.title}\n{self.library.text(self.id)['abstract'] or ''}"

    @cached_property
    def state(self) -> str:
        """A hash of what is material."""
        return _state(self.library.text(self.id), self.tags.values)

    @cached_property
    def families(self) -> frozenset[str]:
        """By what it is counted once: its study, its title (a work printed twice), the day a drug was decided on."""
        return _families(self)

    @property
    def also(self) -> int:
        """How many further records tell of the same study."""
        return self.library.study_sizes.get(self.study, 0) if self.study else 0


class Library:
    """Reads works as evidence, each once. For one matching, in one transaction."""

    def __init__(self, db: Database):
        self.db = db
        self._read: dict[str, Evidence | None] = {}
        self._tags: dict[str, Tags] = {}

    def works(self, record_ids: Iterable[str]) -> list[Evidence]:
        """The works with these ids that readers are shown, in order of id; those merged into another are left out."""
        wanted = sorted(set(record_ids))
        missing = [one for one in wanted if one not in self._read]
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            self._read |= dict.fromkeys(chunk)
            self._take(f"id IN ({_marks(chunk)})", f"record_id IN ({_marks(chunk)})", chunk)
        return [work for one in wanted if (work := self._read[one])]

    def of_kinds(
        self, kinds: Sequence[str], tagged: Mapping[str, Iterable[str]] | None = None
    ) -> list[Evidence]:
        """The works of these kinds that readers are shown; of each dimension in `tagged`, with one of its values."""
        of_these, values = f"kind IN ({_marks(kinds)})", list(kinds)
        for dimension, wanted in (tagged or {}).items():
            said = sorted(wanted)
            of_these += (
                f" AND id IN (SELECT record_id FROM tags WHERE dimension = ? AND value IN ({_marks(said)}))"
            )
            values += [dimension, *said]
        self._take(of_these, f"record_id IN (SELECT id FROM records WHERE {_SHOWN} AND {of_these})", values)
        return [work for work in self._read.values() if work and work.kind in kinds]

    def text(self, record_id: str) -> dict[str, Any]:
        """What is material of a record, with its abstract."""
        return next(self.db.query(_TEXT, [record_id]))

    @cached_property
    def study_sizes(self) -> dict[str, int]:
        """Study -> how many works it has besides one."""
        return dict(self.db.execute(_SIZES).fetchall())

    @cached_property
    def _studies(self) -> dict[str, tuple[str, str | None]]:
        return {row[0]: (row[1], row[2]) for row in self.db.execute(_STUDIES)}

    def _take(self, records: str, tags: str, values: Sequence[str]) -> None:
        told = self._facets(tags, values)
        rows = self.db.execute(f"SELECT {_COLUMNS} FROM records WHERE {_SHOWN} AND {records}", values)
        for one, kind, title, published, year, standing, size, pubtypes in rows:
            if self._read.get(one) is None:
                study, role = self._studies.get(one, (None, None))
                self._read[one] = Evidence(
                    one, kind, title, published, year, standing, size, _listed(pubtypes), self._shared(told.get(one, "")),
                    study, role, self,
                )  # fmt: skip

    def _facets(self, of_these: str, values: Sequence[str]) -> dict[str, str]:
        """Record -> its tags in one line, for those of one line share them."""
        lists = ", ".join(f"'{dimension}'" for dimension in _DIMENSIONS)
        rows = self.db.execute(
            f"""SELECT record_id, group_concat(dimension || char(9) || value, char(10)) FROM tags
            WHERE {of_these} AND dimension IN ({lists}) GROUP BY record_id""",
            values,
        )
        return dict(rows.fetchall())

    def _shared(self, line: str) -> Tags:
        if line not in self._tags:
            pairs = sorted(set(line.split("\n"))) if line else []
            plain = "\n".join(pairs)
            if plain not in self._tags:
                self._tags[plain] = _tags(pairs)
            self._tags[line] = self._tags[plain]
        return self._tags[line]


def _tags(pairs: Iterable[str]) -> Tags:
    found: dict[str, frozenset[str]] = {}
    for pair in pairs:
        dimension, values = _pair(pair)
        found[dimension] = found[dimension] | values if dimension in found else values
    return Tags(found)


@lru_cache(maxsize=10_000)
def _pair(text: str) -> tuple[str, frozenset[str]]:
    dimension, _, value = text.partition("\t")
    return dimension, frozenset({value})


@lru_cache(maxsize=10_000)
def _listed(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _families(work: Evidence) -> frozenset[str]:
    drugs = work.values("drug")
    regulates = work.kind in ("regulatory", "news") and work.published and drugs
    decided = f"{' '.join(sorted(drugs))} {work.published}" if regulates else None
    title = re.sub(r"\W+", " ", work.title.lower()).strip()
    return frozenset(name for name in (decided, work.study, title) if name)


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
