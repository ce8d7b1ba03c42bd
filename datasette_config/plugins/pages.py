"""What the front page and the record page show beyond Datasette's own: read by SQL, of this database alone."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode, tilde_encode
from markupsafe import Markup

INDICATIONS = {
    "depression": "Depression", "trd": "Treatment-resistant depression", "suicidality": "Suicidality", "ptsd": "PTSD",
    "ocd": "OCD", "bipolar": "Bipolar disorder", "anxiety": "Anxiety",
}  # fmt: skip
_WEB = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)

_COUNTS = """
SELECT indication.value AS indication, count(*) AS trials, sum(trials.kind = 'registration') AS registrations,
  sum(trials.entered >= date('now', '-31 days')) AS new
FROM trials, json_each(trials.indications) AS indication GROUP BY indication.value"""
_STUDIES = """
SELECT study_id, role, record_id, title, published, method, evidence, confidence FROM study_threads
WHERE study_id IN (SELECT study_id FROM study_records WHERE record_id = :id) ORDER BY study_id, published"""
_NOTICES = """
SELECT DISTINCT kind, affected_id, notice_id, citation, date, source FROM notices
WHERE affected_id = :id OR notice_id = :id OR record_id = :id ORDER BY kind = 'comment', date"""

Vars = dict[str, Any]


@hookimpl
def extra_template_vars(
    view_name: str, database: str | None, table: str | None, request: Any, datasette: Any
) -> Callable[[], Awaitable[Vars]] | None:
    if view_name == "index":
        return lambda: front_page(datasette)
    if view_name == "row" and table == "records" and database:
        return lambda: record_page(datasette.get_database(database), request.url_vars["pks"], datasette)
    return None


async def front_page(datasette: Any) -> Vars:
    """Counts by indication, how far each source was read, and the questions."""
    pages = []
    for name, db in datasette.databases.items():
        if name.startswith("_") or "trials" not in await db.view_names():
            continue
        counts = {row["indication"]: dict(row) for row in (await db.execute(_COUNTS)).rows}
        queries = await datasette.get_canned_queries(name, None)
        pages.append({
            "name": name,
            "indications": [(value, label, counts.get(value)) for value, label in INDICATIONS.items()],
            "health": [dict(row) for row in (await db.execute("SELECT * FROM source_health ORDER BY source")).rows],
            "records": (await db.execute("SELECT count(*) FROM records")).single_value(),
            "studies": (await db.execute("SELECT count(*) FROM studies")).single_value(),
            "queries": [(key, query) for key, query in queries.items()],
        })  # fmt: skip
    return {"watch": pages}


async def record_page(db: Any, pks: str, datasette: Any) -> Vars:
    """All that is known of one record."""
    record_id = tilde_decode(pks)
    record = (await db.execute("SELECT * FROM records WHERE id = ?", [record_id])).first()
    if record is None:
        return {}

    async def rows(sql: str) -> list[Vars]:
        return [dict(row) for row in (await db.execute(sql, {"id": record_id})).rows]

    tags = await rows("SELECT * FROM tags WHERE record_id = :id ORDER BY dimension, value, confidence DESC")
    part = await rows("SELECT * FROM registrations WHERE record_id = :id") or await rows(
        "SELECT * FROM publications WHERE record_id = :id"
    )
    return {
        "record": dict(record),
        "authors": [author["name"] for author in json.loads(record["authors"])],
        "title_marked": marked(record["title"], [tag for tag in tags if tag["field"] == "title"]),
        "abstract_marked": marked(
            record["abstract"] or "", [tag for tag in tags if tag["field"] == "abstract"]
        ),
        "tags": tags,
        "identifiers": await rows("SELECT scheme, value FROM identifiers WHERE record_id = :id"),
        "links": links(dict(record)),
        "details": details(part[0]) if part else [],
        "studies": [row | {"path": tilde_encode(row["record_id"])} for row in await rows(_STUDIES)],
        "notices": await rows(_NOTICES),
        "revisions": await rows("SELECT * FROM revisions WHERE record_id = :id ORDER BY id DESC LIMIT 50"),
        "cites": await rows("SELECT count(*) AS n FROM citations WHERE record_id = :id"),
        "cited_by": await rows("SELECT DISTINCT record_id FROM citations WHERE cited_id = :id LIMIT 50"),
    }


def marked(text: str, tags: list[Vars]) -> Markup:
    """`text` with the words that gave a tag marked by its dimension; of overlapping words the shortest, they say most."""
    spans = {
        (tag["start"], tag["end"], tag["dimension"], tag["value"]) for tag in tags if tag["end"] is not None
    }
    chosen: list[tuple[int, int, str, str]] = []
    for span in sorted(spans, key=lambda span: (span[1] - span[0], span)):
        start, end = span[:2]
        if 0 <= start < end <= len(text) and all(end <= other[0] or other[1] <= start for other in chosen):
            chosen.append(span)
    out, at = Markup(""), 0
    for start, end, dimension, value in sorted(chosen):
        mark = Markup('<mark class="mark-{}" title="{}: {}">{}</mark>')
        out += text[at:start] + mark.format(dimension, dimension, value, text[start:end])
        at = end
    return out + text[at:]


def links(record: Vars) -> list[tuple[str, str]]:
    """(label, address) of the record elsewhere; http and https only."""
    found = [
        ("PubMed " + record["pmid"], f"https://pubmed.ncbi.nlm.nih.gov/{record['pmid']}/")
        if record["pmid"]
        else None,
        ("DOI " + record["doi"], f"https://doi.org/{record['doi']}") if record["doi"] else None,
        (record["pmcid"], f"https://pmc.ncbi.nlm.nih.gov/articles/{record['pmcid']}/")
        if record["pmcid"]
        else None,
        *((nct, f"https://clinicaltrials.gov/study/{nct}") for nct in json.loads(record["nct_ids"])),
    ]
    known = [one for one in found if one]
    if record["url"] and _WEB.fullmatch(record["url"]) and record["url"] not in [url for _, url in known]:
        known.append(("Source", record["url"]))
    return known


def details(part: Vars) -> list[tuple[str, str]]:
    """The filled columns of a registration or publication as words."""
    hidden = {"record_id", "eligibility", "grants", "history", "outcomes", "arms", "interventions", "book"}
    shown = []
    for name, value in part.items():
        words = (
            "; ".join(map(str, json.loads(value)))
            if isinstance(value, str) and value.startswith("[")
            else value
        )
        if name not in hidden and words not in (None, "", "[]"):
            shown.append((name.replace("_", " "), str(words)))
    return shown
