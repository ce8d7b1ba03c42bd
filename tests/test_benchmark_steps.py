"""Each step of the benchmarks tells what the table shows of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import articles
from benchmarks.__main__ import Contender, ours
from benchmarks.synthetic import chunks


def test_a_step_in_a_process_of_its_own_tells_records_seconds_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "records.xml.gz"
    path.write_bytes(gzip.compress("".join(chunks(3)).encode()))
    one = Contender("ours", ours("parse_ours", path))
    one.run()
    assert one.records == 3
    assert 0 < one.seconds[0] < 60
    assert 5 < one.megabytes[0] < 1000


def test_a_step_of_the_articles_tells_the_same(
    filled_db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, text = tmp_path / "watch.db", tmp_path / "clinic.md"
    db.write_bytes(filled_db.read_bytes())
    text.write_text(articles.article(7))
    articles.step("read", str(db), str(text))
    told = json.loads(capsys.readouterr().out)
    assert told["records"] > 0
    assert {"records", "seconds", "megabytes"} == told.keys()
