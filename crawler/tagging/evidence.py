"""What a record's text says, asked by cue: whether, how often, how surely."""

from __future__ import annotations

from crawler.tagging.reading import Hit, Reading


class Evidence:
    """The hits of a reading, asked by cue."""

    def __init__(self, reading: Reading, patients: bool):
        self.reading = reading
        self._hits = reading.hits
        self._patients = patients

    def has(self, *cues: str) -> bool:
        for cue in cues:  # noqa: SIM110 - asked often: a generator takes twice the time
            if self._hits(cue):
                return True
        return False

    def count(self, cue: str) -> int:
        """In how many places a cue stands (overlapping hits are one)."""
        found, last = 0, -1
        for hit in self._hits(cue):
            if hit.start >= last:
                found, last = found + 1, hit.end
        return found

    def best(self, *cues: str) -> Hit | None:
        """The surest hit of the cues; the first such."""
        best: Hit | None = None
        for cue in cues:
            for hit in self._hits(cue):
                surer = hit.rule.confidence - best.rule.confidence if best else 1.0
                if best is None or surer > 0 or (surer == 0 and hit.start < best.start):
                    best = hit
        return best

    def words(self, *cues: str) -> str:
        """The matched words of the cues, in small letters."""
        return " ".join(
            self.reading.text(hit.start, hit.end).lower() for cue in cues for hit in self.reading.hits(cue)
        )

    def indicated(self) -> bool:
        """Whether a clinical condition is the indication."""
        return self._patients

    def patients(self) -> bool:
        """Whether people with a condition are treated: what sets a treatment trial apart from an experiment."""
        return self._patients or (self.has("patients") and not self.has("healthy-volunteers", "challenge"))
