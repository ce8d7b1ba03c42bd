"""All of PubMed from NLM's files, on any number of cores or machines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from crawler.commands.crawl import report
from crawler.commands.options import config_option, database_option, json_option
from crawler.config import Config, load_config
from store.errors import ConfigError


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE…|DIR", type=click.Path(exists=True, path_type=Path)
)
@click.option("--topic", "others", multiple=True, metavar="CONFIG=DB",
              help="A topic of its own, with a database of its own, instead of --config and --db; may be repeated.")  # fmt: skip
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask scheduler, tcp://host:8786, instead of this machine's cores.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes of this machine; without it, one for each core."
)
@click.option("--parts", type=click.Path(file_okay=False, path_type=Path),
              help="Where what was read is kept, for the next run too; without it, beside the (first) database.")  # fmt: skip
@json_option
@database_option
@config_option
def backfill(paths: Sequence[Path], config: Config, db_path: Path, others: Sequence[str], scheduler: str | None,
             workers: int | None, parts: Path | None, as_json: bool) -> None:  # fmt: skip
    """Read NLM's baseline and update files (pubmed26n0001.xml.gz, …) and store what belongs to the topic.

    Each file gets a row in `crawls`. What was read stays in --parts: a run that was broken off goes on where it was, and
    tomorrow's update files are added to it. Exit code 1 if a file could not be read; the others are stored.

    Needs `pip install ketamine-watch[scale]`.
    """
    try:
        from crawler.backfill.run import backfill as run
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed: pip install ketamine-watch[scale]") from error
    targets = [_target(one) for one in others] or [(db_path, config.topic)]
    kept = parts or targets[0][0].with_name(f"{targets[0][0].name}.parts")
    merged = run(paths, targets, kept.resolve(), scheduler, workers)
    report([row | {"source": _where(row, path)} for path, rows in merged for row in rows], as_json)


def _target(given: str) -> tuple[Path, Any]:
    config_path, _, db_path = given.partition("=")
    if not config_path or not db_path:
        raise ConfigError(f"--topic {given}: CONFIG=DB is wanted")
    return Path(db_path), load_config(config_path, os.environ).topic


def _where(row: dict[str, Any], path: Path) -> str:
    return f"{path.name}: {row['query'].split()[0]}"


COMMANDS = (backfill,)
