"""The figures in docs/tagging.md are those that the command prints, and the bars are held."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.tagging.evaluate import INDICATIONS, LEAST_DESIGN, evaluate
from crawler.tagging.scores import Case, Task
from crawler.tagging.table import BEGIN, END, block, write
from store.errors import ConfigError

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "tagging.md"


@pytest.fixture(scope="module")
def tasks(shared: Path) -> dict[str, Task]:
    return {task.name: task for task in evaluate(shared / "gold")}


def test_the_document_says_what_the_command_says(tasks: dict[str, Task]) -> None:
    text = DOCUMENT.read_text("utf-8")
    assert block(list(tasks.values())) in text, "run: ketamine-watch evaluate DIR --table docs/tagging.md"


@pytest.mark.parametrize(
    ("name", "bar"),
    [
        ("psynamic study_type", 0.90),
        ("psynamic condition", 0.94),
        ("psynamic substances", 0.95),
        ("psynamic application_form", 0.88),
        ("psynamic study_control", 0.78),
        ("psynamic number_of_participants", 0.92),
        ("psynamic_dose dose", 0.85),
        ("ketamine_watch comparators", 0.88),
        ("ketamine_watch routes", 0.95),
        ("ketamine_watch drugs", 0.95),
    ],
)
def test_weighted_f1_holds_the_bar(tasks: dict[str, Task], name: str, bar: float) -> None:
    assert tasks[name].weighted >= bar


def test_indications_and_designs_hold_their_bars(tasks: dict[str, Task]) -> None:
    indications, designs = tasks["ketamine_watch indications"], tasks["ketamine_watch designs"]
    assert indications.macro(values=INDICATIONS) >= 0.92
    assert min(indications.score(value).f1 for value in INDICATIONS) >= 0.88
    assert designs.macro(LEAST_DESIGN) >= 0.85
    assert designs.score("rct").f1 >= 0.92
    assert designs.score("rct").recall >= 0.95


def test_every_difference_has_its_reason(tasks: dict[str, Task]) -> None:
    text = (DOCUMENT.parent / "tagging-errors.md").read_text("utf-8")
    for name, task in tasks.items():
        collection, _, what = name.partition(" ")
        if collection not in ("ketamine_watch", "psynamic", "psynamic_dose"):
            continue
        heading = (
            f"{'Our own labels' if collection == 'ketamine_watch' else 'PsyNamic'}: {what.replace('_', ' ')}"
        )
        section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        reasons = {
            line.split(" | ")[0].removeprefix("| "): line.split(" | ")[-1] for line in section.splitlines()
        }
        missing = [case.key for case in task.errors() if len(reasons.get(case.key, "")) < 10]
        assert not missing, f"{heading}: {missing}"


def test_a_block_replaces_the_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "figures.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    case = Case("1", "A title", frozenset(["rct"]), frozenset(["rct"]))
    tasks = [Task("pubmed_pt1000 rct", [case], ["rct"])]
    assert write(path, tasks)
    text = path.read_text("utf-8")
    assert text.startswith("before\n<!-- figures")
    assert text.endswith("<!-- end of the figures -->\nafter\n")
    assert "old" not in text
    assert "| 1 | 1.000 | 1.000 | 1.000 |" in text
    assert not write(path, tasks)


def test_a_document_without_markers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.md"
    path.write_text("nothing\n", "utf-8")
    with pytest.raises(ConfigError, match="figures"):
        write(path, [])
