"""What the rules say of a record, cue by cue: found when somebody asks for it, and kept."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import compress, repeat
from operator import and_, or_
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder
from crawler.tagging.terms import Rule, Search

#: what a text says so often it says; more is not read, so that no rule that compares all with all takes for ever
MOST_HITS = 200  # of a cue


class Hit(NamedTuple):
    """A rule that matched units `start` to `end` (exclusive); `number` is the unit of the captured number."""

    rule: Rule
    start: int
    end: int
    number: int | None = None


Sentence = tuple[
    int, int, int
]  # units from, to (exclusive); which patterns may match there, as bits of the index
_new_hit: Callable[[tuple[Rule, int, int, int | None]], Hit] = partial(tuple.__new__, Hit)


class Hits(dict[str, list[Hit]]):
    """Cue -> the hits of the rules with this cue, in the text's order; without those that a trap of their rule overlaps.

    It holds no more of the record than its units and sentences, so that a reading is gone with its last user.
    """

    def __init__(
        self, encoder: Encoder, units: str, body: int, section_starts: list[int], section_names: list[str]
    ):
        index = encoder.vocabulary.index
        super().__init__(index.nothing)
        self._index = index
        self._units = units
        self._sentences = sentences = self._cut(body, section_starts, section_names)
        self._beside: dict[tuple[str, int], list[Hit]] = {}
        self._bits = [bits for _, _, bits in sentences]
        anywhere = reduce(or_, self._bits, 0)
        for cue in compress(index.cues, map(and_, index.asked, repeat(anywhere))):
            del self[cue]  # to be searched for, if anybody asks

    def __missing__(self, cue: str) -> list[Hit]:
        found = self[cue] = self._search(cue, self._sentences, self._bits)
        return found

    def beside(self, cue: str, at: int) -> list[Hit]:
        """The hits of a cue in the sentence of unit `at` only: for cues that matter in few sentences."""
        place = bisect_right(self._sentences, (at, len(self._units))) - 1
        found = self._beside.get((cue, place))
        if found is None:
            sentence = self._sentences[place]
            found = self._beside[cue, place] = self._search(cue, [sentence], [sentence[2]])
        return found

    def _cut(self, body: int, section_starts: list[int], section_names: list[str]) -> list[Sentence]:
        """The sentences, and which patterns may match in each."""
        index = self._index
        met = index.met(self._units)
        sentences: list[Sentence] = []
        start, section = 0, "title"
        sections = zip([body, *section_starts], ["unlabelled", *section_names])  # noqa: B905 - equally long
        change, following = next(sections)
        for units in self._units.split(lex.STOP):
            end = start + len(units)
            while start >= change:
                section = following
                change, following = next(sections, (len(self._units) + 1, ""))
            if units:
                sentences.append((start, end, index.candidates(met[start:end], section)))
            start = end + 1
        return sentences

    def _search(self, cue: str, sentences: Sequence[Sentence], candidates: Sequence[int]) -> list[Hit]:
        """Run a cue's patterns in the sentences in which they may match; its traps only where there is something to trap.

        `candidates`: the sentences' bits.
        """
        units, decoded = self._units, self._index.decoded
        asked, traps = self._index.cues.get(cue, (0, 0))
        hits: list[Hit] = []
        to_trap: list[Sentence] = []
        for found, sentence in zip(map(and_, candidates, repeat(asked)), sentences):  # noqa: B905 - equally long
            if not found:
                continue
            start, end, bits = sentence
            before = len(hits)
            for rule, search in decoded[found]:
                match = search(units, start, end)
                while match and len(hits) < MOST_HITS:
                    low, high = match.span()
                    hits.append(_new_hit((rule, low, high, match.start(1) if match.lastindex else None)))
                    match = search(units, high, end)
            if (some := len(hits) - before) and traps & bits:
                to_trap.append(sentence)
            if some > 1:
                hits[before:] = sorted(hits[before:], key=_in_order)
            if len(hits) >= MOST_HITS:
                break
        for start, end, bits in to_trap:
            for rule, search in decoded[bits & traps]:
                hits = _untrapped(hits, rule, _spans(search, units, start, end))
        return hits


def _in_order(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.rule.id


def _spans(search: Search, units: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where a trap stands: in order, none over another."""
    spans = []
    match = search(units, start, end)
    while match:
        spans.append(match.span())
        match = search(units, match.end(), end)
    return spans


def _untrapped(hits: list[Hit], trap: Rule, spans: list[tuple[int, int]]) -> list[Hit]:
    def caught(hit: Hit) -> bool:
        before = bisect_left(spans, (hit.end,)) - 1
        return before >= 0 and spans[before][1] > hit.start

    return [hit for hit in hits if hit.rule.id != trap.id or not caught(hit)] if spans else hits
