"""The reading lists answer from sets of records: their count, facets and rows cost the same for few records and many.

The page is Datasette's own table page, with its formats and addresses; only its two queries, for the count and for the
rows of one page, are answered from `datasette_config.selection` where that understands the address. A search shows its
best matches first, unless the address names another order, with the words in their places.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode
from datasette.utils.asgi import Request
from datasette.views import table as datasettes
from datasette.views.table import TableView

from datasette_config import hits, selection
from datasette_config.at_hand import at_hand
from datasette_config.selection import Selection

_LISTS = "|".join(selection.LISTS)
_whole_display = datasettes.display_columns_and_rows

Extra = Callable[[], Awaitable[dict[str, Any]]]


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(rf"^/(?P<database>[^\/\.]+)/(?P<table>{_LISTS})(\.(?P<format>\w+))?$", reading_list)]


async def reading_list(request: Any, datasette: Any) -> Any:
    return await ListView(datasette).dispatch_request(_Asked(request.scope, request.receive))


class _Asked(Request):  # type: ignore[misc]
    """A request whose query is read once: Datasette reads it anew each time that it is asked for, a hundred times a page."""

    @cached_property
    def args(self) -> Any:
        return super().args


class ListView(TableView):  # type: ignore[misc]
    """Datasette's table page over a database that answers count and page from a selection."""

    async def data(
        self, request: Any, default_labels: bool = False, _next: Any = None, _size: Any = None
    ) -> Any:
        try:
            db = self.ds.get_database(route=tilde_decode(request.url_vars["database"]))
            chosen = await selection.select(db, request.url_vars["table"], request.args)
        except KeyError:  # no such database, as Datasette will say
            chosen = None
        if chosen is None:
            return await super().data(request, default_labels, _next=_next, _size=_size)
        site = _Site(self.ds, _Quick(db, request.url_vars["table"], chosen, request.args))
        data, extra, templates = await TableView(site).data(request, default_labels, _next=_next, _size=_size)
        return data, _with_hits(extra, db, chosen, request.args, data["rows"]), templates


def _with_hits(extra: Extra, db: Any, chosen: Selection, args: Any, rows: Any) -> Extra:
    """The template's variables, and of a search what `datasette_config.hits` knows of it."""

    async def variables() -> dict[str, Any]:
        words = args.get("_search") or ""
        if not words or "_col" in args:
            return await extra()
        raw = args.get("_searchmode") == "raw"
        parts = chosen.hits.parts if chosen.hits else []
        best_first = not (args.get("_sort") or args.get("_sort_desc"))
        known = await extra()
        if best_first:  # the list's usual order stands back
            known |= {"sort": None, "sort_desc": None}
        return known | {
            "passages": await hits.passages(db, parts, [row["rowid"] for row in rows], raw=raw),
            "meant": None if raw else await hits.meant(db, chosen, words),
            "tagged": hits.tagged(chosen, words),
            "best_first": best_first,
            "ranked": chosen.hits is not None and chosen.hits.ranking is not None,
        }

    return variables


async def _display(
    datasette: Any, database: str, table: str, description: Any, rows: Any, **more: Any
) -> Any:
    """Datasette's cells; of a reading list shown as records none, for its template makes its own."""
    if not isinstance(datasette, _Site) or datasette.quick.as_columns:
        return await _whole_display(datasette, database, table, description, rows, **more)
    columns, _ = await _whole_display(datasette, database, table, description, [], **more)
    return columns, rows


datasettes.display_columns_and_rows = _display


class _Site:
    """Datasette, but for one database."""

    def __init__(self, datasette: Any, quick: _Quick):
        self._datasette = datasette
        self.quick = quick
        self.selection = quick.selection
        self.databases = {**datasette.databases, quick.name: quick}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._datasette, name)

    def get_database(self, *names: Any, **route: Any) -> Any:
        return self.databases[self._datasette.get_database(*names, **route).name]


class _Quick:
    """A Datasette database that knows the count and the page of one list."""

    def __init__(self, db: Any, table: str, chosen: Selection, args: Any):
        self._db = db
        self.name = db.name
        self.table = table
        self.selection = chosen
        self.args = args

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    @property
    def as_columns(self) -> bool:
        """Whether the address asks for columns, not for records."""
        return "_col" in self.args or "_nocol" in self.args

    async def execute(self, sql: str, params: Any = None, truncate: bool = False, **more: Any) -> Any:
        if sql.startswith("select count(*) from "):
            return [(self.selection.count,)]
        by_place = await self.page(sql) if truncate else None
        if by_place:
            return await at_hand(self._db).execute(by_place, truncate=True, **more)
        return await self._db.execute(sql, params, truncate=truncate, **more)

    async def page(self, sql: str) -> str | None:
        """The query of one page by the rowids of its records; None where they are not known."""
        body, _, window = sql.rpartition(" limit ")
        limit, _, offset = window.partition(" offset ")
        sort, descending = self.args.get("_sort"), self.args.get("_sort_desc")
        rowids = await selection.page(
            self._db, self.selection, int(offset or 0), int(limit), descending or sort, bool(descending)
        )
        if rowids is None:
            return None
        head = body.partition(f" from {self.table} ")[0]
        listed = ",".join(map(str, rowids))
        by_place = f"instr(',{listed},', ',' || rowid || ',')"
        return f"{head} from {self.table} where rowid in ({listed}) order by {by_place}"
