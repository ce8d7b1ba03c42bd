"""A file as blocks of text under headings: Markdown, plain text, HTML or DOCX."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import mammoth
from lxml import etree, html
from markdown_it import MarkdownIt

from store.errors import ConfigError

#: more than any article; a book is not read sentence by sentence
MOST_BYTES = 2_000_000
_BLOCKS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "li",
    "td",
    "th",
    "blockquote",
    "pre",
    "dd",
    "dt",
    "figcaption",
)
_SKIPPED = ("script", "style", "nav", "template", "noscript", "svg", "head")
_ZIP, _HTML = b"PK\x03\x04", re.compile(rb"<(?:!doctype html|html|body|p|h1|article)\b", re.IGNORECASE)
_HEADING_LENGTH = 90  # characters
_ENGLISH = re.compile(r"\b(?:the|of|and|in|is|for|with|to|that|are)\b", re.IGNORECASE)
_LEAST_ENGLISH = 0.08  # of all words; English prose has about a quarter


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. `start`: where it begins in the document's text; `section`: place and words of its heading."""

    text: str
    start: int
    section: int
    heading: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """`text`: all blocks, headings too, a blank line between two."""

    format: str
    title: str | None
    text: str
    blocks: list[Block]


def read_document(content: bytes, name: str) -> Document:
    """Read a file's content; `name` is the file's. Raises ConfigError for what holds no English text."""
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{name}: {len(content):,} bytes are more than an article ({MOST_BYTES:,} at most)")
    form, page = _page(content, name)
    lines = _lines(page)
    if not lines:
        raise ConfigError(f"{name}: there is no text in it")
    words = re.findall(r"[^\W\d_]+", " ".join(line for _, line in lines))
    if len(words) > 50 and len(_ENGLISH.findall(" ".join(words))) < _LEAST_ENGLISH * len(words):
        raise ConfigError(f"{name}: its language is not English, and only English is read")
    return _document(form, lines)


def _page(content: bytes, name: str) -> tuple[str, Any]:
    """(format, the root of an HTML tree)."""
    if content.startswith(_ZIP):
        try:
            converted = mammoth.convert_to_html(io.BytesIO(content)).value
        except Exception as error:  # mammoth raises whatever zipfile and XML raise
            raise ConfigError(f"{name}: no readable DOCX: {error}") from error
        return "docx", _tree(converted, name)
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


def _lines(page: Any) -> list[tuple[str, str]]:
    """(tag, text) of each block in order; text that stands in no block is a block of its own."""
    for element in page.xpath("|".join(f".//{tag}" for tag in _SKIPPED)):
        element.drop_tree()
    found = []
    for element in page.iter(*_BLOCKS):
        if not any(child.tag in _BLOCKS for child in element.iterdescendants()):
            found.append((element.tag, " ".join(element.text_content().split())))
    if not found:
        found = [("p", " ".join(part.split())) for part in page.text_content().split("\n\n")]
    return [(tag, text) for tag, text in found if text]


def _document(form: str, lines: list[tuple[str, str]]) -> Document:
    blocks: list[Block] = []
    at, section, heading, title = 0, 0, None, None
    following = {place: text for place, (_, text) in enumerate(lines)}
    for place, (tag, text) in enumerate(lines):
        if _is_heading(tag, text, following.get(place + 1)):
            section, heading = section + 1, text
            title = title or (text if tag == "h1" else None)
        else:
            blocks.append(Block(text, at, section, heading))
        at += len(text) + 2
    return Document(form, title, "\n\n".join(text for _, text in lines), blocks)


def _is_heading(tag: str, text: str, following: str | None) -> bool:
    """A heading by its tag, or a short line without a full stop that something follows, as in plain text."""
    if tag[0] == "h" and tag[1:].isdigit():
        return True
    return (
        tag == "p"
        and following is not None
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
_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")


def sentences(block: Block) -> list[tuple[int, int]]:
    """(start, end) of each sentence of a block, in the document's text."""
    cuts = [0]
    for stop in _END.finditer(block.text):
        before = block.text[cuts[-1] : stop.start() + 1]
        if not before.endswith(_ABBREVIATIONS) and before.count("(") <= before.count(")"):
            cuts.append(stop.end())
    cuts.append(len(block.text))
    spans = []
    for start, end in pairwise(cuts):
        length = len(block.text[start:end].rstrip())
        if length:
            spans.append((block.start + start, block.start + start + length))
    return spans
