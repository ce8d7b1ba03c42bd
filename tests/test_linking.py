"""Records of one study come together, whichever arrives first."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlite_utils import Database

from crawler.linking import link_records
from store import save
from store.database import open_database
from store.hashing import content_hash
from store.records import Record, Reference, Registration

NOW = "2026-01-01T00:00:00Z"
NCT = "NCT00000001"

REGISTRATION = Record(
    id=f"clinicaltrials:{NCT}", source="clinicaltrials", kind="registration", title="A ketamine trial", nct_ids=[NCT],
    registration=Registration("clinicaltrials.gov"),
    references=[
        Reference("result", "pubmed:1", "Doe 2020"),
        Reference("derived", "pubmed:2", "Roe 2021"),
        Reference("background", "pubmed:3", "Before 2010"),
    ],
)  # fmt: skip
PRIMARY = Record("pubmed:1", "pubmed", "article", "Ketamine: a trial")
POST_HOC = Record("pubmed:2", "pubmed", "article", "Post hoc", nct_ids=[NCT])
BACKGROUND = Record("pubmed:3", "pubmed", "article", "Older work")
IN_DATABANK = Record(
    "pubmed:4", "pubmed", "article", "Pooled", nct_ids=[NCT, "NCT00000002"], identifiers=[("nct", NCT)]
)
DESIGNS = {"pubmed:1": ["rct"], "pubmed:2": ["rct", "secondary-analysis"], "pubmed:4": []}
ALL = [REGISTRATION, PRIMARY, POST_HOC, BACKGROUND, IN_DATABANK]


def store(db: Database, *records: Record) -> None:
    batch = [
        save.TaggedRecord(one, content_hash(one), facets={"designs": DESIGNS.get(one.id, ["protocol"])})
        for one in records
    ]
    with db.atomic():
        save.save_records(db, batch, save.Stamp(NOW, None, "1"))
        link_records(db, [one.id for one in records], NOW)


def links(db: Database) -> dict[tuple[str, str], tuple[str | None, str, float]]:
    return {
        (row["study_id"], row["record_id"]): (row["role"], row["method"], row["confidence"])
        for row in db.table("study_records").rows
    }


EXPECTED = {
    (NCT, REGISTRATION.id): ("registration", "registration", 1.0),
    (NCT, "pubmed:1"): ("primary", "registry-result", 0.95),
    (NCT, "pubmed:2"): ("secondary", "registry-derived", 0.85),
    (NCT, "pubmed:4"): (None, "databank", 0.95),
    ("NCT00000002", "pubmed:4"): (None, "text", 0.7),
}


@pytest.mark.parametrize("order", list(permutations(range(len(ALL)))))
def test_any_order_of_arrival_gives_the_same_links(order: tuple[int, ...]) -> None:
    db = open_database(":memory:")
    for index in order:
        store(db, ALL[index])
    assert links(db) == EXPECTED
    study = db.table("studies").get(NCT)
    assert (study["title"], study["registration_id"]) == ("A ketamine trial", REGISTRATION.id)
    db.close()


def test_linking_again_changes_nothing_and_one_batch_is_as_many() -> None:
    db = open_database(":memory:")
    store(db, *ALL)
    assert links(db) == EXPECTED
    store(db, *ALL)
    assert links(db) == EXPECTED


def test_a_number_that_goes_takes_its_link_along() -> None:
    db = open_database(":memory:")
    store(db, *ALL)
    store(db, Record("pubmed:4", "pubmed", "article", "Pooled", nct_ids=["NCT00000002"]))
    assert (NCT, "pubmed:4") not in links(db)
