"""All audiences that issues are built for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from crawler.config import Config
from crawler.digest.audience import Audience

#: what else has audiences, by the configuration and the database's path: the readers' file adds itself here
FURTHER: list[Callable[[Config, Path], Iterable[Audience]]] = []


def audiences(config: Config, db_path: Path) -> list[Audience]:
    """Those of the configuration and of all readers, each once, in order of their keys; without any, one that follows
    all that is watched, weekly.
    """
    found = {*config.audiences, *(one for source in FURTHER for one in source(config, db_path))}
    return sorted(found, key=lambda one: one.key) or [Audience()]
