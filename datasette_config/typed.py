"""What people type into a search box, as a full-text query that SQLite always understands.

Words must all occur; `"a phrase"`, `begin*`, `AND`, `OR`, `NOT` in capitals and brackets mean what they mean in
SQLite (sqlite.org/fts5.html#full_text_query_syntax). Where operators make no sense together they are words like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

NOTHING = '""'  # what an empty query must be: SQLite refuses none at all
LONGEST = 2_000  # characters that are searched for: more would be a text, not a question
_TOKEN = re.compile(r'"([^"]*)"(\*?)|([()])|([^\s()"]+)')
_BINARY = ("AND", "OR", "NOT")
_DEEPEST = 20


def query(words: object) -> str:
    """A full-text query for what was typed; never a syntax error."""
    return " ".join(expression(str(words or ""))) or NOTHING


def expression(words: str) -> list[str]:
    """The query as its parts: quoted terms, joined by AND, OR and NOT, and brackets; empty if there is no word."""
    tokens = list(_tokens(words.replace("\0", " ")[:LONGEST]))
    meant = any(kind == "sign" for kind, _ in tokens)
    return (_boolean(tokens) if meant else None) or _all_of(tokens)


def evaluate(parts: list[str], found: Callable[[str], int]) -> int:
    """The set that an expression finds, of the sets of its terms: NOT binds before AND, AND before OR."""
    left = iter([*parts, ""])
    part = next(left)

    def take() -> str:
        nonlocal part
        taken, part = part, next(left, "")
        return taken

    def atom() -> int:
        if (taken := take()) != "(":
            return found(taken)
        inner = any_of()
        take()
        return inner

    def without() -> int:
        result = atom()
        while part == "NOT" and take():
            result &= ~atom()
        return result

    def all_of() -> int:
        result = without()
        while part == "AND" and take():
            result &= without()
        return result

    def any_of() -> int:
        result = all_of()
        while part == "OR" and take():
            result |= all_of()
        return result

    return any_of() if parts else 0


def plain(words: str) -> list[str]:
    """The words themselves, without signs and operators."""
    return [text for kind, text in _tokens(words[:LONGEST]) if kind == "word"]


def _tokens(words: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of words, phrases, operators and brackets."""
    for found in _TOKEN.finditer(words):
        phrase, beginning, bracket, word = found.groups()
        if bracket or word in _BINARY:
            yield "sign", found.group()
        elif not any(letter.isalnum() for letter in word or phrase or ""):
            continue  # the index has letters and digits only
        elif word is not None:
            yield "word", word
        else:
            yield ("begin" if beginning else "phrase"), phrase


def _term(kind: str, text: str) -> str:
    begins = kind == "begin" or (kind == "word" and text.endswith("*") and re.search(r"\w\*+$", text))
    bare = text.rstrip("*") if kind == "word" else text
    return f'"{bare.replace(chr(34), "")}"{"*" if begins else ""}'


def _all_of(tokens: list[tuple[str, str]]) -> list[str]:
    """Every token as a word, each once; brackets say nothing then."""
    terms = dict.fromkeys(_term(kind, text) for kind, text in tokens if text not in ("(", ")"))
    return [part for term in terms for part in ("AND", term)][1:]


def _boolean(tokens: list[tuple[str, str]]) -> list[str] | None:
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
    return None if wanting or depth else out
