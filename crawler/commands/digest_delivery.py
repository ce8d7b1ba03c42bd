"""The digest's readers: who they are, sending to them, what is in doubt, and the page where they unsubscribe."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.commands.digest import digest
from crawler.commands.options import (
    Command,
    config_option,
    database_option,
    json_option,
)
from crawler.config import Config
from crawler.digest.audiences import FURTHER
from store.errors import ConfigError, MailError
from store.readers.file import READERS_VARIABLE, beside

if TYPE_CHECKING:
    from crawler.digest.audience import Audience


def readers_option(command: Command) -> Command:
    """`readers_path`, beside the main database unless it is named; the command takes `db_path` too."""

    @click.option(
        "--readers", "readers_path", type=click.Path(dir_okay=False, path_type=Path), envvar=READERS_VARIABLE,
        help="The readers' file; readers.db beside the database unless named.",
    )  # fmt: skip
    @database_option
    @wraps(command)
    def with_readers(*args: Any, readers_path: Path | None, db_path: Path, **kwargs: Any) -> Any:
        found = readers_path or beside(db_path)
        return command(*args, readers_path=found, db_path=db_path, **kwargs)

    return with_readers  # type: ignore[return-value]


@digest.command()
@click.argument("address")
@click.option("--indication", "indications", multiple=True, help="Only this; may be repeated.")
@click.option("--drug", "drugs", multiple=True, help="Only this; may be repeated.")
@click.option("--design", "designs", multiple=True, help="Only this; may be repeated.")
@click.option("--min-size", type=click.IntRange(1), help="Only works with so many participants.")
@click.option(
    "--frequency", type=click.Choice(["daily", "weekly", "monthly"]), default="weekly", show_default=True
)
@click.option("--anew", is_flag=True, help="Also if this address was forgotten: they ask again.")
@readers_option
@config_option
def subscribe(
    address: str, anew: bool, config: Config, readers_path: Path, db_path: Path, **wishes: Any
) -> None:
    """Ask ADDRESS whether it wants the digest; a confirmed reader's wishes change at once."""
    from crawler.digest import subscribing
    from crawler.digest.address import checked_address
    from crawler.digest.audience import Audience
    from crawler.digest.clock import SYSTEM_CLOCK
    from crawler.digest.listed import names_of
    from crawler.digest.ways import transport
    from store.readers.file import opened

    audience = Audience.from_dict(wishes).checked(*names_of(config.topic))
    wish = subscribing.Wish(checked_address(address), audience.to_dict(), audience.words, anew)
    with opened(readers_path) as db, closing(transport(config.mail)) as way:
        reader = subscribing.subscribe(db, config.mail, way, SYSTEM_CLOCK, wish)
    what = "wishes changed" if reader.status == "confirmed" else "pending; a mail asks them to confirm"
    click.echo(f"reader {reader.id}: {what}")


@digest.command()
@click.argument("token")
@readers_option
def confirm(token: str, readers_path: Path, db_path: Path) -> None:
    """Confirm a reader by the TOKEN of the mail that asked them."""
    from crawler.digest import subscribing
    from crawler.digest.clock import SYSTEM_CLOCK
    from store.readers.file import opened

    with opened(readers_path) as db:
        reader, changed = subscribing.use(db, token, "confirm", SYSTEM_CLOCK)
    click.echo(f"reader {reader.id}: {'confirmed' if changed else 'was confirmed already'}")


@digest.command()
@json_option
@readers_option
def readers(as_json: bool, readers_path: Path, db_path: Path) -> None:
    """List the readers with their addresses: for your eyes only."""
    from crawler.digest.audience import Audience
    from store.readers import people
    from store.readers.file import opened

    with opened(readers_path) as db:
        rows = people.readers(db)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
        return
    for row in rows:
        why = f" ({row.ended_by}: {row.ended_why})" if row.ended_at else ""
        click.echo(f"{row.id}\t{row.address}\t{row.status}{why}\t{Audience.from_dict(row.audience).words}")


@digest.command()
@click.argument("address")
@click.option("--why", default="asked to", show_default=True, help="Why, in a few words.")
@readers_option
def unsubscribe(address: str, why: str, readers_path: Path, db_path: Path) -> None:
    """End the subscription of ADDRESS (or of a reader's number)."""
    from crawler.digest.clock import SYSTEM_CLOCK
    from crawler.digest.windows import as_text
    from store.readers import people
    from store.readers.file import opened

    with opened(readers_path) as db:
        number = _number(db, address)
        changed = people.end(db, number, "operator", why, as_text(SYSTEM_CLOCK.now()))
    click.echo(f"reader {number}: {'unsubscribed' if changed else 'was no reader any more'}")


@digest.command()
@click.argument("address")
@readers_option
def forget(address: str, readers_path: Path, db_path: Path) -> None:
    """Delete all that is known of ADDRESS (or of a reader's number), and never ask it again."""
    from crawler.digest.clock import SYSTEM_CLOCK
    from crawler.digest.windows import as_text
    from store.readers import people
    from store.readers.file import opened

    with opened(readers_path) as db:
        number = _number(db, address)
        people.forget(db, number, as_text(SYSTEM_CLOCK.now()))
    click.echo(f"reader {number}: forgotten")


@digest.command()
@click.option("--dry-run", is_flag=True, help="Only say who would get what.")
@click.option("--only", metavar="READER", help="Only to this reader: a number or an address.")
@json_option
@readers_option
@config_option
def send(
    dry_run: bool, only: str | None, as_json: bool, config: Config, readers_path: Path, db_path: Path
) -> None:
    """Send their issue to all readers who are due, each once. Readers are named by number, never by address."""
    from crawler.digest import run

    if dry_run:
        planned, skipped, notes = run.rehearse(config, readers_path, only)
        _tell_plan(planned, skipped, notes, as_json)
        return
    report = run.run(config, db_path, readers_path, only)
    if as_json:
        click.echo(json.dumps(report.to_dict(), indent=2))
    else:
        click.echo("\n".join([*report.notes, report.summary()]))
    if report.error:
        raise MailError(f"{report.error}; readers not reached, due in the next run: {report.left}")


@digest.command()
@click.argument("delivery", type=int, required=False)
@click.option("--arrived/--again", default=None, help="The mail arrived; or it is to be sent again.")
@click.option("--by", "name", help="Who decides.")
@click.option("--why", help="Why, in a few words.")
@readers_option
def resolve(
    delivery: int | None,
    arrived: bool | None,
    name: str | None,
    why: str | None,
    readers_path: Path,
    db_path: Path,
) -> None:
    """List the deliveries in doubt, or say what became of one: DELIVERY is its number."""
    from crawler.digest.clock import SYSTEM_CLOCK
    from crawler.digest.windows import as_text
    from store.readers import ledger
    from store.readers.file import opened

    with opened(readers_path) as db:
        if delivery is None:
            doubtful = ledger.deliveries(db, state="in_doubt")
            for row in doubtful:
                click.echo(f"{row.id}\treader {row.reader_id}\tissue {row.issue_id}\tleft at {row.begun_at}")
            if not doubtful:
                click.echo("nothing is in doubt")
            return
        if arrived is None or not (name or "").strip() or not (why or "").strip():
            raise ConfigError("say --arrived or --again, and --by and --why")
        ledger.resolve(
            db, delivery, again=not arrived, by=str(name), why=str(why), now=as_text(SYSTEM_CLOCK.now())
        )
    click.echo(f"delivery {delivery}: {'arrived' if arrived else 'is sent again by the next run'}")


@digest.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8002, show_default=True, type=click.IntRange(0, 65535))
@readers_option
@config_option
def web(host: str, port: int, config: Config, readers_path: Path, db_path: Path) -> None:
    """Serve the pages where readers confirm and unsubscribe; put an https proxy before it."""
    import uvicorn

    from crawler.digest.reader_pages import choices_of
    from crawler.digest.unsubscribe import Desk, web_app
    from store.readers.file import open_readers

    open_readers(readers_path).close()
    app = web_app(Desk(readers_path, config.mail.list_name, choices_of(config.topic)))
    click.echo(f"Readers' pages: http://{host}:{port}/ (Ctrl-C ends it)")
    sys.stdout.flush()
    # no access log: its lines would hold the tokens
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, ws="none", log_level="warning",
                limit_concurrency=64, timeout_keep_alive=5)  # fmt: skip


def _number(db: Any, reader: str) -> int:
    """A reader's number, from it or from their address. Raises ReaderError, ConfigError."""
    from crawler.digest.run import reader_number

    return reader_number(db, reader)


def _audiences_of_readers(config: Config, db_path: Path) -> list[Audience]:
    """What the confirmed readers follow, so that `digest build` makes their issues too."""
    from crawler.digest.audience import Audience
    from store.readers import people
    from store.readers.file import opened

    path = Path(os.environ.get(READERS_VARIABLE) or beside(db_path))
    wanted = list(config.readers.values())
    if path.exists():
        with opened(path) as db:
            wanted += [one.audience for one in people.readers(db, "confirmed")]
    return [Audience.from_dict(one) for one in wanted]


FURTHER.append(_audiences_of_readers)


def _tell_plan(planned: list[Any], skipped: list[Any], notes: list[str], as_json: bool) -> None:
    if as_json:
        due = [{"reader": one.reader.id, "since": one.window.since, "until": one.window.until,
                "audience": one.reader.audience, "issue": one.issue_id} for one in planned]  # fmt: skip
        left = [{"reader": one.reader_id, "why": one.why} for one in skipped]
        click.echo(json.dumps({"due": due, "skipped": left, "notes": notes}, indent=2))
        return
    from crawler.digest.audience import Audience

    for one in planned:
        wanted = Audience.from_dict(one.reader.audience).words
        again = f" (try {one.tried + 1})" if one.tried else ""
        click.echo(f"reader {one.reader.id}\t{one.window.since} to {one.window.until}\t{wanted}{again}")
    for one in skipped:
        click.echo(f"reader {one.reader_id}\tnothing: {one.why}")
    for note in notes:
        click.echo(note)
    click.echo(f"{len(planned)} would get an issue, {len(skipped)} nothing")
