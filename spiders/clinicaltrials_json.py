"""ClinicalTrials.gov API v2: JSON -> `Record` or `Reject`, purely.

Names, types and enumerations are those of the service's own description (OpenAPI "ClinicalTrials.gov REST API"
2.0.3, schema `Study` and below). Nearly every module is optional there, and so it is here: what is missing or null
is None or empty, and what we do not know is passed over. A value of another type than documented rejects its study
and names the path, so that a change of the service is seen and never taken for silence.

What was decided:

- The abstract is the brief summary, then the detailed description as a paragraph of its own; no label is put
  between them. These, the eligibility criteria and the descriptions of arms, interventions and outcomes come as
  Markdown, whose backslash escapes are undone.
- Authors are the overall officials, else the investigator who is the responsible party. Names stand as the
  registry gives them, degrees included ("Jane Roe, MD"): some are departments, and nothing says which.
- A MeSH term is a heading twice: as "mesh" (supplementary concepts, whose UI begins with C, as "substance": NLM's
  rule for UIs), and as "mesh-condition" or "mesh-intervention", for the registry keeps the two apart.
  Broader terms (`ancestors`) are left out: the registry derives them, and Mental Disorders says nothing.
- Of secondary ids, an agency's are "grant"; numbers of other registers get that register's scheme where their form
  or the registry says it (eudract, ctis, isrctn, …), else "registry"; the rest are "other".
- `nct_ids` begins with the study's own number; its aliases and the numbers its own text names follow.
- A reference's type becomes its relation; one without a type just "cites".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from spiders.identifiers import find_nct_numbers, find_trial_ids, normalise_pmid
from spiders.json_node import Node, UnexpectedValue
from store.records import Author, Heading, HeadingScheme, Notice, Record, Reference, Registration, Reject

SOURCE = "clinicaltrials"

_NCT = re.compile(r"NCT\d{8}")
_PAYLOAD_CHARACTERS = 2000
# agencies of SecondaryIdType whose number is that of a grant or contract
_GRANTS = {"NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT"}
_SECONDARY_SCHEMES = {"EUDRACT_NUMBER": "eudract", "CTIS": "ctis", "REGISTRY": "registry"}
_RELATIONS: dict[str, Literal["result", "derived", "background"]] = {
    "RESULT": "result",
    "DERIVED": "derived",
    "BACKGROUND": "background",
}
_OUTCOMES = (("primary", "primaryOutcomes"), ("secondary", "secondaryOutcomes"), ("other", "otherOutcomes"))


def parse_study(study: object, asked: str | None = None) -> Record | Reject:
    """One `Study` object -> its Record, or a Reject that says what could not be read.

    `asked` is the NCT number it was fetched by; if that is not the study's own, the registry holds it as an alias.
    """
    nct = None
    try:
        root = Node.of(study)
        protocol = root.object("protocolSection")
        nct = protocol.object("identificationModule").text("nctId")
        if nct is None or not _NCT.fullmatch(nct):
            return _reject(study, None, "no NCT number", f"protocolSection.identificationModule.nctId: {nct}")
        record = _record(nct, protocol, root, asked)
    except UnexpectedValue as unexpected:
        return _reject(study, nct, "not as documented", str(unexpected))
    return record if record.title else _reject(study, nct, "no title", None)


def _record(nct: str, protocol: Node, root: Node, asked: str | None) -> Record:
    identification = protocol.object("identificationModule")
    registration = _registration(protocol, root)
    abstract = _abstract(protocol.object("descriptionModule"))
    references = protocol.object("referencesModule").objects("references")
    return Record(
        id=f"{SOURCE}:{nct}",
        source=SOURCE,
        kind="registration",
        title=identification.text("briefTitle") or registration.official_title,
        abstract=abstract,
        venue="ClinicalTrials.gov",
        authors=_authors(protocol),
        published=registration.first_posted,
        entered=registration.first_posted,
        revised=registration.last_update_posted,
        url=f"https://clinicaltrials.gov/study/{nct}",
        nct_ids=_nct_ids(nct, protocol, registration, abstract),
        headings=_headings(root.object("derivedSection")),
        keywords=protocol.object("conditionsModule").texts("keywords"),
        status=protocol.object("statusModule").text("overallStatus"),
        identifiers=_identifiers(nct, identification, asked),
        references=[_reference(reference) for reference in references],
        notices=[notice for reference in references for notice in _retractions(reference)],
        registration=registration,
    )


def _registration(protocol: Node, root: Node) -> Registration:
    """The registration's own fields, module by module."""
    registration = Registration(registry="clinicaltrials.gov", has_results=root.flag("hasResults"))
    _put_identity(registration, protocol)
    _put_dates(registration, protocol.object("statusModule"))
    _put_design(registration, protocol.object("designModule"))
    _put_arms(registration, protocol.object("armsInterventionsModule"))
    _put_eligibility(registration, protocol.object("eligibilityModule"))
    registration.outcomes = list(_outcomes(protocol.object("outcomesModule")))
    locations = protocol.object("contactsLocationsModule").objects("locations")
    registration.countries = _distinct(location.text("country") for location in locations)
    return registration


def _put_identity(registration: Registration, protocol: Node) -> None:
    identification = protocol.object("identificationModule")
    registration.official_title = identification.text("officialTitle")
    registration.acronym = identification.text("acronym")
    registration.conditions = protocol.object("conditionsModule").texts("conditions")
    sponsors = protocol.object("sponsorCollaboratorsModule")
    registration.sponsor = sponsors.object("leadSponsor").text("name")
    registration.sponsor_class = sponsors.object("leadSponsor").text("class")
    registration.collaborators = _distinct(one.text("name") for one in sponsors.objects("collaborators"))


def _put_dates(registration: Registration, status: Node) -> None:
    registration.why_stopped = status.text("whyStopped")
    registration.first_posted = status.object("studyFirstPostDateStruct").date("date")
    registration.results_first_posted = status.object("resultsFirstPostDateStruct").date("date")
    registration.last_update_posted = status.object("lastUpdatePostDateStruct").date("date")
    start = status.object("startDateStruct")
    registration.start_date, registration.start_date_type = start.date("date"), start.text("type")
    primary = status.object("primaryCompletionDateStruct")
    registration.primary_completion_date = primary.date("date")
    registration.primary_completion_date_type = primary.text("type")
    end = status.object("completionDateStruct")
    registration.completion_date, registration.completion_date_type = end.date("date"), end.text("type")


def _put_design(registration: Registration, design: Node) -> None:
    registration.study_type = design.text("studyType")
    registration.phases = design.texts("phases")
    info = design.object("designInfo")
    registration.allocation = info.text("allocation")
    registration.intervention_model = info.text("interventionModel")
    registration.primary_purpose = info.text("primaryPurpose")
    registration.observational_model = info.text("observationalModel")
    registration.time_perspective = info.text("timePerspective")
    masking = info.object("maskingInfo")
    registration.masking = masking.text("masking")
    registration.who_masked = masking.texts("whoMasked")
    enrollment = design.object("enrollmentInfo")
    registration.enrollment = enrollment.whole_number("count")
    registration.enrollment_type = enrollment.text("type")


def _put_arms(registration: Registration, module: Node) -> None:
    registration.arms = [
        {
            "label": arm.text("label"),
            "type": arm.text("type"),
            "description": arm.markup("description"),
            "interventions": arm.texts("interventionNames"),
        }
        for arm in module.objects("armGroups")
    ]
    registration.interventions = [
        {
            "type": intervention.text("type"),
            "name": intervention.text("name"),
            "description": intervention.markup("description"),
            "other_names": intervention.texts("otherNames"),
            "arms": intervention.texts("armGroupLabels"),
        }
        for intervention in module.objects("interventions")
    ]


def _put_eligibility(registration: Registration, module: Node) -> None:
    registration.eligibility = module.markup("eligibilityCriteria")
    registration.sex = module.text("sex")
    registration.minimum_age = module.text("minimumAge")
    registration.maximum_age = module.text("maximumAge")
    registration.age_groups = module.texts("stdAges")
    registration.healthy_volunteers = module.flag("healthyVolunteers")


def _outcomes(module: Node) -> Iterator[dict[str, str | None]]:
    for level, key in _OUTCOMES:
        for outcome in module.objects(key):
            yield {
                "level": level,
                "measure": outcome.text("measure"),
                "time_frame": outcome.text("timeFrame"),
                "description": outcome.markup("description"),
            }


def _abstract(description: Node) -> str | None:
    parts = (description.markup("briefSummary"), description.markup("detailedDescription"))
    return "\n\n".join(part for part in parts if part) or None


def _authors(protocol: Node) -> list[Author]:
    officials = protocol.object("contactsLocationsModule").objects("overallOfficials")
    authors = [_author(official.text("name"), official.text("affiliation")) for official in officials]
    party = protocol.object("sponsorCollaboratorsModule").object("responsibleParty")
    investigator = _author(party.text("investigatorFullName"), party.text("investigatorAffiliation"))
    return [author for author in authors if author] or [author for author in (investigator,) if author]


def _author(name: str | None, affiliation: str | None) -> Author | None:
    return Author(name, affiliations=(affiliation,) if affiliation else ()) if name else None


def _headings(derived: Node) -> list[Heading]:
    conditions = derived.object("conditionBrowseModule").objects("meshes")
    interventions = derived.object("interventionBrowseModule").objects("meshes")
    sides: list[tuple[HeadingScheme, list[Node]]] = [
        ("mesh-condition", conditions),
        ("mesh-intervention", interventions),
    ]
    headings = []
    for side, meshes in sides:
        for mesh in meshes:
            ui, name = mesh.text("id"), mesh.text("term")
            if name:
                plain: HeadingScheme = "substance" if ui and ui.startswith("C") else "mesh"
                headings += [Heading(plain, name, ui), Heading(side, name, ui)]
    return list(dict.fromkeys(headings))


def _identifiers(nct: str, identification: Node, asked: str | None) -> list[tuple[str, str]]:
    identifiers = [("nct", nct)]
    identifiers += [("nct-alias", alias) for alias in identification.texts("nctIdAliases")]
    if asked and asked != nct:
        identifiers.append(("nct-alias", asked))
    org = identification.object("orgStudyIdInfo").text("id")
    identifiers += [("org", org)] if org else []
    for info in identification.objects("secondaryIdInfos"):
        identifiers += _secondary(info)
    return list(dict.fromkeys(identifiers))


def _secondary(info: Node) -> list[tuple[str, str]]:
    """One of `secondaryIdInfos` as (scheme, value). Another study's NCT number is no id of this document."""
    number, kind, domain = info.text("id"), info.text("type"), info.text("domain")
    if number is None:
        return []
    if kind in _GRANTS:
        return [("grant", number)]
    found = find_trial_ids(number) or find_trial_ids(f"{domain} {number}")
    if found:
        return [(scheme, value) for scheme, value in found if scheme != "nct"]
    return [(_SECONDARY_SCHEMES.get(kind or "", "other"), number)]


def _nct_ids(nct: str, protocol: Node, registration: Registration, abstract: str | None) -> list[str]:
    """The study's own number and its aliases, then the numbers of other studies that its fields and text name."""
    identification = protocol.object("identificationModule")
    stated = [nct, *identification.texts("nctIdAliases")]
    expanded_access = protocol.object("statusModule").object("expandedAccessInfo").text("nctId")
    texts = [
        expanded_access,
        *(info.text("id") for info in identification.objects("secondaryIdInfos")),
        identification.text("briefTitle"),
        registration.official_title,
        abstract,
        registration.eligibility,
        *(arm.text("description") for arm in protocol.object("armsInterventionsModule").objects("armGroups")),
    ]
    return list(dict.fromkeys(stated + [number for text in texts for number in find_nct_numbers(text)]))


def _reference(reference: Node) -> Reference:
    relation = _RELATIONS.get(reference.text("type") or "")
    return Reference(relation or "cites", _work(reference), reference.text("citation"))


def _retractions(reference: Node) -> Iterator[Notice]:
    for retraction in reference.objects("retractions"):
        yield Notice("retraction", _work(reference), _work(retraction), retraction.text("source"))


def _work(reference: Node) -> str | None:
    pmid = normalise_pmid(reference.text("pmid"))
    return f"pubmed:{pmid}" if pmid else None


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _reject(study: object, nct: str | None, reason: str, detail: str | None) -> Reject:
    try:
        payload = json.dumps(study)[:_PAYLOAD_CHARACTERS]
    except RecursionError:  # nested beyond what can be shown
        payload = None
    return Reject(SOURCE, nct, reason, detail, payload)
