"""The bubble timeline: trials as circles, years to the right, one lane for each design, the area by participants.

Pure geometry, in units of the picture; a template draws it. No two circles of a lane overlap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

WIDTH = 960
LABELS = 150  # left of the years: the lanes' names
FOOT = 30  # beneath the lanes: the years
LEAST, MOST = 3.2, 15.0  # radii; a trial of unknown size has the least
FULL = 400.0  # participants of the largest circle; the few larger trials are drawn no larger
GAP = 1.5
PAD = 8


@dataclass(slots=True, frozen=True)
class Bubble:
    """One trial: where its circle stands, and the row it stands for."""

    x: float
    y: float
    r: float
    row: Row


@dataclass(slots=True, frozen=True)
class Lane:
    """One design: its rows of the picture from `top` to `top + height`."""

    design: str
    top: float
    height: float
    count: int


@dataclass(slots=True, frozen=True)
class Picture:
    """`years`: (year, x of its middle) to be written below; `edges`: x between years."""

    width: float = WIDTH
    height: float = 0.0
    lanes: list[Lane] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)
    years: list[tuple[int, float]] = field(default_factory=list)


def radius(size: int | None) -> float:
    """By the square root, so that the area tells the participants."""
    if not size:
        return LEAST
    return max(LEAST, MOST * math.sqrt(min(size, FULL) / FULL))


def draw(rows: Iterable[Row], designs: Sequence[str]) -> Picture:
    """The picture of `rows` (each with `design`, `year`, `sample_size`); those without a year are not in it.

    Lanes stand in the order of `designs`; a design without trials has none.
    """
    dated = [row for row in rows if row["year"] is not None and row["design"] in designs]
    if not dated:
        return Picture()
    first, last = min(row["year"] for row in dated), max(row["year"] for row in dated)
    wide = (WIDTH - LABELS - PAD) / (last - first + 1)
    lanes: list[Lane] = []
    bubbles: list[Bubble] = []
    top = float(PAD)
    for design in designs:
        own = [row for row in dated if row["design"] == design]
        if not own:
            continue
        stacks = {
            year: _packed([row for row in own if row["year"] == year], wide)
            for year in {row["year"] for row in own}
        }
        height = max(deep for _, deep in stacks.values()) + 2 * PAD
        for year, (placed, deep) in sorted(stacks.items()):
            left, above = LABELS + (year - first) * wide, top + (height - deep) / 2
            bubbles += [
                Bubble(round(left + x, 1), round(above + y, 1), round(r, 1), row) for x, y, r, row in placed
            ]
        lanes.append(Lane(design, round(top, 1), round(height, 1), len(own)))
        top += height
    every = max(1, math.ceil(44 / wide))  # a year's four digits and a blank
    years = [
        (year, round(LABELS + (year - first + 0.5) * wide, 1))
        for year in range(first, last + 1)
        if (last - year) % every == 0
    ]
    return Picture(WIDTH, round(top + FOOT, 1), lanes, bubbles, years)


def _packed(rows: list[Row], wide: float) -> tuple[list[tuple[float, float, float, Row]], float]:
    """The circles of one design and year in rows, largest first: (x, y, radius, row) from the corner, and how deep."""
    placed: list[tuple[float, float, float, Row]] = []
    line: list[tuple[float, Row]] = []
    deep = 0.0

    def close() -> None:
        nonlocal deep
        across = sum(2 * r for r, _ in line) + GAP * (len(line) - 1)
        x, tall = (wide - across) / 2, 2 * line[0][0]
        for r, row in line:
            placed.append((x + r, deep + tall / 2, r, row))
            x += 2 * r + GAP
        deep += tall + GAP
        line.clear()

    for row in sorted(rows, key=lambda row: (-(row["sample_size"] or 0), row["id"])):
        r = min(radius(row["sample_size"]), max(LEAST, (wide - GAP) / 2))
        if line and sum(2 * other + GAP for other, _ in line) + 2 * r > wide:
            close()
        line.append((r, row))
    close()
    return placed, deep - GAP
