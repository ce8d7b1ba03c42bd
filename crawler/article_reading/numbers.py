"""Numbers in a sentence, each with its kind and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SHARES = {
    "half": 50.0,
    "one-third": 33.3,
    "a third": 33.3,
    "two-thirds": 66.7,
    "a quarter": 25.0,
    "three-quarters": 75.0,
}
_VALUE = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|(?<![\w-])(?:{'|'.join(_WORDS)})(?=\s[a-z]))"
_SHARE = re.compile(
    rf"\b(?P<more>more than |over |nearly |about |roughly |up to )?(?P<share>{'|'.join(_SHARES)}) of (?:\w+ ){{0,2}}"
    r"(?:patients|participants|people|adults|cases|veterans|individuals)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"(?P<more>more than |over |nearly |about |roughly |up to )?(?P<low>{_VALUE})(?:\s?(?:–|-|to)\s?(?P<high>{_VALUE}))?\s?"
    r"(?P<unit>%|percent|mg/kg|mg|hours?|days?|weeks?|months?|minutes?|years?|infusions?|sessions?|patients?|participants?|clinics?)(?!\w)",
    re.IGNORECASE,
)
#: what a percentage counts: the word nearest to it names it
_RATES = re.compile(r"\b(remission|respon\w+|relapse\w*|improvement|dropout|retention)\b", re.IGNORECASE)
_KINDS = {
    "mg/kg": "dose", "mg": "dose", "%": "rate", "percent": "rate", "hour": "time", "day": "time", "week": "time",
    "month": "time", "minute": "time", "year": "time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """`kind`: dose, rate, response, remission …, time or count; `meaning` in words."""

    start: int
    end: int
    text: str
    kind: str
    low: float
    high: float | None
    unit: str
    meaning: str


def numbers(sentence: str) -> list[Number]:
    """The numbers with a unit, and shares of people in words ("one-third of patients"), in order."""
    return sorted([*_numbers(sentence), *_shares(sentence)], key=lambda one: one.start)


def _shares(sentence: str) -> Iterator[Number]:
    """Shares in words, in per cent."""
    for hit in _SHARE.finditer(sentence):
        what = _rate(sentence, hit.start(), hit.end()) or "rate"
        value = _SHARES[hit["share"].lower()]
        yield Number(
            hit.start(), hit.end(), hit[0], what, value, None, "%", f"{what}: {' '.join(hit[0].split())}"
        )


def _value(text: str) -> float:
    word = text.lower()
    return float(_WORDS.index(word) + 1) if word in _WORDS else float(text.replace(",", ""))


def _numbers(sentence: str) -> Iterator[Number]:
    for hit in _NUMBER.finditer(sentence):
        unit = hit["unit"].lower().rstrip("s")
        kind = _KINDS.get(unit, "count")
        what = _rate(sentence, hit.start(), hit.end()) if kind == "rate" else None
        low = _value(hit["low"])
        high = _value(hit["high"]) if hit["high"] else None
        said = " ".join(hit[0].split())
        meaning = f"{what}: {said}" if what else f"{kind}: {said}"
        yield Number(hit.start(), hit.end(), hit[0], what or kind, low, high, hit["unit"], meaning)


def _rate(sentence: str, start: int, end: int) -> str | None:
    """What the percentage is of: the nearest naming word, one before it preferred."""
    words = [
        (min(abs(start - word.end()), abs(word.start() - end)), word) for word in _RATES.finditer(sentence)
    ]
    if not words:
        return None
    word = min(words, key=lambda one: one[0])[1][0].lower()
    return "response" if word.startswith("respon") else "relapse" if word.startswith("relapse") else word
