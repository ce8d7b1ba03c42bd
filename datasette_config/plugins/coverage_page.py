"""`/-/coverage`: what was searched, how, until when, what came and what failed: a methods section's facts in one place."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from datasette import Response, hookimpl

from store import searches

#: searches shown of each source; the rest is a list
SHOWN = 8

STATUS = "SELECT source, stale, why, searched_to, last_success, records, newest_record FROM source_status"
REJECTS = "SELECT source, count(*) AS rejects FROM rejects GROUP BY source"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/coverage$", coverage)]


async def coverage(request: Any, datasette: Any) -> Response:
    """Reads the view `search_log`, which `ketamine-watch searchlog` reads too, of each database that has it."""
    sites = [
        {"name": name, "sources": await sources(db)}
        for name, db in datasette.databases.items()
        if await db.get_view_definition("search_log")
    ]
    return Response.html(await datasette.render_template("coverage.html", {"sites": sites}, request=request))


async def sources(db: Any) -> list[dict[str, Any]]:
    """Each source that was searched: its state, its last searches, the newest first, and what could not be read."""

    async def rows(sql: str, **values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in (await db.execute(sql, values, truncate=False)).rows]

    status = {row["source"]: row for row in await rows(STATUS)}
    rejects = {row["source"]: row["rejects"] for row in await rows(REJECTS)}
    found = []
    for source, group in groupby(await rows(searches.LATEST, most=SHOWN), key=lambda row: str(row["source"])):
        latest = list(group)
        name, platform = searches.platform(source)
        found.append({
            "source": source, "name": name, "platform": platform, "latest": latest, "last": latest[0],
            "query": next((row["query"] for row in latest if row["query"]), None),
            "rejects": rejects.get(source, 0), "status": status.get(source, {}),
        })  # fmt: skip
    return found
