"""What words find: a set of records, and which of them match best."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit

from datasette_config.at_hand import at_hand
from datasette_config.beginnings import widened
from datasette_config.members import Members
from datasette_config.typed import NOTHING, evaluate, expression
from store import sets

QUICK = 200_000  # records walked through in less time than a page takes to render
QUICK_PARTS = (
    20  # terms and operators of a search that is answered at once: hundreds take seconds, and a thread
)
QUICK_MS = 60  # what takes longer is begun anew in a thread
RANKED = 500  # so many hits are ranked one by one; of more, those with the words in their title come first
# one text of all rowids: as rows, Python takes three times as long to read them as SQLite to find them
_HITS = "SELECT group_concat(rowid) FROM records_fts WHERE records_fts MATCH ?"
# the title counts five times the abstract, keywords twice (sqlite.org/fts5.html#the_bm25_function)
_RANKED = (
    "SELECT rowid FROM records_fts WHERE records_fts MATCH ? ORDER BY bm25(records_fts, 5.0, 1.0, 2.0), rowid"
)


@dataclass(frozen=True)
class Hits:
    """A set; its places, best first, if they are few enough to rank; the set that has the words in the title; and what was
    searched for, as the parts of a query.
    """

    found: int
    ranking: list[int] | None
    in_title: int
    parts: list[str]

    def best_first(self, chosen: int) -> Iterator[int]:
        """The places of a set of hits, best match first; where too many to rank, newest first."""
        if self.ranking is None:
            return chain(sets.places(chosen & self.in_title), sets.places(chosen & ~self.in_title))
        content = sets.as_bytes(chosen)
        return (place for place in self.ranking if sets.has(content, place))


async def search(db: Any, members: Members, words: str, *, raw: bool = False) -> Hits | None:
    """What the words find; None if SQLite cannot search for that. `raw`: in SQLite's own syntax.

    Each term is looked up once for a state of the file: those that stand in most records are in most searches, too.
    """
    try:
        parts = [f"({words})"] if raw else await widened(db, members, expression(words))
        terms = await _terms(db, members, parts, "{}")
        found = evaluate(parts, terms.__getitem__)
        if found.bit_count() > RANKED:
            in_title = evaluate(parts, (await _terms(db, members, parts, "{{title}} : ({})")).__getitem__)
            return Hits(found, None, in_title, parts)
        if not found & (found - 1):  # none, or one
            return Hits(found, list(sets.places(found)), 0, parts)
        telling = parts if raw else _telling(parts, terms, len(members.rowids) // 2)
        by = at_hand(db) if _is_quick(telling, terms) else db
        ranked = (await by.execute(_RANKED, [" ".join(telling) or NOTHING], log_sql_errors=False)).rows
    except (sqlite3.DatabaseError, QueryInterrupted):
        return None
    return Hits(found, members.places_of(row[0] for row in ranked), 0, parts)


def _telling(parts: list[str], terms: dict[str, int], half: int) -> list[str]:
    """What ranks the hits of these parts as they would, without the terms that more than `half` of the records have.

    bm25 weighs such a term 0.000001 (SQLite, fts5_aux.c), and to know that it walks through all records that have it. It
    is left out where every term must occur: the hits are among what the others find.
    """
    listed = parts[::2]
    if set(parts[1::2]) <= {"AND"} and not {"(", ")", "NOT"} & set(listed):
        telling = [term for term in listed if terms[term].bit_count() <= half]
        parts = [part for term in telling or listed for part in ("AND", term)][1:]
    return parts


def _is_quick(parts: list[str], terms: dict[str, int]) -> bool:
    """Whether ranking takes some milliseconds: bm25 walks through all records that have a term, once for each time it is
    given, and compares each of a record's hits with the others.
    """
    return (
        len(parts) <= QUICK_PARTS and sum(terms[part].bit_count() for part in parts if part in terms) <= QUICK
    )


async def _terms(db: Any, members: Members, parts: list[str], match: str) -> dict[str, int]:
    """The set that each term finds. `match`: how each is asked for."""
    operators = ("AND", "OR", "NOT", "(", ")")
    return {part: await _term(db, members, match.format(part)) for part in parts if part not in operators}


async def _term(db: Any, members: Members, match: str) -> int:
    if match in members.terms:
        members.terms.move_to_end(match)
    elif match.isascii() and (packed := members.common.get(match.lower())):  # the index knows no capitals
        members.remember(match, sets.unpacked(packed))
    else:
        members.remember(match, members.of_listed(await _rowids(db, match)))
    return members.terms[match]


async def _rowids(db: Any, match: str) -> str:
    """The rowids of the records that a query finds, joined by commas: at once if they are few, else in a thread.

    Raises sqlite3.OperationalError where that takes longer than the site allows.
    """
    try:
        return str(await at_hand(db).execute_fn(lambda conn: _listed(conn, match, QUICK_MS)))
    except sqlite3.OperationalError as error:
        if error.args != ("interrupted",):
            raise
        return str(await db.execute_fn(lambda conn: _listed(conn, match, db.ds.sql_time_limit_ms)))


def _listed(conn: sqlite3.Connection, match: str, milliseconds: int) -> str:
    with sqlite_timelimit(conn, milliseconds):
        return str(conn.execute(_HITS, [match]).fetchone()[0] or "")
