"""`/-/indication/<value>`: what is known of one indication, with pictures that need no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from datasette import NotFound, Response, hookimpl
from datasette.utils import tilde_decode

from datasette_config import indication, labels
from datasette_config.members import members
from datasette_config.remembered import remembered

#: a page is counted once a crawl, and may take longer for it than what a visitor asks
MOST_MS = 10_000


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/indication/(?P<value>[^/]+)$", page)]


async def page(request: Any, datasette: Any) -> Response:
    """The page of the first database that has the views. Raises NotFound, in words, where there is nothing to show."""
    value = tilde_decode(request.url_vars["value"]).strip().lower().replace(" ", "-")
    if value not in labels.INDICATIONS:
        raise NotFound(f"There is no indication “{value}” here. There are: {', '.join(labels.INDICATIONS)}.")
    ours = [db for db in datasette.databases.values() if await db.get_view_definition("indication_trials")]
    if not ours:
        raise NotFound("There is no Ketamine Watch database here.")
    db = ours[0]

    async def rows(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            dict(row)
            for row in (await db.execute(sql, values, truncate=False, custom_time_limit=MOST_MS)).rows
        ]

    async def read() -> dict[str, Any]:
        return await indication.read(rows, value, await members(db))

    shown = await remembered(db.path, f"indication {value}", read)
    said = {
        "shown": shown, "database": db.name,
        "list_of": lambda counted: f"{datasette.urls.table(db.name, counted.table)}?{urlencode(counted.filters)}",
    }  # fmt: skip
    return Response.html(await datasette.render_template("indication.html", said, request=request))
