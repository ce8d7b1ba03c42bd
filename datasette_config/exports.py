"""A list, question or record as a file or feed: what Datasette answers with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette import Response
from datasette.utils import tilde_encode
from datasette.utils.asgi import Request

from datasette_config.record import record_link
from datasette_config.whole import of_the_list, reading, refused, work_ids
from store.exports import lists
from store.exports.feeds import Feed
from store.exports.formats import Format, Writer


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


async def answer(datasette: Any, request: Request, data: dict[str, Any], format: Format) -> Streamed:
    """The file or feed of all that `data` is a page of. `?_newest=N`: only the N works that were news last, these first.

    Raises DatasetteError (400) as `work_ids`, and if N is no number.
    """
    db = datasette.get_database(data["database"])
    count = request.args.get("_newest")
    if count is not None and not (count.isascii() and count.isdigit() and 0 < int(count) <= lists.MOST_WORKS):
        raise refused("_newest must be a number of records")
    ids = await work_ids(datasette, request, data)
    if count is not None:
        ids = await reading(db, lambda own: lists.newest(own, ids, int(count)))
    headers = {}
    if not format.is_feed:
        name = tilde_encode("-".join((name_of(data), *map(str, data.get("primary_key_values") or ()))))
        headers["content-disposition"] = f'attachment; filename="{name}.{format.extension}"'
    feed = await describe(datasette, request, data, format, ids)
    return Streamed(_parts(db, format, feed, ids), format.media_type, headers)


async def _parts(db: Any, format: Format, feed: Feed, ids: Sequence[str]) -> AsyncIterator[str]:
    writer = Writer(format, feed)
    yield writer.begin()
    for batch in lists.batches(ids):
        yield "".join(
            map(writer.add, await reading(db, lambda own, some=batch: [*lists.works_of(own, some)]))
        )
    yield writer.end()


def name_of(data: dict[str, Any]) -> str:
    """The list's or question's own name, "sql" of SQL that somebody typed."""
    return str(data.get("query_name") or data.get("table") or "sql")


async def describe(
    datasette: Any, request: Request, data: dict[str, Any], format: Format, ids: Sequence[str]
) -> Feed:
    """What the feed says of itself. Its addresses are absolute and hold behind a proxy, by `base_url` and the scheme.

    Its name has the filters and neither host nor database, so that it stays when the site moves.
    """
    database, keys = data["database"], [str(key) for key in data.get("primary_key_values") or ()]
    pairs = of_the_list(request.query_string)
    page = request.path.removesuffix(f".{format.extension}") + (f"?{urlencode(pairs)}" if pairs else "")

    def absolute(path: Any) -> str:
        return str(datasette.absolute_url(request, path))

    return Feed(
        title=f"{await _title(datasette, request, data)} · Ketamine Watch",
        name="/".join((name_of(data), *keys)) + (f"?{urlencode(sorted(pairs))}" if pairs else ""),
        updated=await reading(datasette.get_database(database), lambda own: lists.last_change(own, ids)),
        page=absolute(datasette.urls.path(page)),
        address=absolute(datasette.urls.path(request.full_path)),
        page_of=lambda record_id: absolute(record_link(datasette, database, record_id)),
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
        [*said, data.get("human_description_en") or "", *map(str, data.get("primary_key_values") or ())]
    ).strip()
