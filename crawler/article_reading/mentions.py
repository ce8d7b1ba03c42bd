"""What a sentence speaks of, by the tagger's own vocabulary, so that a facet of a claim means what a record's tag means.

A sentence of an overview is no study: what it mentions is what it is about, also where it denies it. So its facets are
mentions, where a record's tags say what was studied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from crawler.article_reading.timepoints import timepoints
from crawler.tagging import vocabulary
from crawler.tagging.encoding import Encoder
from crawler.tagging.reading import Reading

#: what the tagger's vocabulary has no term for, or takes for another: "ketamine-assisted psychotherapy" is a treatment there
_MENTIONS: dict[str, dict[str, str]] = {
    "drug": {"ketamine": r"(?<!es)(?<!ar)\bketamine"},
    "regimen": {
        "single": r"\bsingle\b (?:\S+ ){0,3}?(?:dose|infusion)",
        "repeated": r"\brepeated (?:\w+ ){0,2}(?:infusions?|dos\w+|ketamine|treatments?|administration)\b|\b(?:six|6|multiple) infusions\b",
        "maintenance": r"\bmaintenance\b|\bmaintained regular\b|\bongoing\b",
    },
    "combination": {
        "psychotherapy": r"psychotherapy|trauma(?:-focused)? (?:psycho)?therapy",
        "tms": r"combin\w+ (?:\w+ ){0,3}TMS|combined TMS",
        "ect": r"combin\w+ (?:\w+ ){0,3}ECT",
    },
}  # fmt: skip
#: group of the vocabulary's terms -> (the term's own key, dimension)
_GROUPS = {
    "condition": (("indication", "indication"), ("detail", "indication_detail")),
    "drug": (("drug", "drug"),),
    "route": (("route", "route"),),
    "population": (("population", "population"),),
    "treatment": (("comparator", "comparator"),),
}
_NO_FACETS = frozenset({"", "none", "other", "other-active", "dose", "psychotherapy", "healthy"})
_COMPILED = {
    dimension: {value: re.compile(pattern, re.IGNORECASE) for value, pattern in values.items()}
    for dimension, values in _MENTIONS.items()
}
_DOSE = re.compile(r"\b(\d+(?:\.\d+)?)\s?(mg/kg|mg)\b")


@dataclass(frozen=True, slots=True)
class Facet:
    """One mention; `start` and `end` within the sentence."""

    dimension: str
    value: str
    start: int
    end: int
    text: str

    @property
    def rule(self) -> str:
        return f"mention.{self.dimension}"


def facets(sentence: str, cited: list[tuple[int, int]]) -> list[Facet]:
    """Each value once, by its first mention outside what the sentence cites (`cited`: spans of citations)."""
    plain = list(sentence)
    for start, end in cited:
        plain[start:end] = " " * (end - start)
    return list(_found("".join(plain)))


@cache
def _encoder() -> Encoder:
    return Encoder(vocabulary.load())


def _terms(text: str) -> Iterator[Facet]:
    """What the tagger's vocabulary finds: the values that the tags of records have, each once."""
    reading = Reading(_encoder(), text, "")
    told: set[tuple[str, str]] = set()
    for group, kinds in _GROUPS.items():
        for mention, (key, dimension) in product(reading.mentions_of(group), kinds):
            held = mention.term.more.get(key) or ()
            for value in [held] if isinstance(held, str) else held:
                if value not in _NO_FACETS and (dimension, value) not in told:
                    told.add((dimension, value))
                    _, start, end = reading.span(mention.at, mention.at + 1)
                    yield Facet(dimension, value, start, end, text[start:end])


def _found(text: str) -> Iterator[Facet]:
    terms = list(_terms(text))
    yield from terms
    known = {(one.dimension, one.value) for one in terms}
    for dimension, values in _COMPILED.items():
        for value, pattern in values.items():
            if (dimension, value) not in known and (hit := pattern.search(text)):
                yield Facet(dimension, value, hit.start(), hit.end(), hit[0])
    for hit in _DOSE.finditer(text):
        yield Facet("dose", f"{hit[1]} {hit[2]}", hit.start(), hit.end(), hit[0])
    told: set[str] = set()
    for value, start, end in timepoints(text):
        if value not in told:
            told.add(value)
            yield Facet("timepoint", value, start, end, text[start:end])
