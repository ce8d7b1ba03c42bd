"""What kind of thing a sentence asserts, how strongly, and whether it leaves no exception."""

from __future__ import annotations

import re

_COMPARISON = (
    r"head-to-head|\bcompared (?:to|with) (?!placebo|midazolam)|\bunlike\b|\bversus\b|\bvs\.|\bby contrast\b|"
    r"\btwo treatments\b|\bboth (?:treatments|TMS|ECT)\b|\bsimilar efficacy\b|"
    r"\b(?:TMS|ECT)\b.*\bketamine|\bketamine\b.*\b(?:TMS|ECT)\b"
)
_DOSING = (
    r"mg/kg|\bdos(?:e|es|ing|age)\b(?!.*\breduced\b)|\binduction phase\b|\binfusions? (?:in|every|over)\b|"
    r"\bprotocols? begin|sessions? last|twice per week"
)
_EFFICACY = (
    r"\bimprov\w+|\breduc\w+|\brespon[sd]\w*|\bremission\b|\brelief\b|\brelapse\w*|\beffective\w*|\befficacy\b|"
    r"\bbenefits?\b|\bsymptoms?\b|\bresults?\b|\boutcomes?\b|\bpromis\w+|\btrials?\b|\bstud(?:y|ies)\b|"
    r"antidepressant effects?|\btreatment for\b|\bgains\b|\buse in\b"
)
#: the first that fits names the kind
_KINDS: tuple[tuple[str, str], ...] = (
    ("none", r"not a substitute for|informational purposes|\bconsult (?:a|your|with)|^request appointment|click here"),
    ("guideline", r"\bguidelines?\b|\brecommended by\b|\bendorse"),
    ("regulatory", r"\bFDA\b|\bEMA\b|\bREMS\b|\boff-label\b|\bapprov(?:ed|al)\b|\bschedule (?:I|II|III|IV|V)\b|(?<!-)\blabels?\b|regulatory oversight"),
    ("cost-access", r"\binsurance\b|\breimburs\w+|out of pocket|\bcosts?\b|\$\s?\d|\bclinics? (?:in|offer)\b|\bcoverage\b"),
    ("comparison", _COMPARISON),
    ("safety", r"\bsafe(?:ty)?\b|side effects?|\badverse\b|\brisks?\b|\bmania\b|organ damage|\btoxicit\w+|neurotox\w+|tolerab\w+|\bdissociat\w+|\bdeaths?\b"),
    ("dosing", _DOSING),
    ("epidemiology", r"\bprevalence\b|\bincidence\b|\bper cent of (?:adults|people)\b|\bmillion (?:adults|people|patients)\b"),
    ("mechanism", r"\bNMDA\b|\bglutamate|\breceptors?\b|\bbioavailability\b|\bmechanis\w+|\bneuroplastic\w+|\bBDNF\b"),
    ("efficacy", _EFFICACY),
)  # fmt: skip
_STRENGTHS: tuple[tuple[str, str], ...] = (
    ("mixed", r"\bmixed\b|\binconsistent\b|\bvaried\b|\bconflicting\b"),
    ("denies", r"\bno (?:cases?|patients?|major|evidence|effect)\b|\bnot (?:recommended|approved|effective|yet)\b|\bfailed to\b|advise against|\bnever\b"),
    ("may", r"\bmay\b|\bmight\b|\bcould\b|\bpotential(?:ly)?\b"),
    ("suggests", r"\bsuggest\w*|\bhints?\b|\bpromis\w+|\bpreliminary\b|\bemerging\b|\bappears?\b|\bexperimental\b|\bexamining\b"),
)  # fmt: skip
_ABSOLUTE = re.compile(
    r"\bno (?:cases?|patients?|one|major|known|serious|evidence|reports?|guidelines?)\b|\bnone\b|\bnever\b|\balways\b|\bonly\b"
    r"|\ball use\b|\ball patients\b|\bnot (?:recommended|approved)\b|\badvise against\b|\bhas yet to\b|\bhave yet to\b",
    re.IGNORECASE,
)
_COMPILED = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _KINDS]
_STRONG = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _STRENGTHS]
_LEAST_WORDS = 5


def without(sentence: str, spans: list[tuple[int, int]]) -> str:
    """The sentence without these spans, which are in order: what it says apart from what it cites."""
    for start, end in reversed(spans):
        sentence = sentence[:start] + sentence[end:]
    return sentence


def kind(sentence: str) -> str | None:
    """The kind of claim; `other` if it fits none; None if the sentence asserts nothing."""
    if sentence.rstrip().endswith("?") or len(sentence.split()) < _LEAST_WORDS:
        return None
    found = next((name for name, pattern in _COMPILED if pattern.search(sentence)), "other")
    return None if found == "none" else found


def strength(sentence: str) -> str:
    """mixed, denies, may, suggests or asserts."""
    return next((name for name, pattern in _STRONG if pattern.search(sentence)), "asserts")


def absolute(sentence: str) -> str | None:
    """The words that leave no exception, None if there are none."""
    found = _ABSOLUTE.search(sentence)
    return found[0] if found else None
