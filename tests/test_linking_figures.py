"""The figures of linking on the sample's known pairs, as `python -m benchmarks.linking` prints them, stay where they are."""

from __future__ import annotations

from benchmarks.linking import measured


def test_links_by_identifier_and_without() -> None:
    by_id, bare, suggested = measured().values()
    assert by_id[0] >= 0.98
    assert by_id[1] >= 0.9
    assert bare[0] >= 0.98  # what is linked without a number must be right
    assert suggested[1] > bare[1] >= 0.3  # what it misses is suggested at best
