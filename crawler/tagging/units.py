"""The units of a record: its words, numbers and terms, one character each; and where each stands in the text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from crawler.tagging import lexicon as lex
from crawler.tagging.encoding import Encoder, Field

FAR = 500  # no sentence goes on for longer, in either direction


class Units:
    """Units are words, numbers and terms (which may be several words); unit n is the n-th character of `units`.

    Title and abstract are one row of units; those before `body` are the title's. Labels of sections are no units
    but sentence ends.
    """

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        self.vocabulary = encoder.vocabulary
        self._title, self._abstract = Field(encoder, "title", title), Field(encoder, "abstract", abstract)
        self._body_token = len(self._title.codes)
        self._long_units: list[int] = []  # where terms of several words stand, in units
        self._long_tokens: list[int] = []  # the same in tokens
        self._saved: list[int] = []  # how many tokens more than units there are after each
        self.units = self._merged(self._title.codes + self._abstract.codes)
        self.body = self._unit(self._body_token)
        self.section_starts = [self._unit(self._body_token + token) for token, _ in self._abstract.sections]
        self.section_names = [name for _, name in self._abstract.sections]

    def _merged(self, codes: str) -> str:
        """The characters with each term of several words as one: the longest that starts at a place."""
        pairs, numbers = self.vocabulary.pairs, self.vocabulary.number_words
        parts: list[str] = []
        done = saved = 0
        for match in self.vocabulary.starts.finditer(codes):
            at = match.start()
            if codes[at : at + 2] not in pairs or at < done:
                continue
            end, found = self._term(codes, at)
            if end == at:
                if codes[at] not in numbers:
                    continue
                end, found = self._number_end(codes, at), lex.NUMBER
                if end - at == 1:  # "two" stays a word that patterns know
                    continue
            parts += (codes[done:at], found)
            done = end
            self._long_tokens.append(at)
            self._long_units.append(at - saved)
            saved += end - at - 1
            self._saved.append(saved)
        return "".join([*parts, codes[done:]]) if parts else codes

    def _term(self, codes: str, at: int) -> tuple[int, str]:
        """Where the longest term of several words that starts at token `at` ends, and its character; else `at`."""
        node, found, end = self.vocabulary.trie.get(codes[at]), "", at
        position = at + 1
        while node is not None and position < len(codes):
            node = node.get(codes[position])
            position += 1
            if node is not None and "" in node:
                found, end = node[""], position
        return end, found

    def _number_end(self, codes: str, at: int) -> int:
        """The token after a number in words that starts at token `at` ("one hundred and twenty-seven")."""
        known = self.vocabulary
        while codes[at] in known.number_words:
            at += 1
            joined = codes[at] == known.number_joint and codes[at - 1] in known.number_powers
            if joined and codes[at + 1 : at + 2] in known.number_words:
                at += 1
        return at

    def _unit(self, token: int) -> int:
        """The unit that a token (no later word of a term) is."""
        longer = bisect_left(self._long_tokens, token)
        return token - (self._saved[longer - 1] if longer else 0)

    def span(self, start: int, end: int) -> tuple[str, int, int]:
        """(field, start, end): where units `start` to `end` (exclusive) stand, in characters of the field."""
        first, last, body = start, end - 1, self._body_token
        if saved := self._saved:
            if longer := bisect_left(self._long_units, start):
                first += saved[longer - 1]
            if longer := bisect_left(self._long_units, end):
                last += saved[longer - 1]
        if first < body:
            return "title", *self._title.span(first, last if last < body else body - 1)
        return "abstract", *self._abstract.span(first - body, last - body)

    def word(self, at: int) -> str:
        """The record's own words of unit `at`."""
        token = at
        if self._saved:
            longer = bisect_left(self._long_units, at)
            if longer < len(self._long_units) and self._long_units[longer] == at:
                return self.text(at, at + 1)
            if longer:
                token += self._saved[longer - 1]
        body = self._body_token
        return self._title.word(token) if token < body else self._abstract.word(token - body)

    def text(self, start: int, end: int) -> str:
        """The record's own words of units `start` to `end` (exclusive)."""
        field, first, last = self.span(start, end)
        return (self._title if field == "title" else self._abstract).text[first:last]

    def field_text(self, field: str) -> str:
        """The whole text of "title" or "abstract"."""
        return (self._title if field == "title" else self._abstract).text

    def between(self, before: int, after: int) -> str | None:
        """The characters between two units of one field; None where they stand in two."""
        field, _, end = self.span(before, before + 1)
        other, start, _ = self.span(after, after + 1)
        return self.field_text(field)[end:start] if field == other else None

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last-but-one unit of the sentence that unit `at` stands in, as far as FAR units away."""
        first, last = max(0, at - FAR), min(len(self.units), at + FAR)
        start, end = self.units.rfind(lex.STOP, first, at), self.units.find(lex.STOP, at, last)
        return start + 1 if start >= 0 else first, end if end >= 0 else last

    def section(self, at: int) -> str | None:
        """background, objective, methods, results, conclusions, registration; "title"; None if not labelled."""
        if at < self.body:
            return "title"
        index = bisect_right(self.section_starts, at) - 1
        return self.section_names[index] if index >= 0 else None
