"""Opening the SQLite file: migrations, write-ahead log, views, and the lock that one crawl at a time holds."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from store.errors import ConfigError, LockedError
from store.migrations import migrations
from store.views import ensure_views

BUSY_SECONDS = 30


def open_database(path: str | Path) -> Database:
    """Open for writing, create if absent, bring the schema up to date. `path` may be ":memory:".

    Raises ConfigError if the file is no database, cannot be written, or comes from a newer release.
    """
    try:
        db = Database(sqlite3.connect(path, timeout=BUSY_SECONDS))
        db.execute("PRAGMA foreign_keys = ON")
        db.enable_wal()
        # a crash of the machine may lose the last commits, never the file's integrity (sqlite.org/pragma.html#pragma_synchronous)
        db.execute("PRAGMA synchronous = NORMAL")
        migrations.apply(db)
        ensure_views(db)
    except sqlite3.Error as error:
        raise ConfigError(f"database {path}: {error}") from error
    return db


def read_database(path: str | Path) -> Database:
    """Open read-only. Raises ConfigError if there is no such database."""
    if not Path(path).is_file():
        raise ConfigError(f"database {path}: no such file; `ketamine-watch crawl` makes it")
    uri = f"{Path(path).resolve().as_uri()}?mode=ro"
    return Database(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS))


@contextmanager
def crawl_lock(path: str | Path) -> Iterator[None]:
    """Hold the right to crawl into `path`. Raises LockedError if another process has it."""
    with process_lock(path, f"another crawl is writing to {path}"):
        yield


@contextmanager
def process_lock(path: str | Path, busy: str) -> Iterator[None]:
    """Hold the lock of `path`. Raises LockedError with the words `busy` if another process has it.

    The lock is the kernel's (flock on `<path>.lock`), so it ends with the process, however that ends.
    """
    lock_path = Path(f"{path}.lock")
    try:
        handle = lock_path.open("a")
    except OSError as error:
        raise ConfigError(f"database {path}: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(busy) from None
        yield
