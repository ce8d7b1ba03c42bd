"""A real SMTP server on loopback for tests: it keeps what it takes, and a function of the test decides what it says."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: what a test's function may say instead of an answer: end the connection, before or after the mail was kept
CUT, KEEP_AND_CUT = "cut", "keep and cut"


@dataclass
class MailServer:
    """The running server. `said(stage, address, count)`: the answer to the `count`-th "RCPT" or "DATA" (from 1), "" for
    the usual one.
    """

    port: int = 0
    said: Callable[[str, str, int], str] = lambda stage, address, count: ""
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.taken]

    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, content in self.taken]

    def answer(self, stage: str, address: str) -> str:
        self.counts[stage] = self.counts.get(stage, 0) + 1
        return self.said(stage, address, self.counts[stage])


class _Handler:
    def __init__(self, kept: MailServer):
        self.kept = kept

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.kept.answer("RCPT", address)
        if said == CUT:
            return _cut(server)
        if not said or said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.kept.answer("DATA", envelope.rcpt_tos[0])
        if not said or said.startswith("2") or said == KEEP_AND_CUT:
            self.kept.taken.append((envelope.rcpt_tos[0], bytes(envelope.content or b"")))
        return _cut(server) if said in (CUT, KEEP_AND_CUT) else said or "250 OK"


def _cut(server: SMTP) -> str:
    assert server.transport
    server.transport.abort()
    return "421 gone"


class _Counted(SMTP):
    kept: MailServer

    def connection_made(self, transport: Any) -> None:
        self.kept.connections += 1
        super().connection_made(transport)


@contextmanager
def mail_server(
    said: Callable[[str, str, int], str] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
    **options: Any,
) -> Iterator[MailServer]:
    """Serve on a free port of 127.0.0.1 until the block ends. `tls`: STARTTLS, and AUTH for "reader"/"secret", required;
    `implicit`: TLS from the first byte.
    """
    kept = MailServer()
    if said:
        kept.said = said
    if tls:
        options |= {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _authenticate,
        }
    loop, ready = asyncio.new_event_loop(), threading.Event()

    def make() -> SMTP:
        made = _Counted(_Handler(kept), loop=loop, hostname="mail.test", **options)
        made.kept = kept
        return made

    async def listen() -> asyncio.Server:
        return await loop.create_server(make, "127.0.0.1", 0, ssl=implicit)

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(listen())
        kept.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield kept
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"reader", b"secret")
    return AuthResult(success=good, handled=good)  # else the server says 535


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """A self-made certificate for `host`: its file, and the server's side of it. By openssl, which Python's ssl needs anyway."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
         "-out", made, "-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made, key)
    return made, context
