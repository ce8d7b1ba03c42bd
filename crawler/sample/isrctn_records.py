"""What the sample's ISRCTN holds: `isrctn.toml`, read and checked. Keys are named after the registry's own elements."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.sample import toml_values as v

Pair = tuple[str, str]


@dataclass(slots=True, frozen=True, kw_only=True)
class IsrctnOutput:
    """A publication or report of a study. `type` as the registry spells it: resultsarticle, protocolarticle …"""

    type: str
    url: str
    created: str | None = None
    uploaded: str | None = None
    description: str | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class IsrctnStudy:
    """One study, as the registry's XML is to give it. What is None or empty was left out.

    `assigned` and `edited` are the sample's own days, as are the words of summary and interventions.
    `secondary_numbers`: type, number. `outcomes`: level, variable, method, time points. `contacts`: type, forename,
    surname.
    """

    number: str
    title: str
    assigned: str
    edited: str
    scientific_title: str | None = None
    acronym: str | None = None
    hypothesis: str | None = None
    summary: str | None = None
    primary_outcome: str | None = None
    outcomes: tuple[tuple[str, str, str, str], ...] = ()
    eudract: str | None = None
    nct: str | None = None
    secondary_numbers: tuple[Pair, ...] = ()
    study_design: str | None = None
    primary_study_design: str | None = None
    secondary_study_design: str | None = None
    allocation: str | None = None
    masking: str | None = None
    control: str | None = None
    assignment: str | None = None
    purposes: tuple[str, ...] = ()
    trial_types: tuple[str, ...] = ()
    ends: str | None = None
    status_override: str | None = None
    reason_abandoned: str | None = None
    countries: tuple[str, ...] = ()
    inclusion: str | None = None
    exclusion: str | None = None
    age_range: str | None = None
    lower_age: str | None = None
    upper_age: str | None = None
    gender: str | None = None
    target_enrolment: int | None = None
    final_enrolment: int | None = None
    recruitment_start: str | None = None
    recruitment_end: str | None = None
    condition: str | None = None
    disease_class: str | None = None
    intervention: str | None = None
    intervention_type: str | None = None
    phase: str | None = None
    drug_names: str | None = None
    publication_details: tuple[str, ...] = ()
    outputs: tuple[IsrctnOutput, ...] = ()
    sponsor: str | None = None
    sponsor_type: str | None = None
    funders: tuple[str, ...] = ()
    contacts: tuple[tuple[str, str, str], ...] = ()


_texts = v.many(v.text)
_OUTPUT = v.table(
    IsrctnOutput,
    {
        "type": v.shape("[a-z]+", "a type of output"),
        "url": v.text,
        "created": v.day,
        "uploaded": v.day,
        "description": v.text,
    },
)
_TEXTS = (
    "title", "scientific_title", "acronym", "hypothesis", "summary", "primary_outcome", "eudract", "study_design",
    "primary_study_design", "secondary_study_design", "allocation", "masking", "control", "assignment",
    "status_override", "reason_abandoned", "inclusion", "exclusion", "age_range", "lower_age", "upper_age", "gender",
    "condition", "disease_class", "intervention", "intervention_type", "phase", "drug_names", "sponsor",
    "sponsor_type",
)  # fmt: skip
_DAYS = ("assigned", "edited", "ends", "recruitment_start", "recruitment_end")
_LISTS = ("purposes", "trial_types", "countries", "publication_details", "funders")

ISRCTN_STUDY = v.table(
    IsrctnStudy,
    dict.fromkeys(_TEXTS, v.text)
    | dict.fromkeys(_DAYS, v.day)
    | dict.fromkeys(_LISTS, _texts)
    | {
        "number": v.shape(r"ISRCTN\d{8}", "an ISRCTN number"),
        "nct": v.nct,
        "secondary_numbers": v.many(v.row(v.text, v.text)),
        "outcomes": v.many(v.row(v.one_of("primary", "secondary"), v.text, v.text, v.text)),
        "target_enrolment": v.count,
        "final_enrolment": v.count,
        "outputs": v.many(_OUTPUT),
        "contacts": v.many(v.row(v.text, v.text, v.text)),
    },
)
