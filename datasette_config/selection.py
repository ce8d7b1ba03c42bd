"""What the address of a list asks for, as a set of records and the places of one page, without reading rows.

Whatever this does not understand it leaves to Datasette's own SQL; a test holds both to the same answers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from datasette_config.matching import Hits, search
from datasette_config.members import Members
from datasette_config.members import members as members_of
from store import sets, summaries

LISTS = ("works", "trials", "new_trials")
NEW_DAYS = 31  # as the view new_trials has it
_SORTED = ("published", "sample_size", "year", "title", "entered")
_HOLDS = {"exact": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
_OWN_ORDER = ("entered", True)


@dataclass(frozen=True)
class Selection:
    """The records that a list shows; those that it has without its words; and what the words find, if there are any."""

    members: Members
    chosen: int
    within: int
    hits: Hits | None = None

    @property
    def count(self) -> int:
        return self.chosen.bit_count()


async def select(db: Any, table: str, args: Any) -> Selection | None:
    """The records that a list's address asks for; None if that takes SQL. `args`: Datasette's MultiParams."""
    members = await members_of(db)
    if members is None or table not in LISTS:
        return None
    chosen: int | None = await _list(db, members, table)
    for key in args:
        if key.startswith("_") and "__" not in key:
            if key.startswith(("_search_", "_where", "_through", "_fts", "_filter")):
                return None
            continue
        column, _, lookup = key.rpartition("__") if "__" in key else (key, "", "exact")
        for value in args.getlist(key):
            one = await _filtered(db, members, column, lookup, value)
            if one is None or chosen is None:
                return None
            chosen &= one
    words = args.get("_search") or ""
    if not words:
        return Selection(members, chosen or 0, chosen or 0)
    hits = await search(db, members, words, raw=args.get("_searchmode") == "raw")
    if hits is None:
        return None
    return Selection(members, (chosen or 0) & hits.found, chosen or 0, hits)


async def _list(db: Any, members: Members, table: str) -> int:
    if table == "works":
        return members.everything
    trials = members.of(*summaries.TRIALS)
    if table == "trials":
        return trials
    return trials & await since(db, f"-{NEW_DAYS} days") & await watched(db, members)


async def watched(db: Any, members: Members) -> int:
    """Records of a watched drug and a watched indication."""
    found = {"drug": 0, "indication": 0}
    for row in (await db.execute("SELECT dimension, value FROM watched")).rows:
        found[row["dimension"]] |= members.of(f"{row['dimension']}s", row["value"])
    return found["drug"] & found["indication"]


async def since(db: Any, *when: str) -> int:
    """What entered since a day (SQLite's time values, `-31 days` from now unless they begin with a date)."""
    moment = when if when[0][:1].isdigit() else ("now", *when)
    day = f"date({', '.join('?' * len(moment))})" if moment is not when else "?"
    sql = f"SELECT count(*) FROM records INDEXED BY records_shown WHERE merged_into IS NULL AND entered >= {day}"  # noqa: S608
    return sets.first((await db.execute(sql, list(moment))).rows[0][0])


async def _filtered(db: Any, members: Members, column: str, lookup: str, value: str) -> int | None:
    """The set of one filter of the address; None if that takes SQL."""
    if column in (*summaries.ARRAYS, summaries.PHASE):
        one = members.of(column, value)
        return {"arraycontains": one, "arraynotcontains": members.everything & ~one}.get(lookup)
    if column == "entered" and lookup == "gte" and not value.isdigit():
        return await since(db, value) if value[:1].isdigit() else None
    if column == "sample_size" and value.isascii() and value.isdigit() and lookup in _HOLDS:
        return await _sized(db, members, lookup, int(value))
    if column not in summaries.PLAIN:
        return None
    if column == "year":
        return _years(members, lookup, value)
    if lookup == "exact":
        return members.of(column, value)
    if lookup == "in" and not value.startswith("["):
        return _union(members.of(column, one.strip()) for one in value.split(","))
    return None


async def _sized(db: Any, members: Members, lookup: str, bound: int) -> int:
    """The set of the records of such a sample size."""
    key = f"sample_size {lookup} {bound}"
    if key not in members.terms:
        # an index covers this; by place, SQLite would read every record
        sql = "SELECT rowid, sample_size FROM records WHERE sample_size IS NOT NULL"
        if members.sizes is None:
            members.sizes = [(row[0], row[1]) for row in (await db.execute(sql)).rows]
        holds = _HOLDS[lookup]
        members.remember(key, members.of_rowids(rowid for rowid, size in members.sizes if holds(size, bound)))
    return members.terms[key]


def _years(members: Members, lookup: str, value: str) -> int | None:
    if not (value.isascii() and value.isdigit()) or lookup not in _HOLDS:
        return None
    holds, bound = _HOLDS[lookup], int(value)
    return _union(found for year, found in members.facets.get("year", {}).items() if holds(int(year), bound))


def _union(several: Iterator[int]) -> int:
    found = 0
    for one in several:
        found |= one
    return found


async def page(
    db: Any, selection: Selection, start: int, size: int, sort: str | None, descending: bool
) -> list[int] | None:
    """Rowids of the records from the `start`th on, `size` of them; None if their order takes SQL.

    `sort` None: best match first where a search ranks, else newest first.
    """
    members, chosen = selection.members, selection.chosen
    if sort is None and selection.hits is not None:
        places = _first(selection.hits.best_first(chosen), start, size)
    elif sort is None or (sort, descending) == _OWN_ORDER:
        places = _first(sets.places(chosen), start, size)
    elif sort in _SORTED:
        places = _in_order(await order(db, members, sort, descending), chosen, start, size)
    else:
        return None
    return [members.rowids[place] for place in places]


def _first(places: Iterator[int], start: int, size: int) -> list[int]:
    found: list[int] = []
    for number, place in enumerate(places):
        if number >= start + size:
            break
        if number >= start:
            found.append(place)
    return found


async def order(db: Any, members: Members, column: str, descending: bool) -> array[int]:
    """All places in the order of a column."""
    key = (column, descending)
    if key not in members.orders:
        sql = f"SELECT rowid FROM records WHERE merged_into IS NULL ORDER BY {column}{' DESC' * descending}"  # noqa: S608
        members.orders[key] = array("l", members.places_of(row[0] for row in (await db.execute(sql)).rows))
    return members.orders[key]


def _in_order(ordered: array[int], chosen: int, start: int, size: int) -> list[int]:
    content = sets.as_bytes(chosen)
    return _first((place for place in ordered if sets.has(content, place)), start, size)
