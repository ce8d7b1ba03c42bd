"""RIS, BibTeX, NBIB, CSL-JSON, Atom and JSON Feed beside JSON and CSV, of every list whose rows name records."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl

from datasette_config.exports import answer
from datasette_config.record import RECORD_ID
from datasette_config.whole import of_the_list, record_column
from store.exports import lists
from store.exports.formats import FORMATS

#: what the links to feeds ask for: a feed reader comes again and again
IN_A_FEED = 200


@hookimpl
def register_output_renderer() -> list[dict[str, Any]]:
    return [
        {"extension": extension, "render": _renderer(extension), "can_render": can_render}
        for extension in FORMATS
    ]


def _renderer(extension: str) -> Callable[..., Any]:
    async def render(datasette: Any, request: Any, data: dict[str, Any]) -> Any:
        return await answer(datasette, request, data, FORMATS[extension])

    return render


async def can_render(
    datasette: Any, database: str | None, table: str | None, columns: Any, rows: Any
) -> bool:
    """Whether these rows, as far as the page has them, name records."""
    if not database or not columns:
        return False
    name = lists.record_column(columns, table)
    if name is None:  # the page may show others than the list has
        return bool(table) and await record_column(datasette, database, table, columns) is not None
    if not rows:
        return True
    values = [row[name] for row in rows]
    return any(RECORD_ID.fullmatch(str(one["value"] if isinstance(one, dict) else one)) for one in values)


# Datasette asks which arguments it takes, once for each format on each page: as written here, that is not found out anew
can_render.__signature__ = inspect.signature(can_render)  # type: ignore[attr-defined]


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    env.filters["format_name"] = lambda extension: (
        FORMATS[extension].name if extension in FORMATS else extension.upper()
    )
    env.filters["whole_list"] = whole_list


def whole_list(address: str, extension: str) -> str:
    """The address of an export of the whole list, whatever page of it is shown; of a feed, the newest of it."""
    if extension not in FORMATS:
        return address
    # str: Datasette's own kind of text looks all its methods up at each use
    path, _, query_string = str(address).partition("?")
    return path + _query(query_string, FORMATS[extension].is_feed)


@lru_cache(maxsize=100)  # a page gives the address of each format twice
def _query(query_string: str, is_feed: bool) -> str:
    pairs = of_the_list(query_string)
    if is_feed:
        pairs.append(("_newest", str(IN_A_FEED)))
    return f"?{urlencode(pairs)}" if pairs else ""
