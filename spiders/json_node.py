"""Reading JSON of a documented shape: missing and null are nothing, another type than documented is an error."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from typing import Any

from store.errors import BadAnswer

# JSON may hold halves of surrogate pairs and NUL; neither is text, and SQLite takes neither
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
# CommonMark 0.28, section 6.1: any ASCII punctuation may be escaped by a backslash
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s*")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class BrokenJson(BadAnswer):
    """JSON that breaks off. `rest` is the text from the beginning of the broken document."""

    def __init__(self, source: str, cause: str, rest: str):
        super().__init__(source, cause)
        self.rest = rest


def documents(source: str, body: bytes) -> Iterator[Any]:
    """The JSON documents that stand one after another in an answer of `source`; there is at least one.

    Raises BadAnswer where it is empty, something else (HTML, plain text), or breaks off; what stood before has come.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadAnswer(source, f"not UTF-8 at byte {error.start} of {len(body)}") from error
    position = _after_space(text, 0)
    if position == len(text):
        raise BadAnswer(source, "an empty answer")
    if text[position] not in "{[":
        kind = "HTML or XML" if text[position] == "<" else "text"
        raise BadAnswer(source, f"{kind} instead of JSON: {excerpt(body, 100)!r}")
    decoder = json.JSONDecoder()
    while position < len(text):
        try:
            document, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            cause = f"JSON cut or broken: {error} (of {len(text)} characters)"
            raise BrokenJson(source, cause, text[position:]) from error
        yield document
        position = _after_space(text, position)


def whole_elements(broken: str, key: str) -> Iterator[Any]:
    """What stands whole, before the break, in a broken list or in the list `key` of a broken object."""
    opening = re.match(r"\[", broken) or re.search(rf'"{key}"\s*:\s*\[', broken)
    position = opening.end() if opening else len(broken)
    decoder = json.JSONDecoder()
    while position < len(broken):
        try:
            element, position = decoder.raw_decode(broken, _after_space(broken, position))
        except (ValueError, RecursionError):
            return
        yield element
        position = _after_space(broken, position)
        position += broken[position : position + 1] == ","


def excerpt(body: bytes, characters: int = 200) -> str:
    """The beginning of an answer on one line, fit for a message."""
    return " ".join(body[: 4 * characters].decode("utf-8", "replace").split())[:characters]


class UnexpectedValue(ValueError):
    """A value of another type than documented; its message names the path."""

    def __init__(self, path: str, expected: str, value: object):
        super().__init__(f"{path}: {expected} expected, found {_shown(value)}")


class Node:
    """One JSON object and the path to it. A key that is missing or null reads as nothing: None, [], empty Node."""

    __slots__ = ("path", "value")

    def __init__(self, value: dict[str, Any], path: str = ""):
        self.value = value
        self.path = path

    @classmethod
    def of(cls, value: object, path: str = "") -> Node:
        """The node of a JSON object. Raises UnexpectedValue for anything else."""
        if not isinstance(value, dict):
            raise UnexpectedValue(path or "value", "object", value)
        return cls(value, path)

    def object(self, key: str) -> Node:
        value = self.value.get(key)
        return Node({} if value is None else _typed(value, dict, self._at(key)), self._at(key))

    def objects(self, key: str) -> list[Node]:
        return [Node(_typed(value, dict, path), path) for value, path in self._entries(key)]

    def texts(self, key: str) -> list[str]:
        """The texts of a list, without empty ones."""
        texts = (_clean(_typed(value, str, path)) for value, path in self._entries(key))
        return [text for text in texts if text]

    def text(self, key: str) -> str | None:
        """One line of text: white space folded."""
        value = self._get(key, str)
        return None if value is None else " ".join(_clean(value).split()) or None

    def markup(self, key: str) -> str | None:
        """Text in Markdown, its lines kept and its backslash escapes undone."""
        value = self._get(key, str)
        return None if value is None else _ESCAPED.sub(r"\1", _clean(value)) or None

    def flag(self, key: str) -> bool | None:
        value = self._get(key, bool)
        return None if value is None else bool(value)

    def whole_number(self, key: str) -> int | None:
        value = self._get(key, int)
        if isinstance(value, bool):
            raise UnexpectedValue(self._at(key), "whole number", value)
        return None if value is None else int(value)

    def date(self, key: str) -> str | None:
        """An ISO date of the precision given: "2021-01-05", "2021-01", "2021"."""
        value = self.text(key)
        if value is None:
            return None
        match = _DATE.fullmatch(value)
        try:
            if match:
                datetime.date(*(int(part or 1) for part in match.groups()))
                return value
        except ValueError:
            pass
        raise UnexpectedValue(self._at(key), "date", value)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _get(self, key: str, kind: type) -> Any:
        value = self.value.get(key)
        return None if value is None else _typed(value, kind, self._at(key))

    def _entries(self, key: str) -> list[tuple[Any, str]]:
        values = self._get(key, list) or []
        return [
            (value, f"{self._at(key)}[{position}]")
            for position, value in enumerate(values)
            if value is not None
        ]


_NAMES = {dict: "object", list: "list", str: "text", bool: "true or false", int: "whole number"}


def _typed(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind):
        raise UnexpectedValue(path, _NAMES[kind], value)
    return value


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match
    return match.end()


def _clean(text: str) -> str:
    return _NOT_TEXT.sub("\ufffd", text).strip()


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return _NAMES[type(value)]
    shown = ascii(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
