"""Europe PMC: the bytes of an answer of `search`, or of a saved file, -> the results in it, purely.

An answer is `{"version": …, "hitCount": …, "nextCursorMark": "…", "resultList": {"result": […]}}`. An error may come under
HTTP 200, as `{"errCode": …, "errMsg": "…"}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.europepmc_json import SOURCE
from spiders.json_node import BrokenJson, Node, UnexpectedValue, documents, whole_elements
from store.errors import BadAnswer, ServiceError, SourceError

_RECOGNISED = re.compile(rb'"hitCount"\s*:\s*\d+')


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `hits`: how many the service says there are; `mark`: the cursor of the next page, None on the last."""

    results: list[Any]
    hits: int | None
    mark: str | None


def read_page(body: bytes) -> Page:
    """The page in one answer of `search`. Raises BadAnswer or ServiceError."""
    found = list(documents(SOURCE, body))
    if len(found) > 1:
        raise BadAnswer(SOURCE, "more than one JSON document in an answer")
    return _page(found[0])


def read_saved(body: bytes) -> Iterator[Any]:
    """Each result of a saved answer, or of several one after another. Raises a SourceError where one is something else
    or breaks off; what stood before has come.
    """
    try:
        for document in documents(SOURCE, body):
            yield from _page(document).results
    except BrokenJson as broken:
        yield from whole_elements(broken.rest, "result")
        raise


def looks_like_answer(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds an answer of this service."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and _RECOGNISED.search(start) is not None and b'"resultList"' in start


def _page(document: Any) -> Page:
    try:
        node = Node.of(document, "answer")
        if said := node.text("errMsg"):
            raise _refused(said)
        results = node.object("resultList").value.get("result")
        if not isinstance(results, list):
            raise UnexpectedValue("answer.resultList.result", "list", results)
        return Page(results, node.whole_number("hitCount"), node.text("nextCursorMark"))
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not a page of results: {unexpected}") from unexpected


def _refused(said: str) -> SourceError:
    return ServiceError(SOURCE, f"an error inside the answer: {said}")
