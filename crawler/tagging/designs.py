"""Which kind of publication, and which design: a ladder, read from the top.

First the publication's form (notice, letter, protocol, synthesis, guideline, case report), then secondary analysis,
then animals, then trials and observation. A step that holds ends the walk; what else was said lowers the confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler.tagging.reading import Hit, Reading
from store.records import Tag

ORDER = (
    "rct", "crossover", "non-randomised-trial", "secondary-analysis", "protocol", "systematic-review", "meta-analysis",
    "narrative-review", "guideline", "observational", "case-report", "case-series", "qualitative", "preclinical",
    "commentary", "human-experimental",
)  # fmt: skip
_CONFLICT = 0.12  # taken from the confidence for each other form or design that the text also speaks of


class Evidence:
    """The hits of a reading, asked by cue."""

    def __init__(self, reading: Reading):
        self.reading = reading

    def has(self, *cues: str) -> bool:
        return any(cue in self.reading.hits for cue in cues)

    def count(self, cue: str) -> int:
        """In how many places a cue stands (overlapping hits are one)."""
        found, last = 0, -1
        for hit in self.reading.hits.get(cue, ()):
            if hit.start >= last:
                found, last = found + 1, hit.end
        return found

    def best(self, *cues: str) -> Hit | None:
        """The surest hit of the cues; the first such."""
        hits = [hit for cue in cues for hit in self.reading.hits.get(cue, ())]
        return max(hits, key=lambda hit: (hit.rule.confidence, -hit.start), default=None)

    def late(self, cue: str) -> bool:
        """Whether a cue stands outside the background and the first sentence of the abstract."""
        reading = self.reading
        first_end = reading.sentence(reading.body)[1]
        return any(
            hit.start > first_end and reading.section(hit.start) not in ("background", "conclusions")
            for hit in reading.hits.get(cue, ())
        )


Found = Iterator[tuple[str, Hit]]


def designs(reading: Reading) -> list[Tag]:
    """The tags of dimension `design`."""
    evidence = Evidence(reading)
    found = list(_walk(evidence))
    rivals = _rivals(evidence, {value for value, _ in found})
    tags: dict[str, Tag] = {}
    for value, hit in found:
        tags.setdefault(
            value, reading.tag("design", value, hit, max(0.3, hit.rule.confidence - _CONFLICT * rivals))
        )
    return list(tags.values())


def _walk(evidence: Evidence) -> Found:
    for step in (
        _notice,
        _synthesis_protocol,
        _protocol,
        _synthesis,
        _letter,
        _guideline,
        _case,
        _secondary,
        _review,
        _animal,
        _study,
    ):
        found = list(step(evidence))
        if found:
            yield from found
            return


def _notice(evidence: Evidence) -> Found:
    if hit := evidence.best("notice"):
        yield "commentary", hit


def _letter(evidence: Evidence) -> Found:
    if (hit := evidence.best("letter")) and not evidence.has(
        "case-report", "case-report-body", "case-series"
    ):
        yield "commentary", hit


def _synthesis_protocol(evidence: Evidence) -> Found:
    title = evidence.best("protocol-title")
    if title and evidence.has("systematic-title", "meta-title"):
        yield "protocol", title


def _protocol(evidence: Evidence) -> Found:
    title, will, body = (evidence.best(cue) for cue in ("protocol-title", "protocol-will", "protocol-body"))
    if title and (will or not evidence.has("review-title")):
        yield "protocol", title
    elif (
        will
        and (body or evidence.count("protocol-will") > 1)
        and not evidence.has("review-title", "review-body", "systematic-title")
    ):
        yield "protocol", will


def _synthesis(evidence: Evidence) -> Found:
    title, body = evidence.best("systematic-title"), evidence.count("systematic-body")
    meta, meta_body = evidence.best("meta-title"), evidence.count("meta-body")
    primary = evidence.has("case-report", "secondary-title")
    if title or meta or (body >= 2 and not primary) or (body and meta_body):
        yield "systematic-review", title or evidence.best("systematic-body") or meta  # type: ignore[misc]
        if meta or (meta_body >= 2 and evidence.best("meta-body")):
            yield "meta-analysis", meta or evidence.best("meta-body")  # type: ignore[misc]


def _guideline(evidence: Evidence) -> Found:
    title, body = evidence.best("guideline"), evidence.best("guideline-body")
    if title and (body or not evidence.has("randomised", "treated")):
        yield "guideline", title
    elif body and evidence.count("guideline-body") > 1:
        yield "guideline", body


def _case(evidence: Evidence) -> Found:
    title, body, series = (evidence.best(cue) for cue in ("case-report", "case-report-body", "case-series"))
    if evidence.has("randomised-title", "observational-title") and not title:
        return
    if series and not title:
        yield "case-series", series
    elif title or body:
        if not title and evidence.has("randomised", "review-title"):
            return
        yield "case-report", title or body  # type: ignore[misc]


def _secondary(evidence: Evidence) -> Found:
    title, body = evidence.best("secondary-title"), evidence.best("secondary-body")
    if title or (body and not evidence.has("review-title", "animal-done")):
        yield "secondary-analysis", title or body  # type: ignore[misc]


def _review(evidence: Evidence) -> Found:
    title, body = evidence.best("review-title"), evidence.best("review-body")
    primary = evidence.has(
        "randomised", "treated", "animal-done", "observational-body", "n.randomised", "n.enrolled"
    )
    if (title and (body or not primary)) or (body and (evidence.count("review-body") > 1 or not primary)):
        yield "narrative-review", body or title  # type: ignore[misc]


def _animal(evidence: Evidence) -> Found:
    done, named, words = (evidence.best(cue) for cue in ("animal-done", "animal", "animal-word"))
    people = evidence.has("n.enrolled", "n.randomised")
    if done and (not people or evidence.count("animal-done") > 1):
        yield "preclinical", done
    elif (named or words) and not people and evidence.count("animal") + evidence.count("animal-word") > 1:
        yield "preclinical", named or words  # type: ignore[misc]


def _study(evidence: Evidence) -> Found:
    title, body = evidence.best("randomised-title"), evidence.best("randomised")
    watched = evidence.best("observational-title", "observational-body")
    crossover, healthy = evidence.best("crossover"), evidence.has("healthy")
    qualitative = evidence.best("qualitative")
    if title or body:
        yield "rct", title or body  # type: ignore[misc]
        if crossover:
            yield "crossover", crossover
        return
    if qualitative:
        yield "qualitative", qualitative
    if watched and not (evidence.has("non-randomised") and not evidence.has("observational-title")):
        yield "observational", watched
        return
    open_label, treated = evidence.best("non-randomised"), evidence.best("treated")
    if open_label and not (healthy and not evidence.has("interventional")):
        yield "non-randomised-trial", open_label
    elif (healthy or evidence.has("challenge")) and (treated or evidence.has("challenge")):
        yield "human-experimental", evidence.best("challenge", "treated")  # type: ignore[misc]
    elif treated and evidence.has("interventional"):
        yield "non-randomised-trial", treated
    elif not qualitative and watched:
        yield "observational", watched
    elif treated:
        yield "human-experimental", treated


def _rivals(evidence: Evidence, chosen: set[str]) -> int:
    said = {
        "rct": evidence.has("randomised-title", "randomised"),
        "observational": evidence.has("observational-title", "observational-body"),
        "secondary-analysis": evidence.has("secondary-title", "secondary-body"),
        "case-report": evidence.has("case-report", "case-report-body"),
        "narrative-review": evidence.has("review-title", "review-body"),
        "preclinical": evidence.has("animal-done"),
    }
    return sum(1 for value, is_said in said.items() if is_said and value not in chosen)
