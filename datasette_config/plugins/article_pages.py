"""`/-/articles`: the watched articles; `/-/article/<id>`: one, each sentence with what bears on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import NotFound, Response, hookimpl
from datasette.utils import tilde_decode
from sqlite_utils import Database

from datasette_config.article import paragraphs
from datasette_config.remembered import remembered
from store import article_report
from store.errors import ConfigError
from store.verdicts import VERDICTS

#: matches of one sentence that stand in the margin; the others are counted, and open to a click
SHOWN = 2


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/articles$", listed), (r"^/-/article/(?P<article>[^/]+)$", shown)]


@hookimpl
def menu_links(datasette: Any) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    async def links() -> list[dict[str, str]]:
        """A link to the articles where any is watched."""
        for name in await _watching(datasette):
            if await _has_articles(datasette.databases[name]):
                return [{"href": datasette.urls.path("/-/articles"), "label": "Articles"}]
        return []

    return links


async def listed(request: Any, datasette: Any) -> Response:
    """Every article of every database that watches some."""
    sites = [
        (name, await _read(datasette, name, article_report.articles)) for name in await _watching(datasette)
    ]
    return Response.html(await datasette.render_template("articles.html", {"sites": sites}, request=request))


async def shown(request: Any, datasette: Any) -> Response:
    """The article with a margin. `?min=medium`: only what is at least as urgent."""
    key = tilde_decode(request.url_vars["article"])
    asked = request.args.get("min") or "none"
    least = asked if asked in article_report.PRIORITIES else "none"
    for name in await _watching(datasette):
        try:
            told = await _read(datasette, name, lambda db: article_report.report(db, key, least=least))
        except ConfigError:
            continue
        page = {
            "database": name, "article": told, "paragraphs": paragraphs(told), "least": least, "shown": SHOWN,
            "priorities": article_report.PRIORITIES, "verdict_words": VERDICTS,
        }  # fmt: skip
        return Response.html(await datasette.render_template("article.html", page, request=request))
    raise NotFound(f"No article {key} is watched here.")


async def _watching(datasette: Any) -> list[str]:
    return [name for name, db in datasette.databases.items() if await db.get_view_definition("claim_states")]


async def _has_articles(db: Any) -> bool:
    async def read() -> bool:
        return bool((await db.execute("SELECT 1 FROM articles LIMIT 1")).rows)

    return bool(await remembered(db.path, "articles", read))


async def _read(datasette: Any, name: str, read: Callable[[Database], Any]) -> Any:
    return await datasette.databases[name].execute_fn(lambda conn: read(Database(conn)))
