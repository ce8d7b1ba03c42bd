"""Retraction Watch's list: what is read, what is refused, and what of it concerns a work that is here."""

from __future__ import annotations

import dataclasses
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler.config import load_config
from crawler.pipelines import Save
from crawler.run import load
from spiders.retractionwatch import COLUMNS, RetractionWatchSpider
from store.database import open_database
from store.errors import BadAnswer
from store.records import Checkpoint, Notice, Record, Reject, ReportedNotice
from tests.loopback import Answer, loopback
from tests.run_spider import run_spider
from tests.test_merging import filled, send
from tests.test_notices import CITING, IN_PUBMED, NOTICE, TRIAL, notices, standing

FIXTURE = Path(__file__).parent / "fixtures" / "retractionwatch" / "list.csv"
GOLDEN = Path(__file__).parent / "golden" / "retractionwatch" / "list.json"
LIST = FIXTURE.read_bytes()
HEADER, FIRST, *_ = LIST.splitlines(keepends=True)


def parsed(body: bytes) -> list[ReportedNotice | Reject]:
    return list(RetractionWatchSpider.parse_answer(body))


def test_golden() -> None:
    """The fixture gives just this. A missing golden file is written, to be read and then committed."""
    found = (
        json.dumps(
            [{type(item).__name__: dataclasses.asdict(item)} for item in parsed(LIST)],
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )
    if not GOLDEN.exists():
        GOLDEN.write_text(found, encoding="utf-8")
        pytest.fail("wrote list.json: read it, then commit it")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_a_file_is_read_like_bytes_and_stays_open() -> None:
    file = io.BytesIO(b"\xef\xbb\xbf" + LIST)
    assert list(RetractionWatchSpider.parse_answer(file)) == parsed(LIST)
    assert not file.closed


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "columns are missing: Record ID"),
        (b"<!DOCTYPE html><html>RetractionNature, Record ID</html>", "a page of HTML"),
        (HEADER.replace(b"RetractionNature,", b""), "columns are missing: RetractionNature"),
        (HEADER, "no row that can be read"),
        (HEADER + FIRST + b'90002,"[Invented] Ket', "the list is cut"),
        (HEADER + FIRST + FIRST[:40], "the list is cut"),
    ],
)
def test_what_is_no_list_is_a_named_failure(body: bytes, cause: str) -> None:
    with pytest.raises(BadAnswer, match=cause):
        parsed(body)


def row(number: int, **values: str) -> bytes:
    given_ = {
        "Record ID": str(number),
        "Title": f"T{number}",
        "RetractionNature": "Retraction",
        "OriginalPaperDOI": f"10.1000/{number}",
    } | values
    names = HEADER.decode().strip().split(",")
    return (",".join('"' + given_.get(name, "").replace('"', '""') + '"' for name in names) + "\r\n").encode()


@pytest.mark.parametrize("lines_after", [3, 60])
def test_an_open_quotation_mark_costs_only_its_own_row(lines_after: int) -> None:
    broken = b'7,"an open mark, and no end,,,,,,,,,,,,,,,,,,,\r\n'
    found = parsed(HEADER + row(1) + broken + b"".join(row(number) for number in range(10, 10 + lines_after)))
    assert [one.native_id for one in found if isinstance(one, ReportedNotice)] == [
        "1",
        *map(str, range(10, 10 + lines_after)),
    ]
    (reject,) = [one for one in found if isinstance(one, Reject)]
    assert reject.payload is not None
    assert reject.payload.startswith("7,")


def test_two_open_quotation_marks_cost_their_rows() -> None:
    broken = b'7,"an open mark,,,,,,,,,,,,,,,,,,,\r\n'
    found = parsed(HEADER + broken + row(1) + broken + row(2))
    assert [one.native_id for one in found if isinstance(one, ReportedNotice)] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "date"),
    [("5/3/2021 0:00", "2021-05-03"), ("12/31/1999", "1999-12-31"), ("2/30/2022 0:00", None), ("13/1/2020", None),
     ("2020-01-01", None), ("", None), ("1/1/20", None), ("0/0/2020", None)],
)  # fmt: skip
def test_dates_are_months_first_and_impossible_ones_unknown(text: str, date: str | None) -> None:
    (found,) = parsed(HEADER + row(1, RetractionDate=text))
    assert isinstance(found, ReportedNotice)
    assert found.date == date


@given(st.binary(max_size=600))
def test_no_bytes_bring_anything_but_notices_rejects_and_named_errors(noise: bytes) -> None:
    try:
        found = parsed(HEADER + row(1) + noise)
    except BadAnswer:
        return
    assert all(isinstance(item, (ReportedNotice, Reject)) for item in found)


class Endless(io.RawIOBase):
    """A list of so many rows, made while it is read."""

    def __init__(self, rows: int):
        self.rows = (row(number, Notes="n" * 700) for number in range(rows))
        self.waiting = HEADER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self.waiting) < len(buffer) and (more := next(self.rows, None)):
            self.waiting += more
        size = min(len(buffer), len(self.waiting))
        buffer[:size], self.waiting = self.waiting[:size], self.waiting[size:]
        return size


def test_a_large_list_is_never_in_memory_as_a_whole() -> None:
    rows = 12_000  # 12 MB
    tracemalloc.start()
    count = sum(1 for _ in RetractionWatchSpider.parse_answer(io.BufferedReader(Endless(rows))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == rows
    assert peak < 1_000_000


# --- what concerns works that are here


def report(db: Database, items: list[Any], *, whole: bool = True) -> dict[str, Any]:
    saving = Save(db, "retractionwatch")
    saving.start("crawl")
    for item in items:
        saving.process_item(item)
    if whole:
        saving.process_item(Checkpoint("list", "2026-01-01", len(items), len(items)))
    else:
        saving.flush()
    assert not saving.failures
    return dict(db.table("crawls").get(saving.finish("list")))


def rows_of(body: bytes = LIST) -> list[Any]:
    return [item for item in parsed(body) if isinstance(item, ReportedNotice)]


def test_only_rows_on_works_here_or_cited_here_are_kept() -> None:
    db = filled([TRIAL, CITING])
    crawl = report(db, rows_of())
    assert (crawl["outcome"], crawl["reported"], crawl["new"], crawl["fetched"]) == ("ok", 4, 1, 1)
    (notice,) = notices(db)
    assert (notice["work_id"], notice["kind"], notice["date"], notice["sources"]) == (
        "pubmed:1",
        "retraction",
        "2021-05-03",
        ["retractionwatch"],
    )
    assert notice["disagreement"] == "pubmed does not say so"
    assert standing(db) == "retracted"
    assert [one["record_id"] for one in db.query("SELECT * FROM cites_retracted")] == ["pubmed:9"]
    assert (
        next(db.query("SELECT reason FROM work_notices"))["reason"]
        == "Unreliable Results and/or Conclusions; Lack of IRB/IACUC Approval"
    )


def test_a_work_that_is_only_cited_counts_too() -> None:
    db = filled([CITING])
    report(db, rows_of())
    assert [one["record_id"] for one in db.query("SELECT * FROM cites_retracted")] == ["pubmed:9"]


def test_it_joins_what_other_sources_say() -> None:
    db = filled([IN_PUBMED, NOTICE])
    report(db, rows_of())
    assert [(one["kind"], one["notice_id"], one["sources"], one["disagreement"]) for one in notices(db)] == [
        ("retraction", "pubmed:2", ["pubmed", "retractionwatch"], None)
    ]


def test_works_that_come_later_are_matched_by_the_next_run() -> None:
    db = open_database(":memory:")
    assert report(db, rows_of())["outcome"] == "nothing_new"
    assert db.table("reported_notices").count == 0
    send(db, TRIAL)
    assert report(db, rows_of())["new"] == 1
    assert standing(db) == "retracted"
    assert report(db, rows_of())["unchanged"] == 1


def test_a_row_that_the_list_no_longer_has_counts_no_longer() -> None:
    db = filled([TRIAL])
    report(db, rows_of())
    db.execute("UPDATE reported_notices SET last_seen = '2020-01-01T00:00:00Z'")
    report(db, rows_of()[1:], whole=False)
    assert standing(db) == "retracted"
    assert report(db, rows_of()[1:])["changed"] == 1
    assert standing(db) is None
    assert [bool(one["gone_at"]) for one in db.table("reported_notices").rows] == [True]
    report(db, rows_of())
    assert standing(db) == "retracted"


def test_a_reinstatement_takes_the_concern_of_the_list_back_only_for_retractions() -> None:
    db = filled([Record("pubmed:3", "pubmed", "article", "Esketamine in the clinic", pmid="3")])
    report(db, rows_of())
    assert {one["kind"] for one in notices(db)} == {"expression-of-concern", "reinstatement"}
    assert standing(db, "pubmed:3") == "concern"


def test_a_saved_list_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    filled([TRIAL], path).close()
    (outcome,) = load(load_config(environ={}), path, [FIXTURE])
    assert (outcome["source"], outcome["outcome"], outcome["new"], outcome["rejected"]) == (
        "retractionwatch",
        "ok",
        1,
        1,
    )
    assert standing(open_database(path)) == "retracted"


def test_the_spider_reads_a_file_an_address_and_says_what_fails(tmp_path: Path) -> None:
    copy = tmp_path / "list.csv"
    copy.write_bytes(LIST)
    answers = {
        "list.csv": Answer(LIST),
        "page": Answer(b"<html>Sign in</html>"),
        "gone": Answer(b"no", status=404),
    }
    with loopback(lambda asked: answers[asked.path.rpartition("/")[2]]) as service:
        common = {"query": "list", "today": "2026-01-01", "interval": 0.0}
        ran = run_spider("spiders.retractionwatch:RetractionWatchSpider", {
            "file": common | {"base_url": "", "options": {"path": str(copy)}},
            "absent": common | {"base_url": "", "options": {"path": str(tmp_path / "absent.csv")}},
            "web": common | {"base_url": f"{service.url}/list.csv"},
            "html": common | {"base_url": f"{service.url}/page"},
            "gone": common | {"base_url": f"{service.url}/gone"},
            "off": common | {"base_url": ""},
        })  # fmt: skip
    for name in ("file", "web"):
        assert len(ran[name].of("ReportedNotice")) == 4, name
        assert ran[name].of("Checkpoint")[0]["reported"] == 5
        assert not ran[name].failures
        assert not ran[name].crashes
    assert [ran[name].failures[0][0] for name in ("absent", "html", "gone", "off")] == [
        "Unreachable",
        "BadAnswer",
        "ServiceError",
        "Unreachable",
    ]
    assert not any(ran[name].of("Checkpoint") for name in ("absent", "html", "gone", "off"))


@pytest.mark.parametrize(
    ("place", "base", "path"),
    [("list.csv", "", "list.csv"), ("https://rw.example/l.csv", "https://rw.example/l.csv", None)],
)
def test_the_configuration_names_a_file_or_an_address(
    tmp_path: Path, place: str, base: str, path: str | None
) -> None:
    own = tmp_path / "watch.toml"
    own.write_text(f"[notices]\nretraction_watch = '{place}'\n")
    source = load_config(own, environ={}).sources["retractionwatch"]
    assert (source.enabled, source.base_url, source.options.get("path")) == (True, base, path)


def test_the_columns_are_those_of_the_header() -> None:
    assert set(COLUMNS) <= set(HEADER.decode().strip().split(","))
    assert isinstance(Notice("reinstatement", None, None), Notice)
