"""Which study a registry number names: registrations that claim each other's numbers are one study.

A claim unites only where it can be meant so. A registration that names another number of its own registry names a parent
or a sister; a number that two registrations of one registry claim (a EudraCT number for a programme) belongs to neither
alone; a registration that names two numbers of another registry has no one partner there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlite_utils import Database

from crawler.linking.links import AMONG, Row, rows_of

#: which number names a study that has several; other schemes come after these, in order of name
PREFERENCE = ("nct", "isrctn", "ctis", "eudract")
SCHEMES = frozenset(
    ("nct", "isrctn", "eudract", "ctis", "actrn", "chictr", "umin", "jrct", "japic", "drks", "irct", "ctri",
     "kct", "pactr", "tctr")
)  # fmt: skip
REGISTRIES = {
    "clinicaltrials": "nct",
    "isrctn": "isrctn",
}  # a registry's source -> the scheme of its own numbers
ALIAS = "nct-alias"


def write_claims(db: Database, registration_ids: Iterable[str]) -> None:
    """Keep the own number of each registration, and the numbers that it gives as its study's others."""
    ids = sorted(set(registration_ids))
    sql = f"SELECT record_id, scheme, value FROM identifiers WHERE record_id {AMONG}"
    claims = {
        (row["record_id"], row["value"]): row["scheme"]
        for row in rows_of(db, sql, ids)
        if row["scheme"] in SCHEMES or row["scheme"] == ALIAS
    }
    new = []
    for record_id in ids:
        source, _, number = record_id.partition(":")
        claims[record_id, number] = REGISTRIES.get(source, source)
    for (record_id, value), scheme in sorted(claims.items()):
        new.append((record_id, scheme, value, value == record_id.partition(":")[2]))
    db.conn.executemany("DELETE FROM study_numbers WHERE record_id = ?", [(one,) for one in ids])
    db.conn.executemany("INSERT INTO study_numbers (record_id, scheme, value, own) VALUES (?, ?, ?, ?)", new)


class Studies:
    """The studies around some numbers, with all that is united with them."""

    def __init__(self, db: Database, numbers: Iterable[str]):
        self._parent: dict[str, str] = {}
        self._scheme: dict[str, str] = {}
        claims = _around(db, numbers)
        merged, split = _decided(db, {row["value"] for row in claims} | set(numbers))
        for row in claims:
            self._scheme.setdefault(row["value"], "nct" if row["scheme"] == ALIAS else row["scheme"])
        for one, other in sorted({*_united(claims)} - split) + merged:
            self._unite(one, other)
        self._members: dict[str, list[str]] = {}
        for number in sorted(self._parent):
            self._members.setdefault(self._root(number), []).append(number)

    def of(self, number: str) -> str:
        """The study that a number names: the preferred one of its numbers, or itself where nothing is known."""
        return min(self.numbers(number), key=self._rank)

    def numbers(self, number: str) -> list[str]:
        """All numbers of the study that `number` names."""
        return self._members.get(self._root(number), [number])

    def claimed(self, number: str) -> bool:
        """Whether a registration here has the number."""
        return number in self._scheme

    def _rank(self, number: str) -> tuple[int, str, str]:
        scheme = self._scheme.get(number) or scheme_of(number)
        return (PREFERENCE.index(scheme) if scheme in PREFERENCE else len(PREFERENCE), scheme, number)

    def _root(self, number: str) -> str:
        while (above := self._parent.get(number, number)) != number:
            number = above
        return number

    def _unite(self, one: str, other: str) -> None:
        for number in (one, other):
            self._parent.setdefault(number, number)
        first, second = sorted((self._root(one), self._root(other)))
        self._parent[second] = first


def scheme_of(number: str) -> str:
    """The scheme that a number's shape tells: NCT…, ISRCTN…; others as they begin."""
    return next((scheme for scheme in ("nct", "isrctn") if number.lower().startswith(scheme)), "~")


def _around(db: Database, numbers: Iterable[str]) -> list[Row]:
    """Every claim of every registration that is reached from `numbers` by claims or by people's merges."""
    claims: dict[tuple[str, str], Row] = {}
    seen: set[str] = set()
    fresh = set(numbers)
    while fresh:
        seen |= fresh
        sql = f"""SELECT * FROM study_numbers WHERE record_id IN (SELECT record_id FROM study_numbers WHERE value {AMONG})"""
        for row in rows_of(db, sql, fresh):
            claims[row["record_id"], row["value"]] = row
        partners = rows_of(
            db,
            f"""SELECT study_id, other_id FROM study_decisions WHERE decision = 'merge' AND withdrawn_at IS NULL
            AND (study_id {AMONG} OR other_id {AMONG})""",
            fresh,
        )
        met = {row["value"] for row in claims.values()}
        fresh = (met | {one for row in partners for one in row.values()}) - seen
    return list(claims.values())


def _united(claims: list[Row]) -> set[tuple[str, str]]:
    """The pairs of numbers that claims make one study; smaller number first."""
    own = {row["record_id"]: (row["value"], row["scheme"]) for row in claims if row["own"]}
    per_registry = Counter(
        (row["value"], own[row["record_id"]][1]) for row in claims if row["record_id"] in own
    )
    named = Counter((row["record_id"], row["scheme"]) for row in claims)
    pairs = set()
    for row in claims:
        number, scheme = own.get(row["record_id"], (None, None))
        if number is None or row["own"]:
            continue
        alias = row["scheme"] == ALIAS
        alone = per_registry[row["value"], scheme] == 1 and named[row["record_id"], row["scheme"]] == 1
        if alias or (alone and row["scheme"] != scheme):
            pairs.add((min(number, row["value"]), max(number, row["value"])))
    return pairs


def _decided(db: Database, numbers: Iterable[str]) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    """What people merged and split, as pairs of numbers, smaller first."""
    sql = f"""SELECT decision, study_id, other_id FROM study_decisions WHERE decision IN ('merge', 'split')
        AND withdrawn_at IS NULL AND (study_id {AMONG} OR other_id {AMONG}) ORDER BY id"""
    merged, split = [], set()
    for row in rows_of(db, sql, numbers):
        pair = (min(row["study_id"], row["other_id"]), max(row["study_id"], row["other_id"]))
        if row["decision"] == "merge":
            merged.append(pair)
        else:
            split.add(pair)
    return merged, split
