"""What the vocabulary holds once it is compiled: terms, rules, their patterns, and an index that finds the candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crawler.tagging.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Term:
    """A thing with names: a condition, a drug, a scale, a species. `char` stands for it in encoded text."""

    name: str
    group: str
    char: str
    more: Mapping[str, Any]


class Rule(NamedTuple):
    """What is said where it matches; `where` is None for anywhere, else names of fields and sections."""

    id: str
    cue: str
    where: frozenset[str] | None
    confidence: float
    trap: bool = False


class Pattern:
    """One pattern of one rule. The expression is compiled when a text first calls for it."""

    __slots__ = ("_expression", "_regex", "rule", "source")

    def __init__(self, rule: Rule, source: str, expression: str):
        self.rule = rule
        self.source = source
        self._expression = expression
        self._regex: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """The expression over encoded text."""
        if self._regex is None:
            self._regex = re.compile(self._expression)
        return self._regex


class Index:
    """Tells quickly which patterns can match a sentence at all: those whose needed characters are all there.

    Pattern n is bit n. A pattern needs one character each of up to _RANKS sets; rank r of all patterns stands at
    bits r * len(patterns) and up, so that one OR over a sentence's characters finds all sets that are met.
    """

    _RANKS = 4

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self._needs: list[list[frozenset[str]]] = []
        self._met: dict[str, int] = {}
        self._free = 0
        self._low = 0

    def add(self, pattern: Pattern, needed: list[frozenset[str]]) -> None:
        """`needed`: the rarest set first."""
        self.patterns.append(pattern)
        self._needs.append(needed[: self._RANKS])

    def close(self) -> None:
        """Build the tables, once all patterns are added."""
        size = len(self.patterns)
        self._low = (1 << size) - 1
        for number, needed in enumerate(self._needs):
            for rank in range(self._RANKS):
                bit = 1 << (rank * size + number)
                if rank >= len(needed):
                    self._free |= bit
                    continue
                for char in needed[rank]:
                    self._met[char] = self._met.get(char, 0) | bit
        self._needs.clear()

    def candidates(self, units: str) -> list[Pattern]:
        """The patterns that may match somewhere in `units` (one sentence), the files' last first."""
        met, table = self._free, self._met
        for char in set(units):
            if char in table:
                met |= table[char]
        size = len(self.patterns)
        bits = bin(met & (met >> size) & (met >> 2 * size) & (met >> 3 * size) & self._low)
        found, patterns, last = [], self.patterns, len(bits) - 1
        at = bits.find("1", 2)
        while at >= 0:
            found.append(patterns[last - at])
            at = bits.find("1", at + 1)
        return found


@dataclass(slots=True)
class Vocabulary:
    """Everything compiled. `trie`: character -> (character -> …), with the term's at the key "" of its last node."""

    lexicon: Lexicon
    terms: dict[str, Term] = field(default_factory=dict)  # by name
    by_char: dict[str, Term] = field(default_factory=dict)
    trie: dict[str, Any] = field(default_factory=dict)
    shared: dict[str, tuple[Term, ...]] = field(
        default_factory=dict
    )  # character of an abbreviation -> its readings
    number_words: frozenset[str] = frozenset()
    number_joint: str = ""  # "and", as in "one hundred and five"
    number_powers: frozenset[str] = frozenset()
    index: Index = field(default_factory=Index)
    mentioned: re.Pattern[str] = re.compile("")  # any term
    starts: re.Pattern[str] = re.compile("")  # where a term or a number in words may begin

    def group(self, name: str) -> list[Term]:
        """The terms of a group, in the files' order."""
        return [term for term in self.terms.values() if term.group == name]
