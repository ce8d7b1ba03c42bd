"""The claims that stand, with their facets: their own, and those that they take from their section or article."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlite_utils import Database

Facets = Mapping[str, frozenset[str]]
_NONE: frozenset[str] = frozenset()
_YEAR = re.compile(r"\b(?:19[5-9]\d|20\d\d)\b")
#: treatments that a sentence sets beside the drug, whether or not it says that it compares
_BESIDE = {
    "tms": re.compile(r"\bTMS\b|\btranscranial magnetic\b", re.IGNORECASE),
    "ect": re.compile(r"\bECT\b|\belectroconvulsive\b", re.IGNORECASE),
}
_COMPARES = re.compile(
    r"\bhead.to.head\b|\b(?:the )?(?:two|both) (?:treatments|therapies|options)\b", re.IGNORECASE
)
_CIVILIAN = re.compile(r"\bcivilians?\b", re.IGNORECASE)

#: what a claim takes from its section where it says nothing of it itself; who is compared with whom, comparisons alone
_INHERITED = ("indication", "drug")
_OF_COMPARISONS = ("comparator", "combination")


@dataclass(frozen=True, slots=True)
class Cited:
    """A work that the claim cites. `record_id` is None where it is not resolved; `year` is the record's."""

    record_id: str | None
    year: int | None
    mismatch: str | None


@dataclass(frozen=True)
class Claim:
    """One sentence that asserts something. `taken`: dimension -> where its values come from, if not from the sentence."""

    id: int
    article_id: str
    kind: str
    strength: str
    absolute: bool
    sentence: str
    facets: Facets
    taken: Mapping[str, str] = field(default_factory=dict)
    cited: tuple[Cited, ...] = ()
    cited_elsewhere: frozenset[str] = _NONE
    years_of_section: frozenset[int] = frozenset()
    #: kept by `fits.fit`: tags of works -> what the claim agrees with them in
    agreements: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def values(self, dimension: str) -> frozenset[str]:
        return self.facets.get(dimension, _NONE)

    def own(self, dimension: str) -> frozenset[str]:
        return _NONE if dimension in self.taken else self.values(dimension)

    @property
    def is_broad(self) -> bool:
        """Whether neither the sentence nor its section says what is treated."""
        return self.taken.get("indication") == "article"

    @cached_property
    def cited_ids(self) -> frozenset[str]:
        return frozenset(work.record_id for work in self.cited if work.record_id)

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that the sentence names; those of citations in brackets count too."""
        return years_in(self.sentence)

    @cached_property
    def knows_until(self) -> int | None:
        """The latest year of what the sentence cites, else of those that it names."""
        cited = [work.year for work in self.cited if work.year]
        return max(cited or self.years, default=None)

    @property
    def year_told(self) -> int | None:
        """The latest year that its section names, where the sentence itself names none."""
        return self.knows_until or max(self.years_of_section, default=None)

    @cached_property
    def excluded_populations(self) -> frozenset[str]:
        return frozenset({"veteran"}) if _CIVILIAN.search(self.sentence) else _NONE


def read_claims(db: Database, article_id: str | None = None) -> list[Claim]:
    """The claims that stand, of one article or of all, in order of article and text."""
    rows = list(
        db.query(
            """SELECT claims.id, claims.article_id, kind, strength, absolute, sentence, section, section_position,
                topic_indications
            FROM claims JOIN articles ON articles.id = claims.article_id
            WHERE claims.state = 'active' AND (:article IS NULL OR claims.article_id = :article)
            ORDER BY claims.article_id, claims.position, claims.id""",
            {"article": article_id},
        )
    )
    facets, works = _facets(db), _works(db)
    by_article: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_article[str(row["article_id"])].append(row)
    return [claim for article in by_article.values() for claim in _of_article(article, facets, works)]


def years_in(text: str) -> frozenset[int]:
    return frozenset(int(year) for year in _YEAR.findall(text))


def _facets(db: Database) -> dict[int, dict[str, frozenset[str]]]:
    found: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    for row in db.query(
        "SELECT claim_id, dimension, value FROM claim_facets ORDER BY claim_id, dimension, value"
    ):
        of_claim = found[row["claim_id"]]
        of_claim[row["dimension"]] = of_claim.get(row["dimension"], _NONE) | {row["value"]}
    return found


def _works(db: Database) -> dict[int, tuple[Cited, ...]]:
    found: dict[int, tuple[Cited, ...]] = defaultdict(tuple)
    rows = db.query(
        """SELECT claim_works.claim_id, coalesce(records.merged_into, records.id) AS record_id, records.year, mismatch
        FROM claim_works LEFT JOIN records ON records.id = claim_works.record_id ORDER BY claim_works.id"""
    )
    for row in rows:
        found[row["claim_id"]] += (Cited(row["record_id"], row["year"], row["mismatch"]),)
    return found


def _of_article(
    rows: list[dict[str, object]],
    facets: dict[int, dict[str, frozenset[str]]],
    works: dict[int, tuple[Cited, ...]],
) -> Iterable[Claim]:
    ids = [_number(row) for row in rows]
    drugs = Counter(drug for claim_id in ids for drug in facets.get(claim_id, {}).get("drug", ()))
    article = {
        "indication": frozenset(json.loads(str(rows[0]["topic_indications"] or "[]"))) - {"none", "other"},
        "drug": frozenset(drug for drug, _ in drugs.most_common(1)),
    }
    everywhere = frozenset(
        work.record_id for claim_id in ids for work in works.get(claim_id, ()) if work.record_id
    )
    owns = [_own(row, facets.get(one, {})) for one, row in zip(ids, rows, strict=True)]
    sections: dict[object, _Section] = {}
    for at, row in enumerate(rows):
        section = sections.setdefault(row["section_position"], _Section(_beside(str(row["section"] or ""))))
        section.add(at, owns[at], years_in(str(row["sentence"])))
    for at, row in enumerate(rows):
        section, sentence, cited = (
            sections[row["section_position"]],
            str(row["sentence"]),
            works.get(ids[at], ()),
        )
        compares = row["kind"] == "comparison" or bool(_COMPARES.search(sentence))
        taken, more = _taken(owns[at], compares, section.told_beside(at, owns), article)
        years = section.years_beside(years_in(sentence))
        here = frozenset(work.record_id for work in cited if work.record_id)
        yield Claim(
            ids[at], str(row["article_id"]), str(row["kind"]), str(row["strength"]), bool(row["absolute"]),
            sentence, {**owns[at], **more}, taken, cited, everywhere - here, years,
        )  # fmt: skip


class _Section:
    """The claims of a section by what they say, so that a claim finds the nearest that says what it leaves open."""

    def __init__(self, compared: frozenset[str]):
        self._compared = compared  # what the heading says is compared
        self._saying: dict[str, list[int]] = defaultdict(list)  # dimension -> claims, in the text's order
        self._years: Counter[int] = Counter()  # year -> claims that name it

    def add(self, at: int, own: Facets, years: Iterable[int]) -> None:
        for dimension in own:
            self._saying[dimension].append(at)
        self._years.update(years)

    def told_beside(self, at: int, owns: Sequence[Facets]) -> Callable[[str], Facets]:
        """Dimension -> what the nearest other claim says that has it: the last before, else the first after."""

        def told(dimension: str) -> Facets:
            saying = self._saying.get(dimension, [])
            place = bisect_left(saying, at)
            others = saying[max(0, place - 1) : place] or saying[:1]
            if others:
                return owns[others[0]]
            return {"comparator": self._compared} if dimension == "comparator" else {}

        return told

    def years_beside(self, own: frozenset[int]) -> frozenset[int]:
        """The years that other claims of the section name."""
        return frozenset(year for year, claims in self._years.items() if claims > (year in own))


def _number(row: dict[str, object]) -> int:
    return int(str(row["id"]))


def _own(row: dict[str, object], facets: Facets) -> dict[str, frozenset[str]]:
    """What the sentence says: its facets without the values that say of a record that it has none."""
    kept = {dimension: values - {"none", "other"} for dimension, values in facets.items()}
    kept["comparator"] = kept.get("comparator", _NONE) | _beside(str(row["sentence"]))
    return {dimension: values for dimension, values in kept.items() if values}


def _beside(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _BESIDE.items() if pattern.search(text))


def _taken(
    own: Facets, compares: bool, told_beside: Callable[[str], Facets], article: Facets
) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """(dimension -> where from, dimension -> values) of what the sentence leaves to its surroundings, nearest first."""
    taken: dict[str, str] = {}
    values: dict[str, frozenset[str]] = {}
    compared = any(own.get(dimension) for dimension in _OF_COMPARISONS)
    wanted = (*_INHERITED, *(_OF_COMPARISONS if compares and not compared else ()))
    for dimension in wanted:
        if own.get(dimension):
            continue
        near = told_beside(dimension)
        if found := near.get(dimension) or article.get(dimension, _NONE):
            taken[dimension] = "section" if near.get(dimension) else "article"
            values[dimension] = found
            if dimension == "indication":
                taken["indication_detail"] = taken[dimension]
                values["indication_detail"] = near.get("indication_detail", _NONE)
    return taken, values
