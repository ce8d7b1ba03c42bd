"""The terms that stand among the units of a text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from crawler.tagging.encoding import Encoder
from crawler.tagging.terms import Term


class Mention(NamedTuple):
    """A term at unit `at`."""

    term: Term
    at: int


_new_mention: Callable[[tuple[Term, int]], Mention] = partial(tuple.__new__, Mention)


def find(encoder: Encoder, units: str) -> tuple[dict[int, Term], dict[str, list[Mention]]]:
    """Unit -> its term, and group -> the mentions of its terms in the text's order."""
    vocabulary = encoder.vocabulary
    by_char = vocabulary.by_char
    terms: dict[int, Term] = {}
    groups: dict[str, list[Mention]] = {}
    for match in vocabulary.mentioned.finditer(units):
        at = match.start()
        term = terms[at] = by_char[match[0]]
        mention = _new_mention((term, at))
        if term.group in groups:
            groups[term.group].append(mention)
        else:
            groups[term.group] = [mention]
    return terms, groups
