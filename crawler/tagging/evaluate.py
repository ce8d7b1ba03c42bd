"""`ketamine-watch evaluate DIR`: the tagger against people's labels, by value, with every error and its evidence.

A directory holds JSONL files of labelled records; each file is recognised by the keys of its lines:

    indications, designs …      our own dimensions and values
    corrected                   the same, but only what a person set: the lines of `tag --gold`
    labels                      PsyNamic's classes, by crawler/tagging/psynamic.py; ketamine records only
    dosage                      PsyNamic's dose strings
    relevant                    a study of the drug in people, or not; records that name ketamine only
    label                       StudyTypeTeller's study types
    is_rct_pt                   whether NLM's indexers call it a randomised controlled trial

Only title and abstract are given to the tagger, never publication types or MeSH.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.tagging import psynamic
from crawler.tagging.doses import doses_found, doses_said
from crawler.tagging.jsonl import as_json
from crawler.tagging.scores import Case, Task
from crawler.tagging.tagger import FACETS, Tagger
from store.errors import ConfigError
from store.records import Record

Row = dict[str, Any]

INDICATIONS = ("depression", "trd", "bipolar", "suicidality", "ptsd", "ocd", "anxiety")
LEAST_DESIGN = 8  # designs that the readers give less often are not averaged
_RCT = {"Human-RCT-drug-intervention", "Human-RCT-non-drug-intervention", "Human-RCT-non-intervention"}
_STUDY_TYPES = {
    "Clinical-study-protocol": {"protocol"}, "Human-systematic-review": {"systematic-review", "meta-analysis"},
    "Non-systematic-review": {"narrative-review"}, "Human-case-report": {"case-report", "case-series"},
    "Animal-other": {"preclinical"}, "Animal-drug-intervention": {"preclinical"},
    "Animal-non-drug-intervention": {"preclinical"}, "In-vitro-study": {"preclinical"},
} | {name: {"rct"} for name in _RCT}  # fmt: skip
_OF_PEOPLE = {"rct", "crossover", "non-randomised-trial", "secondary-analysis", "observational", "case-report",
              "case-series", "qualitative", "human-experimental", "protocol", "systematic-review", "meta-analysis"}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Tagged:
    """A labelled line and what the tagger says of it (as `tag --jsonl` writes it)."""

    row: Row
    facets: Row

    @property
    def key(self) -> str:
        return str(self.row.get("pmid") or self.row.get("psynamic_id") or self.row.get("id") or "?")

    def case(self, gold: Iterable[str], found: Iterable[str], *dimensions: str) -> Case:
        """This line as a case; the evidence is that of the dimensions named."""
        evidence = tuple(
            f"{tag['value']} ← “{' '.join(tag['text'].split())[:90]}” ({tag['field']}, {tag['rule']}, {tag['confidence']})"
            for tag in self.facets["evidence"]
            if tag["dimension"] in dimensions
        )
        return Case(self.key, str(self.row.get("title") or ""), frozenset(gold), frozenset(found), evidence)


def evaluate(directory: str | Path, tagger: Tagger | None = None) -> list[Task]:
    """All tasks of all labelled files in `directory`, in order of file name.

    Raises ConfigError if there is no labelled file, or a line is no JSON object.
    """
    tagger = tagger or Tagger()
    tasks: list[Task] = []
    for path in sorted(Path(directory).glob("*.jsonl")):
        rows = _rows(path)
        make = next((make for keys, make in _KINDS if rows and keys <= rows[0].keys()), None)
        if make is not None:
            tasks += make(path.stem, [Tagged(row, _facets(tagger, row)) for row in rows])
    if not tasks:
        raise ConfigError(f"{directory}: no labelled JSONL file in it")
    return tasks


def _rows(path: Path) -> list[Row]:
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ConfigError(f"{path}:{number}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise ConfigError(f"{path}:{number}: not a JSON object")
            rows.append(row)
    return rows


def _facets(tagger: Tagger, row: Row) -> Row:
    return as_json(
        tagger.tags(Record("evaluate:1", "evaluate", "article", row.get("title"), row.get("abstract")))
    )


# ---- one function for each kind of file --------------------------------------------------------------------------


def _own(name: str, tagged: list[Tagged]) -> list[Task]:
    tasks = [
        Task(
            f"{name} {facet}",
            [one.case(one.row[facet], one.facets[facet], dimension) for one in tagged if facet in one.row],
            order,
        )
        for facet, (dimension, order) in FACETS.items()
    ]
    sizes = [
        one.case(_size(one.row.get("sample_size")), _size(one.facets["sample_size"]), "sample_size")
        for one in tagged
        if "sample_size" in one.row
    ]
    tasks.append(Task(f"{name} sample_size", [_exact(case) for case in sizes]))
    return [task for task in tasks if task.cases]


def _size(number: int | None) -> list[str]:
    return [] if number is None else [str(number)]


def _exact(case: Case) -> Case:
    """Numbers are right or wrong; by value they say nothing, so each is scored as "stated"."""
    right = case.gold == case.found
    gold = frozenset(["stated"] if case.gold else ["not stated"])
    found = (
        gold
        if right
        else frozenset([f"wrong: {', '.join(case.found) or 'none'} for {', '.join(case.gold) or 'none'}"])
    )
    return Case(case.key, case.title, gold, found, case.evidence)


_PSYNAMIC: tuple[tuple[str, Callable[[Row], frozenset[str]], tuple[str, ...]], ...] = (
    ("study_type", psynamic.study_type, ("design", "comparator")),
    ("condition", psynamic.condition, ("indication", "population", "indication_detail")),
    ("substances", psynamic.substances, ("drug",)),
    ("application_form", psynamic.application_form, ("route", "design")),
    ("study_control", psynamic.study_control, ("comparator", "design")),
    ("number_of_participants", psynamic.number_of_participants, ("sample_size", "pooled_participants")),
)


def _psynamic(name: str, tagged: list[Tagged]) -> list[Task]:
    ketamine = [one for one in tagged if one.row.get("ketamine_mentioned", True)]
    tasks = []
    for label, translate, dimensions in _PSYNAMIC:
        cases = [
            one.case(gold, translate(one.facets), *dimensions)
            for one in ketamine
            if (gold := one.row["labels"].get(label))
        ]
        if label == "substances":
            ours = frozenset(psynamic.SUBSTANCES.values())
            cases = [
                Case(case.key, case.title, case.gold & ours, case.found, case.evidence) for case in cases
            ]
        values = sorted({value for case in cases for value in case.gold})
        tasks.append(Task(f"{name} {label}", cases, values))
    return tasks


def _doses(name: str, tagged: list[Tagged]) -> list[Task]:
    ketamine = [one for one in tagged if one.row.get("ketamine_mentioned", True)]
    cases = [
        one.case(doses_said(one.row["dosage"]), doses_found(one.facets["evidence"]), "dose")
        for one in ketamine
    ]
    return [Task(f"{name} dose", cases)]


def _relevance(name: str, tagged: list[Tagged]) -> list[Task]:
    cases = [
        one.case(
            ["relevant"] if one.row["relevant"] else ["not relevant"],
            ["relevant"] if one.facets["drugs"] and _OF_PEOPLE & set(one.facets["designs"]) else ["not relevant"],
            "drug", "design",
        )
        for one in tagged
        if one.row.get("ketamine_mentioned", True)
    ]  # fmt: skip
    return [Task(f"{name} relevant", cases)]


def _study_types(name: str, tagged: list[Tagged]) -> list[Task]:
    def group(label: str) -> str:
        return min(_STUDY_TYPES.get(label, {"another"}))

    def found(designs: list[str]) -> str:
        for values in ({"protocol"}, {"systematic-review", "meta-analysis"}, {"narrative-review"},
                       {"case-report", "case-series"}, {"rct"}, {"preclinical"}):  # fmt: skip
            if values & set(designs):
                return min(values)
        return "another"

    cases = [one.case([group(one.row["label"])], [found(one.facets["designs"])], "design") for one in tagged]
    return [Task(f"{name} study type", cases)]


def _indexed(name: str, tagged: list[Tagged]) -> list[Task]:
    cases = [
        one.case(["rct"] if one.row["is_rct_pt"] else [], {"rct"} & set(one.facets["designs"]), "design")
        for one in tagged
    ]
    return [Task(f"{name} rct", cases, ["rct"])]


_KINDS: tuple[tuple[set[str], Callable[[str, list[Tagged]], list[Task]]], ...] = (
    ({"corrected"}, _own),
    ({"indications", "designs"}, _own),
    ({"labels"}, _psynamic),
    ({"dosage"}, _doses),
    ({"relevant"}, _relevance),
    ({"is_rct_pt"}, _indexed),
    ({"label"}, _study_types),
)
