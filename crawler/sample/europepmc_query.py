"""Europe PMC's query language, as much of it as the spiders speak: fields, phrases, truncation, dates, AND OR NOT.

`A NOT B` is `A AND NOT B`, as the service has it; a field that is not known, or a bracket too many, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from crawler.sample.words import normalise

_TOKEN = re.compile(
    r'\s*(?:(?P<sign>[()])|(?P<word>AND|OR|NOT)(?![\w:])|(?P<term>\w+:(?:"[^"]*"|\[[^\]]*\]|[^\s()]+)))'
)
_WINDOW = re.compile(r"\[(\S+) TO (\S+)\]")


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched of one record: text fields as normalised words between spaces, dates, and its source."""

    texts: dict[str, str]
    dates: dict[str, str]
    source: str


Test = Callable[[Searched], bool]


class QueryError(ValueError):
    """The query is none of this language."""


def compiled(query: str) -> Test:
    """The test that a query is. Raises QueryError."""
    tokens, at = [], 0
    while at < len(query.rstrip()):
        match = _TOKEN.match(query, at)
        if not match:
            raise QueryError(f"not understood: {query[at : at + 40]!r}")
        tokens.append(match.group().strip())
        at = match.end()
    test, rest = _expression(tokens)
    if rest:
        raise QueryError(f"not understood: {rest[0]!r}")
    return test


def _expression(tokens: list[str]) -> tuple[Test, list[str]]:
    """Operators have no precedence among themselves: from left to right."""
    test, tokens = _operand(tokens)
    while tokens and tokens[0] != ")":
        operator = tokens[0] if tokens[0] in ("AND", "OR", "NOT") else "AND"
        other, tokens = _operand(tokens[1:] if operator == tokens[0] else tokens)
        test = _joined(operator, test, other)
    return test, tokens


def _joined(operator: str, one: Test, other: Test) -> Test:
    if operator == "OR":
        return lambda searched: one(searched) or other(searched)
    if operator == "NOT":
        return lambda searched: one(searched) and not other(searched)
    return lambda searched: one(searched) and other(searched)


def _operand(tokens: list[str]) -> tuple[Test, list[str]]:
    if not tokens or tokens[0] in (")", "AND", "OR"):
        raise QueryError("a term is missing")
    if tokens[0] == "NOT":
        test, rest = _operand(tokens[1:])
        return (lambda searched: not test(searched)), rest
    if tokens[0] == "(":
        test, rest = _expression(tokens[1:])
        if not rest:
            raise QueryError("a bracket is not closed")
        return test, rest[1:]
    return _term(tokens[0]), tokens[1:]


def _term(token: str) -> Test:
    name, _, value = token.partition(":")
    if name == "SRC":
        return lambda searched: searched.source == value.strip('"')
    if window := _WINDOW.fullmatch(value):
        first, last = window.groups()
        if name not in ("CREATION_DATE", "UPDATE_DATE", "FIRST_PDATE"):
            raise QueryError(f"no such date: {name}")
        return lambda searched: first <= searched.dates[name] <= last
    if name not in ("TITLE_ABS", "TITLE", "ABSTRACT", "KW", "DOI", "EXT_ID"):
        raise QueryError(f"no such field: {name}")
    wanted = value.strip('"')
    phrase = f" {normalise(wanted)}" + ("" if wanted.endswith("*") else " ")
    return lambda searched: phrase in searched.texts.get(name, "")
