"""The identifiers of this field, found in text and brought to one spelling. Shared by all spiders.

`normalise_*` take one identifier as a source wrote it and give its one spelling, or None if it is not one:
nothing is repaired by guessing. `find_*` read running text and give what they find, each once, in the order
of the text. All are pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

_DOI_URL = re.compile(r"(?:https?://)?(?:(?:dx|www)\.)?doi\.org/", re.IGNORECASE)
_DOI_LABEL = re.compile(r"(?:info:doi/|urn:doi:|doi(?!\.org)\s*[:=]?\s*)+", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f]+")
_DOI_IN_TEXT = re.compile(
    r"(?:https?://(?:(?:dx|www)\.)?doi\.org/|(?<![0-9.]))10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\"]+",
    re.IGNORECASE,
)
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}
_ENDINGS = frozenset(".,;:'\"") | set(_CLOSING)

_PMID = re.compile(
    r"(?:https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/(?:m/)?pubmed)/"
    r"|(?:PMID|PubMed|MED)\s*:?\s*)?0*([1-9][0-9]{0,7})/?",
    re.IGNORECASE,
)
_PMCID = re.compile(
    r"(?:https?://(?:www\.|pmc\.)?ncbi\.nlm\.nih\.gov/(?:pmc/)?articles/|PMCID\s*:?\s*)?"
    r"PMC\s?0*([1-9][0-9]{0,8})(?:\.[0-9]+)?/?",
    re.IGNORECASE,
)
_PII = re.compile(r"(S[0-9]{4})-?([0-9]{3}[0-9X])\(?([0-9]{2})\)?([0-9]{5})-?([0-9X])")
_ORCID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?orcid\.org/|ORCID\s*(?:iD)?\s*:?\s*)?"
    r"([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9X])/?",
    re.IGNORECASE,
)


_USUAL_DOI = re.compile(r"10\.[0-9]{4,9}/[a-z0-9._;()/:-]*[a-z0-9]")  # nothing to mend: most


def _trimmed(doi: str) -> str:
    """Without the sentence around it: trailing stops, and closing brackets that were never opened."""
    while (last := doi[-1:]) in _ENDINGS:
        if last in _CLOSING and doi.count(last) <= doi.count(_CLOSING[last]):
            break
        doi = doi[:-1]
    return doi


def normalise_doi(text: str | None) -> str | None:
    """One DOI, lower case (DOIs ignore case: DOI Handbook 3.4), without its address or label; else None.

    A DOI given as a web address is percent-decoded and loses its query (`?rss=1`).
    """
    value = (text or "").strip()
    if _USUAL_DOI.fullmatch(lower := value.lower()):
        return lower
    if not value.startswith("10."):
        if label := _DOI_LABEL.match(value):
            value = value[label.end() :]
        if address := _DOI_URL.match(value):
            value = unquote(value[address.end() :].partition("?")[0])
    value = _trimmed(value).lower()
    return value if _DOI.fullmatch(value) else None


def find_dois(text: str | None) -> list[str]:
    """Every DOI in running text, normalised."""
    found = (normalise_doi(match.group()) for match in _DOI_IN_TEXT.finditer(text or ""))
    return list(dict.fromkeys(doi for doi in found if doi))


def normalise_pmid(text: str | None) -> str | None:
    """A PubMed number of at most eight digits, without label, address or leading zeros; else None."""
    if text and text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 8:  # nearly always
        return text
    match = _PMID.fullmatch((text or "").strip())
    return match.group(1) if match else None


def normalise_pii(text: str | None) -> str | None:
    """A serial's publisher item identifier as PubMed spells it, "S2215-0366(26)00012-3"; with or without its marks.

    S, the ISSN, the year, a number and a check character; other forms are no universal identifiers and give None.
    """
    match = _PII.fullmatch((text or "").strip())
    return "{}-{}({}){}-{}".format(*match.groups()) if match else None


def normalise_pmcid(text: str | None) -> str | None:
    """A PubMed Central id as "PMC3573681", without label, address or version; else None. Bare digits are a PMID's."""
    match = _PMCID.fullmatch((text or "").strip())
    return "PMC" + match.group(1) if match else None


def orcid_check_character(digits: str) -> str:
    """The last character that belongs to fifteen ORCID digits (ISO 7064, MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11]


def normalise_orcid(text: str | None) -> str | None:
    """An ORCID iD as "0000-0002-1825-0097", without its address; None where the check character is wrong."""
    match = _ORCID.fullmatch((text or "").strip())
    if not match:
        return None
    orcid = "-".join(match.groups()).upper()
    digits = orcid.replace("-", "")
    return orcid if orcid_check_character(digits[:-1]) == digits[-1] else None


# Registry numbers as authors write them: any case, with a space, hyphen, colon or "No." before the digits.
_SEPARATOR = r"[\s\-‐‑‒–—−:#._/]{0,3}(?:(?:no\b\.?|number|id\b|identifier)[\s:#]{0,2})?"
_HYPHEN = r"\s?[-‐‑‒–—−]\s?"
_LONG_NUMBER = re.compile(
    "[0-9]{6}"
)  # every pattern below holds one, most texts do not: the cheap question first

#: "govNCT01234567", a lost space, is common in abstracts; so a small letter may stand before capital NCT.
_NCT = re.compile(rf"(?:(?<![A-Za-z0-9])(?i:nct)|(?<=[a-z])NCT)(?i:{_SEPARATOR})([0-9]{{8}})(?![0-9])")


_LONGEST_BEGINNING = 8  # letters before the sign: the "ANZ" of "ANZCTR"
Spelling = Callable[[re.Match[str]], str]


def _registry(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![0-9])", re.IGNORECASE)


def _after(prefix: str) -> Spelling:
    return lambda match: prefix + match.group(1)


def _joined(prefix: str, by: str) -> Spelling:
    return lambda match: prefix + by.join(match.groups())


def _chictr(match: re.Match[str]) -> str:
    kind, number = match.groups()
    return f"ChiCTR-{kind.upper()}-{number}" if kind else f"ChiCTR{number}"


#: "2015-001234-56", of which most texts have not even the beginning
_EU_NUMBER = re.compile(rf"20[0-9]{{2}}{_HYPHEN}[05][0-9]{{5}}")

#: scheme, what any text with such a number holds (in small letters), its pattern, how a match is spelt.
#: Formats as the registries give them; EudraCT's sequence numbers begin with 0, those of its successor CTIS with 5.
_REGISTRIES: tuple[tuple[str, str | re.Pattern[str], re.Pattern[str], Spelling], ...] = (
    ("nct", "nct", _NCT, _after("NCT")),
    ("isrctn", "isrctn", _registry(rf"ISRCTN{_SEPARATOR}([0-9]{{8}})"), _after("ISRCTN")),
    ("eudract", _EU_NUMBER, _registry(rf"(20[0-9]{{2}}){_HYPHEN}(0[0-9]{{5}}){_HYPHEN}([0-9]{{2}})"), _joined("", "-")),
    ("ctis", _EU_NUMBER, _registry(rf"(20[0-9]{{2}}){_HYPHEN}(5[0-9]{{5}}){_HYPHEN}([0-9]{{2}})"), _joined("", "-")),
    ("actrn", "ctr", _registry(rf"(?:ACTRN|ANZCTR){_SEPARATOR}([0-9]{{14}})"), _after("ACTRN")),
    ("chictr", "chictr", _registry(rf"ChiCTR{_SEPARATOR}(?:([A-Z]{{2,5}}){_SEPARATOR})?([0-9]{{10}}|[0-9]{{8}})"), _chictr),
    ("umin", "umin", _registry(rf"UMIN(?:-?CTR)?{_SEPARATOR}([0-9]{{9}})"), _after("UMIN")),
    ("jrct", "jrct", _registry(rf"jRCT{_SEPARATOR}(s[0-9]{{9}}|[0-9]{{10}})"), lambda match: "jRCT" + match.group(1).lower()),
    ("japic", "japicc", _registry(rf"JapicCTI{_SEPARATOR}([0-9]{{6}})"), _after("JapicCTI-")),
    ("drks", "drks", _registry(rf"DRKS{_SEPARATOR}([0-9]{{8}})"), _after("DRKS")),
    ("irct", "irct", _registry(rf"IRCT{_SEPARATOR}([0-9]{{8,15}}N[0-9]{{1,3}})"), lambda match: "IRCT" + match.group(1).upper()),
    ("ctri", "ctri", _registry(r"CTRI\s?/\s?([0-9]{4})\s?/\s?([0-9]{2,3})\s?/\s?([0-9]{6})"), _joined("CTRI/", "/")),
    ("kct", "kct", _registry(rf"KCT{_SEPARATOR}([0-9]{{7}})"), _after("KCT")),
    ("pactr", "pactr", _registry(rf"PACTR{_SEPARATOR}([0-9]{{15,16}})"), _after("PACTR")),
    ("tctr", "tctr", _registry(rf"TCTR{_SEPARATOR}([0-9]{{11}})"), _after("TCTR")),
)  # fmt: skip


def find_nct_numbers(text: str | None) -> list[str]:
    """ClinicalTrials.gov numbers in running text, as "NCT" and eight digits.

    Found in any case and with a space, hyphen, colon or "No." before the digits; never inside a longer number.
    """
    if not text or not _LONG_NUMBER.search(text):
        return []
    return list(dict.fromkeys("NCT" + match.group(1) for match in _NCT.finditer(text)))


def _before(sign: str | re.Pattern[str], small: str, text: str) -> int:
    """From where on a number with this sign may begin: its pattern, tried at every letter, takes long."""
    if not isinstance(sign, str) or len(small) != len(text):  # a capital may have more than one small letter
        return 0
    return max(small.find(sign) - _LONGEST_BEGINNING, 0)


def find_trial_ids(text: str | None) -> list[tuple[str, str]]:
    """Trial registration numbers of all registries in running text, as (scheme, value).

    Schemes: nct, isrctn, eudract, ctis (the EU CT number without its version), actrn, chictr, umin, jrct,
    japic, drks, irct, ctri, kct, pactr, tctr.
    """
    if not text or not _LONG_NUMBER.search(text):
        return []
    small = text.lower()
    found = [
        (match.start(), scheme, spell(match))
        for scheme, sign, pattern, spell in _REGISTRIES
        if (sign in small if isinstance(sign, str) else sign.search(text))
        for match in pattern.finditer(text, _before(sign, small, text))
    ]
    return list(dict.fromkeys((scheme, value) for _, scheme, value in sorted(found)))
