"""Tells every page which database the links in its head lead to, and where the data come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl

ORIGIN = ("source", "source_url", "license", "license_url", "about", "about_url")


@hookimpl
def extra_template_vars(database: str | None, datasette: Any) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def variables() -> dict[str, Any]:
        names = [name for name in datasette.databases if database in (None, name)]
        ours = [name for name in names if await datasette.databases[name].get_view_definition("works")]
        return {
            "home_of": ours[0] if ours else None,
            "origin": {key: datasette.metadata(key) for key in ORIGIN},
        }

    return variables
