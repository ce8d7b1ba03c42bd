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
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from crawler.tagging.lexicon import Lexicon
from crawler.tagging.patterns import Node, leaves, needs, parse, sequences
from crawler.tagging.terms import Index, Pattern, Rule, Term, Vocabulary
from crawler.tagging.text import split

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

_RULE_KEYS = {"id", "cue", "where", "confidence", "patterns", "traps"}


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
        )  # character of a word -> names of terms that it names
        self.groups: dict[str, set[str]] = {}
        self.common: set[str] = set()
        self._classes: dict[str, Node] = {}  # with the classes that they name in their place
        self._owned: dict[tuple[str, str], set[str]] = {}
        self._resolved: dict[tuple[str, str], set[str]] = {}

    def compile(
        self, tables: Mapping[str, Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]
    ) -> Vocabulary:
        vocabulary = Vocabulary(self.lexicon, Index(self._resolve))
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
        vocabulary.index.close(self.lexicon.end)
        return vocabulary

    def _expanded(self, node: Node) -> Node:
        if node.kind == "group" and node.text in self.classes:
            if node.text not in self._classes:
                self._classes[node.text] = self._expanded(self.classes[node.text])
            return self._classes[node.text]
        if node.parts:
            return Node(node.kind, node.text, [self._expanded(part) for part in node.parts])
        return node

    def _learn(self, trees: Iterable[Node]) -> None:
        words = {
            (leaf.kind, leaf.text): None for tree in trees for leaf in leaves(tree)
        }  # in order, each once
        for kind, text in words:
            if kind in ("word", "form"):
                self.lexicon.exact(text)
            elif kind == "prefix":
                self.lexicon.prefix(text)

    def _terms(
        self,
        vocabulary: Vocabulary,
        tables: Mapping[str, Mapping[str, Any]],
        phrases: Mapping[str, list[Node]],
    ) -> None:
        shared: dict[str, list[Term]] = defaultdict(list)
        for name, table in tables.items():
            group = name.partition(".")[0]
            more = {key: value for key, value in table.items() if key not in ("phrases", "short")}
            term = Term(name, group, self.lexicon.new_character(), more)
            vocabulary.terms[name] = term
            self._stands_for(vocabulary, term.char, term, tables)
            for tree in phrases[name]:
                for way in sequences(tree):
                    self._grow(vocabulary.trie, way, term)
            for short in table.get("short", []):
                shared[short].append(term)
        for short, terms in shared.items():
            self._abbreviation(vocabulary, short, tuple(terms))
        self._owned.clear()  # abbreviations may be new words
        for char, node in vocabulary.trie.items():
            if "" in node:  # a word that names a term by itself stands for it as it is
                self._stands_for(vocabulary, char, node[""][0], tables)
        _settle(vocabulary.trie)
        vocabulary.mentioned = re.compile("[" + "".join(sorted(vocabulary.by_char)) + "]")
        numbers = self._characters(self.classes["number-word"]) - vocabulary.by_char.keys()
        vocabulary.number_joint = self.lexicon.exact("and")
        vocabulary.number_powers = frozenset(map(self.lexicon.exact, ("hundred", "thousand")))
        vocabulary.number_words = frozenset(numbers)
        self.lexicon.numerals |= numbers
        longer = {char: node.keys() - {""} for char, node in vocabulary.trie.items() if node.keys() - {""}}
        vocabulary.pairs = frozenset(
            [char + second for char, seconds in longer.items() for second in seconds]
            + [first + second for first in numbers for second in numbers]
            + [power + vocabulary.number_joint for power in vocabulary.number_powers]
        )
        firsts, seconds = ("".join(sorted(set(chars))) for chars in zip(*vocabulary.pairs, strict=True))
        vocabulary.starts = re.compile(f"[{firsts}](?=[{seconds}])")

    def _stands_for(
        self, vocabulary: Vocabulary, char: str, term: Term, tables: Mapping[str, Mapping[str, Any]]
    ) -> None:
        vocabulary.by_char[char] = term
        for group in (term.name, term.group, *tables.get(term.name, {}).get("groups", [])):
            self.groups.setdefault(group, set()).add(char)

    def _grow(self, trie: dict[str, Any], way: Sequence[Node], term: Term) -> None:
        ends = [trie]
        for leaf in way:
            chars = self._own(leaf)
            ends = [node.setdefault(char, {}) for node in ends for char in chars]
        if len(way) == 1:
            for char in self._own(way[0]):
                self.single[char].add(term.name)
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
        self._stands_for(vocabulary, term.char, term, {})
        vocabulary.shared[term.name] = terms
        self._grow(vocabulary.trie, [Node("word", word) for word in split(short)[0]], term)

    def _own(self, leaf: Node) -> set[str]:
        """The characters of a word or prefix. Ask only when every word is known."""
        key = leaf.kind, leaf.text
        if key not in self._owned:
            exact = leaf.kind == "word"
            self._owned[key] = {self.lexicon.exact(leaf.text)} if exact else self.lexicon.beginning_with(leaf.text)  # fmt: skip
        return self._owned[key]

    def _characters(self, node: Node) -> set[str]:
        """What a tree of single words and groups may be in encoded text."""
        return set().union(*(self._resolve(leaf) for leaf in leaves(node)))

    def _resolve(self, leaf: Node) -> set[str]:
        """The same with the characters of the terms that it names. Ask only when every term is known."""
        key = leaf.kind, leaf.text
        if key not in self._resolved:
            self._resolved[key] = self._looked_up(leaf)
        return self._resolved[key]

    def _looked_up(self, leaf: Node) -> set[str]:
        if leaf.kind == "number" or leaf.text == "number":
            return self.lexicon.numerals
        if leaf.kind == "group":
            if leaf.text not in self.groups:
                raise ValueError(f"no term group or word class is called <{leaf.text}>")
            return self.groups[leaf.text]
        if leaf.kind == "form":
            return {self.lexicon.exact(leaf.text)}
        own = self._own(leaf)
        names = set().union(*(self.single[char] for char in own if char in self.single))
        return own.union(*(self.groups[name] for name in names))

    def _pattern(self, rule: Rule, text: str, tree: Node) -> tuple[Pattern, list[frozenset[str]]]:
        try:
            needed = needs(tree, self._resolve, self._frequency)
            if not needed:
                raise ValueError("it can match nothing at all")
            self._check(tree)
            return Pattern(rule, text, tree), needed
        except ValueError as error:
            raise ValueError(f"rule {rule.id}: pattern {text!r}: {error}") from error

    def _check(self, tree: Node) -> None:
        """Raise ValueError if a pattern names what nobody knows."""
        for leaf in leaves(tree):
            if leaf.kind not in ("gap", "words", "start", "end"):
                self._resolve(leaf)

    def _frequency(self, chars: frozenset[str]) -> int:
        """How often, roughly, one of these characters stands in a text: common words count for many."""
        return len(chars) + 50 * len(chars & self.common)


def _settle(trie: dict[str, Any]) -> None:
    """Leave only each term's character at the ends of the trie."""
    for key, node in trie.items():
        if key:
            _settle(node)
        else:
            trie[""] = node[0].char
