"""Retractions, corrections and newer versions: what is known, and a person's word on it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import by_option, database_option, json_option, why_option

KINDS = (
    "retraction", "partial-retraction", "withdrawal", "expression-of-concern", "correction", "republication", "update",
    "reinstatement", "comment",
)  # fmt: skip


@click.group()
def notices() -> None:
    """What became of works: retractions, concerns, corrections, newer versions."""


@notices.command("list")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First seen here since this day.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="This kind only; may be repeated."
)
@click.option("--open", "undecided", is_flag=True, help="Only those that nobody has decided on.")
@json_option
@database_option
def list_notices(
    since: datetime | None, kinds: tuple[str, ...], undecided: bool, as_json: bool, db_path: Path
) -> None:
    """List notices, the newest first; comments only if asked for by --kind comment."""
    from store.database import read_database

    wanted = kinds or tuple(kind for kind in KINDS if kind != "comment")
    rows = [
        row | {"sources": json.loads(row["sources"])}
        for row in read_database(db_path).query(
            """SELECT * FROM work_notices WHERE kind IN (SELECT value FROM json_each(:kinds)) AND first_seen >= :since
            AND (NOT :undecided OR decision IS NULL) ORDER BY first_seen DESC, id DESC""",
            {
                "kinds": json.dumps(wanted),
                "since": f"{since:%Y-%m-%d}" if since else "",
                "undecided": undecided,
            },
        )
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['id']}  {row['kind']}  {row['date'] or 'no date'}  {row['work_id']}  {row['title'] or 'not here'}"
        )
        click.echo(f"    {_details(row)}")
    click.echo(f"{len(rows)} notice{'s' if len(rows) != 1 else ''}")


def _details(row: dict[str, Any]) -> str:
    said = [f"says {', '.join(row['sources'])}", f"see {row['notice_id']}" if row["notice_id"] else "", row["reason"] or "",
            f"sources disagree: {row['disagreement']}" if row["disagreement"] else "",
            f"{row['decision']} by {row['decided_by']}: {row['why']}" if row["decision"] else ""]  # fmt: skip
    return "; ".join(filter(None, said))


@notices.command()
@click.argument("notice", type=int)
@by_option
@why_option
@database_option
def acknowledge(notice: int, name: str, why: str, db_path: Path) -> None:
    """Say that a notice (its number in `notices list`) was seen and taken into account. It still marks the work."""
    row = _decide(db_path, notice, "acknowledged", name, why)
    click.echo(f"{row['kind']} of {row['work_id']}: acknowledged by {name}")


@notices.command()
@click.argument("notice", type=int)
@by_option
@why_option
@database_option
def dispute(notice: int, name: str, why: str, db_path: Path) -> None:
    """Say that a notice does not hold. It no longer marks the work, and its page says who disputes it."""
    row = _decide(db_path, notice, "disputed", name, why)
    click.echo(f"{row['kind']} of {row['work_id']}: disputed by {name}")


@notices.command()
@click.argument("notice", type=int)
@by_option
@database_option
def undo(notice: int, name: str, db_path: Path) -> None:
    """Take back what was said of a notice."""
    row = _decide(db_path, notice, None, name, "")
    click.echo(f"{row['kind']} of {row['work_id']}: as its sources say")


def _decide(db_path: Path, notice: int, decision: str | None, name: str, why: str) -> dict[str, Any]:
    from crawler.assignments import utc_now
    from crawler.noticing.decisions import decide
    from crawler.noticing.decisions import undo as undo_
    from crawler.noticing.gather import gather_works
    from store import summaries
    from store.database import crawl_lock, open_database

    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            now = utc_now()
            row = decide(db, notice, decision, name, why, now) if decision else undo_(db, notice, name, now)
            gather_works(db, [row["work_id"]])
        summaries.refresh(db)
        db.close()
    return row


COMMANDS = (notices,)
