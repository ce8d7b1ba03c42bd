"""A small HTTP server on loopback for tests: each request is kept, and a function of the test answers it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it. `params` are those of the URL and of a posted form."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]

    @property
    def utility(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".fcgi")


@dataclass(frozen=True)
class Answer:
    """What the server says. `promised`: a Content-Length other than the true one; None closes to end the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/xml; charset=UTF-8"
    promised: int | None = -1


class Loopback:
    """The running server: `url` is its base, `asked` what came so far."""

    def __init__(self, url: str):
        self.url = url
        self.asked: list[Asked] = []


@contextmanager
def loopback(answer: Callable[[Asked], Answer]) -> Iterator[Loopback]:
    """Serve `answer(request)` on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parts = urlsplit(self.path)
            params = parse_qs(parts.query, keep_blank_values=True) | parse_qs(form, keep_blank_values=True)
            asked = Asked(
                self.command,
                parts.path,
                {key: values[0] for key, values in params.items()},
                dict(self.headers),
            )
            served.asked.append(asked)
            self._say(answer(asked))

        do_POST = do_GET

        def _say(self, said: Answer) -> None:
            self.send_response(said.status)
            self.send_header("Content-Type", said.content_type)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.promised is not None:
                self.send_header(
                    "Content-Length", str(len(said.body) if said.promised < 0 else said.promised)
                )
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Loopback(f"http://127.0.0.1:{server.server_port}/entrez/eutils")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def get(url: str) -> bytes:
    """The body that a plain GET brings."""
    with urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body
