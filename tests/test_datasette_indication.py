"""The page of an indication: every number is the length of the list it links to, and the picture is true."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_config import labels
from datasette_config.bubbles import LABELS, LEAST, MOST, WIDTH, draw, radius
from datasette_config.indication import LANES
from store import summaries
from store.database import open_database
from tests.site_client import Fetch, client, links, text


def counted(page: str) -> list[tuple[str, int]]:
    return [
        (address, int(words.replace(",", "")))
        for address, words in links(page)
        if re.fullmatch(r"[0-9,]+", words)
    ]


@pytest.mark.parametrize("indication", ["trd", "ptsd"])
def test_every_number_is_the_length_of_its_list(fetch: Fetch, indication: str) -> None:
    numbers = counted(fetch(f"/-/indication/{indication}").text)
    assert len(numbers) > 10
    for address, number in numbers:
        parts = urlsplit(address)
        answer = fetch(f"{parts.path}.json", **dict(parse_qsl(parts.query)), _nofacet=1, _size=0).json()
        assert answer["filtered_table_rows_count"] == number, address


def test_the_picture_has_every_trial_and_its_table_the_same(fetch: Fetch, filled_db: Path) -> None:
    page = fetch("/-/indication/depression").text
    db = open_database(filled_db)
    trials = {
        row["id"] for row in db.query("SELECT id FROM indication_trials WHERE indication = 'depression'")
    }
    db.close()
    picture, table = (
        page.split("<svg")[1].split("</svg>")[0],
        page.split('class="as-table"')[1].split("</table>")[0],
    )
    for part in (picture, table):
        found = {address.rpartition("/")[2].replace("~3A", ":") for address, _ in links(part)}
        assert {one.replace("~2E", ".").replace("~2F", "/") for one in found} == trials
    assert picture.count("<title>") == picture.count("<circle") == len(trials)
    assert (
        "2023, RCT, n = 403: Ketamine versus ECT for Nonpsychotic Treatment-Resistant Major Depression."
        in page
    )
    assert "script" not in picture


def test_head_to_head_doses_and_guidance(fetch: Fetch) -> None:
    words = text(fetch("/-/indication/depression").text)
    for piece in (
        "ECT 2 0 3 403 2023", "Midazolam 7", "Esketamine and ketamine, both studied 1 0 0 63 2020",
        "ketamine intravenous 0.5 mg/kg 11 5", "esketamine intranasal 84 mg 8 7", "Overdue results", "Newest notices",
        "A Consensus Statement on the Use of Ketamine in the Treatment of Mood Disorders",
    ):  # fmt: skip
        assert piece in words, piece


def test_what_was_retracted_is_marked_in_picture_and_table(tmp_path: Path) -> None:
    from store.records import Notice, Record  # noqa: PLC0415
    from tests.filled import save_as_crawled  # noqa: PLC0415

    path = tmp_path / "watch.db"
    one = Record(
        "pubmed:1", "pubmed", "article", "Ketamine for PTSD: a randomized controlled trial",
        abstract="Adults with PTSD were randomized to ketamine or ECT.", published="2020", pmid="1",
        notices=[Notice("retraction", "pubmed:1", "pubmed:2", "J 2021", "2021")],
    )  # fmt: skip
    save_as_crawled(path, "pubmed", [one])
    page = client(path)("/-/indication/ptsd").text
    assert 'class="rct unsized alarm"' in page
    assert "2020, RCT, size not stated, Retracted: Ketamine for PTSD" in page
    assert "Retracted: Ketamine for PTSD" in text(page.split('id="notices"')[1])


def test_every_indication_has_its_page_and_another_has_none(fetch: Fetch) -> None:
    for value, label in labels.INDICATIONS.items():
        answer = fetch(f"/-/indication/{value}")
        assert answer.status_code == 200
        assert f"<h1>{label}</h1>" in answer.text
        assert len(answer.content) < 300_000
    missing = fetch("/-/indication/gout~3Cb~3E")
    assert missing.status_code == 404
    assert "There is no indication “gout<b>” here. There are: depression, trd," in text(missing.text)
    assert "<b>" not in missing.text


def test_it_is_reached_from_the_matrix_and_from_chips(fetch: Fetch) -> None:
    assert ("/-/indication/ptsd", "PTSD") in links(fetch("/").text)
    assert ("/-/indication/trd", "trd") in links(fetch("/watch/records/pubmed~3A23982301").text)
    assert ("/-/indication/trd", "trd") in links(fetch("/watch/head_to_head").text)
    assert ("/watch/trials?indications__arraycontains=trd", "trd") in links(fetch("/watch/trials").text)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "design": st.sampled_from([*LANES, "unheard-of"]),
            "year": st.one_of(st.none(), st.integers(1990, 2026)),
            "sample_size": st.one_of(st.none(), st.integers(0, 5000)),
        }
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_circles_stand_in_their_lane_and_never_on_each_other(found: list[dict[str, Any]]) -> None:
    rows = [row | {"id": f"pubmed:{number}"} for number, row in enumerate(found)]
    picture = draw(rows, tuple(LANES))
    shown = [row["id"] for row in rows if row["year"] is not None and row["design"] in LANES]
    assert sorted(one.row["id"] for one in picture.bubbles) == sorted(shown)
    assert sum(lane.count for lane in picture.lanes) == len(shown)
    lanes = {lane.design: lane for lane in picture.lanes}
    for one in picture.bubbles:
        lane = lanes[one.row["design"]]
        assert lane.top <= one.y - one.r
        assert one.y + one.r <= lane.top + lane.height
        assert one.x - one.r >= LABELS - 1
        assert one.x + one.r <= WIDTH
    for at, one in enumerate(picture.bubbles):
        for other in picture.bubbles[at + 1 :]:
            assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (one.r + other.r) ** 2 - 2


def test_the_area_tells_the_participants() -> None:
    assert radius(400) == radius(4000) == MOST
    assert radius(None) == radius(1) == LEAST
    assert radius(200) ** 2 / radius(100) ** 2 == pytest.approx(2)


def test_a_page_of_many_trials_stays_small_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    from store.records import Record  # noqa: PLC0415
    from tests.filled import save_as_crawled  # noqa: PLC0415

    path, many = tmp_path / "watch.db", 310
    title = (
        f"Ketamine for posttraumatic stress disorder: a randomized controlled trial {'of long titles ' * 8}"
    )
    save_as_crawled(path, "pubmed", [
        Record(f"pubmed:{98100000 + number}", "pubmed", "article", f"{title}{number}", published=str(1995 + number % 30))
        for number in range(many)
    ])  # fmt: skip
    answer = client(path)("/-/indication/ptsd")
    assert answer.text.count("<circle") == 300
    assert "The 300 largest of 310 are drawn." in text(answer.text)
    assert ("/watch/indication_trials?indication=ptsd", "310") in links(answer.text)
    assert len(answer.content) < 300_000


def test_counted_from_sets_or_by_sql_it_says_the_same(fetch: Fetch, filled_db: Path, tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    shutil.copy(filled_db, path)
    db = open_database(path)
    had = not summaries.refresh(db)
    if had:
        db.execute("DELETE FROM list_members")
        db.conn.commit()
    db.close()
    for value in ("depression", "pain"):
        one, other = (
            text(page.text).partition("Powered by")[0]
            for page in (fetch(f"/-/indication/{value}"), client(path)(f"/-/indication/{value}"))
        )
        assert one == other
