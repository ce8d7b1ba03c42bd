"""A snapshot of the database for the public, which a running site goes over to."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.commands.options import database_option


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="published",
    show_default=True,
    envvar="KETAMINE_WATCH_PUBLISHED",
    help="Where snapshots are kept.",
)
@click.option(
    "--name", help="The database's name in the site's addresses; by default that of the database file."
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="So many snapshots stay; one that is still served stays longer.",
)
@database_option
def publish(folder: Path, name: str | None, keep: int, db_path: Path) -> None:  # fmt: skip
    """Put a checked, compact copy of the database into a folder, and make it the one that is served there.

    May run during a crawl. `serve --snapshot` of the same folder goes over to it within a second, and drops no request.
    The copy has everything that is in the database file, and nothing else.
    """
    from store.database import read_database
    from store.snapshots import publish as write

    db = read_database(db_path)
    try:
        done = write(db, folder, name or db_path.stem, keep=keep)
    finally:
        db.close()
    click.echo(f"{done.snapshot.file}: {done.records:,} records, {done.bytes:,} bytes, checked; now current")
    for version in done.removed:
        click.echo(f"{folder / version}: removed")


COMMANDS = (publish,)
