"""A study of the sample in ISRCTN's XML, element by element as trimmed real answers have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from crawler.sample.isrctn_records import IsrctnStudy
from crawler.sample.words import fit_for_xml

NAMESPACE = "http://www.67bricks.com/isrctn"
NAMESPACES: Any = {None: NAMESPACE}  # lxml's stubs know no default namespace
_MIDNIGHT = "T00:00:00.000Z"


def full_trial(study: IsrctnStudy) -> etree._Element:
    """The `fullTrial` element: the study, then its contacts, sponsor and funders."""
    full = etree.Element(_tag("fullTrial"), nsmap=NAMESPACES)
    canonical = {"publicIdentifierType": "isrctn", "publicIdentifierCanonical": study.number}
    trial = _add(
        full, "trial", lastUpdated=study.edited + _MIDNIGHT, version="1", isPublished="true", **canonical
    )
    _add(trial, "isrctn", study.number.removeprefix("ISRCTN"), dateAssigned=study.assigned + _MIDNIGHT)
    _description(trial, study)
    _external(trial, study)
    _design(trial, study)
    _participants(trial, study)
    condition = _add(_add(trial, "conditions"), "condition")
    _fill(condition, description=study.condition, diseaseClass1=study.disease_class, diseaseClass2=None)
    intervention = _add(_add(trial, "interventions"), "intervention")
    _fill(intervention, description=study.intervention, interventionType=study.intervention_type, phase=study.phase,
          drugNames=study.drug_names)  # fmt: skip
    results = _add(trial, "results")
    _fill(results, publicationDetails="\n".join(study.publication_details) or None, publicationStage=None)
    _outputs(trial, study)
    _parties(full, trial, study)
    return full


def _description(trial: etree._Element, study: IsrctnStudy) -> None:
    description = _add(trial, "trialDescription", thirdPartyFilesAcknowledgement="false")
    _fill(description, acknowledgment="true", title=study.title, scientificTitle=study.scientific_title,
          acronym=study.acronym, studyHypothesis=study.hypothesis,
          plainEnglishSummary=study.summary or "Not provided at time of registration")  # fmt: skip
    for level in ("primary", "secondary"):
        group = _add(description, f"{level}Outcomes")
        for one, variable, method, timepoints in study.outcomes:
            if one == level:
                _fill(_add(group, "outcomeMeasure"), variable=variable, method=method, timepoints=timepoints)
        _add(description, f"{level}Outcome", study.primary_outcome if level == "primary" else None)


def _external(trial: etree._Element, study: IsrctnStudy) -> None:
    refs = _add(trial, "externalRefs")
    _fill(refs, doi=f"10.1186/{study.number}", eudraCTNumber=study.eudract or "Nil known", irasNumber=None,
          clinicalTrialsGovNumber=study.nct or "Nil known",
          protocolSerialNumber=", ".join(number for _, number in study.secondary_numbers) or None)  # fmt: skip
    numbers = _add(refs, "secondaryNumbers")
    for kind, number in study.secondary_numbers:
        _add(numbers, "secondaryNumber", number, numberType=kind)


def _design(trial: etree._Element, study: IsrctnStudy) -> None:
    design = _add(trial, "trialDesign")
    _fill(design, studyDesign=study.study_design, primaryStudyDesign=study.primary_study_design)
    if study.allocation or study.assignment:
        own = _add(design, "interventionalTrialDesign")
        _fill(own, allocation=study.allocation, masking=study.masking, control=study.control,
              assignment=study.assignment)  # fmt: skip
        _each(_add(own, "purposes"), "purpose", study.purposes)
    _fill(design, secondaryStudyDesign=study.secondary_study_design)
    _each(_add(design, "trialTypes"), "trialType", study.trial_types)
    _fill(design, overallEndDate=_moment(study.ends), overallStatusOverride=study.status_override,
          reasonAbandoned=study.reason_abandoned)  # fmt: skip


def _participants(trial: etree._Element, study: IsrctnStudy) -> None:
    people = _add(trial, "participants")
    _each(_add(people, "recruitmentCountries"), "country", study.countries)
    _fill(people, inclusion=study.inclusion, ageRange=study.age_range, lowerAgeLimit=study.lower_age,
          upperAgeLimit=study.upper_age, gender=study.gender, targetEnrolment=_number(study.target_enrolment),
          totalFinalEnrolment=str(study.final_enrolment or 0), exclusion=study.exclusion,
          recruitmentStart=_moment(study.recruitment_start), recruitmentEnd=_moment(study.recruitment_end),
          recruitmentStartStatusOverride=None, recruitmentStatusOverride=None)  # fmt: skip


def _outputs(trial: etree._Element, study: IsrctnStudy) -> None:
    outputs = _add(trial, "outputs")
    for output in study.outputs:
        dates = {"dateCreated": _moment(output.created), "dateUploaded": _moment(output.uploaded)}
        stated = {name: date for name, date in dates.items() if date}
        element = _add(outputs, "output", outputType=output.type, artefactType="ExternalLink", **stated)
        _add(element, "externalLink", url=output.url)
        _fill(element, description=output.description, productionNotes=None)


def _parties(full: etree._Element, trial: etree._Element, study: IsrctnStudy) -> None:
    parties = _add(trial, "parties")
    for at, (kind, forename, surname) in enumerate(study.contacts):
        _add(parties, "contactId", f"contact-{at}")
        contact = _add(full, "contact", id=f"contact-{at}")
        _fill(contact, title=None, forename=forename, surname=surname)
        _each(_add(contact, "contactTypes"), "contactType", [kind])
    if study.sponsor:
        _add(parties, "sponsorId", "sponsor-0")
        _fill(
            _add(full, "sponsor", id="sponsor-0"), organisation=study.sponsor, sponsorType=study.sponsor_type
        )
    for at, funder in enumerate(study.funders):
        _add(parties, "funderId", f"funder-{at}")
        _fill(_add(full, "funder", id=f"funder-{at}"), name=funder)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _tag(name), attributes)
    element.text = fit_for_xml(text) if text else None
    return element


def _fill(parent: etree._Element, **texts: str | None) -> None:
    for name, text in texts.items():
        _add(parent, name, text)


def _each(parent: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _add(parent, name, text)


def _moment(day: str | None) -> str | None:
    return day + _MIDNIGHT if day else None


def _number(count: int | None) -> str | None:
    return None if count is None else str(count)
