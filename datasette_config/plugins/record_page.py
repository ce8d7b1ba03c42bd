"""Gives the page of a record, and that of a study, all that is known of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.utils import urlsafe_components

from datasette_config import record, study


@hookimpl
def extra_template_vars(
    view_name: str, database: str | None, table: str | None, request: Any, datasette: Any
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    if view_name != "row" or table not in ("records", "studies") or not database:
        return None

    async def variables() -> dict[str, Any]:
        (key,) = urlsafe_components(request.url_vars["pks"])
        db = datasette.get_database(database)
        if table == "studies":
            return {"study": await study.read(db, key)}
        return {"page": await record.read(db, key)}

    return variables
