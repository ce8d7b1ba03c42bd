"""One run: find the files, have them read side by side, merge what came into each topic's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.backfill.cluster import Work, connected, read_files
from crawler.backfill.files import find
from crawler.backfill.merge import merge
from crawler.backfill.part import Failed, Read, attempt
from crawler.progress import progress_bars
from spiders.topic import Topic

_BAR = "files"


def backfill(
    paths: Sequence[Path], targets: Sequence[tuple[Path, Topic]], parts: Path, scheduler: str | None = None,
    workers: int | None = None, work: Work = attempt,
) -> list[tuple[Path, list[dict[str, Any]]]]:  # fmt: skip
    """Read the files into `parts` and merge these into each target (database, topic); returns each database's new rows of
    `crawls`. `scheduler`, `workers`: see `cluster.connected`.

    Raises ConfigError for files whose order cannot be known and for a scheduler that does not answer, LockedError if a
    crawl writes to one of the databases.
    """
    files = find(paths)
    topics = [topic for _, topic in targets]
    read: list[Read] = []
    failed: list[Failed] = []
    with connected(scheduler, workers) as client, progress_bars([_BAR]) as advance:
        for ended in read_files(client, files, parts, topics, work):
            (failed if isinstance(ended, Failed) else read).append(ended)  # type: ignore[arg-type]
            advance(_BAR, len(read) + len(failed), len(files))
    failed.sort(key=lambda one: one.name)
    return [
        (db_path, merge(db_path, topic, [replace(one, kept=(one.kept[at],)) for one in read], failed, parts))
        for at, (db_path, topic) in enumerate(targets)
    ]
