"""The coverage page: every source, its query as sent, its searches and failures, by the view that the command reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.searchlog import entries
from store.database import open_database
from store.searches import platform
from tests.filled import PROBE
from tests.site_client import Fetch, client, links, text


def test_it_says_of_every_source_what_the_search_log_says(fetch: Fetch, filled_db: Path) -> None:
    page = fetch("/-/coverage").text
    words = text(page)
    db = open_database(filled_db)
    found = entries(db)
    db.close()
    assert {row["key"] for row in found} >= {"pubmed", "clinicaltrials", "isrctn"}
    for row in found:
        assert row["source"] in words
        assert row["searched"][:16].replace("T", " ") in words
    assert '<pre class="query" tabindex="0">ketamine</pre>' in page
    assert "PubMed was searched through NCBI E-utilities (Bio.Entrez) from" in words
    assert "ISRCTN registry has never been read to the end." in words
    assert "Unreachable: <script>alert('probe')" in words  # as words
    assert PROBE not in page


def test_its_numbers_are_lists(fetch: Fetch) -> None:
    found = links(fetch("/-/coverage").text)
    for address, number in (
        ("/watch/search_log?source=pubmed", "1"), ("/watch/search_log?source=isrctn&good__lt=1", "1"),
        ("/watch/rejects?source=pubmed", "1"),
    ):  # fmt: skip
        assert (address, number) in found
        path, _, query = address.partition("?")
        pairs = dict(pair.split("=") for pair in query.split("&"))
        rows = fetch(f"{path}.json", **pairs, _size=0).json()["filtered_table_rows_count"]
        assert f"{rows:,}" == number


def test_it_is_reached_from_home_and_status_and_can_be_empty(fetch: Fetch, tmp_path: Path) -> None:
    for page in ("/", "/-/status"):
        assert "/-/coverage" in [address for address, _ in links(fetch(page).text)]
    open_database(tmp_path / "watch.db").close()
    assert "No source has been searched yet" in text(client(tmp_path / "watch.db")("/-/coverage").text)


@pytest.mark.parametrize(
    ("source", "name"), [("feed", "Journal and agency feeds"), ("unheard-of", "unheard-of")]
)
def test_sources_by_their_names(source: str, name: str) -> None:
    assert platform(source)[0] == name
