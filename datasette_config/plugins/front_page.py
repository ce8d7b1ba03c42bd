"""Gives the front page its counts, how far each source was read, and the questions."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl

from datasette_config import labels

TRIALS = """
SELECT indication.value AS indication, count(*) AS trials,
    sum(trials.entered >= date('now', '-31 days')) AS new_trials,
    sum(trials.status IN ('RECRUITING', 'NOT_YET_RECRUITING', 'ENROLLING_BY_INVITATION')) AS recruiting
FROM trials, json_each(trials.indications) AS indication GROUP BY indication.value"""
SHADES = 5


@hookimpl
def extra_template_vars(view_name: str, datasette: Any) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    if view_name != "index":
        return None

    async def variables() -> dict[str, Any]:
        names = [name for name, db in datasette.databases.items() if await db.get_view_definition("trials")]
        return {"sites": [await overview(datasette, name) for name in names]}

    return variables


async def overview(datasette: Any, name: str) -> dict[str, Any]:
    """What the front page says of one database."""

    async def rows(sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in (await datasette.execute(name, sql)).rows]

    cells = {
        (row["indication"], row["design"]): row["records"]
        for row in await rows("SELECT indication, design, records FROM evidence_matrix")
    }
    trials = {row["indication"]: row for row in await rows(TRIALS)}
    designs = [design for design in labels.DESIGNS if any(found == design for _, found in cells)]
    most = max(cells.values(), default=1)
    queries = await datasette.get_canned_queries(name, None)
    return {
        "name": name,
        "records": (await rows("SELECT count(*) AS n FROM records"))[0]["n"],
        "studies": (await rows("SELECT count(*) AS n FROM studies"))[0]["n"],
        "designs": [(design, labels.DESIGNS[design]) for design in designs],
        "indications": [
            {
                "value": value, "label": label, **trials.get(value, {}),
                "cells": [(design, cells.get((value, design), 0)) for design in designs],
            }
            for value, label in labels.INDICATIONS.items()
            if value not in ("other", "none")
        ],
        "shade": lambda count: shade(count, most),
        "health": await rows("SELECT * FROM source_health ORDER BY source"),
        "queries": list(queries.values()),
    }  # fmt: skip


def shade(count: int, most: int) -> int:
    """0 to 5, by the logarithm: the many RCTs in depression would make all else look empty."""
    return round(math.log1p(count) / math.log1p(most) * SHADES) if count else 0
