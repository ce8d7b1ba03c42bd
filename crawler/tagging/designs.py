"""Which kind of publication, and which design: a ladder, read from the top.

First the publication's form (notice, letter, protocol, synthesis, guideline, case report), then secondary analysis,
then animals, then trials and observation. A step that holds ends the walk; what else was said lowers the confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler.tagging import lexicon as lex
from crawler.tagging.evidence import Evidence
from crawler.tagging.reading import Hit, Reading
from crawler.tagging.terms import Rule
from store.records import Tag

ORDER = (
    "rct", "crossover", "non-randomised-trial", "secondary-analysis", "protocol", "systematic-review", "meta-analysis",
    "narrative-review", "guideline", "observational", "case-report", "case-series", "qualitative", "preclinical",
    "commentary", "human-experimental",
)  # fmt: skip
_A_PARAGRAPH = 40  # units of an abstract that says something
_NO_DATA = Rule("design.no-data-of-its-own", "no-data", None, 0.4)
_CONFLICT = 0.12  # taken from the confidence for each other form or design that the text also speaks of


Found = Iterator[tuple[str, Hit]]


def designs(reading: Reading, patients: bool) -> list[Tag]:
    """The tags of dimension `design`. `patients`: whether a clinical condition is the indication."""
    evidence = Evidence(reading, patients)
    found = list(_walk(evidence))
    rivals = _rivals(evidence, {value for value, _ in found})
    tags: dict[str, Tag] = {}
    for value, hit in found:
        tags.setdefault(
            value, reading.tag("design", value, hit, max(0.3, hit.rule.confidence - _CONFLICT * rivals))
        )
    return list(tags.values())


def parent_designs(reading: Reading, designs: set[str]) -> list[Tag]:
    """The tags of dimension `parent_design`: what a protocol plans, what a secondary analysis draws on."""
    evidence = Evidence(reading, patients=True)
    if "protocol" in designs and evidence.has("systematic-title", "meta-title"):
        found = [("systematic-review", evidence.best("systematic-title", "meta-title"))]
        found += [("meta-analysis", evidence.best("meta-title"))] if evidence.has("meta-title") else []
    elif not designs & {"protocol", "secondary-analysis"}:
        return []
    elif hit := evidence.best("randomised-title", "randomised", "parent-randomised"):
        found = [("rct", hit)] + (
            [("crossover", evidence.best("crossover"))] if evidence.has("crossover") else []
        )
    elif hit := evidence.best("observational-title", "observational-said"):
        found = [("observational", hit)]
    else:
        found = [("non-randomised-trial", evidence.best("open-trial", "extension"))]
    return [
        reading.tag("parent_design", value, hit, hit.rule.confidence - 0.1) for value, hit in found if hit
    ]


def _walk(evidence: Evidence) -> Found:
    for step in (
        _notice,
        _protocol,
        _letter,
        _synthesis,
        _guideline,
        _case,
        _review,
        _secondary,
        _animal,
        _study,
        _late_review,
    ):
        found = list(step(evidence))
        if found:
            yield from found
            return


def _notice(evidence: Evidence) -> Found:
    if hit := evidence.best("notice"):
        yield "commentary", hit


def _protocol(evidence: Evidence) -> Found:
    def results() -> bool:
        return evidence.count("data") > 2 or evidence.has("n.randomised")

    title, will, body = (evidence.best(cue) for cue in ("protocol-title", "protocol-will", "protocol-body"))
    registry = evidence.best("registry-text")
    if title and not (evidence.has("review-title") and not will):
        yield "protocol", title
    elif registry and evidence.count("registry-text") > 2:
        yield "protocol", registry
    elif evidence.has("review-title", "systematic-title", "review-said"):
        return
    elif will and (evidence.count("protocol-will") > 1 or body or not results()):
        yield "protocol", will
    elif body and evidence.count("protocol-body") > 1 and not results():
        yield "protocol", body


def _letter(evidence: Evidence) -> Found:
    hit = evidence.best("letter")
    if hit and not evidence.has("case-report", "case-report-body", "case-series", "case-series-title"):
        yield "commentary", hit


def _synthesis(evidence: Evidence) -> Found:
    title, meta = evidence.best("systematic-title"), evidence.best("meta-title")
    if not (title or meta) and not _says_synthesis(evidence):
        return
    yield (
        "systematic-review",
        title or evidence.best("systematic-said") or evidence.best("systematic-done") or meta,
    )  # type: ignore[misc]
    if meta or evidence.count("meta-body") > 1:
        yield "meta-analysis", meta or evidence.best("meta-body")  # type: ignore[misc]


def _says_synthesis(evidence: Evidence) -> bool:
    """Whether the abstract alone makes it a synthesis."""
    if evidence.has("case-report", "secondary-title", "randomised-title", "recruited"):
        return False
    if evidence.has("review-title") and "narrative" in evidence.words("review-title", "review-said"):
        return False
    done = evidence.count("systematic-done")
    return evidence.has("systematic-said") or done > 2 or (done > 0 and evidence.count("meta-body") > 1)


def _guideline(evidence: Evidence) -> Found:
    title, body = evidence.best("guideline"), evidence.best("guideline-body")
    if title and (body or not evidence.has("randomised", "treated", "exposed", "observational-said")):
        yield "guideline", title
    elif body and evidence.count("guideline-body") > 1:
        yield "guideline", body


def _case(evidence: Evidence) -> Found:
    if series_title := evidence.best("case-series-title"):
        yield "case-series", series_title
    elif title := evidence.best("case-report"):
        yield "case-report", title
    elif evidence.has(
        "randomised-title", "observational-title", "review-title", "systematic-title", "secondary-title"
    ):
        return
    elif (series := evidence.best("case-series")) and not evidence.has("randomised"):
        yield "case-series", series
    elif (body := evidence.best("case-report-body")) and not evidence.has("randomised"):
        yield "case-report", body


def _review(evidence: Evidence) -> Found:
    title, said = evidence.best("review-title"), evidence.best("review-said")
    if not (title or said):
        return
    own = (
        evidence.has("randomised", "n.randomised", "observational-title", "secondary-title")
        or evidence.count("data") > 4
    )
    if title and (said or not own):
        yield "narrative-review", title
    elif said and (evidence.count("review-said") > 1 or not own):
        yield "narrative-review", said


def _secondary(evidence: Evidence) -> Found:
    title, said, topic = (
        evidence.best(cue) for cue in ("secondary-title", "secondary-said", "secondary-topic")
    )
    if evidence.has("animal-title"):
        return
    if evidence.has("extension") and "post" not in evidence.words("secondary-title"):
        return
    if title or (said and not evidence.has("randomised-title", "controlled-title")):
        yield "secondary-analysis", title or said  # type: ignore[misc]
    elif (
        topic and evidence.has("randomised", "blinded") and not evidence.has("recruited", "randomised-title")
    ):
        yield "secondary-analysis", topic
    elif (
        (genes := evidence.best("secondary-genes"))
        and evidence.has("treated")
        and not evidence.has("randomised-title")
    ):
        yield "secondary-analysis", genes
    else:
        return
    if (done := evidence.best("animal-done")) and evidence.count("animal-done") > 1:
        yield "preclinical", done


def _animal(evidence: Evidence) -> Found:
    title, done, named = (evidence.best(cue) for cue in ("animal-title", "animal-done", "animal-named"))
    if not (title or done or named):
        return
    people = evidence.has("n.randomised", "n.enrolled", "n.people")
    if (
        title
        or (done and (not people or evidence.count("animal-done") > 2))
        or (named and evidence.count("animal-named") > 2 and not people and evidence.has("data"))
    ):
        yield "preclinical", title or done or named  # type: ignore[misc]
        if evidence.has("animal-and-people"):
            yield from _study(evidence)
        elif people and evidence.has("randomised") and not title and evidence.indicated():
            yield from _trial(evidence)


def _trial(evidence: Evidence) -> Found:
    said = (
        evidence.best("randomised-title") or evidence.best("randomised") or evidence.best("counterbalanced")
    )
    if not said and evidence.patients():  # implied
        said = evidence.best("controlled-title", "blinded")
    if not said:
        return
    yield "rct", said
    if crossover := evidence.best("crossover"):
        yield "crossover", crossover


def _study(evidence: Evidence) -> Found:
    extension = evidence.best("extension")
    if extension and extension.start < evidence.reading.body:
        yield "non-randomised-trial", extension
        return
    watched_by_title = evidence.has("observational-title") and not evidence.has(
        "randomised-title", "randomised"
    )
    if not watched_by_title and (trial := list(_trial(evidence))):
        yield from trial
        return
    watched = evidence.best("observational-title", "observational-said")
    open_trial, treated, qualitative = (
        evidence.best(cue) for cue in ("open-trial", "treated", "qualitative")
    )
    chosen = evidence.count("qualitative") > 1 or not evidence.has("observational-title")
    if qualitative and chosen and (not open_trial or watched):
        yield "qualitative", qualitative
    healthy = evidence.has("healthy-volunteers")
    exposed = treated or evidence.best("exposed")
    if watched and not (open_trial and not evidence.has("observational-title", "observational-said")):
        yield "observational", watched
    elif open_trial and (evidence.patients() or not healthy):
        yield "non-randomised-trial", open_trial
    elif not evidence.patients() and ((healthy and exposed) or evidence.has("challenge", "blinded")):
        yield "human-experimental", evidence.best("challenge", "treated", "exposed", "blinded")  # type: ignore[misc]
    elif (
        evidence.has("observational-weak")
        and evidence.has("data")
        and not (treated and evidence.count("interventional") > 2)
    ):
        yield "observational", evidence.best("observational-weak")  # type: ignore[misc]
    elif treated and evidence.patients():
        yield "non-randomised-trial", treated
    elif (
        evidence.patients() and exposed and evidence.has("data")
    ):  # of people treated elsewhere, probably in a trial
        yield "secondary-analysis", evidence.best("secondary-topic", "exposed")  # type: ignore[misc]
    elif exposed and evidence.has("data"):
        yield "human-experimental", exposed


def _late_review(evidence: Evidence) -> Found:
    """What reports no data of its own: surely a review where it speaks as one does, probably one where it does not."""
    reading = evidence.reading
    if len(reading.units) < reading.body + _A_PARAGRAPH:
        return
    tone = evidence.best("review-title", "review-said", "review-tone")
    if tone and evidence.count("data") < 2:
        yield "narrative-review", tone
    elif not evidence.has("data"):
        said = (at for at in range(reading.body, len(reading.units)) if reading.units[at] != lex.STOP)
        if (start := next(said, None)) is not None:
            yield "narrative-review", Hit(_NO_DATA, start, reading.sentence(start)[1])


def _rivals(evidence: Evidence, chosen: set[str]) -> int:
    return sum(1 for value, cues in _SPEAK_OF.items() if value not in chosen and evidence.has(*cues))


#: form or design -> the cues by which a text speaks of it
_SPEAK_OF = {
    "rct": ("randomised-title", "randomised"),
    "observational": ("observational-title", "observational-said"),
    "secondary-analysis": ("secondary-title", "secondary-said"),
    "case-report": ("case-report", "case-report-body"),
    "narrative-review": ("review-title", "review-said"),
    "preclinical": ("animal-done",),
}
