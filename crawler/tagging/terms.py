"""What the vocabulary holds once it is compiled: terms, rules, their patterns, and an index that finds the candidates."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from crawler.tagging.lexicon import Lexicon
from crawler.tagging.patterns import Node, Resolve, to_regex

_WIDE = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"  # two bytes for each character


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

    def holds_in(self, section: str) -> bool:
        """Whether it is asked for in a section: "title", "methods" …, "unlabelled" of an abstract without labels."""
        where = self.where
        return where is None or section in where or ("abstract" in where and section != "title")


class Pattern(NamedTuple):
    """One pattern of one rule: as it was written, and read."""

    rule: Rule
    source: str
    tree: Node


Search = Callable[[str, int, int], "re.Match[str] | None"]  # units, from, to -> the first match


class _Decoded(dict[int, tuple[tuple[Rule, Search], ...]]):
    """Bits of patterns -> their rules and searches, the files' last first. Few sets of bits occur, and those often."""

    _KEPT = 50_000

    def __init__(self, patterns: list[Pattern], resolve: Resolve):
        super().__init__()
        self._patterns = patterns
        self._resolve = resolve
        self._searches: dict[int, tuple[Rule, Search]] = {}

    def __missing__(self, bits: int) -> tuple[tuple[Rule, Search], ...]:
        if len(self) >= self._KEPT:
            self.clear()
        found, rest = [], bits
        while rest:
            last = rest.bit_length() - 1
            rest ^= 1 << last
            if last not in self._searches:  # compiled when a text first calls for it
                pattern = self._patterns[last]
                expression = to_regex(pattern.tree, self._resolve)
                self._searches[last] = pattern.rule, re.compile(expression).search
            found.append(self._searches[last])
        self[bits] = decoded = tuple(found)
        return decoded


class Index:
    """Tells quickly which patterns can match a sentence at all: those whose needed characters are all there.

    Pattern n is bit n. A pattern needs one character each of up to _RANKS sets; rank r of all patterns stands at
    bits r * len(patterns) and up, so that one OR over a sentence's characters finds all sets that are met.
    """

    _RANKS = 3

    def __init__(self, resolve: Resolve) -> None:
        self.patterns: list[Pattern] = []
        self.resolve = resolve
        self.decoded = _Decoded(self.patterns, resolve)
        self.cues: dict[str, tuple[int, int]] = {}  # cue -> bits of its patterns, bits of their traps
        self.asked: list[int] = []  # bits of the patterns of each cue
        self.nothing: dict[str, list[Any]] = {}  # cue -> no hits
        self._needs: list[list[frozenset[str]]] = []
        self.table: list[int] = []  # by the number of a character
        self.free = 0
        self._in_section: dict[str, int] = {}

    def add(self, pattern: Pattern, needed: list[frozenset[str]]) -> None:
        """`needed`: the rarest set first."""
        self.patterns.append(pattern)
        self._needs.append(needed[: self._RANKS])

    def close(self, characters: int) -> None:
        """Build the tables, once all patterns are added. `characters`: all that texts can hold have a lower number."""
        size = len(self.patterns)
        for number, pattern in enumerate(self.patterns):
            bits, traps = self.cues.get(pattern.rule.cue, (0, 0))
            bit = 1 << number
            self.cues[pattern.rule.cue] = (bits, traps | bit) if pattern.rule.trap else (bits | bit, traps)
        self.nothing = {cue: [] for cue in self.cues}
        self.asked = [bits for bits, _ in self.cues.values()]
        met: dict[str, int] = {}
        for number, needed in enumerate(self._needs):
            for rank in range(self._RANKS):
                bit = 1 << (rank * size + number)
                if rank >= len(needed):
                    self.free |= bit
                    continue
                for char in needed[rank]:
                    met[char] = met.get(char, 0) | bit
        self._needs.clear()
        shared: dict[int, int] = {}  # one object for equal bits: the table is read for every word
        self.table = [0] * characters
        for char, bits in met.items():
            self.table[ord(char)] = shared.setdefault(bits, bits)

    def met(self, units: str) -> list[int]:
        """For each unit the bits of the needs that it meets."""
        numbers = memoryview(units.encode(_WIDE)).cast("H")
        return list(map(self.table.__getitem__, numbers))

    def candidates(self, met: Iterable[int], section: str) -> int:
        """The bits of the patterns that may match somewhere in a sentence that stands in a section.

        `met`: what its units meet.
        """
        found = reduce(or_, met, self.free)
        size = len(self.patterns)
        return (
            found
            & (found >> size)
            & (found >> 2 * size)
            & (self._in_section.get(section) or self.allowed(section))
        )

    def allowed(self, section: str) -> int:
        """The bits of the patterns that are asked for in a section."""
        bits = sum(1 << at for at, pattern in enumerate(self.patterns) if pattern.rule.holds_in(section))
        self._in_section[section] = bits
        return bits


@dataclass(slots=True)
class Vocabulary:
    """Everything compiled.

    `by_char`: every character that stands for a term: its own, which its phrases of several words become, and those
    of the single words that name it. `trie`: character -> (character -> …), the term's at the key "" of a phrase's end.
    """

    lexicon: Lexicon
    index: Index
    terms: dict[str, Term] = field(default_factory=dict)  # by name
    by_char: dict[str, Term] = field(default_factory=dict)
    trie: dict[str, Any] = field(default_factory=dict)
    shared: dict[str, tuple[Term, ...]] = field(
        default_factory=dict
    )  # name of an abbreviation -> its readings
    number_words: frozenset[str] = frozenset()
    number_joint: str = ""  # "and", as in "one hundred and five"
    number_powers: frozenset[str] = frozenset()
    mentioned: re.Pattern[str] = re.compile("")  # any term
    pairs: frozenset[str] = frozenset()  # the first two characters of every term or number of several words
    starts: re.Pattern[str] = re.compile("")  # where such a pair may stand

    def group(self, name: str) -> list[Term]:
        """The terms of a group, in the files' order."""
        return [term for term in self.terms.values() if term.group == name]
