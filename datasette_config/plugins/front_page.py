"""Gives the front page its counts, how far each source was read, and the questions."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from datasette import hookimpl

from datasette_config import labels

TRIALS = """
SELECT indication.value AS indication, count(*) AS trials,
    sum(trials.entered >= date('now', '-31 days')) AS new_trials,
    sum(trials.status IN ('RECRUITING', 'NOT_YET_RECRUITING', 'ENROLLING_BY_INVITATION')) AS recruiting
FROM trials, json_each(trials.indications) AS indication GROUP BY indication.value"""
SHADES = 5
_told: dict[str, tuple[object, dict[str, Any]]] = {}  # by file: its state, and what was counted then


@hookimpl
def extra_template_vars(view_name: str, datasette: Any) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    if view_name != "index":
        return None

    async def variables() -> dict[str, Any]:
        names = [name for name, db in datasette.databases.items() if await db.get_view_definition("trials")]
        return {"sites": [await current(datasette, name) for name in names]}

    return variables


async def current(datasette: Any, name: str) -> dict[str, Any]:
    """The overview of one database, counted anew only when its file changed or a day began."""
    path = datasette.databases[name].path
    if not path:
        return await overview(datasette, name)
    state = (datetime.now(timezone.utc).date(), *(_stamp(Path(f"{path}{end}")) for end in ("", "-wal")))
    if _told.get(path, (None,))[0] != state:
        _told[path] = (state, await overview(datasette, name))
    return _told[path][1]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size


async def overview(datasette: Any, name: str) -> dict[str, Any]:
    """What the front page says of one database."""

    async def rows(sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in (await datasette.execute(name, sql)).rows]

    cells = {
        (row["indication"], row["design"]): row["records"]
        for row in await rows("SELECT indication, design, records FROM evidence_matrix")
    }
    trials = {row["indication"]: row for row in await rows(TRIALS)}
    shown = [value for value in labels.INDICATIONS if value not in ("other", "none")]
    designs = [design for design in labels.DESIGNS if any((value, design) in cells for value in shown)]
    most = max(cells.values(), default=1)
    queries = await datasette.get_canned_queries(name, None)
    return {
        "name": name,
        "records": (await rows("SELECT count(*) AS n FROM records WHERE merged_into IS NULL"))[0]["n"],
        "studies": (await rows("SELECT count(*) AS n FROM studies"))[0]["n"],
        "designs": [(design, labels.DESIGNS[design]) for design in designs],
        "indications": [
            {
                "value": value, "label": labels.INDICATIONS[value], **trials.get(value, {}),
                "cells": [(design, cells.get((value, design), 0)) for design in designs],
            }
            for value in shown
        ],
        "shade": lambda count: shade(count, most),
        "health": await rows("SELECT * FROM source_health ORDER BY source"),
        "queries": list(queries.values()),
    }  # fmt: skip


def shade(count: int, most: int) -> int:
    """0 to 5, by the logarithm: the many RCTs in depression would make all else look empty."""
    return round(math.log1p(count) / math.log1p(most) * SHADES) if count else 0
