"""Records as plain JSON values and back: for files that carry them from one process to another."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def as_plain(value: Any) -> Any:
    """A dataclass as a dict of its filled fields, tuples as lists, whatever is in them likewise."""
    if is_dataclass(value):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: as_plain(content) for name, content in named if content not in (None, [], {}, ())}
    if isinstance(value, Mapping):
        return {key: as_plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(content) for content in value]
    return value


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """The dataclass that `as_plain` took apart. Raises TypeError or KeyError for what is no such dict."""
    made: T = _made(kind, plain)
    return made


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, plain: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if plain is None or kind is Any or kind is object:
        return plain
    if origin in (Union, types.UnionType):
        return _made(next(one for one in inner if one is not type(None)), plain)
    if is_dataclass(kind):
        # what was left out for being empty, and has no default, is None
        required = {field.name: None for field in fields(kind) if field.name not in plain and _needs(field)}
        given = {name: _made(_hints(kind)[name], content) for name, content in plain.items()}  # type: ignore[arg-type]
        return kind(**required, **given)  # type: ignore[operator]
    if origin is tuple:
        parts: Sequence[Any] = (inner[0],) * len(plain) if inner[-1] is Ellipsis else inner
        return tuple(_made(part, content) for part, content in zip(parts, plain, strict=True))
    if origin is list:
        return [_made(inner[0], content) for content in plain]
    return plain


def _needs(field: Any) -> bool:
    return field.default is field.default_factory  # both are dataclasses.MISSING
