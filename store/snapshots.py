"""Snapshots of the database for a site: each in a folder of its own, never changed, and one of them current.

    DIR/20261123T125800.123456Z/ketamine.db      the snapshot
    DIR/20261123T125800.123456Z/inspect.json     what Datasette wants to know of it, as `datasette inspect` writes it
    DIR/current -> 20261123T125800.123456Z       the one to serve, exchanged by a rename (rename(2) is atomic)

Who serves a snapshot holds its file by a shared flock(2), so no publisher removes it under him, whatever the process.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from sqlite_utils import Database

from store.backup import backup
from store.errors import ConfigError, LockedError, StoreError

CURRENT = "current"
INSPECT = "inspect.json"
_VERSION = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z")
_BLOCK = 1024 * 1024


@dataclass(slots=True, frozen=True)
class Snapshot:
    """A published snapshot: its folder (named after the moment, UTC), its one database file, and what is known of it."""

    folder: Path

    @property
    def file(self) -> Path:
        """The database. Raises ConfigError if the folder has not exactly one."""
        files = sorted(self.folder.glob("*.db"))
        if len(files) != 1:
            raise ConfigError(f"{self.folder}: no snapshot")
        return files[0]

    @property
    def inspected(self) -> dict[str, Any]:
        """Datasette's inspect data."""
        found: dict[str, Any] = json.loads((self.folder / INSPECT).read_text("utf-8"))
        return found


@dataclass(slots=True, frozen=True)
class Published:
    """What `publish` did: the snapshot, its records and bytes, and the older ones that it removed."""

    snapshot: Snapshot
    records: int
    bytes: int
    removed: tuple[str, ...]


def publish(db: Database, folder: Path, name: str, *, keep: int = 3) -> Published:
    """Make a snapshot of `db` (a file, opened read-only) in `folder` and make it the current one.

    `name`: the database's name in addresses. `keep`: so many snapshots stay, this one among them; an older one that is
    still served stays until the next time. May run during a crawl. Raises LockedError if another publish is under way,
    ConfigError if `folder` cannot be written, StoreError if the copy is not sound; none of them changes what is current.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise ConfigError(f"{name!r} cannot be a database's name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    with _publishing(folder):
        _tidy(folder)
        version = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        draft = folder / f".draft-{version}"
        try:
            draft.mkdir()
            file = draft / f"{name}.db"
            records, size = backup(db, file, prepare=_settle)
            _write(draft / INSPECT, json.dumps({name: inspect(file)}, indent=1))
            draft.rename(folder / version)
            _point(folder, version)
        except OSError as error:
            raise StoreError("publish", f"{folder}: {error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return Published(Snapshot(folder / version), records, size, tuple(_remove_old(folder, version, keep)))


def current(folder: Path) -> Snapshot:
    """The snapshot to serve. Raises ConfigError if nothing is published there."""
    try:
        target = (folder / CURRENT).readlink()
    except OSError:
        raise ConfigError(
            f"nothing is published in {folder}; `ketamine-watch publish --to {folder}` does it"
        ) from None
    return Snapshot(folder / target)


def hold(snapshot: Snapshot) -> IO[bytes]:
    """Keep the snapshot from being removed until the returned file is closed. Raises OSError if it is gone."""
    held = snapshot.file.open("rb")
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        snapshot.file.stat()  # it may have been removed while we opened it
    except OSError:
        held.close()
        raise
    return held


def inspect(file: Path) -> dict[str, Any]:
    """What `datasette inspect` says of a file: sha256, bytes, rows of each table."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
    db = Database(file)
    try:
        names = [
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        tables = {
            name: {"count": db.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0]} for name in names
        }
    finally:
        db.close()
    return {"hash": digest.hexdigest(), "size": file.stat().st_size, "file": file.name, "tables": tables}


def _tidy(folder: Path) -> None:
    """Remove what a publish that was killed left behind."""
    for draft in folder.glob(".draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
    for link in folder.glob(f".{CURRENT}-*"):
        link.unlink()


def _settle(copy: Database) -> None:
    """What a file that never changes again should have: statistics for the planner (sqlite.org/lang_analyze.html)."""
    copy.execute("ANALYZE")
    copy.execute("PRAGMA optimize")


def _write(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _point(folder: Path, version: str) -> None:
    link = folder / f".{CURRENT}-{version}"
    link.symlink_to(version)
    link.replace(folder / CURRENT)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)  # the new names survive a crash of the machine
    finally:
        os.close(handle)


def _remove_old(folder: Path, version: str, keep: int) -> Iterator[str]:
    known = sorted((path.name for path in folder.iterdir() if _VERSION.fullmatch(path.name)), reverse=True)
    for name in [one for one in known if one != version][max(keep, 1) - 1 :]:
        if not _is_served(Snapshot(folder / name)):
            shutil.rmtree(folder / name, ignore_errors=True)
            yield name


def _is_served(snapshot: Snapshot) -> bool:
    with suppress(ConfigError), snapshot.file.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _publishing(folder: Path) -> Iterator[None]:
    try:
        handle = (folder / ".lock").open("a")
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"another publish is writing to {folder}") from None
        yield
