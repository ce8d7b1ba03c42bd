"""Following works: what is watched, who cites it, and what is cited beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import config_option, database_option, json_option
from crawler.config import Config
from store.errors import ConfigError

Row = dict[str, Any]
_DAYS = 31

_by = click.option("--by", "name", required=True, metavar="NAME", help="Who says so.")


@click.group()
def citations() -> None:
    """Follow works both ways: who cites them, what they cite, what is cited beside them.

    WORK is a PMID, a DOI, a PubMed Central id, an NCT number (all reports of its study) or a record's id.
    """


@citations.command()
@click.argument("works", nargs=-1, required=True, metavar="WORK…")
@click.option("--why", required=True, metavar="WORDS", help="Why it is followed.")
@_by
@database_option
def watch(works: Sequence[str], why: str, name: str, db_path: Path) -> None:
    """Follow works by name, whether or not they are here; the next crawl asks about them."""
    from store import watching

    _decide(
        db_path,
        works,
        lambda db, work, now: watching.watch(db, work, why, name, now),
        "followed",
        "is followed already",
    )


@citations.command()
@click.argument("works", nargs=-1, required=True, metavar="WORK…")
@_by
@database_option
def unwatch(works: Sequence[str], name: str, db_path: Path) -> None:
    """Follow works by name no more. What is known stays."""
    from store import watching

    _decide(
        db_path,
        works,
        lambda db, work, now: watching.unwatch(db, work, name, now),
        "followed no more",
        "was not followed by name",
    )


@citations.command("list")
@json_option
@database_option
@config_option
def list_works(config: Config, as_json: bool, db_path: Path) -> None:
    """List the followed works with each source's latest count and how many citing works are known."""
    from store import citing_lists

    rows = citing_lists.overview(_read(db_path), config.citations.watch)
    _say(rows, as_json, lambda row: (
        f"{row['work_id']}\t{row['year'] or ''}\t{row['title'] or ''}\tcited by {row['citing']} known works"
        + "".join(f"; {source}: {count}" for source, count in row["counts"].items())
        + (f"\t{row['decided_by']}: {row['why']}" if row["why"] else "")
    ))  # fmt: skip


@citations.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"What appeared since this day; without, within {_DAYS} days.",
)
@click.option(
    "--of",
    "works",
    metavar="WORK",
    multiple=True,
    help="Works that cite this one; repeated, any of these: the sources of a sentence, say.",
)
@click.option("--indication", metavar="VALUE", help="Works that cite the topic's trials in this indication.")
@json_option
@database_option
@config_option
def new(
    config: Config,
    since: datetime | None,
    works: tuple[str, ...],
    indication: str | None,
    as_json: bool,
    db_path: Path,
) -> None:
    """List new works that cite a work, the trials in an indication, or any followed work; the newest first.

    New is what appeared since that day: a first answer about a work that has been cited for years is no news.
    """
    from store import citing_lists, watching

    if works and indication:
        raise ConfigError("--of and --indication are used one at a time")
    db = _read(db_path)
    if works:
        cited = [report for work in works for report in citing_lists.reports_of(db, _name(work))]
    elif indication:
        cited = citing_lists.trials_in(db, indication)
    else:
        cited = watching.followed_works(db, config.citations.watch)
    begin = since.date() if since else date.today() - timedelta(days=_DAYS)
    _say(citing_lists.citers(db, cited, begin.isoformat()), as_json, lambda row: (
        f"{row['appeared']}\t{row['citing_id']}\t{row['title'] or 'title unknown'}\tcites {', '.join(row['cites'])}"
        f"\tsays {', '.join(row['sources'])}"
    ))  # fmt: skip


@citations.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@json_option
@database_option
def missing(limit: int, as_json: bool, db_path: Path) -> None:
    """List the works most often cited beside the topic's trials that are no records here."""
    rows = list(_read(db_path).query("SELECT * FROM most_cocited LIMIT ?", [limit]))
    _say(rows, as_json, lambda row: (
        f"{row['together']}\t{row['work_id']}\t{row['title'] or 'title unknown'}"
        + ("\tPubMed was asked: not of this topic" if row["examined"] else "")
    ))  # fmt: skip


def _decide(
    db_path: Path, works: Sequence[str], decide: Callable[[Any, str, str], bool], done: str, otherwise: str
) -> None:
    from crawler.assignments import utc_now
    from store.database import crawl_lock, open_database

    names = [_name(work) for work in works]  # all before any is written
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            outcomes = [(name, decide(db, name, utc_now())) for name in names]
        db.close()
    for name, changed in outcomes:
        click.echo(f"{name}: {done if changed else otherwise}")


def _name(text: str) -> str:
    """A work's name as the database has it. Raises ConfigError for what is none."""
    from spiders.identifiers import find_nct_numbers, normalise_doi, normalise_pmcid, normalise_pmid

    text = text.strip()
    if pmid := normalise_pmid(text):
        return f"pubmed:{pmid}"
    if doi := normalise_doi(text):
        return f"doi:{doi}"
    if pmcid := normalise_pmcid(text):
        return f"pmcid:{pmcid}"
    if numbers := find_nct_numbers(text):
        return f"clinicaltrials:{numbers[0]}"
    scheme, _, value = text.partition(":")
    if scheme.replace("_", "").isalnum() and scheme.islower() and value and not any(map(str.isspace, value)):
        return text
    raise ConfigError(f"no PMID, DOI, PMC id, NCT number or record id: {text!r}")


def _read(db_path: Path) -> Any:
    from store.database import read_database

    return read_database(db_path)


def _say(rows: list[Row], as_json: bool, line: Callable[[Row], str]) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))


COMMANDS = (citations,)
