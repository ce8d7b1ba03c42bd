"""Gives the page of a record all that is known of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.utils import urlsafe_components

from datasette_config.record import read


@hookimpl
def extra_template_vars(
    view_name: str, database: str | None, table: str | None, request: Any, datasette: Any
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    if view_name != "row" or table != "records" or not database:
        return None

    async def variables() -> dict[str, Any]:
        (record_id,) = urlsafe_components(request.url_vars["pks"])
        return {"page": await read(datasette.get_database(database), record_id)}

    return variables
