"""Registered trials: tagged from their structured fields, with the field's path as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crawler.tagging import comparisons, doses, people, substances, topics
from crawler.tagging.encoding import Encoder
from crawler.tagging.reading import Mention, Reading
from store.records import Record, Registration, Tag

_SURE = 0.97
_NAMED = "registry.intervention"
_ADOLESCENCE, _YOUTH, _LATE_LIFE, _NO_LIMIT = 10, 21, 60, 200  # years
_PHASES = {"EARLY_PHASE1": "1", "PHASE1": "1", "PHASE2": "2", "PHASE3": "3", "PHASE4": "4"}


def registry_tags(encoder: Encoder, record: Record, reading: Reading) -> list[Tag]:
    """The tags of a registration. `reading` is of its title and summary."""
    registration = record.registration
    assert registration is not None
    tags = [
        *_conditions(encoder, registration, reading), *_designs(record, registration),
        *_interventions(encoder, registration, reading), *_people(registration, reading), *_phases(registration),
        *comparisons.regimens(reading), *_outcomes(encoder, registration), *topics.scales(reading), *topics.topics(reading),
    ]  # fmt: skip
    return list({(tag.dimension, tag.value): tag for tag in reversed(tags)}.values())[::-1]


def _entry(dimension: str, value: str, path: str, text: str, span: tuple[int, int], rule: str) -> Tag:
    start, end = span
    return Tag(dimension, value, path, start, end, text[start:end], rule, _SURE)


def _whole(dimension: str, value: str, path: str, text: str) -> Tag:
    return _entry(dimension, value, path, text, (0, len(text)), path)


def _terms(encoder: Encoder, text: str, group: str) -> Iterator[tuple[Mention, tuple[int, int]]]:
    reading = Reading(encoder, text, "")
    for mention in reading.mentions_of(group):
        yield mention, reading.span(mention.at, mention.at + 1)[1:]


def _conditions(encoder: Encoder, registration: Registration, reading: Reading) -> Iterator[Tag]:
    known = False
    for place, condition in enumerate(registration.conditions):
        for mention, span in _terms(encoder, condition, "condition"):
            known = True
            path = f"registration.conditions[{place}]"
            for value in mention.term.more["indication"]:
                yield _entry("indication", value, path, condition, span, "registry.condition")
            if detail := mention.term.more.get("detail"):
                yield _entry("indication_detail", detail, path, condition, span, "registry.condition")
    for mention in reading.mentions_of("condition"):
        values = mention.term.more["indication"]
        if mention.at < reading.body and known and values not in (["other"], ["none"]):
            for value in values:
                yield reading.tag("indication", value, mention, 0.85)
    if not known and registration.conditions:
        first = registration.conditions[0]
        healthy = registration.healthy_volunteers and "healthy" in first.lower()
        yield _whole("indication", "none" if healthy else "other", "registration.conditions[0]", first)


def _designs(record: Record, registration: Registration) -> Iterator[Tag]:
    study_type = registration.study_type or ""
    yield Tag(
        "design",
        "protocol",
        "registration.study_type",
        0,
        len(study_type),
        study_type,
        "registry.registration",
        _SURE,
    )
    if study_type == "OBSERVATIONAL":
        yield _whole("parent_design", "observational", "registration.study_type", study_type)
    elif registration.allocation == "RANDOMIZED":
        yield _whole("parent_design", "rct", "registration.allocation", registration.allocation)
        if registration.intervention_model == "CROSSOVER":
            yield _whole(
                "parent_design",
                "crossover",
                "registration.intervention_model",
                registration.intervention_model,
            )
    elif study_type == "INTERVENTIONAL":
        path = "registration.allocation" if registration.allocation else "registration.study_type"
        yield _whole("parent_design", "non-randomised-trial", path, registration.allocation or study_type)


def _interventions(encoder: Encoder, registration: Registration, reading: Reading) -> Iterator[Tag]:
    listed = [
        _Intervention(encoder, intervention, f"registration.interventions[{place}]")
        for place, intervention in enumerate(registration.interventions)
    ]
    crossover = registration.intervention_model == "CROSSOVER"  # each arm gets all, one after the other
    with_drug = {arm for one in listed if one.drugs for arm in one.arms} if not crossover else set()
    controls = [tag for one in listed for tag in one.controls(with_drug)]
    for one in listed:
        yield from one.drugs
        yield from one.given()
    yield from controls
    if not any(True for _ in reading.mentions_of("drug")):
        return
    yield from (*substances.routes(reading), *doses.doses(reading, set()), *comparisons.combinations(reading))
    if registration.study_type == "INTERVENTIONAL" and registration.intervention_model == "SINGLE_GROUP":
        yield _whole("comparator", "none", "registration.intervention_model", registration.intervention_model)
    else:
        yield from (tag for tag in comparisons.comparators(reading, {"rct"}, []) if tag.value == "dose")
    placebos = [
        place for place, arm in enumerate(registration.arms) if arm.get("type") == "PLACEBO_COMPARATOR"
    ]
    if placebos and not any(
        tag.dimension == "comparator" for tag in controls
    ):  # its interventions do not name it
        yield _whole("comparator", "placebo", f"registration.arms[{placebos[0]}].type", "PLACEBO_COMPARATOR")


class _Intervention:
    """One intervention: its name and description read together, the watched drugs that it names, the arms that get it."""

    def __init__(self, encoder: Encoder, intervention: dict[str, object], path: str):
        name, description, other, arms = (
            intervention.get(key) for key in ("name", "description", "other_names", "arms")
        )
        self._told = Reading(encoder, str(name or ""), str(description or ""))
        self._fields = {"title": f"{path}.name", "abstract": f"{path}.description"}
        self.arms = set(arms) if isinstance(arms, list) else set()
        self.drugs = [
            self._named("drug", mention.term.more["drug"], mention)
            for mention in self._told.mentions_of("drug")
            if mention.at < self._told.body and mention.term.more["drug"]
        ]
        for at, text in enumerate(other if isinstance(other, list) else []):
            for mention, span in _terms(encoder, str(text), "drug"):
                if drug := mention.term.more["drug"]:
                    self.drugs.append(_entry("drug", drug, f"{path}.other_names[{at}]", text, span, _NAMED))

    def given(self) -> Iterator[Tag]:
        """Route and dose, if this is the watched drug."""
        if self.drugs:
            for tag in (*substances.routes(self._told), *doses.doses(self._told, set())):
                yield replace(tag, field=self._fields[tag.field], confidence=_SURE)

    def controls(self, with_drug: set[object]) -> Iterator[Tag]:
        """What it is as a control; in an arm that gets the drug too, what it is combined with."""
        for mention in self._told.mentions_of("treatment"):
            if mention.at < self._told.body:
                control, beside = (mention.term.more.get(key) for key in ("comparator", "combination"))
                if beside and self.arms & with_drug:
                    yield self._named("combination", beside, mention)
                elif control:
                    yield self._named("comparator", control, mention)

    def _named(self, dimension: str, value: str, mention: Mention) -> Tag:
        span = self._told.span(mention.at, mention.at + 1)[1:]
        return _entry(dimension, value, self._fields["title"], self._told.field_text("title"), span, _NAMED)


def _outcomes(encoder: Encoder, registration: Registration) -> Iterator[Tag]:
    """The rating scales of the primary outcomes."""
    for place, outcome in enumerate(registration.outcomes):
        measure = outcome.get("measure")
        if outcome.get("level") == "primary" and measure:
            for tag in topics.scales(Reading(encoder, measure, "")):
                yield replace(tag, field=f"registration.outcomes[{place}].measure", confidence=_SURE)


def _people(registration: Registration, reading: Reading) -> Iterator[Tag]:
    if registration.enrollment:
        size = str(registration.enrollment)
        yield _whole("sample_size", size, "registration.enrollment", size)
    youngest, oldest = registration.minimum_age or "", registration.maximum_age or ""
    if (_years(youngest) or 0) >= _ADOLESCENCE and (_years(oldest) or _NO_LIMIT) <= _YOUTH:
        yield _whole("population", "adolescent", "registration.minimum_age", youngest)
    elif registration.age_groups == ["CHILD"]:
        yield _whole("population", "child", "registration.age_groups[0]", "CHILD")
    elif registration.age_groups == ["OLDER_ADULT"]:
        yield _whole("population", "older-adult", "registration.age_groups[0]", "OLDER_ADULT")
    elif (_years(youngest) or 0) >= _LATE_LIFE:
        yield _whole("population", "older-adult", "registration.minimum_age", youngest)
    yield from people.populations(reading)


def _years(age: str) -> int | None:
    """ "12 Years" -> 12; None for other units and for none."""
    number, _, unit = age.partition(" ")
    return int(number) if number.isdigit() and unit.startswith("Year") else None


def _phases(registration: Registration) -> Iterator[Tag]:
    for place, phase in enumerate(registration.phases):
        if phase in _PHASES:
            yield _whole("phase", _PHASES[phase], f"registration.phases[{place}]", phase)
