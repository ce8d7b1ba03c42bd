"""What the front page says of one database, counted from sets of records: no query reads more than it shows."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

from datasette_config import labels, timeline
from datasette_config.members import Members, counted
from datasette_config.selection import since
from store import sets, summaries

Row = dict[str, Any]

PERIODS = {"week": 7, "month": 31}
NOTICE_DAYS = 90
SHADES = 5
_SHOWN = 8  # trials and notices on the page; the lists have all
_TRIALS = """
SELECT id, title, indications, drugs, status, entered, sample_size FROM works WHERE rowid IN ({})
ORDER BY entered DESC, id"""
_NOTICES = """
SELECT work_id, title, kind, date, citation, sources, count(*) OVER () AS every FROM work_notices
WHERE date >= :day AND kind NOT IN ('comment', 'update') AND decision IS NOT 'disputed'
ORDER BY date DESC, id DESC LIMIT :most"""


async def overview(datasette: Any, name: str) -> Row:
    """What the front page says of one database."""
    db = datasette.databases[name]

    async def rows(sql: str, values: Row | None = None) -> list[Row]:
        """Read once for a state of the file, so it may take its time: no limit on a cold disk."""
        return await db.execute_fn(lambda conn: [dict(row) for row in conn.execute(sql, values or {})])  # type: ignore[no-any-return]

    members, today = await counted(db), datetime.now(timezone.utc).date()
    trials = members.of(*summaries.TRIALS)
    days = {period: (today - timedelta(days=days)).isoformat() for period, days in PERIODS.items()}
    new = {period: await since(db, day) for period, day in days.items()}
    recruiting = trials & _any(members, "status", labels.RECRUITING)
    shown = [value for value in labels.INDICATIONS if value not in ("other", "none")]
    designs = [one for one in labels.DESIGNS if any(_both(members, value, one) for value in shown)]
    cells = {(value, one): _both(members, value, one) for value in shown for one in designs}
    notice_day = (today - timedelta(days=NOTICE_DAYS)).isoformat()
    queries = await datasette.get_canned_queries(name, None)
    return {
        "name": name,
        "records": members.everything.bit_count(),
        "studies": (await rows("SELECT count(*) AS n FROM studies"))[0]["n"],
        "days": days,
        "designs": [(one, labels.DESIGNS[one]) for one in designs],
        "indications": [
            {
                "value": value, "label": labels.INDICATIONS[value],
                "cells": [(one, cells[value, one]) for one in designs],
                **_numbers(members.of("indications", value), trials, new, recruiting),
            }
            for value in shown
        ],
        "new": _numbers(members.everything, trials, new, recruiting),
        "shade": shade(max(cells.values(), default=1)),
        "timeline": timeline.draw(
            {value: _years(members, trials & members.of("indications", value)) for value in shown},
            {value: labels.INDICATIONS[value] for value in shown}, today.year,
        ),
        "recruiting": await _newest(rows, members, recruiting & _any(members, "indications", shown)),
        "notice_day": notice_day,
        "notices": await rows(_NOTICES, {"day": notice_day, "most": _SHOWN}),
        "health": await rows("SELECT * FROM source_health ORDER BY source"),
        "queries": list(queries.values()),
    }  # fmt: skip


def _any(members: Members, facet: str, values: Any) -> int:
    found = 0
    for value in values:
        found |= members.of(facet, value)
    return found


def _both(members: Members, indication: str, design: str) -> int:
    return (members.of("indications", indication) & members.of("designs", design)).bit_count()


def _numbers(which: int, trials: int, new: dict[str, int], recruiting: int) -> Row:
    """How many of these records are trials, recruit, and are new by period, records and trials."""
    return {
        "trials": (which & trials).bit_count(),
        "recruiting": (which & recruiting).bit_count(),
        "new": {
            period: ((which & fresh).bit_count(), (which & fresh & trials).bit_count()) for period, fresh in new.items()
        },
    }  # fmt: skip


def _years(members: Members, which: int) -> dict[int, int]:
    return {int(year): (which & found).bit_count() for year, found in members.facets.get("year", {}).items()}


async def _newest(rows: Any, members: Members, which: int) -> Row:
    """The newest of these records, and how many there are."""
    places = [place for place, _ in zip(sets.places(which), range(_SHOWN), strict=False)]
    listed = ",".join(str(members.rowids[place]) for place in places)
    return {"rows": await rows(_TRIALS.format(listed)), "every": which.bit_count()}


def shade(most: int) -> Any:
    """count -> 0 to 5, by the logarithm: the many RCTs in depression would make all else look empty."""
    return lambda count: round(math.log1p(count) / math.log1p(most) * SHADES) if count else 0
