"""Reading a list of known works: identifiers one a line, or RIS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import rispy

from spiders.identifiers import find_nct_numbers, normalise_doi, normalise_pmid
from store.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Known:
    """A work that a person knows: `scheme` is pmid, doi or nct. Text only where the list has it (RIS)."""

    scheme: str
    value: str
    title: str | None = None
    abstract: str | None = None
    keywords: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.value if self.scheme == "nct" else f"{self.scheme}:{self.value}"


def read_list(path: Path) -> list[Known]:
    """Works of a RIS file, or of a text with a PMID, DOI or NCT number in each line (# begins a comment), each once.

    Raises ConfigError for a line that is none of these, and for a file without any work.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    works = _from_ris(text) if re.search(r"^TY\s{2}-", text, re.MULTILINE) else _from_lines(text, path)
    if not works:
        raise ConfigError(f"{path}: no PMID, DOI or NCT number in it")
    return list({(work.scheme, work.value): work for work in works}.values())


def _from_lines(text: str, path: Path) -> list[Known]:
    works = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if said:
            identity = _identity(said)
            if identity is None:
                raise ConfigError(f"{path}:{number}: no PMID, DOI or NCT number: {said[:80]!r}")
            works.append(Known(*identity))
    return works


def _identity(said: str | None) -> tuple[str, str] | None:
    if said and (numbers := find_nct_numbers(said)):
        return "nct", numbers[0]
    if doi := normalise_doi(said):
        return "doi", doi
    pmid = normalise_pmid(said)
    return ("pmid", pmid) if pmid else None


def _from_ris(text: str) -> list[Known]:
    works = []
    for entry in rispy.loads(text):
        ids = [entry.get(key) for key in ("accession_number", "pubmed_id", "doi", "id")]
        identity = next((found for said in ids if isinstance(said, str) and (found := _identity(said))), None)
        if identity:
            title = entry.get("title") or entry.get("primary_title")
            works.append(Known(*identity, title, entry.get("abstract"), tuple(entry.get("keywords", ()))))
    return works
