"""Crossref REST API: the bytes of an answer, or of a saved file, -> the works in it, purely.

An answer of `/works` is `{"status": "ok", "message-type": "work-list", "message": {"total-results": …, "items": […],
"next-cursor": "…"}}`; one of `/works/{doi}` has the work itself as its message. An error is `"status": "failed"` (or
"error") with a list of messages, under HTTP 400 or 200; or plain text ("Resource not found."), or HTML of a gateway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.crossref_json import SOURCE
from spiders.json_node import BrokenJson, Node, UnexpectedValue, documents, whole_elements
from store.errors import BadAnswer, ServiceError

_RECOGNISED = re.compile(rb'"message-type"\s*:\s*"work|"DOI"\s*:\s*"10\.')
#: what a search engine says of a cursor that it gave out too long ago
_STALE_CURSOR = re.compile(rb"cursor ?mark|invalid cursor|cursor (?:has )?expired", re.IGNORECASE)
_EXCERPT = 200


class StaleCursor(ServiceError):
    """The service no longer knows the cursor that it gave: the walk must begin again."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of `/works`. `total`: how many works there are in all pages; the cursor comes with the last one too."""

    works: list[Any]
    total: int | None
    cursor: str | None


def read_page(body: bytes) -> Page:
    """The page in one answer of `/works`. Raises ServiceError for an error it holds, else BadAnswer."""
    message = _message(body)
    try:
        page = Node.of(message, "message")
        if not isinstance(page.value.get("items"), list):
            raise UnexpectedValue("message.items", "list", page.value.get("items"))
        return Page(page.value["items"], page.whole_number("total-results"), page.text("next-cursor"))
    except UnexpectedValue as unexpected:
        raise BadAnswer(SOURCE, f"not a page of works: {unexpected}") from unexpected


def read_single(body: bytes) -> dict[str, Any]:
    """The work in an answer of `/works/{doi}`. Raises ServiceError for an error it holds, else BadAnswer."""
    message = _message(body)
    if not (isinstance(message, dict) and "DOI" in message):
        raise BadAnswer(SOURCE, f"not a work: {_kind(message)}")
    return message


def is_stale_cursor(body: bytes) -> bool:
    """Whether an answer, whatever its status, is the error for a cursor that is no longer known."""
    return not body.lstrip().startswith(b'{"status":"ok"') and _STALE_CURSOR.search(body[:4000]) is not None


def read_saved(body: bytes) -> Iterator[Any]:
    """Each work of a saved file: an answer, a bare work, a list of works, or any of these one after another.

    Raises BadAnswer where the file is something else or breaks off; what stood before has come.
    """
    try:
        for document in documents(SOURCE, body):
            yield from _works_of(document)
    except BrokenJson as broken:
        yield from whole_elements(broken.rest, "items")
        raise


def looks_like_answer(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds JSON of this service."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b'"externalIds"' in start:  # Semantic Scholar's, which names DOIs too
        return False
    return start[:1] in (b"{", b"[") and _RECOGNISED.search(start) is not None


def _works_of(document: Any) -> list[Any]:
    if isinstance(document, dict):
        message = document.get("message", document)
        if isinstance(message, dict) and isinstance(message.get("items"), list):
            return list(message["items"])
        if isinstance(message, dict) and "DOI" in message:
            return [message]
    if isinstance(document, list) and any(isinstance(one, dict) and "DOI" in one for one in document):
        return document
    raise BadAnswer(SOURCE, f"neither a work nor a page or list of works: {_kind(document)}")


def _message(body: bytes) -> Any:
    """What an answer says, if it says "ok"."""
    found = list(documents(SOURCE, body))
    if len(found) > 1:
        raise BadAnswer(SOURCE, "more than one JSON document in an answer")
    answer = found[0]
    if not (isinstance(answer, dict) and "status" in answer):
        raise BadAnswer(SOURCE, f"no answer of the API: {_kind(answer)}")
    if answer["status"] != "ok":
        raise ServiceError(SOURCE, f"status {answer['status']!r}: {_said(answer.get('message'))}")
    return answer.get("message")


def _said(message: Any) -> str:
    """The words of an error: a list of messages, one object, or text."""
    entries = message if isinstance(message, list) else [message]
    words = [str(one.get("message") or one) if isinstance(one, dict) else str(one) for one in entries]
    return " ".join("; ".join(words).split())[:_EXCERPT]


def _kind(document: Any) -> str:
    if isinstance(document, dict):
        return "an object of " + (", ".join(map(str, list(document)[:5])) or "nothing")
    return "a list" if isinstance(document, list) else "a value"
