"""Takes `base_url` off the path before Datasette sees it, whether or not the proxy has done so.

Datasette 0.65 routes either kind, but from a path that still has it makes JSON and CSV links that have it twice.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    def wrap(app: Any) -> Any:
        async def from_the_root(scope: dict[str, Any], receive: Any, send: Any) -> None:
            base = datasette.setting("base_url")
            if scope["type"] == "http" and base != "/" and scope["path"].startswith(base):
                raw = scope.get("raw_path") or scope["path"].encode()
                scope = scope | {
                    "path": scope["path"][len(base) - 1 :],
                    "raw_path": raw[len(base.encode()) - 1 :],
                }
            await app(scope, receive, send)

        return from_the_root

    return wrap
