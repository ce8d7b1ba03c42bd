"""What the page of one record shows, read by SQL: the record, its evidence, its study, its notices, its changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from datasette_config import citing, labels, notices

Row = dict[str, Any]

RECORD_ID = re.compile(r"[a-z][a-z0-9_-]*:\S+")
WEB = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_PMID = re.compile(r"[0-9]{1,8}")
_PMCID = re.compile(r"PMC[0-9]+")
_NCT = re.compile(r"NCT[0-9]{8}")
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\"'<>]+")

TAGS = "SELECT * FROM tags WHERE record_id = :id ORDER BY position"
STUDIES = """
SELECT study_id, study, role, record_id, title, published, designs, sample_size, method, evidence, confidence
FROM study_threads WHERE study_id IN (SELECT study_id FROM study_records WHERE record_id = :id)
ORDER BY study_id, published, record_id"""
REVISIONS = """
SELECT changed, field, old, new FROM revisions WHERE record_id = :id ORDER BY changed DESC, id DESC LIMIT 50"""


async def read(db: Any, record_id: str) -> Row | None:
    """Everything the page shows of a record, None if there is no such record. `db` is a Datasette database."""

    async def rows(sql: str, **more: Any) -> list[Row]:
        return [dict(row) for row in (await db.execute(sql, {"id": record_id} | more)).rows]

    found = await rows("SELECT * FROM records WHERE id = :id")
    if not found:
        return None
    record, tags = found[0], await rows(TAGS)
    registrations = await rows("SELECT * FROM registrations WHERE record_id = :id")
    publications = await rows("SELECT * FROM publications WHERE record_id = :id")
    identifiers = await rows(
        "SELECT scheme, value FROM identifiers WHERE record_id = :id ORDER BY scheme, value"
    )
    return {
        "record": record,
        "authors": [author["name"] for author in json.loads(record["authors"])],
        "title": marked(record["title"], (tag for tag in tags if tag["field"] == "title")),
        "abstract": marked(record["abstract"] or "", (tag for tag in tags if tag["field"] == "abstract")),
        "links": links(record),
        "summary": summary(tags),
        "tags": sorted(tags, key=lambda tag: (_rank(tag["dimension"]), tag["value"], -tag["confidence"])),
        **await notices.read(rows, record),
        "studies": await rows(STUDIES),
        "facts": publication_facts(publications[0]) if publications else [],
        "history": history(publications[0]) if publications else [],
        "registration": registration(registrations[0]) if registrations else None,
        "identifiers": identifiers,
        "keywords": json.loads(record["keywords"]),
        "mesh": json.loads(record["mesh"]),
        "pubtypes": json.loads(record["pubtypes"]),
        **await citing.read(rows, record),
        "references": await citing.how_to_cite(db, record_id),
        "revisions": await rows(REVISIONS),
    }


def _rank(dimension: str) -> tuple[int, str]:
    order = labels.DIMENSIONS
    return (order.index(dimension) if dimension in order else len(order), dimension)


def marked(text: str, tags: Iterable[Row]) -> Markup:
    """`text`, escaped, with the words that gave a tag marked by dimension.

    Where marks overlap the shortest gives the colour, and the tooltip names them all. A tag whose words no longer
    stand where it says (the text changed, the rules have not run again) marks nothing.
    """
    spans = [
        tag for tag in tags
        if tag["end"] is not None and tag["start"] < tag["end"] and text[tag["start"] : tag["end"]] == tag["text"]
    ]  # fmt: skip
    edges = sorted({0, len(text), *(tag["start"] for tag in spans), *(tag["end"] for tag in spans)})
    out = Markup("")
    for start, end in pairwise(edges):
        over = sorted(
            (tag for tag in spans if tag["start"] <= start and tag["end"] >= end),
            key=lambda tag: (tag["end"] - tag["start"], _rank(tag["dimension"])),
        )
        if over:
            says = "; ".join(
                dict.fromkeys(f"{labels.words(tag['dimension'])}: {tag['value']}" for tag in over)
            )
            out += Markup('<mark class="mark-{}" title="{}">{}</mark>').format(
                over[0]["dimension"], says, text[start:end]
            )
        else:
            out += escape(text[start:end])
    return out


def summary(tags: list[Row]) -> list[Row]:
    """The dimensions that have values, in reading order, each with its distinct values and where lists hold them."""
    values: dict[str, list[str]] = {}
    for tag in tags:
        values.setdefault(tag["dimension"], []).append(tag["value"])
    return [
        {"dimension": name, "values": list(dict.fromkeys(values[name])), "facet": labels.FACET_OF.get(name)}
        for name in sorted(values, key=_rank)
    ]


def links(record: Row) -> list[tuple[str, str]]:
    """(label, address) of the record elsewhere. Identifiers are checked; addresses are http or https."""
    found: list[tuple[str, str]] = []
    if _PMID.fullmatch(record["pmid"] or ""):
        found.append((f"PubMed {record['pmid']}", f"https://pubmed.ncbi.nlm.nih.gov/{record['pmid']}/"))
    if _DOI.fullmatch(record["doi"] or ""):
        found.append((f"doi:{record['doi']}", f"https://doi.org/{record['doi']}"))
    if _PMCID.fullmatch(record["pmcid"] or ""):
        found.append((record["pmcid"], f"https://pmc.ncbi.nlm.nih.gov/articles/{record['pmcid']}/"))
    own = record["id"].partition(":")[2]
    numbers = dict.fromkeys([own, *json.loads(record["nct_ids"])])
    found += [
        (number, f"https://clinicaltrials.gov/study/{number}") for number in numbers if _NCT.fullmatch(number)
    ]
    url = record["url"] or ""
    if WEB.fullmatch(url) and url not in [address for _, address in found]:
        found.append(("Source", url))
    return found


def record_link(urls: Any, database: str, record_id: str) -> str:
    """The path of a record's page. `urls`: Datasette's."""
    return str(urls.row(database, "records", tilde_encode(record_id)))


def publication_facts(part: Row) -> list[tuple[str, str]]:
    """What is known of an article's place and life, as (name, words)."""
    book = json.loads(part["book"]) if part["book"] else {}
    facts = {
        "Journal": part["journal"],
        "Volume, issue, pages": ", ".join(filter(None, (part["volume"], part["issue"], part["pages"]))),
        "ISSN": part["issn"],
        "Language": ", ".join(json.loads(part["languages"])),
        "Original title": part["vernacular_title"],
        **{labels.words(f"book {name}"): value for name, value in book.items()},
        "Grants": "; ".join(" ".join(filter(None, grant.values())) for grant in json.loads(part["grants"])),
        "MEDLINE status": part["medline_status"],
        "MeSH assigned": part["indexing_method"],
    }
    return [(name, str(value)) for name, value in facts.items() if value]


def history(part: Row) -> list[tuple[str, str]]:
    """An article's dates by name, in their order."""
    dates = json.loads(part["history"])
    return sorted(
        ((labels.HISTORY.get(name) or labels.words(name), date) for name, date in dates.items()),
        key=lambda one: one[1],
    )


_DESIGN = (
    "study_type", "phases", "allocation", "intervention_model", "primary_purpose", "masking", "who_masked",
    "observational_model", "time_perspective",
)  # fmt: skip
_CODED = {*_DESIGN, "sponsor_class", "sex", "age_groups"}
_PEOPLE = ("sex", "minimum_age", "maximum_age", "age_groups", "healthy_volunteers", "countries")


def registration(part: Row) -> Row:
    """A registration's parts, ready to be shown; enumerations as words, lists as lists."""

    def said(name: str) -> str:
        value = part[name]
        if name == "healthy_volunteers":
            return {0: "no", 1: "yes"}.get(value, "")
        values = json.loads(value) if isinstance(value, str) and value.startswith("[") else [value]
        shown = [coded(one) if name in _CODED else str(one) for one in values if one is not None]
        return ", ".join(shown)

    def dated(name: str) -> str:
        kind = part.get(f"{name}_type")
        return f"{part[name] or ''}{f' ({coded(kind).lower()})' if part[name] and kind else ''}"

    dates = ("start_date", "primary_completion_date", "completion_date")
    posted = ("first_posted", "results_first_posted", "last_update_posted")
    enrolled = "" if part["enrollment"] is None else f"{part['enrollment']:,}"
    if enrolled and part["enrollment_type"]:
        enrolled += f" ({coded(part['enrollment_type']).lower()})"
    facts = [
        ("Official title", part["official_title"]), ("Acronym", part["acronym"]),
        *((labels.words(name), said(name)) for name in _DESIGN),
        ("Participants", enrolled), *((labels.words(name), said(name)) for name in _PEOPLE),
        ("Stopped because", part["why_stopped"]),
        *((labels.words(name), dated(name)) for name in (*dates, *posted)),
        ("Sponsor", part["sponsor"]), ("Kind of sponsor", said("sponsor_class")),
        ("Collaborators", said("collaborators")),
    ]  # fmt: skip
    return {
        "facts": [(name, value) for name, value in facts if value],
        **{name: json.loads(part[name]) for name in ("conditions", "interventions", "arms", "outcomes")},
        "eligibility": part["eligibility"],
    }


def coded(value: Any) -> str:
    """A registry's enumeration in words: NON_RANDOMIZED -> Non randomized, PHASE2 -> Phase 2, NA -> not applicable."""
    if value == "NA":
        return "not applicable"
    return re.sub(r"^Phase([0-9])$", r"Phase \1", labels.words(str(value)))
