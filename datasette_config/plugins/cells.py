"""Cells for readers: tags as chips that filter, ids and addresses as links, arrays as text."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.utils import tilde_encode
from markupsafe import Markup, escape

FACETS = {"indications", "designs", "drugs", "routes", "comparators", "populations"}
#: columns that hold a record's id, in tables, views and canned queries
RECORD_IDS = {"id", "record_id", "cited_id", "affected_id", "notice_id", "registration_id"}
_RECORD_ID = re.compile(r"(pubmed|clinicaltrials):[A-Za-z0-9]+")
_WEB = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


@hookimpl
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """What stands in a cell, as HTML; None leaves it to Datasette. Everything of the value is escaped."""
    if not isinstance(value, str):
        return None
    if column in RECORD_IDS and _RECORD_ID.fullmatch(value):
        return link(datasette.urls.path(f"/{tilde_encode(database)}/records/{tilde_encode(value)}"), value)
    if column == "url":
        return link(value, "source") if _WEB.fullmatch(value) else escape(value)
    if column in FACETS:
        return chips(
            value,
            column,
            table if table in ("works", "trials", "new_trials") else "works",
            database,
            datasette,
        )
    if value.startswith("["):
        return plain_array(value)
    return None


def link(url: str, text: str) -> Markup:
    """A link; only ever to an address that was checked to be http(s) or our own."""
    return Markup('<a href="{}">{}</a>').format(url, text)


def chips(value: str, column: str, table: str, database: str, datasette: Any) -> Markup | None:
    """Each value of a JSON array as a link to the list filtered by it."""
    values = _strings(value)
    if values is None:
        return None
    if not values:
        return Markup("<span></span>")  # Datasette takes an empty string for no answer
    path = datasette.urls.table(database, table)
    return Markup(" ").join(
        Markup('<a class="chip chip-{}" href="{}?{}">{}</a>').format(
            column, path, urlencode({f"{column}__arraycontains": one}), one
        )
        for one in values
    )


def plain_array(value: str) -> Markup | None:
    """A JSON array of words as words; other arrays are left alone."""
    values = _strings(value)
    return None if values is None else escape("; ".join(values))


def _strings(value: str) -> list[str] | None:
    try:
        values = json.loads(value)
    except ValueError:
        return None
    if isinstance(values, list) and all(isinstance(one, str) for one in values):
        return values
    return None
