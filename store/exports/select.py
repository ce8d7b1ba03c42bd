"""Which works a person asks for: of a view by its filters, or by SQL of their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from store.errors import ConfigError
from store.exports import lists


def by_view(
    db: Database, view: str, *, tags: Mapping[str, Sequence[str]] | None = None, since: str | None = None
) -> list[str]:
    """The works of a table or view, the newest at their source first where it has dates; each once.

    `tags`: column of tags -> values of which a row must have one ("indications" -> ["ptsd"]). `since`: an ISO date,
    compared with `entered`. Raises ConfigError if there is no such view, or if it lacks a column.
    """
    if view not in (*db.table_names(), *db.view_names()):
        raise ConfigError(f"no table or view {view}")
    columns = {column.name for column in db[view].columns}
    wanted = {name: values for name, values in (tags or {}).items() if values}
    for name in (*wanted, *(["entered"] if since else [])):
        if name not in columns:
            raise ConfigError(f"{view} has no column {name} to filter by")
    conditions = [
        f"EXISTS (SELECT 1 FROM json_each([{view}].[{name}]) WHERE value IN (SELECT value FROM json_each(:{name})))"
        for name in wanted
    ] + (["entered >= :since"] if since else [])
    asked: dict[str, str | None] = {name: json.dumps(list(values)) for name, values in wanted.items()}
    sql = f"SELECT [{_column(view, columns, view)}] FROM [{view}]"
    sql += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sql += " ORDER BY entered DESC, 1" if "entered" in columns else ""
    return _works(db, [row[0] for row in db.execute(sql, asked | {"since": since})], view)


def by_sql(db: Database, sql: str) -> list[str]:
    """The works that a SELECT names in its column `record_id`, `citing_id`, `work_id` or `id`, in its order; each once.

    Raises ConfigError if it cannot be run, or names none.
    """
    try:
        cursor = db.execute(sql)
        names = [one[0] for one in cursor.description or ()]
        at = names.index(_column("the SQL", names))
        found = [row[at] for row in cursor]
    except sqlite3.Error as error:
        raise ConfigError(f"SQL: {error}") from error
    return _works(db, found, "the SQL")


def _column(what: str, columns: Sequence[str] | set[str], table: str | None = None) -> str:
    column = lists.record_column(columns, table)
    if column is None:
        raise ConfigError(
            f"{what} names no records: it has none of the columns {', '.join(lists.RECORD_COLUMNS)}"
        )
    return column


def _works(db: Database, found: Sequence[object], what: str) -> list[str]:
    works = lists.shown(db, [one for one in found if isinstance(one, str)])
    if found and not works:
        raise ConfigError(f"{what}: none of its values is a record's id")
    return works
