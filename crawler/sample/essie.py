"""Essie expressions, the query language of ClinicalTrials.gov: the part that the sample's searches need.

Words and quoted phrases; AND, OR and NOT in capitals (NOT binds closest, then AND, then OR; words side by side are all
wanted); parentheses; `AREA[name]` before what it holds for; `RANGE[from, to]` of dates, with MIN and MAX; `MISSING`;
`ALL`. Left out: EXPANSION, COVERAGE, SEARCH, TILT, and the synonyms that the registry adds by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from crawler.sample.words import normalise

_DEEPEST = 100
_TOKEN = re.compile(
    r"\s*(?:AREA\s*\[\s*(?P<area>\w+)\s*\]|RANGE\s*\[(?P<range>[^\]\[]*)\]|"
    r'"(?P<quoted>[^"]*)"|(?P<mark>[()])|(?P<word>[^\s"()\[\]]+))'
)
_OPERATORS = ("AND", "OR", "NOT")


class EssieError(ValueError):
    """What cannot be read as an expression, or names an area that there is none of."""


class Document(Protocol):
    """What an expression is tried on."""

    def text(self, area: str) -> str:
        """Everything in an area, by `words.normalise`, with a space before, after and between words."""

    def date(self, area: str) -> str | None:
        """The date of an area, of the precision known; None if there is none."""


@dataclass(frozen=True)
class Areas:
    """The names that AREA[…] may have."""

    texts: frozenset[str]
    dates: frozenset[str]


Test: TypeAlias = Callable[[Document], bool]


def parse(expression: str, area: str, areas: Areas) -> Test:
    """An expression as a test of documents; it searches `area` where it names none itself. Raises EssieError."""
    return _Parser(expression, areas).whole(area)


class _Parser:
    """Walks the tokens from left to right and makes one function of them."""

    def __init__(self, expression: str, areas: Areas):
        self._tokens = list(_tokens(expression))
        self._areas = areas
        self._at = 0

    def whole(self, area: str) -> Test:
        test = self._any(area, 0)
        if self._at < len(self._tokens):
            raise EssieError("a closing parenthesis too many")
        return test

    def _any(self, area: str, depth: int) -> Test:
        tests = [self._all(area, depth)]
        while self._take("operator", "OR"):
            tests.append(self._all(area, depth))
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _all(self, area: str, depth: int) -> Test:
        tests = [self._one(area, depth)]
        while self._take("operator", "AND") or self._goes_on():
            tests.append(self._one(area, depth))
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _one(self, area: str, depth: int) -> Test:
        if depth > _DEEPEST:
            raise EssieError(f"nested more than {_DEEPEST} deep")
        if self._take("operator", "NOT"):
            test = self._one(area, depth + 1)
            return lambda document: not test(document)
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "the end")
        self._at += 1
        if kind == "area":
            if text not in self._areas.texts | self._areas.dates:
                raise EssieError(f"unknown area {text}")
            return self._one(text, depth + 1)
        if (kind, text) == ("mark", "("):
            test = self._any(area, depth + 1)
            if not self._take("mark", ")"):
                raise EssieError("a parenthesis that is not closed")
            return test
        if kind in ("range", "word", "quoted"):
            return self._term(kind, text, area)
        raise EssieError(f"a term is missing before {text}")

    def _term(self, kind: str, text: str, area: str) -> Test:
        dated = area in self._areas.dates
        if kind == "range":
            if not dated:
                raise EssieError(f"{area} has no range")
            return _range(area, text)
        if (kind, text) == ("word", "ALL"):
            return lambda document: True
        if (kind, text) == ("word", "MISSING"):
            return lambda document: not (document.date(area) if dated else document.text(area).strip())
        if dated:  # AREA[StartDate]2022
            return lambda document: (document.date(area) or "").startswith(text)
        phrase = f" {normalise(text)} "
        return lambda document: phrase in document.text(area)

    def _goes_on(self) -> bool:
        """Whether another term stands beside the last one."""
        if self._at == len(self._tokens):
            return False
        kind, text = self._tokens[self._at]
        return (kind, text) != ("mark", ")") and (kind != "operator" or text == "NOT")

    def _take(self, kind: str, text: str) -> bool:
        here = self._at < len(self._tokens) and self._tokens[self._at] == (kind, text)
        self._at += here
        return here


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise EssieError(f"a quotation mark or bracket without its other half: {text[at : at + 20]}")
        at = match.end()
        kind, found = str(match.lastgroup), match[str(match.lastgroup)]
        if kind in ("word", "quoted") and not normalise(found):
            continue  # a dash says nothing
        yield ("operator", found) if kind == "word" and found in _OPERATORS else (kind, found)


def _range(area: str, text: str) -> Test:
    first, _, last = text.partition(",")
    earliest, latest = _bound(first.strip(), "MIN", "-01-01"), _bound(last.strip(), "MAX", "-12-31")

    def within(document: Document) -> bool:
        date = document.date(area)
        if date is None:
            return False
        day = (date + "-01-01")[:10]  # a date known less exactly stands for its first day
        return (earliest is None or earliest <= day) and (latest is None or day <= latest)

    return within


def _bound(text: str, unbounded: str, rest: str) -> str | None:
    """An end of a range as an ISO day, from YYYY-MM-DD, YYYY-MM, YYYY or MM/DD/YYYY; None where it is MIN or MAX."""
    if text == unbounded:
        return None
    if american := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text, re.ASCII):
        text = f"{american[3]}-{american[1]}-{american[2]}"
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII):
        raise EssieError(f"no date: {text}")
    return text + (rest if len(text) == 4 else rest[3:] if len(text) == 7 else "")
