"""Who cites whom in the sample: `citations.toml`, laid over the catalogue's articles and what these cite themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.sample.catalogue import CatalogueError
from crawler.sample.catalogue_fields import ARTICLE
from crawler.sample.catalogue_records import Article

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

HERE = Path(__file__).parent
_WORK_KEYS = {"key", "title", "pmid", "doi", "preprint", "year", "venue", "authors"}


@dataclass(frozen=True)
class CitedWork:
    """A work as the citation services know it. `key`: its PMID, or a name within the sample. `entered`: an ISO date."""

    key: str
    title: str
    year: int | None
    venue: str | None
    authors: tuple[str, ...]
    pmid: str | None = None
    doi: str | None = None
    preprint: str | None = None
    entered: str | None = None


class CitationGraph:
    """Works by key, and the edges between them. `articles`: those beside the catalogue's, for efetch."""

    def __init__(self, articles: Iterable[Article], path: Path = HERE / "citations.toml"):
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
            self.articles = tuple(ARTICLE(table) for table in found["article"])
            further = [_work(table) for table in found["work"]]
        except (OSError, KeyError, ValueError) as error:
            raise CatalogueError(f"{path.name}: {error}") from None
        own = list(articles)
        near = _near({article.pmid for article in own}, found["edges"])
        self.articles = tuple(article for article in self.articles if article.pmid in near)
        known = [*own, *self.articles]
        works = [*map(_of_article, known), *(work for work in further if work.key in near)]
        self.works = {work.key: work for work in works}
        present = [(citing, cited) for citing, cited in found["edges"] if {citing, cited} <= set(self.works)]
        listed = [(one.pmid, cited) for one in known for cited, _ in one.references if cited in self.works]
        self.edges = tuple(dict.fromkeys([*present, *listed]))
        self._numbers = {key: number for number, key in enumerate(sorted(self.works), 1)}

    def citing(self, key: str, today: str | None) -> list[CitedWork]:
        """The works that cite one, as of a day."""
        return self._visible((citing for citing, cited in self.edges if cited == key), today)

    def cited(self, key: str, today: str | None) -> list[CitedWork]:
        """The works that one cites."""
        return self._visible((cited for citing, cited in self.edges if citing == key), today)

    def by(self, name: str, value: str, today: str | None) -> CitedWork | None:
        """The work whose `name` (pmid, doi, preprint) is `value`."""
        return next((one for one in self._visible(self.works, today) if getattr(one, name) == value), None)

    def pmid_links(self) -> list[tuple[str, str]]:
        """Citing PMID, cited PMID."""
        pairs = [(self.works[citing].pmid, self.works[cited].pmid) for citing, cited in self.edges]
        return [(citing, cited) for citing, cited in pairs if citing and cited]

    def number(self, key: str) -> int:
        """A number of a work's own, the same as long as the sample is."""
        work = self.works[key]
        return int(work.pmid) if work.pmid else 9_900_000_000 + self._numbers[key]

    def _visible(self, keys: Iterable[str], today: str | None) -> list[CitedWork]:
        works = (self.works[key] for key in keys)
        return [work for work in works if today is None or work.entered is None or work.entered <= today]


def _near(keys: set[str], edges: list[list[str]]) -> set[str]:
    """These and all that edges lead to from them, in either direction: a catalogue of other articles has no part in it."""
    near = set(keys)
    while more := {key for edge in edges if near & set(edge) for key in edge} - near:
        near |= more
    return near


def _work(table: dict[str, Any]) -> CitedWork:
    if unknown := set(table) - _WORK_KEYS:
        raise ValueError(f"unknown keys {', '.join(sorted(unknown))}")
    entered = f"{table['year']}-01-01"
    return CitedWork(**(table | {"authors": tuple(table["authors"]), "entered": entered}))


def _of_article(article: Article) -> CitedWork:
    date = article.published or article.medline_date or ""
    return CitedWork(
        article.pmid, article.title, int(date[:4]) if date[:4].isdigit() else None, article.journal_abbreviation or article.journal,
        tuple(" ".join(part for part in (author[0], author[-1]) if part) for author in article.authors),
        pmid=article.pmid, doi=article.doi, entered=article.entered,
    )  # fmt: skip
