"""The site in this process, asked as a browser would: tests read pages without a server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette_config.serve import app

Fetch = Callable[..., Any]


def client(db_path: Path, **settings: Any) -> Fetch:
    """`fetch(path, method="GET", **parameters)` -> the answer, redirects not followed."""
    site = app(db_path)
    site._settings.update(settings)

    def fetch(path: str, method: str = "GET", **parameters: Any) -> Any:
        async def ask() -> Any:
            await site.invoke_startup()
            query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
            return await site.client.request(method, path + query)

        return asyncio.run(ask())

    return fetch


def rows(fetch: Fetch, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a list or question, by its JSON."""
    answer = fetch(f"{path}.json", _shape="array", **parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def links(page: str) -> list[tuple[str, str]]:
    """(address, words) of every link."""
    return [
        (unescape(address), text(words))
        for address, words in re.findall(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    ]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """(name, attributes) of every tag, as an HTML parser reads them."""
    parser = _Tags()
    parser.feed(page)
    return parser.found


def text(page: str) -> str:
    """A page's words as a reader sees them."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    body = re.sub(r"</?(a|mark|span|strong|em|code)\b[^>]*>", "", body)  # these stand within words
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()
