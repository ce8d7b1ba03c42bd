"""A database asked in the server's own thread, for what takes a millisecond.

A question that goes through another thread comes back behind whatever pages the server has begun meanwhile: with four
visitors at once, a page of five questions waits for the other three five times over. Datasette 0.65 asks so throughout
where it has no threads (`num_sql_threads` 0); here only what was counted to be quick does. Whatever a visitor may make long,
SQL of their own above all, belongs into a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from types import MethodType
from typing import Any

from datasette.database import Database

_ATTRIBUTE = "_at_hand"


def at_hand(db: Any) -> Any:
    """The same Datasette database; `execute` and `execute_fn` answer at once, on a connection of its own."""
    if not hasattr(db, _ATTRIBUTE):
        setattr(db, _ATTRIBUTE, _made(db))
    return getattr(db, _ATTRIBUTE)


def _made(db: Any) -> Any:
    near = copy(db)
    connection: Any = None

    async def execute_fn(ask: Callable[[Any], Any]) -> Any:
        nonlocal connection
        if connection is None:
            connection = db.connect()
            db.ds._prepare_connection(connection, db.name)
            connection.text_factory = (
                str  # Datasette reads each by a function, lest it is not UTF-8; a crawl writes nothing else
            )
        return ask(connection)

    near.execute_fn = execute_fn
    near.execute = MethodType(Database.execute, near)
    return near
