"""Articles that are watched: adding them, and what was read of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import by_option, database_option, json_option, why_option
from store.exports.text import clean


@click.group()
def article() -> None:
    """Watch an article: which sentence new evidence bears on."""


@article.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--name", help="The article's name, if it is not that of the file.")
@click.option("--quiet", is_flag=True, help="Print the counts alone.")
@json_option
@database_option
def add(file: Path, name: str | None, quiet: bool, as_json: bool, db_path: Path) -> None:
    """Read FILE (Markdown, text, HTML, DOCX; - reads standard input) into claims; a changed file is a new version.

    Prints what was read of each new or changed sentence, for correction.
    """
    from crawler.article_reading.people import add as add_article
    from store.database import read_database

    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    added = add_article(db_path, content, name or (file.name if str(file) != "-" else "article"))
    if as_json:
        click.echo(json.dumps({field: getattr(added, field) for field in added.__slots__}))
    elif added.unchanged:
        click.echo(f"{added.article_id}: unchanged, version {added.version}, {added.claims} claims")
    else:
        changes = f"{added.same} same, {added.edited} edited, {added.new} new, {added.dropped} gone"
        click.echo(f"{added.article_id}: version {added.version}, {added.claims} claims: {changes}")
        if added.note:
            click.echo(added.note)
        if not quiet:
            values = {"article": added.article_id, "state": "active"}
            for row in read_database(db_path).query(_CLAIMS, values):
                if row["change"] != "same":
                    click.echo(_told(row))
            click.echo(
                f"`ketamine-watch article report {added.article_id}` tells what bears on them; `article edit`, `split` and "
                "`drop` correct what was read."
            )


@article.command("list")
@json_option
@database_option
def list_articles(as_json: bool, db_path: Path) -> None:
    """List the articles, with how many of their claims need a look."""
    from store.article_report import articles
    from store.database import read_database

    rows = articles(read_database(db_path))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        counts = ", ".join(f"{row[one]} {one}" for one in ("high", "medium", "low"))
        click.echo(
            f"{row['id']}\t{row['claims']} claims\t{counts}\tsearched to {row['searched_to'] or 'no day'}"
        )


_CLAIMS = """
SELECT claims.id, claims.section, claims.kind, claims.strength, claims.absolute_words, claims.change, claims.sentence,
    (SELECT sentence FROM claims AS earlier WHERE earlier.id = claims.carried_from) AS was, (
        SELECT group_concat(dimension || '=' || value, ' ') FROM (
            SELECT dimension, value FROM claim_facets WHERE claim_id = claims.id ORDER BY dimension, value)) AS facets, (
        SELECT group_concat(meaning, '; ') FROM (
            SELECT meaning FROM claim_numbers WHERE claim_id = claims.id ORDER BY start)) AS numbers, (
        SELECT group_concat(text || ' -> ' || coalesce(record_id, reason), '; ') FROM (
            SELECT text, record_id, reason FROM claim_works WHERE claim_id = claims.id ORDER BY start)) AS cites
FROM claims WHERE article_id = :article AND state = :state
    AND version_id = (SELECT max(id) FROM article_versions WHERE article_id = :article)
ORDER BY position, claims.id"""


@article.command()
@click.argument("name", metavar="ARTICLE")
@click.option("--dropped", is_flag=True, help="Those that people dropped, for `article restore`.")
@json_option
@database_option
def claims(name: str, dropped: bool, as_json: bool, db_path: Path) -> None:
    """List what was read of ARTICLE, for correction: each claim with its kind, facets, numbers and what it cites."""
    from store.article_report import report
    from store.database import read_database

    db = read_database(db_path)
    report(db, name)  # names an article that is not there
    rows = list(db.query(_CLAIMS, {"article": name, "state": "dropped" if dropped else "active"}))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(_told(row))


def _told(row: dict[str, Any]) -> str:
    """A claim in a line: number, sentence (and the one that it was), kind, strength, facets, numbers, what it cites."""
    was = f" (was: {row['was']})" if row["change"] == "edited" and row["was"] else ""
    told = (
        f"{row['sentence']}{was}", row["kind"], row["strength"], row["facets"] or "no facets",
        row["numbers"] or "no numbers", row["cites"] or "uncited",
    )  # fmt: skip
    return "\t".join([str(row["id"]), *map(clean, told)])


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@click.argument("changes", metavar="NAME=VALUE", nargs=-1, required=True)
@by_option
@why_option
@database_option
def edit(claim_id: int, changes: tuple[str, ...], name: str, why: str, db_path: Path) -> None:
    """Correct CLAIM: kind=safety, indication=ptsd,depression, population= (none). It holds for later versions too."""
    from crawler.article_reading.corrections import Correction
    from crawler.article_reading.people import correct
    from crawler.assignments import utc_now
    from store.errors import ConfigError

    for change in changes:
        what, equals, value = change.partition("=")
        if not equals:
            raise ConfigError(f"{change}: write NAME=VALUE")
        told = ("kind", None) if what == "kind" else ("facet", what)
        correct(db_path, Correction(claim_id, told[0], name, why, utc_now(), told[1], value))
        click.echo(f"claim {claim_id}: {what} {value or 'none'}")


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@by_option
@why_option
@database_option
def drop(claim_id: int, name: str, why: str, db_path: Path) -> None:
    """Say that CLAIM is no claim: it is not watched, in later versions neither."""
    from crawler.article_reading.corrections import Correction
    from crawler.article_reading.people import correct
    from crawler.assignments import utc_now

    correct(db_path, Correction(claim_id, "drop", name, why, utc_now()))
    click.echo(f"claim {claim_id} is dropped")


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@click.argument("words")
@by_option
@why_option
@database_option
def split(claim_id: int, words: str, name: str, why: str, db_path: Path) -> None:
    """Say that CLAIM asserts two things, the second from WORDS on: it becomes two claims, in later versions too."""
    from crawler.article_reading.people import split as split_claim

    one, other = split_claim(db_path, claim_id, words, name, why)
    click.echo(f"claim {claim_id} is now {one} and {other}")


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@click.argument("what", metavar="[NAME]", required=False)
@by_option
@database_option
def restore(claim_id: int, what: str | None, name: str, db_path: Path) -> None:
    """Take back that CLAIM was dropped or split; or corrections of NAME: kind, indication …, or the id of a cited record."""
    from crawler.article_reading.people import restore as take_back

    take_back(db_path, claim_id, name, what)
    click.echo(f"claim {claim_id}: {what} as it was read" if what else f"claim {claim_id} is watched again")


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@click.argument("record")
@by_option
@why_option
@database_option
def cite(claim_id: int, record: str, name: str, why: str, db_path: Path) -> None:
    """Say that CLAIM cites RECORD (its id, as pubmed:33397139), in later versions too."""
    from crawler.article_reading.corrections import Correction
    from crawler.article_reading.people import correct
    from crawler.assignments import utc_now

    correct(db_path, Correction(claim_id, "cite", name, why, utc_now(), value=record))
    click.echo(f"claim {claim_id} cites {record}")


COMMANDS = (article,)
