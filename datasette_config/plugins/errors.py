"""What a visitor asked wrongly is answered on a page of this site, and is no failure of the server.

Datasette's own handler has neither our head nor our sheet and calls an unknown sort order a 500; what is not asked
wrongly is left to it. It runs after ours in any case, and where rich is installed prints every 404 with all local
variables: rich is here for the crawl's progress bars, so it is taken from that handler. A real failure still has its
traceback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response, hookimpl
from datasette import handle_exception as datasettes_own
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError
from markupsafe import Markup

datasettes_own.rich = None


@hookimpl
def handle_exception(
    datasette: Any, request: Any, exception: Exception
) -> Callable[[], Awaitable[Response]] | None:
    if isinstance(exception, Base400):
        status, title, message = exception.status, None, exception.args[0] if exception.args else ""
    elif isinstance(exception, DatasetteError):
        status = 400 if exception.status == 500 else exception.status
        title, message = exception.title, exception.message
        if exception.message_is_html:
            message = Markup(message)  # noqa: S704 - Datasette's own help, in which it escaped the query
    else:
        return None

    async def answer() -> Response:
        told = {"ok": False, "error": message, "status": status, "title": title}
        if request.path.endswith(".json"):
            return Response.json(told, status=status)
        page = await datasette.render_template("error.html", told, request=request, view_name="error")
        return Response.html(page, status=status)

    return answer
