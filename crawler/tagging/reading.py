"""One record's text, read once: encoded, its terms found, its sections known, every rule's hits at hand."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.terms import Rule, Term, Vocabulary
from crawler.tagging.text import SECTION_OF, ends_sentence, label_end, split
from store.records import Tag

_MAX_TERM = 12  # words of the longest phrase


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
            Mention(term, match.start())
            for match in vocabulary.mentioned.finditer(self.units)
            if (term := vocabulary.by_char.get(match[0]))
        ]
        self._section_starts = [bisect_right(self._first, token) - 1 for token, _ in self._labels]
        self.hits: dict[str, list[Hit]] = self._all_hits()

    # -- from text to units

    def _take(self, text: str) -> str:
        """Take in the tokens of one field; their characters, with a STOP after them."""
        words, starts, ends = split(text)
        lookup = self.vocabulary.lexicon
        if text.isupper():  # common words are known in small letters, abbreviations in capitals
            codes = [lookup[small] if lookup[small] != lex.WORD else lookup[word]
                     for word, small in zip(words, map(str.lower, words), strict=True)]  # fmt: skip
        else:
            codes = list(map(lookup.__getitem__, words))
        at = -1
        for _ in range(codes.count(lex.STOP)):
            at = codes.index(lex.STOP, at + 1)
            if words[at] != "\n" and not ends_sentence(text, ends[at], words[at - 1] if at else ""):
                codes[at] = lookup.dot
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

    def between(self, before: int, after: int) -> str | None:
        """The characters between two units of one field; None where they stand in two."""
        field, _, end = self.span(before, before + 1)
        other, start, _ = self.span(after, after + 1)
        return self.texts[field][end:start] if field == other else None

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

    def _all_hits(self) -> dict[str, list[Hit]]:
        """The hits of every rule, by cue, in the text's order; those that a trap overlaps are left out."""
        found: dict[str, list[Hit]] = {}
        start = 0
        while start < len(self.units):
            end = self.units.find(lex.STOP, start)
            end = len(self.units) if end < 0 else end
            if end > start:
                self._hits_in(start, end, found)
            start = end + 1
        return found

    def _hits_in(self, start: int, end: int, found: dict[str, list[Hit]]) -> None:
        """Add the hits of one sentence, units `start` to `end`. A hit that a trap of its own rule overlaps is none."""
        section = self.section(start) or "unlabelled"
        here: list[Hit] = []
        traps: dict[str, list[tuple[int, int]]] = {}
        for pattern in self.vocabulary.index.candidates(self.units[start:end]):
            rule = pattern.rule
            if (
                rule.where is None
                or section in rule.where
                or ("abstract" in rule.where and section != "title")
            ):
                for match in pattern.regex.finditer(self.units, start, end):
                    if rule.trap:
                        traps.setdefault(rule.id, []).append(match.span())
                    else:
                        number = match.start(1) if match.lastindex else None
                        here.append(Hit(rule, *match.span(), number))
        for hit in sorted(here, key=lambda hit: (hit.start, -hit.end, hit.rule.id)):
            barred = traps.get(hit.rule.id)
            if barred is None or not any(low < hit.end and hit.start < high for low, high in barred):
                found.setdefault(hit.rule.cue, []).append(hit)

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
