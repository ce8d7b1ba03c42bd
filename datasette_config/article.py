"""What the page of an article shows: its text as it was read, each claim marked, and beside each paragraph what bears on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]

_BREAK = re.compile(r"\n\s*\n")
_HEADING_MARK = re.compile(r"^#{1,6}\s+")


def paragraphs(told: Row) -> list[Row]:
    """The article's paragraphs in order: `pieces` of text, those that are claims with their claim, and the `claims`.

    `told`: what `store.article_report.report` returns. Without a text the claims' sentences stand for it.
    """
    text = told["text"] or ""
    claims = [claim for claim in told["claims"] if _stands(claim, text)]
    found = [_paragraph(text, start, end, claims) for start, end in _spans(text, claims)]
    lost = [claim for claim in told["claims"] if claim not in claims]
    found += [{"pieces": [(claim["sentence"], claim)], "claims": [claim], "heading": False} for claim in lost]
    return [one for one in found if one["claims"] or any(words.strip() for words, _ in one["pieces"])]


def _stands(claim: Row, text: str) -> bool:
    start, end = claim["start"], claim["end"]
    return start is not None and end is not None and 0 <= start < end <= len(text)


def _spans(text: str, claims: list[Row]) -> Iterator[tuple[int, int]]:
    """Where paragraphs are; a blank line within a claim parts nothing."""
    start = 0
    for gap in _BREAK.finditer(text):
        if not any(claim["start"] < gap.start() < claim["end"] for claim in claims):
            yield start, gap.start()
            start = gap.end()
    yield start, len(text)


def _paragraph(text: str, start: int, end: int, claims: list[Row]) -> Row:
    pieces: list[tuple[str, Row | None]] = []
    own: list[Row] = []
    at = start
    for claim in sorted(claims, key=lambda claim: (claim["start"], claim["end"])):
        if (
            claim["start"] < at or claim["end"] > end
        ):  # elsewhere, or within the last: a sentence that was split
            if start <= claim["start"] < end:
                own.append(claim)
            continue
        pieces += [(text[at : claim["start"]], None), (text[claim["start"] : claim["end"]], claim)]
        own.append(claim)
        at = claim["end"]
    pieces.append((text[at:end], None))
    heading = (
        not own
        and "\n" not in text[start:end].strip()
        and len(text[start:end]) < 120
        and _is_heading(text[start:end])
    )
    if heading:
        pieces = [(_HEADING_MARK.sub("", text[start:end].strip()), None)]
    return {"pieces": [piece for piece in pieces if piece[0]], "claims": own, "heading": heading}


def _is_heading(line: str) -> bool:
    return not line.rstrip().endswith((".", "!", "?", ":", ";"))
