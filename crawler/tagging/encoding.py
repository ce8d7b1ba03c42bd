"""From text to characters: one for each word, number and sign of a field, and the way back to the field's own text.

A text is cut at its blanks; each piece between two blanks is looked up in a dictionary that remembers what it was
encoded to the last time. So most of the work on a text is done by `str.split`, a dictionary and `str.join`. What
depends on a piece's neighbours is written into its characters as marks, and settled on the joined string at once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from crawler.tagging import lexicon as lex
from crawler.tagging.terms import Vocabulary
from crawler.tagging.text import (
    ENDS,
    LABEL_PIECES,
    MARKUP,
    MAX_CHARACTERS,
    NO_ENDS,
    SECTION_OF,
    label_end,
    split,
)

#: pieces of a text with HTML in it: tags and entities (passed over), or anything else between blanks
_MARKED_UP = re.compile(rf"(?P<skip>{MARKUP})|[^\s<&]+|[<&\n]")
_HTML = re.compile(MARKUP)
_CLOSING = frozenset(")]\"'”’»")
_KEPT_PIECES, _KEPT_LENGTH = 100_000, 60  # hostile text must not fill the memory

# Marks in the characters of a piece; none is left in a field's.
_SMALL = "l"  # before a piece that begins with a small letter: no sentence ends before it
_LABEL = "b"  # before a piece that begins as the label of a section does
_CLOSED = "e"  # after the brackets and quotation marks that follow the end of a sentence
_NOTHING = "o"  # a piece without words: a dash
#: the end of a sentence that is none: a small letter follows
_NO_END = re.compile(rf"\{lex.STOP}(?={_SMALL}|[^{lex.STOP}{_SMALL}{_CLOSED}]*{_CLOSED}{_SMALL})")
_LABEL_AT = re.compile(rf"(?:^|\{lex.STOP}(?:[^{lex.STOP}{_LABEL}{_CLOSED}{_NOTHING}]*{_CLOSED})?){_LABEL}")
_MARKS = re.compile(f"[{_LABEL}{_CLOSED}{_NOTHING}]")

Span = tuple[int, int]


class _Spans(dict[str, tuple[Span, ...]]):
    """A piece of text -> where each of its tokens stands in it."""

    def __missing__(self, piece: str) -> tuple[Span, ...]:
        _, starts, ends = split(piece)
        spans = tuple(zip(starts, ends, strict=True))
        if len(piece) <= _KEPT_LENGTH:
            if len(self) >= _KEPT_PIECES:
                self.clear()
            self[piece] = spans
        return spans


class _Lengths(dict[str, int]):
    """A piece of text -> how many tokens it has."""

    def __init__(self, spans: _Spans):
        super().__init__()
        self._spans = spans

    def __missing__(self, piece: str) -> int:
        length = len(self._spans[piece])
        if len(piece) <= _KEPT_LENGTH:
            if len(self) >= _KEPT_PIECES:
                self.clear()
            self[piece] = length
        return length


class Encoder(dict[str, str]):
    """A piece of text -> its characters, with marks. Most pieces recur, so each is looked at once."""

    def __init__(self, vocabulary: Vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.lexicon = vocabulary.lexicon
        self.spans = _Spans()
        self.lengths = _Lengths(self.spans)
        self._shared: dict[str, str] = {}  # one object for each: most pieces are a word that no pattern names

    def __missing__(self, piece: str) -> str:
        codes = self._encode(piece)
        if len(piece) <= _KEPT_LENGTH:
            if len(self) >= _KEPT_PIECES:
                self.clear()
                self._shared.clear()
            self[piece] = codes = self._shared.setdefault(codes, codes)
        return codes

    def _encode(self, piece: str) -> str:
        words = [piece[start:end] for start, end in self.spans[piece]]
        if not words:
            return _NOTHING
        dot = self.lexicon.dot
        codes = [dot if (code := self.lexicon[word]) == lex.STOP else code for word in words]
        last = len(words) - 1
        while last > 0 and words[last] in _CLOSING:
            last -= 1
        if words[last] in ENDS and not (last and words[last - 1].casefold() in NO_ENDS):
            codes[last] = lex.STOP
            if last < len(words) - 1:
                codes.append(_CLOSED)
        if words[0][0].isupper() and words[0].casefold() in SECTION_OF:
            codes.insert(0, _LABEL)
        return _SMALL * piece[0].islower() + "".join(codes)

    def in_small_letters(self, piece: str) -> str:
        """The characters of a piece of a text that is all in capitals: common words are known in small letters."""
        large, small = self[piece], self[piece.lower()].removeprefix(_SMALL)
        mark = _LABEL * large.startswith(_LABEL)
        large = large.removeprefix(_LABEL)
        if len(small) == len(large):
            large = "".join(
                one if one != lex.WORD else other for one, other in zip(small, large, strict=True)
            )
        return mark + large


class Field:
    """One field of a record: its text, and its tokens as characters (`codes`, with a STOP at the end).

    `sections`: (token, name) of each labelled section of a structured abstract; the labels themselves are STOPs.
    """

    def __init__(self, encoder: Encoder, name: str, text: str):
        self.name = name
        self.text = text
        self.sections: list[tuple[int, str]] = []
        self._encoder = encoder
        self._token_ends: list[int] = []  # of each piece
        self._pieces, self._starts = _pieces(text[:MAX_CHARACTERS])
        encode = encoder.in_small_letters if text.isupper() else encoder.__getitem__
        codes = "".join(map(encode, self._pieces))
        codes = _NO_END.sub(encoder.lexicon.dot, codes).replace(_SMALL, "")
        if name == "abstract" and _LABEL in codes:
            codes = self._without_labels(codes)
        self.codes = codes.replace(_LABEL, "").replace(_CLOSED, "").replace(_NOTHING, "") + lex.STOP

    def _without_labels(self, codes: str) -> str:
        """Note the sections; turn their labels into sentence ends."""
        labels: list[tuple[int, int]] = []  # first token, number of tokens
        token = read = 0
        for match in _LABEL_AT.finditer(codes):
            token += len(_MARKS.sub("", codes[read : match.end()]))
            read = match.end()
            place = bisect_right(self._ends(), token)
            pieces = self._pieces[place : place + LABEL_PIECES]
            words = [piece[start:end] for piece in pieces for start, end in self._encoder.spans[piece]]
            if length := label_end(words, 0):
                labels.append((token, length))
                self.sections.append((token, SECTION_OF[words[0].casefold()]))
        parts, done = [], 0
        codes = _MARKS.sub("", codes)
        for token, length in labels:
            parts += [codes[done:token], lex.STOP * length]
            done = token + length
        return "".join([*parts, codes[done:]])

    def _ends(self) -> list[int]:
        """The token after each piece."""
        if not self._token_ends:
            self._token_ends = list(accumulate(map(self._encoder.lengths.__getitem__, self._pieces)))
        return self._token_ends

    def span(self, first: int, last: int) -> Span:
        """Where tokens `first` to `last` (inclusive) stand in the text."""
        ends = self._token_ends or self._ends()
        starts = self._starts = self._starts or _starts(self.text, self._pieces)
        at = bisect_right(ends, first)
        if at == len(ends):
            return len(self.text), len(self.text)
        spans = self._encoder.spans
        start, end = spans[self._pieces[at]][first - (ends[at - 1] if at else 0)]
        offset = starts[at] + at
        start += offset
        if last == first:
            return start, offset + end
        at = bisect_right(ends, last, at)
        if at == len(ends):
            return start, len(self.text)
        return start, starts[at] + at + spans[self._pieces[at]][last - (ends[at - 1] if at else 0)][1]


def _pieces(text: str) -> tuple[list[str], list[int]]:
    """What stands between blanks (line breaks stay); where each starts (see `_starts`), if that is known by now."""
    if ("<" in text or "&" in text) and _HTML.search(text):
        found = [match for match in _MARKED_UP.finditer(text) if not match["skip"]]
        return [match[0] for match in found], [match.start() - at for at, match in enumerate(found)]
    if "\n" in text:
        return [piece for line in text.split("\n") for piece in (*line.split(), "\n")][:-1], []
    return text.split(), []


def _starts(text: str, pieces: Sequence[str]) -> list[int]:
    """Where each piece starts, less the number of pieces before it: one blank stands between most."""
    if " ".join(pieces) == text:
        return list(accumulate(map(len, pieces), initial=0))
    starts, at = [], 0
    for number, piece in enumerate(pieces):
        at = text.index(piece, at)
        starts.append(at - number)
        at += len(piece)
    return starts
