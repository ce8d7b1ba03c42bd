"""A sign of life after a good run, for whoever watches for its absence."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

SECONDS = 10


def beat(file: str, url: str) -> list[str]:
    """Touch `file` and ask for `url` (https, or this machine's http; see config), where they are set. Returns what went wrong,
    in words; nothing is raised, for the run itself was good.
    """
    wrong = []
    if file:
        try:
            Path(file).touch()
        except OSError as error:
            wrong.append(f"heartbeat: {file}: {error.strerror}")
    if url:
        try:
            with urlopen(Request(url, headers={"User-Agent": "ketamine-watch"}), timeout=SECONDS):  # noqa: S310 - see config
                pass
        except (URLError, OSError, ValueError) as error:
            wrong.append(
                f"heartbeat: its address does not answer: {getattr(error, 'reason', error)}"
            )  # may hold a token
    return wrong
