"""A list, question or record as a file or feed: what Datasette answers with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

from datasette import Response
from datasette.utils import tilde_encode
from datasette.utils.asgi import Request
from sqlite_utils import Database

from datasette_config import remembered
from datasette_config.record import record_link
from datasette_config.whole import of_the_list, reading, refused, work_ids
from store.exports import lists
from store.exports.feeds import Feed
from store.exports.formats import Format, Writer

_ORDER = re.compile(r"(?:^| )sorted by \S+(?: descending)?$")


class Streamed(Response):  # type: ignore[misc]
    """An answer that is sent as it comes into being. Datasette takes its body away from an answer to HEAD."""

    def __init__(self, parts: AsyncIterator[str], content_type: str, headers: dict[str, str]):
        super().__init__(None, headers=headers, content_type=content_type)
        self._parts = parts

    async def asgi_send(self, send: Any) -> None:
        if self.body is not None:
            await super().asgi_send(send)
            return
        headers = self.headers | {"content-type": self.content_type}
        raw = [[name.encode("latin-1"), value.encode("latin-1")] for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class NotModified(Response):  # type: ignore[misc]
    """304: who asks has it already (RFC 9110, 15.4.5). Datasette gives the answer to a question a status of its own."""

    async def asgi_send(self, send: Any) -> None:
        self.status = 304
        await super().asgi_send(send)


async def answer(datasette: Any, request: Request, data: dict[str, Any], format: Format) -> Response:
    """The file or feed of all that `data` is a page of. `?_newest=N`: only the N works that were news last, these first.

    Raises DatasetteError (400) as `work_ids`, and if N is no number.
    """
    db = datasette.get_database(data["database"])
    count = request.args.get("_newest")
    if count is not None and not (count.isascii() and count.isdigit() and 0 < int(count) <= lists.MOST_WORKS):
        raise refused("_newest must be a number of records")
    headers = {}
    if name_of(data) != "sql":  # SQL may ask for the hour, or for chance
        headers["etag"] = _etag(datasette, request, db)
        if headers["etag"] in re.split(r"\s*,\s*", request.headers.get("if-none-match") or ""):
            return NotModified("", headers=headers, content_type=format.media_type)
    ids = await work_ids(datasette, request, data)
    if count is not None:
        ids = await reading(db, lambda own: lists.newest(own, ids, int(count)))
    if not format.is_feed:
        name = tilde_encode("-".join((name_of(data), *map(str, data.get("primary_key_values") or ()))))
        headers["content-disposition"] = f'attachment; filename="{name}.{format.extension}"'
    feed = await describe(datasette, request, data, format, ids)
    return Streamed(_parts(db, format, feed, ids), format.media_type, headers)


def _etag(datasette: Any, request: Request, db: Any) -> str:
    """Changes with the file, the address, the day (lists of what is new), and the project: RFC 9110, 8.8.3."""
    file = db.hash if not db.is_mutable else remembered.state(db.path)
    told = (
        file,
        datasette.absolute_url(request, request.full_path),
        remembered.today(),
        version("ketamine-watch"),
    )
    return f'W/"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'


async def _parts(db: Any, format: Format, feed: Feed, ids: Sequence[str]) -> AsyncIterator[str]:
    writer = Writer(format, feed)
    yield writer.begin()
    for batch in lists.batches(ids):  # read and written in a thread: other requests go on meanwhile
        yield await reading(db, partial(_written, writer, batch))
    yield writer.end()


def _written(writer: Writer, ids: Sequence[str], db: Database) -> str:
    return "".join(map(writer.add, lists.works_of(db, ids)))


def name_of(data: dict[str, Any]) -> str:
    """The list's or question's own name, "sql" of SQL that somebody typed."""
    return str(data.get("query_name") or data.get("table") or "sql")


async def describe(
    datasette: Any, request: Request, data: dict[str, Any], format: Format, ids: Sequence[str]
) -> Feed:
    """What the feed says of itself. Its addresses are absolute and hold behind a proxy, by `base_url` and the scheme.

    Its name has the filters and neither host nor database, so that it stays when the site moves.
    """
    db = datasette.get_database(data["database"])
    database, keys = data["database"], [str(key) for key in data.get("primary_key_values") or ()]
    pairs = of_the_list(request.query_string)
    page = request.path.removesuffix(f".{format.extension}") + (f"?{urlencode(pairs)}" if pairs else "")

    def absolute(path: Any) -> str:
        return str(datasette.absolute_url(request, path))

    return Feed(
        title=f"{await _title(datasette, request, data)} · Ketamine Watch",
        name="/".join((name_of(data), *keys)) + (f"?{urlencode(sorted(pairs))}" if pairs else ""),
        updated=await reading(db, lambda own: lists.last_change(own, ids)) if format.is_feed else "",
        page=absolute(datasette.urls.path(page)),
        address=absolute(datasette.urls.path(request.full_path)),
        page_of=lambda record_id: absolute(record_link(datasette.urls, database, record_id)),
    )


async def _title(datasette: Any, request: Request, data: dict[str, Any]) -> str:
    """The list's title and its filters in words."""
    database, table, query = data["database"], data.get("table"), data.get("query_name")
    if query:
        words = (await datasette.get_canned_query(database, query, request.actor)).get("title")
    else:
        words = table and datasette.metadata("title", database=database, table=table, fallback=False)
    said = [words or ("SQL" if name_of(data) == "sql" else name_of(data).replace("_", " ").capitalize())]
    if query:
        said += [
            value for name, value in of_the_list(request.query_string) if value and not name.startswith("_")
        ]
    return " ".join(
        [
            *said,
            _ORDER.sub("", data.get("human_description_en") or ""),
            *map(str, data.get("primary_key_values") or ()),
        ]
    ).strip()
