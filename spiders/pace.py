"""One pace for all processes of this machine, and how long a service asks us to wait.

A service counts requests, not processes: NCBI allows 3 a second to an address and 10 a second to a key,
however many crawls, terminals and cron jobs share it. So the time of the last turn is kept in a small file,
one for each quota, and every process books its next turn there under a lock (flock; held for microseconds).

The clock is CLOCK_MONOTONIC, which all processes of a machine share and nobody can set back. It begins
anew at a reboot, so a turn that lies further ahead than any queue is stale and is not waited for.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import math
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from store.errors import ConfigError

#: Seconds, or turns where those take longer. Nobody queues as long as this for a turn, so a turn further
#: ahead was booked before a reboot (or by another machine that shares the home folder) and says nothing.
LONGEST_QUEUE = 60.0
LONGEST_QUEUE_IN_TURNS = 20
FOLDER_VARIABLE = "KETAMINE_WATCH_PACE"


@dataclass(frozen=True)
class Patience:
    """How long a request that failed in passing is tried again: `tries` in all; seconds before the second, four times
    as many before each further; and the longest pause that a service may ask for.
    """

    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0

    def wait(self, tried: int) -> float:
        """Seconds to wait after the `tried`-th try (counted from 1)."""
        return float(self.first_wait * 4 ** (tried - 1))


def quota(base_url: str, api_key: str | None = None) -> str:
    """The name of the quota that a request draws on: the key's (hashed, it is a secret), else the host's."""
    if api_key:
        return "key-" + hashlib.sha256(api_key.encode()).hexdigest()[:16]
    return "host-" + re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(base_url).netloc)


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """What a Retry-After header asks for, in seconds from `now` (seconds since 1970); None if it asks nothing.

    RFC 9110, 10.2.3: whole seconds, or an HTTP date. A date that is past asks for 0; nonsense asks nothing.
    """
    if header is None:
        return None
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:  # "-0000": UTC, of unknown origin
        date = date.replace(tzinfo=timezone.utc)
    return max(0.0, date.timestamp() - now)


def state_folder() -> Path:
    """Where the turns are kept, the same for every user of the machine, a terminal and cron.

    KETAMINE_WATCH_PACE names another folder. The default is in /tmp, for the turns mean nothing after a reboot.
    """
    return Path(os.environ.get(FOLDER_VARIABLE) or "/tmp/ketamine-watch-pace")  # noqa: S108 - see _open


class Pace:
    """At least `interval` seconds between any two turns of one quota, over all processes.

    `name`: from `quota`. `interval` 0 means no pace (the bundled sample on loopback). `clock` is any
    system-wide monotonic clock in seconds; `sleep` blocks for so many seconds: call `wait` in a thread.
    Raises ConfigError if the folder cannot be written.
    """

    def __init__(
        self,
        name: str,
        interval: float,
        *,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.interval = interval
        self._queue = max(LONGEST_QUEUE, LONGEST_QUEUE_IN_TURNS * interval)
        self._file = (folder or state_folder()) / name
        self._clock = clock
        self._sleep = sleep
        if interval > 0:
            self._make_folder()

    def wait(self) -> None:
        """Book the next free turn and sleep until it comes."""
        delay = self.book()
        if delay > 0:
            self._sleep(delay)

    def book(self) -> float:
        """Book the next free turn; return how many seconds from now it is. Does not sleep."""
        if self.interval <= 0:
            return 0.0
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # closing the file lets go
            now = self._clock()
            turn = self._next_turn(os.read(descriptor, 64), now)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, repr(turn).encode(), 0)
        finally:
            os.close(descriptor)
        return turn - now

    def _next_turn(self, written: bytes, now: float) -> float:
        if not written:  # the first turn of all
            return now
        try:
            last = float(written)
        except ValueError:
            last = math.inf
        if not math.isfinite(last) or last > now + self._queue:
            last = now  # unreadable or stale: as if the last turn were this moment
        return max(now, last + self.interval)

    def _make_folder(self) -> None:
        try:
            try:
                self._file.parent.mkdir(parents=True)
                self._file.parent.chmod(0o777)  # whatever the umask: all users of the machine share it
            except FileExistsError:
                if self._file.parent.is_symlink():
                    raise OSError(errno.ELOOP, "is a symbolic link") from None
            os.close(self._open())
        except OSError as error:
            raise ConfigError(
                f"cannot keep the pace of requests in {self._file.parent}: {error.strerror}; "
                f"set {FOLDER_VARIABLE} to a folder that can be written"
            ) from error

    def _open(self) -> int:
        """The file, writable by every user. A stranger who writes nonsense into it costs us no more than a queue's
        length; no link is followed, so it cannot be made to point at another file.
        """
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._file, flags)
        except FileNotFoundError:
            descriptor = os.open(self._file, flags | os.O_CREAT, 0o666)
            os.fchmod(descriptor, 0o666)
            return descriptor
