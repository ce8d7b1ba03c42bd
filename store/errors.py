"""Everything that can go wrong on purpose. Each error names its source and, where there is one, its record."""

from __future__ import annotations


class WatchError(Exception):
    """The base of this project's own errors; its message is fit to print."""


class ConfigError(WatchError):
    """`watch.toml` or the command line asks for something that cannot be. Exit code 2."""


class LockedError(WatchError):
    """Another process does the same with this file: crawls, or sends. Exit code 75."""


class MailError(WatchError):
    """No mail can be sent at all: the server or program does not answer, or refuses us whoever the reader is."""


class ReaderError(WatchError):
    """A reader, token or delivery that is not there, or not in a state for what is asked. Holds no address."""


class SourceError(WatchError):
    """A source could not be read to the end. `outcome` is the name that `crawls` keeps."""

    outcome = "failed"

    def __init__(self, source: str, cause: str, record: str | None = None):
        self.source = source
        self.cause = cause
        self.record = record
        super().__init__(f"{source}: {cause}" + (f" (at {record})" if record else ""))


class Unreachable(SourceError):
    """No answer: refused, reset, timed out, name unknown."""

    outcome = "unreachable"


class RateLimited(SourceError):
    """The service asked us to come back later, longer than a run waits."""

    outcome = "rate_limited"


class Paused(SourceError):
    """The service's allowance is used up for hours. No failure: the next run goes on where this one stopped."""

    outcome = "paused"


class ServiceError(SourceError):
    """The service answered with an error of its own, whatever the HTTP status."""

    outcome = "service_error"


class BadAnswer(SourceError):
    """The answer is not what the service documents: HTML, cut, another shape."""

    outcome = "bad_answer"


class Shortfall(SourceError):
    """Asked, reported and fetched do not agree."""

    outcome = "shortfall"


class Crashed(SourceError):
    """A defect of ours, or a stop from outside, ended the source before it was read."""

    outcome = "crashed"


class StoreError(SourceError):
    """What came could not be written: disk full, database locked or damaged."""

    outcome = "store_error"


class Interrupted(SourceError):
    """The run was asked to stop (SIGINT, SIGTERM) before the source was read to the end."""

    outcome = "interrupted"
