"""Makes addresses from plain strings: Datasette 0.65's own kind, for paths with a prefix, lists all methods of a string
whenever one is asked for, and urllib asks for dozens.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl


@hookimpl
def startup(datasette: Any) -> None:
    absolute_url = datasette.absolute_url
    datasette.absolute_url = lambda request, path: absolute_url(request, str(path))
