"""A copy of the database: made by SQLite, compared with the original, named only when it is good."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from store.errors import ConfigError, StoreError
from store.sizes import row_counts


def backup(
    db: Database, file: Path, *, replace: bool = False, prepare: Callable[[Database], None] | None = None
) -> tuple[int, int]:
    """Copy `db` (a file, opened read-only) to `file` by VACUUM INTO (sqlite.org/lang_vacuum.html). Returns its records and bytes.

    Rows are counted before and after, and the copy must lie between, so that a crawl may write meanwhile. `prepare` may
    write to the copy before it is compared.
    Raises ConfigError if `file` is there (unless `replace`) or its folder cannot be written, StoreError if the copy is not
    the same or not sound; neither leaves anything behind.
    """
    if file.exists() and not replace:
        raise ConfigError(f"{file} is there already; --force replaces it")
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        os.close(handle)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    draft = Path(name)
    try:
        draft.chmod(0o666 & ~_umask())
        before = row_counts(db)
        db.execute("VACUUM INTO ?", (str(draft),))
        after = row_counts(db)
        if prepare:
            _prepare(draft, prepare)
        _compare(draft, before, after)
        _flush(draft)
        if replace:
            draft.replace(file)
        else:
            os.link(draft, file)  # unlike a rename, never over a file that came meanwhile
    except FileExistsError:
        raise ConfigError(f"{file} is there already; --force replaces it") from None
    except (sqlite3.Error, OSError) as error:
        raise StoreError("backup", f"{file}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return after["records"], file.stat().st_size


def _prepare(draft: Path, prepare: Callable[[Database], None]) -> None:
    copy = Database(sqlite3.connect(draft))
    try:
        prepare(copy)
    finally:
        copy.close()


def _compare(draft: Path, before: dict[str, int], after: dict[str, int]) -> None:
    """Raises StoreError unless the copy is sound and holds what the original held between two moments."""
    copy = Database(sqlite3.connect(f"{draft.resolve().as_uri()}?mode=ro", uri=True))
    try:
        found = row_counts(copy)
        wrong = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
    finally:
        copy.close()
    for table in before.keys() | after.keys():
        least, most = sorted((before.get(table, 0), after.get(table, 0)))
        if not least <= found.get(table, -1) <= most:
            wrong.append(f"{table}: {found.get(table)} rows instead of {most}")
    if wrong:
        raise StoreError("backup", "the copy is not the original: " + "; ".join(wrong[:5]))


def _flush(draft: Path) -> None:
    with draft.open("rb") as copy:
        os.fsync(copy.fileno())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
