"""Words that people type, as a full-text query: never a syntax error, and `esket*` finds beginnings."""

from __future__ import annotations

import re
from typing import Any

from datasette import hookimpl
from datasette.utils import escape_fts

_BEGINNING = re.compile(r'"([^"*]*\w)\*"')
NOTHING = '""'  # what an empty query must be: SQLite refuses none at all


@hookimpl(trylast=True)
def prepare_connection(conn: Any) -> None:
    """Put `escape_fts` in the place of Datasette's, which leaves nothing of a lone quotation mark.

    trylast, because Datasette registers its own by this very hook, and the later one counts.
    """
    conn.create_function("escape_fts", 1, query)


def query(words: object) -> str:
    """Each word quoted, so that AND, NEAR or a bracket is a word too; phrases stay phrases."""
    quoted = escape_fts(str(words or "").replace("\0", " "))
    return _BEGINNING.sub(r'"\1"*', quoted) or NOTHING
