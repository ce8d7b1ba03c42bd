"""A process of its own that has read what it needs: forked from a server that imported it once.

Starting Python, Scrapy and the tagger takes longer than most crawls of tests. What must be shown to start from nothing is
started by `subprocess` instead: see `tests.desk.watch`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120


def run(
    main: Callable[..., Any], *arguments: str, environ: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """`main(*arguments)` as the one thing that a process does. `given`: its standard input; `environ`: if not ours."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.warm"])
    with tempfile.TemporaryDirectory() as folder:
        stdin, stdout, stderr = files = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
        stdin.write_text(given)
        job = (main, arguments, dict(os.environ if environ is None else environ), files)
        process = context.Process(target=_child, args=job)
        process.start()
        process.join(SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([main.__qualname__, *arguments], SECONDS)
        return subprocess.CompletedProcess(
            [main.__qualname__, *arguments], process.exitcode, stdout.read_text(), stderr.read_text()
        )


def _child(
    main: Callable[..., Any], arguments: Sequence[str], environ: Mapping[str, str], files: Sequence[Path]
) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    sys.stdin, sys.stdout, sys.stderr = (
        _in_place(number, file, mode) for number, (file, mode) in enumerate(zip(files, "rww", strict=True))
    )
    main(*arguments)


def _in_place(number: int, file: Path, mode: str) -> TextIO:
    """The standard stream of that number, which now reads or writes a file, as a shell's < and > make it."""
    with file.open(mode) as opened:
        os.dup2(opened.fileno(), number)
    return open(number, mode, buffering=1)
