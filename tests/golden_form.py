"""Records as golden files hold them: what is filled, so that a new field of another source changes no file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any


def golden(items: Iterable[Any]) -> str:
    """Items as JSON, each under its type's name, without what is None or empty."""
    shown = [{type(item).__name__: _filled(dataclasses.asdict(item))} for item in items]
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def content(item: Any) -> dict[str, Any]:
    """Every field that is content, empty ones too."""
    names = {field.name for field in dataclasses.fields(item) if field.compare}
    return {name: value for name, value in dataclasses.asdict(item).items() if name in names}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one) for name, one in value.items() if one not in (None, [], (), {})}
    return [_filled(one) for one in value] if isinstance(value, (list, tuple)) else value
