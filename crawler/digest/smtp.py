"""SMTP by the standard library: one connection for many mails, certificates verified, and every ending told apart."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crawler.digest.mail_settings import Security
from crawler.digest.transports import Answer, Mail
from store.errors import MailError

PASSWORD_VARIABLE = "KETAMINE_WATCH_SMTP_PASSWORD"  # noqa: S105 - the variable's name
#: RFC 5321, 4.5.3.2: seconds to wait for an answer; 4.5.3.2.6: ten minutes for the one that says the mail is taken
_SECONDS, _SECONDS_AFTER_CONTENT = 300, 600
_CLOSING = 421
#: RFC 3463: an enhanced code's subject. 1 and 2 are of the address and its mailbox; others are of systems, content, policy
_ENHANCED = re.compile(r"^[245]\.(\d{1,3})\.\d{1,3}\b")
_OF_READER = ("1", "2")


@dataclass(frozen=True)
class Server:
    """Where mail is handed over. No `user`: no authentication. `ca_file`: certificates trusted beside the system's."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


class _Dropped(Exception):
    """The connection ended before the content was given over: the mail did not arrive."""


class SmtpTransport:
    """Hands mails to one server. A connection that drops is opened anew, once for each mail."""

    def __init__(self, server: Server):
        self.server = server
        self._open: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> Answer:
        fresh = self._open is None
        try:
            return self._send(mail)
        except _Dropped as dropped:
            if fresh:
                return Answer("deferred", None, str(dropped))
        try:  # a server may end a connection after so many mails: RFC 5321, 3.8
            return self._send(mail)
        except _Dropped as dropped:
            return Answer("deferred", None, str(dropped))

    def has(self, key: str) -> bool | None:
        return None

    def close(self) -> None:
        if self._open is not None:
            try:
                self._open.quit()
            except (smtplib.SMTPException, OSError):
                self._open.close()
            self._open = None

    def _send(self, mail: Mail) -> Answer:
        server = self._open or self._connect()
        try:
            code, words = server.mail(mail.sender)
            if code >= 500:
                raise MailError(f"mail server {self.server.host}: refuses the sender: {code} {_said(words)}")
            if 200 <= code < 300:
                code, words = server.rcpt(mail.address)
            if not 200 <= code < 300:
                return self._no(code, words)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise self._lost(error) from error
        return self._give(server, mail)

    def _give(self, server: smtplib.SMTP, mail: Mail) -> Answer:
        """DATA. Until the last line of the content is out, nothing can have arrived (RFC 5321, 4.1.1.4); from there until
        the answer, it may have.
        """
        mail.before_content()
        try:
            code, words = server.docmd("DATA")
            if code != 354:
                return self._no(code, words)
            server.send(re.sub(rb"(?m)^\.", b"..", mail.content) + b".\r\n")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise self._lost(error) from error
        try:
            with _patience(server, _SECONDS_AFTER_CONTENT):
                code, words = server.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._lost(error)
            return Answer("in_doubt", None, f"the connection ended before the server answered ({error})")
        if 200 <= code < 300:
            return Answer("sent", code, _said(words))
        return self._no(code, words)

    def _no(self, code: int, words: bytes) -> Answer:
        """A refusal, for now (4xx) or for good (5xx); the next mail begins anew."""
        said = _said(words)
        if code == _CLOSING:
            raise self._lost(ConnectionError(f"{code} {said}"))
        self._reset()
        if code >= 500:
            enhanced = _ENHANCED.match(said)
            return Answer("refused", code, said, of_reader=not enhanced or enhanced[1] in _OF_READER)
        return Answer("deferred", code, said)

    def _reset(self) -> None:
        assert self._open
        try:
            self._open.rset()
        except (smtplib.SMTPException, OSError) as error:
            self._lost(error)

    def _lost(self, error: Exception) -> _Dropped:
        if self._open is not None:
            self._open.close()
            self._open = None
        return _Dropped(f"the connection ended before the mail was handed over ({error})")

    def _connect(self) -> smtplib.SMTP:
        where = self.server
        try:
            if where.security == "tls":
                self._open = smtplib.SMTP_SSL(
                    where.host, where.port, timeout=_SECONDS, context=_trust(where.ca_file)
                )
            else:
                self._open = smtplib.SMTP(where.host, where.port, timeout=_SECONDS)
            if where.security == "starttls":
                # raises if the server does not offer it: nothing goes in the clear
                self._open.starttls(context=_trust(where.ca_file))
            self._open.ehlo_or_helo_if_needed()
            if where.user:
                self._open.login(where.user, where.password)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._lost(error)
            raise MailError(f"mail server {where.host}:{where.port}: {_reason(error)}") from error
        return self._open


@contextmanager
def _patience(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    assert server.sock
    server.sock.settimeout(seconds)
    yield
    if server.sock:
        server.sock.settimeout(_SECONDS)


def _trust(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return (
            f"does not take the user and password ({error.smtp_code}); the password is in {PASSWORD_VARIABLE}"
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_said(error.smtp_error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(error)


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:500]
