"""The search box of every page: an identifier leads to its record, anything else to the list of what it finds."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl
from datasette.utils import tilde_decode

from datasette_config.record import record_link

_NCT = re.compile(r"(?:clinicaltrials:)?NCT[\s-]*0*([0-9]{1,8})", re.IGNORECASE)
_PMID = re.compile(r"(?:pubmed:|PMID:?\s*)?([0-9]{1,8})", re.IGNORECASE)
_PMCID = re.compile(r"PMC[0-9]+", re.IGNORECASE)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
_LOOK_UP = """
SELECT coalesce(merged_into, id) AS id FROM records WHERE id = :id
UNION ALL SELECT coalesce(merged_into, id) FROM records WHERE doi = :doi
UNION ALL SELECT coalesce(merged_into, id) FROM identifiers JOIN records ON records.id = record_id
    WHERE scheme IN ('pmcid', 'nct-alias') AND value = :value
LIMIT 1"""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(r"^/-/find/(?P<database>[^/]+)$", find)]


async def find(request: Any, datasette: Any) -> Response:
    """`?q=` what was typed. Redirects to a page of this site, never elsewhere."""
    try:
        db = datasette.get_database(route=tilde_decode(request.url_vars["database"]))
    except KeyError:
        return Response.text("no such database", status=404)
    words = (request.args.get("q") or "").strip()
    wanted = identifiers(words)
    if wanted and (record := (await db.execute(_LOOK_UP, wanted)).first()):
        return Response.redirect(record_link(datasette.urls, db.name, record["id"]))
    if number := _NCT.fullmatch(words):
        study = urlencode({"study": f"NCT{int(number[1]):08}"})
        return Response.redirect(f"{datasette.urls.query(db.name, 'study_records_of')}?{study}")
    query = f"?{urlencode({'_search': words})}" if words else ""
    return Response.redirect(f"{datasette.urls.table(db.name, 'works')}{query}")


def identifiers(words: str) -> dict[str, str | None] | None:
    """What to look up for an identifier, None if `words` is none."""
    wanted: dict[str, str | None] = {"id": None, "doi": None, "value": None}
    if number := _NCT.fullmatch(words):
        nct = f"NCT{int(number[1]):08}"
        return wanted | {"id": f"clinicaltrials:{nct}", "value": nct}
    if pmid := _PMID.fullmatch(words):
        return wanted | {"id": f"pubmed:{int(pmid[1])}"}
    if _PMCID.fullmatch(words):
        return wanted | {"value": words.upper()}
    if doi := _DOI.fullmatch(words):
        return wanted | {"doi": doi[1].lower().rstrip(".,;")}
    return None
