"""Titles and abstracts that come with markup and entities in them, as clean text."""

from __future__ import annotations

import html
import re

from spiders.json_node import UnexpectedValue

_INLINE = "i|b|u|em|strong|sup|sub|sc|small|span|tt|a|font|italic|bold|ext-link|xref|inline-formula|math|list|list-item"
_BLOCK = r"p|br|div|sec|ul|ol|li|abstract"
_HEADING = re.compile(
    r"<(?:jats:)?(h[1-6]|title)\b[^<>]*>\s*(.*?)\s*:?\s*</(?:jats:)?\1\s*>", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(rf"</?(?:jats:)?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def one_line(text: str | None) -> str | None:
    """A title: entities read, tags of known names taken off ("p < 0.05" stays), white space folded; None if empty."""
    if text is None:
        return None
    read = _TAG.sub("", _BREAK.sub(" ", _read(text)))
    return " ".join(read.split()) or None


def paragraphs(text: str | None) -> str | None:
    """An abstract: as `one_line`, each section on a line of its own: "Background: …"."""
    if text is None:
        return None
    parted = _BREAK.sub("\n", _HEADING.sub(r"\n\2: ", _read(text)))
    lines = (" ".join(line.split()) for line in _TAG.sub("", parted).split("\n"))
    return "\n".join(line for line in lines if line) or None


def small_number(value: object, path: str) -> int | None:
    """A count or version that may come as number or as digits; None for nothing. Raises UnexpectedValue."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise UnexpectedValue(path, "whole number", value)


def _read(text: str) -> str:
    return _NOT_TEXT.sub("\ufffd", html.unescape(text))
