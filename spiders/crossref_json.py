"""Crossref works: JSON -> `Record` or `Reject`, purely.

Names and types are those of the REST API's format document (github.com/CrossRef/rest-api-doc, api_format.md) and of
api.crossref.org's present answers; nearly every field is optional. What publishers did not deposit is None or empty. A
value of another type than documented rejects its work and names the path.

What was decided:

- A title is the first of `title`, with the first of `subtitle` after a colon unless it holds it already: PubMed's
  titles have both.
- `published` is the earliest date of publication as Crossref computes it (`published`, else `issued`), else the dates
  of the print, the web page or the posting. A date is of the precision given; a day or month that cannot be is left
  out. `entered` is when the DOI was registered, `revised` when its metadata was last deposited; `indexed` moves for
  reasons of Crossref's own and is not kept.
- What changes a work's worth stands in `updated-by` of the article and in `update-to` of the notice (see
  `crossref_notices.py`); peer reviews and comments, preprints and their articles in `relation`.
- Only references with a DOI are kept: without one there is nothing to find the work by.
- Posted content is a preprint, everything else an article.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from spiders import crossref_text
from spiders.crossref_dates import date
from spiders.crossref_notices import notices, status
from spiders.identifiers import find_nct_numbers, find_trial_ids, normalise_doi, normalise_orcid
from spiders.json_node import Node, UnexpectedValue
from store.records import Author, Publication, Record, Reference, Reject

SOURCE = "crossref"
_PAYLOAD_CHARACTERS = 2000
_PUBLISHED = ("published", "issued", "published-online", "published-print", "posted")
_HISTORY = ("accepted", "posted", "published-online", "published-print")
#: ISO 639-1, as Crossref has it -> ISO 639-2, as records have it
_LANGUAGES = {
    "en": "eng", "de": "ger", "fr": "fre", "es": "spa", "it": "ita", "pt": "por", "nl": "dut", "pl": "pol", "ru": "rus",
    "tr": "tur", "zh": "chi", "ja": "jpn", "ko": "kor", "fa": "per", "da": "dan", "sv": "swe", "no": "nor", "cs": "cze",
    "hu": "hun", "uk": "ukr", "fi": "fin", "el": "gre", "ar": "ara", "he": "heb", "hr": "hrv", "sr": "srp", "id": "ind",
}  # fmt: skip


def parse_work(work: object) -> Record | Reject:
    """One work of `/works` -> its Record, or a Reject that says what could not be read."""
    doi = None
    try:
        root = Node.of(work)
        doi = normalise_doi(root.text("DOI"))
        if doi is None:
            return _reject(work, None, "no DOI", f"DOI: {root.text('DOI')}")
        record = _record(doi, root)
    except UnexpectedValue as unexpected:
        return _reject(work, doi, "not as documented", str(unexpected))
    return record if record.title else _reject(work, doi, "no title", None)


def _record(doi: str, root: Node) -> Record:
    title, abstract = _title(root), crossref_text.abstract(root.text("abstract"))
    stated = list(notices(doi, root))
    trials = list(_trials(root))
    named = [value for scheme, value in trials if scheme == "nct"]
    named += find_nct_numbers(title) + find_nct_numbers(abstract)
    return Record(
        id=f"{SOURCE}:{doi}",
        source=SOURCE,
        kind="preprint" if root.text("type") == "posted-content" else "article",
        title=title,
        abstract=abstract,
        venue=_venue(root),
        authors=list(_authors(root)),
        published=next(filter(None, (date(root, name) for name in _PUBLISHED)), None),
        entered=date(root, "created"),
        revised=date(root, "deposited"),
        url="https://doi.org/" + quote(doi, safe="/:;()"),
        doi=doi,
        nct_ids=list(dict.fromkeys(named)),
        status=status(stated, f"{SOURCE}:{doi}"),
        identifiers=list(dict.fromkeys([("doi", doi), *trials])),
        references=list(_references(root)),
        notices=stated,
        publication=_publication(root),
    )


def _title(root: Node) -> str | None:
    title, subtitle = _first(root, "title"), _first(root, "subtitle")
    if title and subtitle and subtitle.casefold() not in title.casefold():
        return f"{title.rstrip(' :')}: {subtitle}"
    return title


def _venue(root: Node) -> str | None:
    """The journal's short title, else its full one; of a preprint its server."""
    institutions = (crossref_text.line(one.text("name")) for one in root.objects("institution"))
    return (
        _first(root, "short-container-title")
        or _first(root, "container-title")
        or next(filter(None, institutions), None)
        or (crossref_text.line(root.text("publisher")) if root.text("type") == "posted-content" else None)
    )


def _publication(root: Node) -> Publication:
    language = _LANGUAGES.get((root.text("language") or "").lower()[:2])
    grants: list[dict[str, str | None]] = [
        {"agency": crossref_text.line(funder.text("name")), "id": award or None}
        for funder in root.objects("funder")
        for award in funder.texts("award") or [""]
    ]
    return Publication(
        journal=_first(root, "container-title"),
        issn=next(iter(root.texts("ISSN")), None),
        volume=root.text("volume"),
        issue=root.text("issue"),
        pages=root.text("page") or root.text("article-number"),
        languages=[language] if language else [],
        vernacular_title=_first(root, "original-title"),
        history={name: when for name in _HISTORY if (when := date(root, name))},
        grants=grants,
    )


def _authors(root: Node) -> Iterator[Author]:
    """People as "Feder A", groups by their names; an entry without any name is passed over."""
    for person in root.objects("author"):
        family, given = (crossref_text.line(person.text(key)) for key in ("family", "given"))
        group = crossref_text.line(person.text("name"))
        affiliations = tuple(
            name for one in person.objects("affiliation") if (name := crossref_text.line(one.text("name")))
        )
        if group and not family:
            yield Author(group, affiliations=affiliations, collective=True)
        elif name := " ".join(filter(None, (family, _initials(given) if family else given))):
            orcid = normalise_orcid(person.text("ORCID"))
            yield Author(name, family=family, given=given, orcid=orcid, affiliations=affiliations)


def _initials(given: str | None) -> str:
    return "".join(word[0] for word in (given or "").replace("-", " ").replace(".", " ").split())


def _references(root: Node) -> Iterator[Reference]:
    for reference in root.objects("reference"):
        if doi := normalise_doi(reference.text("DOI")):
            yield Reference("cites", f"doi:{doi}", _citation(reference))


def _citation(reference: Node) -> str | None:
    """The reference as the authors wrote it, else what was parted from it."""
    written = crossref_text.line(reference.text("unstructured"))
    parts = ("author", "article-title", "volume-title", "journal-title", "year")
    return (
        written
        or "; ".join(filter(None, (crossref_text.line(reference.text(part)) for part in parts)))
        or None
    )


def _trials(root: Node) -> Iterator[tuple[str, str]]:
    """Registration numbers that the publisher deposited, as (scheme, value); "registry" for registries unknown here."""
    for trial in root.objects("clinical-trial-number"):
        number = trial.text("clinical-trial-number")
        if number:
            yield from find_trial_ids(number) or [("registry", number)]


def _first(root: Node, key: str) -> str | None:
    return next(filter(None, map(crossref_text.line, root.texts(key))), None)


def _reject(work: object, doi: str | None, reason: str, detail: str | None) -> Reject:
    try:
        payload = json.dumps(work)[:_PAYLOAD_CHARACTERS]
    except RecursionError:  # nested beyond what can be shown
        payload = None
    return Reject(SOURCE, doi, reason, detail, payload)
