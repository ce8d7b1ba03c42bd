"""How the database is served: Datasette's own command, told where our words, pages and plugins are."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from datasette.app import Datasette

from datasette_config.metadata import build, settings

HERE = Path(__file__).parent


def arguments(db_path: Path, *, host: str, port: int, immutable: bool = False) -> list[str]:
    """Arguments for `python -m datasette`: read-only, on `host` and `port`; `immutable` if nothing writes meanwhile."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="ketamine-watch-", delete=False) as file:
        json.dump(build(db_path.stem), file)
    chosen = [part for name, value in settings().items() for part in ("--setting", name, _as_text(value))]
    return [
        "serve", *(["--immutable"] if immutable else []), str(db_path), "--host", host, "--port", str(port),
        "--metadata", file.name, "--template-dir", str(HERE / "templates"), "--plugins-dir", str(HERE / "plugins"),
        "--static", f"kw-static:{HERE / 'static'}", *chosen,
    ]  # fmt: skip


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
