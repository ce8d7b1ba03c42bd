"""Searches take what people type: see `datasette_config.typed`."""

from __future__ import annotations

from typing import Any

from datasette import hookimpl

from datasette_config.typed import query


@hookimpl(trylast=True)
def prepare_connection(conn: Any) -> None:
    """Put `escape_fts` in the place of Datasette's, which knows no operators and leaves nothing of a lone quotation mark.

    trylast, because Datasette registers its own by this very hook, and the later one counts.
    """
    conn.create_function("escape_fts", 1, query)
