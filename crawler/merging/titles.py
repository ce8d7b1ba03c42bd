"""Titles as they are compared: one spelling, the words that differ, and whether they tell works apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from rapidfuzz import fuzz, process, utils

_SMALL = frozenset(
    ["a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with", "versus", "vs", "via"]
)  # fmt: skip
_ROMAN = frozenset(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"])
_VARIANT = 82  # spelling variants: randomised/randomized 91, anaesthesia/anesthesia 95, tumour/tumor 91


@lru_cache(maxsize=20_000)
def normalise(title: str) -> str:
    """Small letters, digits and single spaces; accents, brackets and punctuation gone."""
    if not title.isascii():
        title = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    return " ".join(utils.default_process(title).split())


def likeness(one: str, other: str) -> float:
    """How alike two normalised titles are, 0 to 100 (rapidfuzz: normalised insertions and deletions)."""
    return fuzz.ratio(one, other)


def telling_difference(one: str, other: str) -> str | None:
    """The words by which two normalised titles differ in meaning, as "esketamine / ketamine"; None if in spelling only.

    Numbers and Roman numerals (parts, weeks, phases) must be the same; other words may differ in spelling after
    their first two letters ("randomised", "randomized"), never before ("esketamine", "arketamine").
    """
    mine, yours = (Counter(title.split()) for title in (one, other))
    left = [word for word in one.split() if mine[word] > yours[word]]
    right = [word for word in other.split() if yours[word] > mine[word]]
    for word in list(left):
        match = process.extractOne(word, right, scorer=fuzz.ratio, score_cutoff=_VARIANT)
        if match and word[:2] == match[0][:2] and not _counts(word) and not _counts(match[0]):
            left.remove(word)
            right.remove(match[0])
    telling = [[word for word in words if word not in _SMALL] for words in (left, right)]
    if "".join(telling[0]) == "".join(telling[1]):  # nothing, or a space or hyphen more or less
        return None
    return " / ".join(", ".join(words) or "nothing" for words in telling)


def _counts(word: str) -> bool:
    return word in _ROMAN or any(character.isdigit() for character in word)


def same_numbers(one: str, other: str) -> bool:
    """Whether two normalised titles hold the same numbers, Roman ones included."""
    return Counter(filter(_counts, one.split())) == Counter(filter(_counts, other.split()))


def is_telling(title: str) -> bool:
    """Whether a normalised title is long enough to tell works apart: "editorial", "reply" and "in this issue" are not."""
    return len(title.split()) >= 4 and len(title.replace(" ", "")) >= 20


def is_beginning(one: str, other: str) -> bool:
    """Whether one of two normalised titles is the other's beginning: its subtitle was lost."""
    short, long = sorted((one, other), key=len)
    return long.startswith(f"{short} ") and len(short.split()) >= 5


def same_journal(one: str, other: str) -> bool:
    """Whether two names may be one journal's, one of them perhaps abbreviated: "Am J Psychiatry", "The American
    journal of psychiatry".
    """
    mine, yours = (_journal_words(name) for name in (one, other))
    return len(mine) == len(yours) and all(
        b.startswith(a) or a.startswith(b) for a, b in zip(mine, yours, strict=True)
    )


def _journal_words(name: str) -> list[str]:
    # NLM adds places and abbreviations: "JAMA psychiatry (Chicago, Ill.)", "Current biology : CB"
    plain = re.sub(r"\(.*?\)| : .*", " ", name)
    return [word for word in normalise(plain).split() if word not in _SMALL]
