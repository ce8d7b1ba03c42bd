"""How the database is served: Datasette's own command, told where our words, pages and plugins are."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datasette.app import DEFAULT_SETTINGS, Datasette

from datasette_config.metadata import build, settings
from store.errors import ConfigError

HERE = Path(__file__).parent
_SWITCHES = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


def arguments(
    db_path: Path, *, host: str, port: int, immutable: bool = False, more: dict[str, Any] | None = None
) -> list[str]:
    """Arguments for `python -m datasette`: read-only, on `host` and `port`; `immutable` if nothing writes meanwhile.

    `more`: settings over the project's own.
    """
    metadata = cached(json.dumps(build(db_path.stem), ensure_ascii=False))
    chosen = [
        part
        for name, value in (settings() | (more or {})).items()
        for part in ("--setting", name, _as_text(value))
    ]
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


def app(
    db_path: Path, *, immutable: bool = False, inspected: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None, secret: str | None = None,
) -> Datasette:  # fmt: skip
    """The same site in this process: `await app(path).client.get("/")`. `inspected`: of an immutable file, by `datasette
    inspect`; `more`: settings over the project's own.
    """
    return Datasette(
        [] if immutable else [str(db_path)],
        immutables=[str(db_path)] if immutable else [],
        inspect_data=inspected,
        metadata=build(db_path.stem),
        template_dir=str(HERE / "templates"),
        plugins_dir=str(HERE / "plugins"),
        static_mounts=[("kw-static", str(HERE / "static"))],
        settings=settings() | (more or {}),
        secret=secret,
    )


def chosen_settings(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Datasette's settings as typed ("base_url", "/ketamine/"), as values. Raises ConfigError if there is none so named."""
    found: dict[str, Any] = {}
    for name, text in pairs:
        usual = DEFAULT_SETTINGS.get(name)
        if usual is None:
            raise ConfigError(f"Datasette has no setting {name}")
        if isinstance(usual, bool):
            if text.lower() not in _SWITCHES:
                raise ConfigError(f"setting {name}: on or off, not {text}")
            found[name] = _SWITCHES[text.lower()]
        elif isinstance(usual, int):
            if not text.isdigit():
                raise ConfigError(f"setting {name}: a number, not {text}")
            found[name] = int(text)
        else:
            found[name] = text
    return found


def _as_text(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
