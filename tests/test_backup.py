"""A backup is the database; restoring it is copying it back."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from benchmarks.reliability.content import content, differences, unsound
from crawler.cli import cli
from store.backup import backup
from store.database import open_database, read_database
from store.errors import StoreError


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_back_up_lose_restore(filled_db: Path, tmp_path: Path) -> None:
    live, copy = tmp_path / "watch.db", tmp_path / "copy.db"
    shutil.copy(filled_db, live)
    before = content(live)
    done = run("backup", copy, "--db", live)
    assert done.exit_code == 0, done.output
    assert f"{copy}: " in done.output
    assert "checked" in done.output
    live.write_bytes(b"lost")
    for end in ("-wal", "-shm"):
        Path(f"{live}{end}").unlink(missing_ok=True)
    shutil.copy(copy, live)  # as docs/operations.md says
    assert differences(before, content(live)) == []
    assert unsound(live) == []


def test_a_backup_amid_writing_is_one_moment(filled_db: Path, tmp_path: Path) -> None:
    live, copy = tmp_path / "watch.db", tmp_path / "copy.db"
    shutil.copy(filled_db, live)
    writer = open_database(live)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM tags")
    assert run("backup", copy, "--db", live).exit_code == 0
    writer.execute("ROLLBACK")
    assert Database(copy)["tags"].count == Database(filled_db)["tags"].count


def test_never_over_a_file_unless_told(filled_db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    refused = run("backup", copy, "--db", filled_db)
    assert refused.exit_code == 2
    assert copy.read_text() == "precious"
    assert run("backup", copy, "--force", "--db", filled_db).exit_code == 0
    assert Database(copy)["records"].count > 0
    assert run("backup", tmp_path / "no" / "copy.db", "--db", filled_db).exit_code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"copy.db"}


def test_a_copy_that_is_not_the_original_gets_no_name(
    filled_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([{"records": 5}, {"records": 5}, {"records": 4}])
    monkeypatch.setattr("store.backup.row_counts", lambda db: next(counts))
    with pytest.raises(StoreError, match="4 rows instead of 5"):
        backup(read_database(filled_db), tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


# -- upgrade

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.mark.parametrize("dump", sorted(SCHEMAS.glob("*.sql")), ids=lambda path: path.stem)
def test_a_database_of_every_released_schema_is_brought_up_to_date_and_keeps_its_rows(
    dump: Path, tmp_path: Path
) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.executescript(dump.read_text())
    rows = {
        table: old.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("records", "tags", "crawls")
    }
    titles = old.execute("SELECT id, title FROM records ORDER BY id").fetchall()
    old.close()
    assert rows["records"] > 2
    db = open_database(path)
    assert {table: db[table].count for table in rows} == rows
    assert db.execute("SELECT id, title FROM records ORDER BY id").fetchall() == titles
    fresh = open_database(":memory:")
    assert {table.name: table.columns for table in db.tables} == {
        table.name: table.columns for table in fresh.tables
    }
    assert set(db.view_names()) == set(fresh.view_names())
    assert [
        row["id"]
        for row in db.query(
            "SELECT id FROM records WHERE rowid IN (SELECT rowid FROM records_fts('ketamine'))"
        )
    ]
    db.close()
    assert unsound(path) == []
