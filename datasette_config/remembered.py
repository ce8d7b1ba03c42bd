"""What was read of a database file, kept until the file changes or a day begins: costly pages are read once a crawl."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

_kept: dict[tuple[str, str], tuple[object, Any]] = {}


async def remembered(path: str | None, name: str, read: Callable[[], Awaitable[Any]]) -> Any:
    """What `read` gave for `name` while the file at `path` was as it is now; without a path, `read` anew."""
    if not path:
        return await read()
    now = (today(), state(path))
    kept = _kept.get((path, name))
    if kept is None or kept[0] != now:
        kept = _kept[path, name] = (now, await read())
    return kept[1]


def today() -> str:
    """The day as SQLite's date('now') has it."""
    return datetime.now(timezone.utc).date().isoformat()


def state(path: str) -> tuple[object, ...]:
    """What changes whenever something is committed to the file."""
    return tuple(_stamp(Path(f"{path}{end}")) for end in ("", "-wal"))


def forget(path: str) -> None:
    """Keep nothing of a file that is no longer served."""
    for key in [key for key in _kept if key[0] == path]:
        del _kept[key]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
