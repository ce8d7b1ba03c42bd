"""How far a service's own count may exceed what it delivers before something is missing."""

from __future__ import annotations


def tolerated(reported: int) -> int:
    """One in a hundred, at least one: of services known to count records that they never give."""
    return max(1, reported // 100)


def is_short(reported: int, fetched: int) -> bool:
    """Whether more is missing than such a service's count explains. More than was reported is no loss."""
    return reported - fetched > tolerated(reported) or (reported > 0 and fetched == 0)
