"""Loads the vocabulary files and compiles them, once: terms, word classes, rules.

The files (`vocabulary/*.toml`) are meant to be read and edited by a clinician. Each may have

    [words]                      word classes, used in patterns as <name>
    people = "patient*|participant*|subject*"

    [condition.trd]              a term: group "condition", name "condition.trd"; the longest phrase at a place wins
    phrases = ["treatment resistant depressi*"]
    short = ["TRD"]              abbreviations that several terms may share: they count if a phrase stands nearby
    indication = ["depression", "trd"]     anything else is the term's own, read by the rules

    [[rule]]                     what a pattern says
    id = "design.rct.assigned"   named by the tags that rest on it
    cue = "randomised"           what it is evidence of
    where = ["title"]            field or sections (default: anywhere)
    confidence = 0.95
    patterns = ["patients were randomi*"]
    traps = ["not randomi*"]     a hit of this rule that overlaps a trap does not count
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

from crawler.tagging.lexicon import Lexicon
from crawler.tagging.patterns import Node, leaves, needs, parse, sequences, to_regex
from crawler.tagging.text import split

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

_RULE_KEYS = {"id", "cue", "where", "confidence", "patterns", "traps"}


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

    def candidates(self, units: str) -> Iterator[Pattern]:
        """The patterns that may match somewhere in `units` (one sentence), in the files' order."""
        met, table = self._free, self._met
        for char in set(units):
            if char in table:
                met |= table[char]
        size = len(self.patterns)
        found = met & self._low
        for rank in range(1, self._RANKS):
            found &= met >> (rank * size)
        while found:
            bit = found & -found
            yield self.patterns[bit.bit_length() - 1]
            found ^= bit


@dataclass(slots=True)
class Vocabulary:
    """Everything compiled. `trie`: character -> (character -> …), with the term at the key "" of its last node."""

    lexicon: Lexicon
    terms: dict[str, Term] = field(default_factory=dict)  # by name
    by_char: dict[str, Term] = field(default_factory=dict)
    trie: dict[str, Any] = field(default_factory=dict)
    shared: dict[str, tuple[Term, ...]] = field(
        default_factory=dict
    )  # character of an abbreviation -> its readings
    number_words: frozenset[str] = frozenset()
    index: Index = field(default_factory=Index)
    mentioned: re.Pattern[str] = re.compile("")  # any term
    starts: re.Pattern[str] = re.compile("")  # where a term or a number in words may begin

    def group(self, name: str) -> list[Term]:
        """The terms of a group, in the files' order."""
        return [term for term in self.terms.values() if term.group == name]


def sources() -> list[tuple[str, str]]:
    """(file name, content) of every vocabulary file, in order of name."""
    folder = resources.files("crawler.tagging").joinpath("vocabulary")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return [(file.name, file.read_text("utf-8")) for file in files]


def load(more_terms: Mapping[str, Mapping[str, Any]] | None = None) -> Vocabulary:
    """Read and compile the package's files. `more_terms` (name -> table) are added to what they hold.

    Raises ValueError that names the file and the entry for anything that cannot be compiled.
    """
    tables: dict[str, dict[str, Any]] = {}
    classes: dict[str, str] = {}
    rules: list[Mapping[str, Any]] = []
    for file_name, content in sources():
        for key, value in tomllib.loads(content).items():
            if key == "words":
                classes.update(value)
            elif key == "rule":
                rules.extend(_checked(rule, file_name) for rule in value)
            else:
                tables.update((f"{key}.{name}", table) for name, table in value.items())
    for name, table in (more_terms or {}).items():
        tables[name] = _merged(tables.get(name), table)
    return _Compiler(classes).compile(tables, rules)


def _checked(rule: Mapping[str, Any], file_name: str) -> Mapping[str, Any]:
    unknown = set(rule) - _RULE_KEYS
    if unknown or "id" not in rule or "cue" not in rule:
        raise ValueError(
            f"{file_name}: rule {rule.get('id', '?')}: {', '.join(sorted(unknown)) or 'id or cue missing'}"
        )
    return rule


def _merged(known: Mapping[str, Any] | None, added: Mapping[str, Any]) -> dict[str, Any]:
    table = dict(known or {})
    phrases = [*table.get("phrases", []), *added.get("phrases", [])]
    return table | dict(added) | {"phrases": list(dict.fromkeys(phrases))}


class _Compiler:
    """Two rounds, for a truncated word stands for every longer word: first all words get characters, then patterns."""

    def __init__(self, classes: Mapping[str, str]):
        self.lexicon = Lexicon()
        self.classes = {name: parse(pattern) for name, pattern in classes.items()}
        self.single: dict[str, set[str]] = defaultdict(
            set
        )  # character of a one-word term's word -> the term's
        self.groups: dict[str, set[str]] = {}
        self.common: set[str] = set()

    def compile(
        self, tables: Mapping[str, Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]
    ) -> Vocabulary:
        vocabulary = Vocabulary(self.lexicon)
        phrases = {name: [self._expanded(parse(phrase)) for phrase in table.get("phrases", [])]
                   for name, table in tables.items()}  # fmt: skip
        parsed = [
            (rule, [(text, self._expanded(parse(text))) for text in rule.get(key, [])], key)
            for rule in rules
            for key in ("patterns", "traps")
        ]
        self._learn(tree for trees in phrases.values() for tree in trees)
        self._learn(tree for _, trees, _ in parsed for _, tree in trees)
        self._learn(self.classes.values())
        self._terms(vocabulary, tables, phrases)
        self.common = self.lexicon.numerals | self._characters(self.classes["common"])
        for table, trees, key in parsed:
            where = frozenset(table["where"]) if "where" in table and key == "patterns" else None
            rule = Rule(table["id"], table["cue"], where, table.get("confidence", 0.9), key == "traps")
            for text, tree in trees:
                vocabulary.index.add(*self._pattern(rule, text, tree))
        vocabulary.index.close()
        return vocabulary

    def _expanded(self, node: Node) -> Node:
        if node.kind == "group" and node.text in self.classes:
            return self._expanded(self.classes[node.text])
        if node.parts:
            return Node(node.kind, node.text, [self._expanded(part) for part in node.parts])
        return node

    def _learn(self, trees: Iterable[Node]) -> None:
        for tree in trees:
            for leaf in leaves(tree):
                if leaf.kind == "word":
                    self.lexicon.exact(leaf.text)
                elif leaf.kind == "prefix":
                    self.lexicon.prefix(leaf.text)

    def _terms(
        self,
        vocabulary: Vocabulary,
        tables: Mapping[str, Mapping[str, Any]],
        phrases: Mapping[str, list[Node]],
    ) -> None:
        shared: dict[str, list[Term]] = defaultdict(list)
        first = self.lexicon.new_character()
        for name, table in tables.items():
            group = name.partition(".")[0]
            more = {key: value for key, value in table.items() if key not in ("phrases", "short")}
            term = Term(name, group, self.lexicon.new_character(), more)
            vocabulary.terms[name] = vocabulary.by_char[term.char] = term
            self.groups[name] = {term.char}
            for parent in (group, *table.get("groups", [])):
                self.groups.setdefault(parent, set()).add(term.char)
            for tree in phrases[name]:
                for way in sequences(tree):
                    self._grow(vocabulary.trie, way, term)
            for short in table.get("short", []):
                shared[short].append(term)
        for short, terms in shared.items():
            self._abbreviation(vocabulary, short, tuple(terms))
        vocabulary.mentioned = re.compile(f"[{first}-{self.lexicon.new_character()}]")
        numbers = self.classes.get("number-word")
        vocabulary.number_words = frozenset(self._characters(numbers)) if numbers else frozenset()
        vocabulary.starts = re.compile(
            "[" + "".join(sorted({*vocabulary.trie, *vocabulary.number_words})) + "]"
        )

    def _grow(self, trie: dict[str, Any], way: Sequence[Node], term: Term) -> None:
        ends = [trie]
        for leaf in way:
            chars = self._own(leaf)
            ends = [node.setdefault(char, {}) for node in ends for char in chars]
        if len(way) == 1:
            for char in self._own(way[0]):
                self.single[char].add(term.char)
        exact = all(leaf.kind == "word" for leaf in way)
        topic = "topic" in term.more  # a drug that is watched is no comparator
        for node in ends:
            held = node.get("")
            if held is not None and held[0] is not term and held[1] and exact and not topic:
                text = " ".join(leaf.text for leaf in way)
                raise ValueError(f"{text!r} is a phrase of both {held[0].name} and {term.name}")
            if (
                held is None or topic or (exact and not held[1])
            ):  # a phrase as it stands goes before a truncated one
                node[""] = (term, exact)

    def _abbreviation(self, vocabulary: Vocabulary, short: str, terms: tuple[Term, ...]) -> None:
        term = Term(f"short.{short}", "short", self.lexicon.new_character(), {})
        vocabulary.by_char[term.char] = term
        vocabulary.shared[term.char] = terms
        self._grow(vocabulary.trie, [Node("word", word) for word in split(short)[0]], term)

    def _own(self, leaf: Node) -> set[str]:
        return (
            {self.lexicon.exact(leaf.text)} if leaf.kind == "word" else self.lexicon.beginning_with(leaf.text)
        )

    def _characters(self, node: Node) -> set[str]:
        """What a tree of single words and groups may be in encoded text."""
        return set().union(*(self._resolve(leaf) for leaf in leaves(node)))

    def _resolve(self, leaf: Node) -> set[str]:
        if leaf.kind == "number" or leaf.text == "number":
            return self.lexicon.numerals
        if leaf.kind == "group":
            if leaf.text not in self.groups:
                raise ValueError(f"no term group or word class is called <{leaf.text}>")
            return self.groups[leaf.text]
        own = self._own(leaf)
        return own.union(*(self.single[char] for char in own if char in self.single))

    def _pattern(self, rule: Rule, text: str, tree: Node) -> tuple[Pattern, list[frozenset[str]]]:
        try:
            needed = needs(tree, self._resolve, self._frequency)
            if not needed:
                raise ValueError("it can match nothing at all")
            return Pattern(rule, text, to_regex(tree, self._resolve)), needed
        except ValueError as error:
            raise ValueError(f"rule {rule.id}: pattern {text!r}: {error}") from error

    def _frequency(self, chars: frozenset[str]) -> int:
        """How often, roughly, one of these characters stands in a text: common words count for many."""
        return len(chars) + 50 * len(chars & self.common)
