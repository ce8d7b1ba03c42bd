"""A file as blocks of text under headings: Markdown, plain text, HTML or DOCX."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lxml import etree, html
from markdown_it import MarkdownIt

from crawler.article_reading import docx
from crawler.article_reading.lines import Line, Link, lines_of
from store.errors import ConfigError

#: more than any article; a book is not read sentence by sentence
MOST_BYTES = 2_000_000
_HTML = re.compile(rb"<(?:!doctype html|html|body|p|h1|article)\b", re.IGNORECASE)
_HEADING_LENGTH = 90  # characters
_ENGLISH = re.compile(r"\b(?:the|of|and|in|is|for|with|to|that|are)\b", re.IGNORECASE)
_LEAST_ENGLISH = 0.08  # of all words; English prose has about a quarter


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. `start`: where it begins in the document's text; `section`, `heading`: place and words of its heading;
    `links`: (start, end, address) of each link in the paragraph's text.
    """

    text: str
    start: int
    section: int
    heading: str | None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """`text`: all blocks, headings too, a blank line between two."""

    format: str
    title: str | None
    text: str
    blocks: list[Block]


def read_document(content: bytes, name: str) -> Document:
    """Read a file's content; `name` is the file's. Raises ConfigError for what holds no English text."""
    most = docx.MOST_BYTES if docx.is_docx(content) else MOST_BYTES
    if len(content) > most:
        raise ConfigError(f"{name}: {len(content):,} bytes are more than an article ({most:,} at most)")
    form, page = _page(content, name)
    lines = lines_of(page)
    if not lines:
        raise ConfigError(f"{name}: there is no text in it")
    words = re.findall(r"[^\W\d_]+", " ".join(line.text for line in lines))
    if len(words) > 50 and len(_ENGLISH.findall(" ".join(words))) < _LEAST_ENGLISH * len(words):
        raise ConfigError(f"{name}: its language is not English, and only English is read")
    return _document(form, lines)


def _page(content: bytes, name: str) -> tuple[str, Any]:
    """(format, the root of an HTML tree)."""
    if docx.is_docx(content):
        return "docx", _tree(docx.as_html(content, name), name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: not UTF-8 text: {error}") from error
    if "\x00" in text:
        raise ConfigError(f"{name}: not a text file")
    if _HTML.search(content[:2000]):
        return "html", _tree(text, name)
    form = "markdown" if name.endswith((".md", ".markdown")) else "text"
    return form, _tree(MarkdownIt("commonmark", {"html": False}).enable("table").render(text), name)


def _tree(text: str, name: str) -> Any:
    try:
        return html.fromstring(f"<div>{text}</div>" if text.strip() else "<div></div>")
    except (etree.ParserError, ValueError) as error:
        raise ConfigError(f"{name}: cannot be read as HTML: {error}") from error


def _document(form: str, lines: list[Line]) -> Document:
    blocks: list[Block] = []
    at, section, heading, title = 0, 0, None, None
    for place, (tag, text, links) in enumerate(lines):
        if _is_heading(tag, text, last=place + 1 == len(lines)):
            section, heading = section + 1, text
            title = title or (text if tag == "h1" else None)
        else:
            blocks.append(Block(text, at, section, heading, links))
        at += len(text) + 2
    return Document(form, title, "\n\n".join(line.text for line in lines), blocks)


def _is_heading(tag: str, text: str, *, last: bool) -> bool:
    """A heading by its tag, or a short line without a full stop that something follows, as in plain text."""
    if tag[0] == "h" and tag[1:].isdigit():
        return True
    return (
        tag == "p"
        and not last
        and len(text) <= _HEADING_LENGTH
        and not text.endswith((".", "!", "?", ":", ";", ","))
    )


_ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    "vs.",
    "et al.",
    "U.S.",
    "U.K.",
    "Dr.",
    "approx.",
    "Fig.",
    "No.",
    "cf.",
    "etc.",
    "St.",
)
_LONGEST_BRACKET = 1000  # characters; a bracket open for longer was never closed
_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")


def sentences(block: Block) -> list[tuple[int, int]]:
    """(start, end) of each sentence of a block, in the document's text."""
    cuts, counted, opened = [0], 0, 0
    for stop in _END.finditer(block.text):
        before = block.text[counted : stop.start() + 1]
        opened += before.count("(") - before.count(")")
        counted = stop.start() + 1
        unclosed = opened > 0 and counted - cuts[-1] < _LONGEST_BRACKET
        if not unclosed and not block.text.endswith(_ABBREVIATIONS, cuts[-1], counted):
            cuts.append(stop.end())
            counted, opened = stop.end(), 0
    cuts.append(len(block.text))
    spans = []
    for start, end in pairwise(cuts):
        length = len(block.text[start:end].rstrip())
        if length:
            spans.append((block.start + start, block.start + start + length))
    return spans
