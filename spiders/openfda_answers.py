"""openFDA: the bytes of an answer, or of a saved file, -> the results in it, purely.

An answer is `{"meta": {"last_updated": "2026-09-29", "results": {"skip": 0, "limit": 1, "total": 1}}, "results": […]}`;
an error `{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}` under an HTTP status of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.json_node import BrokenJson, Node, UnexpectedValue, documents, whole_elements
from spiders.openfda_json import SOURCE
from store.errors import BadAnswer, ServiceError

_RECOGNISED = re.compile(
    rb'"(?:application_number|set_id|spl_product_data_elements|submissions|sponsor_name)"\s*:'
    rb'|"disclaimer"\s*:\s*"Do not rely on openFDA|"code"\s*:\s*"NOT_FOUND"'
)
_OTHERS = re.compile(rb'"protocolSection"|"message-type"')  # sources whose answers may hold such words


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an endpoint. `updated`: the date of the endpoint's data, None for an answer that found nothing."""

    results: list[Any]
    total: int | None
    updated: str | None


NOTHING = Page([], 0, None)


def read_page(body: bytes) -> Page:
    """The page in one answer. "NOT_FOUND" is a page of nothing. Raises ServiceError for another error, else BadAnswer."""
    found = list(documents(SOURCE, body))
    if len(found) > 1:
        raise BadAnswer(SOURCE, "more than one JSON document in an answer")
    try:
        answer = Node.of(found[0], "answer")
        if "error" in answer.value:
            return _error(answer)
        if not isinstance(answer.value.get("results"), list):
            raise UnexpectedValue("answer.results", "list", answer.value.get("results"))
        meta = answer.object("meta")
        return Page(
            answer.value["results"], meta.object("results").whole_number("total"), meta.date("last_updated")
        )
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not a page of results: {unexpected}") from unexpected


def _error(answer: Node) -> Page:
    error = answer.value["error"]
    code = error.get("code") if isinstance(error, dict) else None
    if code == "NOT_FOUND":
        return NOTHING
    said = error.get("message") if isinstance(error, dict) else error
    raise ServiceError(SOURCE, f"error {code}: {' '.join(str(said).split())[:200]}")


def read_saved(body: bytes) -> Iterator[Any]:
    """Each result of a saved file: an answer, a bare result, or any of these one after another.

    Raises BadAnswer where the file is something else or breaks off; what stood before has come.
    """
    try:
        for document in documents(SOURCE, body):
            yield from _results_of(document)
    except BrokenJson as broken:
        yield from whole_elements(broken.rest, "results")
        raise


def looks_like_answer(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds JSON of this service."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] == b"{" and _RECOGNISED.search(start) is not None and not _OTHERS.search(start)


def _results_of(document: Any) -> list[Any]:
    if isinstance(document, dict):
        if isinstance(document.get("results"), list):
            return list(document["results"])
        if "set_id" in document or "application_number" in document:
            return [document]
        if isinstance(document.get("error"), dict) and document["error"].get("code") == "NOT_FOUND":
            return []
    raise BadAnswer(SOURCE, "neither an answer nor a result of openFDA")
