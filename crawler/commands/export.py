"""Lists of works as files: for reference managers, screening tools and feed readers."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from crawler.commands.options import database_option
from store.errors import ConfigError
from store.exports.formats import FORMATS


@click.command()
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), help="By default that of FILE's name, else ris."
)
@click.option("--view", default="trials", show_default=True, help="A table or view whose rows are records.")
@click.option(
    "--indication", multiple=True, help="Only works on it: depression, trd, ptsd … May be repeated."
)
@click.option(
    "--design", multiple=True, help="Only works of this design: rct, meta-analysis … May be repeated."
)
@click.option("--drug", multiple=True, help="Only works on this drug. May be repeated.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what its source first had on this day or later."
)
@click.option("--sql", help="Instead of a view: a SELECT with a column record_id, citing_id, work_id or id.")
@click.option("--newest", type=click.IntRange(1), help="Only so many, those that were news last.")
@click.option(
    "--abstracts", is_flag=True, help="With abstracts. They are their publishers': for your own use."
)
@click.option(
    "--out", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE; without it, print."
)
@database_option
def export(
    form: str | None, view: str, indication: tuple[str, ...], design: tuple[str, ...], drug: tuple[str, ...],
    since: datetime | None, sql: str | None, newest: int | None, abstracts: bool, file: Path | None, db_path: Path,
) -> None:  # fmt: skip
    """Write works as RIS, BibTeX, NBIB, CSL-JSON, Atom or JSON Feed, each once, with what became of them."""
    from store.database import read_database
    from store.exports import lists, select
    from store.exports.feeds import Feed

    format = FORMATS[form or (file.suffix[1:] if file and file.suffix[1:] in FORMATS else "ris")]
    filters = {"indications": indication, "designs": design, "drugs": drug}
    if sql and (since or any(filters.values())):
        raise ConfigError(
            "--sql says itself which works; --indication, --design, --drug and --since do not go with it"
        )
    db = read_database(db_path)
    first = f"{since:%Y-%m-%d}" if since else None
    ids = select.by_sql(db, sql) if sql else select.by_view(db, view, tags=filters, since=first)
    ids = lists.newest(db, ids, newest) if newest else ids
    named = {name: value for name, value in (("since", first), ("sql", sql)) if value}
    asked = "&".join([*(f"{name}={','.join(values)}" for name, values in filters.items() if values),
                      *(f"{name}={value}" for name, value in named.items())])  # fmt: skip
    name = ("sql" if sql else view) + (f"?{asked}" if asked else "")
    feed = Feed(f"{name} · Ketamine Watch", name, lists.last_change(db, ids) if format.is_feed else "")
    with _writing(file) as out:
        for part in format.write(lists.works_of(db, ids, abstracts=abstracts), feed):
            out.write(part)
    db.close()
    if file:
        click.echo(f"{file}: {len(ids):,} works, {format.name}")


@contextmanager
def _writing(file: Path | None) -> Iterator[TextIO]:
    """Where to write: standard output, or a draft that takes FILE's name only when it is whole."""
    if file is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        yield sys.stdout
        return
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    draft = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:  # noqa: PTH123 - an open descriptor has no path
            yield out
        mask = os.umask(0o077)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


COMMANDS = (export,)
