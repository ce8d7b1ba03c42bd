"""What words find: a set of records, and which of them match best."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from datasette.database import QueryInterrupted

from datasette_config.members import Members
from datasette_config.typed import query
from store import sets

RANKED = 1_000  # so many hits are ranked one by one; of more, those with the words in their title come first
_HITS = "SELECT rowid FROM records_fts WHERE records_fts MATCH ?"
# the title counts five times the abstract, keywords twice (sqlite.org/fts5.html#the_bm25_function)
_RANKED = f"{_HITS} ORDER BY bm25(records_fts, 5.0, 1.0, 2.0), rowid"


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
    """What the words find; None if SQLite cannot search for that. `raw`: in SQLite's own syntax."""
    key = (words, raw)
    if key not in members.searches:
        match = words if raw else query(words)
        try:
            hits = await _search(db, members, match)
        except (sqlite3.DatabaseError, QueryInterrupted):
            return None
        members.remember(key, hits)
    members.searches.move_to_end(key)
    return members.searches[key]  # type: ignore[no-any-return]


async def _search(db: Any, members: Members, match: str) -> Hits:
    async def rowids(sql: str, match: str) -> Iterator[int]:
        rows = (await db.execute(sql, [match], log_sql_errors=False)).rows
        return (row[0] for row in rows)

    found = members.of_rowids(await rowids(_HITS, match))
    if found.bit_count() <= RANKED:
        return Hits(found, members.places_of(await rowids(_RANKED, match)), 0)
    return Hits(found, None, members.of_rowids(await rowids(_HITS, f"{{title}} : ({match})")))
