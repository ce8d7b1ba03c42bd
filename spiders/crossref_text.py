"""Text as Crossref passes it on from publishers: XML within JSON, with entities that are often escaped twice."""

from __future__ import annotations

import html
import re
from itertools import pairwise

_TAG = re.compile(r"<(/?)(?:[A-Za-z]+:)?([A-Za-z][\w.-]*)(?:\s[^<>]*)?/?>|<!--.*?-->", re.DOTALL)
#: elements of JATS that stand on lines of their own; all others stand within a line
_BLOCKS = {"p", "sec", "title", "list", "list-item", "disp-formula", "abstract", "break", "br", "label"}
#: what publishers put over an abstract as if it were a section of it
_OWN_NAMES = {"abstract", "summary", "resumen", "résumé", "zusammenfassung"}


def line(text: str | None) -> str | None:
    """A title, name or citation on one line, markup taken off: `<i>S</i>-ketamine &amp;amp; mood` -> "S-ketamine & mood"."""
    if text is None:
        return None
    return " ".join(_unescaped(_TAG.sub("", text)).split()) or None


def abstract(jats: str | None) -> str | None:
    """An abstract in JATS, or in plain text, as lines: a section is "Methods: …", as in PubMed's abstracts here.

    Broken markup loses no word: what is no tag is text ("p<0.05"). A heading that only says "Abstract" is left out.
    """
    if jats is None:
        return None
    lines, heading = [], ""
    for is_title, text in _blocks(jats):
        if is_title:
            lines += [heading] if heading else []  # a heading over headings
            heading = "" if text.casefold().strip(" .:") in _OWN_NAMES else text
        else:
            lines.append(f"{heading.rstrip(' .:')}: {text}" if heading else text)
            heading = ""
    return "\n".join(lines) or None


def _blocks(jats: str) -> list[tuple[bool, str]]:
    """(is it a section's title, text) of each block that is not empty."""
    found, title, begin = [], False, 0
    marks = [mark for mark in _TAG.finditer(jats) if (mark[2] or "").lower() in _BLOCKS]
    for mark, following in pairwise([None, *marks, None]):
        begin = mark.end() if mark else 0
        title = bool(mark and mark[2].lower() == "title" and not mark[1])
        if text := line(jats[begin : following.start() if following else len(jats)]):
            found.append((title, text))
    return found


def _unescaped(text: str) -> str:
    return html.unescape(html.unescape(text))
