"""The `[feeds.NAME]` tables of the configuration: free names, each removable by `= false`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args
from urllib.parse import urlsplit

from spiders.feed_entries import FeedKind
from store.errors import ConfigError

_KEYS: dict[str, type] = {"url": str, "title": str, "kind": str, "everything": bool}
_NEEDED = ("url", "title", "kind")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def overlay_feed(default: dict[str, Any], value: Any, where: str, name: str) -> dict[str, Any]:
    """One feed's table over the default's of that name. `name`: its path, for messages. Raises ConfigError."""
    if not _NAME.fullmatch(name.rpartition(".")[2]):
        raise ConfigError(f"{where}: {name}: a feed's name is of small letters, digits, - and _")
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {name} must be a table or false")
    for key, entry in value.items():
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {name}.{key} (known here: {', '.join(sorted(_KEYS))})")
        if not isinstance(entry, _KEYS[key]):
            raise ConfigError(f"{where}: {name}.{key} must be a {_KEYS[key].__name__}, not {entry!r}")
    merged = default | value
    for key in _NEEDED:
        if not str(merged.get(key, "")).strip():
            raise ConfigError(f"{where}: {name} needs a {key}")
    if merged["kind"] not in get_args(FeedKind):
        raise ConfigError(
            f"{where}: {name}.kind is one of {', '.join(get_args(FeedKind))}, not {merged['kind']!r}"
        )
    return merged


def feeds(tables: dict[str, Any], where: str, is_loopback: Callable[[str], bool]) -> list[dict[str, Any]]:
    """The feeds as the spider's options have them. Raises ConfigError for an address that is not https (plain http is
    for this machine only).
    """
    for name, table in tables.items():
        parts = urlsplit(table["url"])
        usable = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(table["url"]))
        if not usable or not parts.hostname or parts.username is not None:
            raise ConfigError(
                f"{where}: feeds.{name}.url must be an https address (plain http is for this machine only): {table['url']!r}"
            )
    return [{"name": name, "everything": False} | table for name, table in tables.items()]
