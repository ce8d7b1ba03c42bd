"""The search log: what a systematic reviewer pastes into an appendix, by the items of PRISMA-S.

Rethlefsen ML et al., PRISMA-S: an extension to the PRISMA Statement for Reporting Literature Searches in Systematic
Reviews, Syst Rev 2021;10:39 (doi:10.1186/s13643-020-01542-z). Items that software cannot answer are left to the reviewer, by
name.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from store import searches
from store.spreadsheet import safe_cell

Row = dict[str, Any]

COLUMNS = ("source", "platform", "searched", "window", "query", "reported", "fetched", "new", "changed", "unchanged",
           "rejected", "outcome", "error", "versions")  # fmt: skip
_REGISTRIES = ("clinicaltrials", "isrctn")


def entries(
    db: Database, *, source: str | None = None, since: str = "0000", until: str = "9999"
) -> list[Row]:
    """Every finished search of the window (ISO dates, both included), in order of time, with the columns of COLUMNS."""
    found = []
    for row in db.query(searches.SEARCHES, {"source": source, "since": since, "until": until}):
        name, platform = searches.platform(row["source"])
        found.append(
            {column: row.get(column) for column in COLUMNS}
            | {"source": name, "platform": platform, "key": row["source"]}
        )
    return found


def as_csv(rows: Sequence[Row]) -> str:
    """One line a search; a cell that a spreadsheet would take for a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [safe_cell(value) if isinstance(value := row[column], str) else value for column in COLUMNS]
        )
    return out.getvalue()


def as_markdown(db: Database, rows: Sequence[Row]) -> str:
    """The items of PRISMA-S in order, filled from the searches and the database."""
    latest = {row["key"]: row for row in rows}
    last = rows[-1] if rows else None
    tools = json.loads(last["versions"] or "{}") if last else {}
    merged = db.execute("SELECT count(*) FROM records WHERE merged_into IS NOT NULL").fetchone()[0]
    total = db.execute("SELECT count(*) FROM records").fetchone()[0]
    lines = ["# Search log (PRISMA-S)", "", "## Information sources and methods", ""]
    lines += _item(
        1, "Database name", _names(latest, [key for key in latest if key not in (*_REGISTRIES, "feed")])
    )
    lines += _item(
        2, "Multi-database searching", "Each source was searched by itself, through its own interface."
    )
    lines += _item(3, "Study registries", _names(latest, [key for key in latest if key in _REGISTRIES]))
    lines += _item(
        4, "Online resources and browsing", _names(latest, [key for key in latest if key == "feed"])
    )
    lines += _item(
        5,
        "Citation searching",
        "See `ketamine-watch citations list` for the works whose citations are followed.",
    )
    lines += _item(6, "Contacts", "For the reviewer to state.")
    lines += _item(7, "Other methods", "For the reviewer to state.")
    lines += ["", "## Search strategies", ""]
    lines += _item(8, "Full search strategies", "As sent, source by source:")
    for row in latest.values():
        lines += [
            "",
            f"### {row['source']}",
            "",
            "```",
            *(row["query"] or "nothing was sent").splitlines(),
            "```",
        ]
    lines += [""]
    lines += _item(
        9,
        "Limits and restrictions",
        "No limit of language, date or publication status beyond the queries above.",
    )
    lines += _item(10, "Search filters", "None: designs are tagged after the search, not filtered by it.")
    lines += _item(11, "Prior work", "For the reviewer to state.")
    lines += _item(
        12,
        "Updates",
        f"{len(rows)} searches, each asking for what was new or changed since the one before; listed below.",
    )
    lines += _item(13, "Dates of searches", "; ".join(_dates(rows)) or "No search yet.")
    lines += ["", "## Peer review", ""]
    lines += _item(14, "Peer review", "For the reviewer to state.")
    lines += ["", "## Managing records", ""]
    lines += _item(15, "Total records", "; ".join(_totals(rows)) or "None.")
    lines += _item(
        16,
        "Deduplication",
        f"By DOI, PMID, PMCID and registry number, then by title, year and first author; {merged} of {total} records "
        "stand behind another of the same work.",
    )
    made = ", ".join(f"{name} {version}" for name, version in tools.items())
    lines += [
        "",
        "## Every search",
        "",
        "| searched (UTC) | source | window | reported | fetched | new | outcome |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['searched']} | {row['source']} | {_text(row['window'] or 'everything')} | {_number(row['reported'])} |"
        f" {_number(row['fetched'])} | {_number(row['new'])} | {row['outcome']} |"
        for row in rows
    ]
    return "\n".join([*lines, "", f"Made by {made}." if made else "", ""])


def _item(number: int, name: str, words: str) -> list[str]:
    return [f"{number}. **{name}.** {words}"]


def _names(latest: dict[str, Row], keys: Sequence[str]) -> str:
    return "; ".join(f"{latest[key]['source']} ({latest[key]['platform']})" for key in keys) or "None."


def _dates(rows: Sequence[Row]) -> list[str]:
    days: dict[str, list[str]] = {}
    for row in rows:
        days.setdefault(row["source"], []).append(row["searched"][:10])
    return [
        f"{name}: {dates[0]}" + (f" to {dates[-1]}" if dates[-1] != dates[0] else "")
        for name, dates in days.items()
    ]


def _totals(rows: Sequence[Row]) -> list[str]:
    new: dict[str, int] = {}
    for row in rows:
        new[row["source"]] = new.get(row["source"], 0) + (row["new"] or 0)
    return [f"{name}: {count} records" for name, count in new.items()]


def _number(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _text(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
