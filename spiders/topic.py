"""What is watched, free of any service's query language. Each spider renders it into its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """A drug or an indication: the words to search for, and the controlled terms that indexers give it.

    A term may end in `*` for truncation. `mesh` are MeSH headings, `substances` supplementary concepts.
    """

    name: str
    terms: tuple[str, ...]
    mesh: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """Drugs times indications."""

    name: str
    description: str
    drugs: tuple[Watched, ...]
    indications: tuple[Watched, ...]

    def drug_terms(self) -> dict[str, tuple[str, ...]]:
        """drug -> its terms: what the tagger needs to know of a topic."""
        return {drug.name: drug.terms for drug in self.drugs}

    def text_terms(self, watched: Iterable[Watched]) -> list[str]:
        """The terms to search text for, in order, without those that a shorter one finds anyway.

        "(S)-ketamine" and "ketamine*" are found by "ketamine"; "esketamine" is a word of its own. Punctuation
        other than hyphens is dropped: no service's word index holds it.
        """
        cleaned = list(dict.fromkeys(_plain(term) for one in watched for term in one.terms))
        return [
            term
            for at, term in enumerate(cleaned)
            # of two spellings that find each other ("obsessive compulsive", "obsessive-compulsive") the first stays
            if not any(
                _finds(other, term) and (before < at or not _finds(term, other))
                for before, other in enumerate(cleaned)
                if before != at
            )
        ]


def _plain(term: str) -> str:
    return " ".join(re.sub(r"[^\w*-]+", " ", term).replace("_", " ").split()).strip("- ")


def _finds(shorter: str, longer: str) -> bool:
    words = re.split(r"[\s-]+", shorter.lower())
    others = re.split(r"[\s-]+", longer.lower())
    return any(_same_words(words, others[at : at + len(words)]) for at in range(len(others) - len(words) + 1))


def _same_words(words: list[str], others: list[str]) -> bool:
    return all(
        other == word or (word.endswith("*") and other.startswith(word[:-1]))
        for word, other in zip(words, others, strict=True)
    )
