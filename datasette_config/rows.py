"""The rows of a reading list as its template wants them: only the cells that are shown are made, each array once."""

from __future__ import annotations

import json
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


class ReadingRow:
    """A row whose cells are made when they are asked for."""

    __slots__ = ("_columns", "_database", "_datasette", "_row", "_table")

    def __init__(self, row: Any, datasette: Any, database: str, table: str):
        self._row = row
        self._datasette = datasette
        self._database = database
        self._table = table

    def __getitem__(self, column: str) -> Any:
        return self._row[column]

    @property
    def link(self) -> str | None:
        """The path of the record's page."""
        record_id = self._row["id"]
        return (
            record_link(self._datasette, self._database, record_id)
            if RECORD_ID.fullmatch(record_id)
            else None
        )

    def display(self, column: str) -> Markup:
        """A cell as HTML; everything of the value is escaped."""
        value = self._row[column]
        if column in labels.FACET_OF.values():
            path = self._datasette.urls.table(self._database, self._table)
            if (made := chips(path, column, value)) is not None:
                return made
        if column in ("id", "title") and (link := self.link):
            return Markup('<a href="{}">{}</a>').format(link, value)
        return escape("" if value is None else value)
