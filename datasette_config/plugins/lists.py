"""The reading lists answer from sets of records: their count, facets and rows cost the same for few records and many.

The page is Datasette's own table page, with its formats and addresses; only its two queries, for the count and for the
rows of one page, are answered from `datasette_config.selection` where that understands the address.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode
from datasette.views.table import TableView

from datasette_config import selection as selections
from datasette_config.selection import Selection

_LISTS = "|".join(selections.LISTS)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(rf"^/(?P<database>[^\/\.]+)/(?P<table>{_LISTS})(\.(?P<format>\w+))?$", reading_list)]


async def reading_list(request: Any, datasette: Any) -> Any:
    return await ListView(datasette).dispatch_request(request)


class ListView(TableView):  # type: ignore[misc]
    """Datasette's table page over a database that answers count and page from a selection."""

    async def data(
        self, request: Any, default_labels: bool = False, _next: Any = None, _size: Any = None
    ) -> Any:
        name = tilde_decode(request.url_vars["database"])
        table = request.url_vars["table"]
        try:
            db = self.ds.get_database(route=name)
        except KeyError:
            return await super().data(request, default_labels, _next=_next, _size=_size)
        chosen = await selections.select(db, table, request.args)
        if chosen is None:
            return await super().data(request, default_labels, _next=_next, _size=_size)
        quick = _Quick(db, table, chosen, request.args)
        view = TableView(_Site(self.ds, quick))
        return await view.data(request, default_labels, _next=_next, _size=_size)


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
        found = self._datasette.get_database(*names, **route)
        return self.databases[found.name]


class _Quick:
    """A Datasette database that knows the count and the page of one list."""

    def __init__(self, db: Any, table: str, selection: Selection, args: Any):
        self._db = db
        self.name = db.name
        self.table = table
        self.selection = selection
        self.args = args

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def execute(self, sql: str, params: Any = None, truncate: bool = False, **more: Any) -> Any:
        if sql.startswith("select count(*) from "):
            return [(self.selection.count,)]
        if truncate:
            sql, params = await self.page(sql, params)
        return await self._db.execute(sql, params, truncate=truncate, **more)

    async def page(self, sql: str, params: Any) -> tuple[str, Any]:
        """The query of one page, by the rowids of its records where they are known."""
        body, _, window = sql.rpartition(" limit ")
        limit, _, offset = window.partition(" offset ")
        sort, descending = self.args.get("_sort"), self.args.get("_sort_desc")
        rowids = await selections.page(
            self._db, self.selection, int(offset or 0), int(limit), descending or sort, bool(descending)
        )
        if rowids is None:
            return sql, params
        head = body.partition(f" from {self.table} ")[0]
        listed = ",".join(map(str, rowids))
        by_place = f"instr(',{listed},', ',' || rowid || ',')"
        return f"{head} from {self.table} where rowid in ({listed}) order by {by_place}", {}
