"""Addresses of a list, narrowed or in another order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode


def here(address: str, page: bool = False) -> str:
    """An address of this very list as its query alone, so that it holds under whatever path a proxy gives the site.

    Without `page` it begins at the first: page two of the old list is no page of a narrowed one.
    """
    _, _, query_string = address.partition("?")
    if page or "_next=" not in query_string:
        return f"?{query_string}"
    query = parse_qsl(query_string, keep_blank_values=True)
    return f"?{urlencode([(name, value) for name, value in query if name != '_next'])}"


def in_order(request: Any, column: str, descending: bool) -> str:
    """The address of this list from its first page on, in the order of a column ("" for its own), as its query alone."""
    kept = _without_order(request.query_string)
    if not column:
        return f"?{kept}"
    return f"?{kept}{'&' if kept else ''}_sort{'_desc' if descending else ''}={quote_plus(column)}"


@lru_cache(maxsize=100)  # a page asks a dozen times
def _without_order(query_string: str) -> str:
    pairs = parse_qsl(query_string, keep_blank_values=True)
    return urlencode([pair for pair in pairs if pair[0] not in ("_sort", "_sort_desc", "_next")])
