"""The command line: `ketamine-watch`. The commands are in `crawler/commands/`.

Each command imports what it needs when it runs: `--help` and `tag --jsonl` need no Scrapy.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from typing import Any

import click

from crawler import commands
from crawler.commands.options import EXIT_FAILED, EXIT_LOCKED, EXIT_USAGE
from store.errors import ConfigError, LockedError, WatchError


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


for _module in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
    for _command in getattr(import_module(_module.name), "COMMANDS", ()):
        cli.add_command(_command)

if __name__ == "__main__":
    cli()
