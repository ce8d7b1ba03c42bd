"""The tagger: over the database, over lines of JSON, against labels."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import EXIT_FAILED, config_option, database_option
from crawler.config import Config


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Tag every record, not only those that other rules tagged."
)
@click.option("--jsonl", type=click.File("r", encoding="utf-8"), metavar="FILE",
              help="Tag lines of JSON instead (id or pmid, title, abstract …), print one line each; no database.")  # fmt: skip
@database_option
@config_option
def tag(config: Config, everything: bool, jsonl: Any, db_path: Path) -> None:
    """Tag stored records again, after the rules changed.

    What changes is kept in `revisions`. With --jsonl, tags the lines of a file (`-` for standard input) instead.
    """
    from crawler.tagging import Tagger
    from crawler.tagging.jsonl import tag_lines

    tagger = Tagger(config.topic.drug_terms())
    if jsonl is None:
        from crawler.run import retag

        tagged, changed = retag(db_path, tagger, everything=everything)
        click.echo(f"{tagged} records tagged, {changed} changed")
        return
    failed = False
    for line in tag_lines(jsonl, tagger):
        click.echo(json.dumps(line, ensure_ascii=False))
        failed = failed or "error" in line
    if failed:
        sys.exit(EXIT_FAILED)


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--errors/--no-errors",
    default=True,
    show_default=True,
    help="List the records that differ, with their evidence.",
)
def evaluate(directory: Path, errors: bool) -> None:
    """Score the rules against labelled JSON lines in a folder: n, precision, recall and F1 of each value.

    Text only: publication types and headings of the files are not shown to the rules.
    """
    from crawler.tagging.evaluate import evaluate as run_evaluate

    for task in run_evaluate(directory):
        click.echo(
            f"\n{task.name}: {len(task.cases)} records, weighted F1 {task.weighted:.3f}, exact {task.exact:.3f}"
        )
        click.echo(f"  {'value':32}{'n':>6}{'precision':>11}{'recall':>8}{'F1':>7}")
        for score in task.scores:
            click.echo(
                f"  {score.value:32}{score.n:6}{score.precision:11.3f}{score.recall:8.3f}{score.f1:7.3f}"
            )
        for case in task.errors() if errors else ():
            gold, found = (", ".join(sorted(labels)) or "nothing" for labels in (case.gold, case.found))
            click.echo(f"  {case.key} {case.title[:90]}\n    readers: {gold}; rules: {found}")
            for words in case.evidence:
                click.echo(f"      {words}")


COMMANDS = (tag, evaluate)
