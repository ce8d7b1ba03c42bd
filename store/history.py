"""What was known on a day: today's records with every later change taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

_KEPT = ("id", "kind")  # never change
FIELDS = ("title", "status", "published", "indications", "designs", "drugs", "routes", "comparators", "populations",
          "sample_size")  # fmt: skip


def as_of_sql(day: str = ":day") -> str:
    """The query that answers for a day, an ISO date given as the parameter `day`: its end, in UTC.

    A value is that before the first change after the day, else today's. Every change of these columns is a row of
    `revisions`, so that the answer for a past day never changes.
    """
    then = [
        f"""iif((SELECT id FROM later WHERE record_id = records.id AND field = '{field}' LIMIT 1) IS NULL, records.{field},
    (SELECT old FROM later WHERE record_id = records.id AND field = '{field}' ORDER BY id LIMIT 1)) AS {field}"""
        for field in FIELDS
    ]
    columns = ",\n  ".join([*(f"records.{name}" for name in _KEPT), *then, "records.first_seen"])
    columns = columns.replace(
        "ORDER BY id LIMIT 1)) AS sample_size", "ORDER BY id LIMIT 1) + 0) AS sample_size"
    )
    return f"""WITH later AS (
  SELECT id, record_id, field, old FROM revisions WHERE changed > date({day}) || 'T23:59:59Z'
)
SELECT {columns}
FROM records
WHERE records.first_seen <= date({day}) || 'T23:59:59Z'
ORDER BY records.id"""


def as_of(db: Database, day: str) -> Iterator[dict[str, Any]]:
    """The records known at the end of `day` (ISO date, UTC), with the values and tags that they had."""
    yield from db.query(as_of_sql(), {"day": day})
