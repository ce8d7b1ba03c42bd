"""One record's text, read once: encoded, its terms found, its sections known, every rule's hits at hand."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.tagging import lexicon as lex
from crawler.tagging.text import ENDS, SECTION_OF, ends_sentence, label_end, split
from crawler.tagging.vocabulary import Pattern, Rule, Term, Vocabulary
from store.records import Tag

_CAPITALS = 0.7  # a text of which so many letters are capitals is written in capitals
_MAX_TERM = 12  # words of the longest phrase


@dataclass(slots=True, frozen=True)
class Hit:
    """A rule that matched units `start` to `end` (exclusive); `number` is the unit of the captured number."""

    rule: Rule
    start: int
    end: int
    number: int | None = None


@dataclass(slots=True, frozen=True)
class Mention:
    """A term at unit `at`."""

    term: Term
    at: int


class Reading:
    """Units are words, numbers and terms (which may be several words); unit n is the n-th character of `units`.

    Title and abstract are one row of units; those before `body` are the title's.
    """

    def __init__(self, vocabulary: Vocabulary, title: str, abstract: str):
        self.vocabulary = vocabulary
        self.texts = {"title": title, "abstract": abstract}
        self.words, self._starts, self._ends = [], [], []  # type: list[str], list[int], list[int]
        title_codes = self._take(title)
        self._body_token = len(self.words)
        codes = title_codes + self._take(abstract)
        self._labels: list[tuple[int, str]] = []  # (token, section) from which on it holds
        codes = self._without_labels(codes)
        self._first: list[int] = []  # unit -> its first token
        self.units = self._merge(codes)
        self._first.append(len(self.words))
        self.body = bisect_right(self._first, self._body_token - 1) if self._body_token else 0
        self._resolve_abbreviations()
        self.mentions = [
            Mention(term, at) for at, char in enumerate(self.units) if (term := vocabulary.by_char.get(char))
        ]
        self._section_starts = [bisect_right(self._first, token) - 1 for token, _ in self._labels]
        self._present = set(self.units)
        self.hits: dict[str, list[Hit]] = self._all_hits()

    # -- from text to units

    def _take(self, text: str) -> str:
        words, starts, ends = split(text)
        letters = [word for word in words if len(word) > 3 and word[0].isalpha()]
        shouting = len(letters) > 2 and sum(map(str.isupper, letters)) > _CAPITALS * len(letters)
        lookup = self.vocabulary.lexicon
        codes = list(map(lookup.__getitem__, map(str.lower, words) if shouting else words))
        if shouting:  # abbreviations are known in capitals only
            for at, code in enumerate(codes):
                if code == lex.WORD:
                    codes[at] = lookup[words[at]]
        for at, word in enumerate(words):
            if word in ENDS and (word == "\n" or ends_sentence(text, ends[at], words[at - 1] if at else "")):
                codes[at] = lex.STOP
            elif codes[at] == lex.STOP:
                codes[at] = lex.SIGN
        self.words += [*words, ""]
        self._starts += [*starts, len(text)]
        self._ends += [*ends, len(text)]
        return "".join(codes) + lex.STOP

    def _without_labels(self, codes: str) -> str:
        at = self._body_token
        pieces, done = [], 0
        while 0 <= at < len(codes) - 1:
            word = self.words[at]
            if word[:1].isupper() and (section := SECTION_OF.get(word.casefold())):
                end = label_end(self.words, at)
                if end:
                    self._labels.append((at, section))
                    pieces += [codes[done:at], lex.STOP * (end - at)]
                    done = end
            stop = codes.find(lex.STOP, max(at, done))
            at = stop + 1 if stop >= 0 else -1
        return "".join([*pieces, codes[done:]])

    def _merge(self, codes: str) -> str:
        vocabulary, first = self.vocabulary, self._first
        units: list[str] = []
        done = 0
        for candidate in vocabulary.starts.finditer(codes):
            at = candidate.start()
            if at < done:
                continue
            char, end = self._longest(codes, at)
            if end == at:
                continue
            units += [codes[done:at], char]
            first.extend(range(done, at + 1))
            done = end
        first.extend(range(done, len(codes)))
        return "".join([*units, codes[done:]])

    def _longest(self, codes: str, at: int) -> tuple[str, int]:
        node, found, end = self.vocabulary.trie, "", at
        for position in range(at, min(at + _MAX_TERM, len(codes))):
            node = node.get(codes[position])  # type: ignore[assignment]
            if node is None:
                break
            if "" in node:
                found, end = node[""][0].char, position + 1
        if end == at and codes[at] in self.vocabulary.number_words:
            end = at + 1
            while end < len(codes) and codes[end] in self.vocabulary.number_words:
                end += 1
            found = lex.NUMBER
        return found, end

    def _resolve_abbreviations(self) -> None:
        for char in {char for char in self.units if char in self.vocabulary.shared}:
            known = [term for term in self.vocabulary.shared[char] if term.char in self.units]
            best = max(known, key=lambda term: self.units.count(term.char), default=None)
            if best is None:
                best = next(
                    (term for term in self.vocabulary.shared[char] if term.more.get("unless_expanded")), None
                )
            self.units = self.units.replace(char, best.char if best else lex.WORD)

    # -- what the rules ask

    def text(self, start: int, end: int) -> str:
        """The record's own words of units `start` to `end` (exclusive)."""
        field, first, last = self.span(start, end)
        return self.texts[field][first:last]

    def span(self, start: int, end: int) -> tuple[str, int, int]:
        """(field, start, end): where units `start` to `end` (exclusive) stand, in characters of the field."""
        first, last = self._first[start], self._first[end] - 1
        if first < self._body_token <= last:
            last = self._body_token - 1
        field = "title" if first < self._body_token else "abstract"
        return field, self._starts[first], self._ends[last]

    def gap(self, before: int, after: int) -> str:
        """The characters between unit `before` and the next unit, `after`, of the same field."""
        field, _, end = self.span(before, before + 1)
        return self.texts[field][end : self.span(after, after + 1)[1]]

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last-but-one unit of the sentence that unit `at` stands in."""
        end = self.units.find(lex.STOP, at)
        return self.units.rfind(lex.STOP, 0, at) + 1, end if end >= 0 else len(self.units)

    def section(self, at: int) -> str | None:
        """background, objective, methods, results, conclusions, registration; "title"; None if not labelled."""
        if at < self.body:
            return "title"
        index = bisect_right(self._section_starts, at) - 1
        return self._labels[index][1] if index >= 0 else None

    @property
    def labelled(self) -> bool:
        """Whether the abstract has sections."""
        return len(self._labels) > 1

    def mentions_of(self, group: str) -> list[Mention]:
        """All mentions of a group's terms, in order."""
        return [mention for mention in self.mentions if mention.term.group == group]

    def find(
        self, pattern: Pattern, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, int, int | None]]:
        """(start, end, captured number) of each match within the units given."""
        if all(not self._present.isdisjoint(need) for need in pattern.needs):
            for match in pattern.regex.finditer(self.units, start, len(self.units) if end is None else end):
                yield match.start(), match.end(), match.start(1) if match.lastindex else None

    def _all_hits(self) -> dict[str, list[Hit]]:
        present, found = self._present, defaultdict(list)
        units, anchors = self.units, self.vocabulary.anchors
        seen: set[int] = set()
        for char in present:
            for rule, pattern in anchors.get(char, ()):
                if id(pattern) in seen:
                    continue
                seen.add(id(pattern))
                if any(present.isdisjoint(need) for need in pattern.needs[1:]):
                    continue
                for match in pattern.regex.finditer(units):
                    hit = Hit(rule, match.start(), match.end(), match.start(1) if match.lastindex else None)
                    if rule.where is None or self._stands_in(rule.where, hit.start):
                        found[rule.cue].append(hit)
        return {cue: kept for cue, hits in found.items() if (kept := self._without_traps(cue, hits))}

    def _stands_in(self, where: frozenset[str], at: int) -> bool:
        section = self.section(at)
        return section in where or (section != "title" and "abstract" in where)

    def _without_traps(self, cue: str, hits: list[Hit]) -> list[Hit]:
        traps = [trap for pattern in self.vocabulary.traps.get(cue, ()) for trap in self.find(pattern)]
        kept = [
            hit for hit in hits if not any(start < hit.end and hit.start < end for start, end, _ in traps)
        ]
        return sorted(kept, key=lambda hit: (hit.start, -hit.end))

    def tag(self, dimension: str, value: str, hit: Hit | Mention, confidence: float | None = None, rule: str = "",
            detail: dict[str, object] | None = None) -> Tag:  # fmt: skip
        """A tag whose evidence are the words of a hit or a mention."""
        if isinstance(hit, Hit):
            start, end, rule, sure = hit.start, hit.end, rule or hit.rule.id, hit.rule.confidence
        else:
            start, end, rule, sure = hit.at, hit.at + 1, rule or hit.term.name, 0.9
        field, first, last = self.span(start, end)
        return Tag(dimension, value, field, first, last, self.texts[field][first:last], rule,
                   round(sure if confidence is None else confidence, 2), detail)  # fmt: skip
