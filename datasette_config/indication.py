"""What the page of one indication shows, read from views; each number is the length of a list, and `Counted` links to it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from datasette_config import bubbles, labels
from datasette_config.members import Members
from datasette_config.notices import told

Row = dict[str, Any]
Rows = Callable[..., Awaitable[list[Row]]]

#: trials drawn at most: the page stays under 300 kB
DRAWN = 300
NEWEST = 8

#: a longer table of doses shows those of one record alone only when asked
MANY_DOSES = 20

#: lanes of the picture
LANES = {
    "rct": "RCT", "crossover": "Crossover", "non-randomised-trial": "Non-randomised", "registration": "Registrations",
}  # fmt: skip
REVIEWS = ("systematic-review", "meta-analysis")

COUNTS = """
SELECT count(*) AS trials, sum(kind <> 'registration') AS reports, sum(kind = 'registration') AS registrations,
    sum(entered >= date('now', '-31 days')) AS new,
    sum(status IN (SELECT value FROM json_each(:recruiting))) AS recruiting
FROM trials WHERE instr(indications, :quoted)"""
DESIGNS = """
SELECT design.value AS design, count(*) AS records FROM works, json_each(works.designs) AS design
WHERE instr(indications, :quoted) GROUP BY design.value"""
ALL = "SELECT count(*) AS records FROM works WHERE instr(indications, :quoted)"
TRIALS = """
SELECT id, title, design, year, sample_size, standing, status, count(*) OVER () AS trials FROM indication_trials
WHERE indication = :indication ORDER BY sample_size IS NULL, sample_size DESC, id LIMIT :drawn"""
HEAD_TO_HEAD = """
SELECT comparison, what, count(*) AS records, max(sample_size) AS largest, max(year) AS latest FROM head_to_head
WHERE instr(indications, :quoted) GROUP BY comparison, what"""
DOSES = """
SELECT drug, route, dose, count(*) AS records, sum(kind = 'registration') AS registrations FROM doses
WHERE instr(indications, :quoted) GROUP BY drug, route, dose
ORDER BY drug, route IS NULL, count(*) DESC, route, min(number), dose"""
TOPICS = """
SELECT topic, count(*) AS records FROM topics
WHERE instr(indications, :quoted) GROUP BY topic"""
SAFETY = """
SELECT id, title, published, venue, designs, sample_size FROM topics
WHERE topic = 'safety' AND instr(indications, :quoted)
ORDER BY published DESC, id LIMIT :newest"""
BY_DESIGN = """
SELECT id, title, published, venue, sample_size FROM works
WHERE instr(indications, :quoted)
    AND EXISTS (SELECT 1 FROM json_each(works.designs) WHERE value IN (SELECT value FROM json_each(:designs)))
ORDER BY published DESC, id LIMIT :newest"""
OVERDUE = """
SELECT id, title, completed, days_overdue, enrollment, sponsor, count(*) OVER () AS records FROM overdue_trials
WHERE instr(indications, :quoted) ORDER BY days_overdue DESC, id LIMIT :newest"""
RECRUITING = """
SELECT id, title, entered, enrollment, status, drugs FROM trials
WHERE instr(indications, :quoted)
    AND status IN (SELECT value FROM json_each(:recruiting))
ORDER BY entered DESC, id LIMIT :newest"""
NOTICES = """
SELECT *, count(*) OVER () AS records FROM work_notices
WHERE kind <> 'comment' AND instr(indications, :quoted)
ORDER BY date IS NULL, date DESC, id DESC LIMIT :newest"""


class Counted(NamedTuple):
    """A number and the list that it is the length of: a table or view, and its filters."""

    number: int
    table: str
    filters: dict[str, Any]


async def read(select: Rows, indication: str, held: Members | None = None) -> Row:
    """Everything the page shows. `select(sql, values)` runs SQL with its named values.

    `held`: which records have a value, where that is known; what they tell is then not counted by SQL.
    """

    always = {
        "indication": indication, "quoted": json.dumps(indication), "drawn": DRAWN, "newest": NEWEST,
        "recruiting": json.dumps(labels.RECRUITING),
    }  # fmt: skip

    async def rows(sql: str, **more: str) -> list[Row]:
        return await select(sql, always | more)

    here = {"indications__arraycontains": indication}
    drawn = await rows(TRIALS)
    notices = await rows(NOTICES)
    if held:
        own = held.of("indications", indication)
        records = own.bit_count()
        by_design = {
            design: count
            for design in labels.DESIGNS
            if (count := (own & held.of("designs", design)).bit_count())
        }
    else:
        records = (await rows(ALL))[0]["records"]
        by_design = {row["design"]: row["records"] for row in await rows(DESIGNS)}
    stated = doses(await rows(DOSES), here)
    return {
        "value": indication,
        "label": labels.INDICATIONS[indication],
        "counts": await _counts(rows, here, records),
        "designs": [
            (label, Counted(by_design[design], "works", here | {"designs__arraycontains": design}))
            for design, label in labels.DESIGNS.items()
            if design in by_design
        ],
        "picture": bubbles.draw(drawn, tuple(LANES)),
        "lanes": LANES,
        "drawn": sorted(drawn, key=lambda row: (-(row["year"] or 0), row["design"], row["id"])),
        "trials": Counted(drawn[0]["trials"] if drawn else 0, "indication_trials", {"indication": indication}),
        "undated": sum(row["year"] is None for row in drawn),
        "comparisons": comparisons(await rows(HEAD_TO_HEAD), here),
        "doses": [row for row in stated if not row["rare"]],
        "rare_doses": [row for row in stated if row["rare"]],
        "topics": topics(await rows(TOPICS), here),
        "safety": await rows(SAFETY),
        "guidelines": await rows(BY_DESIGN, designs='["guideline"]'),
        "reviews": await rows(BY_DESIGN, designs=json.dumps(REVIEWS)),
        "overdue": (overdue := await rows(OVERDUE)),
        "all_overdue": Counted(overdue[0]["records"] if overdue else 0, "overdue_trials", here),
        "recruiting": await rows(RECRUITING),
        "notices": [told(row, row["work_id"]) | {"title": row["title"]} for row in notices],
        "all_notices": Counted(notices[0]["records"] if notices else 0, "work_notices",
                               here | {"kind__not": "comment"}),
    }  # fmt: skip


async def _counts(rows: Rows, here: Row, records: int) -> list[tuple[str, Counted]]:
    (counts,) = await rows(COUNTS)
    recruiting = here | {"status__in": ",".join(labels.RECRUITING)}
    numbers = {
        "records": Counted(records, "works", here),
        "trial reports": Counted(counts["reports"] or 0, "trials", here | {"kind__not": "registration"}),
        "registrations": Counted(counts["registrations"] or 0, "trials", here | {"kind": "registration"}),
        "trials new in 31 days": Counted(counts["new"] or 0, "trials", here | {"entered__gte": days_ago(31)}),
        "recruiting": Counted(counts["recruiting"] or 0, "trials", recruiting),
    }
    return list(numbers.items())


def days_ago(days: int) -> str:
    """That day (UTC) as SQLite's `date('now', '-31 days')` gives it."""
    return (datetime.now(timezone.utc) - timedelta(days=days)).date().isoformat()


WHAT = ("trial", "observational", "registration")


def comparisons(found: list[Row], here: Row) -> list[Row]:
    """One row a comparison, in the order of `labels.COMPARISONS`: its label, a number for each of `WHAT`, the largest n."""
    told_of = {(row["comparison"], row["what"]): row for row in found}
    table = []
    for value, label in labels.COMPARISONS.items():
        own = {what: row for what in WHAT if (row := told_of.get((value, what)))}
        if own:
            numbers = [
                Counted(own[what]["records"] if what in own else 0, "head_to_head",
                        here | {"comparison": value, "what": what})
                for what in WHAT
            ]  # fmt: skip
            reported = [row for what, row in own.items() if what != "registration"]
            table.append({
                "label": label, "numbers": numbers,
                "largest": max((row["largest"] for row in reported if row["largest"]), default=None),
                "latest": max((row["latest"] for row in reported if row["latest"]), default=None),
            })  # fmt: skip
    return table


def doses(found: list[Row], here: Row) -> list[Row]:
    """One row a drug, route and dose: how many reports and registrations state it, each with its list; which are rare."""
    table = []
    for row in found:
        chosen = here | {"drug": row["drug"], "dose": row["dose"]}
        chosen |= {"route": row["route"]} if row["route"] else {"route__isnull": "1"}
        reports = row["records"] - row["registrations"]
        table.append(row | {
            "rare": len(found) > MANY_DOSES and row["records"] == 1,
            "numbers": [Counted(reports, "doses", chosen | {"kind__not": "registration"}),
                        Counted(row["registrations"], "doses", chosen | {"kind": "registration"})],
        })  # fmt: skip
    return table


def topics(found: list[Row], here: Row) -> list[tuple[str, Counted]]:
    """(label, number) of each topic, in the order of `labels.TOPICS`."""
    numbers = {row["topic"]: row["records"] for row in found}
    return [
        (label, Counted(numbers[value], "topics", here | {"topic": value}))
        for value, label in labels.TOPICS.items()
        if value in numbers
    ]
