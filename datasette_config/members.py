"""Which records have a value, in memory: what lists, facets and the front page count with instead of reading rows.

The sets are those that a crawl leaves in `list_members` (`store.summaries`). Without them (a crawl is under way, or the
file is of another kind) lists count by SQL.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any

from datasette_config.remembered import remembered
from store import counting, sets, summaries

_REMEMBERED = 500  # terms of searches
_HIDDEN = -1


class Members:
    """The sets of one state of one file. A set is a whole number, see `store.sets`."""

    def __init__(self, rowids: array[int], facets: dict[str, dict[str, int]]):
        self.rowids = rowids  # by place: rowid of the record
        self.facets = facets  # facet -> value -> set
        self.everything = sets.first(len(rowids))
        self.terms: OrderedDict[str, int] = OrderedDict()
        self.common: dict[str, bytes] = {}  # what very common words find, as stored
        self.sizes: list[tuple[int, int]] | None = None  # rowid and sample size, when asked for
        self.orders: dict[tuple[str, bool], array[int]] = {}
        self.title_words: dict[str, int] | None = None
        self.beginnings: dict[str, list[str]] = {}  # see `beginnings`
        self._place_of = array("l", [_HIDDEN]) * (max(rowids, default=0) + 1)
        for place, rowid in enumerate(rowids):
            self._place_of[rowid] = place
        self._counted = [counting.kept(which) for values in facets.values() for which in values.values()]

    def of(self, facet: str, value: str) -> int:
        """The set of the records with this value."""
        return self.facets.get(facet, {}).get(value, 0)

    def places_of(self, rowids: Iterable[int]) -> list[int]:
        """The places of these records, in the same order; those that are not shown are left out."""
        known = len(self._place_of)
        return [place for rowid in rowids if rowid < known and (place := self._place_of[rowid]) != _HIDDEN]

    def of_rowids(self, rowids: Iterable[int]) -> int:
        """The set of these records."""
        return counting.of_rowids(rowids, self._place_of, len(self.rowids))

    def of_listed(self, listed: str) -> int:
        """The set of these records. `listed`: their rowids, joined by commas."""
        return counting.of_listed(listed, self._place_of, len(self.rowids))

    def tally(self, chosen: int) -> dict[str, Counter[str]]:
        """facet -> value -> how many of the chosen records have it; values that none has are left out."""
        counts = iter(counting.counts(self._counted, chosen))
        return {facet: Counter() for facet in summaries.FACETS} | {
            facet: Counter({value: count for value, count in zip(values, counts, strict=False) if count})
            for facet, values in self.facets.items()
        }

    def remember(self, term: str, found: int) -> None:
        """Keep what a term found, and forget the one that was not asked for the longest."""
        self.terms[term] = found
        if len(self.terms) > _REMEMBERED:
            self.terms.popitem(last=False)


async def members(db: Any) -> Members | None:
    """The sets of a Datasette database as it is now; None if it has none."""
    return await remembered(db.path, "members", lambda: db.execute_fn(_read))  # type: ignore[no-any-return]


async def counted(db: Any) -> Members:
    """The sets, counted now where a crawl has left none: for pages that show nothing but numbers."""
    found = await members(db)
    return found or await remembered(db.path, "counted", lambda: db.execute_fn(_count))


def _read(conn: sqlite3.Connection) -> Members | None:
    conn.execute("BEGIN")  # sets and places of one moment
    try:
        stored = conn.execute("SELECT facet, value, members FROM list_members").fetchall()
        if not stored:
            return None
        found = {
            (facet, value): sets.unpacked(packed)
            for facet, value, packed in stored
            if facet != summaries.WORD
        }
        read = _members(conn, found)
        read.common = {value: packed for facet, value, packed in stored if facet == summaries.WORD}
        return read
    except sqlite3.OperationalError:
        return None  # a database of something else
    finally:
        conn.execute("COMMIT")


def _count(conn: sqlite3.Connection) -> Members:
    conn.execute("BEGIN")
    try:
        return _members(conn, summaries.members(conn))
    finally:
        conn.execute("COMMIT")


def _members(conn: sqlite3.Connection, found: dict[tuple[str, str], int]) -> Members:
    facets: dict[str, dict[str, int]] = {}
    for (facet, value), which in found.items():
        facets.setdefault(facet, {})[value] = which
    rows = conn.execute(f"SELECT records.rowid FROM records WHERE {summaries.ORDER}")  # noqa: S608
    return Members(array("l", [rowid for (rowid,) in rows]), facets)
