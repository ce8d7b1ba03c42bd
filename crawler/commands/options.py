"""Options and exit codes that commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.config import CONFIG_VARIABLE, load_config
from store import DEFAULT_DATABASE

# sysexits.h: EX_TEMPFAIL, "try again later"
EXIT_FAILED, EXIT_USAGE, EXIT_LOCKED = 1, 2, 75
EXIT_SIGNALLED = 128  # and the signal's number, as shells say it

Command = TypeVar("Command", bound=Callable[..., Any])


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


def _words(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A text that says something: a blank one is refused."""
    text = " ".join(value.split())
    if not text:
        raise click.BadParameter("is blank", ctx, param)
    return text


#: of every decision by a person
by_option = click.option("--by", "name", required=True, callback=_words, help="Who decides.")
why_option = click.option("--why", required=True, callback=_words, help="Why, in a few words.")
