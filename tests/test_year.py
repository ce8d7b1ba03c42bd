"""Weeks of the services' life in short: what comes late, changes, or comes while they are down is not lost."""

from __future__ import annotations

from pathlib import Path

from benchmarks.year import CHANGING, simulate


def test_after_weeks_of_crawls_the_database_holds_what_one_crawl_finds_and_every_change(
    tmp_path: Path,
) -> None:
    left = simulate(28, tmp_path, every=4, sources=CHANGING)
    assert left.wrong == []
    assert left.records > 30
    assert left.changes > 10
    assert left.crawls[("pubmed", "service_error")] == 2
