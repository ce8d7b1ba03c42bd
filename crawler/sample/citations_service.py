"""The services of the sample that know who cites whom: Europe PMC's citation network, OpenAlex, iCite, Semantic Scholar.

Over one graph (`citation_graph.py`), each in its own wire format, after documentation and saved answers; each knows a
part of it, as the real ones do: Europe PMC what has an id of its own (PubMed and preprints), OpenAlex and Semantic
Scholar everything, iCite counts of what PubMed has. Not here: anything else that these services can be asked.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from crawler.sample.citation_graph import CitationGraph, CitedWork
from crawler.sample.exchange import HTML, Answer, Asked, as_json, whole_number

EUROPEPMC, OPENALEX, ICITE, SEMANTIC_SCHOLAR = (
    "/europepmc/webservices/rest",
    "/openalex",
    "/icite/api",
    "/s2/graph/v1",
)
CITATION_SERVICES = {
    "europepmc": EUROPEPMC,
    "openalex": OPENALEX,
    "icite": ICITE,
    "semantic_scholar": SEMANTIC_SCHOLAR,
}
_EUROPEPMC_PATH = re.compile(r"/(MED|PPR|PMC)/([A-Z0-9]+)/(citations|references)")
_NOT_FOUND = Answer(b"<!doctype html>\n<html><head><title>404 Not Found</title></head></html>\n", HTML, 404)


class CitationServices:
    """All four. `today`, an ISO date, hides what was entered later."""

    def __init__(self, graph: CitationGraph):
        self._graph = graph

    def answer(self, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a request for one of these services, None for any other."""
        for prefix, serve in (
            (EUROPEPMC, self._europepmc), (OPENALEX, self._openalex), (ICITE, self._icite), (SEMANTIC_SCHOLAR, self._s2),
        ):  # fmt: skip
            if asked.path.startswith(prefix + "/"):
                return serve(asked.path.removeprefix(prefix), asked.params, today)
        return None

    # -- Europe PMC: page numbers; a collection's name and an id in it

    def _europepmc(self, path: str, params: dict[str, str], today: str | None) -> Answer | None:
        match = _EUROPEPMC_PATH.fullmatch(path)
        if not match:
            return None  # the search of the same service is another's
        source, native, what = match.groups()
        work = (
            self._graph.by({"MED": "pmid", "PPR": "preprint"}.get(source, "pmcid"), native, today)
            if source != "PMC"
            else None
        )
        known = [one for one in self._around(work, what, today) if one.pmid or one.preprint]
        size, page = _number(params, "pageSize", 25), _number(params, "page", 1)
        request = {"id": native, "source": source, "offSet": (page - 1) * size, "pageSize": size}
        shown = [_europepmc_entry(one) for one in known[(page - 1) * size : page * size]]
        outer, inner = ("citationList", "citation") if what == "citations" else ("referenceList", "reference")
        return as_json({"version": "6.9", "hitCount": len(known), "request": request, outer: {inner: shown}})

    def _around(self, work: CitedWork | None, what: str, today: str | None) -> list[CitedWork]:
        if work is None:
            return []
        return (
            self._graph.citing(work.key, today) if what == "citations" else self._graph.cited(work.key, today)
        )

    # -- OpenAlex: cursors for those with a key, page numbers for the others

    def _openalex(self, path: str, params: dict[str, str], today: str | None) -> Answer:
        if path == "/works":
            return self._openalex_list(params, today)
        work = self._by_key(path.removeprefix("/works/"), today)
        return as_json(self._openalex_work(work, today)) if work else _NOT_FOUND

    def _openalex_list(self, params: dict[str, str], today: str | None) -> Answer:
        kind, _, value = params.get("filter", "").partition(":")
        if kind == "cites":
            cited = self._by_key(value, today)
            found = self._graph.citing(cited.key, today) if cited else []
        else:
            found = [work for each in value.split("|") if (work := self._by_key(each, today))]
        size, page = _number(params, "per-page", 25), _number(params, "page", 1)
        cursor = params.get("cursor")
        start = (int(cursor) if cursor and cursor != "*" else 0) if cursor else (page - 1) * size
        meta: dict[str, Any] = {"count": len(found), "page": None if cursor else page, "per_page": size}
        if cursor:
            meta["next_cursor"] = str(start + size) if start < len(found) else None
        return as_json(
            {
                "meta": meta,
                "results": [self._openalex_work(one, today) for one in found[start : start + size]],
            }
        )

    def _by_key(self, key: str, today: str | None) -> CitedWork | None:
        scheme, _, value = key.rpartition(":") if key.startswith("pmid:") else key.partition(":")
        if key.startswith("W"):
            return next(
                (one for one in self._graph.works.values() if f"W{self._graph.number(one.key)}" == key), None
            )
        return (
            self._graph.by(scheme.lower(), value.lower(), today)
            if scheme in ("pmid", "doi", "PMID", "DOI")
            else None
        )

    def _openalex_work(self, work: CitedWork, today: str | None) -> dict[str, Any]:
        address = self._openalex_id(work)
        doi = f"https://doi.org/{work.doi}" if work.doi else None
        ids = {
            "openalex": address,
            "doi": doi,
            "pmid": f"https://pubmed.ncbi.nlm.nih.gov/{work.pmid}" if work.pmid else None,
        }
        return {
            "id": address, "doi": doi, "display_name": work.title, "publication_year": work.year,
            "ids": {name: value for name, value in ids.items() if value},
            "primary_location": {"source": {"display_name": work.venue} if work.venue else None},
            "authorships": [{"author": {"id": None, "display_name": name}} for name in work.authors],
            "cited_by_count": len(self._graph.citing(work.key, today)),
            "referenced_works": [self._openalex_id(one) for one in self._graph.cited(work.key, today)],
        }  # fmt: skip

    def _openalex_id(self, work: CitedWork) -> str:
        return f"https://openalex.org/W{self._graph.number(work.key)}"

    # -- iCite

    def _icite(self, path: str, params: dict[str, str], today: str | None) -> Answer:
        if path != "/pubs":
            return _NOT_FOUND
        asked = [pmid for pmid in params.get("pmids", "").split(",") if pmid]
        works = [work for pmid in asked if (work := self._graph.by("pmid", pmid, today))]
        data = [
            {
                "pmid": int(work.pmid or 0), "year": work.year, "title": work.title, "is_clinical": "No",
                "citation_count": sum(1 for one in self._graph.citing(work.key, today) if one.pmid),
                "relative_citation_ratio": None, "nih_percentile": None,
            }
            for work in works
        ]  # fmt: skip
        return as_json({"meta": {"pmids": ",".join(asked)}, "data": data})

    # -- Semantic Scholar: offsets

    def _s2(self, path: str, params: dict[str, str], today: str | None) -> Answer:
        key, _, what = path.removeprefix("/paper/").rpartition("/")
        work = self._by_key(key, today)
        if work is None or what not in ("citations", "references"):
            return as_json({"error": f"Paper with id {key} not found"}, 404)
        offset, limit = _number(params, "offset", 0), _number(params, "limit", 100)
        found = self._around(work, what, today)
        name = "citingPaper" if what == "citations" else "citedPaper"
        page: dict[str, Any] = {
            "offset": offset,
            "data": [{name: _s2_paper(one)} for one in found[offset : offset + limit]],
        }
        return as_json(page | ({"next": offset + limit} if offset + limit < len(found) else {}))


def _number(params: dict[str, str], name: str, default: int) -> int:
    return max(whole_number(params.get(name, "")) or default, 0)


def _europepmc_entry(work: CitedWork) -> dict[str, Any]:
    return {
        "id": work.pmid or work.preprint, "source": "MED" if work.pmid else "PPR", "citationType": "journal article",
        "title": work.title, "authorString": ", ".join(work.authors) + ".", "journalAbbreviation": work.venue,
        "pubYear": work.year,
    }  # fmt: skip


def _s2_paper(work: CitedWork) -> dict[str, Any]:
    ids = {"DOI": work.doi, "PubMed": work.pmid}
    return {
        "paperId": hashlib.sha1(work.key.encode(), usedforsecurity=False).hexdigest(), "title": work.title, "venue": work.venue or "",
        "externalIds": {name: value for name, value in ids.items() if value}, "year": work.year,
        "authors": [{"authorId": None, "name": name} for name in work.authors],
    }  # fmt: skip
