"""`/-/work/ID` and `/-/study/ID`: addresses for mails and feeds that stay, whatever the database file is called."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from datasette import NotFound, Response, hookimpl
from datasette.utils import tilde_decode, tilde_encode

from datasette_config.record import record_link

_WORK = "SELECT coalesce(merged_into, id) AS id FROM records WHERE id = ?"
_NOTICED = "SELECT 1 FROM found_notices WHERE work_id = ? LIMIT 1"
_STUDY = "SELECT id FROM studies WHERE id = ?"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/work/(?P<id>[^/]+)$", work), (r"^/-/study/(?P<id>[^/]+)$", study)]


async def work(request: Any, datasette: Any) -> Response:
    """To the record that is shown for a work; of one that is only spoken of, to the notices on it."""
    wanted = tilde_decode(request.url_vars["id"])
    async for name, db in _ours(datasette):
        if found := (await db.execute(_WORK, [wanted])).first():
            return Response.redirect(record_link(datasette.urls, name, found["id"]))
        if (await db.execute(_NOTICED, [wanted])).first():
            query = urlencode({"work_id": wanted})
            return Response.redirect(f"{datasette.urls.table(name, 'work_notices')}?{query}")
    raise NotFound(f"There is no work {wanted} here.")


async def study(request: Any, datasette: Any) -> Response:
    """To the page of a study."""
    wanted = tilde_decode(request.url_vars["id"])
    async for name, db in _ours(datasette):
        if found := (await db.execute(_STUDY, [wanted])).first():
            return Response.redirect(datasette.urls.row(name, "studies", tilde_encode(found["id"])))
    raise NotFound(f"There is no study {wanted} here.")


async def _ours(datasette: Any) -> Any:
    for name, db in datasette.databases.items():
        if await db.get_view_definition("works"):
            yield name, db
