"""What Datasette asks of a database's schema, two dozen times for each page, is asked once for each state of the schema.

Every such question costs a visit to another thread, which takes longer than its answer; and between such visits pages
that are asked for at once get into each other's way. The schema's version is asked for once a second at most.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Any

from datasette import hookimpl

from datasette_config.at_hand import at_hand

#: of `datasette.database.Database`: what depends on the schema alone
QUESTIONS = (
    "table_exists", "table_names", "table_columns", "table_column_details", "primary_keys", "fts_table",
    "foreign_keys_for_table", "hidden_table_names", "view_names", "get_all_foreign_keys", "get_table_definition",
    "get_view_definition",
)  # fmt: skip
#: asked as it stands, for canned queries and permissions
_IS_THERE = "select name from sqlite_master where type in ('table', 'view') and name = ? collate nocase"
_VERSION = "PRAGMA schema_version"
_SECONDS = 1.0

Ask = Callable[..., Awaitable[Any]]


@hookimpl
def startup(datasette: Any) -> None:
    for db in datasette.databases.values():
        KnownSchema(db)
    datasette.refresh_schemas = _seldom(datasette.refresh_schemas)


def _seldom(refresh: Ask) -> Ask:
    """Datasette's look at the schemas, which it takes with every page, once in a while."""
    looked_at = -_SECONDS

    async def refreshed() -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at >= _SECONDS:
            looked_at = time.monotonic()
            await refresh()

    return refreshed


class KnownSchema:
    """Answers a database's questions on its schema from memory, until its version is another."""

    def __init__(self, db: Any):
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._version: int | None = None
        self._asked_at = 0.0
        self._at_hand = at_hand(db)
        self._execute: Ask = db.execute
        db.execute = self.execute
        for name in QUESTIONS:
            setattr(db, name, self._remembering(name, getattr(db, name)))

    async def execute(self, sql: str, params: Any = None, **more: Any) -> Any:
        """`Database.execute`, which keeps the schema's version in view."""
        if sql == _VERSION:
            answer = await self._at_hand.execute(sql)
            if (version := answer.first()[0]) != self._version:
                self._version, self._answers = version, {}
            self._asked_at = time.monotonic()
            return answer
        if " ".join(sql.split()) == _IS_THERE and not more:
            return await self._known((sql, *params), lambda: self._execute(sql, params))
        return await self._execute(sql, params, **more)

    def _remembering(self, name: str, ask: Ask) -> Ask:
        async def remembering(*args: Any, **more: Any) -> Any:
            return copy(await self._known((name, args, *more.items()), lambda: ask(*args, **more)))

        return remembering

    async def _known(self, question: tuple[Any, ...], ask: Ask) -> Any:
        if time.monotonic() - self._asked_at > _SECONDS:
            await self.execute(_VERSION)
        answers = self._answers
        if question not in answers:
            answers[question] = await ask()  # what was asked of an older schema stays with that one's answers
        return answers[question]
