"""Which known DOIs to ask Crossref for in this run: in order of DOI, round after round."""

from __future__ import annotations

from bisect import bisect_right

#: keeps an address below 2,000 characters, which every proxy passes
BATCH = 40
LONGEST_BATCH = 1500  # characters of DOIs


class Lookups:
    """A walk through `known`, sorted DOIs, that goes on where `position` says the last one stopped.

    A position is "<round>:<DOI>", the round as six digits, so that positions grow: watermarks never go back. After the
    last DOI the next round begins; a DOI that is new waits for its place. At most `most` are given, each once.
    With `moves` False no position is kept: everything was asked at once.
    """

    STREAM = "lookups"

    def __init__(self, known: tuple[str, ...], position: str | None, most: int, moves: bool = True):
        number, _, last = (position or "").partition(":")
        self._round = int(number) if number.isdigit() else 1
        begin = bisect_right(known, last) if position else 0
        order = known[begin:] + known[:begin]
        self._wrap = known[0] if begin and known else None  # where the next round begins
        self._left = list(order[: max(0, most)])
        self._moves = moves

    def next_batch(self) -> tuple[str, ...]:
        """The next DOIs for one request, empty if none are left. A DOI with a comma comes alone."""
        batch: list[str] = []
        while self._left and len(batch) < BATCH and sum(map(len, batch)) < LONGEST_BATCH:
            if "," in self._left[0] and batch:
                break
            batch.append(self._left.pop(0))
            if "," in batch[0]:
                break
        return tuple(batch)

    def position_after(self, batch: tuple[str, ...]) -> str | None:
        """Where a walk stands that has asked for `batch`, the batch given last; None if positions are not kept."""
        if not self._moves:
            return None
        if self._wrap in batch:
            self._round, self._wrap = self._round + 1, None
        return f"{self._round:06}:{batch[-1]}"
