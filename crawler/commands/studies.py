"""Studies: what belongs together, what may, and a person's word on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import Command, database_option, json_option
from store.errors import ConfigError

_LISTED = """
SELECT study_id, record_id, role, method, confidence, evidence, title, published FROM {table}
JOIN records ON records.id = record_id WHERE :study IS NULL OR study_id = :study
ORDER BY study_id, published, record_id"""


@click.group()
def studies() -> None:
    """One trial, one thread: list studies and their records, and decide what belongs together."""


def _person(command: Command) -> Command:
    by = click.option("--by", "name", required=True, metavar="NAME", help="Who decides.")
    why = click.option("--why", required=True, metavar="WORDS", help="Why.")
    return by(why(command))


@studies.command("list")
@click.argument("study", required=False)
@click.option(
    "--suggested", is_flag=True, help="Likely links that are not sure enough, for a person to judge."
)
@json_option
@database_option
def list_studies(study: str | None, suggested: bool, as_json: bool, db_path: Path) -> None:
    """List the records of all studies, or of one, in order of time."""
    from store.database import read_database

    table = "study_suggestions" if suggested else "study_records"
    rows = list(read_database(db_path).query(_LISTED.format(table=table), {"study": study}))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        what = f"{row['study_id']}\t{row['published'] or 'no date'}\t{row['role'] or 'role unknown'}\t{row['record_id']}"
        click.echo(f"{what}\t{row['confidence']:.2f} {row['method']}: {row['evidence']}")


@studies.command()
@click.argument("study")
@click.argument("record")
@click.option("--role", help="What the record is to the study, if the rules cannot tell.")
@_person
@database_option
def confirm(study: str, record: str, role: str | None, name: str, why: str, db_path: Path) -> None:
    """Say that RECORD belongs to STUDY."""
    _decide(db_path, name, why, decision="confirm", study_id=study, record_id=record, role=role)


@studies.command()
@click.argument("study")
@click.argument("record")
@_person
@database_option
def reject(study: str, record: str, name: str, why: str, db_path: Path) -> None:
    """Say that RECORD does not belong to STUDY."""
    _decide(db_path, name, why, decision="reject", study_id=study, record_id=record)


@studies.command()
@click.argument("study")
@click.argument("other")
@_person
@database_option
def merge(study: str, other: str, name: str, why: str, db_path: Path) -> None:
    """Say that STUDY and OTHER are one study."""
    _decide(db_path, name, why, decision="merge", study_id=study, other_id=other)


@studies.command()
@click.argument("study")
@click.argument("number")
@_person
@database_option
def split(study: str, number: str, name: str, why: str, db_path: Path) -> None:
    """Say that NUMBER is not a number of STUDY, whatever a registry says."""
    _decide(db_path, name, why, decision="split", study_id=study, other_id=number)


@studies.command()
@click.argument("decision", type=int)
@click.option("--by", "name", required=True, metavar="NAME", help="Who takes it back.")
@database_option
def undo(decision: int, name: str, db_path: Path) -> None:
    """Take DECISION (its number) back."""
    from crawler.linking.people import undo as take_back

    taken = take_back(db_path, decision, name)
    click.echo(f"undone: {taken.decision} {taken.study_id} {taken.record_id or taken.other_id}")


@studies.command()
@json_option
@database_option
def decisions(as_json: bool, db_path: Path) -> None:
    """List what people decided, with the numbers that `undo` takes."""
    from store.database import read_database

    rows = list(read_database(db_path).table("study_decisions").rows_where(order_by="id"))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        taken = f"; taken back by {row['withdrawn_by']}" if row["withdrawn_at"] else ""
        what = f"{row['decision']} {row['study_id']} {row['record_id'] or row['other_id']}"
        click.echo(f"{row['id']}\t{what}\t{row['decided_by']}, {row['decided_at'][:10]}: {row['why']}{taken}")


def _decide(db_path: Path, name: str, why: str, **what: Any) -> None:
    from crawler.assignments import utc_now
    from crawler.linking.people import decide
    from store.study_decisions import Decision

    if not name.strip() or not why.strip():
        raise ConfigError("a decision needs --by and --why")
    decision = Decision(decided_by=name.strip(), why=why.strip(), decided_at=utc_now(), **what)
    number = decide(db_path, decision)
    click.echo(f"{number}: {decision.decision} {decision.study_id} {decision.record_id or decision.other_id}")


COMMANDS = (studies,)
