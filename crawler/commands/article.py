"""Articles that are watched."""

from __future__ import annotations

import click


@click.group()
def article() -> None:
    """Watch an article: which sentence new evidence bears on."""


COMMANDS = (article,)
