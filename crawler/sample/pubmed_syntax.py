"""PubMed's query language, the part that searches of a sample need: text in, a tree of what to look for out.

By PubMed's User Guide: AND, OR and NOT, in any case, are taken from left to right without precedence; parentheses go
first; terms side by side are joined by AND; a field tag in brackets belongs to the words before it; dates and PMIDs
have ranges, `a:b[tag]` or `"a"[tag] : "b"[tag]`.

Left out: filters, subsets, proximity. A tag that is none of `FIELDS` is kept, to be reported as PubMed does, and its
words are searched in all fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind = Literal["words", "heading", "author", "date", "uid"]

_DEEPEST = 100
_TOKEN = re.compile(
    r'\s*(?:"(?P<quoted>[^"]*)"|\[(?P<tag>[^\][]*)\]|(?P<mark>[():])|(?P<word>[^\s"()\[\]:]+))'
)
_OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True)
class Field:
    """A search field: the name it has in QueryTranslation, and how it is searched.

    `kind`: "words" phrases anywhere in running text; "heading" whole entries of a vocabulary; "author"; "date"; "uid".
    """

    name: str
    kind: Kind


_FIELDS: tuple[
    tuple[str, Kind, str], ...
] = (  # names as einfo gives them; tags of the User Guide and of einfo
    ("All Fields", "words", "all"),
    ("Title/Abstract", "words", "tiab"),
    ("Title", "words", "ti titl"),
    ("Abstract", "words", "ab"),
    ("Text Word", "words", "tw word"),
    ("Other Term", "words", "ot otrm"),
    ("Journal", "words", "ta jour"),
    ("Author - Corporate", "words", "cn coln"),
    ("Language", "heading", "la lang"),
    ("MeSH Terms", "heading", "mh mesh"),
    ("MeSH Major Topic", "heading", "majr"),
    ("Supplementary Concept", "heading", "nm subs"),
    ("Publication Type", "heading", "pt ptyp"),
    ("Secondary Source ID", "heading", "si"),
    ("Location ID", "heading", "lid aid doi"),
    ("Author", "author", "au auth full"),
    ("Author - First", "author", "1au faut"),
    ("UID", "uid", "pmid"),
    ("Date - Create", "date", "crdt"),
    ("Date - Entry", "date", "edat"),
    ("Date - Modification", "date", "lr mdat"),
    ("Date - MeSH", "date", "mhda"),
    ("Date - Completion", "date", "dcom cdat"),
    ("Date - Publication", "date", "dp pdat"),
)
#: tag or name, lower case -> field
FIELDS = {tag: Field(name, kind) for name, kind, tags in _FIELDS for tag in (name.lower(), *tags.split())}
ALL_FIELDS = FIELDS["all"]


class QuerySyntaxError(ValueError):
    """What cannot be read as a query: an open quotation mark or parenthesis, an operator without its terms."""


@dataclass(frozen=True)
class Term:
    """Words, and where to look for them. `tagged` is false for words without a tag: those are searched one by one.

    `unknown_tag`: the tag as written if it is none of PubMed's that we know; `field` is then all fields.
    """

    text: str
    field: Field = ALL_FIELDS
    tagged: bool = False
    quoted: bool = False
    unknown_tag: str | None = None


@dataclass(frozen=True)
class Range:
    """From `first` to `last`, both within: dates as written ("2013/08"), or PMIDs."""

    first: str
    last: str
    field: Field


@dataclass(frozen=True)
class Group:
    """Operands in order, each with the operator that joins it to all that stands before; the first one's is AND."""

    operands: tuple[tuple[str, Node], ...]


Node: TypeAlias = "Term | Range | Group"
_Token: TypeAlias = tuple[str, str]  # its kind (quoted, tag, mark, word, operator) and its text


def parse(query: str) -> Group:
    """A query as a tree. Raises QuerySyntaxError."""
    return _Parser(query).whole()


class _Parser:
    """Walks the tokens from left to right; every method consumes what it returns."""

    def __init__(self, query: str):
        self._tokens = list(_tokens(query))
        self._at = 0

    def whole(self) -> Group:
        group = self._group(0)
        if self._at < len(self._tokens):
            raise QuerySyntaxError("a closing parenthesis too many")
        return group

    def _group(self, depth: int) -> Group:
        if depth > _DEEPEST:
            raise QuerySyntaxError(f"parentheses more than {_DEEPEST} deep")
        operands: list[tuple[str, Node]] = []
        while self._at < len(self._tokens) and not self._is("mark", ")"):
            operator = self._operator(first=not operands)
            operands += [(operator, node) for node in self._operand(depth)]
        if not operands:
            raise QuerySyntaxError("nothing to search for")
        return Group(tuple(operands))

    def _operator(self, *, first: bool) -> str:
        operator = self._take("operator")
        if operator and first:
            raise QuerySyntaxError(f"{operator} with nothing before it")
        if operator == "AND" and self._is("operator", "NOT"):
            operator = self._take("operator")
        return operator or "AND"

    def _operand(self, depth: int) -> list[Node]:
        """One operand, or two: untagged words before a range are a term of their own."""
        if self._is("mark", "("):
            self._at += 1
            group = self._group(depth + 1)
            if not self._is("mark", ")"):
                raise QuerySyntaxError("a parenthesis that is not closed")
            self._at += 1
            return [group]
        quoted = self._is("quoted")
        text = self._text()
        if text is None:
            token = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
            raise QuerySyntaxError(f"a term is missing before {token}")
        return self._term_or_range(text, quoted)

    def _term_or_range(self, text: str, quoted: bool) -> list[Node]:
        tag = self._take("tag")
        while self._is("mark", ":"):
            self._at += 1
            after = self._text() or ""
            tag = self._take("tag") or tag
            if (field := _field(tag)) and field.kind in ("date", "uid"):
                *before, first = [text] if quoted else text.split(" ")
                return [*([Term(" ".join(before))] if before else []), Range(first, after, field)]
            text, quoted = f"{text} {after}", False  # a colon within running text
        if tag is None:
            return [Term(text, quoted=quoted)]
        field = _field(tag)
        return [Term(text, field or ALL_FIELDS, True, quoted, None if field else tag)]

    def _text(self) -> str | None:
        """A quoted phrase without its marks, or all the words up to something else; None if neither is here."""
        if self._is("quoted"):
            return self._take("quoted")
        words = []
        while (word := self._take("word")) is not None:
            words.append(word)
        return " ".join(words) or None

    def _is(self, kind: str, text: str | None = None) -> bool:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        return token[0] == kind and text in (None, token[1])

    def _take(self, kind: str) -> str | None:
        if not self._is(kind):
            return None
        self._at += 1
        return self._tokens[self._at - 1][1]


def _tokens(query: str) -> Iterator[_Token]:
    query = query.rstrip()
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if not match:
            raise QuerySyntaxError(
                f"a quotation mark or bracket without its other half: {query[at : at + 20]}"
            )
        at = match.end()
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        is_operator = kind == "word" and text.upper() in _OPERATORS
        yield ("operator", text.upper()) if is_operator else (kind, text)


def _field(tag: str | None) -> Field | None:
    """The field of a tag as written; [mh:noexp] is [mh] here, where headings are not exploded anyway."""
    return FIELDS.get(tag.partition(":")[0].strip().lower()) if tag is not None else None
