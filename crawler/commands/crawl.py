"""Bringing records in: from the sources, or from saved answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import EXIT_FAILED, EXIT_SIGNALLED, config_option, database_option, json_option
from crawler.config import Config
from store.errors import ConfigError


@click.command()
@click.option(
    "--source", "names", multiple=True, metavar="NAME", help="Visit this source only; may be repeated."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Ask for what changed since this day (YYYY-MM-DD)."
)
@click.option("--full", is_flag=True, help="Fetch everything again, known records included.")
@click.option("--verbose", "-v", is_flag=True, help="Show the spiders' log.")
@json_option
@database_option
@config_option
def crawl(config: Config, names: Sequence[str], since: datetime | None, full: bool, verbose: bool,
          as_json: bool, db_path: Path) -> None:  # fmt: skip
    """Visit the sources and store what is new or changed.

    Exit codes: 0 every source ok or nothing new; 1 some source failed, named on stderr; 2 wrong usage or
    configuration, before any request; 75 another crawl is writing to this database; 143 (SIGTERM) or 130 (Ctrl-C)
    it was stopped: what was whole by then is saved, the next run resumes.
    """
    from crawler.assignments import choose_sources
    from crawler.heartbeat import beat
    from crawler.progress import progress_bars
    from crawler.run import Stopped
    from crawler.run import crawl as run_crawl

    if since and since > datetime.now():
        raise ConfigError(f"--since {since:%Y-%m-%d} lies in the future")
    chosen = choose_sources(config, names)
    stopped = None
    with progress_bars(chosen) as advance:
        try:
            rows = run_crawl(
                config,
                db_path,
                chosen,
                since=f"{since:%Y-%m-%d}" if since else None,
                full=full,
                settings={"LOG_LEVEL": "INFO" if verbose else "CRITICAL", "ADVANCE": advance},
            )
        except Stopped as signalled:
            stopped, rows = signalled, signalled.rows
    report(rows, as_json, EXIT_SIGNALLED + stopped.signum if stopped else EXIT_FAILED)
    for wrong in beat(config.heartbeat_file, config.heartbeat_url):
        click.echo(wrong, err=True)


def report(rows: list[dict[str, Any]], as_json: bool, failure: int = EXIT_FAILED) -> None:
    """Print how each source or file ended, failures to stderr, and exit with `failure` if there is one."""
    from crawler.run import GOOD_OUTCOMES

    if as_json:
        click.echo(json.dumps(rows, indent=2))
    failed = False
    for row in rows:
        if not as_json and row.get("fetched") is not None:
            what = f"{row['query']} ({row['source']})" if row["command"] == "load" else row["source"]
            counts = ", ".join(
                f"{row[name]} {name}" for name in ("fetched", "new", "changed", "unchanged", "rejected")
            )
            click.echo(f"{what}: {row['outcome']}: {counts}")
        if row["outcome"] not in GOOD_OUTCOMES:
            failed = True
            click.echo(f"{row['outcome']}: {row['error']}", err=True)
    if failed:
        sys.exit(failure)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
@database_option
@config_option
def load(config: Config, files: Sequence[Path], as_json: bool, db_path: Path) -> None:
    """Store saved answers of the sources: PubMed XML, registries' JSON and XML, feeds, also gzipped.

    The source is recognised by a file's content. Exit code 1 if a file could not be read to its end.
    """
    from crawler.run import load as run_load

    report(run_load(config, db_path, files), as_json)


@click.command()
@click.option("--source", "names", multiple=True, metavar="NAME", help="This source only; may be repeated.")
@config_option
def topic(config: Config, names: Sequence[str]) -> None:
    """Print the topic's queries as they are sent to each source. Sources of citations are asked about works instead."""
    from crawler.assignments import spider_classes

    for name, spider in spider_classes().items():
        if spider.brings == "records" and (not names or name in names):
            click.echo(f"{name}\t{spider.query_for(config.topic)}")


COMMANDS = (crawl, load, topic)
