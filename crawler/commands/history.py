"""What was searched, and what was known when."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from crawler.commands.options import database_option
from store.errors import ConfigError

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--format", "form", type=click.Choice(["md", "csv"]), default="md", show_default=True)
@click.option("--source", help="This source only.")
@click.option("--since", type=_DAY, help="Searches from this day on (YYYY-MM-DD).")
@click.option("--until", type=_DAY, help="Searches up to this day.")
@database_option
def searchlog(
    form: str, source: str | None, since: datetime | None, until: datetime | None, db_path: Path
) -> None:
    """Print what was searched, when, how and with what result, by the items of PRISMA-S."""
    from crawler.searchlog import as_csv, as_markdown, entries
    from store.database import read_database

    db = read_database(db_path)
    first, last = (f"{day:%Y-%m-%d}" if day else other for day, other in ((since, "0000"), (until, "9999")))
    rows = entries(db, source=source, since=first, until=last)
    if source and not rows:
        raise ConfigError(f"no search of {source} in this database")
    click.echo(as_csv(rows) if form == "csv" else as_markdown(db, rows), nl=False)


@click.command()
@click.argument("day", type=_DAY)
@database_option
def asof(day: datetime, db_path: Path) -> None:
    """Print the records known at the end of DAY (UTC), with the tags that they had then, as lines of JSON."""
    from store.database import read_database
    from store.history import as_of

    for row in as_of(read_database(db_path), f"{day:%Y-%m-%d}"):
        click.echo(json.dumps(row, ensure_ascii=False))


COMMANDS = (searchlog, asof)
