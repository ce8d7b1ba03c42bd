"""All rows of a list or question, not its page's: the works behind them.

Datasette 0.65 gives an output format the rows of one page. So the list's own SQL, with its filters and order and
without its page, is run once more for the ids alone; the works are read by them later, some at a time. Nothing but the
ids is held, and no transaction stays open while a slow reader takes the file.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from datasette.utils import sqlite3, sqlite_timelimit
from datasette.utils.asgi import Request
from datasette.views.base import DatasetteError
from datasette.views.table import TableView
from sqlite_utils import Database

from datasette_config import selection
from store.exports import lists

#: seconds that finding the ids may take in all; each step has the site's `sql_time_limit_ms`
MOST_SECONDS = 20
_STEP = 2_000
_LIMIT = re.compile(r" limit [0-9]+(?: offset [0-9]+)?$")
_BY_ROWID = "SELECT records.id FROM json_each(?) AS asked JOIN records ON records.rowid = asked.value ORDER BY asked.key"
#: what says how a page is shown, and not which rows the list has
_OF_THE_PAGE = {
    "_next", "_size", "_col", "_nocol", "_label", "_labels", "_shape", "_nl", "_dl", "_newest", "_extras", "_format",
    "_nofacet", "_nocount", "_nosuggest", "_hide_sql", "_show_sql", "_json", "_ttl", "_trace", "_stream", "_header",
}  # fmt: skip

Value = TypeVar("Value")


def of_the_list(query_string: str) -> list[tuple[str, str]]:
    """What of a query string says which rows a list has, and in which order."""
    pairs = parse_qsl(query_string, keep_blank_values=True)
    return [
        (name, value) for name, value in pairs if name not in _OF_THE_PAGE and not name.startswith("_facet")
    ]


async def record_column(datasette: Any, database: str, table: str | None, shown: Sequence[str]) -> str | None:
    """The column that names works: of a table or view any, whatever the page shows; of a question one it answers."""
    columns = await datasette.get_database(database).table_columns(table) if table else shown
    return lists.record_column(columns, table)


async def work_ids(datasette: Any, request: Request, data: dict[str, Any]) -> list[str]:
    """The works behind all rows of the list, question or row that `data` is the page of, each once, in its order.

    Raises DatasetteError (400), in words, if the rows name no records, are too many, or are not found in time.
    """
    database, table = data["database"], data.get("table")
    if data.get("error"):
        raise refused(data["error"])
    column = await record_column(datasette, database, table, data.get("columns") or ())
    if column is None:
        columns = ", ".join(lists.RECORD_COLUMNS)
        raise refused(
            f"These rows name no records: an export needs one of the columns {columns}. CSV and JSON need none."
        )
    db = datasette.get_database(database)
    if "primary_key_values" in data:  # the page of one row
        found = [row[column] for row in data["rows"]]
    elif table:
        chosen = await _of_selection(db, table, request)
        if chosen is None:
            found = await _values(datasette, db, *await _sql_of_list(datasette, request, column), column)
        else:
            found = chosen
    else:
        found = await _values(datasette, db, data["query"]["sql"], data["query"]["params"], column)
    names = [one for one in found if isinstance(one, str)]
    ids = await reading(db, lambda own: lists.shown(own, names))
    if found and not ids:
        raise refused(f"No value of the column {column} in these rows is a record's id.")
    return ids


def refused(words: str) -> DatasetteError:
    return DatasetteError(words, title="Nothing to export", status=400)


async def reading(db: Any, read: Callable[[Database], Value]) -> Value:
    """`read(database)` in one of Datasette's threads, over its connection."""
    answer: Value = await db.execute_fn(
        lambda own: read(Database(own, recursive_triggers=False, execute_plugins=False))
    )
    return answer


async def _of_selection(db: Any, table: str, request: Request) -> list[str] | None:
    """The records of a reading list, where its pages are answered from sets of records; None if they take SQL."""
    if table not in selection.LISTS:
        return None
    query = urlencode(of_the_list(request.query_string)).encode("latin-1")
    args = Request(request.scope | {"query_string": query}, None).args
    chosen = await selection.select(db, table, args)
    if chosen is None:
        return None
    _not_too_long(chosen.count)
    sort, downwards = args.get("_sort"), args.get("_sort_desc")
    rowids = await selection.page(db, chosen, 0, chosen.count, downwards or sort, bool(downwards))
    if rowids is None:
        return None
    parts = [json.dumps(rowids[start : start + _STEP]) for start in range(0, len(rowids), _STEP)]
    return await reading(db, lambda own: [row[0] for part in parts for row in own.execute(_BY_ROWID, [part])])


def _not_too_long(count: int) -> None:
    if count > lists.MOST_WORKS:
        raise refused(
            f"More than {lists.MOST_WORKS:,} records: narrow the list, or use `ketamine-watch export`."
        )


async def _sql_of_list(datasette: Any, request: Request, column: str) -> tuple[str, dict[str, Any]]:
    """The SQL by which Datasette finds this list's rows, of that column and of all pages, and its parameters."""
    pairs = [*of_the_list(request.query_string), ("_col", column), ("_size", "1")]
    pairs += [(name, "1") for name in ("_nofacet", "_nocount", "_nosuggest")]
    scope = request.scope | {"query_string": urlencode(pairs).encode("latin-1")}
    data, *_ = await TableView(datasette).data(Request(scope, None))
    sql, pages = _LIMIT.subn("", data["query"]["sql"])
    if not pages:  # another Datasette than the one this was written for
        raise RuntimeError(f"a list's SQL without its page: {data['query']['sql']}")
    return sql, data["query"]["params"]


async def _values(datasette: Any, db: Any, sql: str, params: dict[str, Any], column: str) -> list[Any]:
    """The column's values in all rows, each once. A connection of its own, so that no other request waits for it."""
    own = db.connect()
    try:
        datasette._prepare_connection(own, db.name)
        return await _fetched(datasette, own, sql, params, column)
    finally:
        own.close()
        if own in db._all_file_connections:  # Datasette would keep it for good
            db._all_file_connections.remove(own)


async def _fetched(datasette: Any, own: Any, sql: str, params: dict[str, Any], column: str) -> list[Any]:
    found: dict[Any, None] = {}
    cursor = own.cursor()
    deadline = time.monotonic() + MOST_SECONDS

    def step(first: bool) -> bool:
        with sqlite_timelimit(own, datasette.setting("sql_time_limit_ms")):
            if first:
                cursor.execute(sql, params)
            rows = cursor.fetchmany(_STEP)
        at = [one[0] for one in cursor.description].index(column)
        found.update(dict.fromkeys(row[at] for row in rows))
        return len(rows) == _STEP

    more, first = True, True
    while more:
        try:
            more = await asyncio.get_running_loop().run_in_executor(datasette.executor, step, first)
        except sqlite3.OperationalError as error:
            if error.args == ("interrupted",):
                raise refused(
                    "Finding these rows takes longer than the site allows: narrow the list."
                ) from error
            raise
        first = False
        if len(found) > lists.MOST_WORKS:
            raise refused(
                f"More than {lists.MOST_WORKS:,} records: narrow the list, or use `ketamine-watch export`."
            )
        if time.monotonic() > deadline:
            raise refused(f"Finding these rows takes more than {MOST_SECONDS} seconds: narrow the list.")
    return list(found)
