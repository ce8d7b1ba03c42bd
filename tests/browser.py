"""Headless Chromium, as Debian packages it: a page's DOM after load, or a picture of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
)  # fmt: skip


def _run(*arguments: str) -> str:
    assert CHROMIUM
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    return done.stdout


def dom(url: str) -> str:
    """The page's HTML as the browser has it after loading."""
    return _run("--dump-dom", url)


def picture(url: str, path: Path, width: int = 1200, height: int = 900) -> None:
    """A PNG of the page, `width` by `height` CSS pixels."""
    _run(f"--screenshot={path}", f"--window-size={width},{height}", url)


@contextmanager
def served(db_path: Path) -> Iterator[str]:
    """`ketamine-watch serve` on a free port; yields the site's address."""
    port = _free_port()
    command = [sys.executable, "-m", "crawler.cli", "serve", "--db", str(db_path), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=Path(__file__).resolve().parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            urlopen(url, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)  # a process that starts says nothing; there is no event to wait for
    raise AssertionError("the server did not answer")


def main(folder: str, db_path: str) -> None:
    """Take the pictures that the README shows: `python -m tests.browser FOLDER DATABASE`."""
    out, name = Path(folder), Path(db_path).stem
    out.mkdir(parents=True, exist_ok=True)
    with served(Path(db_path)) as url:
        for picture_name, path, size in (
            ("home", "", (1200, 1150)),
            ("search", f"{name}/trials?_search=midazolam", (1400, 1000)),
            ("record", f"{name}/records/pubmed~3A23982301", (1200, 1300)),
            ("phone", f"{name}/records/pubmed~3A23982301", (500, 1000)),
        ):
            picture(url + path, out / f"{picture_name}.png", *size)


if __name__ == "__main__":
    main(*sys.argv[1:])
