"""The command line: `ketamine-watch`.

Each command imports what it needs when it runs: `--help` and `tag --jsonl` need no Scrapy.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.config import CONFIG_VARIABLE, Config, load_config
from store import DEFAULT_DATABASE
from store.errors import ConfigError, LockedError, WatchError

# sysexits.h: EX_TEMPFAIL, "try again later"
EXIT_FAILED, EXIT_USAGE, EXIT_LOCKED = 1, 2, 75

Command = TypeVar("Command", bound=Callable[..., Any])


class Watch(click.Group):
    """Turns the project's own errors into a message and the documented exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LockedError as error:
            self._stop(error, EXIT_LOCKED)
        except ConfigError as error:
            self._stop(error, EXIT_USAGE)
        except WatchError as error:
            self._stop(error, EXIT_FAILED)

    def _stop(self, error: WatchError, code: int) -> None:
        click.echo(f"ketamine-watch: {error}", err=True)
        sys.exit(code)


@click.group(cls=Watch, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ketamine-watch")
def cli() -> None:
    """Watch the ketamine and esketamine literature."""


def database_option(command: Command) -> Command:
    return click.option(
        "--db", "db_path", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT_DATABASE,
        envvar="KETAMINE_WATCH_DB", show_default=True, help="The database file.",
    )(command)  # fmt: skip


def config_option(command: Command) -> Command:
    @click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar=CONFIG_VARIABLE,
        help="A watch.toml laid over the default, key by key.",
    )
    @wraps(command)
    def with_config(*args: Any, config_path: Path | None, **kwargs: Any) -> Any:
        return command(*args, config=load_config(config_path), **kwargs)

    return with_config  # type: ignore[return-value]


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@cli.command()
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
    configuration, before any request; 75 another crawl is writing to this database.
    """
    from crawler.assignments import choose_sources
    from crawler.progress import progress_bars
    from crawler.run import crawl as run_crawl

    if since and since > datetime.now():
        raise ConfigError(f"--since {since:%Y-%m-%d} lies in the future")
    chosen = choose_sources(config, names)
    with progress_bars(chosen) as advance:
        rows = run_crawl(
            config,
            db_path,
            chosen,
            since=f"{since:%Y-%m-%d}" if since else None,
            full=full,
            settings={"LOG_LEVEL": "INFO" if verbose else "CRITICAL", "ADVANCE": advance},
        )
    report(rows, as_json)


def report(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print how each source or file ended, failures to stderr, and exit 1 if there is one."""
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
        sys.exit(EXIT_FAILED)


@cli.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
@database_option
@config_option
def load(config: Config, files: Sequence[Path], as_json: bool, db_path: Path) -> None:
    """Store saved answers of the sources: PubMed XML, ClinicalTrials.gov JSON, also gzipped.

    The source is recognised by a file's content. Exit code 1 if a file could not be read to its end.
    """
    from crawler.run import load as run_load

    report(run_load(config, db_path, files), as_json)


@cli.command()
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


@cli.command()
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


@cli.command()
@click.option("--source", "names", multiple=True, metavar="NAME", help="This source only; may be repeated.")
@config_option
def topic(config: Config, names: Sequence[str]) -> None:
    """Print the topic's queries as they are sent to each source."""
    from crawler.assignments import spider_classes

    for name, spider in spider_classes().items():
        if not names or name in names:
            click.echo(f"{name}\t{spider.query_for(config.topic)}")


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
@click.option("--immutable", is_flag=True, help="Nothing writes to the file while it is served: faster.")
@database_option
def serve(db_path: Path, host: str, port: int, immutable: bool) -> None:
    """Open the database as a web site (Datasette), read-only."""
    from datasette_config.serve import arguments
    from store.database import read_database

    read_database(db_path).close()
    command = [
        sys.executable,
        "-m",
        "datasette",
        *arguments(db_path, host=host, port=port, immutable=immutable),
    ]
    click.echo(f"Ketamine Watch: http://{host}:{port}/ (Ctrl-C ends it)")
    sys.stdout.flush()  # this process is about to become Datasette
    os.execv(command[0], command)  # noqa: S606 - our own interpreter; Datasette takes this process's place


@cli.command()
@click.option("--serve/--no-serve", "then_serve", default=True, help="Open the web site afterwards.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
@click.option("--db", "db_path", type=click.Path(dir_okay=False, path_type=Path), default="demo.db",
              show_default=True, help="The database file.")  # fmt: skip
@click.pass_context
def demo(ctx: click.Context, then_serve: bool, host: str, port: int, db_path: Path) -> None:
    """Crawl the bundled sample services over HTTP on this machine, by the same spiders, and show the result."""
    from crawler.assignments import choose_sources
    from crawler.progress import progress_bars
    from crawler.run import crawl as run_crawl
    from crawler.sample.server import SampleServer

    with SampleServer() as server:
        config = load_config(environ={}).at(server.upstreams)
        chosen = choose_sources(config, list(server.upstreams))
        with progress_bars(chosen) as advance:
            rows = run_crawl(config, db_path, chosen, settings={"LOG_LEVEL": "CRITICAL", "ADVANCE": advance})
    report(rows, as_json=False)
    click.echo(f"Sample database: {db_path}")
    if then_serve:
        ctx.invoke(serve, db_path=db_path, host=host, port=port, immutable=False)


if __name__ == "__main__":
    cli()
