"""`digest send`: the readers of `watch.toml`, the lock, the issues, and a stop that ends no mail in its middle."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sqlite_utils import Database

from crawler.config import Config
from crawler.digest.address import checked_address
from crawler.digest.audience import Audience
from crawler.digest.build import build
from crawler.digest.clock import SYSTEM_CLOCK, Clock
from crawler.digest.planning import Planned, Skipped, plan, settle
from crawler.digest.sending import Post, Report, send
from crawler.digest.ways import transport
from crawler.digest.windows import as_text
from store.database import open_database, read_database
from store.digests import Issue, read_issue
from store.errors import ConfigError, ReaderError, StoreError
from store.readers import people
from store.readers.file import opened, sending_lock


def run(
    config: Config, db_path: Path, readers_path: Path, only: str | None, clock: Clock = SYSTEM_CLOCK
) -> Report:
    """Send what is due, to all readers or `only` one (a number or an address).

    Raises LockedError if another run is sending, ConfigError if mail is not set up, StoreError if a file fails.
    """
    way = transport(config.mail)
    read_database(db_path).close()  # an absent one is an error, not to be made
    with sending_lock(readers_path), opened(readers_path) as readers, _stopping() as stopping:
        db = open_database(db_path)
        try:
            notes = people.follow_config(readers, config.readers, as_text(clock.now()))
            post = Post(readers, config.mail, way, Issues(db, config.site_url, clock).of, clock, stopping)
            report = send(post, reader_number(readers, only) if only else None)
        except sqlite3.Error as error:
            raise StoreError("digest", str(error)) from error
        finally:
            way.close()
            db.close()
    report.notes[:0] = notes
    return report


def rehearse(
    config: Config, readers_path: Path, only: str | None, clock: Clock = SYSTEM_CLOCK
) -> tuple[list[Planned], list[Skipped], list[str]]:
    """Who would get what, who nothing and why, and notes; on a copy in memory, so that nothing changes."""
    copy = Database(memory=True)
    with opened(readers_path) as readers:
        readers.conn.backup(copy.conn)
    notes = people.follow_config(copy, config.readers, as_text(clock.now()))
    doubtful = settle(copy, lambda key: None, clock.now())
    notes += [f"delivery {row.id} (reader {row.reader_id}) is under way, or in doubt" for row in doubtful]
    planned, skipped = plan(copy, clock.now(), reader_number(copy, only) if only else None)
    return planned, skipped, notes


class Issues:
    """Each issue of a run, built once for all readers who share it."""

    def __init__(self, db: Database, site: str, clock: Clock):
        self.db, self.site, self.clock = db, site, clock
        self._built: dict[tuple[str, str, str], Issue] = {}

    def of(self, planned: Planned) -> Issue | None:
        """The issue that is planned; None if it was built in an earlier run and is gone."""
        if planned.issue_id is not None:
            return self._read(planned.issue_id)
        audience = Audience.from_dict(planned.reader.audience)
        window = planned.window
        key = (audience.key, window.since, window.until)
        if key not in self._built:
            now = as_text(self.clock.now())
            self._built[key] = build(self.db, audience, window.since, window.until, now, site=self.site)
        return self._built[key]

    def _read(self, issue_id: str) -> Issue | None:
        try:
            return read_issue(self.db, issue_id)
        except ConfigError:  # the database was restored from before
            return None


def reader_number(db: Database, reader: str) -> int:
    """A reader's number, from it or from their address. Raises ReaderError if there is no such reader."""
    if reader.isdigit():
        return people.reader(db, int(reader)).id
    found = people.find(db, checked_address(reader))
    if found is None:
        raise ReaderError("there is no reader of this address")
    return found.id


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Within the block, SIGINT and SIGTERM are only noted: the mail under way ends first. Whether one came."""
    came: list[int] = []

    def note(signum: int, frame: FrameType | None) -> None:
        came.append(signum)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
