"""How the database is served: Datasette's own command, told where our words, pages and plugins are."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from datasette.app import Datasette

from datasette_config.metadata import build, settings

HERE = Path(__file__).parent


def arguments(db_path: Path, *, host: str, port: int, immutable: bool = False) -> list[str]:
    """Arguments for `python -m datasette`: read-only, on `host` and `port`; `immutable` if nothing writes meanwhile."""
    metadata = cached(json.dumps(build(db_path.stem), ensure_ascii=False))
    chosen = [part for name, value in settings().items() for part in ("--setting", name, _as_text(value))]
    return [
        "serve", *(["--immutable"] if immutable else []), str(db_path), "--host", host, "--port", str(port),
        "--metadata", str(metadata), "--template-dir", str(HERE / "templates"), "--plugins-dir", str(HERE / "plugins"),
        "--static", f"kw-static:{HERE / 'static'}", *chosen,
    ]  # fmt: skip


def cached(text: str) -> Path:
    """A file of the user's that holds `text`: Datasette 0.65 takes its metadata from a file only.

    It is named after its content, so that one site leaves one file however often it is served.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ketamine-watch"
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder)
    except (OSError, RuntimeError):  # no home, or none that can be written to
        folder = Path(tempfile.mkdtemp(prefix="ketamine-watch-"))
        handle, draft = tempfile.mkstemp(dir=folder)
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - an open descriptor has no path
        file.write(text)
    named = folder / f"metadata-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    return Path(draft).replace(named)


def app(db_path: Path) -> Datasette:
    """The same site in this process, for tests: `await app(path).client.get("/")`."""
    return Datasette(
        [str(db_path)],
        metadata=build(db_path.stem),
        template_dir=str(HERE / "templates"),
        plugins_dir=str(HERE / "plugins"),
        static_mounts=[("kw-static", str(HERE / "static"))],
        settings=settings(),
    )


def _as_text(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
