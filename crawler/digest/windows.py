"""When a reader is due, and what their next issue covers. In days of UTC: no summer time, no missing hour."""

from __future__ import annotations

from datetime import datetime, timezone

from crawler.digest.periods import period_before, period_end
from store.readers.ledger import Window


def as_text(moment: datetime) -> str:
    """A time as the files keep it: "2026-11-23T06:00:00Z"."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def due(frequency: str, covered_until: str | None, confirmed_at: str, now: datetime) -> Window | None:
    """The window of the issue that is due, or None: from where the last one ended, or from the period before the reader
    confirmed, to the end of the last period that is over. After a pause, one longer window stands for all that were missed.

    `covered_until`: ISO day; `confirmed_at`: ISO time, UTC.
    """
    until = period_end(frequency, as_text(now)[:10])
    first = period_before(frequency, period_end(frequency, confirmed_at[:10]))
    since = max(first, covered_until or "")
    return Window(since, until) if since < until else None
