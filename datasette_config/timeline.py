"""Bars of trials by year, a row for each indication: numbers into places of an SVG, without style and script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 1000
YEARS = 25  # earlier trials stand in the lists
_NAMES = 215  # width of the indications' names
_ROW, _BAR, _FOOT = 46, 34, 24  # heights: of a row, of its highest bar, of the years beneath


@dataclass(frozen=True)
class Bar:
    year: int
    trials: int
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Row:
    """`base`: where its bars stand; `most`: the trials that its highest bar tells."""

    value: str
    label: str
    base: int
    most: int
    bars: list[Bar]
    counts: dict[int, int]


@dataclass(frozen=True)
class Timeline:
    """`left`: where the bars begin; `years` with the middle of their bars. All in units of the picture."""

    width: int
    height: int
    left: int
    bar_width: float
    years: list[tuple[int, float]]
    rows: list[Row]


def draw(counts: Mapping[str, Mapping[int, int]], names: Mapping[str, str], last: int) -> Timeline | None:
    """The picture of trials by indication and year up to `last`; None if there is none.

    Each row has its own scale, named in it: the many trials in depression would make all else look empty.
    """
    seen = [year for one in counts.values() for year, trials in one.items() if trials and year <= last]
    if not seen:
        return None
    years = range(max(min(seen), last - YEARS + 1), last + 1)
    step = (WIDTH - _NAMES) / len(years)
    rows = [
        _row(value, label, number, counts.get(value, {}), years, step)
        for number, (value, label) in enumerate(names.items())
    ]
    places = [(year, round(_NAMES + step * (at + 0.5), 1)) for at, year in enumerate(years)]
    return Timeline(WIDTH, _ROW * len(rows) + _FOOT, _NAMES, round(step * 0.72, 1), places, rows)


def _row(
    value: str, label: str, number: int, counts: Mapping[int, int], years: Sequence[int], step: float
) -> Row:
    base = _ROW * (number + 1)
    shown = {year: counts.get(year, 0) for year in years}
    most = max(shown.values())
    bars = [
        Bar(year, trials, round(_NAMES + step * (at + 0.14), 1), round(base - height, 1), height)
        for at, (year, trials) in enumerate(shown.items())
        if trials and (height := round(max(_BAR * trials / most, 1.5), 1))
    ]
    return Row(value, label, base, most, bars, shown)
