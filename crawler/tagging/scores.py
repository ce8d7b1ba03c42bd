"""Precision, recall and F1 of sets of labels, by value and over all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class Case:
    """One record of a task: what the readers say, what the tagger says, and the words that it rests on."""

    key: str
    title: str
    gold: frozenset[str]
    found: frozenset[str]
    evidence: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Score:
    """Counts of one value: `n` is how often the readers give it."""

    value: str
    right: int
    wrong: int
    missed: int

    @property
    def n(self) -> int:
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return _share(self.right, self.n)

    @property
    def f1(self) -> float:
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)


@dataclass(slots=True)
class Task:
    """One question asked of every record of one file. `values`: those that are scored (None: all that occur)."""

    name: str
    cases: list[Case]
    values: Sequence[str] | None = None
    scores: list[Score] = field(init=False)

    def __post_init__(self) -> None:
        values = self.values or sorted({value for case in self.cases for value in case.gold | case.found})
        self.scores = [self._score(value) for value in values]

    def _score(self, value: str) -> Score:
        right = sum(value in case.gold and value in case.found for case in self.cases)
        wrong = sum(value not in case.gold and value in case.found for case in self.cases)
        missed = sum(value in case.gold and value not in case.found for case in self.cases)
        return Score(value, right, wrong, missed)

    def score(self, value: str) -> Score:
        """The score of one value."""
        return next(score for score in self.scores if score.value == value)

    def macro(self, least: int = 1, values: Iterable[str] | None = None) -> float:
        """Mean F1 over the values that the readers give at least `least` times."""
        wanted = None if values is None else set(values)
        kept = [
            score.f1
            for score in self.scores
            if score.n >= least and (wanted is None or score.value in wanted)
        ]
        return sum(kept) / len(kept) if kept else 0.0

    @property
    def weighted(self) -> float:
        """Mean F1 weighted by how often the readers give each value."""
        total = sum(score.n for score in self.scores)
        return sum(score.f1 * score.n for score in self.scores) / total if total else 0.0

    @property
    def micro(self) -> float:
        """F1 of all labels together."""
        right, wrong, missed = (
            sum(getattr(score, name) for score in self.scores) for name in ("right", "wrong", "missed")
        )
        return _share(2 * right, 2 * right + wrong + missed)

    @property
    def exact(self) -> float:
        """Share of records whose set of labels is exactly the readers'."""
        return _share(
            sum(self._scored(case.gold) == self._scored(case.found) for case in self.cases), len(self.cases)
        )

    def errors(self) -> list[Case]:
        """The records whose labels differ from the readers'."""
        return [case for case in self.cases if self._scored(case.gold) != self._scored(case.found)]

    def _scored(self, labels: frozenset[str]) -> frozenset[str]:
        return labels if self.values is None else labels & frozenset(self.values)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
