"""One record's text, read once: its terms found, its sections known, every rule's hits at hand when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder, Units
from crawler.tagging.terms import Pattern, Rule, Term
from store.records import Tag


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


class _Sentence(NamedTuple):
    """Units `start` to `end`, and the section they stand in."""

    start: int
    end: int
    section: str


def _in_order(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.rule.id


class Reading(Units):
    """The units of a record, the terms among them, and what the rules say of them."""

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        super().__init__(encoder, title, abstract)
        vocabulary = self.vocabulary
        self._resolve_abbreviations()
        self.mentions = [
            Mention(term, match.start())
            for match in vocabulary.mentioned.finditer(self.units)
            if (term := vocabulary.by_char.get(match[0]))
        ]
        self._groups: dict[str, list[Mention]] = {}
        for mention in self.mentions:
            self._groups.setdefault(mention.term.group, []).append(mention)
        self._hits: dict[str, list[Hit]] = {}
        self._beside: dict[tuple[str, int], list[Hit]] = {}
        self._sentences: list[_Sentence] = []
        self._candidates: dict[
            str, dict[int, list[Pattern]]
        ] = {}  # cue -> sentence -> patterns that may match there
        self._cut()

    def _resolve_abbreviations(self) -> None:
        """An abbreviation of several terms is the one that the record spells out most often; else a mere word."""
        for char in self.vocabulary.shared.keys() & set(self.units):
            known = [term for term in self.vocabulary.shared[char] if term.char in self.units]
            best = max(known, key=lambda term: self.units.count(term.char), default=None)
            self.units = self.units.replace(char, best.char if best else lex.WORD)

    def _cut(self) -> None:
        """Find the sentences, and the patterns that may match in each."""
        start, candidates = 0, self._candidates
        for units in self.units.split(lex.STOP):
            end = start + len(units)
            if units:
                place = len(self._sentences)
                self._sentences.append(_Sentence(start, end, self.section(start) or "unlabelled"))
                for pattern in self.vocabulary.index.candidates(units):
                    cue = pattern.rule.cue
                    if cue not in candidates:
                        candidates[cue] = {place: [pattern]}
                    elif place in candidates[cue]:
                        candidates[cue][place].append(pattern)
                    else:
                        candidates[cue][place] = [pattern]
            start = end + 1

    # -- what the rules ask

    def mentions_of(self, group: str) -> list[Mention]:
        """All mentions of a group's terms, in order."""
        return self._groups.get(group, [])

    def hits(self, cue: str) -> list[Hit]:
        """The hits of the rules with this cue, in the text's order; without those that a trap of their rule overlaps."""
        found = self._hits.get(cue)
        if found is None:
            found = self._hits[cue] = []
            for place, patterns in self._candidates.get(cue, {}).items():
                found += self._hits_in(self._sentences[place], patterns)
        return found

    def hits_beside(self, cue: str, at: int) -> list[Hit]:
        """The hits of a cue in the sentence of unit `at` only: for cues that matter in few sentences."""
        place = bisect_right(self._sentences, at, key=itemgetter(0)) - 1
        if (cue, place) not in self._beside:
            patterns = self._candidates.get(cue, {}).get(place, [])
            self._beside[cue, place] = self._hits_in(self._sentences[place], patterns)
        return self._beside[cue, place]

    @cached_property
    def own_work(self) -> int:
        """Where the abstract begins to speak of its own work: the first unit of that sentence."""
        hits = self.hits("own-work")
        return self.sentence(hits[0].start)[0] if hits else self.body

    def in_background(self, at: int) -> bool:
        """Whether unit `at` stands in the background: in that section, or before the abstract's own work."""
        section = self.section(at)
        return section == "background" if section is not None else at < self.own_work

    def _hits_in(self, sentence: _Sentence, patterns: list[Pattern]) -> list[Hit]:
        units, (start, end, section) = self.units, sentence
        hits: list[Hit] = []
        traps: list[tuple[str, int, int]] = []
        for pattern in patterns:
            rule = pattern.rule
            where = rule.where
            if where is None or section in where or ("abstract" in where and section != "title"):
                for match in pattern.regex.finditer(units, start, end):
                    if rule.trap:
                        traps.append((rule.id, *match.span()))
                    else:
                        hits.append(Hit(rule, *match.span(), match.start(1) if match.lastindex else None))
        if traps:
            hits = [hit for hit in hits if not any(
                rule == hit.rule.id and low < hit.end and hit.start < high for rule, low, high in traps)]  # fmt: skip
        if len(hits) > 1:
            hits.sort(key=_in_order)
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
