"""From text to units: one character for each word, number or term, and the way back to the text's own characters."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import add, itemgetter
from typing import NamedTuple

from crawler.tagging import lexicon as lex
from crawler.tagging.terms import Vocabulary
from crawler.tagging.text import ENDS, LABEL_PIECES, MAX_CHARACTERS, NO_ENDS, SECTION_OF, label_end, split

#: pieces of a text with HTML in it: tags and entities (passed over), or anything else between blanks
_MARKED_UP = re.compile(r"(?P<skip></?[A-Za-z][^<>]{0,200}>|&\#?\w{1,8};)|[^\s<&]+|[<&]")
_CLOSING = frozenset(")]\"'”’»")
_CACHE_LIMIT = 200_000  # distinct pieces kept; hostile text must not fill the memory
_CODES, _MAY_END = itemgetter(0), itemgetter(4)


class Piece(NamedTuple):
    """What stands between two blanks: its tokens, where they are in it, and their characters.

    `codes` and `open_codes` differ if the piece may end a sentence: the first has a STOP there, the second a dot.
    """

    codes: str
    open_codes: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    may_end: bool


class Encoder(dict[str, Piece]):
    """A piece of text -> its tokens and characters. Most pieces recur, so each is looked at once."""

    def __init__(self, vocabulary: Vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.lexicon = vocabulary.lexicon

    def __missing__(self, piece: str) -> Piece:
        if len(self) > _CACHE_LIMIT:
            self.clear()
        made = self[piece] = self._make(piece)
        return made

    def _make(self, piece: str) -> Piece:
        words, starts, ends = split(piece)
        codes = [self.lexicon[word] for word in words]
        last = len(words) - 1
        while last > 0 and words[last] in _CLOSING:
            last -= 1
        closes = last >= 0 and words[last] in ENDS and not (last and words[last - 1].casefold() in NO_ENDS)
        inner = [self.lexicon.dot if code == lex.STOP else code for code in codes]
        closed = [*inner[:last], lex.STOP, *inner[last + 1 :]] if closes else inner
        return Piece(
            "".join(closed), "".join(inner), tuple(words), tuple(zip(starts, ends, strict=True)), closes
        )


class Field:
    """One field of a record: its text, and its tokens with their characters."""

    def __init__(self, encoder: Encoder, name: str, text: str):
        self.name = name
        self.text = text
        self._chunks, self._starts = _chunks(text[:MAX_CHARACTERS])
        if text.isupper():  # common words are known in small letters, abbreviations in capitals
            self._pieces = [_in_small_letters(encoder, chunk) for chunk in self._chunks]
        else:
            self._pieces = list(map(encoder.__getitem__, self._chunks))
        codes = list(map(_CODES, self._pieces))
        ends = [at for at, closes in enumerate(map(_MAY_END, self._pieces)) if closes]
        for at in ends:
            if at + 1 < len(codes) and self._chunks[at + 1][0].islower():
                codes[at] = self._pieces[at][1]
        self.sections = self._unlabelled(codes, ends) if name == "abstract" else []
        self.codes = "".join(codes) + lex.STOP
        self._lengths = map(len, codes)
        self._ends: list[int] = []  # of each chunk, in tokens

    def _unlabelled(self, codes: list[str], ends: list[int]) -> list[tuple[int, str]]:
        """Turn the labels of a structured abstract into sentence ends; (character, section) from where on each holds."""
        found: list[tuple[int, str]] = []
        for start in (0, *(at + 1 for at in ends if codes[at] is self._pieces[at][0])):
            first = self._pieces[start].words[:1] if start < len(codes) else ()
            section = SECTION_OF.get(first[0].casefold()) if first and first[0][0].isupper() else None
            if section is None:
                continue
            words = [word for piece in self._pieces[start : start + LABEL_PIECES] for word in piece.words]
            if not (length := label_end(words, 0)):
                continue
            found.append((sum(map(len, codes[:start])), section))
            for at in range(start, start + LABEL_PIECES):
                here = len(codes[at])
                codes[at] = lex.STOP * min(length, here) + codes[at][length:]
                length -= here
                if length <= 0:
                    break
        return found

    def span(self, token: int) -> tuple[int, int]:
        """Where a token stands in the text."""
        if not self._ends:
            self._ends = [*accumulate(self._lengths), len(self.codes)]
            self._starts = self._starts or _starts(self.text, self._chunks)
        at = bisect_right(self._ends, token)
        if at >= len(self._pieces):
            return len(self.text), len(self.text)
        start, end = self._pieces[at].spans[token - (self._ends[at - 1] if at else 0)]
        return self._starts[at] + start, self._starts[at] + end


def _in_small_letters(encoder: Encoder, chunk: str) -> Piece:
    small, large = encoder[chunk.lower()], encoder[chunk]
    if len(small.codes) != len(large.codes):
        return large
    codes, open_codes = (
        "".join(one if one != lex.WORD else other for one, other in zip(*pair, strict=True))
        for pair in ((small.codes, large.codes), (small.open_codes, large.open_codes))
    )
    return large._replace(codes=codes, open_codes=open_codes)


def _chunks(text: str) -> tuple[list[str], list[int]]:
    """What stands between blanks (line breaks stay); where each starts, if that is known by now."""
    if "<" not in text and "&" not in text:
        if "\n" not in text:
            return text.split(), []
        return [chunk for line in text.split("\n") for chunk in (*line.split(), "\n")][:-1], []
    found = [match for match in _MARKED_UP.finditer(text) if not match["skip"]]
    return [match[0] for match in found], [match.start() for match in found]


def _starts(text: str, chunks: Sequence[str]) -> list[int]:
    if " ".join(chunks) == text:
        return list(map(add, accumulate(map(len, chunks), initial=0), range(len(chunks))))
    starts, at = [], 0
    for chunk in chunks:
        at = text.index(chunk, at)
        starts.append(at)
        at += len(chunk)
    return starts


class Units:
    """Units are words, numbers and terms (which may be several words); unit n is the n-th character of `units`.

    Title and abstract are one row of units; those before `body` are the title's. Labels of sections are no units
    but sentence ends: `section_starts` and `section_names` say what stands where.
    """

    def __init__(self, encoder: Encoder, title: str, abstract: str):
        self.vocabulary = encoder.vocabulary
        self.title, self.abstract = Field(encoder, "title", title), Field(encoder, "abstract", abstract)
        codes = self.title.codes + self.abstract.codes
        self._body_token = len(self.title.codes)
        self._long_tokens: list[int] = []  # where terms of several words start, in tokens
        self._long_units: list[int] = []  # the same in units
        self._saved: list[int] = []  # how many tokens more than units there are after each
        self.units = self._merged(codes)
        self.body = self._unit(self._body_token)
        self._sections = self.abstract.sections
        self._section_starts = [self._unit(self._body_token + token) for token, _ in self._sections]

    def _merged(self, codes: str) -> str:
        """The characters with each term's words as one: the longest term that starts at a place."""
        trie = self.vocabulary.trie
        pieces: list[str] = []
        done = saved = 0
        for candidate in self.vocabulary.starts.finditer(codes):
            at = candidate.start()
            if at < done:
                continue
            node, found, end = trie.get(codes[at]), "", at
            position = at + 1
            while node is not None:
                if "" in node:
                    found, end = node[""], position
                node = node.get(codes[position]) if position < len(codes) else None
                position += 1
            if end == at:
                end = self._number_end(codes, at)
                if end == at:
                    continue
                found = lex.NUMBER
            pieces += (codes[done:at], found)
            done = end
            if end - at > 1:
                self._long_tokens.append(at)
                self._long_units.append(at - saved)
                saved += end - at - 1
                self._saved.append(saved)
        return "".join([*pieces, codes[done:]])

    def _unit(self, token: int) -> int:
        """The unit that a token (no later word of a term) is."""
        longer = bisect_left(self._long_tokens, token)
        return token - (self._saved[longer - 1] if longer else 0)

    def _token(self, unit: int) -> int:
        """The first token of a unit."""
        longer = bisect_left(self._long_units, unit)
        return unit + (self._saved[longer - 1] if longer else 0)

    def _number_end(self, codes: str, at: int) -> int:
        """The token after a number in words that starts at token `at` ("one hundred and twenty-seven")."""
        known = self.vocabulary
        while codes[at] in known.number_words:
            at += 1
            joined = codes[at] == known.number_joint and codes[at - 1] in known.number_powers
            if joined and codes[at + 1 : at + 2] in known.number_words:
                at += 1
        return at

    def span(self, start: int, end: int) -> tuple[str, int, int]:
        """(field, start, end): where units `start` to `end` (exclusive) stand, in characters of the field."""
        first, last = self._token(start), self._token(end) - 1
        if first < self._body_token:
            field, offset, last = self.title, 0, min(last, self._body_token - 1)
        else:
            field, offset = self.abstract, self._body_token
        return field.name, field.span(first - offset)[0], field.span(last - offset)[1]

    def text(self, start: int, end: int) -> str:
        """The record's own words of units `start` to `end` (exclusive)."""
        field, first, last = self.span(start, end)
        return self.field_text(field)[first:last]

    def field_text(self, field: str) -> str:
        """The whole text of "title" or "abstract"."""
        return (self.title if field == "title" else self.abstract).text

    def between(self, before: int, after: int) -> str | None:
        """The characters between two units of one field; None where they stand in two."""
        field, _, end = self.span(before, before + 1)
        other, start, _ = self.span(after, after + 1)
        return self.field_text(field)[end:start] if field == other else None

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last-but-one unit of the sentence that unit `at` stands in."""
        end = self.units.find(lex.STOP, at)
        return self.units.rfind(lex.STOP, 0, at) + 1, end if end >= 0 else len(self.units)

    def section(self, at: int) -> str | None:
        """background, objective, methods, results, conclusions, registration; "title"; None if not labelled."""
        if at < self.body:
            return "title"
        index = bisect_right(self._section_starts, at) - 1
        return self._sections[index][1] if index >= 0 else None
