"""A search form sent blank means no search, not a search for nothing.

Datasette 0.65 takes `_search=` for words that no record has, so every list would be empty after "Apply".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette import hookimpl


@hookimpl
def asgi_wrapper() -> Any:
    def wrap(app: Any) -> Any:
        async def without_blank_search(scope: dict[str, Any], receive: Any, send: Any) -> None:
            query = scope.get("query_string", b"")
            if scope["type"] == "http" and b"_search=" in query:
                pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
                kept = [(name, value) for name, value in pairs if name != "_search" or value.strip()]
                if kept != pairs:
                    scope = scope | {"query_string": urlencode(kept).encode()}
            await app(scope, receive, send)

        return without_blank_search

    return wrap
