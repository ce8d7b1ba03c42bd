"""The digest: building, reading and previewing its issues. Readers and mail are in `digest_delivery`."""

from __future__ import annotations

import json
import sqlite3
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.commands.options import Command, config_option, database_option, json_option
from crawler.config import Config
from crawler.digest.audience import FREQUENCIES
from store.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from crawler.digest.audience import Audience

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def digest() -> None:
    """What is new for an audience, as issues that are built once: for mail, the site and feeds."""


_OPTIONS = (
    click.option("--indication", "indications", multiple=True, help="Of this indication; may be repeated."),
    click.option("--drug", "drugs", multiple=True, help="Of this drug; may be repeated."),
    click.option("--design", "designs", multiple=True, help="Of this design; may be repeated."),
    click.option("--min-size", type=click.IntRange(1), help="Of so many participants at least, where known."),
    click.option("--frequency", type=click.Choice(FREQUENCIES), help="How often; weekly."),
    click.option(
        "--since", type=_DAY, metavar="DAY", help="First day; else that on which the former issue ended."
    ),
    click.option(
        "--until", type=_DAY, metavar="DAY", help="The day after the last; else the end of the last period."
    ),
)


def _audience_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@digest.command()
@_audience_options
@json_option
@config_option
@database_option
def build(
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    config: Config,
    db_path: Path,
    **wishes: object,
) -> None:
    """Build the issue of the last whole period, for one audience by options, else for every audience there is.

    An issue that was built before stays as it is.
    """
    from crawler.assignments import utc_now
    from crawler.digest.audiences import audiences
    from crawler.digest.build import build as build_issue
    from crawler.digest.periods import period_end
    from store.database import open_database, read_database

    now = utc_now()
    chosen = _chosen(config, wishes)
    read_database(db_path).close()  # a name that is misspelt makes no database
    with _reported():
        db = open_database(db_path)
        built = [
            build_issue(
                db, one, _day(since), _day(until) or period_end(one.frequency, now[:10]), now, site=config.site_url
            )
            for one in ([chosen] if chosen else audiences(config, db_path))
        ]  # fmt: skip
    rows = [
        {"id": issue.id, "subject": issue.subject, "items": len(issue.items), "built_at": issue.built_at}
        for issue in built
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['id']}\t{row['items']} items\t{row['subject']}")


@digest.command()
@_audience_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the HTML here; - prints it.",
)
@config_option
@database_option
def preview(
    since: datetime | None,
    until: datetime | None,
    out: Path | None,
    config: Config,
    db_path: Path,
    **wishes: object,
) -> None:
    """Show the next issue as it would be today, in a browser or as a file. Nothing is stored."""
    from crawler.assignments import utc_now
    from crawler.digest.audience import Audience
    from crawler.digest.build import draft
    from crawler.digest.periods import days_before
    from store.database import read_database

    now = utc_now()
    with _reported():
        issue = draft(
            read_database(db_path), _chosen(config, wishes) or Audience(), _day(since),
            _day(until) or days_before(now[:10], -1), now, site=config.site_url,
        )  # fmt: skip
    if str(out) == "-":
        click.echo(issue.html)
        return
    place = out or db_path.with_name(f"{db_path.stem}-digest-preview.html")
    try:
        place.write_text(issue.html, "utf-8")
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}") from error
    click.echo(f"{issue.subject}\n{place}")
    if out is None:
        webbrowser.open(place.resolve().as_uri())


@digest.command("list")
@json_option
@database_option
def list_all(as_json: bool, db_path: Path) -> None:
    """List the issues that were built, the latest first."""
    from store.database import read_database
    from store.digests import list_issues

    rows = list_issues(read_database(db_path))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['id']}\t{row['items']} items\t{row['subject']}")


@digest.command()
@click.argument("issue_id", metavar="ISSUE")
@click.option("--html", "form", flag_value="html", help="The mail's HTML.")
@click.option("--text", "form", flag_value="text", default="text", help="The mail's text; the default.")
@click.option("--json", "form", flag_value="json", help="The issue with its items.")
@database_option
def show(issue_id: str, form: str, db_path: Path) -> None:
    """Print ISSUE as it was built."""
    from store.database import read_database
    from store.digests import read_issue

    issue = read_issue(read_database(db_path), issue_id)
    click.echo(
        json.dumps(asdict(issue), indent=2, ensure_ascii=False) if form == "json" else getattr(issue, form)
    )


@contextmanager
def _reported() -> Iterator[None]:
    """A database that is full, locked or damaged ends the command with its words."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError("digest", str(error)) from error


def _day(given: datetime | None) -> str | None:
    return given.date().isoformat() if given else None


def _chosen(config: Config, wishes: dict[str, object]) -> Audience | None:
    """The audience that options describe, None without any. Raises ConfigError for what the topic does not watch."""
    from crawler.digest.audience import Audience

    given = {name: value for name, value in wishes.items() if value}
    known = [one.name for one in config.topic.indications], [one.name for one in config.topic.drugs]
    return Audience.from_dict(given).checked(*known) if given else None


COMMANDS = (digest,)
