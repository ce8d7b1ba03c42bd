"""One record's text, read once: its terms found, its sections known, every rule's hits at hand when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import cached_property, partial
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


_new_mention: Callable[[tuple[Term, int]], Mention] = partial(tuple.__new__, Mention)


class Reading(Units):
    """The units of a record, the terms among them, and what the rules say of them."""

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        super().__init__(encoder, title, abstract)
        self._groups = self._find()
        if "short" in self._groups:
            self._resolve_abbreviations()
            self._groups = self._find()
        for name, mentions in self._groups.items():
            if len(mentions) > _MOST_MENTIONS:
                self._groups[name] = mentions[:_MOST_MENTIONS]
        self._sentences = self._cut()
        self._hits = Hits(self.vocabulary.index, self.units, self._sentences)
        #: cue -> the hits of the rules with this cue, in the text's order
        self.hits: Callable[[str], list[Hit]] = self._hits.__getitem__
        self._beside: dict[tuple[str, int], list[Hit]] = {}

    def _find(self) -> dict[str, list[Mention]]:
        """Group -> the mentions of its terms, in the text's order."""
        by_char = self.vocabulary.by_char
        groups: dict[str, list[Mention]] = {}
        self.terms: dict[int, Term] = {}  # by unit
        for match in self.vocabulary.mentioned.finditer(self.units):
            at = match.start()
            term = self.terms[at] = by_char[match[0]]
            mention = _new_mention((term, at))
            if term.group in groups:
                groups[term.group].append(mention)
            else:
                groups[term.group] = [mention]
        return groups

    def _resolve_abbreviations(self) -> None:
        """An abbreviation of several terms is the one that the record spells out most often; else a mere word."""
        told = Counter(mention.term.name for mention in chain.from_iterable(self._groups.values()))
        for char, name in {
            self.units[mention.at]: mention.term.name for mention in self._groups["short"]
        }.items():
            best = max(self.vocabulary.shared[name], key=lambda term: told[term.name])
            self.units = self.units.replace(char, best.char if told[best.name] else lex.WORD)

    def _cut(self) -> list[Sentence]:
        """The sentences, and which patterns may match in each."""
        index = self.vocabulary.index
        met = index.met(self.units)
        sentences: list[Sentence] = []
        start, section = 0, "title"
        sections = iter([(self.body, "unlabelled"), *zip(self._section_starts, map(itemgetter(1), self.abstract.sections))])  # fmt: skip  # noqa: B905
        change, following = next(sections)
        for units in self.units.split(lex.STOP):
            end = start + len(units)
            while start >= change:
                section = following
                change, following = next(sections, (len(self.units) + 1, ""))
            if units:
                sentences.append((start, end, index.candidates(met[start:end], section)))
            start = end + 1
        return sentences

    # -- what the rules ask

    def mentions_of(self, group: str) -> list[Mention]:
        """The mentions of a group's terms, in order."""
        return self._groups.get(group, [])

    def named(self, name: str) -> Mention | None:
        """The first mention of one term: "population.controls"."""
        for mention in self._groups.get(name.partition(".")[0], ()):
            if mention.term.name == name:
                return mention
        return None

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
            sentence = self._sentences[place]
            found = self._beside[cue, place] = self._hits.search(cue, [sentence], [sentence[2]])
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
        text = self.title.text if field == "title" else self.abstract.text
        return Tag(dimension, value, field, first, last, text[first:last], rule,
                   round(sure if confidence is None else confidence, 2), detail)  # fmt: skip
