"""What a browser may do on the pages of this site: load our own files, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Any

from datasette import hookimpl

#: Datasette's own inline scripts, allowed by their very text; there is none of ours
_INLINE = ("_codemirror_foot.html",)


@cache
def policy() -> str:
    """The Content-Security-Policy (W3C CSP 3). Inline styles are let through: CodeMirror sets its sizes by them."""
    scripts = " ".join(f"'sha256-{digest}'" for name in _INLINE for digest in _digests(name))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


def _digests(template: str) -> list[str]:
    text = resources.files("datasette").joinpath("templates").joinpath(template).read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    # files that the operator serves beside the pages are the operator's own
    files = tuple(f"/{name.strip('/')}/" for name, _ in datasette.static_mounts)

    def wrap(app: Any) -> Any:
        async def with_headers(scope: dict[str, Any], receive: Any, send: Any) -> None:
            async def send_with(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    more = [
                        (b"content-security-policy", policy().encode()),
                        (b"x-content-type-options", b"nosniff"),
                        (b"referrer-policy", b"same-origin"),
                    ]
                    message = message | {"headers": [*message.get("headers", ()), *more]}
                await send(message)

            page = scope["type"] == "http" and not scope["path"].startswith(files)
            await app(scope, receive, send_with if page else send)

        return with_headers

    return wrap
