"""Opening the readers' file: made for its owner alone, and refused if others may read it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from store.database import BUSY_SECONDS, process_lock
from store.errors import ConfigError
from store.readers.schema import migrations

READERS_VARIABLE = "KETAMINE_WATCH_READERS"
#: "KWRD", so that no other database is taken for it (sqlite.org/pragma.html#pragma_application_id)
_APPLICATION_ID = 0x4B575244


def beside(db_path: Path) -> Path:
    """Where the readers' file is unless one is named: in the folder of the main database."""
    return db_path.with_name("readers.db")


def open_readers(path: Path) -> Database:
    """Open for writing; create with mode 0600 if absent; bring its schema up to date.

    Raises ConfigError if group or others may read or write it, it is no readers' file, or it cannot be written.
    """
    _make_private(path)
    try:
        db = Database(sqlite3.connect(path, timeout=BUSY_SECONDS))
        _check_kind(db, path)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")  # a forgotten address is overwritten, not only unlinked
        db.enable_wal()
        db.execute(
            "PRAGMA synchronous = FULL"
        )  # "sent" survives a power cut: else the mail would go out twice
        migrations.apply(db)
    except sqlite3.Error as error:
        raise ConfigError(f"readers' file {path}: {error}") from error
    return db


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """`open_readers`, closed at the end of the block."""
    db = open_readers(path)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def sending_lock(path: Path) -> Iterator[None]:
    """Hold the right to send to the readers of `path`. Raises LockedError if another process has it."""
    _make_private(Path(f"{path}.lock"))
    with process_lock(path, f"another run is sending to the readers of {path}"):
        yield


def wipe_traces(db: Database) -> None:
    """After a deletion: nothing of it is left in the file or its write-ahead log."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _make_private(path: Path) -> None:
    """Create the file for its owner alone, or check that it is so. Raises ConfigError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise ConfigError(
                f"readers' file {path}: others on this machine may open it (mode {mode:04o}); "
                f"it holds addresses. Make it yours alone: chmod 600 {path}"
            ) from None
    except OSError as error:
        raise ConfigError(f"readers' file {path}: {error.strerror}") from error


def _check_kind(db: Database, path: Path) -> None:
    found = db.execute("PRAGMA application_id").fetchone()[0]
    if found == _APPLICATION_ID:
        return
    if found or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise ConfigError(f"readers' file {path}: this is another database")
    db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
