"""One record's text, read once: its terms found, its sections known, every rule's hits at hand when they are asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from itertools import chain
from operator import itemgetter, or_
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder
from crawler.tagging.terms import Rule, Search, Term
from crawler.tagging.units import Units
from store.records import Tag

# What a text says so often it says; more is not read, so that no rule that compares all with all takes for ever.
_MOST_HITS = 200  # of a cue
_MOST_MENTIONS = 500  # of a group's terms


class Hit(NamedTuple):
    """A rule that matched units `start` to `end` (exclusive); `number` is the unit of the captured number."""

    rule: Rule
    start: int
    end: int
    number: int | None = None


class Mention(NamedTuple):
    """A term at unit `at`."""

    term: Term
    at: int


def _in_order(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.rule.id


def _overlap(spans: list[tuple[int, int]], hit: Hit) -> bool:
    before = bisect_left(spans, (hit.end,)) - 1
    return before >= 0 and spans[before][1] > hit.start


class _Hits(dict[str, list[Hit]]):
    """Cue -> its hits in a reading: at once where no pattern of it can match, else found when they are asked for."""

    def __init__(self, reading: Reading, candidates: Sequence[int]):
        index = reading.vocabulary.index
        super().__init__(index.nothing)
        self._reading = reading
        any_sentence = reduce(or_, candidates, 0)
        for cue, (bits, _) in index.cues.items():
            if bits & any_sentence:
                del self[cue]

    def __missing__(self, cue: str) -> list[Hit]:
        found = self[cue] = self._reading.search(cue)
        return found


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
        self._beside: dict[tuple[str, int], list[Hit]] = {}
        self._sentences: list[tuple[int, int]] = []  # first unit, unit after the last
        self._candidates: list[int] = []  # of each sentence, as bits of the index
        self._cut()
        #: cue -> the hits of the rules with this cue, in the text's order; without those that a trap of their rule overlaps
        self.hits: Callable[[str], list[Hit]] = _Hits(self, self._candidates).__getitem__

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

    def _cut(self) -> None:
        """Find the sentences, and which patterns may match in each."""
        start, body = 0, self.body
        labelled = bool(self.abstract.sections)
        candidates = self.vocabulary.index.candidates
        for units in self.units.split(lex.STOP):
            if units:
                self._sentences.append((start, start + len(units)))
                section = "title" if start < body else (labelled and self.section(start)) or "unlabelled"
                self._candidates.append(candidates(units, section))
            start += len(units) + 1

    # -- what the rules ask

    def mentions_of(self, group: str) -> list[Mention]:
        """The mentions of a group's terms, in order."""
        return self._groups.get(group, [])

    def hits_beside(self, cue: str, at: int) -> list[Hit]:
        """The hits of a cue in the sentence of unit `at` only: for cues that matter in few sentences."""
        place = bisect_right(self._sentences, (at, len(self.units))) - 1
        found = self._beside.get((cue, place))
        if found is None:
            found = self._beside[cue, place] = self._search(
                cue, [(self._sentences[place], self._candidates[place])]
            )
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

    def search(self, cue: str) -> list[Hit]:
        """Run a cue's patterns in the sentences in which they may match; its traps only where there is something to trap."""
        return self._search(cue, zip(self._sentences, self._candidates, strict=True))

    def _search(self, cue: str, sentences: Iterable[tuple[tuple[int, int], int]]) -> list[Hit]:
        units, index = self.units, self.vocabulary.index
        asked, traps = index.cues.get(cue, (0, 0))
        decoded = index.decoded
        hits: list[Hit] = []
        seen: list[tuple[int, int, int]] = []
        for (start, end), bits in sentences:
            if found := bits & asked:
                some = len(hits)
                for rule, search in decoded[found]:
                    match = search(units, start, end)
                    while match and len(hits) < _MOST_HITS:
                        low, high = match.span()
                        hits.append(Hit(rule, low, high, match.start(1) if match.lastindex else None))
                        match = search(units, high, end)
                if traps and len(hits) > some and (found := bits & traps):
                    seen.append((found, start, end))
                if len(hits) >= _MOST_HITS:
                    break
        for found, start, end in seen:
            hits = self._untrapped(hits, decoded[found], start, end)
        if len(hits) > 1:
            hits.sort(key=_in_order)
        return hits

    def _untrapped(
        self, hits: list[Hit], traps: Iterable[tuple[Rule, Search]], start: int, end: int
    ) -> list[Hit]:
        for rule, search in traps:
            spans: list[tuple[int, int]] = []  # in order, none over another
            match = search(self.units, start, end)
            while match:
                spans.append(match.span())
                match = search(self.units, match.end(), end)
            if spans:
                hits = [hit for hit in hits if hit.rule.id != rule.id or not _overlap(spans, hit)]
        return hits

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
