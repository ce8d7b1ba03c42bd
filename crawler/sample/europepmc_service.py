"""The Europe PMC of the sample: `search` with core results over the catalogue's articles and preprints.

Field names as in the service's reference; `cursorMark` is opaque, and the last page has none. Not here: `lite` results,
sorting, full text, and most fields of the query language (`europepmc_query`): a query in such words is refused inside
HTTP 200, as the real service does it, in our words.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from crawler.sample.catalogue_records import Article
from crawler.sample.europepmc_query import QueryError, Searched, compiled
from crawler.sample.exchange import Answer, Asked, as_json, whole_number
from crawler.sample.preprint_records import Preprint
from crawler.sample.words import normalise

VERSION = "6.9"
DEFAULT_SIZE, LARGEST_SIZE = 25, 1000


class EuropePmc:
    """The search over one set of works. `today`, an ISO date, hides what was indexed later."""

    def __init__(self, articles: Iterable[Article], preprints: Iterable[Preprint]):
        works = [(_article(one), one.entered, one.revised or one.entered) for one in articles]
        works += [(_preprint(one), one.indexed, one.revised) for one in preprints]
        self._works = [
            (result, created, _searched(result, created, changed)) for result, created, changed in works
        ]

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL, None if there is nothing of that name."""
        if path != "search":
            return None
        query, mark = asked.params.get("query", ""), asked.params.get("cursorMark", "*")
        try:
            test = compiled(query)
            start = 0 if mark == "*" else int(base64.urlsafe_b64decode(mark.encode()).decode())
        except (QueryError, ValueError) as error:
            return as_json({"errCode": 404, "errMsg": f"Invalid query: {error}"})
        size = min(whole_number(asked.params.get("pageSize", "")) or DEFAULT_SIZE, LARGEST_SIZE)
        found = [
            result
            for result, created, searched in self._works
            if (today is None or created <= today) and test(searched)
        ]
        page = found[start : start + size]
        answer: dict[str, Any] = {"version": VERSION, "hitCount": len(found)}
        if start + size < len(found):
            answer["nextCursorMark"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        answer["request"] = {"queryString": query, "resultType": "core", "cursorMark": mark, "pageSize": size}
        return as_json(answer | {"resultList": {"result": page}})


def _searched(result: dict[str, Any], created: str, changed: str) -> Searched:
    title, abstract = (f" {normalise(result.get(name) or '')} " for name in ("title", "abstractText"))
    listed = [*result.get("keywordList", {}).get("keyword", ())]
    listed += [one["descriptorName"] for one in result.get("meshHeadingList", {}).get("meshHeading", ())]
    texts = {
        "TITLE": title, "ABSTRACT": abstract, "TITLE_ABS": title + abstract,
        "KW": "".join(f" {normalise(one)} " for one in listed), "DOI": f" {normalise(result.get('doi') or '')} ",
        "EXT_ID": f" {normalise(result['id'])} ",
    }  # fmt: skip
    dates = {
        "CREATION_DATE": created,
        "UPDATE_DATE": changed,
        "FIRST_PDATE": result.get("firstPublicationDate") or "",
    }
    return Searched(texts, dates, result["source"])


def _preprint(one: Preprint) -> dict[str, Any]:
    last = len(one.versions)
    ids = [one.ppr, *(f"{one.ppr[:-1]}{number}" for number in range(5, 4 + last))][:last]
    links = []
    if one.article:
        links.append({"id": one.article, "source": "MED", "type": "Preprint of", "orderIn": 0})
    return _filled(
        {
            "id": one.ppr, "source": "PPR", "doi": one.doi,
            "title": f"WITHDRAWN: {one.title}" if one.withdrawn else one.title, "abstractText": f"<p>{one.abstract}</p>",
            "authorList": {"author": [
                {"fullName": f"{family} {given[:1]}", "lastName": family, "firstName": given, "initials": given[:1]}
                for family, given in one.authors
            ]},
            "pubYear": one.posted[:4], "pubTypeList": {"pubType": ["Preprint Removal" if one.withdrawn else "Preprint"]},
            "bookOrReportDetails": {"publisher": one.server, "yearOfPublication": int(one.posted[:4])},
            "isOpenAccess": "Y" if one.licence else "N", "license": one.licence,
            "firstPublicationDate": one.posted, "firstIndexDate": one.indexed, "dateOfRevision": one.revised,
            "versionNumber": last,
            "versionList": {"version": [
                {"id": name, "source": "PPR", "versionNumber": number, "firstPublishDate": day}
                for number, (name, day) in enumerate(zip(ids, one.versions, strict=True), 1)
            ]},
            "commentCorrectionList": {"commentCorrection": links},
        }
    )  # fmt: skip


def _article(one: Article) -> dict[str, Any]:
    sections = "".join(f"<h4>{label.title()}</h4>{text}" for label, text in one.abstract_sections)
    return _filled(
        {
            "id": one.pmid, "source": "MED", "pmid": one.pmid, "pmcid": one.pmcid, "doi": one.doi, "title": one.title,
            "abstractText": one.abstract or sections or None,
            "authorList": {"author": [
                _filled({"fullName": f"{family} {initials}".strip(), "lastName": family, "firstName": given, "initials": initials})
                if family else {"collectiveName": initials}
                for family, given, initials in one.authors
            ]},
            "journalInfo": _filled({"volume": one.volume, "issue": one.issue, "journal": _filled(
                {"title": one.journal, "medlineAbbreviation": one.journal_abbreviation, "issn": one.issn})}),
            "pageInfo": one.pages, "pubYear": one.published[:4] if one.published else None,
            "pubTypeList": {"pubType": [name for _, name in one.publication_types]},
            "meshHeadingList": {"meshHeading": [
                {"majorTopic_YN": "Y" if major else "N", "descriptorName": name} for _, name, major, _ in one.mesh
            ]},
            "keywordList": {"keyword": list(one.keywords)},
            "isOpenAccess": "Y" if one.pmcid else "N", "firstPublicationDate": one.published if one.published and len(one.published) == 10 else None,
            "firstIndexDate": one.entered, "dateOfRevision": one.revised,
        }
    )  # fmt: skip


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    empty: tuple[Any, ...] = (
        None,
        "",
        {},
        {"author": []},
        {"keyword": []},
        {"meshHeading": []},
        {"commentCorrection": []},
        {"pubType": []},
    )
    return {name: value for name, value in found.items() if value not in empty}
