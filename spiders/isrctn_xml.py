"""ISRCTN's XML -> records: the answers of its query and trial services. Pure: no clock, no network.

The service publishes no description of its XML (namespace http://www.67bricks.com/isrctn); this reader was written
against trimmed real answers of 2026 in public repositories and two public models of the whole shape. So every element
is optional, namespaces are not insisted on, and what is not known is passed over; only a study without a number or a
title is rejected. Safe as `pubmed_xml` is: entities are never expanded and an answer that declares any is refused,
nothing is fetched, libxml2's limits stay on, each study is dropped once read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from spiders.isrctn_record import SOURCE, read_study
from spiders.json_node import excerpt
from store.errors import BadAnswer
from store.records import Record, Reject

#: the query service answers with the first, the service for one study with the second
_ROOTS = ("allTrials", "fullTrial")
_PARSER: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip
_CHUNK = 64 * 1024
_HEAD = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(?:allTrials|fullTrial)\b", re.DOTALL
)


class Answer:
    """One answer: iterate over its studies; then `total` is how many the service says there are (None: it did not say).

    Iterating raises BadAnswer, after everything good that stood before the damage, for an empty answer, HTML, another
    root, XML that is cut or broken, entities of its own.
    """

    def __init__(self, source: bytes | BinaryIO):
        self.total: int | None = None
        self._stream = io.BytesIO(source) if isinstance(source, bytes) else source

    def __iter__(self) -> Iterator[Record | Reject]:
        count = 0
        try:
            for element in self._studies():
                yield read_study(element)
                count += 1
                _forget(element)
        except etree.XMLSyntaxError as error:
            raise BadAnswer(SOURCE, f"XML is cut or broken after {count} studies: {error}") from error

    def _studies(self) -> Iterator[etree._Element]:
        parser = etree.XMLPullParser(("start", "end"), **_PARSER)
        root, head = None, b""
        while chunk := self._stream.read(_CHUNK):
            head = head or chunk
            damage = _feed(parser, chunk)
            events: Any = parser.read_events()
            for event, element in events:
                if root is None:
                    root = element
                    self._check_root(root, head)
                elif event == "end" and _name(element) == "fullTrial":
                    yield element
            if root is None:
                raise _misfit(head)
            if damage:
                raise damage
        if root is None:
            raise _misfit(head)
        parser.close()

    def _check_root(self, root: etree._Element, head: bytes) -> None:
        dtd: Any = root.getroottree().docinfo.internalDTD
        if dtd is not None and dtd.entities():
            raise BadAnswer(
                SOURCE, "the XML declares entities of its own; the registry's does not, so it was not read"
            )
        if _name(root) not in _ROOTS:
            raise _misfit(head)
        total = root.get("totalCount", "")
        self.total = int(total) if total.isascii() and total.isdigit() else None


def looks_like_answer(head: bytes) -> bool:
    """Whether a saved file that begins with `head` is an answer of this registry."""
    return bool(_HEAD.match(head.removeprefix(b"\xef\xbb\xbf")))


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> etree.XMLSyntaxError | None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:  # what came before it is good
        return error
    return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _misfit(head: bytes) -> BadAnswer:
    """The error that an answer is which holds no studies; `head` is its beginning."""
    text = excerpt(head, 100)
    if not text:
        return BadAnswer(SOURCE, "an empty answer")
    if re.match(r"\W*(?:!doctype\s+html|html|head|body)\b", text, re.IGNORECASE):
        return BadAnswer(SOURCE, f"an HTML page instead of XML: {text}")
    if root := re.match(r"(?:<[?!][^>]*>\s*)*<([A-Za-z_][\w:.-]*)", text):
        if root.group(1).rpartition(":")[2] in _ROOTS:
            return BadAnswer(SOURCE, "XML is cut or broken before its first study")
        return BadAnswer(SOURCE, f"the XML's root is {root.group(1)}, not allTrials: {text}")
    return BadAnswer(SOURCE, f"not XML: {text}")


def _forget(element: etree._Element) -> None:
    """Drop a study that was read, and those before it: else the tree grows with the answer."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
