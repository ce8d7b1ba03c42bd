"""The tagger: over the database, over lines of JSON, against labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.commands.options import EXIT_FAILED, config_option, database_option
from crawler.config import Config
from store.errors import ConfigError

if TYPE_CHECKING:
    from crawler.tagging import Tagger


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Tag every record, not only those that other rules tagged."
)
@click.option(
    "--jsonl",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help="Tag lines of JSON instead (id or pmid, title, abstract …), print one line each; no database.",
)
@click.option(
    "--set",
    "settings",
    nargs=2,
    multiple=True,
    metavar="RECORD DIMENSION=VALUE[,VALUE]",
    help="Correct a dimension of a record: it has these values and no others.",
)
@click.option("--withdraw", nargs=2, metavar="RECORD DIMENSION", help="Take a correction back.")
@click.option("--by", "name", metavar="NAME", help="Who corrects or takes back.")
@click.option("--why", metavar="WORDS", help="Why it is corrected.")
@click.option(
    "--gold", is_flag=True, help="Print the corrections in force as labelled JSON lines for `evaluate`."
)
@database_option
@config_option
def tag(
    config: Config,
    everything: bool,
    jsonl: Any,
    settings: Sequence[tuple[str, str]],
    withdraw: tuple[str, str] | None,
    name: str | None,
    why: str | None,
    gold: bool,
    db_path: Path,
) -> None:
    """Tag stored records again, after the rules changed; or correct what the rules say.

    What changes is kept in `revisions`. With --jsonl, tags the lines of a file (`-` for standard input) instead.
    A correction (--set … --by … --why …) wins over the rules and stays through crawls and new rules, until it is
    replaced or withdrawn.
    """
    from crawler.tagging import Tagger

    if sum(map(bool, (jsonl, settings, withdraw, gold, everything))) > 1:
        raise ConfigError("--all, --jsonl, --set, --withdraw and --gold are used one at a time")
    tagger = Tagger(config.topic.drug_terms())
    if jsonl is not None:
        _tag_lines(jsonl, tagger)
    elif settings:
        _correct(db_path, tagger, settings, _given("--by", name), _given("--why", why), config)
    elif withdraw:
        from crawler import corrections

        corrections.withdraw(db_path, tagger, *withdraw, _given("--by", name))
        click.echo(f"{withdraw[0]}: {withdraw[1]} is the rules' again")
    elif gold:
        from crawler.corrections import as_gold
        from store.database import open_database

        for line in as_gold(open_database(db_path)):
            click.echo(json.dumps(line, ensure_ascii=False))
    else:
        from crawler.retag import retag

        tagged, changed = retag(db_path, tagger, everything=everything)
        click.echo(f"{tagged} records tagged, {changed} changed")


def _given(option: str, value: str | None) -> str:
    if not value or not value.strip():
        raise ConfigError(f"a correction needs {option}")
    return value.strip()


def _correct(
    db_path: Path, tagger: Tagger, settings: Sequence[tuple[str, str]], name: str, why: str, config: Config
) -> None:
    from crawler.corrections import parse_setting, set_tags

    drugs = config.topic.drug_terms()
    by_record: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for record_id, setting in settings:
        by_record.setdefault(record_id, []).append(parse_setting(setting, drugs))
    set_tags(db_path, tagger, by_record, name, why)
    for record_id, dimensions in by_record.items():
        said = "; ".join(f"{dimension} = {', '.join(values) or 'none'}" for dimension, values in dimensions)
        click.echo(f"{record_id}: {said}, says {name}")


def _tag_lines(lines: Iterable[str], tagger: Tagger) -> None:
    from crawler.tagging.jsonl import tag_lines

    failed = False
    for line in tag_lines(lines, tagger):
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
@click.option(
    "--table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the figures into this Markdown file, between its markers, instead of printing all.",
)
def evaluate(directory: Path, errors: bool, table: Path | None) -> None:
    """Score the rules against labelled JSON lines in a folder: n, precision, recall and F1 of each value.

    Text only: publication types and headings of the files are not shown to the rules.
    """
    from crawler.tagging.evaluate import evaluate as run_evaluate
    from crawler.tagging.table import write

    tasks = run_evaluate(directory)
    if table is not None:
        click.echo(f"{table}: {'new figures' if write(table, tasks) else 'nothing new'}")
        return
    for task in tasks:
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
