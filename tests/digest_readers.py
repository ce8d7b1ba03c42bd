"""A readers' file with readers, and a run over it without waiting, for tests of sending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler.config import load_config
from crawler.digest.audience import Audience
from crawler.digest.clock import Clock
from crawler.digest.mail_settings import MailSettings
from crawler.digest.planning import Planned
from crawler.digest.sending import Post, Report, send
from crawler.digest.smtp import Server, SmtpTransport
from crawler.digest.transports import Transport
from crawler.digest.windows import as_text
from store.digests import PREFERENCES_URL, UNSUBSCRIBE_URL, Issue
from store.readers import people
from store.readers.file import open_readers

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=timezone.utc)
WEEKLY = Audience().to_dict()


@dataclass
class FakeClock:
    """A clock that tests set; sleeping takes no time but moves it."""

    at: datetime = MONDAY
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, lambda: self.at.timestamp() + 0.0, self.sleep)


_DEFAULT = load_config(environ={}).mail


def settings(**changes: Any) -> MailSettings:
    return replace(
        _DEFAULT, **{"name": "Ketamine Watch", "address": "digest@watch.example", "transport": "smtp", "host": "127.0.0.1",
                 "url": "https://watch.example/digest", "list_id": "digest.watch.example", "security": "none",
                 "per_minute": 6000} | changes,
    )  # fmt: skip


def confirmed(db: Database, address: str, audience: dict[str, Any] = WEEKLY, when: datetime = MONDAY) -> int:
    """A reader who said yes at that time; their number."""
    asked = people.ask(db, address, audience, as_text(when))
    people.confirm(db, asked.id, as_text(when))
    return asked.id


def readers_file(folder: Path, count: int = 0) -> Database:
    db = open_readers(folder / "readers.db")
    for number in range(1, count + 1):
        confirmed(db, f"reader{number}@clinic.example")
    return db


def issue_of(planned: Planned) -> Issue:
    """An issue for tests of sending alone: the usual id, a little text with both of the reader's own addresses."""
    audience, window = Audience.from_dict(planned.reader.audience), planned.window
    number = planned.issue_id or f"{window.until}.since-{window.since}.{audience.key}"
    return Issue(
        number, audience.to_dict(), window.since, window.until, as_text(MONDAY), "Ketamine Watch: 3 new trials",
        f'<p>Three trials – <a href="{UNSUBSCRIBE_URL}">unsubscribe</a>, <a href="{PREFERENCES_URL}">change</a></p>',
        f"Three trials\nUnsubscribe: {UNSUBSCRIBE_URL}\nChange: {PREFERENCES_URL}\n", "3 new trials",
    )  # fmt: skip


def smtp(port: int) -> SmtpTransport:
    return SmtpTransport(Server("127.0.0.1", port, "none"))


def run(
    db: Database, transport: Transport, clock: FakeClock | None = None, *, only: int | None = None,
    stopping: Callable[[], bool] = lambda: False, **changes: Any,
) -> Report:  # fmt: skip
    """One run of sending; the transport is closed after it, as the command does."""
    post = Post(db, settings(**changes), transport, issue_of, (clock or FakeClock()).clock, stopping)
    try:
        return send(post, only)
    finally:
        transport.close()


def states(db: Database) -> dict[int, str]:
    """{reader: the state of their last delivery}."""
    return {
        row["reader_id"]: row["state"]
        for row in db.query("SELECT reader_id, state FROM deliveries ORDER BY id")
    }
