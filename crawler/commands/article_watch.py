"""`article match|report|matches|verdict|undo|works`: what bears on the sentences of watched articles, and a writer's word on it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crawler.commands.article import article
from crawler.commands.options import by_option, database_option, json_option

_LEAST = click.Choice(["high", "medium", "low", "none"])
_VERDICTS = click.Choice(["supports", "weakens", "changes-number", "not-relevant", "done"])


@article.command()
@click.argument("name", metavar="[ARTICLE]", required=False)
@click.option("--all", "everything", is_flag=True, help="Match every claim anew, touched or not.")
@database_option
def match(name: str | None, everything: bool, db_path: Path) -> None:
    """Match claims to what the database holds; each crawl does it by itself."""
    from crawler.bearing.people import match as match_now

    done = match_now(db_path, name, everything=everything)
    click.echo(f"{done.claims} claims, {done.anew} matched anew, {done.new} new matches")


@article.command()
@click.argument("name", metavar="ARTICLE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html", "json"]),
    default="text",
    show_default=True,
)
@click.option("--claim", "claim_id", type=int, help="This claim alone, with all that bears on it.")
@click.option(
    "--min-priority",
    "least",
    type=_LEAST,
    default="none",
    show_default=True,
    help="What is at least as urgent.",
)
@database_option
def report(name: str, form: str, claim_id: int | None, least: str, db_path: Path) -> None:
    """Tell which sentences of ARTICLE need another look, and why."""
    from crawler.bearing import render
    from store.article_report import report as read
    from store.database import read_database

    told = read(read_database(db_path), name, claim_id=claim_id, least=least)
    if form == "json":
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif form == "html":
        click.echo(render.as_html(told), nl=False)
    else:
        write = render.as_markdown if form == "markdown" else render.as_text
        click.echo(write(told, everything=claim_id is not None), nl=False)


@article.command()
@click.argument("name", metavar="ARTICLE")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="So many.")
@json_option
@database_option
def matches(name: str, limit: int, as_json: bool, db_path: Path) -> None:
    """List what bears on ARTICLE, the most urgent first: what a reader who judges matches goes through."""
    from store.article_report import best_matches
    from store.database import read_database
    from store.exports.text import clean

    rows = best_matches(read_database(db_path), name, limit)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        words = (row["sentence"], row["reason"], row["title"])
        about = "\t".join(clean(one) for one in words)
        click.echo(
            f"{row['id']}\t{row['priority']}\t{row['kind']}\t{row['claim_id']}\t{row['record_id']}\t{about}"
        )


@article.command()
@click.argument("match_id", metavar="MATCH", type=int)
@click.argument("word", metavar="VERDICT", type=_VERDICTS)
@click.option("--note", help="A few words on it.")
@by_option
@database_option
def verdict(match_id: int, word: str, note: str | None, name: str, db_path: Path) -> None:
    """Say of MATCH (its number) that it supports or weakens the sentence, changes a number, is not relevant, or is done."""
    from crawler.assignments import utc_now
    from crawler.bearing.people import decide
    from store.verdicts import Verdict

    number = decide(db_path, Verdict(match_id, word, name, utc_now(), note))
    click.echo(f"{number}: match {match_id} {word}")


@article.command()
@click.argument("verdict_id", metavar="VERDICT", type=int)
@by_option
@database_option
def undo(verdict_id: int, name: str, db_path: Path) -> None:
    """Take VERDICT (its number) back; the match is open again."""
    from crawler.bearing.people import undo as take_back

    taken = take_back(db_path, verdict_id, name)
    click.echo(f"undone: match {taken['match_id']} {taken['verdict']}")


@article.command()
@click.argument("claim_id", metavar="CLAIM", type=int)
@click.option("--format", "form", type=click.Choice(["ris", "bib", "nbib"]), default="ris", show_default=True)
@database_option
def works(claim_id: int, form: str, db_path: Path) -> None:
    """Print the works that bear on CLAIM, and those that it cites, as a file for reference managers."""
    from store.article_report import works_bearing
    from store.database import read_database
    from store.exports.feeds import Feed
    from store.exports.formats import FORMATS
    from store.exports.works import read_works

    db = read_database(db_path)
    found = read_works(db, works_bearing(db, claim_id))
    feed = Feed(f"Works bearing on claim {claim_id}", f"claim/{claim_id}", "")
    click.echo("".join(FORMATS[form].write(found, feed)), nl=False)


#: they hang on the group `article`, which its own module names
COMMANDS = ()
