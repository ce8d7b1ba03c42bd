"""The figures of docs/tagging.md: a block of Markdown that `ketamine-watch evaluate DIR --table FILE` writes.

It stands between two markers, so that a test can tell whether the document still says what the command says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from crawler.tagging.evaluate import INDICATIONS, LEAST_DESIGN
from crawler.tagging.scores import Task
from store.errors import ConfigError

BEGIN = "<!-- figures: written by `ketamine-watch evaluate`, not by hand -->"
END = "<!-- end of the figures -->"

#: task of PsyNamic's file -> what others reached on the same labels: best BERT, GPT-4o (their paper's figures)
_PEERS = {
    "study_type": (".873", ".622"), "condition": (".930", ".821"), "substances": (".871", ".923"),
    "application_form": (".845", ""), "study_control": (".746", ""), "number_of_participants": (".919", ""),
}  # fmt: skip
_DOSE_PEERS = (".673 (spans)", "")
_PSYNAMIC_NAMES = {
    "study_type": "study type, nine classes", "condition": "condition", "substances": "substances",
    "application_form": "application form", "study_control": "study control",
    "number_of_participants": "number of participants, in bins", "dose": "dose",
}  # fmt: skip


def block(tasks: Sequence[Task]) -> str:
    """The tables of all tasks that are there, between the markers."""
    by_name = {task.name: task for task in tasks}
    parts = [*_own(by_name), *_psynamic(by_name), *_others(by_name)]
    return "\n".join([BEGIN, "", *parts, END])


def write(path: Path, tasks: Sequence[Task]) -> bool:
    """Put the block into a document, in place of the one that is there; whether that changed anything.

    Raises ConfigError if the document has no markers.
    """
    text = path.read_text("utf-8")
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        raise ConfigError(f"{path}: no line {BEGIN!r} and, after it, {END!r}")
    new = text[:start] + block(tasks) + text[end + len(END) :]
    if new != text:
        path.write_text(new, "utf-8")
    return new != text


def _own(tasks: Mapping[str, Task]) -> list[str]:
    found = {
        name.partition(" ")[2]: task for name, task in tasks.items() if name.startswith("ketamine_watch ")
    }
    if not found:
        return []
    indications, designs, sizes = found["indications"], found["designs"], found["sample_size"]
    lines = [
        f"**Our own labels** ({len(indications.cases)} records on ketamine, read by people after the definitions above)",
        "", "| tag | n | precision | recall | F1 |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for facet in ("indications", "designs", "drugs", "routes", "comparators", "populations"):
        task = found[facet]
        lines.append(
            f"| **{facet}**, all values | {sum(score.n for score in task.scores)} | | | **{task.weighted:.3f}** weighted |"
        )
        lines += [
            f"| {score.value} | {score.n} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} |"
            for score in task.scores
            if score.n
        ]
    means = (
        f"The mean F1 of the seven psychiatric indications is {indications.macro(values=INDICATIONS):.3f}, that of the "
        f"designs that occur at least {LEAST_DESIGN} times {designs.macro(LEAST_DESIGN):.3f}."
    )
    return [
        *lines,
        f"| **sample_size**, exactly right or rightly absent | {len(sizes.cases)} | | | {sizes.exact:.3f} (share) |",
        "",
        means,
        "",
    ]


def _psynamic(tasks: Mapping[str, Task]) -> list[str]:
    lines = [
        "**PsyNamic's labels** (its ketamine records; weighted F1)", "",
        "| what | records | these rules | best BERT | GPT-4o |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, peers in {**{f"psynamic {key}": value for key, value in _PEERS.items()}, "psynamic_dose dose": _DOSE_PEERS}.items():  # fmt: skip
        if name in tasks:
            task, words = tasks[name], _PSYNAMIC_NAMES[name.partition(" ")[2]]
            lines.append(
                f"| {words} | {len(task.cases)} | {task.weighted:.3f} | {peers[0] or '–'} | {peers[1] or '–'} |"
            )
    return [*lines, ""] if len(lines) > 4 else []  # else the head alone


def _others(tasks: Mapping[str, Task]) -> list[str]:
    lines = ["**Other labels**, most of them not on ketamine", "", "| what | n | precision | recall | F1 |", "|---|---|---|---|---|"]  # fmt: skip
    if task := tasks.get("pubmed_pt1000 rct"):
        score = task.score("rct")
        lines.append(
            "| randomised trial, as PubMed's indexers call it, general medicine "
            f"| {score.n} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} |"
        )
    if task := tasks.get("studytypeteller study type"):
        lines += [
            f"| {score.value}, psychiatry and neurology | {score.n} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} |"
            for score in task.scores
            if score.n and score.value != "another"
        ]
    return [*lines, ""] if len(lines) > 4 else []  # else the head alone
