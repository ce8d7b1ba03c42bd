"""Days of an issue's window: the first is included, the last is not. All in UTC."""

from __future__ import annotations

from datetime import date, timedelta


def days_before(day: str, days: int) -> str:
    """The ISO day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def period_end(frequency: str, today: str) -> str:
    """The latest day on which a period had ended when it began: today itself, a Monday, the first of a month.

    >>> period_end("weekly", "2026-11-25"), period_end("monthly", "2026-11-25"), period_end("daily", "2026-11-25")
    ('2026-11-23', '2026-11-01', '2026-11-25')
    """
    day = date.fromisoformat(today)
    if frequency == "weekly":
        return (day - timedelta(days=day.weekday())).isoformat()
    return day.replace(day=1).isoformat() if frequency == "monthly" else today


def period_before(frequency: str, until: str) -> str:
    """Where a period begins that ends on `until`: a day, a week or a calendar month earlier.

    >>> period_before("weekly", "2026-11-23"), period_before("monthly", "2026-11-01")
    ('2026-11-16', '2026-10-01')
    """
    if frequency != "monthly":
        return days_before(until, 7 if frequency == "weekly" else 1)
    day = date.fromisoformat(until)
    return (day.replace(day=1) - timedelta(days=1)).replace(day=min(day.day, 28)).isoformat()
