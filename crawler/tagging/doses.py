"""Doses, each bound to its drug: midazolam's is not ketamine's, a plasma level is none, a rodent's is no clinical one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.tagging import lexicon as lex
from crawler.tagging.reading import Reading
from store.records import Tag

_BEFORE = 14  # units between a drug and its dose, where the drug stands first
_AFTER = 5  # where the dose stands first: "0.5 mg/kg of intravenous ketamine"
_LIST = 10  # units that a list of doses may reach back from its unit: "0.1, 0.2, 0.5 and 1.0 mg/kg"
_BREAKS = frozenset(
    [",", ")", "(", ";", "/", ":", "+", "or", "and", "vs", "versus"]
)  # between a dose and another's drug
_COUNT = re.compile(r"n\s*=", re.IGNORECASE)
_DASH = re.compile(r"\s*[-‐‑‒–—―−]\s*")
_JOINS = {"or": "list", "and": "list", ",": "list", "versus": "list", "vs": "list", "/": "list", ";": "list",
          "to": "range", "through": "range"}  # fmt: skip


def doses(reading: Reading, designs: set[str]) -> list[Tag]:
    """The tags of dimension `dose`; `detail` has number, to (of a range), unit, drug and route."""
    if designs == {"preclinical"}:
        return []
    tags: dict[tuple[str, int | None], Tag] = {}
    for mention in reading.mentions_of("unit"):
        if not mention.term.more["unit"]:
            continue
        for first, last, low, high in _amounts(reading, mention.at):
            drug = _drug_of(reading, first, mention.at)
            if drug is None:
                continue
            tag = _tag(reading, mention.at, (first, last, low, high), drug)
            tags.setdefault((tag.value, tag.start), tag)
    return list(tags.values())


def _tag(reading: Reading, unit_at: int, amount: tuple[int, int, str, str | None], drug: str) -> Tag:
    first, last, low, high = amount
    unit = reading.terms[unit_at].more
    field, start, end = reading.span(first, unit_at + 1 if last == unit_at - 1 else last + 1)
    value = f"{low}-{high} {unit['unit']}" if high else f"{low} {unit['unit']}"
    detail: dict[str, object] = {"number": float(low), "to": float(high) if high else None, "unit": unit["unit"], "drug": drug}  # fmt: skip
    if route := _route(reading, unit_at):
        detail["route"] = route
    rule = "dose.rate" if unit.get("rate") else "dose.bound"
    return Tag("dose", value, field, start, end, reading.field_text(field)[start:end], rule, 0.9, detail)


def _amounts(reading: Reading, unit_at: int) -> list[tuple[int, int, str, str | None]]:
    """The numbers that a unit belongs to, as (first unit, last unit, low, high), the nearest last."""
    numerals = reading.vocabulary.lexicon.numerals
    found: list[tuple[int, int, str, str | None]] = []
    at = unit_at - 1
    while at >= max(0, unit_at - _LIST) and reading.units[at] in numerals:
        number = _number(reading.word(at))
        if number is None or (at > 1 and _COUNT.fullmatch(reading.text(at - 2, at))):  # "(n = 89; 0.5 mg/kg)"
            break
        first, low, high = at, number, None
        if whole := _decimal_comma(reading, at):
            first, low = at - 2, f"{float(f'{whole}.{reading.word(at)}'):g}"
        joint, before = _joint(reading, first)
        if joint == "range" and (lower := _number(reading.word(before))):
            first, low, high = before, lower, number
            joint, before = _joint(reading, first)
        found.append((first, at, low, high))
        if joint != "list":
            break
        at = before
    return found[::-1]


def _decimal_comma(reading: Reading, at: int) -> str | None:
    """The figures before a decimal comma whose decimals are unit `at`: "0" of "0,5 mg/kg"."""
    if at < 2 or not re.fullmatch(r"\d{1,2}", reading.word(at)):
        return None
    before = reading.word(at - 2)
    glued = reading.between(at - 2, at - 1) == reading.between(at - 1, at) == ""
    return before if glued and re.fullmatch(r"\d{1,2}", before) and reading.word(at - 1) == "," else None


def _joint(reading: Reading, at: int) -> tuple[str, int]:
    """How the number at unit `at` is joined to one before it ("range", "list", ""), and where that one is."""
    numerals = reading.vocabulary.lexicon.numerals
    if at and reading.units[at - 1] in numerals and _DASH.fullmatch(reading.between(at - 1, at) or ""):
        return "range", at - 1
    back = at - 1
    kind = ""
    while back >= 0 and at - back <= 3:
        word = reading.word(back).lower()
        if word not in _JOINS:
            break
        kind = _JOINS[word] if not kind or word == "," else kind
        back -= 1
    if kind and back >= 0 and reading.units[back] in numerals:
        return kind, back
    return "", at


def _number(text: str) -> str | None:
    plain = text.replace("·", ".").replace(",", "")
    if not re.fullmatch(r"\d*\.?\d+", plain) or len(plain) > 9:
        return None
    return f"{float(plain):g}"


def _drug_of(reading: Reading, first: int, unit_at: int) -> str | None:
    """The watched drug that a dose is of; None where it is another's, or nobody's."""
    start, end = reading.sentence(first)
    groups = {"drug", "treatment"}
    breaks = reading.vocabulary.lexicon.characters(_BREAKS)
    terms = reading.terms
    for at in range(unit_at + 1, min(end, unit_at + 2 + _AFTER)):
        term = terms.get(at)
        if term and term.group in groups and "undosed" not in term.more:
            return _name(term.more)
        if reading.units[at] in breaks or _is_amount(reading, at):
            break
    for at in range(first - 1, max(start, first - _BEFORE) - 1, -1):
        term = terms.get(at)
        if term and term.group in groups and "undosed" not in term.more:
            return _name(term.more)
    for at in range(start, end):
        term = terms.get(at)
        if term and term.group in groups and "undosed" not in term.more:
            return _name(term.more)
    named = {
        mention.term.more["drug"] for mention in reading.mentions_of("drug") if mention.term.more["drug"]
    }
    return named.pop() if len(named) == 1 else None


def _is_amount(reading: Reading, at: int) -> bool:
    return reading.units[at] == lex.NUMBER


def _name(more: Mapping[str, Any]) -> str | None:
    return more.get("drug") or None


def _route(reading: Reading, unit_at: int) -> str | None:
    start, end = reading.sentence(unit_at)
    near = [
        (abs(at - unit_at), term.more["route"])
        for at in range(max(start, unit_at - 8), min(end, unit_at + 6))
        if (term := reading.terms.get(at)) and term.group == "route" and term.more["route"]
    ]
    return min(near)[1] if near else None


# ---- for the evaluation: PsyNamic's dose strings, which are split into tokens ---------------------------------------

_SAID = re.compile(r"(?P<number>\d*\.?\d+)|(?P<unit>(?:mg|µg|μg|ug|mcg)(?:/(?:70)?kg|\.kg\(-1\)?)?)")


def doses_said(strings: Sequence[str]) -> frozenset[str]:
    """The doses in PsyNamic's strings ("0.5", "mg / kg", "0.2", "mg / kg"), as "0.5 mg/kg"; each end of a range."""
    found: set[str] = set()
    waiting: list[str] = []
    said = " ".join("".join(part.split()) for part in strings)
    for match in _SAID.finditer(said.replace("mg/70 kg", "mg/70kg")):
        if match["number"]:
            waiting.append(f"{float(match['number']):g}")
        else:
            unit = match["unit"].replace("μ", "µ").replace("ug", "µg").replace("mcg", "µg")
            unit = "mg/70 kg" if "70" in unit else "mg/kg" if unit.startswith("mg") and "kg" in unit else unit
            found |= {f"{number} {unit}" for number in waiting}
            waiting = []
    return frozenset(found)


def doses_found(evidence: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Our dose tags in the same form; infusion rates are left out, which PsyNamic does not mark."""
    found: set[str] = set()
    for tag in evidence:
        if tag["dimension"] == "dose" and tag["rule"] == "dose.bound":
            numbers = [tag["detail"]["number"], tag["detail"]["to"]]
            found |= {f"{number:g} {tag['detail']['unit']}" for number in numbers if number is not None}
    return frozenset(found)
