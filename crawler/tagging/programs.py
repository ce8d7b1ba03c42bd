"""Patterns as small programs, which the compiled engine runs (`_hits.pyx`); the Python engine has `patterns.to_regex`.

Both find the same: `patterns.to_regex` is the definition, and the tests hold one against the other.
"""

from __future__ import annotations

from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.patterns import Node, Resolve, single

#: What an instruction does with the unit that it stands before.
MATCH = 0  # all is found
ANY = 1  # take one unit of a set
NUMBER = 2  # the same, and note its place under a number
GAP = 3  # take as few units outside a set as need be, up to a number
SPLIT = 4  # go on; if that fails, at another instruction
JUMP = 5  # go on at another instruction
START = 6  # a sentence begins here
END = 7  # a sentence ends here

Characters = frozenset[str]


class Instruction(NamedTuple):
    """`characters` of ANY, NUMBER and GAP; `value`: a place (SPLIT, JUMP), how many (GAP), which number (NUMBER)."""

    what: int
    characters: Characters = frozenset()
    value: int = 0


def program(tree: Node, resolve: Resolve) -> tuple[list[Instruction], Characters | None]:
    """The instructions of a pattern, and the characters that may be its first (None: any).

    `resolve`: a word, prefix or group -> the characters it may stand for.
    """
    made: list[Instruction] = []
    _add(tree, resolve, made)
    first = _first(tree, resolve)
    return [*made, Instruction(MATCH)], None if first is None or "" in first else first


def _add(node: Node, resolve: Resolve, made: list[Instruction]) -> None:
    if node.kind == "sequence":
        for part in node.parts:
            _add(part, resolve, made)
    elif node.kind == "any-of" and all(single(part) for part in node.parts):
        made.append(Instruction(ANY, _characters(node, resolve)))
    elif node.kind == "any-of":
        _branch(node.parts, resolve, made)
    elif node.kind == "maybe":
        _branch([node.parts[0], Node("sequence")], resolve, made)
    elif node.kind in ("gap", "words"):
        outside = {lex.STOP} if node.kind == "gap" else {lex.STOP, *resolve(Node("number"))}
        made.append(Instruction(GAP, frozenset(outside), int(node.text)))
    elif node.kind == "number":
        known = sum(instruction.what == NUMBER for instruction in made)
        made.append(Instruction(NUMBER, frozenset(resolve(node)), known))
    elif node.kind in ("start", "end"):
        made.append(Instruction(START if node.kind == "start" else END))
    else:
        made.append(Instruction(ANY, frozenset(resolve(node))))


def _branch(ways: list[Node], resolve: Resolve, made: list[Instruction]) -> None:
    """One way or another: the first that leads to a match."""
    leaps: list[int] = []
    for way in ways[:-1]:
        split = len(made)
        made.append(Instruction(SPLIT))
        _add(way, resolve, made)
        leaps.append(len(made))
        made.append(Instruction(JUMP))
        made[split] = Instruction(SPLIT, value=len(made))
    _add(ways[-1], resolve, made)
    for leap in leaps:
        made[leap] = Instruction(JUMP, value=len(made))


def _characters(node: Node, resolve: Resolve) -> Characters:
    return frozenset().union(*(resolve(one) for part in node.parts if (one := single(part))))


def _first(node: Node, resolve: Resolve) -> Characters | None:
    """The characters that a match of a node may begin with, "" among them if it may be empty; None: any."""
    if node.kind in ("gap", "words", "start", "end"):
        return None
    if node.kind == "sequence":
        found: Characters = frozenset([""])
        for part in node.parts:
            if "" not in found:
                break
            first = _first(part, resolve)
            if first is None:
                return None
            found = (found - {""}) | first
        return found
    if node.kind in ("any-of", "maybe"):
        firsts = [_first(part, resolve) for part in node.parts]
        empty: Characters = frozenset([""] if node.kind == "maybe" else [])
        return None if None in firsts else empty.union(*(first for first in firsts if first is not None))
    return frozenset(resolve(node))
