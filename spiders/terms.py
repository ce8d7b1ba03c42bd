"""The topic's terms, matched here: for services that rank by likeness and know no boolean search."""

from __future__ import annotations

import re
from collections.abc import Iterable


def pattern(terms: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of these terms as whole words, in any case; a final `*` truncates.

    Hyphens and blanks within a term stand for each other ("CI-581", "CI 581"). Letters that follow or precede make
    another word: "norketamine" is not "ketamine", "S-ketamine" holds it. Without terms nothing is found.
    """
    found = [_expression(term) for term in terms if term.strip("* ")]
    return re.compile("|".join(found) or r"(?!)", re.IGNORECASE)


def _expression(term: str) -> str:
    words = [re.escape(word) for word in re.split(r"[\s-]+", term.strip().rstrip("*")) if word]
    end = "" if term.rstrip().endswith("*") else r"(?!\w)"
    return r"(?<!\w)" + r"[\s\-‐‑‒–]?".join(words) + end
