"""Asking for the digest, and the mail that asks back: nobody gets it who did not say yes from their own mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any

from sqlite_utils import Database

from crawler.digest.clock import Clock
from crawler.digest.mail_settings import MailSettings
from crawler.digest.message import Envelope, Letter, notice_mail
from crawler.digest.transports import Mail, Transport
from crawler.digest.windows import as_text
from store.errors import MailError, ReaderError
from store.readers import people, tokens
from store.readers.people import Reader

CONFIRM_DAYS = 14

_TEXT = """Somebody, probably you, asked for the digest "{name}" ({wanted}) at this address.

To get it, open this page and press its button:
{link}

If it was not you, do nothing: no further mail will come. The link works for {days} days.
"""
_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>
<body><p>Somebody, probably you, asked for the digest “{name}” ({wanted}) at this address.</p>
<p>To get it, open this page and press its button:<br><a href="{link}">{link}</a></p>
<p>If it was not you, do nothing: no further mail will come. The link works for {days} days.</p></body></html>
"""


@dataclass(frozen=True)
class Wish:
    """Who wants what. `audience`: as Audience.to_dict() gives it, `words`: the same for people. `anew`: also if this
    address was forgotten.
    """

    address: str
    audience: dict[str, Any]
    words: str
    anew: bool = False


def subscribe(db: Database, settings: MailSettings, transport: Transport, clock: Clock, wish: Wish) -> Reader:
    """Note the wish and send the mail that asks back, unless the reader is confirmed already.

    Raises ReaderError for one that was forgotten or that the server refuses, MailError if no mail can be sent.
    """
    now = clock.now()
    reader = people.ask(db, wish.address, wish.audience, as_text(now), anew=wish.anew)
    if reader.status == "confirmed":
        return reader
    token = tokens.new_token()
    with db.atomic():
        tokens.keep(db, token, reader.id, "confirm", as_text(now + timedelta(days=CONFIRM_DAYS)))
    link = settings.link("confirm", token)
    answer = transport.send(_question(settings, reader.address, link, wish.words, clock))
    if answer.outcome == "refused":
        raise ReaderError(f"reader {reader.id}: the mail server refuses this address ({answer.code})")
    if answer.outcome != "sent":
        raise MailError(
            f"reader {reader.id} is noted, but the mail that asks back may not have left; subscribe again"
        )
    return reader


def _question(settings: MailSettings, address: str, link: str, wanted: str, clock: Clock) -> Mail:
    words = {"name": settings.list_name, "wanted": wanted, "link": link, "days": CONFIRM_DAYS}
    letter = Letter(
        f"{settings.list_name}: please confirm",
        _TEXT.format(**words),
        _HTML.format(**{key: escape(str(value)) for key, value in words.items()}),
    )
    key = f"confirm.{tokens.new_token()}"
    content = notice_mail(letter, settings, Envelope(address, key, clock.now()))
    return Mail(settings.address, address, key, content, lambda: None)


def use(db: Database, token: str, purpose: tokens.Purpose, clock: Clock) -> tuple[Reader, bool]:
    """Do what a mail's token is for: the reader as they are afterwards, and whether that changed anything.

    Raises ReaderError if it is unknown or too old, or what it is for is not so afterwards.
    """
    now = as_text(clock.now())
    number = whose(db, token, purpose, now)
    act = people.confirm if purpose == "confirm" else people.leave
    changed = act(db, number, now)
    if changed:
        tokens.note_use(db, token, now)
    reader = people.reader(db, number)
    if (reader.status == "confirmed") != (purpose == "confirm"):
        raise ReaderError(f"reader {number} is {reader.status}: the link does not lead from there")
    return reader, changed


def choose(db: Database, token: str, audience: dict[str, Any], clock: Clock) -> None:
    """The reader of a mail's token wants this from now on. Raises ReaderError if it is unknown or too old, or they left."""
    now = as_text(clock.now())
    if not people.choose(db, whose(db, token, "leave", now), audience, now):
        raise ReaderError("this reader gets no mail any more")


def whose(db: Database, token: str, purpose: tokens.Purpose, now: str) -> int:
    """The number of the reader whose token this is. Raises ReaderError if it is unknown or too old."""
    number = tokens.read_token(db, token, purpose, now)
    if number is None:
        raise ReaderError("this link is unknown or too old")
    return number
