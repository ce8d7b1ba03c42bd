"""Cells for readers: tags as chips that filter, ids and addresses as links, arrays as words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from datasette_config import labels, rows
from datasette_config.record import RECORD_ID, WEB, record_link

_STUDY = re.compile(r"[A-Za-z][A-Za-z0-9/:.()-]{4,60}|[0-9]{4}-[0-9]{6}-[0-9]{2}")
_HIT = re.compile("⟪(.*?)⟫", re.DOTALL)  # how the search marks a hit in a passage
NOTHING = Markup("<span></span>")  # Datasette takes an empty string for no answer


class Cell(NamedTuple):
    """Where a value stands. `row` knows its columns by name; `table` is None in answers to SQL."""

    row: Any
    column: str
    table: str | None
    database: str
    datasette: Any

    @property
    def columns(self) -> list[str]:
        return list(self.row.keys()) if hasattr(self.row, "keys") else []


@hookimpl
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Markup | None:
    """What stands in a cell, as HTML; None leaves it to Datasette. Everything of the value is escaped."""
    cell = Cell(row, column, table, database, datasette)
    if isinstance(value, int):
        return count(value, cell)
    if not isinstance(value, str):
        return None
    make = MAKERS.get(column) or (plain_array if value.startswith("[") else None)
    return make(value, cell) if make else None


def link(url: str, text: str) -> Markup:
    """A link; only ever to an address that was checked to be http(s) or our own."""
    return Markup('<a href="{}">{}</a>').format(url, text)


def filtered(cell: Cell, table: str, **values: str) -> str:
    """The path of a list that holds only records with these values in their array columns."""
    query = urlencode({f"{column}__arraycontains": value for column, value in values.items()})
    return f"{cell.datasette.urls.table(cell.database, table)}?{query}"


def count(value: int, cell: Cell) -> Markup | None:
    """Counts by indication and design lead to the records counted, in the matrix and in the view beneath it."""
    if "indication" not in cell.columns:
        return None
    in_matrix = cell.column in labels.DESIGNS
    design = cell.column if in_matrix else cell.row["design"] if "design" in cell.columns else None
    if design not in labels.DESIGNS or not (in_matrix or cell.column == "records"):
        return None
    return link(filtered(cell, "works", indications=cell.row["indication"], designs=design), f"{value:,}")


def record(value: str, cell: Cell) -> Markup | None:
    """The id of a record that is here."""
    if not RECORD_ID.fullmatch(value):
        return None
    return link(record_link(cell.datasette.urls, cell.database, value), value)


def work(value: str, cell: Cell) -> Markup | None:
    """The id of a work that may or may not be here."""
    path = cell.datasette.urls.path(f"/-/find/{tilde_encode(cell.database)}")
    return link(f"{path}?{urlencode({'q': value})}", value) if RECORD_ID.fullmatch(value) else None


def study(value: str, cell: Cell) -> Markup | None:
    """A study leads to its page; several, joined by commas, each to its own."""
    parts = value.split(", ")
    if not all(_STUDY.fullmatch(part) for part in parts):
        return None
    urls = cell.datasette.urls
    return Markup(", ").join(
        link(urls.row(cell.database, "studies", tilde_encode(part)), part) for part in parts
    )


def title(value: str, cell: Cell) -> Markup | None:
    """A record's title leads to its page."""
    key = next((name for name in ("id", "record_id") if name in cell.columns), None)
    record_id = cell.row[key] if key else None
    if not isinstance(record_id, str) or not RECORD_ID.fullmatch(record_id):
        return None
    return link(record_link(cell.datasette.urls, cell.database, record_id), value)


def address(value: str, cell: Cell) -> Markup:
    """The record at its source; nothing but http(s) becomes a link."""
    return link(value, "source") if WEB.fullmatch(value) else escape(value)


def chips(value: str, cell: Cell) -> Markup | None:
    """Each value of a JSON array as a link: in a reading list to that list filtered by it, elsewhere to what is known of it."""
    if cell.table in labels.READING_LISTS:
        listed = rows.chips(cell.datasette.urls.table(cell.database, cell.table), cell.column, value)
        return listed if listed is None else listed or NOTHING
    values = _strings(value)
    if values is None:
        return None
    made = (
        Markup('<a class="chip chip-{}" href="{}">{}</a>').format(
            cell.column,
            _leads_to(one, cell),
            labels.NONE_OF.get(cell.column, one) if one == "none" else one,
        )
        for one in values
    )
    return Markup(" ").join(made) or NOTHING


def _leads_to(value: str, cell: Cell) -> str:
    if cell.column == "indications" and value in labels.INDICATIONS:
        return str(cell.datasette.urls.path(f"/-/indication/{value}"))
    return filtered(cell, "works", **{cell.column: value})


def passage(value: str, cell: Cell) -> Markup:
    """The words around a hit, the hit marked."""
    pieces = _HIT.split(value)  # what stands between marks, and at odd places what stands in them
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )


def plain_array(value: str, cell: Cell) -> Markup | None:
    """A JSON array of words as words; other arrays are left alone."""
    values = _strings(value)
    return None if values is None else escape("; ".join(values)) or NOTHING


def _strings(value: str) -> list[str] | None:
    try:
        values = json.loads(value)
    except ValueError:
        return None
    if isinstance(values, list) and all(isinstance(one, str) for one in values):
        return values
    return None


#: column, in tables, views and answers to SQL -> what makes its cells
MAKERS: dict[str, Callable[[str, Cell], Markup | None]] = {
    **dict.fromkeys(("id", "record_id", "registration_id", "into_id", "from_id", "source_record_id"), record),
    **dict.fromkeys(("cited_id", "affected_id", "notice_id", "work_id"), work),
    **dict.fromkeys(labels.FACET_OF.values(), chips),
    "study_id": study,
    "studies": study,
    "title": title,
    "url": address,
    "passage": passage,
}
