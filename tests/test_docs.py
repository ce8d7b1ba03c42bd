"""Documents that cannot go stale: links lead somewhere, SQL runs, every command is in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from store.database import open_database

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("crawler/**/*.md"), *ROOT.glob("tests/**/*.md")]
)
SQL = [
    (path.name, block)
    for path in DOCUMENTS
    for block in re.findall(r"```sql\n(.*?)```", path.read_text(), re.DOTALL)
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize(("document", "sql"), SQL)
def test_sql_runs(document: str, sql: str) -> None:
    assert SQL
    list(open_database(":memory:").query(sql))


def test_every_command_is_in_the_readme_and_has_help() -> None:
    readme = (ROOT / "README.md").read_text()
    for name, command in cli.commands.items():
        assert f"`{name}" in readme, name
        assert command.help, name
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_modules_fit_into_a_head() -> None:
    modules = [
        path
        for floor in ("store", "spiders", "crawler", "datasette_config")
        for pattern in ("*.py", "*.pyx")
        for path in (ROOT / floor).rglob(pattern)
    ]
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules
        if (count := len(path.read_text().splitlines())) > 330
    }
    assert not long
