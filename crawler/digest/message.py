"""An issue as one reader's mail: text and HTML, and the headers by which mail programs know a list and its way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import quote

from crawler.digest.mail_settings import MailSettings

#: RFC 5322, 2.1.1: octets of a line without its end; a subject is cut long before
_LONGEST_SUBJECT = 240
#: RFC 2047, 2
_ENCODED_WORD = 75


class VerbatimHeader(UnstructuredHeader):
    """A header of addresses in angle brackets. The library would write a long one as an encoded word (RFC 2047), which no
    reader of List-Unsubscribe takes for an address; here it is only folded, after commas and between encoded words.
    """

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = cls.value_parser(value)
        kwds["decoded"] = value  # as it is: encoded words stay

    def fold(self, *, policy: Any) -> str:
        end = policy.linesep
        folded = str(self).replace(", ", f",{end} ").replace("?= =?", f"?={end} =?")
        return f"{self.name}: {folded}{end}"


def _policy() -> Any:
    registry = HeaderRegistry()
    for name in ("list-id", "list-unsubscribe"):
        registry.map_to_type(name, VerbatimHeader)  # type: ignore[arg-type]  # mixed with BaseHeader there
    return SMTP.clone(header_factory=registry)


MAIL_POLICY = _policy()


@dataclass(frozen=True)
class Letter:
    """What is said: one subject, the same content as text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Envelope:
    """To whom and when. `key`: of the Message-ID, the same for the same issue and reader."""

    to: str
    key: str
    now: datetime


def issue_mail(letter: Letter, settings: MailSettings, envelope: Envelope, link: str) -> bytes:
    """The mail as it goes over the wire. `link`: where this reader unsubscribes.

    List-Id is of RFC 2919, List-Unsubscribe of RFC 2369, its one click of RFC 8058, Auto-Submitted of RFC 3834.
    """
    mail = _mail(letter, settings, envelope)
    mail["List-Id"] = _list_id(one_line(settings.list_name), settings.list_id)
    ways = [f"<{link}>"]
    if settings.unsubscribe_mailto:
        ways.append(f"<mailto:{quote(settings.unsubscribe_mailto, safe='@')}?subject=unsubscribe>")
    mail["List-Unsubscribe"] = ", ".join(ways)
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Precedence"] = "bulk"
    return mail.as_bytes()


def notice_mail(letter: Letter, settings: MailSettings, envelope: Envelope) -> bytes:
    """A mail of the subscription itself: no list's mail, for the reader has not said yes yet."""
    return _mail(letter, settings, envelope).as_bytes()


def message_id(key: str, settings: MailSettings) -> str:
    """RFC 5322, 3.6.4."""
    return f"<{key}@{settings.domain}>"


def one_line(text: str) -> str:
    """A text of the outside as a header takes it: no line ends, no control characters."""
    words = " ".join(text.split())
    return "".join(character for character in words if character.isprintable())


def _mail(letter: Letter, settings: MailSettings, envelope: Envelope) -> EmailMessage:
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = settings.sender
    mail["To"] = Address(addr_spec=envelope.to)
    mail["Subject"] = _cut(one_line(letter.subject))
    mail["Date"] = format_datetime(envelope.now)
    mail["Message-ID"] = message_id(envelope.key, settings)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_sound(letter.text), cte="quoted-printable")
    mail.add_alternative(_sound(letter.html), subtype="html", cte="quoted-printable")
    return mail


def _list_id(name: str, list_id: str) -> str:
    if name.isascii():
        return formataddr((name, list_id))
    return f"{Header(name, 'utf-8', maxlinelen=_ENCODED_WORD).encode(linesep='')} <{list_id}>"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _sound(text: str) -> str:
    """Half a surrogate pair, as a damaged record may bring it, has no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
