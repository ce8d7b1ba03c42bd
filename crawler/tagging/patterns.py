"""The pattern language of the vocabulary files, and its translation to regular expressions over encoded text.

patients were randomi* to       words, in any case and spelling; * for any ending
(randomly|blindly) assigned     one of these
[were] randomised               may be there
=infusion                       this very form, even where it is one of a term's many names: not "infusions"
<condition>                     any term of a group; <condition.trd>: this term; <people>: a word class
#                               a number, which is captured
..3                             up to three words in between, in the same sentence
^  $                            the beginning, the end of a sentence
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from crawler.tagging import lexicon as lex
from crawler.tagging.text import split

_SYNTAX = re.compile(r'\s*((?:\.\.|~)\d+|<[\w.-]+>|"[^"]+"|[()\[\]|#^$]|[^\s()\[\]|#^$<>"]+)')


@dataclass(slots=True)
class Node:
    """A parsed pattern: `kind` is word, form, prefix, group, number, gap, words, start, end, any-of, maybe or sequence."""

    kind: str
    text: str = ""
    parts: list[Node] = field(default_factory=list)


def parse(pattern: str) -> Node:
    """The tree of a pattern. Raises ValueError that names the pattern."""
    tokens = _SYNTAX.findall(pattern)
    if "".join(tokens) != re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", pattern):
        raise ValueError(f"cannot read the pattern {pattern!r}")
    if ".." in tokens or "~" in tokens:
        raise ValueError(f"a gap of how many words in the pattern {pattern!r}?")
    tokens.reverse()
    node = _alternatives(tokens, pattern)
    if tokens:
        raise ValueError(f"unbalanced brackets in the pattern {pattern!r}")
    return node


def _alternatives(waiting: list[str], pattern: str) -> Node:
    """The tree of what stands before the next closing bracket. `waiting`: the tokens, the next one last; they are taken."""
    branches: list[Node] = []
    current: list[Node] = []
    while waiting and waiting[-1] not in ")]":
        piece = waiting.pop()
        if piece == "|":
            branches.append(Node("sequence", parts=current))
            current = []
        elif piece in "([":
            inner = _alternatives(waiting, pattern)
            if not waiting or waiting.pop() != {"(": ")", "[": "]"}[piece]:
                raise ValueError(f"unbalanced brackets in the pattern {pattern!r}")
            current.append(inner if piece == "(" else Node("maybe", parts=[inner]))
        else:
            current.extend(_leaf(piece))
    last = Node("sequence", parts=current)
    return Node("any-of", parts=[*branches, last]) if branches else last


def _leaf(token: str) -> Iterator[Node]:
    if token.isascii() and token.isalpha():  # as most are
        yield Node("word", token)
    elif token.startswith("<"):
        yield Node("group", token[1:-1])
    elif token.startswith(("..", "~")):
        yield Node("gap" if token[0] == "." else "words", token.lstrip(".~"))
    elif token in ("#", "^", "$"):
        yield Node({"#": "number", "^": "start", "$": "end"}[token])
    elif token.startswith("=") and token[1:].isalpha():
        yield Node("form", token[1:])
    elif token.endswith("*"):
        *before, last = split(token[:-1])[0]
        yield from (Node("word", word) for word in before)
        yield Node("prefix", last)
    else:
        yield from (Node("word", word) for word in split(token.strip('"'))[0])


def leaves(node: Node) -> list[Node]:
    """All words, prefixes and groups of a tree."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if one.parts:
            waiting.extend(reversed(one.parts))
        else:
            found.append(one)
    return found


def sequences(node: Node) -> list[list[Node]]:
    """Every way to read a tree that has no gaps, as words and prefixes in a row: what a term is compiled from."""
    if node.kind == "maybe":
        return [[], *sequences(node.parts[0])]
    if node.kind == "any-of":
        return [way for part in node.parts for way in sequences(part)]
    if node.kind == "sequence":
        ways = product(*(sequences(part) for part in node.parts))
        return [[leaf for piece in way for leaf in piece] for way in ways]
    return [[node]]


Resolve = Callable[[Node], set[str]]  # a word, prefix or group -> the characters it may stand for


def to_regex(node: Node, resolve: Resolve) -> str:  # noqa: PLR0911 - one line for each kind of node
    """The regular expression over encoded text that a tree stands for."""
    if node.kind == "sequence":
        return "".join(to_regex(part, resolve) for part in node.parts)
    if node.kind == "any-of":
        if all(single(part) for part in node.parts):
            return _charset(set().union(*(resolve(single(part)) for part in node.parts)))  # type: ignore[arg-type]
        return "(?:" + "|".join(to_regex(part, resolve) for part in node.parts) + ")"
    if node.kind == "maybe":
        return "(?:" + to_regex(node.parts[0], resolve) + ")?"
    if node.kind == "gap":
        return rf"[^{lex.STOP}]{{0,{node.text}}}?"
    if node.kind == "words":
        return rf"[^{lex.STOP}{''.join(sorted(resolve(Node('number'))))}]{{0,{node.text}}}?"
    if node.kind == "number":
        return f"({_charset(resolve(node))})"
    if node.kind in ("start", "end"):
        return rf"(?<![^{lex.STOP}])" if node.kind == "start" else rf"(?![^{lex.STOP}])"
    return _charset(resolve(node))


def single(node: Node) -> Node | None:
    """The word, form, prefix or group that a tree is nothing but; else None."""
    if node.kind == "sequence" and len(node.parts) == 1:
        return single(node.parts[0])
    return node if node.kind in ("word", "form", "prefix", "group") else None


def _charset(chars: set[str]) -> str:
    if len(chars) == 1:
        return re.escape(next(iter(chars)))
    return "[" + "".join(sorted(chars)) + "]"


def needs(node: Node, resolve: Resolve, frequency: Callable[[frozenset[str]], int]) -> list[frozenset[str]]:
    """Sets of characters of which a text must have one each, or the pattern cannot match; the rarest first."""
    if node.kind == "any-of":
        branches = [needs(part, resolve, frequency) for part in node.parts]
        return [frozenset().union(*(branch[0] for branch in branches))] if all(branches) else []
    if node.kind == "sequence":
        found = [need for part in node.parts for need in needs(part, resolve, frequency)]
        return sorted(found, key=frequency)
    return [] if node.kind in ("maybe", "gap", "words", "start", "end") else [frozenset(resolve(node))]
