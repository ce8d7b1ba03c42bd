"""What words find: a set of records, and which of them match best."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from datasette.database import QueryInterrupted

from datasette_config.members import Members
from datasette_config.typed import evaluate, expression, query
from store import sets

RANKED = 500  # so many hits are ranked one by one; of more, those with the words in their title come first
_HITS = "SELECT json_group_array(rowid) FROM records_fts WHERE records_fts MATCH ?"
# the title counts five times the abstract, keywords twice (sqlite.org/fts5.html#the_bm25_function)
_RANKED = (
    "SELECT rowid FROM records_fts WHERE records_fts MATCH ? ORDER BY bm25(records_fts, 5.0, 1.0, 2.0), rowid"
)


@dataclass(frozen=True)
class Hits:
    """A set; its places, best first, if they are few enough to rank; and the set that has the words in the title."""

    found: int
    ranking: list[int] | None
    in_title: int

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
    parts = [f"({words})"] if raw else expression(words)
    try:
        found = await _found(db, members, parts, "{}")
        if found.bit_count() > RANKED:
            return Hits(found, None, await _found(db, members, parts, "{{title}} : ({})"))
        ranked = (await db.execute(_RANKED, [words if raw else query(words)], log_sql_errors=False)).rows
    except (sqlite3.DatabaseError, QueryInterrupted):
        return None
    return Hits(found, members.places_of(row[0] for row in ranked), 0)


async def _found(db: Any, members: Members, parts: list[str], match: str) -> int:
    """The set that the terms find together. `match`: how each is asked for."""
    sets_of: dict[str, int] = {}
    for part in parts:
        if part not in ("AND", "OR", "NOT", "(", ")"):
            sets_of[part] = await _term(db, members, match.format(part))
    return evaluate(parts, sets_of.__getitem__)


async def _term(db: Any, members: Members, match: str) -> int:
    if match not in members.terms:
        row = (await db.execute(_HITS, [match], log_sql_errors=False)).rows[0]
        members.remember(match, members.of_rowids(json.loads(row[0])))
    members.terms.move_to_end(match)
    return members.terms[match]
