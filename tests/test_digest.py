"""An issue of the digest: built once, in one transaction, and read back as it was."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.digest.audience import Audience
from crawler.digest.build import build
from crawler.digest.periods import period_before, period_end
from store.database import open_database
from store.digests import issues_for, read_issue
from store.errors import ConfigError

NOW = "2026-11-23T07:00:00Z"


def test_equal_audiences_have_equal_keys() -> None:
    one = Audience(indications=("ptsd", "ocd", "ptsd"), designs=("rct",), min_size=20)
    other = Audience.from_dict({"designs": ["rct"], "indications": ["ocd", "ptsd"], "min_size": 20})
    assert one == other == Audience.from_dict(one.to_dict())
    assert one.key == other.key == "weekly-ocd_ptsd-rct-min20"
    assert one.words == "OCD, PTSD; RCT; 20 participants or more; weekly"
    assert Audience().key == "weekly-all"
    assert Audience(min_size=0) == Audience()
    everything = Audience(indications=tuple(f"indication-{number}" for number in range(30)))
    assert len(everything.key) == 80
    assert everything.key != Audience(indications=everything.indications[1:]).key


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"frequency": "hourly"}, "frequency is one of daily, weekly, monthly"),
        ({"min_size": "20"}, "min_size"),
        ({"indications": "ptsd"}, "list of words"),
        ({"address": "reader@example.org"}, "no 'address'"),
    ],
)
def test_a_wrong_audience_is_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Audience.from_dict(values)


def test_the_configuration_names_audiences_and_the_site(tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(
        '[site]\nurl = "https://watch.example.org/k/"\n[[digest.audience]]\nindications = ["ptsd"]\n'
    )
    config = load_config(path, {})
    assert config.site_url == "https://watch.example.org/k"
    assert config.audiences == (Audience(indications=("ptsd",)),)
    assert load_config(environ={}).site_url == "http://127.0.0.1:8001"
    for wrong in (
        '[[digest.audience]]\nindications = ["flu"]',
        '[site]\nurl = "javascript:alert(1)"',
        "digest = 1",
    ):
        path.write_text(wrong)
        with pytest.raises(ConfigError, match=r"watch\.toml"):
            load_config(path, {})


def test_periods_end_at_a_midnight() -> None:
    assert [period_end(one, "2026-11-25") for one in ("daily", "weekly", "monthly")] == [
        "2026-11-25", "2026-11-23", "2026-11-01"
    ]  # fmt: skip
    assert [period_before(one, "2026-03-01") for one in ("daily", "weekly", "monthly")] == [
        "2026-02-28", "2026-02-22", "2026-02-01"
    ]  # fmt: skip


def test_an_issue_is_built_once_and_never_changed(tmp_path: Path) -> None:
    db = open_database(tmp_path / "watch.db")
    first = build(db, Audience(), None, "2026-11-23", NOW)
    assert (first.id, first.since, first.until) == ("2026-11-23.weekly-all", "2026-11-16", "2026-11-23")
    assert (
        build(db, Audience(), "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", "2027-01-01T00:00:00Z") == first
    )
    assert read_issue(db, first.id) == first == issues_for(db, "weekly-all")[0]
    longer = build(db, Audience(), "2026-11-02", "2026-11-23", NOW)
    assert longer.id == "2026-11-23.since-2026-11-02.weekly-all"
    assert build(db, Audience(), None, "2026-11-30", NOW).since == "2026-11-23"
    for change in ("UPDATE digest_issues SET html = ''", "DELETE FROM digest_issues"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            db.execute(change)
    with pytest.raises(ConfigError, match="no issue 'x'"):
        read_issue(db, "x")
    with pytest.raises(ConfigError, match="has no day"):
        build(db, Audience(), "2026-11-23", "2026-11-23", NOW)


def test_two_who_build_at_once_build_one(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    open_database(path).close()
    found = []

    def work() -> None:
        db = open_database(path)
        found.append(build(db, Audience(), None, "2026-11-23", NOW))
        db.close()

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert found[0] == found[1]
    assert len(issues_for(open_database(path), "weekly-all")) == 1
