"""How the sources are: for a person who looks once a month, and for a cron job that mails what is printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import EXIT_FAILED, database_option, json_option


@click.command()
@json_option
@click.option("--sizes", is_flag=True, help="Print the size of the file and the rows of each table instead.")
@database_option
def status(db_path: Path, as_json: bool, sizes: bool) -> None:
    """Print how each source is: read to when, what it brought, what is usual for it, and what is stale.

    Exits with 1 if a source is stale, or none has been visited.
    """
    from store.database import read_database
    from store.sizes import file_bytes, row_counts

    db = read_database(db_path)
    if sizes:
        show_sizes({"bytes": file_bytes(db), "rows": row_counts(db)}, as_json)
        return
    rows = list(db.query("SELECT * FROM source_status ORDER BY source"))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    for row in rows if not as_json else ():
        click.echo(
            f"{row['source']}: {'STALE: ' + row['why'] if row['stale'] else 'fine'}\n"
            f"  searched to {row['searched_to'] or 'never'}, last visit {row['last_run']}: {row['outcome']}"
            f" (reported {_number(row['reported'])}, got {_number(row['fetched'])}, new {_number(row['new'])};"
            f" usually {_band(row['usual_least'], row['usual_most'])})\n"
            f"  {row['records'] or 0:,} records, the newest of {row['newest_record'] or '?'}"
        )
        if row["error"]:
            click.echo(f"  {row['error'].splitlines()[0]}")
    if not rows and not as_json:
        click.echo("no source has been visited yet")
    if not rows or any(row["stale"] for row in rows):
        sys.exit(EXIT_FAILED)


def show_sizes(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(
        f"{found['bytes']:>14,} bytes, {found['bytes'] // max(1, found['rows']['records']):,} a record"
    )
    for table, rows in found["rows"].items():
        click.echo(f"{rows:>14,} {table}")


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _band(least: int | None, most: int | None) -> str:
    return "unknown: too little history" if least is None else f"{least:,} to {most:,}"


COMMANDS = (status,)
