"""The way out, and the way in: a tiny web application (ASGI) beside the read-only site, at `<[mail] url>/`.

`unsubscribe/<token>`, `preferences/<token>` and `confirm/<token>`. GET only asks, for mail scanners follow links; POST
acts. The POST of a mail program's own button carries `List-Unsubscribe=One-Click` (RFC 8058, 3.1) and acts at once. No
answer holds an address, and what a token stood for is told to nobody who does not have it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from crawler.digest import subscribing
from crawler.digest.audience import Audience
from crawler.digest.clock import SYSTEM_CLOCK, Clock
from crawler.digest.reader_pages import (
    ACTIONS,
    ASKING,
    STYLE_HASH,
    Action,
    Choices,
    elsewhere,
    fields,
    page,
    paragraph,
    question,
    wishes,
)
from crawler.digest.windows import as_text
from store.errors import ConfigError, ReaderError, WatchError
from store.readers import people
from store.readers.file import opened

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Form = dict[str, list[str]]

LARGEST_BODY, BODY_SECONDS = 4096, 10.0
_LONGEST_TOKEN = 200
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Desk:
    """What the application answers from. `name`: of the digest; `choices`: what a reader may choose."""

    readers_path: Path
    name: str
    choices: Choices
    clock: Clock = SYSTEM_CLOCK


class _Refused(Exception):
    """Nothing was done; why, for the page."""

    def __init__(self, status: int, title: str, words: str):
        super().__init__(title)
        self.status, self.title, self.words = status, title, words


def web_app(desk: Desk) -> Callable[..., Awaitable[None]]:
    """The application over a readers' file."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        try:
            status, title, content = await _answer(desk, scope, receive)
        except _Refused as refused:
            status, title, content = refused.status, refused.title, paragraph(refused.words)
        except ReaderError:
            status, title = 404, "This link does not work"
            content = paragraph("It is unknown, or too old. A newer mail has one that works.")
        except (WatchError, sqlite3.Error):
            status, title, content = 503, "Not now", paragraph("Nothing was changed. Please try again later.")
        await _say(send, status, page(title, content), head=scope["method"] == "HEAD")

    return app


async def _answer(desk: Desk, scope: Scope, receive: Receive) -> tuple[int, str, str]:
    action, token = _asked(scope["path"])
    asking = ASKING[action]
    if scope["method"] in ("GET", "HEAD"):
        reader = await asyncio.to_thread(_reader, desk, action, token)
        more = fields(reader.audience, desk.choices) if action == "preferences" else ""
        return 200, asking.title, question(action, desk.name, more) + elsewhere(action, token)
    if scope["method"] != "POST":
        raise _Refused(405, "Not here", "This page takes GET and POST.")
    form = _form(scope, await _body(receive))
    if form.get(asking.field) != [asking.value]:
        raise _Refused(400, "Nothing was changed", "Please press the button of the page.")
    await asyncio.to_thread(_act, desk, action, token, form)
    return 200, asking.done, paragraph(asking.result.format(name=desk.name))


def _asked(path: str) -> tuple[Action, str]:
    """(action, token): the last two parts, wherever a proxy put this application."""
    front, _, token = path.rpartition("/")
    action = front.rpartition("/")[2]
    if action not in ACTIONS or not 0 < len(token) <= _LONGEST_TOKEN:
        raise _Refused(404, "Nothing is here", "Links to this place stand in the mails of the digest.")
    return action, token


def _reader(desk: Desk, action: Action, token: str) -> people.Reader:
    """Whose token it is. Raises ReaderError unless it may do this. Changes nothing."""
    with opened(desk.readers_path) as db:
        purpose = "confirm" if action == "confirm" else "leave"
        return people.reader(db, subscribing.whose(db, token, purpose, as_text(desk.clock.now())))  # type: ignore[arg-type]


def _act(desk: Desk, action: Action, token: str, form: Form) -> None:
    with opened(desk.readers_path) as db:
        if action == "preferences":
            subscribing.choose(db, token, _chosen(desk, form), desk.clock)
        else:
            subscribing.use(db, token, "confirm" if action == "confirm" else "leave", desk.clock)


def _chosen(desk: Desk, form: Form) -> dict[str, Any]:
    try:
        audience = Audience.from_dict(wishes(form))
        return audience.checked(list(desk.choices.indications), list(desk.choices.drugs)).to_dict()
    except (ConfigError, ValueError):
        raise _Refused(400, "Nothing was changed", "That choice is not one of the page.") from None


async def _body(receive: Receive) -> bytes:
    try:
        return await asyncio.wait_for(_read(receive), BODY_SECONDS)
    except asyncio.TimeoutError:
        raise _Refused(408, "Nothing was changed", "The request did not end in time.") from None


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        part = await receive()
        if part["type"] != "http.request":  # the client left
            raise _Refused(400, "Nothing was changed", "The request was cut.")
        body += bytes(part.get("body", b""))
        if len(body) > LARGEST_BODY:
            raise _Refused(413, "Nothing was changed", "The request is too large.")
        if not part.get("more_body"):
            return body


def _form(scope: Scope, body: bytes) -> Form:
    """The fields of a posted form, of either kind that RFC 8058 allows."""
    kind: bytes = next((value for key, value in scope["headers"] if key.lower() == b"content-type"), b"")
    if not kind.lower().startswith(b"multipart/form-data"):
        return parse_qs(body.decode("latin-1"))
    found: Form = {}
    parts = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + body, policy=policy.HTTP)
    for part in parts.walk():
        if not part.is_multipart():
            name = str(part.get_param("name", header="content-disposition"))
            found.setdefault(name, []).append(str(part.get_payload()).strip())
    return found


async def _say(send: Send, status: int, content: bytes, *, head: bool) -> None:
    headers = _HEADERS | {"content-length": str(len(content))}
    if status == 405:
        headers["allow"] = "GET, HEAD, POST"
    named = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": b"" if head else content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        phase = (await receive())["type"].rpartition(".")[2]
        await send({"type": f"lifespan.{phase}.complete"})
        if phase == "shutdown":
            return
