"""What each of PubMed's search fields finds in the sample's articles."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator

from crawler.sample.catalogue_records import Article
from crawler.sample.pubmed_syntax import Field
from crawler.sample.words import normalise

_EDGE = " | "  # between entries: no phrase goes over it
#: A record added later than this after its publication has the date of publication as its entry date (EDAT).
_LATE = datetime.timedelta(days=365)


class ArticleIndex:
    """Articles by what their fields hold; an `Index` for `pubmed_query.search`.

    `unlisted` are PMIDs that no search lists, unless it asks for them by number.
    """

    def __init__(self, articles: Iterable[Article], unlisted: frozenset[str] = frozenset()):
        self._articles = {article.pmid: article for article in articles}
        self._numbers = {int(pmid): pmid for pmid in (*self._articles, *unlisted)}
        self._texts: dict[str, dict[str, str]] = {}  # field -> PMID -> its entries
        self._found: dict[tuple[str, str, bool], frozenset[str]] = {}

    def phrase(self, field: Field, phrase: str, prefix: bool) -> frozenset[str]:
        key = (field.name, phrase, prefix)
        if key not in self._found:
            wanted = _pattern(field, phrase, prefix)
            texts = self._field_texts(field.name)
            self._found[key] = frozenset(pmid for pmid, text in texts.items() if wanted in text)
        return self._found[key]

    def between(self, field: Field, first: str, last: str) -> frozenset[str]:
        date_of = _DATES[field.name]
        return frozenset(
            pmid
            for pmid, article in self._articles.items()
            if (date := date_of(article)) and first <= date <= last
        )

    def numbered(self, first: int, last: int) -> frozenset[str]:
        if first == last:
            return frozenset([self._numbers[first]] if first in self._numbers else [])
        return frozenset(
            pmid
            for number, pmid in self._numbers.items()
            if first <= number <= last and pmid in self._articles
        )

    def _field_texts(self, name: str) -> dict[str, str]:
        if name not in self._texts:
            self._texts[name] = {
                pmid: _EDGE + _EDGE.join(map(normalise, _ENTRIES[name](article))) + _EDGE
                for pmid, article in self._articles.items()
            }
        return self._texts[name]


def entry_date(article: Article) -> str:
    """EDAT: when the record came to PubMed, but the date of publication if it came more than a year after it."""
    published = _first_day(article.published)
    if published is None:
        return article.entered
    late = datetime.date.fromisoformat(article.entered) - datetime.date.fromisoformat(published) > _LATE
    return published if late else article.entered


def _pattern(field: Field, phrase: str, prefix: bool) -> str:
    if field.kind == "words":
        return f" {phrase}" if prefix else f" {phrase} "
    if field.kind == "author":  # "murrough" is a family name; "murrough j" has the initials cut short
        return f"{_EDGE}{phrase}" if prefix or " " in phrase else f"{_EDGE}{phrase} "
    return f"{_EDGE}{phrase}" if prefix else f"{_EDGE}{phrase}{_EDGE}"


def _first_day(date: str | None) -> str | None:
    return f"{date}-01-01"[:10] if date and len(date) == 4 else f"{date}-01"[:10] if date else None


def _title(article: Article) -> Iterator[str]:
    yield from filter(None, [article.title, article.vernacular_title])


def _abstract(article: Article) -> Iterator[str]:
    yield from filter(None, [article.abstract])
    yield from (text for _, text in article.abstract_sections)


def _keywords(article: Article) -> Iterator[str]:
    yield from article.keywords


def _mesh(article: Article, *, major_only: bool = False) -> Iterator[str]:
    for _, heading, major, qualifiers in article.mesh:
        kept = [name for _, name, qualifier_major in qualifiers if qualifier_major or not major_only]
        if major or kept or not major_only:
            yield heading
        yield from (f"{heading}/{name}" for name in kept)


def _substances(article: Article) -> Iterator[str]:
    yield from (name for _, name in article.substances)


def _pubtypes(article: Article) -> Iterator[str]:
    yield from (name for _, name in article.publication_types)


def _journal(article: Article) -> Iterator[str]:
    yield from filter(None, [article.journal, article.journal_abbreviation, article.issn])


def _authors(article: Article) -> Iterator[str]:
    for family, given, initials in article.authors:
        if family:
            yield f"{family} {initials}"
            yield f"{family} {given}"


def _groups(article: Article) -> Iterator[str]:
    yield from (name for family, _, name in article.authors if not family)


def _sources(article: Article) -> Iterator[str]:
    for number in article.nct:
        yield number
        yield f"ClinicalTrials.gov/{number}"


def _together(*parts: Callable[[Article], Iterator[str]]) -> Callable[[Article], Iterator[str]]:
    return lambda article: (entry for part in parts for entry in part(article))


_ENTRIES: dict[str, Callable[[Article], Iterator[str]]] = {
    "All Fields": _together(
        _title, _abstract, _keywords, _mesh, _substances, _pubtypes, _journal, _authors, _groups, _sources
    ),
    "Title/Abstract": _together(_title, _abstract, _keywords),
    "Title": _title,
    "Abstract": _abstract,
    "Text Word": _together(_title, _abstract, _keywords, _mesh, _substances, _pubtypes),
    "Other Term": _keywords,
    "Journal": _journal,
    "Author - Corporate": _groups,
    "Language": lambda article: iter(article.languages),
    "MeSH Terms": _mesh,
    "MeSH Major Topic": lambda article: _mesh(article, major_only=True),
    "Supplementary Concept": _substances,
    "Publication Type": _pubtypes,
    "Secondary Source ID": _sources,
    "Location ID": lambda article: filter(None, [article.doi]),
    "Author": _authors,
    "Author - First": lambda article: (name for at, name in enumerate(_authors(article)) if at < 2),
}
_DATES: dict[str, Callable[[Article], str | None]] = {
    "Date - Create": lambda article: article.entered,
    "Date - Entry": entry_date,
    "Date - Modification": lambda article: article.revised,
    "Date - MeSH": lambda article: article.mesh_date,
    "Date - Completion": lambda article: article.mesh_date,
    "Date - Publication": lambda article: _first_day(article.published),
}
