"""A registration of the catalogue as ClinicalTrials.gov's JSON (`Study`), and what each search area finds in it.

Names and enumerations are those of the service's OpenAPI description 2.0.3. What the catalogue does not say is left
out, as the service leaves out what a registration does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from crawler.sample.catalogue_records import Registration
from crawler.sample.essie import Areas
from crawler.sample.words import normalise

_SECONDARY_TYPES = (
    "NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT", "EUDRACT_NUMBER", "CTIS", "REGISTRY", "OTHER"
)  # fmt: skip
_OUTCOMES = {"primary": "primaryOutcomes", "secondary": "secondaryOutcomes", "other": "otherOutcomes"}


def study_json(registration: Registration) -> dict[str, Any]:
    """The study, with its modules in the service's order."""
    protocol = {
        "identificationModule": _identification(registration),
        "statusModule": _status(registration),
        "sponsorCollaboratorsModule": _some(
            leadSponsor=_some(**{"name": registration.sponsor, "class": registration.sponsor_class})
        ),
        "descriptionModule": _some(briefSummary=registration.summary),
        "conditionsModule": _some(conditions=registration.conditions, keywords=registration.keywords),
        "designModule": _design(registration),
        "armsInterventionsModule": _arms(registration),
        "outcomesModule": _outcomes(registration),
        "contactsLocationsModule": _some(locations=[{"country": name} for name in registration.countries]),
        "referencesModule": _references(registration),
    }
    derived = {
        "conditionBrowseModule": _browse(registration.condition_mesh),
        "interventionBrowseModule": _browse(registration.intervention_mesh),
    }
    # the real service always says; where we do not know, saying no would be a guess
    has_results = True if registration.results_first_posted else None
    return _some(protocolSection=_some(**protocol), derivedSection=_some(**derived), hasResults=has_results)


class SearchedStudy:
    """A registration as searches see it: an `essie.Document`."""

    def __init__(self, registration: Registration):
        self.registration = registration
        self._texts: dict[str, str] = {}

    @cached_property
    def json(self) -> dict[str, Any]:
        """The study as the service gives it."""
        return study_json(self.registration)

    @property
    def numbers(self) -> set[str]:
        """Its NCT number and those that it had before."""
        return {self.registration.nct, *(self.registration.aliases)}

    def text(self, area: str) -> str:
        """Its words in one of `TEXT_AREAS`; entries apart, so that no phrase goes over an edge."""
        if area not in self._texts:
            entries = [entry for part in TEXT_AREAS[area] for entry in _PARTS[part](self.registration)]
            self._texts[area] = f" {' | '.join(map(normalise, entries))} "
        return self._texts[area]

    def date(self, area: str) -> str | None:
        """Its date in one of `DATE_AREAS`."""
        return DATE_AREAS[area](self.registration)


_Entries = Callable[["Registration"], Iterator[str]]


def _one(*names: str) -> _Entries:
    """The fields of these names, as entries of their own."""
    return lambda registration: filter(None, (getattr(registration, name) for name in names))


def _many(*names: str) -> _Entries:
    """The entries of the lists of these names."""
    return lambda registration: (str(entry) for name in names for entry in getattr(registration, name))


def _terms(name: str) -> _Entries:
    return lambda registration: (term for _, term in getattr(registration, name))


_PARTS: dict[str, _Entries] = {
    "number": _one("nct"),
    "ids": lambda study: filter(
        None,
        [
            study.nct,
            study.org_study_id,
            *(study.aliases),
            *(one for _, one in study.secondary_ids),
        ],
    ),
    "title": _one("brief_title", "official_title"),
    "acronym": _one("acronym"),
    "summary": _one("summary"),
    "conditions": _many("conditions"),
    "condition mesh": _terms("condition_mesh"),
    "keywords": _many("keywords"),
    "interventions": lambda study: (one.name for one in study.interventions),
    "other names": lambda study: (name for one in study.interventions for name in one.other_names),
    "intervention mesh": _terms("intervention_mesh"),
    "arms": lambda study: (arm.label for arm in study.arms),
    "outcomes": lambda study: (outcome.measure for outcome in study.outcomes),
    "sponsor": _one("sponsor"),
    "countries": _many("countries"),
    "status": _one("status"),
    "type": _one("study_type"),
    "phases": _many("phases"),
}
_TITLES = ("title", "acronym")
_INTERVENTIONS = ("interventions", "other names", "intervention mesh", "arms", "title", "keywords")
_CONDITIONS = ("conditions", "condition mesh", "title", "keywords")
#: search areas and fields by the service's own names -> what they search
TEXT_AREAS: Mapping[str, tuple[str, ...]] = {
    "BasicSearch": tuple(_PARTS),
    "InterventionSearch": _INTERVENTIONS,
    "ConditionSearch": _CONDITIONS,
    "TitleSearch": _TITLES,
    "OutcomeSearch": ("outcomes",),
    "SponsorSearch": ("sponsor",),
    "LocationSearch": ("countries",),
    "IdSearch": ("ids",),
    "PatientSearch": tuple(dict.fromkeys([*_CONDITIONS, "acronym", "summary"])),
    "NCTId": ("number",),
    "BriefTitle": ("title",),
    "Acronym": ("acronym",),
    "BriefSummary": ("summary",),
    "Condition": ("conditions",),
    "ConditionMeshTerm": ("condition mesh",),
    "Keyword": ("keywords",),
    "InterventionName": ("interventions",),
    "InterventionOtherName": ("other names",),
    "InterventionMeshTerm": ("intervention mesh",),
    "LeadSponsorName": ("sponsor",),
    "LocationCountry": ("countries",),
    "OverallStatus": ("status",),
    "StudyType": ("type",),
    "Phase": ("phases",),
}
DATE_AREAS: Mapping[str, Callable[[Registration], str | None]] = {
    "StudyFirstPostDate": lambda study: study.first_posted,
    "ResultsFirstPostDate": lambda study: study.results_first_posted,
    "LastUpdatePostDate": lambda study: study.last_update_posted,
    "StartDate": lambda study: study.start,
    "PrimaryCompletionDate": lambda study: study.primary_completion,
    "CompletionDate": lambda study: study.completion,
}
AREAS = Areas(frozenset(TEXT_AREAS), frozenset(DATE_AREAS))


# -- modules


def _identification(study: Registration) -> dict[str, Any]:
    return _some(
        nctId=study.nct,
        nctIdAliases=list(study.aliases),
        orgStudyIdInfo=_some(id=study.org_study_id),
        secondaryIdInfos=[_secondary(kind, number) for kind, number in study.secondary_ids],
        briefTitle=study.brief_title,
        officialTitle=study.official_title,
        acronym=study.acronym,
    )


def _secondary(kind: str, number: str) -> dict[str, Any]:
    """ "EudraCT Number" -> EUDRACT_NUMBER; a kind that is none of the service's is OTHER, with its name as domain."""
    name = kind.upper().replace(" ", "_")
    known = next((each for each in _SECONDARY_TYPES if name in (each, f"{each}_IDENTIFIER")), None)
    return _some(id=number, type=known or "OTHER", domain=None if known else kind)


def _status(study: Registration) -> dict[str, Any]:
    return _some(
        overallStatus=study.status,
        whyStopped=study.why_stopped,
        startDateStruct=_some(date=study.start, type=study.start_type),
        primaryCompletionDateStruct=_some(date=study.primary_completion, type=study.primary_completion_type),
        completionDateStruct=_some(date=study.completion, type=study.completion_type),
        studyFirstPostDateStruct=_some(date=study.first_posted),
        resultsFirstPostDateStruct=_some(date=study.results_first_posted),
        lastUpdatePostDateStruct=_some(date=study.last_update_posted),
    )


def _design(study: Registration) -> dict[str, Any]:
    info = _some(
        allocation=study.allocation,
        interventionModel=study.intervention_model,
        primaryPurpose=study.primary_purpose,
        maskingInfo=_some(masking=study.masking, whoMasked=list(study.who_masked)),
    )
    return _some(
        studyType=study.study_type,
        phases=list(study.phases),
        designInfo=info,
        enrollmentInfo=_some(count=study.enrollment, type=study.enrollment_type),
    )


def _arms(study: Registration) -> dict[str, Any]:
    return _some(
        armGroups=[
            _some(label=arm.label, type=arm.type, interventionNames=list(arm.interventions))
            for arm in study.arms
        ],
        interventions=[
            _some(
                type=one.type,
                name=one.name,
                armGroupLabels=list(one.arms),
                otherNames=list(one.other_names),
            )
            for one in study.interventions
        ],
    )


def _outcomes(study: Registration) -> dict[str, Any]:
    module: dict[str, list[dict[str, Any]]] = {}
    for outcome in study.outcomes:
        said = _some(measure=outcome.measure, timeFrame=outcome.time_frame)
        module.setdefault(_OUTCOMES[outcome.level], []).append(said)
    return {key: module[key] for key in _OUTCOMES.values() if key in module}


def _references(study: Registration) -> dict[str, Any]:
    references = study.references
    return _some(
        references=[_some(pmid=one.pmid, type=one.type, citation=one.citation) for one in references]
    )


def _browse(terms: Any) -> dict[str, Any]:
    return _some(meshes=[{"id": ui, "term": term} for ui, term in terms])


def _some(**fields: Any) -> dict[str, Any]:
    """The fields that hold something; no study of the service has an empty one. (0 persons are something.)"""
    return {name: value for name, value in fields.items() if value not in (None, "", [], (), {})}
