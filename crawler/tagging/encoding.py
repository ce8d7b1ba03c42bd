"""From text to characters: one for each word, number and sign of a field, and the way back to the field's own text.

A text is cut at its blanks; each piece between two blanks is looked up in a dictionary that remembers what it was
encoded to the last time. So most of the work on a text is done by `str.split`, a dictionary and `str.join`. What
depends on a piece's neighbours is told by the mark that each piece begins with, and settled on the joined string at
once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, count
from operator import sub
from typing import Any

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
KEPT_PIECES, KEPT_LENGTH = 100_000, 60  # hostile text must not fill the memory

# The first character of a piece's: what kind of piece it is. None is left in a field's.
PLAIN = " "
SMALL = "l"  # begins with a small letter: no sentence ends before it
LABEL = "b"  # begins as the label of a section does
NOTHING = "o"  # has no words: a dash
_KINDS = PLAIN + SMALL + LABEL + NOTHING
CLOSED = "!"  # the end of a sentence with brackets or quotation marks behind it
#: such an end that is none: a small letter follows
_NO_END = re.compile(rf"{CLOSED}(?=[^{_KINDS}]*{SMALL})")
_LABEL_AT = re.compile(rf"(?:^|\{lex.STOP}|{CLOSED}[^{_KINDS}]*){LABEL}")


Span = tuple[int, int]


class _Spans(dict[str, tuple[Span, ...]]):
    """A piece of text -> where each of its tokens stands in it."""

    def __missing__(self, piece: str) -> tuple[Span, ...]:
        _, starts, ends = split(piece)
        spans = tuple(zip(starts, ends, strict=True))
        if len(piece) <= KEPT_LENGTH:
            if len(self) >= KEPT_PIECES:
                self.clear()
            self[piece] = spans
        return spans


class Encoder(dict[str, str]):
    """A piece of text -> its kind and its characters. Most pieces recur, so each is looked at once."""

    def __init__(self, vocabulary: Vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.lexicon = vocabulary.lexicon
        self.spans = _Spans()
        self.tables: Any = None  # made of the vocabulary by the compiled engine, and kept here
        self.matcher: Any = None  # likewise
        self._shared: dict[str, str] = {}  # one object for each: most pieces are a word that no pattern names

    def __missing__(self, piece: str) -> str:
        codes = self._encode(piece)
        if len(piece) <= KEPT_LENGTH:
            if len(self) >= KEPT_PIECES:
                self.clear()
                self._shared.clear()
            self[piece] = codes = self._shared.setdefault(codes, codes)
        return codes

    def _encode(self, piece: str) -> str:
        words = [piece[start:end] for start, end in self.spans[piece]]
        if not words:
            return NOTHING
        dot = self.lexicon.dot
        codes = [dot if (code := self.lexicon[word]) == lex.STOP else code for word in words]
        last = len(words) - 1
        while last > 0 and words[last] in _CLOSING:
            last -= 1
        if words[last] in ENDS and not (last and words[last - 1].casefold() in NO_ENDS):
            codes[last] = CLOSED if last < len(words) - 1 else lex.STOP
        label = words[0][0].isupper() and words[0].casefold() in SECTION_OF
        kind = LABEL if label else SMALL if piece[0].islower() else PLAIN
        return kind + "".join(codes)

    def in_small_letters(self, piece: str) -> str:
        """The characters of a piece of a text that is all in capitals: common words are known in small letters."""
        large, small = self[piece], self[piece.lower()][1:]
        kind, large = large[0], large[1:]
        if len(small) == len(large):
            large = "".join(
                one if one != lex.WORD else other for one, other in zip(small, large, strict=True)
            )
        return kind + large


class Field:
    """One field of a record: its text, and its tokens as characters (`codes`, with a STOP at the end).

    `sections`: (token, name) of each labelled section of a structured abstract; the labels themselves are STOPs.
    """

    def __init__(self, encoder: Encoder, name: str, text: str):
        self.name = name
        self.text = text
        self.sections: list[tuple[int, str]] = []
        self._spans = encoder.spans
        self._token_ends: list[int] = []  # of each piece
        self._pieces, self._starts = pieces_of(text[:MAX_CHARACTERS])
        encode = encoder.in_small_letters if text.isupper() else encoder.__getitem__
        self._encoded = list(map(encode, self._pieces))
        dot = encoder.lexicon.dot
        marked = "".join(self._encoded).replace(lex.STOP + SMALL, dot + SMALL)
        if CLOSED in marked:
            marked = _NO_END.sub(dot, marked)
        marked = marked.replace(SMALL, PLAIN)
        codes = marked.replace(PLAIN, "").replace(NOTHING, "").replace(CLOSED, lex.STOP)
        if LABEL in codes:
            codes = codes.replace(LABEL, "")
            if name == "abstract":
                codes = self._without_labels(marked, codes)
        self.codes = codes + lex.STOP

    def _without_labels(self, marked: str, codes: str) -> str:
        """Note the sections; turn their labels into sentence ends."""
        parts: list[str] = []
        done = piece = read = 0
        for match in _LABEL_AT.finditer(marked):
            at = match.end() - 1
            piece += marked.count(PLAIN, read, at) + marked.count(LABEL, read, at) + marked.count(NOTHING, read, at)  # fmt: skip
            read, token = at, at - piece  # each piece before has one mark
            words = self._words(piece)
            if length := label_end(words, 0):
                self.sections.append((token, SECTION_OF[words[0].casefold()]))
                parts += (codes[done:token], lex.STOP * length)
                done = token + length
        return "".join([*parts, codes[done:]])

    def _words(self, first: int) -> list[str]:
        """The words of the pieces from `first` on, as many as may be a label; the first two at least."""
        words: list[str] = []
        for piece in self._pieces[first : first + LABEL_PIECES]:
            words += [piece[start:end] for start, end in self._spans[piece]]
            if piece[-1] == ":" and len(words) > 1:  # the label ends here at the latest
                break
        return words

    def _ends(self) -> list[int]:
        """The token after each piece."""
        if not self._token_ends:
            self._token_ends = list(map(sub, accumulate(map(len, self._encoded)), count(1)))
        return self._token_ends

    def word(self, token: int) -> str:
        """A token's own text."""
        ends = self._token_ends or self._ends()
        at = bisect_right(ends, token)
        if at == len(ends):
            return ""
        piece = self._pieces[at]
        start, end = self._spans[piece][token - (ends[at - 1] if at else 0)]
        return piece[start:end]

    def span(self, first: int, last: int) -> Span:
        """Where tokens `first` to `last` (inclusive) stand in the text."""
        ends = self._token_ends or self._ends()
        starts = self._starts = self._starts or _starts(self.text, self._pieces)
        at = bisect_right(ends, first)
        if at == len(ends):
            return len(self.text), len(self.text)
        spans = self._spans
        start, end = spans[self._pieces[at]][first - (ends[at - 1] if at else 0)]
        offset = starts[at] + at
        start += offset
        if last == first:
            return start, offset + end
        at = bisect_right(ends, last, at)
        if at == len(ends):
            return start, len(self.text)
        return start, starts[at] + at + spans[self._pieces[at]][last - (ends[at - 1] if at else 0)][1]


def pieces_of(text: str) -> tuple[list[str], list[int]]:
    """What stands between blanks (line breaks stay); where each starts (see `_starts`), if that is known by now."""
    if ("<" in text or "&" in text) and _HTML.search(text):
        found = [match for match in _MARKED_UP.finditer(text) if not match["skip"]]
        return [match[0] for match in found], [match.start() - at for at, match in enumerate(found)]
    if "\n" not in text:
        return text.split(), []
    pieces: list[str] = []
    for line in text.split("\n"):
        pieces += line.split()
        pieces.append("\n")
    return pieces[:-1], []


def _starts(text: str, pieces: Sequence[str]) -> list[int]:
    """Where each piece starts, less the number of pieces before it: one blank stands between most."""
    starts = list(accumulate(map(len, pieces), initial=0))
    if "\n" not in text and starts[-1] + len(pieces) - 1 == len(text):
        return starts
    starts, at = [], 0
    for number, piece in enumerate(pieces):
        at = text.index(piece, at)
        starts.append(at - number)
        at += len(piece)
    return starts
