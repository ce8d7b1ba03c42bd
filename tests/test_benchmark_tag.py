"""The benchmark of the tagger prints what docs and issues quote from it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from benchmarks import tag


def test_it_prints_speed_memory_and_growth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"title": "Ketamine", "abstract": "Ten adults with depression were given ketamine. " * 5},
        {"title": None},
    ]
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", "utf-8")
    monkeypatch.setattr(sys, "argv", ["tag", str(path)])
    monkeypatch.setattr(tag, "PASSES", 1)
    monkeypatch.setattr(tag, "LENGTHS", (1, 10))
    tag.main()
    printed = capsys.readouterr().out
    assert printed.startswith("2 records, 124 characters")
    for name in ("first pass", "slowest", "median", "fastest"):
        assert re.search(rf"^{name} +[\d,]+ +[\d,]+ +[\d,]+$", printed, re.MULTILINE)
    assert re.search(r"^peak memory [\d,]+ MB$", printed, re.MULTILINE)
    assert re.search(r"^exponent of growth \d\.\d\d$", printed, re.MULTILINE)


def test_invented_records_have_text_alone() -> None:
    records = tag.invented(3)
    assert [bool(record.title and record.abstract) for record in records] == [True] * 3
    assert not any(record.headings for record in records)
