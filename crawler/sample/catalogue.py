"""The sample's records: `articles.toml`, `registrations.toml`, `isrctn.toml`, `feeds.toml` and `preprints.toml`, read and
checked to the letter.

Nothing is repaired. A key that is not known, a date that is none, an identifier of a wrong shape or given twice, the
number of a registration that is not there, an invented record that does not say so: each is a `CatalogueError` that
names file, record and key. Every abstract ends with `SUMMARY_NOTE`, which is put there by this module alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.sample import toml_values as v
from crawler.sample.catalogue_fields import ARTICLE, EXTRAS, REGISTRATION
from crawler.sample.catalogue_records import Article, Catalogue, Registration
from crawler.sample.feed_records import FEED_ENTRY
from crawler.sample.isrctn_records import ISRCTN_STUDY
from crawler.sample.preprint_records import PREPRINT
from crawler.sample.regulatory_records import APPLICATION, LABEL
from store.errors import WatchError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

__all__ = ["Article", "Catalogue", "CatalogueError", "Registration", "load_catalogue"]

HERE = Path(__file__).parent
SUMMARY_NOTE = "(Summary written for this sample; not the authors' abstract.)"
INVENTED_TITLE = "[Invented for this sample] "
#: no real record has a number from here on: PubMed and the registry are far from them
INVENTED_PMID, INVENTED_NCT = 99_000_001, "NCT99000000"
_STOPPED = ("TERMINATED", "SUSPENDED", "WITHDRAWN")


class CatalogueError(WatchError):
    """The sample's files do not hold what they must. The message names file, record and cause."""


def load_catalogue(folder: Path = HERE) -> Catalogue:
    """The files of `folder`, read and checked; all but the first two may be missing.

    Raises `CatalogueError` for a file that is not there, is no TOML, or holds what cannot be.
    """
    articles, extras = _read(folder / "articles.toml", "article", ARTICLE, "pmid", EXTRAS)
    registrations, _ = _read(folder / "registrations.toml", "registration", REGISTRATION, "nct", {})
    catalogue = Catalogue(
        tuple(map(_with_note, articles)),
        tuple(registrations),
        extras.get("absent_registrations", ()),
        isrctn=_read_optional(folder / "isrctn.toml", "study", ISRCTN_STUDY, "number"),
        feed_entries=_read_optional(folder / "feeds.toml", "entry", FEED_ENTRY, "guid"),
        preprints=_read_optional(folder / "preprints.toml", "preprint", PREPRINT, "ppr"),
        applications=_read_optional(
            folder / "regulatory.toml", "application", APPLICATION, "number", ("label",)
        ),
        labels=_read_optional(folder / "regulatory.toml", "label", LABEL, "set_id", ("application",)),
    )
    for problem in _contradictions(catalogue):
        raise CatalogueError(problem)
    return catalogue


def _read(
    path: Path, name: str, reader: v.Reader, key: str, extras: dict[str, v.Reader]
) -> tuple[list[Any], dict[str, Any]]:
    """The records [[name]] of a file, and its other top-level values."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    tables = found.pop(name, None)
    if not isinstance(tables, list):
        raise CatalogueError(f"{path.name}: has no [[{name}]]")
    records = []
    for at, one in enumerate(tables, 1):
        try:
            records.append(reader(one))
        except ValueError as error:
            label = one.get(key) if isinstance(one, dict) else None
            raise CatalogueError(f"{path.name}: {name} {label or f'number {at}'}: {error}") from None
    try:
        return records, v.table(dict, extras)(found)
    except ValueError as error:
        raise CatalogueError(f"{path.name}: {error}") from None


def _read_optional(
    path: Path, name: str, reader: v.Reader, key: str, beside: tuple[str, ...] = ()
) -> tuple[Any, ...]:
    """`beside`: the file's other lists, which are read by calls of their own."""
    others: dict[str, v.Reader] = {other: lambda value: value for other in beside}
    return tuple(_read(path, name, reader, key, others)[0]) if path.exists() else ()


def _with_note(article: Article) -> Article:
    """The same with `SUMMARY_NOTE` at the end of its abstract, if it has one."""
    if article.abstract:
        return replace(article, abstract=f"{article.abstract} {SUMMARY_NOTE}")
    if article.abstract_sections:
        *sections, (label, text) = article.abstract_sections
        return replace(article, abstract_sections=(*sections, (label, f"{text} {SUMMARY_NOTE}")))
    return article


# -- what must hold between keys and between records


def _contradictions(catalogue: Catalogue) -> Iterator[str]:
    for article in catalogue.articles:
        yield from (f"articles.toml: article {article.pmid}: {cause}" for cause in _in_article(article))
    for study in catalogue.registrations:
        yield from (f"registrations.toml: registration {study.nct}: {cause}" for cause in _in_study(study))
    numbers = [number for study in catalogue.registrations for number in (study.nct, *study.aliases)]
    yield from _twice("articles.toml: PMID", (one.pmid for one in catalogue.articles))
    yield from _twice("articles.toml: DOI", (one.doi.lower() for one in catalogue.articles if one.doi))
    yield from _twice("articles.toml: PMC id", (one.pmcid for one in catalogue.articles if one.pmcid))
    yield from _twice("registrations.toml: NCT number", numbers)
    yield from _twice("isrctn.toml: ISRCTN number", (one.number for one in catalogue.isrctn))
    yield from _twice("regulatory.toml: application", (one.number for one in catalogue.applications))
    yield from _twice("regulatory.toml: set id", (one.set_id for one in catalogue.labels))
    yield from _twice("feeds.toml: guid", (one.guid for one in catalogue.feed_entries))
    yield from _twice("preprints.toml: id", (one.ppr for one in catalogue.preprints))
    yield from _twice("preprints.toml: DOI", (one.doi.lower() for one in catalogue.preprints))
    named = {number: article.pmid for article in catalogue.articles for number in article.nct}
    for number, pmid in named.items():
        if number not in numbers and number not in catalogue.absent:
            yield f"articles.toml: article {pmid}: nct: the sample has no {number}, nor is it in absent_registrations"
    for number in catalogue.absent:
        if number in numbers or number not in named:
            yield f"articles.toml: absent_registrations: {number} is in the sample, or no article names it"


def _in_article(article: Article) -> Iterator[str]:
    if (article.published is None) == (article.medline_date is None):
        yield "has both or none of published and medline_date"
    if article.abstract and article.abstract_sections:
        yield "has both abstract and abstract_sections"
    for key in ("revised", "mesh_date"):
        later = getattr(article, key)
        if later and later < article.entered:
            yield f"{key} {later} is before entered {article.entered}"
    if article.mesh_date and not article.mesh:
        yield "has a mesh_date and no mesh"
    yield from _invented(int(article.pmid) >= INVENTED_PMID, article.title)
    yield from _unchecked(article, article.unchecked)


def _in_study(study: Registration) -> Iterator[str]:
    if study.why_stopped and study.status not in _STOPPED:
        yield f"has a why_stopped and the status {study.status}"
    if study.status == "WITHDRAWN" and study.enrollment != 0:
        yield "is withdrawn, so its enrollment is 0"
    for key in ("first_posted", "results_first_posted"):
        earlier = getattr(study, key)
        if earlier and earlier > study.last_update_posted:
            yield f"{key} {earlier} is after last_update_posted {study.last_update_posted}"
    labels = [arm.label for arm in study.arms]
    offered = [f"{one.type.replace('_', ' ').capitalize()}: {one.name}" for one in study.interventions]
    yield from (
        f"interventions: no arm is called {label!r}"
        for one in study.interventions
        for label in one.arms
        if label not in labels
    )
    yield from (
        f"arms: no intervention is {name!r}"
        for arm in study.arms
        for name in arm.interventions
        if name not in offered
    )
    yield from _invented(study.nct > INVENTED_NCT, study.brief_title)
    if study.aliases and study.nct < INVENTED_NCT:
        yield "aliases: only an invented registration has them here"
    yield from _unchecked(study, study.unchecked)


def _invented(by_number: bool, title: str) -> Iterator[str]:
    if by_number != title.startswith(INVENTED_TITLE):
        yield f"number and title disagree on whether it is invented: {title!r}"


def _unchecked(record: Article | Registration, keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        if not getattr(record, key):
            yield f"unchecked: {key} is not there"


def _twice(what: str, values: Iterable[str]) -> Iterator[str]:
    return (f"{what} {value} is there {times} times" for value, times in Counter(values).items() if times > 1)
