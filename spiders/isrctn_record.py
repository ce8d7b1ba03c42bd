"""One `fullTrial` element of ISRCTN -> its Record, or a Reject that says why not.

What was decided:

- `id` is the number, "isrctn:ISRCTN14689382". The registry gives each record a DOI of its own, 10.1186/ISRCTN….
- The abstract is the plain English summary, else the study hypothesis. "Not provided at time of registration" is none.
- Status. The XML states none: the site derives it from dates and today, unless an editor's override says otherwise.
  Here the override, as it is spelled; else only what was over when the record was last edited: "Completed" (overall
  end), "No longer recruiting" (recruitment end). What depends on today's date is left open.
- Design words that ClinicalTrials.gov has one for are given in its spelling, so that one filter finds both
  (`isrctn_words`); all others are kept as they are spelled.
- Enrolment is the final one (ACTUAL), else the target (ESTIMATED); a final enrolment of 0 is the form's default.
- An intervention is each drug named; one without drug names goes by the first line of its description.
- Publications. Result articles, abstracts and preprints are relation "result"; protocol articles and all else that is
  a paper of this study "derived"; files of the registry are no references.
- Dates are planned or actual, and nothing says which: their types are None.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from lxml import etree

from spiders import isrctn_words as words
from spiders.identifiers import find_nct_numbers, find_trial_ids, normalise_orcid
from spiders.isrctn_outputs import has_results, references, results_posted
from spiders.xml_text import clean
from store.records import Author, Record, Registration, Reject

SOURCE = "isrctn"
_PAYLOAD_CHARACTERS = 2_000
_NAME_CHARACTERS = 200
_NUMBER = re.compile(r"(?:ISRCTN)?(\d{8})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
#: what the form and its users write where there is nothing
_NOTHING = re.compile(
    r"(?:plain english summary of protocol )?not (?:provided|applicable|available|known|specified)"
    r"(?: at (?:the )?time of registration)?\.?|nil known|none|n/?a|-", re.IGNORECASE
)  # fmt: skip
#: numberType -> identifier scheme; a number that has a registry's form gets that registry's
_NUMBER_TYPES = {"iras": "iras", "cpms": "cpms", "Protocol serial number": "org"}


def read_study(full: etree._Element) -> Record | Reject:
    """A `fullTrial` (the study with its contacts, sponsors and funders) as a record."""
    study = full.find("{*}trial")
    number = _number(study) if study is not None else None
    if study is None or number is None:
        return _reject(study if study is not None else full, None, "no ISRCTN number")
    title = line(study, "trialDescription/title") or line(study, "trialDescription/scientificTitle")
    if not title:
        return _reject(study, number, "no title")
    registration = _registration(full, study)
    abstract = text(study, "trialDescription/plainEnglishSummary") or text(
        study, "trialDescription/studyHypothesis"
    )
    identifiers = list(dict.fromkeys(_identifiers(study, number)))
    stated = [value for scheme, value in identifiers if scheme == "nct"]
    named = find_nct_numbers("\n".join(filter(None, (title, registration.official_title, abstract))))
    return Record(
        id=f"{SOURCE}:{number}",
        source=SOURCE,
        kind="registration",
        title=title,
        abstract=abstract,
        venue="ISRCTN registry",
        authors=list(_investigators(full)),
        published=registration.first_posted,
        entered=registration.first_posted,
        revised=registration.last_update_posted,
        url=f"https://www.isrctn.com/{number}",
        doi=next((value for scheme, value in identifiers if scheme == "doi"), None),
        nct_ids=list(dict.fromkeys(stated + named)),
        keywords=_distinct(
            line(one, "diseaseClass1") for one in study.iterfind("{*}conditions/{*}condition")
        ),
        status=_status(study, registration.last_update_posted),
        identifiers=identifiers,
        references=references(study),
        registration=registration,
    )


# -- elements


def text(element: etree._Element, path: str) -> str | None:
    """The text at a path of element names, its lines kept; None where there is none, or a phrase that says so."""
    found = element.find("/".join("{*}" + name for name in path.split("/")))
    written = "".join(map(str, found.itertext())) if found is not None else ""
    lines = (" ".join(one.split()) for one in written.splitlines())
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return kept if kept and not _NOTHING.fullmatch(kept) else None


def line(element: etree._Element, path: str) -> str | None:
    """The text at a path on one line."""
    found = text(element, path)
    return " ".join(found.split()) if found else None


def day(written: str | None) -> str | None:
    """The day of one of the registry's dates, "2026-05-26T15:09:37.845816062Z"; None for what is no date."""
    match = _DATE.fullmatch((written or "").strip())
    try:
        return str(datetime.date(*map(int, match.groups()))) if match else None
    except ValueError:
        return None


def _all(element: etree._Element, path: str) -> list[str]:
    found = element.iterfind("/".join("{*}" + name for name in path.split("/")))
    return _distinct(clean(one) for one in found)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value and not _NOTHING.fullmatch(value)))


def _number(study: etree._Element) -> str | None:
    written = study.get("publicIdentifierCanonical") or line(study, "isrctn") or ""
    match = _NUMBER.fullmatch(written.strip())
    return f"ISRCTN{match.group(1)}" if match else None


# -- parts of the record


def _registration(full: etree._Element, study: etree._Element) -> Registration:
    registration = Registration(registry=SOURCE)
    registration.official_title = line(study, "trialDescription/scientificTitle")
    registration.acronym = line(study, "trialDescription/acronym")
    registration.conditions = list(_conditions(study))
    registration.outcomes = list(_outcomes(study))
    registration.why_stopped = line(study, "trialDesign/reasonAbandoned")
    assigned = study.find("{*}isrctn")
    registration.first_posted = day(assigned.get("dateAssigned") if assigned is not None else None) or day(
        study.get("publicIdentifierDateAssigned")
    )
    registration.last_update_posted = day(study.get("lastUpdated"))
    registration.results_first_posted = results_posted(study)
    registration.has_results = has_results(study)
    _put_design(registration, study)
    _put_participants(registration, study)
    _put_sponsors(registration, full)
    registration.interventions = list(_interventions(study))
    return registration


def _put_design(registration: Registration, study: etree._Element) -> None:
    secondary = line(study, "trialDesign/secondaryStudyDesign")
    form = "trialDesign/interventionalTrialDesign/"
    registration.study_type = words.study_type(line(study, "trialDesign/primaryStudyDesign"))
    registration.phases = words.phases(line(study, "interventions/intervention/phase"))
    registration.completion_date = day(line(study, "trialDesign/overallEndDate"))
    if registration.study_type == "OBSERVATIONAL":
        registration.observational_model = secondary
        return
    registration.allocation = words.allocation(line(study, form + "allocation"), secondary)
    registration.intervention_model = words.intervention_model(line(study, form + "assignment"), secondary)
    registration.masking = words.masking(line(study, form + "masking"))
    purposes = _all(study, form + "purposes/purpose") or _all(study, "trialDesign/trialTypes/trialType")
    registration.primary_purpose = "; ".join(purposes) or None


def _put_participants(registration: Registration, study: etree._Element) -> None:
    final, target = (
        _count(line(study, f"participants/{name}")) for name in ("totalFinalEnrolment", "targetEnrolment")
    )
    registration.enrollment = final or target
    registration.enrollment_type = "ACTUAL" if final else "ESTIMATED" if target else None
    registration.start_date = day(line(study, "participants/recruitmentStart"))
    criteria = [(name, text(study, f"participants/{name.lower()}")) for name in ("Inclusion", "Exclusion")]
    registration.eligibility = (
        "\n\n".join(f"{name} Criteria:\n\n{said}" for name, said in criteria if said) or None
    )
    registration.sex = line(study, "participants/gender")
    registration.minimum_age = line(study, "participants/lowerAgeLimit")
    registration.maximum_age = line(study, "participants/upperAgeLimit")
    registration.age_groups = _all(study, "participants/ageRange")
    allowed = line(study, "participants/healthyVolunteersAllowed")
    registration.healthy_volunteers = {"true": True, "false": False}.get(allowed or "")
    registration.countries = _all(study, "participants/recruitmentCountries/country")


def _put_sponsors(registration: Registration, full: etree._Element) -> None:
    """The first sponsor, in the study's order; further ones and the funders are collaborators."""
    order = {wanted: at for at, wanted in enumerate(_all(full, "trial/parties/sponsorId"))}
    sponsors = sorted(full.iterfind("{*}sponsor"), key=lambda one: order.get(one.get("id") or "", len(order)))
    names = _distinct(line(sponsor, "organisation") for sponsor in sponsors)
    funders = _distinct(line(funder, "name") for funder in full.iterfind("{*}funder"))
    registration.sponsor = names[0] if names else None
    if sponsors:
        registration.sponsor_class = line(sponsors[0], "sponsorType") or line(sponsors[0], "commercialStatus")
    registration.collaborators = [
        name for name in _distinct([*names, *funders]) if name != registration.sponsor
    ]


def _count(written: str | None) -> int | None:
    return int(written) if written and re.fullmatch(r"\d{1,9}", written) else None


def _conditions(study: etree._Element) -> Iterator[str]:
    """Each line of each description, and the finer of the two disease classes."""
    found: list[str] = []
    for condition in study.iterfind("{*}conditions/{*}condition"):
        found += (text(condition, "description") or "").splitlines()
        found.append(line(condition, "diseaseClass2") or "")
    yield from _distinct(one.strip() for one in found)


def _interventions(study: etree._Element) -> Iterator[dict[str, object]]:
    for intervention in study.iterfind("{*}interventions/{*}intervention"):
        description, kind = text(intervention, "description"), line(intervention, "interventionType")
        drugs = re.split(r"\s*[,;\n]\s*", text(intervention, "drugNames") or "")
        names = _distinct(re.sub(r"^\d+[.)]\s*", "", drug).strip() for drug in drugs) or _first_line(
            description
        )
        for at, name in enumerate(names):
            told = None if at else description
            yield {"type": kind, "name": name, "description": told, "other_names": [], "arms": []}


def _first_line(description: str | None) -> list[str]:
    first = (description or "").partition("\n")[0]
    if len(first) > _NAME_CHARACTERS:
        first = first[:_NAME_CHARACTERS].rpartition(" ")[0] + " …"
    return [first] if first else []


def _outcomes(study: etree._Element) -> Iterator[dict[str, str | None]]:
    for level in ("primary", "secondary"):
        measures = list(study.iterfind(f"{{*}}trialDescription/{{*}}{level}Outcomes/{{*}}outcomeMeasure"))
        for measure in measures:
            yield _outcome(
                level, line(measure, "variable"), line(measure, "timepoints"), text(measure, "method")
            )
        if not measures and (told := text(study, f"trialDescription/{level}Outcome")):
            yield _outcome(level, told, None, None)


def _outcome(
    level: str, measure: str | None, frame: str | None, description: str | None
) -> dict[str, str | None]:
    return {"level": level, "measure": measure, "time_frame": frame, "description": description}


def _status(study: etree._Element, edited: str | None) -> str | None:
    for path in ("trialDesign/overallStatusOverride", "participants/recruitmentStatusOverride",
                 "participants/recruitmentStartStatusOverride"):  # fmt: skip
        if override := line(study, path):
            return override
    ends = (
        ("Completed", "trialDesign/overallEndDate"),
        ("No longer recruiting", "participants/recruitmentEnd"),
    )
    passed = (status for status, path in ends if edited and (end := day(line(study, path))) and end < edited)
    return next(passed, None)


def _identifiers(study: etree._Element, number: str) -> Iterator[tuple[str, str]]:
    """The study's own number first, then every number that stands in a field of its own."""
    yield SOURCE, number
    if doi := line(study, "externalRefs/doi"):
        yield "doi", doi.lower()
    for name in ("clinicalTrialsGovNumber", "eudraCTNumber"):
        yield from find_trial_ids(line(study, f"externalRefs/{name}"))
    if iras := line(study, "externalRefs/irasNumber"):
        yield "iras", iras
    listed = study.findall("{*}externalRefs/{*}secondaryNumbers/{*}secondaryNumber")
    for secondary in listed:
        written = clean(secondary)
        if written and not _NOTHING.fullmatch(written):
            scheme = _NUMBER_TYPES.get(secondary.get("numberType") or "", "other")
            yield from find_trial_ids(written) or [(scheme, written)]
    serial = line(study, "externalRefs/protocolSerialNumber")
    if serial and not listed:  # else it only repeats them
        yield from find_trial_ids(serial) or [("org", serial)]


def _investigators(full: etree._Element) -> Iterator[Author]:
    """Contacts who are named as investigators or scientific contacts; nobody's address, telephone or mail."""
    for contact in full.iterfind("{*}contact"):
        roles = " ".join(_all(contact, "contactTypes/contactType")).lower()
        family, given = line(contact, "surname"), line(contact, "forename")
        if family and ("investigator" in roles or "scientific" in roles):
            name = f"{given} {family}" if given else family
            yield Author(name, family=family, given=given, orcid=normalise_orcid(line(contact, "orcid")))


def _reject(study: etree._Element, number: str | None, reason: str) -> Reject:
    payload = etree.tostring(study, encoding="unicode", with_tail=False)[:_PAYLOAD_CHARACTERS]
    return Reject(SOURCE, number, reason, payload=payload)
