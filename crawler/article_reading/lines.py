"""A page's text line by line: each block's words without markup, and where the links in it lead."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Any, NamedTuple

from lxml import etree

#: elements between which text is broken; all others stand within a line
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
])  # fmt: skip
_SKIPPED = ("script", "style", "nav", "template", "noscript", "svg", "head")

Link = tuple[int, int, str]


class Line(NamedTuple):
    """`tag` of the element that it stands in; `links`: (start, end, address) in `text`, web addresses only."""

    tag: str
    text: str
    links: tuple[Link, ...] = ()


def lines_of(page: Any) -> list[Line]:
    """The lines of an lxml tree in order; no text between or beside blocks is lost. Linear in the tree's size."""
    for element in page.xpath("|".join(f".//{tag}" for tag in _SKIPPED)):
        element.drop_tree()
    found: list[Line] = []
    line = _Open()
    inside = ["p"]
    for event, node in etree.iterwalk(page, events=("start", "end", "comment", "pi")):
        block = node.tag in _BLOCKS
        if block:
            found += line.close(inside[-1])
        if event == "start":
            if block:
                # what stands in no paragraph of its own is read as one
                inside.append(
                    "p" if node.tag in ("div", "body", "html", "section", "article", "main") else node.tag
                )
            elif node.tag == "br":
                line.write(" ")
            elif node.tag == "a":
                line.link(node.get("href"))
            line.write(node.text)
            continue
        if block:
            inside.pop()
        elif node.tag == "a":
            line.unlink()
        if node is not page:
            line.write(node.tail)
    return found + line.close("p")


class _Open:
    """The line that is being written."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._links: list[Link] = []
        self._linked: list[
            tuple[int, str | None]
        ] = []  # links that are open: nested ones occur in broken pages

    def write(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)

    def link(self, address: str | None) -> None:
        web = (address or "").strip()
        self._linked.append((self._length, web if web.lower().startswith(("http://", "https://")) else None))

    def unlink(self) -> None:
        start, address = self._linked.pop()
        if address and start < self._length:
            self._links.append((start, self._length, address))

    def close(self, tag: str) -> list[Line]:
        """The line so far, if it has words; a link that is still open goes on in the next one."""
        ends = [(start, self._length, address) for start, address in self._linked if address]
        raw, links = "".join(self._parts), [*self._links, *ends]
        self._parts, self._length, self._links = [], 0, []
        self._linked = [(0, address) for _, address in self._linked]
        words = list(re.finditer(r"\S+", raw))
        if not words:
            return []
        starts, stops = [word.start() for word in words], [word.end() for word in words]
        places = [
            0,
            *accumulate(len(word[0]) + 1 for word in words),
        ]  # of each word, with one blank between two
        moved = []
        for start, end, address in links:
            first, last = bisect_right(stops, start), bisect_left(starts, end) - 1
            if first <= last:
                begin = places[first] + max(0, start - starts[first])
                moved.append((begin, places[last] + min(end, stops[last]) - starts[last], address))
        return [Line(tag, " ".join(word[0] for word in words), tuple(sorted(moved)))]
