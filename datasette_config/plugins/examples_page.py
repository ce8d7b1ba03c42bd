"""`/-/examples`: worked SQL, each with a link that runs it; the same as in docs/database.md."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.documents import examples


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/examples$", page)]


async def page(request: Any, datasette: Any) -> Response:
    """The examples, run on the first database that has the views they read."""
    ours = [name for name, db in datasette.databases.items() if await db.get_view_definition("trials")]
    said = {
        "examples": examples(),
        "run": lambda sql: f"{datasette.urls.database(ours[0])}?{urlencode({'sql': sql})}" if ours else None,
    }
    return Response.html(await datasette.render_template("examples.html", said, request=request))
