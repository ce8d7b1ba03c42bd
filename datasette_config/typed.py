"""What people type into a search box, as a full-text query that SQLite always understands.

Words must all occur; `"a phrase"`, `begin*`, `AND`, `OR`, `NOT` in capitals and brackets mean what they mean in
SQLite (sqlite.org/fts5.html#full_text_query_syntax). Where operators make no sense together they are words like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

NOTHING = '""'  # what an empty query must be: SQLite refuses none at all
LONGEST = 2_000  # characters that are searched for: more would be a text, not a question
_TOKEN = re.compile(r'"([^"]*)"(\*?)|([()])|([^\s()"]+)')
_BINARY = ("AND", "OR", "NOT")
_DEEPEST = 20


def query(words: object) -> str:
    """A full-text query for what was typed; never a syntax error."""
    tokens = list(_tokens(str(words or "").replace("\0", " ")[:LONGEST]))
    meant = any(kind == "sign" for kind, _ in tokens)
    return (_boolean(tokens) if meant else None) or _all_of(tokens) or NOTHING


def plain(words: str) -> list[str]:
    """The words themselves, without signs and operators."""
    return [text for kind, text in _tokens(words[:LONGEST]) if kind == "word"]


def _tokens(words: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of words, phrases, operators and brackets."""
    for found in _TOKEN.finditer(words):
        phrase, beginning, bracket, word = found.groups()
        if bracket or word in _BINARY:
            yield "sign", found.group()
        elif word is not None:
            yield "word", word
        elif phrase.strip():
            yield ("begin" if beginning else "phrase"), phrase


def _term(kind: str, text: str) -> str:
    begins = kind == "begin" or (kind == "word" and text.endswith("*") and re.search(r"\w\*+$", text))
    bare = text.rstrip("*") if kind == "word" else text
    return f'"{bare.replace(chr(34), "")}"{"*" if begins else ""}'


def _all_of(tokens: list[tuple[str, str]]) -> str:
    """Every token as a word; brackets say nothing then."""
    return " ".join(_term(kind, text) for kind, text in tokens if text not in ("(", ")"))


def _boolean(tokens: list[tuple[str, str]]) -> str | None:
    """The query with its operators; None if they do not fit together."""
    out: list[str] = []
    depth, wanting = 0, True  # wanting: a word or an opening bracket must come, or may not yet end
    for kind, text in tokens:
        is_operator = kind == "sign" and text in _BINARY
        if text == ")" and kind == "sign":
            if wanting or not depth:
                return None
            depth -= 1
        elif is_operator:
            if wanting:
                return None
            wanting = True
        else:
            if not wanting:
                out.append("AND")
            opens = kind == "sign"
            depth += opens
            wanting = opens
        out.append(text if kind == "sign" else _term(kind, text))
        if depth > _DEEPEST:
            return None
    return None if wanting or depth else " ".join(out)
