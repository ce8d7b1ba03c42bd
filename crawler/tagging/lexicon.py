"""Every word that the vocabulary knows gets one character, so that a text becomes a short string.

Patterns over words are then ordinary regular expressions over that string: fast, linear, and exact in place, since
the n-th character is the n-th word. The text "Forty patients were randomised" is, say, "0乲么乕".
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import takewhile

from crawler.tagging.text import ENDS, fold, visible

#: Characters with a fixed meaning in encoded text.
WORD = "w"  # a word that no pattern names
SIGN = "s"  # a sign that no pattern names
NUMBER = "0"  # a number, in figures or in words
STOP = "."  # the end of a sentence

FIRST = 0x4E00  # the CJK block: 20,000 characters, none special to `re`
LAST = 0x9FFF
_SHORTEST_PREFIX = 2
_KEPT_WORDS, _KEPT_LENGTH = 100_000, 60  # hostile text must not fill the memory


class Lexicon(dict[str, str]):
    """A word as it stands in a text -> its character. Filled by `exact` and `prefix`, then only read.

    Words in capitals (PTSD, SAD) are matched as they stand, all others in any case and spelling (see `fold`).
    A word that is known by itself has its own character; else its longest known beginning gives it one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, str] = {}
        self._asked: dict[str, str] = {}  # the same, by the words as the vocabulary writes them
        self._prefixes: dict[str, str] = {}
        self._sorted: list[tuple[str, str]] = []  # all words with their characters, made anew when they grow
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        self._next = FIRST
        self.numerals = {
            NUMBER
        }  # all characters that a number can have: some numbers are words of the vocabulary

    def new_character(self) -> str:
        """A character that nothing else has."""
        if self._next > LAST:
            raise ValueError("the vocabulary has more words than characters")
        self._next += 1
        return chr(self._next - 1)

    @property
    def end(self) -> int:
        """The number after that of the last character given so far."""
        return self._next

    def exact(self, word: str) -> str:
        """The character of a word of the vocabulary (made on first use)."""
        char = self._asked.get(word)
        if char is None:
            key = word if _in_capitals(word) else fold(word)
            char = self._exact.get(key)
            if char is None:
                char = self._exact[key] = self.new_character()
                if key[0].isdigit():
                    self.numerals.add(char)
            self._asked[word] = char
        return char

    def prefix(self, beginning: str) -> str:
        """The character of all words that begin so and are not known by themselves."""
        key = fold(beginning)
        if len(key) < _SHORTEST_PREFIX:
            raise ValueError(f"{beginning}*: too short to be truncated")
        if key not in self._prefixes:
            self._prefixes[key] = self.new_character()
        return self._prefixes[key]

    @property
    def dot(self) -> str:
        """The character of a dot that ends no sentence, as in "i.v."."""
        return self._exact.get(".", SIGN)

    def beginning_with(self, beginning: str) -> set[str]:
        """All characters that a word beginning so can have. Ask only when every word is known."""
        key = fold(beginning)
        if len(self._sorted) != len(self._exact) + len(self._prefixes):
            self._sorted = sorted([*self._exact.items(), *self._prefixes.items()])
        first = bisect_left(self._sorted, (key,))
        return {char for word, char in takewhile(lambda one: one[0].startswith(key), self._sorted[first:])}

    def characters(self, words: frozenset[str]) -> frozenset[str]:
        """The characters of some words, each of which the vocabulary must know."""
        if words not in self._sets:
            self._sets[words] = frozenset(map(self.exact, words))
        return self._sets[words]

    def __missing__(self, word: str) -> str:
        char = self._look_up(word)
        if len(word) <= _KEPT_LENGTH:
            if len(self) >= _KEPT_WORDS:
                self.clear()
            self[word] = char
        return char

    def _look_up(self, word: str) -> str:
        if word in ENDS:
            return STOP  # a reading tells which of them end a sentence
        word = visible(word)
        if word in self._exact:
            return self._exact[word]
        folded = fold(word)
        if folded in self._exact:
            return self._exact[folded]
        if folded[:1].isdigit() or (folded[:1] in ".·" and len(folded) > 1):
            return NUMBER
        for length in range(min(len(folded), 24), _SHORTEST_PREFIX - 1, -1):
            if folded[:length] in self._prefixes:
                return self._prefixes[folded[:length]]
        return WORD if folded[:1].isalnum() else SIGN


def _in_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()
