"""Golden files: what a fixture gives, kept as text that a person has read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"


def as_json(items: list[Any]) -> str:
    """The items as text, without what is empty: a field that is added later changes no golden file."""
    shown = [{type(item).__name__: _filled(dataclasses.asdict(item))} for item in items]
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items() if one not in (None, [], {}, (), False)}
    return [_filled(one) for one in value] if isinstance(value, list) else value


def check(fixture: Path, found: str) -> None:
    """The fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / fixture.parent.name / f"{fixture.name}.golden.json"
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")
