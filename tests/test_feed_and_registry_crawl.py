"""Feeds and the second registry beside the other sources: one picture, one feed's failure, an unchanged second visit."""

from __future__ import annotations

from pathlib import Path

from crawler.sample.faults import Fault
from crawler.sample.feeds_service import JOURNALS, OTHERS
from crawler.sample.server import SampleServer
from tests.test_cli import Desk

FAULTS = [Fault("500", match="feeds/ajp", times=2), Fault("html", match="isrctn")]


def test_feeds_and_a_second_registry_come_into_one_picture(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with SampleServer(faults=FAULTS) as server:
        first = desk.crawl(server)
        assert first.returncode == 1
        assert "service_error: feed: ajp: HTTP 500" in first.stderr
        assert "bad_answer: isrctn: an HTML page instead of XML" in first.stderr
        venues = {row["venue"] for row in desk.rows("SELECT venue FROM records WHERE source = 'feed'")}
        assert {"FDA press announcements", "JAMA psychiatry"} <= venues
        assert JOURNALS["ajp"] not in venues

        before = len(server.requests)
        second = desk.crawl(server, "--source", "feed", "--source", "isrctn")
        assert second.returncode == 0, second.stderr
        asked = [one for one in server.requests[before:] if one.path.startswith("/feeds/")]
        conditional = {one.path.rpartition("/")[2] for one in asked if "If-None-Match" in one.headers}
        assert conditional == {*JOURNALS, *OTHERS} - {"ajp"}
    told = desk.rows("SELECT query FROM crawls WHERE source = 'feed' ORDER BY id DESC LIMIT 1")[0]["query"]
    assert "fda-press: not changed" in told
    assert "ajp: 8 entries, 8 of the topic, newest 2021-02-01: stale, nothing for 120 days" in told
    window = desk.rows("SELECT window FROM crawls WHERE source = 'feed' ORDER BY id DESC LIMIT 1")
    assert window == [{"window": None}]

    # what is one work is one, what is one study is one
    [entry] = desk.rows(
        "SELECT merged_into FROM records WHERE source = 'feed' AND doi = '10.1176/appi.ajp.2013.13030392'"
    )
    assert entry["merged_into"] == "pubmed:23982301"
    kinds = desk.rows(
        "SELECT DISTINCT kind FROM records WHERE source = 'feed' AND merged_into IS NULL AND venue LIKE 'FDA%'"
    )
    assert kinds == [{"kind": "news"}]
    registered = "SELECT study_id FROM study_records WHERE role = 'registration' AND record_id = '{}'"
    [one], [other] = (
        desk.rows(registered.format(record))
        for record in ("isrctn:ISRCTN00000000", "clinicaltrials:NCT99000001")
    )
    assert one == other
    linked = desk.rows("SELECT record_id FROM study_records WHERE study_id = 'ISRCTN14689382'")
    assert {"isrctn:ISRCTN14689382", "pubmed:28359862"} <= {row["record_id"] for row in linked}
