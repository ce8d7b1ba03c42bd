"""Whatever came before, in whatever order: what is here now decides, as if nothing else had ever been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from store.database import open_database
from store.records import Author, Notice, Record
from tests.test_merging import ABSTRACT, TITLE, send, state

DOE = [Author("Doe J", "Doe")]
PUBMED = Record(
    "pubmed:1", "pubmed", "article", TITLE, authors=DOE, published="2020-01", pmid="1", doi="10.1000/x"
)
EUROPEPMC = Record(
    "europepmc:1", "europepmc", "article", TITLE, authors=DOE, abstract=ABSTRACT, published="2020", pmid="1"
)
CROSSREF = Record(
    "crossref:10.1000/x", "crossref", "article", TITLE, doi="10.1000/x", published="2020", venue="J Mood"
)
FEED = Record("feed:1", "feed", "article", TITLE, authors=DOE, published="2020", url="https://example.org/")
SECOND = Record(
    "pubmed:2", "pubmed", "article", "Retraction notice", pmid="2", doi="10.1000/n", published="2021-05"
)


def on(work: str, notice: str | None, kind: str = "retraction") -> Notice:
    return Notice(kind, work, notice)


#: each record as it may come, in several versions
VERSIONS = [
    [PUBMED, replace(PUBMED, doi=None), replace(PUBMED, abstract="Own words."), replace(PUBMED, notices=[on("pubmed:1", "pubmed:2")])],
    [EUROPEPMC, replace(EUROPEPMC, pmid=None, doi="10.1000/n"), replace(EUROPEPMC, pmid="2"), replace(EUROPEPMC, status="retracted")],
    [CROSSREF, replace(CROSSREF, notices=[on("doi:10.1000/x", "doi:10.1000/n")]),
     replace(CROSSREF, notices=[on("doi:10.1000/x", "doi:10.1000/n", "correction")]),
     replace(CROSSREF, title="Something else about ketamine in rats", doi="10.1000/z")],
    [FEED, replace(FEED, published="2023"), replace(FEED, identifiers=[("doi", "10.1000/n")]), replace(FEED, title=f"RETRACTED: {TITLE}")],
    [SECOND, replace(SECOND, notices=[on("doi:10.1000/x", "pubmed:2")]),
     replace(SECOND, notices=[on("pubmed:1", "pubmed:2")]), replace(SECOND, doi="10.1000/x")],
]  # fmt: skip
ARRIVALS = st.lists(st.tuples(st.integers(0, len(VERSIONS) - 1), st.integers(0, 3)), min_size=1, max_size=12)


def whole_state(db: Database) -> Any:
    """All that settling decides, without when; the reasons why rules withdrew what they once said are history."""
    notices = sorted(
        (row["work_id"], row["kind"], row["notice_id"], row["date"], row["sources"], row["disagreement"])
        for row in db.table("found_notices").rows
    )
    aliases = sorted((row["alias"], row["work_id"]) for row in db.table("notice_aliases").rows)
    sayers = sorted((row["record_id"], row["work_id"]) for row in db.table("notice_sayers").rows)
    standings = {row["id"]: row["standing"] for row in db.table("records").rows}
    return (*state(db), notices, aliases, sayers, standings)


@settings(max_examples=12, deadline=None)
@given(ARRIVALS)
def test_only_what_is_here_now_decides(arrivals: list[tuple[int, int]]) -> None:
    db, fresh = open_database(":memory:"), open_database(":memory:")
    for which, version in arrivals:
        send(db, VERSIONS[which][version])
    for which, version in sorted(dict(arrivals).items()):
        send(fresh, VERSIONS[which][version])
    assert whole_state(db) == whole_state(fresh)
    db.close()
    fresh.close()
