"""What stands in a feed's entry, as plain text and ISO dates; where it is not certain, nothing.

Titles and summaries hold HTML in any state; libxml2's HTML parser (through lxml) reads it as a browser would, and only
its text is kept. Dates are read here and not taken from feedparser, which reads "2016/6/29" as the first of some month
and takes two-digit years for what they are not: RFC 822 with a four-digit year (RSS 2.0) and the ISO 8601 forms of
W3C's note on dates (Atom, Dublin Core, PRISM) are dates, all else is unknown.
"""

from __future__ import annotations

import datetime
import re
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree, html
from lxml.html import defs

#: a browser shows none of it
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "object", "svg", "head", "title")
_BLOCKS = frozenset({*defs.block_tags, "br", "td", "th", "tr", "li", "dd", "dt"})
#: no text: control characters, halves of surrogate pairs, and what turns the direction of a line round
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_MARKUP_PER_TEXT = 20  # so much more may markup weigh than its text
_MARKUP = re.compile(r"<[A-Za-z/!?]|&(?:#\w+|\w+);")
_RFC_822 = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+[12]\d{3}(?:\s+\d{1,2}:\d{2}(?::\d{2})?.*)?", re.DOTALL)  # fmt: skip
_ISO = re.compile(r"([12]\d{3})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?)?)?")  # fmt: skip


def one_line(text: str) -> str:
    """Text without what is no text, white space collapsed."""
    return " ".join(_NOT_TEXT.sub(" ", text).split())


def text_of(markup: str, longest: int) -> str:
    """The text that a reader of `markup` (HTML, in any state, or plain text) sees, on one line; at most `longest`
    characters, the last of them "…" if there were more.
    """
    text = _NOT_TEXT.sub(" ", markup[: longest * _MARKUP_PER_TEXT])
    if _MARKUP.search(text):
        text = _seen(text)
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _seen(markup: str) -> str:
    try:
        root: Any = html.fromstring(f"<div>{markup}</div>")
    except (etree.ParserError, etree.XMLSyntaxError):  # a document of comments alone
        return ""
    for unseen in root.xpath("|".join(f".//{name}" for name in _UNSEEN)):
        unseen.drop_tree()
    for element in root.iter(*_BLOCKS):
        element.text = " " + (element.text or "")
        element.tail = " " + (element.tail or "")
    return str(root.text_content())


def date_of(written: object) -> str | None:
    """The day as the publisher wrote it, "2026-11-20" (or "2026-11", "2026"); None unless it is certain."""
    if not isinstance(written, str):
        return None
    text = written.strip()
    try:
        if iso := _ISO.fullmatch(text):
            datetime.date(*(int(part or 1) for part in iso.groups()))
            return "-".join(part for part in iso.groups() if part)
        if _RFC_822.fullmatch(text):
            return parsedate_to_datetime(text if ":" in text else f"{text} 00:00").date().isoformat()
    except (
        ValueError,
        OverflowError,
        TypeError,
        IndexError,
    ):  # the 31st of a month of thirty days, hour 25 …
        return None
    return None
