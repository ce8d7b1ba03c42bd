"""One record's text, read once: its terms found, its sections known, every rule's hits at hand when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder
from crawler.tagging.hits import Hit, Hits, Sentence
from crawler.tagging.terms import Term
from crawler.tagging.units import Units
from store.records import Tag

_MOST_MENTIONS = 500  # of a group's terms; see `hits` for why there is a most


__all__ = ["Hit", "Mention", "Reading"]


class Mention(NamedTuple):
    """A term at unit `at`."""

    term: Term
    at: int


class Reading(Units):
    """The units of a record, the terms among them, and what the rules say of them."""

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        super().__init__(encoder, title, abstract)
        self.mentions = self._find()
        if any(mention.term.group == "short" for mention in self.mentions):
            self._resolve_abbreviations()
        self._groups: dict[str, list[Mention]] = {}
        for mention in self.mentions:
            self._groups.setdefault(mention.term.group, []).append(mention)
        if len(self.mentions) > _MOST_MENTIONS:
            self._groups = {name: mentions[:_MOST_MENTIONS] for name, mentions in self._groups.items()}
            self.mentions = sorted(chain.from_iterable(self._groups.values()), key=itemgetter(1))
        self._sentences = self._cut()
        self._hits = Hits(self.vocabulary.index, self.units, self._sentences)
        #: cue -> the hits of the rules with this cue, in the text's order
        self.hits: Callable[[str], list[Hit]] = self._hits.__getitem__
        self._beside: dict[tuple[str, int], list[Hit]] = {}

    def _find(self) -> list[Mention]:
        by_char = self.vocabulary.by_char
        return [
            Mention(by_char[match[0]], match.start())
            for match in self.vocabulary.mentioned.finditer(self.units)
        ]

    def _resolve_abbreviations(self) -> None:
        """An abbreviation of several terms is the one that the record spells out most often; else a mere word."""
        told = Counter(mention.term.name for mention in self.mentions)
        for name in told:
            if terms := self.vocabulary.shared.get(name):
                best = max(terms, key=lambda term: told[term.name])
                for char in {
                    self.units[mention.at] for mention in self.mentions if mention.term.name == name
                }:
                    self.units = self.units.replace(char, best.char if told[best.name] else lex.WORD)
        self.mentions = self._find()

    def _cut(self) -> list[Sentence]:
        """The sentences, and which patterns may match in each."""
        start, body = 0, self.body
        labelled = bool(self.abstract.sections)
        candidates = self.vocabulary.index.candidates
        sentences = []
        for units in self.units.split(lex.STOP):
            if units:
                section = "title" if start < body else (labelled and self.section(start)) or "unlabelled"
                sentences.append(Sentence(start, start + len(units), candidates(units, section)))
            start += len(units) + 1
        return sentences

    # -- what the rules ask

    def mentions_of(self, group: str) -> list[Mention]:
        """The mentions of a group's terms, in order."""
        return self._groups.get(group, [])

    def within(self, cue: str, at: int) -> bool:
        """Whether unit `at` stands in a hit of a cue."""
        for hit in self.hits(cue):
            if hit.start > at:
                break  # hits are in order
            if at < hit.end:
                return True
        return False

    def hits_beside(self, cue: str, at: int) -> list[Hit]:
        """The hits of a cue in the sentence of unit `at` only: for cues that matter in few sentences."""
        place = bisect_right(self._sentences, (at, len(self.units))) - 1
        found = self._beside.get((cue, place))
        if found is None:
            found = self._beside[cue, place] = self._hits.search(cue, [self._sentences[place]])
        return found

    @cached_property
    def own_work(self) -> int:
        """Where the abstract begins to speak of its own work: the first unit of that sentence."""
        hits = self.hits("own-work")
        return self.sentence(hits[0].start)[0] if hits else self.body

    def in_background(self, at: int) -> bool:
        """Whether unit `at` stands in the background: in that section, or before the abstract's own work."""
        section = self.section(at)
        return section == "background" if section is not None else at < self.own_work

    def tag(self, dimension: str, value: str, hit: Hit | Mention, confidence: float | None = None, rule: str = "",
            detail: dict[str, object] | None = None) -> Tag:  # fmt: skip
        """A tag whose evidence are the words of a hit or a mention."""
        if isinstance(hit, Hit):
            start, end, rule, sure = hit.start, hit.end, rule or hit.rule.id, hit.rule.confidence
        else:
            start, end, rule, sure = hit.at, hit.at + 1, rule or hit.term.name, 0.9
        field, first, last = self.span(start, end)
        return Tag(dimension, value, field, first, last, self.field_text(field)[first:last], rule,
                   round(sure if confidence is None else confidence, 2), detail)  # fmt: skip
