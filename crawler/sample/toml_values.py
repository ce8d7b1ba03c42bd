"""Readers of single values of the sample's TOML files: each gives the value, or says why it cannot be one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

Reader = Callable[[Any], Any]
#: most tags that PubMed keeps inside titles: b, i, sup, sub, u
_TAG = re.compile(r"<(?!/?(?:b|i|sup|sub|u)>)")


def text(value: Any) -> str:
    """Words, as they are to be served: one line, no blanks at its ends, no markup but PubMed's."""
    if not isinstance(value, str):
        raise ValueError(f"text is wanted, not {value!r}")
    if not value or value != " ".join(value.split()):
        raise ValueError(f"{value!r} is empty or has blanks too many")
    if _TAG.search(value):
        raise ValueError(f"{value!r} has markup that PubMed's titles never have")
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is wanted, not {value!r}")
    return value


def count(value: Any) -> int:
    """How many: an integer from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"a number from 0 is wanted, not {value!r}")
    return value


def shape(pattern: str, name: str) -> Reader:
    """Text that is wholly of this regular expression; `name` says what it is."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {name}")
        return value

    return read


def one_of(*allowed: str) -> Reader:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
        return str(value)

    return read


def optional(read: Reader) -> Reader:
    """What `read` reads, or "" where the source gives nothing."""
    return lambda value: "" if value == "" else read(value)


def many(read: Reader) -> Reader:
    """A list, each of its own: no entry twice."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"a list is wanted, not {value!r}")
        entries = tuple(read(entry) for entry in value)
        for at, entry in enumerate(entries):
            if entry in entries[:at]:
                raise ValueError(f"{entry!r} is there twice")
        return entries

    return read_all


def row(*reads: Reader) -> Reader:
    """A list of exactly these, in this order."""

    def read_row(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(reads):
            raise ValueError(f"a list of {len(reads)} is wanted, not {value!r}")
        return tuple(read(entry) for read, entry in zip(reads, value, strict=True))

    return read_row


def table(kind: type, readers: dict[str, Reader]) -> Reader:
    """A table of these keys and no others -> a `kind` of them; what `kind` needs must be there."""

    def read_table(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"a table is wanted, not {value!r}")
        fields: dict[str, Any] = {}
        for key, entry in value.items():
            if key not in readers:
                raise ValueError(f"unknown key {key!r}; known are {', '.join(readers)}")
            try:
                fields[key] = readers[key](entry)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        try:
            return kind(**fields)
        except TypeError as error:  # the constructor names what is missing
            raise ValueError(str(error).partition(" ")[2]) from None

    return read_table


def day(value: Any) -> str:
    """A full ISO date, "2013-10-01"."""
    return _date(value, 10)


def some_date(value: Any) -> str:
    """An ISO date of the precision known: "2013-10-01", "2013-10" or "2013"."""
    return _date(value, 4, 7, 10)


def _date(value: Any, *lengths: int) -> str:
    try:
        if not isinstance(value, str) or len(value) not in lengths:
            raise ValueError
        date.fromisoformat(f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10])
    except ValueError:
        raise ValueError(f"{value!r} is no date of the form {' or '.join(map(_form, lengths))}") from None
    return value


def _form(length: int) -> str:
    return "YYYY-MM-DD"[:length]


def issn(value: Any) -> str:
    """An ISSN whose check digit is right (ISO 3297: weights 8 to 2, modulo 11, X is 10)."""
    number: str = shape(r"\d{4}-\d{3}[\dX]", "an ISSN")(value)
    digits = number.replace("-", "")
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits[:7], strict=True))
    if "0123456789X"[-total % 11] != digits[7]:
        raise ValueError(f"{value!r} is not an ISSN: its check digit is wrong")
    return number


pmid = shape(r"[1-9]\d{0,7}", "a PMID")
nct = shape(r"NCT\d{8}", "an NCT number")
doi = shape(r"10\.\d{4,9}/[!-~]+", "a DOI")
pmcid = shape(r"PMC[1-9]\d{0,9}", "a PMC id")
language = shape(r"[a-z]{3}", "a language of ISO 639-2")
descriptor = shape(r"D\d{6}(\d{3})?", "a MeSH descriptor UI")
substance = shape(r"[DC]\d{6}(\d{3})?", "a MeSH UI")
qualifier = shape(r"Q\d{6}(\d{3})?", "a MeSH qualifier UI")
