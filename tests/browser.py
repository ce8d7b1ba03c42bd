"""Headless Chromium, as Debian packages it: a page's DOM after load, or a picture of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from datasette_config.serve import arguments

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
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


def dom(url: str, width: int = 1200) -> str:
    """The page's HTML as the browser has it after loading, in a window `width` CSS pixels wide."""
    return _run("--dump-dom", f"--window-size={width},900", url)


def picture(url: str, path: Path, width: int = 1200, height: int = 900, *, dark: bool = False) -> None:
    """A PNG of the page, `width` by `height` CSS pixels, as one sees it who prefers light or dark."""
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    _run(f"--screenshot={path}", f"--window-size={width},{height}", *scheme, url)


RULER = """<!DOCTYPE html><title>waiting</title><iframe id="frame" style="width: WIDTHpx; height: 900px; border: 0"></iframe>
<script>
const frame = document.getElementById("frame");
frame.addEventListener("load", () => {
  const page = frame.contentDocument, wide = frame.clientWidth;
  const outside = [...page.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > wide + 1
    && !one.closest(".scroll, .table-wrapper, .facets ul, .skip, pre, .CodeMirror, .cm-editor"));
  const names = outside.map((one) => one.tagName + "." + one.className);
  const result = document.createElement("output");
  result.textContent = JSON.stringify([page.documentElement.scrollWidth, names.slice(0, 5)]);
  document.body.append(result);
});
frame.src = "PATH";
</script>"""


def measured(url: str, probe: Path, path: str, width: int) -> tuple[int, list[str]]:
    """How wide the page at `path` becomes in a window of `width` pixels, and what stands beyond its edge.

    Chromium makes no window narrower than 500 pixels, so the page stands in a frame. `probe` is what `served` serves.
    """
    (probe / "ruler.html").write_text(RULER.replace("WIDTH", str(width)).replace("PATH", path))
    found = re.search(
        r"<output>(.*?)</output>", _run("--virtual-time-budget=8000", "--dump-dom", f"{url}probe/ruler.html")
    )
    assert found, "the page did not load"
    across, beyond = json.loads(unescape(found[1]))
    return across, beyond


@contextmanager
def served(db_path: Path, probe: Path | None = None) -> Iterator[str]:
    """`ketamine-watch serve` on a free port; yields the site's address. `probe`: a folder served beside it as /probe/."""
    port = _free_port()
    command = [sys.executable, "-m", "crawler.cli", "serve", "--db", str(db_path), "--port", str(port)]
    if probe:
        site = arguments(db_path, host="127.0.0.1", port=port)
        command = [sys.executable, "-m", "datasette", *site, "--static", f"probe:{probe}"]
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
