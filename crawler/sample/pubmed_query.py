"""Evaluates a PubMed query against the sample's articles, and says what PubMed would say of its parts.

A phrase is looked up as it stands; where no record holds it, a phrase of several words is taken apart and its words
are joined by AND: silently if it was not quoted, with a QuotedPhraseNotFound if it was. A single word that no record
holds is a PhraseNotFound, and finds nothing. Headings (MeSH, substances, publication types) are a vocabulary that the
service knows whole: one without records finds nothing, and nothing is said. Untagged words are searched one by one in
all fields; they are not mapped to MeSH, and headings are not exploded, for the catalogue has no tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from crawler.sample.pubmed_syntax import Field, Group, Node, Range, Term, parse
from crawler.sample.words import normalise

#: User Guide, "Truncating search terms": four characters at least before the asterisk.
SHORTEST_STEM = 4
Pmids = frozenset[str]

_DATE = re.compile(r"(\d{4})(?:/(\d{1,2})(?:/(\d{1,2}))?)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)


class Index(Protocol):
    """What a query is evaluated against."""

    def phrase(self, field: Field, phrase: str, prefix: bool) -> Pmids:
        """Records whose field holds the phrase (as `normalise` leaves it); `prefix`: its last word goes on."""

    def between(self, field: Field, first: str, last: str) -> Pmids:
        """Records whose date lies between two ISO days, both within."""

    def numbered(self, first: int, last: int) -> Pmids:
        """Records whose PMID lies between two, both within."""


@dataclass
class Finding:
    """What a query found, its QueryTranslation, and what goes into ErrorList and WarningList."""

    pmids: Pmids = frozenset()
    translation: str = ""
    phrases_not_found: list[str] = field(default_factory=list)
    fields_not_found: list[str] = field(default_factory=list)
    phrases_ignored: list[str] = field(default_factory=list)
    quoted_phrases_not_found: list[str] = field(default_factory=list)


def search(index: Index, query: str) -> Finding:
    """Everything in `index` that the query finds. Raises QuerySyntaxError."""
    tree = parse(query)
    finding = Finding()
    finding.pmids, finding.translation = _Evaluation(index, finding).of_group(tree)
    return finding


def day(text: str, *, last: bool = False) -> str | None:
    """ "2013/8" -> "2013-08-01", or the last day that it may mean, "2013-08-31"; None if it is no date."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    month, date = int(match[2] or (12 if last else 1)), int(match[3] or (31 if last else 1))
    return f"{match[1]}-{month:02}-{date:02}" if 1 <= month <= 12 and 1 <= date <= 31 else None


_Result = tuple[Pmids, str]  # what was found, and the translation


class _Evaluation:
    """One walk through a query's tree. A part that says nothing ("-") is left out: its result is None."""

    def __init__(self, index: Index, finding: Finding):
        self._index = index
        self._finding = finding

    def of_group(self, group: Group) -> _Result:
        found: Pmids | None = None
        said = ""
        for operator, node in group.operands:
            part = self._of(node)
            if part is None:
                continue
            found = part[0] if found is None else _joined(operator, found, part[0])
            said = f"{said} {operator} {part[1]}" if said else part[1]
        return found or frozenset(), said

    def _of(self, node: Node) -> _Result | None:
        if isinstance(node, Group):
            found, said = self.of_group(node)
            return (found, f"({said})" if len(node.operands) > 1 else said) if said else None
        return self._of_range(node) if isinstance(node, Range) else self._of_term(node)

    def _of_range(self, node: Range) -> _Result:
        written = node.first if node.first == node.last else f"{node.first}:{node.last}"
        said = f"{written}[{node.field.name}]"
        if node.field.kind == "uid":
            if _NUMBER.fullmatch(node.first) and _NUMBER.fullmatch(node.last):
                return self._index.numbered(int(node.first), int(node.last)), said
        elif (first := day(node.first)) and (last := day(node.last, last=True)):
            return self._index.between(node.field, first, last), said
        return self._not_found(written, f'"{written}"[{node.field.name}]')

    def _of_term(self, term: Term) -> _Result | None:
        if term.unknown_tag is not None and term.unknown_tag not in self._finding.fields_not_found:
            self._finding.fields_not_found.append(term.unknown_tag)
        if term.field.kind in ("date", "uid"):
            return self._of_range(Range(term.text, term.text, term.field))
        if term.tagged or term.quoted:
            return self._of_phrase(term.text, term.field, term.quoted)
        return self._of_words(term.text.split(), term.field)

    def _of_words(self, words: list[str], where: Field) -> _Result | None:
        """Each word, or hyphenated phrase, for itself, joined by AND."""
        parts = [part for word in words if (part := self._of_word(word, where))]
        if not parts:
            return None
        said = " AND ".join(said for _, said in parts)
        found = frozenset.intersection(*(found for found, _ in parts))
        return found, f"({said})" if len(parts) > 1 else said

    def _of_word(self, word: str, where: Field) -> _Result | None:
        if where.name == "All Fields" and _NUMBER.fullmatch(word):
            numbered = self._index.numbered(int(word), int(word))
            if numbered:
                return numbered, f"{word}[UID]"
        return self._of_phrase(word, where, quoted=False)

    def _of_phrase(self, text: str, where: Field, quoted: bool) -> _Result | None:
        prefix = text.rstrip().endswith("*")
        phrase = normalise(text)
        if not phrase:
            self._finding.phrases_ignored.append(text)
            return None
        said = f'"{phrase}{"*" * prefix}"[{where.name}]'
        last_word = phrase.rpartition(" ")[2]
        if prefix and len(last_word) < SHORTEST_STEM:
            return self._not_found(text, said)
        found = self._index.phrase(where, phrase, prefix)
        if found or where.kind == "heading":
            return found, said
        if where.kind == "author" or " " not in phrase:
            return self._not_found(text, said)
        if quoted:
            self._finding.quoted_phrases_not_found.append(f'"{text}"')
        *words, last_word = phrase.split()
        return self._of_words([*words, last_word + "*" * prefix], where)

    def _not_found(self, text: str, said: str) -> _Result:
        if text not in self._finding.phrases_not_found:
            self._finding.phrases_not_found.append(text)
        return frozenset(), said


def _joined(operator: str, left: Pmids, right: Pmids) -> Pmids:
    if operator == "AND":
        return left & right
    return left | right if operator == "OR" else left - right
