"""One record's text, read once: its terms found, its sections known, every rule's hits at hand when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from itertools import chain

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder
from crawler.tagging.engine import Hits, Units, find
from crawler.tagging.hits import Hit
from crawler.tagging.mentions import Mention
from store.records import Tag

_MOST_MENTIONS = 500  # of a group's terms; see `hits` for why there is a most


__all__ = ["Hit", "Mention", "Reading"]


class Reading(Units):
    """The units of a record, the terms among them, and what the rules say of them."""

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        super().__init__(encoder, title, abstract)
        self.terms, self._groups = find(encoder, self.units)  # terms by unit
        if "short" in self._groups:
            self._resolve_abbreviations()
            self.terms, self._groups = find(encoder, self.units)
        for name, mentions in self._groups.items():
            if len(mentions) > _MOST_MENTIONS:
                self._groups[name] = mentions[:_MOST_MENTIONS]
        hits = Hits(encoder, self.units, self.body, self.section_starts, self.section_names)
        #: cue -> the hits of the rules with this cue, in the text's order
        self.hits: Callable[[str], list[Hit]] = hits.__getitem__
        #: cue, unit -> those in the sentence of that unit only: for cues that matter in few sentences
        self.hits_beside: Callable[[str, int], list[Hit]] = hits.beside

    def _resolve_abbreviations(self) -> None:
        """An abbreviation of several terms is the one that the record spells out most often; else a mere word."""
        told = Counter(mention.term.name for mention in chain.from_iterable(self._groups.values()))
        for char, name in {
            self.units[mention.at]: mention.term.name for mention in self._groups["short"]
        }.items():
            best = max(self.vocabulary.shared[name], key=lambda term: told[term.name])
            self.units = self.units.replace(char, best.char if told[best.name] else lex.WORD)

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
        text = self.field_text(field)
        return Tag(dimension, value, field, first, last, text[first:last], rule,
                   round(sure if confidence is None else confidence, 2), detail)  # fmt: skip
