"""Whatever servers, clocks and crashes do: each reader is told of every day once, or it is known which mail is in doubt."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from crawler.digest.transports import Answer, Mail
from store.readers import ledger
from tests.digest_readers import WEEKLY, FakeClock, confirmed, readers_file, run

#: how one mail may end, and whether it arrived
ENDINGS = {
    "taken": True, "later": False, "refused": False, "policy": False, "dropped": False, "silence": False, "lost answer": True,
    "crash before": False, "crash amid": False, "crash after": True,
}  # fmt: skip


class Crash(BaseException):
    """As kill -9: nothing catches it."""


class Way:
    """A way out that ends each mail as it is told, and keeps what arrived."""

    def __init__(self, endings: list[str]):
        self.endings = endings
        self.arrived: list[str] = []

    def send(self, mail: Mail) -> Answer:
        ending = self.endings.pop(0) if self.endings else "taken"
        if ending == "crash before":
            raise Crash
        if ending == "later":
            return Answer("deferred", 450, "later")
        if ending == "dropped":
            return Answer("deferred", None, "dropped")
        mail.before_content()
        if ENDINGS[ending]:
            self.arrived.append(mail.key)
        if ending in ("crash amid", "crash after"):
            raise Crash
        answers = {
            "taken": Answer("sent", 250, "OK"),
            "refused": Answer("refused", 550, "5.1.1 no", of_reader=True),
            "policy": Answer("refused", 550, "5.7.1 spam"),
        }
        return answers.get(ending) or Answer("in_doubt", None, "no answer")

    def has(self, key: str) -> bool | None:
        return None

    def close(self) -> None:
        pass


@limits(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from(sorted(ENDINGS)), max_size=25),
    st.lists(st.integers(-30, 24 * 9), min_size=1, max_size=12),
)
def test_no_day_is_told_twice_and_none_is_lost(endings: list[str], hours: list[int]) -> None:
    clock, way = FakeClock(), Way(list(endings))
    with tempfile.TemporaryDirectory() as folder:
        db = readers_file(Path(folder))
        db.execute("PRAGMA synchronous = OFF")
        for name, frequency in (("daily", "daily"), ("weekly", "weekly")):
            confirmed(db, f"{name}@clinic.example", WEEKLY | {"frequency": frequency})
        for step in hours:
            clock.at += timedelta(hours=step)  # it may go back
            try:
                run(db, way, clock, suppress_after=100)
            except Crash:
                db.close()
                db = readers_file(Path(folder))
        way.endings.clear()
        clock.at += timedelta(days=40)
        for _ in range(3):  # what was put off goes first, then the rest
            run(db, way, clock)
            clock.at += timedelta(days=1)
        rows = ledger.deliveries(db)
        db.close()
    arrived = Counter(way.arrived)
    for row in rows:
        count = arrived.pop(row.message_id, 0)
        assert count == 1 if row.state == "sent" else count <= (row.state == "in_doubt"), row
    assert not arrived
    for reader in (1, 2):
        told = [row for row in rows if row.reader_id == reader and row.state in ("sent", "in_doubt")]
        told.sort(key=lambda row: row.since)
        assert all(first.until == second.since for first, second in pairwise(told)), told
        assert told[-1].until >= "2026-12-21"
