"""`/-/suggest/<database>?q=`: what the beginning of a search may become, as JSON for `static/suggest.js`.

A number brings records whose id begins so, a word the tags and the words of titles that do. Without script the search box
offers the tags alone, and the page of a search the tags that it names.
"""

from __future__ import annotations

import re
from typing import Any

from datasette import Response, hookimpl
from datasette.utils import tilde_decode

from datasette_config import labels

_NUMBER = re.compile(r"(NCT[0-9]{1,8}|[0-9]{3,8})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,40}")
_MOST = 8
# an id begins with these letters: all between them and them with the last possible letter after
_RECORDS = "SELECT id, title FROM records WHERE id >= :begin AND id < :begin || char(1114111) ORDER BY id LIMIT :most"
_WORDS = """
SELECT word FROM title_words WHERE word >= :begin AND word < :begin || char(1114111) ORDER BY records DESC, word LIMIT :most"""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/suggest/(?P<database>[^/]+)$", suggest)]


async def suggest(request: Any, datasette: Any) -> Response:
    """A JSON array of objects: `value` for the box, and `label` if that says more."""
    try:
        db = datasette.get_database(route=tilde_decode(request.url_vars["database"]))
    except KeyError:
        return Response.json([], status=404)
    typed = (request.args.get("q") or "").strip()
    headers = {"cache-control": f"max-age={datasette.setting('default_cache_ttl')}"}
    return Response.json(await suggestions(db, typed), headers=headers)


async def suggestions(db: Any, typed: str) -> list[dict[str, str]]:
    """At most eight, those of the vocabulary first."""
    if number := _NUMBER.fullmatch(typed):
        text = number[1].upper()
        begin = f"clinicaltrials:{text}" if text.startswith("NCT") else f"pubmed:{text}"
        rows = (await db.execute(_RECORDS, {"begin": begin, "most": _MOST})).rows
        return [{"value": row["id"].partition(":")[2], "label": row["title"][:120]} for row in rows]
    before, _, last = typed.rpartition(" ")
    if not _WORD.fullmatch(last):
        return []
    begin = last.lower()
    named = [
        name for name in labels.SUGGESTED
        if any(part.startswith(begin) for part in (name.lower(), *name.lower().split()))
    ]  # fmt: skip
    rows = (await db.execute(_WORDS, {"begin": begin, "most": _MOST})).rows
    words = list(dict.fromkeys([*named, *(row["word"] for row in rows)]))
    return [{"value": f"{before} {word}".strip()} for word in words[:_MOST]]
