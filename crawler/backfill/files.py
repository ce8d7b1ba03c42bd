"""NLM's files: which there are, in what order they count, and whether one came whole.

https://pubmed.ncbi.nlm.nih.gov/download/: `pubmed26n0001.xml.gz` and so on, the year's baseline first and the daily update
files numbered on from it; beside each a `.md5` with `MD5(pubmed26n0001.xml.gz)= 1a2b…`. Files are loaded in the order of
their numbers, and a record of a later file replaces that of an earlier one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spiders.pubmed_draft import SOURCE
from store.errors import BadAnswer, ConfigError

_NAME = re.compile(r"pubmed(\d\d)n(\d{4,5})\.xml(?:\.gz)?", re.IGNORECASE)
_SUM = re.compile(rb"\b([0-9a-f]{32})\b", re.IGNORECASE)
_CHUNK = 1 << 20


@dataclass(frozen=True, order=True)
class NlmFile:
    """One file. They sort as they count: by the year of the baseline, then by number."""

    year: int
    number: int
    path: Path

    @property
    def name(self) -> str:
        """Its name without folder and endings: "pubmed26n0001"."""
        return f"pubmed{self.year:02}n{self.number:04}"


def named(path: Path) -> NlmFile:
    """The file at `path`. Raises ConfigError where its name does not tell its place among the others."""
    match = _NAME.fullmatch(path.name)
    if not match:
        raise ConfigError(
            f"{path}: not named as NLM's files are (pubmed26n0001.xml.gz), so its order is unknown"
        )
    return NlmFile(int(match[1]), int(match[2]), path)


def find(paths: Iterable[Path]) -> list[NlmFile]:
    """The files named, and those in the folders named, in the order in which they count; a file named twice once.

    Raises ConfigError for a folder without any, for a file with a name of another kind, and for two of one name.
    """
    found: dict[str, NlmFile] = {}
    for path in paths:
        inside = (
            sorted(one for one in path.iterdir() if _NAME.fullmatch(one.name)) if path.is_dir() else [path]
        )
        if not inside:
            raise ConfigError(f"{path}: no file of NLM's in it (pubmed26n0001.xml.gz)")
        for one in inside:
            file = named(one.resolve())
            if found.setdefault(file.name, file) != file:
                raise ConfigError(f"two files of one name: {found[file.name].path} and {file.path}")
    return sorted(found.values())


def checked_sum(path: Path) -> str:
    """The file's MD5, 32 hexadecimal digits. Raises BadAnswer if the `.md5` beside it names another, or none."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    beside = path.with_name(f"{path.name}.md5")
    if beside.exists():
        stated = _SUM.search(beside.read_bytes())
        if not stated:
            raise BadAnswer(SOURCE, f"{beside.name} holds no MD5")
        if stated[1].decode().lower() != digest.hexdigest():
            raise BadAnswer(
                SOURCE,
                f"{path.name}: its MD5 is {digest.hexdigest()}, {beside.name} says {stated[1].decode()}",
            )
    return digest.hexdigest()
