"""Words that people type, as a full-text query: never a syntax error."""

from __future__ import annotations

from typing import Any

from datasette import hookimpl
from datasette.utils import escape_fts


@hookimpl(trylast=True)
def prepare_connection(conn: Any) -> None:
    """Put `escape_fts` in the place of Datasette's, which leaves nothing of a lone quotation mark.

    trylast, because Datasette registers its own by this very hook, and the later one counts.
    """
    conn.create_function("escape_fts", 1, lambda words: escape_fts(words or "") or '""')
