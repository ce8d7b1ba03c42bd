"""A copy of the database that can be trusted."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.commands.options import database_option


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@database_option
def backup(file: Path, force: bool, db_path: Path) -> None:
    """Write a copy of the database to FILE, check it, and only then give it its name.

    May run during a crawl. The copy is one moment's, compact, and complete in its one file.
    """
    from store.backup import backup as write
    from store.database import read_database

    db = read_database(db_path)
    try:
        count, size = write(db, file, replace=force)
    finally:
        db.close()
    click.echo(f"{file}: {count:,} records, {size:,} bytes, checked")


COMMANDS = (backup,)
