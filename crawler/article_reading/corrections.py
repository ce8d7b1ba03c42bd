"""A person's corrections of what was read: they follow their sentence, whatever the rules read in a later version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from crawler.article_reading.mentions import Facet, facets
from crawler.article_reading.splitting import take_split_back
from crawler.article_reading.statements import kind, without
from store.errors import ConfigError

KINDS = (
    "efficacy", "safety", "comparison", "dosing", "regulatory", "guideline", "cost-access", "epidemiology", "mechanism",
    "other",
)  # fmt: skip
DIMENSIONS = (
    "indication", "indication_detail", "drug", "route", "population", "comparator", "regimen", "combination", "dose",
    "timepoint",
)  # fmt: skip
_LINEAGE = """
WITH RECURSIVE lineage(id, back) AS (
    SELECT :claim, 0 UNION ALL
    SELECT claims.carried_from, back + 1 FROM lineage JOIN claims ON claims.id = lineage.id WHERE carried_from IS NOT NULL)
"""
_EDITS_BEFORE = f"""{_LINEAGE}
SELECT claim_edits.* FROM claim_edits JOIN lineage ON lineage.id = claim_edits.claim_id
WHERE claim_edits.claim_id <> :claim AND withdrawn_at IS NULL ORDER BY claim_edits.id"""  # noqa: S608 - our own text
_WITHDRAWN = f"""{_LINEAGE}
UPDATE claim_edits SET withdrawn_at = :now, withdrawn_by = :name
WHERE edit = 'drop' AND withdrawn_at IS NULL AND claim_id IN (SELECT id FROM lineage)"""  # noqa: S608 - our own text
_EDITED = f"""{_LINEAGE}
UPDATE claim_edits SET withdrawn_at = :now, withdrawn_by = :name
WHERE withdrawn_at IS NULL AND claim_id IN (SELECT id FROM lineage)
    AND ((edit = 'kind' AND :what = 'kind') OR (edit = 'facet' AND dimension = :what) OR (edit = 'cite' AND value = :what))
"""  # noqa: S608 - our own text
_IN_LATEST = """
SELECT state = 'dropped' AND version_id = (SELECT max(id) FROM article_versions WHERE article_id = claims.article_id)
FROM claims WHERE id = ?"""


@dataclass(frozen=True, slots=True)
class Correction:
    """`edit`: drop; kind, with `value`; facet, with `dimension` and `value` (values by commas, "" for none); cite, with a
    record's id as `value`.
    """

    claim_id: int
    edit: str
    decided_by: str
    why: str
    decided_at: str
    dimension: str | None = None
    value: str | None = None


def correct(db: Database, correction: Correction) -> None:
    """Keep a correction and make the claim so, in the caller's transaction. Raises ConfigError for what cannot be set."""
    claim = db.execute("SELECT state FROM claims WHERE id = ?", [correction.claim_id]).fetchone()
    if claim is None or claim[0] != "active":
        raise ConfigError(f"no claim {correction.claim_id} stands in an article here")
    if correction.edit == "kind" and correction.value not in KINDS:
        raise ConfigError(f"no such kind: {correction.value} (known: {', '.join(KINDS)})")
    if correction.edit == "facet" and correction.dimension not in DIMENSIONS:
        raise ConfigError(f"no such dimension: {correction.dimension} (known: kind, {', '.join(DIMENSIONS)})")
    if correction.edit == "cite" and not list(db.table("records").rows_where("id = ?", [correction.value])):
        raise ConfigError(f"no record {correction.value} is here")
    row: dict[str, Any] = {name: getattr(correction, name) for name in Correction.__slots__}
    db.table("claim_edits").insert(row)
    _apply(db, correction.claim_id, row)


def restore(db: Database, claim_id: int, name: str, now: str) -> None:
    """Take back that a claim was dropped or split, in the caller's transaction. Raises ConfigError if it was not."""
    if take_split_back(db, claim_id, name, now):
        return
    found = db.execute(_IN_LATEST, [claim_id]).fetchone()
    if found is None or not found[0]:
        raise ConfigError(
            f"claim {claim_id} is neither dropped from the latest version of an article here, nor split"
        )
    db.execute(_WITHDRAWN, {"claim": claim_id, "name": name, "now": now})
    db.table("claims").update(claim_id, {"state": "active"})


def take_back(db: Database, claim_id: int, what: str, name: str, now: str) -> None:
    """Withdraw people's corrections of a claim's kind, of a dimension, or that it cites a record; the rules' reading counts
    again. In the caller's transaction. Raises ConfigError if there is none.
    """
    claim = next(db.query("SELECT * FROM claims WHERE id = ? AND state = 'active'", [claim_id]), None)
    if claim is None:
        raise ConfigError(f"no claim {claim_id} stands in an article here")
    db.execute(_EDITED, {"claim": claim_id, "what": what, "name": name, "now": now})
    if not db.execute("SELECT changes()").fetchone()[0]:
        raise ConfigError(f"nobody corrected {what} of claim {claim_id}")
    cited = [
        (row["start"], row["end"])
        for row in db.table("claim_works").rows_where("claim_id = ? AND start IS NOT NULL", [claim_id])
    ]
    if what == "kind":
        plain = without(claim["sentence"], sorted(cited))
        db.table("claims").update(claim_id, {"kind": kind(plain) or "other"})
    elif what in DIMENSIONS:
        db.execute("DELETE FROM claim_facets WHERE claim_id = ? AND dimension = ?", [claim_id, what])
        said = [one for one in facets(claim["sentence"], cited) if one.dimension == what]
        db.table("claim_facets").insert_all(facet_rows(claim_id, said))
    else:
        db.execute(
            "DELETE FROM claim_works WHERE claim_id = ? AND scheme = 'person' AND record_id = ?",
            [claim_id, what],
        )


def facet_rows(claim_id: int, found: Iterable[Facet]) -> list[dict[str, Any]]:
    """The rows of `claim_facets` that the rules' reading gives."""
    return [
        {"claim_id": claim_id, "dimension": one.dimension, "value": one.value, "start": one.start, "end": one.end,
         "text": one.text, "rule": one.rule, "decided_by": "rules"} for one in found
    ]  # fmt: skip


def replay(db: Database, claim_id: int, *, same: bool) -> None:
    """Make a claim of a new version what people made of those that it continues. An edited sentence is not dropped again."""
    for row in list(db.query(_EDITS_BEFORE, {"claim": claim_id})):
        if row["edit"] != "split" and (same or row["edit"] != "drop"):
            _apply(db, claim_id, row)


def _apply(db: Database, claim_id: int, row: dict[str, Any]) -> None:
    if row["edit"] == "drop":
        db.table("claims").update(claim_id, {"state": "dropped"})
    elif row["edit"] == "kind":
        db.table("claims").update(claim_id, {"kind": row["value"]})
    elif row["edit"] == "cite":
        _cite(db, claim_id, row)
    else:
        db.execute(
            "DELETE FROM claim_facets WHERE claim_id = ? AND dimension = ?", [claim_id, row["dimension"]]
        )
        values = [value.strip() for value in (row["value"] or "").split(",") if value.strip()]
        db.table("claim_facets").insert_all(
            {"claim_id": claim_id, "dimension": row["dimension"], "value": value, "start": None, "end": None, "text": None,
             "rule": "person", "decided_by": row["decided_by"]} for value in values
        )  # fmt: skip


def _cite(db: Database, claim_id: int, row: dict[str, Any]) -> None:
    """What the sentence cites by a person's word; once, if the rules have it too."""
    if list(db.table("claim_works").rows_where("claim_id = ? AND record_id = ?", [claim_id, row["value"]])):
        return
    db.table("claim_works").insert(
        {"claim_id": claim_id, "start": None, "end": None, "text": row["value"], "scheme": "person", "value": row["value"],
         "record_id": row["value"], "state": "resolved", "reason": f"{row['decided_by']}: {row['why']}"}
    )  # fmt: skip
