"""Registered trials: tagged from their structured fields, with the field's path as evidence."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.tagging import comparisons, people, substances, topics
from crawler.tagging.encoding import Encoder
from crawler.tagging.reading import Mention, Reading
from store.records import Record, Registration, Tag

_SURE = 0.97
_PHASES = {"EARLY_PHASE1": "1", "PHASE1": "1", "PHASE2": "2", "PHASE3": "3", "PHASE4": "4"}


def registry_tags(encoder: Encoder, record: Record, reading: Reading) -> list[Tag]:
    """The tags of a registration. `reading` is of its title and summary."""
    registration = record.registration
    assert registration is not None
    tags = [
        *_conditions(encoder, registration, reading), *_designs(record, registration),
        *_interventions(encoder, registration, reading), *_people(registration, reading), *_phases(registration),
        *comparisons.regimens(reading), *topics.scales(reading), *topics.topics(reading),
    ]  # fmt: skip
    return list({(tag.dimension, tag.value): tag for tag in reversed(tags)}.values())[::-1]


def _entry(dimension: str, value: str, path: str, text: str, span: tuple[int, int], rule: str) -> Tag:
    start, end = span
    return Tag(dimension, value, path, start, end, text[start:end], rule, _SURE)


def _whole(dimension: str, value: str, path: str, text: str) -> Tag:
    return _entry(dimension, value, path, text, (0, len(text)), path)


def _terms(encoder: Encoder, text: str, *groups: str) -> Iterator[tuple[Mention, tuple[int, int]]]:
    reading = Reading(encoder, text, "")
    for mention in reading.mentions:
        if mention.term.group in groups:
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
    for place, intervention in enumerate(registration.interventions):
        other = intervention.get("other_names")
        names = [("name", intervention.get("name")), ("description", intervention.get("description")),
                 *((f"other_names[{at}]", name) for at, name in enumerate(other if isinstance(other, list) else []))]  # fmt: skip
        for key, text in names:
            if isinstance(text, str) and text:
                path = f"registration.interventions[{place}].{key}"
                yield from _of_intervention(encoder, text, path, described=key == "description")
    if not any(True for _ in reading.mentions_of("drug")):
        return
    yield from substances.routes(reading)
    if registration.study_type == "INTERVENTIONAL" and registration.intervention_model == "SINGLE_GROUP":
        yield _whole("comparator", "none", "registration.intervention_model", registration.intervention_model)
    else:
        yield from (tag for tag in comparisons.comparators(reading, {"rct"}, []) if tag.value == "dose")


def _of_intervention(encoder: Encoder, text: str, path: str, *, described: bool) -> Iterator[Tag]:
    for mention, span in _terms(encoder, text, "drug", "treatment", "route"):
        group, more = mention.term.group, mention.term.more
        if group == "drug" and more["drug"] and not described:
            yield _entry("drug", more["drug"], path, text, span, "registry.intervention")
        elif group == "route" and more["route"]:
            yield _entry("route", more["route"], path, text, span, "registry.intervention")
        elif group == "treatment" and not described and more.get("comparator"):
            yield _entry("comparator", more["comparator"], path, text, span, "registry.intervention")


def _people(registration: Registration, reading: Reading) -> Iterator[Tag]:
    if registration.enrollment:
        yield _whole(
            "sample_size",
            str(registration.enrollment),
            "registration.enrollment",
            str(registration.enrollment),
        )
    groups = registration.age_groups
    if groups == ["CHILD"]:
        yield _whole("population", "child", "registration.age_groups[0]", "CHILD")
    elif groups == ["OLDER_ADULT"]:
        yield _whole("population", "older-adult", "registration.age_groups[0]", "OLDER_ADULT")
    yield from people.populations(reading)


def _phases(registration: Registration) -> Iterator[Tag]:
    for place, phase in enumerate(registration.phases):
        if phase in _PHASES:
            yield _whole("phase", _PHASES[phase], f"registration.phases[{place}]", phase)
