"""Lets every template say columns, values and sources in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from datasette_config import labels
from datasette_config.addresses import here, in_order
from datasette_config.rows import facet_values, reading_rows

_TAKES_NOTHING = "__1"  # Datasette's mark of a look-up without a value, such as "is null"
_CODE = re.compile("`([^`]+)`")


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    env.globals["labels"] = labels
    env.filters["column_label"] = labels.column
    env.filters["words"] = labels.words
    env.filters["source_name"] = labels.source
    env.filters["tilde"] = tilde_encode
    env.filters["code"] = code
    env.filters["here"] = here
    env.filters["in_order"] = in_order
    env.filters["reading_rows"] = reading_rows
    env.filters["facet_values"] = facet_values
    env.filters["by_name"] = lambda columns: {column["name"]: column for column in columns}
    env.filters["options"] = lambda names, chosen=None: _options(
        tuple((name, name) for name in names), chosen
    )
    env.filters["look_ups"] = lambda filters, chosen=None: _options(tuple(_look_ups(filters)), chosen)
    env.filters["sort_options"] = lambda columns, chosen: _options(tuple(_sortable(columns)), chosen)
    env.filters["column_words"] = lambda columns: _column_words(tuple(columns.items()))


@lru_cache(maxsize=2_000)  # the words of tables and columns
def code(text: str) -> Markup:
    """Escaped text with what stands in backticks as code."""
    pieces = _CODE.split(text)  # what stands between backticks stands at odd places
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )


@lru_cache(maxsize=1_000)  # one for each table and choice
def _options(pairs: tuple[tuple[str, str], ...], chosen: str | None) -> Markup:
    """The choices of a menu that stands on every page of a table. `pairs`: value, words."""
    option = Markup('<option value="{}"{}>{}</option>')
    mark = Markup(" selected")
    return Markup("").join(
        option.format(value, mark if value.removesuffix(_TAKES_NOTHING) == chosen else "", words)
        for value, words in pairs
    )


def _sortable(columns: Any) -> Iterator[tuple[str, str]]:
    for column in columns:
        if column["sortable"]:
            yield column["name"], f"Sort by {column['name']}"


def _look_ups(filters: Any) -> Iterator[tuple[str, str]]:
    for key, words, takes_nothing in filters.lookups():
        yield f"{key}{_TAKES_NOTHING}" if takes_nothing else key, words


@lru_cache(maxsize=200)
def _column_words(columns: tuple[tuple[str, str], ...]) -> Markup:
    """What the columns of a table mean, as the items of a list."""
    return Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, code(words)) for name, words in columns
    )
