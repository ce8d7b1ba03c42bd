"""What the sample's openFDA holds: `regulatory.toml`, read and checked. Keys are openFDA's own, but for dates."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.sample import toml_values as v


@dataclass(slots=True, frozen=True, kw_only=True)
class Submission:
    """One submission of an application: `type` ORIG or SUPPL, `status` AP or TA, `decided` the day of the decision."""

    type: str
    number: str
    status: str
    decided: str
    class_description: str | None = None
    review_priority: str | None = None
    notes: str | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Application:
    """One application of Drugs@FDA. `harmonised` False leaves its `openfda` section empty, as many real ones are."""

    number: str
    sponsor: str
    brand_name: str
    ingredient: str
    strength: str
    dosage_form: str
    route: str
    submissions: tuple[Submission, ...]
    harmonised: bool = True


@dataclass(slots=True, frozen=True, kw_only=True)
class DrugLabel:
    """One label in its present version. `effective`: the day from which it is in effect."""

    set_id: str
    version: str
    effective: str
    contents: str
    brand_name: str | None = None
    generic_name: str | None = None
    manufacturer: str | None = None
    application: str | None = None
    boxed_warning: str | None = None
    indications: str | None = None
    recent_changes: str | None = None


_number = v.shape(r"(NDA|ANDA|BLA)\d{6}", "an application number")
_SUBMISSION = v.table(
    Submission,
    {
        "type": v.one_of("ORIG", "SUPPL"),
        "number": v.shape(r"\d{1,4}", "a submission number"),
        "status": v.one_of("AP", "TA"),
        "decided": v.day,
        "class_description": v.text,
        "review_priority": v.one_of("PRIORITY", "STANDARD"),
        "notes": v.text,
    },
)
APPLICATION = v.table(
    Application,
    {
        "number": _number,
        "sponsor": v.text,
        "brand_name": v.text,
        "ingredient": v.text,
        "strength": v.text,
        "dosage_form": v.text,
        "route": v.text,
        "submissions": v.many(_SUBMISSION),
        "harmonised": v.flag,
    },
)
LABEL = v.table(
    DrugLabel,
    {
        "set_id": v.shape(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a set id"),
        "version": v.shape(r"[1-9]\d{0,3}", "a version"),
        "effective": v.day,
        "contents": v.text,
        "brand_name": v.text,
        "generic_name": v.text,
        "manufacturer": v.text,
        "application": _number,
        "boxed_warning": v.text,
        "indications": v.text,
        "recent_changes": v.text,
    },
)
