"""The rows of a reading list as its template wants them: only the cells that are shown are made, each array once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from markupsafe import Markup, escape

from datasette_config import labels
from datasette_config.record import RECORD_ID, record_link


@lru_cache(maxsize=20_000)
def chips(path: str, column: str, packed: str) -> Markup | None:
    """Each value of a JSON array as a link to the list at `path` filtered by it; None if it is no array of words."""
    try:
        values = json.loads(packed)
    except ValueError:
        return None
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        return None
    return Markup(" ".join(_chip(path, column, value) for value in values))  # noqa: S704 - each part is escaped


def _chip(path: str, column: str, value: str) -> str:
    words = labels.NONE_OF.get(column, value) if value == "none" else value
    address = f"{path}?{column}__arraycontains={quote_plus(value)}"
    return f'<a class="chip chip-{escape(column)}" href="{escape(address)}">{escape(words)}</a>'


_ARRAYS = frozenset(labels.FACET_OF.values())


def reading_rows(rows: Iterable[Any], datasette: Any, database: str, table: str) -> list[ReadingRow]:
    """The rows of a page, each with the path of its record."""
    path = datasette.urls.table(database, table)
    return [
        ReadingRow(
            row, path, record_link(datasette, database, row["id"]) if RECORD_ID.fullmatch(row["id"]) else None
        )
        for row in rows
    ]


class ReadingRow:
    """A row whose cells are made when they are asked for."""

    __slots__ = ("_path", "_row", "link")

    def __init__(self, row: Any, path: str, link: str | None):
        """`path`: of the list; `link`: the path of the record's page, if it has one."""
        self._row = row
        self._path = path
        self.link = link

    def __getitem__(self, column: str) -> Any:
        return self._row[column]

    def display(self, column: str) -> Markup:
        """A cell as HTML; everything of the value is escaped."""
        value = self._row[column]
        if column in _ARRAYS and (made := chips(self._path, column, value)) is not None:
            return made
        if column in ("id", "title") and self.link:
            return Markup(f'<a href="{escape(self.link)}">{escape(value)}</a>')  # noqa: S704 - both are escaped
        return escape("" if value is None else value)
