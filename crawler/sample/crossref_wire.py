"""Articles of the catalogue as Crossref's works: the JSON that `/works/{doi}` has as its message.

What a publisher deposits is less than what PubMed has: here, as there, many works come without an abstract (only
structured ones and those of preprint servers have one), and none with MeSH. Registration numbers are deposited for the
invented articles alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from crawler.sample.catalogue_records import Article

PREPRINT = "D000076942"
_LANGUAGES = {"eng": "en", "ger": "de", "fre": "fr", "spa": "es"}
_FIRST_INVENTED_PMID = 99_000_001
#: RefType -> the type of update that its notice is
_UPDATES = {
    "RetractionIn": "retraction",
    "ErratumIn": "erratum",
    "ExpressionOfConcernIn": "expression_of_concern",
}
_MADE_BY = {
    "RetractionOf": "retraction",
    "ErratumFor": "erratum",
    "ExpressionOfConcernFor": "expression_of_concern",
}


def is_preprint(article: Article) -> bool:
    return any(ui == PREPRINT for ui, _ in article.publication_types)


def indexed(article: Article) -> str:
    """When Crossref last indexed the work: the sample has one day for it, that of its last revision."""
    return max(article.entered, article.revised or "")


def work(article: Article, by_pmid: Mapping[str, Article]) -> dict[str, Any]:
    """The work of an article that has a DOI. `by_pmid`: the catalogue's articles, for what refers to them."""
    found: dict[str, Any] = {
        "DOI": article.doi,
        "URL": f"https://doi.org/{article.doi}",
        "type": "posted-content" if is_preprint(article) else "journal-article",
        "title": [article.title.rstrip(".")],
        "created": _stamp(article.entered),
        "deposited": _stamp(indexed(article)),
        "indexed": _stamp(indexed(article)),
        "source": "Crossref",
        "publisher": "A publisher",
        "author": [_author(*names) for names in article.authors],
        "reference": [_reference(at, *one, by_pmid) for at, one in enumerate(article.references, 1)],
    }
    if is_preprint(article):
        found |= {
            "subtype": "preprint",
            "institution": [{"name": article.journal_abbreviation or article.journal}],
        }
    else:
        found |= {
            "container-title": _list(article.journal),
            "short-container-title": _list(article.journal_abbreviation),
        }
    if article.published:
        found["issued"] = found["published"] = _parts(article.published)
    for key, value in (("volume", article.volume), ("issue", article.issue), ("page", article.pages)):
        if value:
            found[key] = value
    if article.issn:
        found["ISSN"] = [article.issn]
    if article.languages and article.languages[0] in _LANGUAGES:
        found["language"] = _LANGUAGES[article.languages[0]]
    if article.vernacular_title:
        found["original-title"] = [article.vernacular_title]
    if abstract := _abstract(article):
        found["abstract"] = abstract
    if article.nct and int(article.pmid) >= _FIRST_INVENTED_PMID:
        found["clinical-trial-number"] = [{"clinical-trial-number": number} for number in article.nct]
    return found | _relations(article, by_pmid)


def _relations(article: Article, by_pmid: Mapping[str, Article]) -> dict[str, Any]:
    """Updates on the article and on its notice, preprint and article; only of works that have DOIs."""
    found: dict[str, Any] = {}
    for kind, pmid, _source in article.comments_corrections:
        other = by_pmid.get(pmid)
        if other is None or not other.doi:
            continue
        if kind in _UPDATES:
            said = _update(other.doi, _UPDATES[kind], other.entered)
            found.setdefault("updated-by", []).append(said)
            if kind == "RetractionIn":
                found["updated-by"].append(said | {"source": "retraction-watch", "record-id": other.pmid})
        elif kind in _MADE_BY:
            found.setdefault("update-to", []).append(_update(other.doi, _MADE_BY[kind], article.entered))
        elif kind == "UpdateIn" and is_preprint(article):
            found.setdefault("relation", {})["is-preprint-of"] = [_related(other.doi, "subject")]
        elif kind == "UpdateOf" and is_preprint(other):
            found.setdefault("relation", {})["has-preprint"] = [_related(other.doi, "object")]
    return found


def _update(doi: str, kind: str, on: str) -> dict[str, Any]:
    label = kind.replace("_", " ").capitalize()
    return {"DOI": doi, "type": kind, "label": label, "source": "publisher", "updated": _stamp(on)}


def _related(doi: str, by: str) -> dict[str, str]:
    return {"id-type": "doi", "id": doi, "asserted-by": by}


def _reference(at: int, pmid: str, citation: str, by_pmid: Mapping[str, Article]) -> dict[str, str]:
    cited = by_pmid.get(pmid)
    found = {"key": str(at), "unstructured": citation}
    return found | ({"DOI": cited.doi, "doi-asserted-by": "crossref"} if cited and cited.doi else {})


def _author(family: str, given: str, initials: str) -> dict[str, Any]:
    if not family:
        return {"name": initials, "sequence": "additional", "affiliation": []}
    return {
        "family": family,
        "given": given or " ".join(initials),
        "sequence": "additional",
        "affiliation": [],
    }


def _abstract(article: Article) -> str | None:
    """JATS, as publishers deposit it."""
    if article.abstract_sections:
        return "".join(
            f"<jats:sec><jats:title>{escape(label.capitalize())}</jats:title><jats:p>{escape(text)}</jats:p></jats:sec>"
            for label, text in article.abstract_sections
        )
    return (
        f"<jats:p>{escape(article.abstract)}</jats:p>" if article.abstract and is_preprint(article) else None
    )


def _parts(day: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in day.split("-")]]}


def _stamp(day: str) -> dict[str, Any]:
    return _parts(day) | {"date-time": f"{day}T06:00:00Z"}


def _list(value: str | None) -> list[str]:
    return [value] if value else []
