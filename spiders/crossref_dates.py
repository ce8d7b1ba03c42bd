"""Dates as Crossref writes them."""

from __future__ import annotations

import datetime

from spiders.json_node import Node, UnexpectedValue


def date(root: Node, key: str) -> str | None:
    """A date of Crossref's, `{"date-parts": [[2019, 3, 5]]}`, as ISO text of its precision; None for `[[null]]`."""
    rows = root.object(key).value.get("date-parts")
    if rows is None:
        return None
    if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
        raise UnexpectedValue(f"{key}.date-parts", "list of lists", rows)
    parts = rows[0][:3] if rows else []
    if parts and parts[0] is None:
        return None
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        raise UnexpectedValue(f"{key}.date-parts", "numbers", parts)
    while parts:
        try:
            day = datetime.date(*[*parts, 1, 1][:3])
        except (ValueError, OverflowError):  # a month or day that cannot be: what stands before it is said
            parts = parts[:-1]
        else:
            return day.isoformat()[: (4, 7, 10)[len(parts) - 1]] if day.year >= 1000 else None
    return None
