"""CSV of this site may be opened with a spreadsheet: text that would become a formula there gets an apostrophe."""

from __future__ import annotations

from typing import Any

from datasette import hookimpl

from store.spreadsheet import SafeCsv


@hookimpl
def asgi_wrapper() -> Any:
    def wrap(app: Any) -> Any:
        async def safely(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not scope["path"].endswith(".csv"):
                await app(scope, receive, send)
                return
            csv = SafeCsv()
            is_csv = False

            async def send_safely(message: dict[str, Any]) -> None:
                nonlocal is_csv
                if message["type"] == "http.response.start":
                    is_csv = message["status"] == 200
                    if is_csv:  # its length changes
                        kept = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
                        message = message | {"headers": kept}
                elif message["type"] == "http.response.body" and is_csv:
                    body = csv.feed(message.get("body", b""))
                    if not message.get("more_body"):
                        body += csv.close()
                    message = message | {"body": body}
                await send(message)

            await app(scope, receive, send_safely)

        return safely

    return wrap
