"""The web site, over one's own database or the bundled sample."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from crawler.commands.crawl import report
from crawler.commands.options import database_option
from crawler.config import load_config

#: a first run looks back weeks; the preprints of the sample are older
_SINCE_IT_BEGAN = 36_500


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
@click.option("--immutable", is_flag=True, help="Nothing writes to the file while it is served: faster.")
@click.option(
    "--snapshot",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve what `publish` puts there, and go over to each new snapshot without dropping a request.",
)
@click.option(
    "--setting",
    "pairs",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="A setting of Datasette's, such as base_url /ketamine/ behind a proxy.",
)
@database_option
def serve(
    db_path: Path, host: str, port: int, immutable: bool, folder: Path | None = None, pairs: tuple[tuple[str, str], ...] = ()
) -> None:  # fmt: skip
    """Open the database as a web site (Datasette), read-only."""
    from datasette_config.serve import arguments, chosen_settings
    from store.database import read_database

    settings = chosen_settings(pairs)
    if folder:
        from datasette_config.snapshots import run

        run(folder, host=host, port=port, settings=settings)
        return
    read_database(db_path).close()
    command = [
        sys.executable,
        "-m",
        "datasette",
        *arguments(db_path, host=host, port=port, immutable=immutable, more=settings),
    ]
    click.echo(f"Ketamine Watch: http://{host}:{port}/ (Ctrl-C ends it)")
    sys.stdout.flush()  # this process is about to become Datasette
    os.execv(command[0], command)  # noqa: S606 - our own interpreter; Datasette takes this process's place


@click.command()
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
        config = config.with_options("medrxiv", first_days=_SINCE_IT_BEGAN)
        reachable = [
            name for name, one in config.sources.items() if one.enabled and one.service in server.upstreams
        ]
        chosen = choose_sources(config, reachable)
        with progress_bars(chosen) as advance:
            rows = run_crawl(config, db_path, chosen, settings={"LOG_LEVEL": "CRITICAL", "ADVANCE": advance})
    report(rows, as_json=False)
    click.echo(f"Sample database: {db_path}")
    if then_serve:
        ctx.invoke(serve, db_path=db_path, host=host, port=port, immutable=False)


COMMANDS = (serve, demo)
