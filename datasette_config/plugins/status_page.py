"""`/-/status`: quiet or broken, source by source, as `ketamine-watch status` says it."""

from __future__ import annotations

from typing import Any

from datasette import Response, hookimpl


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/status$", status)]


async def status(request: Any, datasette: Any) -> Response:
    """Reads the view `source_status` of each database that has it; both readers share its one definition."""
    sites = [
        {
            "name": name,
            "sources": [
                dict(row) for row in (await db.execute("SELECT * FROM source_status ORDER BY source")).rows
            ],
        }
        for name, db in datasette.databases.items()
        if await db.get_view_definition("source_status")
    ]
    return Response.html(await datasette.render_template("status.html", {"sites": sites}, request=request))
