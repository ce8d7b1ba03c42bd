"""The front page: every number is the length of the list it leads to, every picture has its table, and it is light."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_config import labels, timeline
from store.database import open_database
from store.records import Notice, Record
from tests.filled import PROBE, days_ago, new_trial, save_as_crawled, summarise
from tests.site_client import Fetch, client, links, tags, text


@pytest.fixture(scope="module")
def home(fetch: Fetch) -> str:
    page: str = fetch("/").text
    return page


def section(page: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)
    assert found, name
    return found[0]


def test_every_number_is_the_length_of_its_list(fetch: Fetch, home: str) -> None:
    numbers = [
        (address, int(words.replace(",", "")))
        for address, words in links(home)
        if re.fullmatch(r"[0-9,]+", words)
    ]
    assert len(numbers) > 100
    for address, number in dict(numbers).items():
        parts = urlsplit(address)
        if parts.path.endswith("/rejects"):
            continue
        answer = fetch(f"{parts.path}.json", **dict(parse_qsl(parts.query)), _nofacet=1, _size=0).json()
        assert answer["filtered_table_rows_count"] == number, address


def test_what_is_new_is_told_by_indication_and_period(home: str) -> None:
    told = links(section(home, "new"))
    for table in ("works", "trials"):
        assert (f"/watch/{table}?indications__arraycontains=ptsd&entered__gte={days_ago(7)}", "1") in told
        assert (f"/watch/{table}?indications__arraycontains=ptsd&entered__gte={days_ago(31)}", "1") in told
    assert "All records" in text(section(home, "new"))


def test_trials_that_recruit_and_notices_of_late(filled_db: Path, tmp_path: Path, home: str) -> None:
    recruiting = links(section(home, "recruiting"))
    assert recruiting
    assert all(
        address.startswith(("/watch/records/", "/watch/trials?status__in=RECRUITING"))
        for address, _ in recruiting
    )
    assert "No notice is dated within these days." in text(section(home, "notices"))
    path = tmp_path / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    notices = [
        Notice("retraction", "pubmed:97000001", "pubmed:97000009", PROBE, day) for day in (days_ago(3),)
    ]
    notices.append(Notice("correction", "pubmed:97000002", "pubmed:97000009", None, days_ago(120)))
    save_as_crawled(
        path,
        "pubmed",
        [Record("pubmed:97000009", "pubmed", "article", "Notice", pmid="97000009", notices=notices)],
    )
    shown = section(client(path)("/").text, "notices")
    assert "Retracted" in shown
    assert days_ago(3) in shown
    assert days_ago(120) not in shown
    assert PROBE not in shown


def test_the_timeline_says_in_its_table_what_it_draws(home: str) -> None:
    part = section(home, "timeline")
    picture, table = part.split("</svg>")
    drawn = {address for address, _ in links(picture)}
    assert drawn == {address for address, _ in links(table)}
    assert len(drawn) == picture.count("<rect") == picture.count("<title>") > 10
    assert not [name for name, attributes in tags(part) if name == "script" or "style" in attributes]


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.dictionaries(st.integers(1950, 2030), st.integers(0, 5000))
    )
)
@settings(max_examples=60, deadline=None)
def test_bars_stay_within_the_picture_and_tell_their_numbers(counts: dict[str, dict[int, int]]) -> None:
    picture = timeline.draw(counts, {"a": "A", "b": "B", "c": "C"}, 2026)
    shown = {
        (name, year): n for name, years in counts.items() for year, n in years.items() if n and year <= 2026
    }
    if picture is None:
        assert not shown
        return
    first = picture.years[0][0]
    assert len(picture.years) <= timeline.YEARS
    drawn = {(row.value, bar.year): bar.trials for row in picture.rows for bar in row.bars}
    assert drawn == {key: n for key, n in shown.items() if key[1] >= first}
    for row in picture.rows:
        for bar in row.bars:
            assert 0 <= bar.x <= bar.x + picture.bar_width <= picture.width
            assert row.base - 46 < bar.y < bar.y + bar.height <= row.base + 0.2 <= picture.height
            assert row.most == max(one.trials for one in row.bars)


def test_the_page_is_light_and_counts_anew_when_the_file_changed(filled_db: Path, tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    own = client(path)
    new = f"/watch/trials?indications__arraycontains=ptsd&entered__gte={days_ago(7)}"
    assert dict(links(own("/").text))[new] == "1"
    save_as_crawled(path, "pubmed", [new_trial(3, days_ago(1))])
    assert dict(links(own("/").text))[new] == "2", "also while a crawl has not counted yet"
    summarise(path)
    page = own("/").text
    assert dict(links(page))[new] == "2"
    assert len(page) < 300_000


def test_the_box_offers_tags_without_script_and_more_with_it(fetch: Fetch, home: str) -> None:
    offered = [attributes["value"] for name, attributes in tags(home) if name == "option"]
    assert {"PTSD", "esketamine", "RCT"} <= set(offered)

    def suggested(typed: str) -> list[str]:
        answer = fetch("/-/suggest/watch", q=typed)
        assert answer.status_code == 200
        return [one["value"] for one in answer.json()]

    assert suggested("esk")[0] == "esketamine"
    assert "ketamine PTSD" in suggested("ketamine pts")
    assert "midazolam" in suggested("midaz")
    assert "NCT03113968" in suggested("nct0311")
    assert "23982301" in suggested("239823")
    for nothing in ("", "a", "zzzqqq", "NCT", "%", PROBE, "1" * 30, "\0", "%_"):
        assert suggested(nothing) == []
    assert len(suggested("de")) <= 8
    assert fetch("/-/suggest/nothing?q=a").status_code == 404


def test_datasettes_own_overview_stays_for_scripts(fetch: Fetch, tmp_path: Path) -> None:
    assert list(fetch("/.json").json()) == ["watch"]
    open_database(tmp_path / "empty.db").close()
    empty = client(tmp_path / "empty.db")("/").text
    assert "No source has been visited yet" in text(empty)
    assert "<svg" not in empty


def test_suggested_names_are_searched_for_as_words(fetch: Fetch) -> None:
    assert "PTSD" in labels.SUGGESTED
    assert 'class="tagged"' in fetch("/watch/works?_search=PTSD").text
