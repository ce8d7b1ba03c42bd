"""Facets of the reading lists: how many of the records shown have each value.

They are counted from sets of records (`datasette_config.members`), whatever filters chose them. Where there are none
yet, the tags' JSON arrays are counted by distinct array: some hundred of them, whatever the number of records.

`metadata.yaml` names this facet `values`. `?_facet=` and `?_facet_array=` still are Datasette's.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.facets import Facet
from datasette.utils import escape_sqlite, path_with_removed_args

from datasette_config.members import members
from datasette_config.selection import LISTS
from store.summaries import PLAIN


@hookimpl
def register_facet_classes() -> list[type[Facet]]:
    return [ValuesFacet]


class _Where(NamedTuple):
    """A list's path, its filters, and both as an address that is ready for one more filter; how many values a facet shows."""

    here: str
    kept: list[tuple[str, str]]
    narrowed: str
    as_it_is: str
    size: int


class ValuesFacet(Facet):  # type: ignore[misc]
    """Counts in how many rows each value of a column stands, or of a JSON array in it."""

    type = "values"

    async def facet_results(self) -> tuple[list[dict[str, Any]], list[str]]:
        """(facets, names of those not counted in time), as Datasette's facets give them."""
        found: list[dict[str, Any]] = []
        late: list[str] = []
        configs = self.get_configs()
        if not configs:
            return [], []
        where = self.where()
        try:
            tallied = await self.tallied()
        except QueryInterrupted:
            return [], [_column(config) for config in configs]
        for config in configs:
            column = _column(config)
            try:
                counts = tallied[column] if column in tallied else await self.counts(column)
            except QueryInterrupted:
                late.append(column)
            else:
                found.append(self.facet(column, counts, where, hideable=config["source"] != "metadata"))
        return found, late

    async def tallied(self) -> dict[str, Counter[str]]:
        """column -> value -> rows, of the columns that are counted from sets; {} if there are no sets for this table."""
        if selection := getattr(self.ds, "selection", None):
            return selection.members.tally(selection.chosen)  # type: ignore[no-any-return]
        if self.table not in LISTS or not (found := await members(self.ds.get_database(self.database))):
            return {}
        rows = await self.limited(f"SELECT rowid FROM ({self.sql})")  # noqa: S608
        return found.tally(found.of_rowids(row[0] for row in rows))

    async def counts(self, column: str) -> Counter[str]:
        """Rows by value, by SQL. Raises QueryInterrupted where that takes longer than the site allows."""
        packed = f"SELECT {escape_sqlite(column)} AS packed, count(*) AS n FROM ({self.sql}) GROUP BY 1"  # noqa: S608
        counts: Counter[str] = Counter()
        for row in await self.limited(packed):
            held = row["packed"]
            values = [] if held is None else [held] if column in PLAIN else set(json.loads(held or "[]"))
            for value in values:
                counts[str(value)] += row["n"]
        return counts

    async def limited(self, sql: str) -> Any:
        limit = self.ds.setting("facet_time_limit_ms")
        answer = await self.ds.execute(
            self.database, sql, self.params, truncate=False, custom_time_limit=limit
        )
        return answer.rows

    def where(self) -> _Where:
        """This list's address without its page, for a narrowed list begins at its first."""
        here = self.ds.absolute_url(self.request, self.ds.urls.path(self.request.path))
        kept = [pair for pair in self.get_querystring_pairs() if pair[0] != "_next" and pair[1]]
        narrowed = f"{here}?{urlencode(kept)}&" if kept else f"{here}?"
        return _Where(here, kept, narrowed, path_with_removed_args(self.request, {}), self.get_facet_size())

    def facet(self, column: str, counts: Counter[str], where: _Where, *, hideable: bool) -> dict[str, Any]:
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        asked_for = {"_facet_values": column}
        without = path_with_removed_args(self.request, asked_for) if hideable else where.as_it_is
        return {
            "name": column,
            "type": self.type,
            "hideable": hideable,
            "toggle_url": self.ds.urls.path(without),
            "results": [_choice(where, column, value, count) for value, count in ranked[: where.size]],
            "truncated": len(ranked) > where.size,
        }


def _column(config: dict[str, Any]) -> str:
    return str(config["config"].get("column") or config["config"]["simple"])


def _choice(where: _Where, column: str, value: str, count: int) -> dict[str, Any]:
    """A value to narrow the list by, or to stop narrowing it by."""
    pair = (column if column in PLAIN else f"{column}__arraycontains", value)
    if selected := pair in where.kept:
        query = urlencode([one for one in where.kept if one != pair])
        url = f"{where.here}?{query}" if query else where.here
    else:
        url = f"{where.narrowed}{pair[0]}={_quoted(value)}"
    return {"value": value, "label": value, "count": count, "selected": selected, "toggle_url": url}


_quoted = lru_cache(maxsize=2_000)(quote_plus)
