"""ClinicalTrials.gov API v2: the bytes of an answer, or of a saved file, -> the study objects in it, purely.

An answer of `/studies` is `{"totalCount": …, "studies": […], "nextPageToken": "…"}`: the count comes with the
first page only and if asked for, the token is missing (some mirrors: null or empty) on the last page. An answer of
`/studies/{nctId}` is one study. Errors are plain text. See `spiders/clinicaltrials.py` for how the pages hang together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.clinicaltrials_json import SOURCE
from spiders.json_node import BrokenJson, Node, UnexpectedValue, documents, whole_elements
from store.errors import BadAnswer

_RECOGNISED = re.compile(
    rb'"protocolSection"\s*:\s*\{'
    # keys may be sorted: then derived and annotation sections come before the protocol
    rb'|"(?:derivedSection|annotationSection|documentSection)"\s*:\s*\{\s*"\w+Module"\s*:'
    # a page without studies
    rb'|"totalCount"\s*:\s*0\b[^{]*"studies"\s*:\s*\[\s*\]|"studies"\s*:\s*\[\s*\]'
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of `/studies`. `total` is what the service says there are in all pages, on the first page only."""

    studies: list[Any]
    next_token: str | None
    total: int | None


def read_page(body: bytes) -> Page:
    """The page in one answer of `/studies`. Raises BadAnswer."""
    document = _only_document(body)
    try:
        page = Node.of(document, "answer")
        if not isinstance(page.value.get("studies"), list):
            raise UnexpectedValue("answer.studies", "list", page.value.get("studies"))
        return Page(page.value["studies"], page.text("nextPageToken"), page.whole_number("totalCount"))
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not a page of studies: {unexpected}") from unexpected


def read_single(body: bytes) -> dict[str, Any]:
    """The study in an answer of `/studies/{nctId}`. Raises BadAnswer."""
    document = _only_document(body)
    if not (isinstance(document, dict) and "protocolSection" in document):
        raise BadAnswer(SOURCE, f"not a study: {_kind(document)}")
    return document


def read_saved(body: bytes) -> Iterator[Any]:
    """Each study object of a saved file: a study, a page, a list of studies, or any of these one after another
    (JSON lines). Raises BadAnswer where the file is something else or breaks off; what stood before has come.
    """
    try:
        for document in documents(SOURCE, body):
            yield from _studies_of(document)
    except BrokenJson as broken:
        yield from whole_elements(broken.rest, "studies")
        raise


def looks_like_answer(head: bytes) -> bool:
    """Whether a file that begins with these bytes (4 kB are plenty) holds JSON of this service."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"{", b"[") and _RECOGNISED.search(start) is not None


def _studies_of(document: Any) -> list[Any]:
    if isinstance(document, dict) and "protocolSection" in document:
        return [document]
    if isinstance(document, dict) and isinstance(document.get("studies"), list):
        return list(document["studies"])
    if isinstance(document, list) and any(
        isinstance(one, dict) and "protocolSection" in one for one in document
    ):
        return document
    raise BadAnswer(SOURCE, f"neither a study nor a page or list of studies: {_kind(document)}")


def _only_document(body: bytes) -> Any:
    found = list(documents(SOURCE, body))
    if len(found) > 1:
        raise BadAnswer(SOURCE, "more than one JSON document in an answer")
    return found[0]


def _kind(document: Any) -> str:
    if isinstance(document, dict):
        return "an object of " + (", ".join(list(document)[:5]) or "nothing")
    return "a list" if isinstance(document, list) else "a value"
