"""Progress on a terminal: one bar a source. Where nobody looks, nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

#: called with a source, how many records came so far, and how many it has (None = not known)
Advance = Callable[[str, int, "int | None"], None]


@contextmanager
def progress_bars(sources: Sequence[str]) -> Iterator[Advance]:
    """Bars on stderr for these sources if it is a terminal; yields what moves them."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda source, fetched, reported: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks = {source: progress.add_task(source, total=None) for source in sources}
        yield lambda source, fetched, reported: progress.update(
            tasks[source], completed=fetched, total=reported
        )
