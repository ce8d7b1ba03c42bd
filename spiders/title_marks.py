"""What publishers put before a title: "RETRACTED:", "Retraction notice to", "Erratum", "Reply to" …

A mark either says that the work itself is no longer what it was (`side` "affected": the title of the article was
changed) or that this text is a notice about another ("notice"). The patterns are those of Elsevier, Wiley, Springer
Nature, Taylor & Francis, Cochrane and PubMed; a word that may begin a title of its own ("Correction of
hyponatraemia") is no mark unless what follows says so.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Side = Literal["affected", "notice"]


class TitleMark(NamedTuple):
    """A mark: the `kind` of notice (see `records.Notice`; "reply" for answers), its side, and the title without it."""

    kind: str
    side: Side
    rest: str


_QUOTES = "\"'“”‘’«»"
_DOCUMENT = "article|paper|report|review|study|letter"
_SOMEBODY = r"[A-Z][\w’'-]+(?:,| et al| and [A-Z]| &)"
#: what shows that a text is about another: "to", a colon, or nothing more
_TO = r"(?:\s+(?:to|for|in|of|on|regarding|about)\b\s*:?\s*|\s*[:.–—-]+\s*|\s*$)"
#: the same after a word that may begin a title of its own: what follows must look like a title or a person
_ABOUT = rf"(?:\s+(?:to|for|of|in|on)\b\s*:?\s*(?=[{_QUOTES}\[]|[A-Z0-9(]|the\s+(?:{_DOCUMENT})\b)|\s*[:.–—-]+\s*|\s*$)"
_ARTICLE = r"(?:\s+(?:article|paper|chapter|review))?"


def _mark(kind: str, side: Side, *beginnings: str) -> tuple[str, Side, re.Pattern[str]]:
    return kind, side, re.compile("|".join(f"(?:{one})" for one in beginnings))


#: (kind, side, pattern at the beginning of a title); the first that matches counts
_MARKS = (
    _mark("retraction", "affected", rf"(?i:\[?retracted{_ARTICLE}\]?\s*[:.–—]\s*|\[retracted{_ARTICLE}\]\s*)"),
    _mark("withdrawal", "affected",
          rf"(?i:\[?withdrawn{_ARTICLE}\]?\s*[:.–—]\s*|\[withdrawn{_ARTICLE}\]\s*)", r"REMOVED\s*:\s*"),
    _mark("partial-retraction", "notice", rf"(?i:(?:notice of )?partial retraction(?: note| notice)?){_ABOUT}"),
    _mark("expression-of-concern", "notice",
          r"(?i:(?:editorial |publisher['’]?s )?(?:note: )?(?:notice of )?(?:editorial )?expression of (?:editorial )?concern)"
          rf"(?:{_ABOUT}|\s+regarding\b:?\s*)"),
    _mark("retraction", "notice",
          rf"(?i:(?:notice of (?:article )?|statement of )retraction{_TO})",
          rf"(?i:(?:editorial )?retraction (?:notice|note|statement|notification){_TO})",
          r"(?i:retraction(?: to| of| for)?\s*(?:[:.–—]\s*|$))",
          rf"(?i:retraction (?:to|of|for)\b\s*)(?=[{_QUOTES}\[])"),
    _mark("withdrawal", "notice",
          rf"(?i:notice of (?:article )?withdrawal{_TO})", rf"(?i:withdrawal (?:notice|note|statement){_TO})"),
    _mark("correction", "notice",
          rf"(?i:(?:published |author |publisher )?(?:errat(?:um|a)|corrigend(?:um|a))(?: notice)?){_ABOUT}",
          rf"(?i:(?:author|publisher|publisher['’]s) corrections?{_TO})",
          rf"(?i:corrections? (?:notice|note)){_ABOUT}",
          r"(?i:corrections?)(?:\s*:\s*|\.\s+|\s*\.?$)",
          rf"(?i:corrections? to\b\s*)(?::\s*|(?=[{_QUOTES}\[]|the\s+(?:{_DOCUMENT})\b|{_SOMEBODY}))"),
    _mark("reply", "notice",
          r"(?i:(?:an? |in )?reply to\b\s*:?\s*)", r"(?i:re\s*:\s+)",
          r"(?i:(?:authors?['’]?s?['’]? )?(?:reply|response)\s*(?:[:.–—]\s+|\.?$))",
          rf"(?i:(?:an? |authors?['’]?s?['’]? )?response to\b)\s*(?::\s*|(?=[{_QUOTES}\[]|(?:the )?(?:comment|letter)))",
          rf"(?i:comments?(?:ary)? on\b)\s*(?::\s*|(?=[{_QUOTES}\[]))",
          r"(?i:letter to the editor\s*(?:[:.–—]\s*|$))"),
)  # fmt: skip

#: PsycInfo's way, after the title in quotation marks: "'Ketamine in pain': Corrigendum."
_AFTER = re.compile(
    rf"[{_QUOTES}](?P<title>.+)[{_QUOTES}]\s*:\s*(?P<mark>corrigendum|erratum|correction|retraction|expression of concern)\.?",
    re.IGNORECASE,
)
_KINDS_AFTER = {"retraction": "retraction", "expression of concern": "expression-of-concern"}


def read_mark(title: str | None) -> TitleMark | None:
    """The mark that a title begins (or, in PsycInfo's way, ends) with, None for a plain title.

    >>> read_mark("RETRACTED: Ketamine in pain")
    TitleMark(kind='retraction', side='affected', rest='Ketamine in pain')
    >>> read_mark("Retraction of claims in a mouse model") is None
    True
    """
    text = (title or "").strip()
    bracketed = text[1:].removesuffix(".").removesuffix("]") if text.startswith("[") else text
    for kind, side, pattern in _MARKS:
        for spelling in dict.fromkeys((bracketed, text)):  # PubMed's translated titles stand in brackets
            if found := pattern.match(spelling):
                return TitleMark(kind, side, spelling[found.end() :].strip(f" {_QUOTES}"))
    if after := _AFTER.fullmatch(text):
        return TitleMark(
            _KINDS_AFTER.get(after["mark"].lower(), "correction"), "notice", after["title"].strip()
        )
    return None
