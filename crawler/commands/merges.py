"""Records that are one work: what was merged, what is suggested, and a person's word on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
from sqlite_utils import Database

from crawler.commands.options import by_option, config_option, database_option, json_option, why_option
from crawler.config import Config

Decide = Callable[[Database, str, str, str, str, str], None]


@click.group()
def merges() -> None:
    """Records of several sources that are one work, and pairs that may be."""


@merges.command("list")
@click.option("--suggested", is_flag=True, help="Pairs that wait for a person's decision.")
@json_option
@database_option
def list_merges(suggested: bool, as_json: bool, db_path: Path) -> None:
    """List what is merged and why, or with --suggested what may be one work and what speaks against it."""
    from crawler.merging import decisions
    from store.database import read_database

    rows = list((decisions.suggested if suggested else decisions.merged)(read_database(db_path)))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        sign, what = ("? ", f"; but: {row['doubt']}") if suggested else ("-> ", f" ({row['decided_by']})")
        click.echo(f"{row['record_id']} {sign}{row['into_id']}: {row['method']}: {row['evidence']}{what}")
        click.echo(f"    {row['title']}\n    {row['into_title']}")
    click.echo(f"{len(rows)} {'suggested' if suggested else 'merged'}")


@merges.command()
@click.argument("one")
@click.argument("other")
@by_option
@why_option
@database_option
@config_option
def confirm(config: Config, one: str, other: str, name: str, why: str, db_path: Path) -> None:
    """Say that two records (ids as `pubmed:123`) are one work."""
    from crawler.merging.decisions import confirm as decide

    _decide(config, db_path, decide, one, other, name, why)
    click.echo(f"{one} and {other} are one work, says {name}")


@merges.command()
@click.argument("one")
@click.argument("other")
@by_option
@why_option
@database_option
@config_option
def undo(config: Config, one: str, other: str, name: str, why: str, db_path: Path) -> None:
    """Say that two records are two works: parts a merge, or settles a suggestion. Rules never merge them again."""
    from crawler.merging.decisions import undo as decide

    _decide(config, db_path, decide, one, other, name, why)
    click.echo(f"{one} and {other} are two works, says {name}")


@merges.command()
@database_option
@config_option
def rebuild(config: Config, db_path: Path) -> None:
    """Judge every record again, after the rules of merging changed. What people decided stays."""
    from crawler.pipelines import tagger_with
    from crawler.settling import settle_all
    from store import read, summaries
    from store.database import crawl_lock, open_database

    with crawl_lock(db_path):
        db = open_database(db_path)
        ids = read.record_ids(db)
        settle_all(db, ids, tagger_with(config.topic.drug_terms()))
        summaries.refresh(db)
        hidden = db.table("records").count_where("merged_into IS NOT NULL")
        db.close()
    click.echo(f"{len(ids)} records, {hidden} of them merged into another")


def _decide(config: Config, db_path: Path, decide: Decide, one: str, other: str, name: str, why: str) -> None:
    from crawler.assignments import utc_now
    from crawler.pipelines import tagger_with
    from crawler.settling import settle
    from store import summaries
    from store.database import crawl_lock, open_database

    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            now = utc_now()
            decide(db, one, other, name, why, now)
            settle(db, [one, other], now, tagger_with(config.topic.drug_terms()))
        summaries.refresh(db)
        db.close()


COMMANDS = (merges,)
