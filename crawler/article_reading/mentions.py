"""What a sentence speaks of, by the words it uses, in the vocabulary of the tags.

A sentence of an overview is no study: what it mentions is what it is about, also where it denies it. So its facets are
mentions, where a record's tags say what was studied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.article_reading.timepoints import timepoints

_MENTIONS: dict[str, dict[str, str]] = {
    "indication": {
        "depression": r"depressi\w+|\bMDD\b",
        "trd": r"treatment[- ]resistant depressi\w+|resistant (?:major )?depressi\w+|refractory depressi\w+|\bTRD\b",
        "bipolar": r"bipolar|mania\b|manic",
        "suicidality": r"suicid\w+",
        "ptsd": r"\bPTSD\b|post-?\s?traumatic stress",
        "ocd": r"\bOCD\b|obsessive[- ]compulsive",
        "anxiety": r"\banxi\w+",
        "substance-use": r"substance use|alcohol use|addiction|opioid use disorder",
        "pain": r"\bpain\b",
    },
    "indication_detail": {
        "social-anxiety": r"social (?:anxiety|phobia)",
        "generalised-anxiety": r"generali[sz]ed anxiety",
        "panic": r"panic disorder",
        "treatment-resistant-depression": r"treatment[- ]resistant depressi\w+|\bTRD\b",
        "bipolar-depression": r"bipolar depressi\w+",
        "suicidal-ideation": r"suicidal (?:ideation|thoughts)",
        "chronic-pain": r"chronic pain",
        "postpartum-depression": r"post-?partum depressi\w+",
    },
    "drug": {
        "esketamine": r"\besketamine|\bspravato\b",
        "arketamine": r"\barketamine|\(R\)-ketamine",
        "ketamine": r"\bketamine",
    },
    "route": {
        "intravenous": r"\bIV\b|intravenous\w*|\binfusions?\b",
        "intranasal": r"\bnasal\b|intranasal\w*",
        "oral": r"\boral(?:ly)? (?:ketamine|dos)",
        "sublingual": r"sublingual",
        "intramuscular": r"intramuscular",
        "subcutaneous": r"subcutaneous",
    },
    "population": {
        "veteran": r"\bveterans?\b(?! affairs)",
        "adolescent": r"\badolescents?\b|\bteen\w*",
        "child": r"\bchildren\b|\bpediatric\b",
        "older-adult": r"\bolder adults?\b|\belderly\b|\bgeriatric\b",
        "perinatal": r"\bpregnan\w+|\bpost-?partum\b|\bperinatal\b",
    },
    "comparator": {
        "placebo": r"\bplacebo\b",
        "midazolam": r"\bmidazolam\b",
        "ect": r"\bECT\b|electroconvulsive",
        "tms": r"\bTMS\b|transcranial magnetic",
        "antidepressant": r"\bSSRIs?\b|\bSNRIs?\b|(?:traditional|standard|oral|conventional) antidepressants?",
    },
    "regimen": {
        "single": r"\bsingle\b (?:\S+ ){0,3}?(?:dose|infusion)",
        "repeated": r"\brepeated (?:\w+ ){0,2}(?:infusions?|dos\w+|ketamine|treatments?|administration)\b|\b(?:six|6|multiple) infusions\b",
        "maintenance": r"\bmaintenance\b|\bmaintained regular\b|\bongoing\b",
    },
    "combination": {
        "psychotherapy": r"psychotherapy|trauma(?:-focused)? (?:psycho)?therapy",
        "tms": r"combin\w+ (?:\w+ ){0,3}TMS|combined TMS",
        "ect": r"combin\w+ (?:\w+ ){0,3}ECT",
    },
}  # fmt: skip
_COMPILED = {
    dimension: {value: re.compile(pattern, re.IGNORECASE) for value, pattern in values.items()}
    for dimension, values in _MENTIONS.items()
}
_DOSE = re.compile(r"\b(\d+(?:\.\d+)?)\s?(mg/kg|mg)\b")


@dataclass(frozen=True, slots=True)
class Facet:
    """One mention; `start` and `end` within the sentence."""

    dimension: str
    value: str
    start: int
    end: int
    text: str

    @property
    def rule(self) -> str:
        return f"mention.{self.dimension}"


def facets(sentence: str, cited: list[tuple[int, int]]) -> list[Facet]:
    """Each value once, by its first mention outside what the sentence cites (`cited`: spans of citations)."""
    plain = list(sentence)
    for start, end in cited:
        plain[start:end] = " " * (end - start)
    return list(_found("".join(plain)))


def _found(text: str) -> Iterator[Facet]:
    for dimension, values in _COMPILED.items():
        for value, pattern in values.items():
            if hit := pattern.search(text):
                yield Facet(dimension, value, hit.start(), hit.end(), hit[0])
    for hit in _DOSE.finditer(text):
        yield Facet("dose", f"{hit[1]} {hit[2]}", hit.start(), hit.end(), hit[0])
    told: set[str] = set()
    for value, start, end in timepoints(text):
        if value not in told:
            told.add(value)
            yield Facet("timepoint", value, start, end, text[start:end])
