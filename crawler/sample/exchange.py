"""A request as the sample server saw it, and the answer it gives: what its services and its faults share."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

TEXT = "text/plain; charset=UTF-8"
XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True)
class Asked:
    """One request. `pairs`: every parameter of the URL and of a posted form, in order, repeats kept. `headers`: as sent."""

    time: float  # seconds since 1970
    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str]:
        """Each parameter once; the values of a repeated one are joined by commas."""
        joined: dict[str, list[str]] = {}
        for name, value in self.pairs:
            joined.setdefault(name, []).append(value)
        return {name: ",".join(values) for name, values in joined.items()}

    def all(self, name: str) -> list[str]:
        """The values of a parameter that may be repeated."""
        return [value for each, value in self.pairs if each == name]


@dataclass(frozen=True)
class Answer:
    """What goes back. `delay`: seconds to wait before it; `reset`: drop the connection instead; `drip`: seconds over which
    the body is sent in small parts; `promised`: another Content-Length than the true one.
    """

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: bool = False
    drip: float = 0.0
    promised: int | None = None


def as_json(value: Any, status: int = 200, content_type: str = JSON) -> Answer:
    """A JSON answer, without spaces, as the services write it."""
    return Answer(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), content_type, status)


def as_text(message: str, status: int) -> Answer:
    """An error in words."""
    return Answer(message.encode(), TEXT, status)


def whole_number(text: str) -> int | None:
    """The number that decimal digits make; None for anything else, and for numbers that no parameter can mean."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
