"""The front page: what `datasette_config.home` counts, anew only when the file changed or a day began.

It takes the place of Datasette's, which looks into every table at each visit; `/.json` is Datasette's own.
"""

from __future__ import annotations

from typing import Any

from datasette import Response, hookimpl
from datasette.views.index import IndexView

from datasette_config import home
from datasette_config.remembered import remembered


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/(?P<format>)$", front_page)]


async def front_page(request: Any, datasette: Any) -> Any:
    ours = [name for name, db in datasette.databases.items() if await db.get_view_definition("trials")]
    if not ours or request.method not in ("GET", "HEAD"):
        return await IndexView(datasette).dispatch_request(request)
    await datasette.ensure_permissions(request.actor, ["view-instance"])

    async def page() -> str:
        shown = {
            "metadata": datasette.metadata(),
            "sites": [await current(datasette, name) for name in ours],
            "alternate_url_json": datasette.absolute_url(request, datasette.urls.path("/.json")),
        }
        made: str = await datasette.render_template(["index.html"], shown, request=request, view_name="index")
        return made

    # of one database, and for everyone: the page is the same until the file changes or a day begins
    alone = len(ours) == 1 and not request.actor and not request.cookies
    where = f"front page of {id(datasette)} at {request.host}{datasette.setting('base_url')}"
    path = datasette.databases[ours[0]].path if alone else None
    return Response.html(await remembered(path, where, page))


async def current(datasette: Any, name: str) -> Any:
    """The overview of one database."""
    path = datasette.databases[name].path
    return await remembered(path, "home", lambda: home.overview(datasette, name))
