"""Does the query find what you know?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from crawler.commands.options import config_option, database_option, json_option
from crawler.config import Config


@click.command()
@click.argument("works", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--offline", is_flag=True, help="Do not ask PubMed; judge by the text that a RIS file has.")
@json_option
@database_option
@config_option
def recall(config: Config, works: Path, offline: bool, as_json: bool, db_path: Path) -> None:
    """Test the topic's query on WORKS: PMIDs, DOIs or NCT numbers, one a line, or a RIS file.

    Says which are in the database, which the query would find, which it misses and why, and which terms would have found
    most of those. Asks PubMed for those that are not here.
    """
    from crawler.assignments import assign, choose_sources
    from crawler.recall import read_list, suggestions
    from crawler.recall import recall as test
    from store.database import read_database

    known = read_list(works)
    db = read_database(db_path)
    if not offline:
        choose_sources(config, ["pubmed"])
    answers = test(db, config.topic, known, None if offline else assign(config, db, "pubmed"))
    counts = {
        outcome: sum(one.outcome == outcome for one in answers) for outcome in ("here", "found", "missed")
    }
    missed = {
        side: suggestions(
            db,
            [one.record for one in answers if one.outcome == "missed" and one.record and side in one.lacks],
        )
        for side in ("drug", "indication")
    }
    if as_json:
        rows = [{"work": str(one.known), "outcome": one.outcome, "why": one.why} for one in answers]
        terms = {side: [asdict(one) for one in found] for side, found in missed.items()}
        click.echo(json.dumps({"works": rows, **counts, "suggestions": terms}, indent=2))
        return
    for one in answers:
        click.echo(f"{one.known}\t{one.outcome}\t{one.why}")
    total = len(answers)
    reached = counts["here"] + counts["found"]
    click.echo(
        f"{total} works: {counts['here']} here, {counts['found']} more found by the query, {counts['missed']} missed; recall {reached / total:.1%}"
    )
    for side, found in missed.items():
        for suggestion in found:
            click.echo(
                f"{side} term “{suggestion.term}” would find {suggestion.finds} of the missed"
                f" (it stands in {suggestion.stands_in} records here)"
            )


COMMANDS = (recall,)
