"""The sets behind a page of a list: made from rowids, and counted by the hundred.

Compiled where that could be done when the project was installed (hatch_build.py, `_counting.pyx`), else in Python, with the same
answers. KETAMINE_WATCH_PURE=1 in the environment chooses Python.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from store import sets

__all__ = ["counts", "kept", "of_listed", "of_rowids"]


def kept(members: int) -> int:
    """A set as `counts` wants it: what that is differs between the two."""
    return members


def counts(several: list[int], chosen: int) -> list[int]:
    """Of each set (`kept`), how many places are in the chosen set, too."""
    return [(one & chosen).bit_count() for one in several]


def of_listed(listed: str, place_of: array[int], size: int) -> int:
    """The set of the places of rowids.

    `listed`: rowids joined by commas, as SQLite's group_concat gives them; "" for none. `place_of`: array of type "l"; by rowid, its
    place from 0 to `size` - 1, or -1 where it has none.
    """
    return of_rowids(map(int, listed.split(",") if listed else ()), place_of, size)


def of_rowids(rowids: Iterable[int], place_of: array[int], size: int) -> int:
    """The set of the places of rowids; `place_of` and `size` as above."""
    known, flags = len(place_of), bytearray(size + 1)  # the last is for those without a place
    for rowid in rowids:
        if rowid < known:
            flags[place_of[rowid]] = 1
    return sets.of_flags(flags[:size])


if not TYPE_CHECKING and not os.environ.get("KETAMINE_WATCH_PURE"):
    with suppress(ImportError):
        from store._counting import counts, kept, of_listed
