"""The time of a run, in one place, so that tests need not wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Clock:
    """What time it is (UTC), seconds that nobody can set back, and how to wait."""

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


SYSTEM_CLOCK = Clock()


class Rate:
    """So many a minute, evenly."""

    def __init__(self, per_minute: int, clock: Clock):
        self.interval = 60.0 / per_minute
        self.clock = clock
        self._next: float | None = None

    def wait(self) -> None:
        """Return when the next one may go."""
        now = self.clock.monotonic()
        if self._next is not None and self._next > now:
            self.clock.sleep(self._next - now)
            now = self._next
        self._next = now + self.interval
