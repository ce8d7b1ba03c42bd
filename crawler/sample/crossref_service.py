"""The Crossref of the sample: `/works` and `/works/{doi}` over the catalogue's articles that have a DOI.

By the API's documentation and its observed answers: `query.bibliographic` and `query.title` rank by how many of the
words a work has and leave out only those that have none, so most of a long question's answer is its tail; filters of
one name are alternatives, of different names all hold; `cursor=*` begins a walk, and every page, the last too, has a
`next-cursor`, which holds for one question only; a cursor of another question, or a broken one, is the search engine's
error about "cursorMark"; an unknown filter or parameter is a `validation-failure`; an unknown DOI is "Resource not
found." in plain text.

Not here: facets, sort, select, offset, other routes, and other filters than FILTERS. Each is refused in words.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from crawler.sample.catalogue_records import Article
from crawler.sample.crossref_wire import indexed, work
from crawler.sample.exchange import Answer, Asked, as_json, as_text, whole_number
from crawler.sample.words import normalise

DEFAULT_ROWS, MOST_ROWS = 20, 1000
QUERIES = ("query.bibliographic", "query.title")
FILTERS = ("type", "doi", "from-index-date", "until-index-date")
_KNOWN = {*QUERIES, "filter", "rows", "cursor", "mailto"}


class _Refusal(Exception):
    def __init__(self, answer: Answer):
        super().__init__()
        self.answer = answer


class _Work:
    """One work as it is served and found."""

    def __init__(self, article: Article, by_pmid: dict[str, Article]):
        self.json = work(article, by_pmid)
        self.doi = (article.doi or "").lower()
        self.entered, self.indexed = article.entered, indexed(article)
        title = normalise(article.title).split()
        names = " ".join(" ".join(author) for author in article.authors)
        rest = normalise(f"{names} {article.journal or ''} {(article.published or '')[:4]}").split()
        self.words = {"query.title": set(title), "query.bibliographic": {*title, *rest}}


class Crossref:
    """The API over one set of articles. `today`, an ISO date, hides works that were registered later."""

    def __init__(self, articles: Iterable[Article]):
        by_pmid = {article.pmid: article for article in articles}
        found = (_Work(article, by_pmid) for article in by_pmid.values() if article.doi)
        self._works = sorted(found, key=lambda one: one.doi)

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL, None if there is nothing of that name."""
        here = [one for one in self._works if today is None or one.entered <= today]
        try:
            if path == "works":
                return _page(here, asked.params)
        except _Refusal as refusal:
            return refusal.answer
        if not path.startswith("works/"):
            return None
        doi = unquote(path.partition("/")[2]).lower()
        found = next((one.json for one in here if one.doi == doi), None)
        return _ok("work", found) if found else as_text("Resource not found.", 404)


def _page(here: list[_Work], params: dict[str, str]) -> Answer:
    for name in params.keys() - _KNOWN:
        raise _refused("parameter-not-allowed", name, "This route does not support it in the sample")
    found = _ranked(_filtered(here, params.get("filter", "")), params)
    rows = whole_number(params["rows"]) if "rows" in params else DEFAULT_ROWS
    if rows is None or rows > MOST_ROWS:
        raise _refused("integer-not-valid", params["rows"], f"Integer specified must be 0 to {MOST_ROWS}")
    question = {name: value for name, value in params.items() if name not in ("cursor", "mailto")}
    begin = _position(params.get("cursor", "*"), question)
    message: dict[str, Any] = {
        "facets": {},
        "total-results": len(found),
        "items": [one.json for one in found[begin : begin + rows]],
        "items-per-page": rows,
        "query": {"start-index": 0, "search-terms": None},
    }
    if "cursor" in params:
        message["next-cursor"] = _cursor(min(begin + rows, len(found)), question)
    return _ok("work-list", message)


def _filtered(works: list[_Work], written: str) -> list[_Work]:
    wanted: dict[str, set[str]] = {}
    for part in filter(None, written.split(",")):
        name, _, value = part.partition(":")
        if name not in FILTERS:
            raise _refused(
                "filter-not-available",
                name,
                f"Filter {name} specified but there is no such filter for this route",
            )
        wanted.setdefault(name, set()).add(value.lower())
    return [
        one
        for one in works
        if ("type" not in wanted or one.json["type"] in wanted["type"])
        and ("doi" not in wanted or one.doi in wanted["doi"])
        and min(wanted.get("from-index-date", {""})) <= one.indexed
        and max(wanted.get("until-index-date", {"9"})) >= one.indexed
    ]


def _ranked(works: list[_Work], params: dict[str, str]) -> list[_Work]:
    """Those with any of the words, those with most of them first."""
    for name in QUERIES:
        if name in params:
            asked = set(normalise(params[name]).split())
            scores = {one.doi: len(asked & one.words[name]) for one in works}
            works = sorted((one for one in works if scores[one.doi]), key=lambda one: -scores[one.doi])
    return works


def _ok(kind: str, message: Any) -> Answer:
    return as_json({"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message})


def _refused(kind: str, value: str, message: str) -> _Refusal:
    said = [{"type": kind, "value": value, "message": message}]
    return _Refusal(as_json({"status": "failed", "message-type": "validation-failure", "message": said}, 400))


def _cursor(position: int, question: dict[str, str]) -> str:
    """Opaque, and with characters that an address must encode."""
    return base64.b64encode(b"\xff\xfe" + _fingerprint(question) + position.to_bytes(4, "big")).decode()


def _position(cursor: str, question: dict[str, str]) -> int:
    if cursor == "*":
        return 0
    try:
        held = base64.b64decode(cursor, validate=True)
    except ValueError:
        held = b""
    if held[:-4] != b"\xff\xfe" + _fingerprint(question):
        said = {"name": "search error", "message": f"Unable to parse 'cursorMark': {cursor}"}
        raise _Refusal(as_json({"status": "error", "message-type": "exception", "message": said}, 500))
    return int.from_bytes(held[-4:], "big")


def _fingerprint(question: dict[str, str]) -> bytes:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).digest()[:12]
