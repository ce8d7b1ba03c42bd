"""The spiders, the real client code, on recorded answers. See tests/cassettes/README.md for how they were made."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.sample.catalogue import load_catalogue
from crawler.sample.server import SampleServer
from tests import forked
from tests.replay import main

CASSETTES = Path(__file__).parent / "cassettes"
RECORDED = sorted(path.stem for path in CASSETTES.glob("*.yaml"))
RECORD = os.environ.get("RECORD_CASSETTES")  # any value: record anew from the sample services
# a replay that reached for the network would meet this closed door, not a service
NO_WAY_OUT = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}


def replay(name: str) -> dict[str, Any]:
    recorded_at = ()
    with ExitStack() as stack:
        if RECORD:
            (CASSETTES / f"{name}.yaml").unlink(missing_ok=True)
            recorded_at = (stack.enter_context(SampleServer()).upstreams[name],)
        environ = os.environ if RECORD else os.environ | NO_WAY_OUT
        done = forked.run(main, name, *recorded_at, environ=environ)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", RECORDED)
def test_a_spider_reads_its_cassette_whole(name: str) -> None:
    result = replay(name)
    assert result["failures"] == []
    kinds = [item["item"] for item in result["items"]]
    assert {"Record", "Checkpoint"} <= set(kinds) <= {"Record", "Checkpoint", "Deletion"}
    assert kinds[-1] == "Checkpoint"
    titles = {item["id"]: item["title"] for item in result["items"] if item["item"] == "Record"}
    catalogue = load_catalogue()
    if name == "clinicaltrials":
        expected = {f"clinicaltrials:{one.nct}": one.brief_title for one in catalogue.registrations}
        assert expected == titles
    elif name == "isrctn":
        numbers = {f"isrctn:{one.number}": one.title for one in catalogue.isrctn}
        assert titles.items() <= numbers.items()
        assert len(titles) == 3
    elif name == "medrxiv":
        assert set(titles) == {"medrxiv:10.1101/2024.05.30.99000003", "medrxiv:10.1101/2024.02.10.99000005"}
    elif name == "feed":
        assert len(titles) > 20
        assert set(titles.values()) >= {one.title for one in catalogue.feed_entries if one.feed == "medwatch"}
    else:
        known = {f"pubmed:{one.pmid}" for one in catalogue.articles}
        assert len(titles) > 40
        assert set(titles) <= known
    if not RECORD:
        recorded = yaml.safe_load((CASSETTES / f"{name}.yaml").read_text())["interactions"]
        assert result["played"] == len(recorded)


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_cassettes_hold_no_secret_and_name_the_real_host(path: Path) -> None:
    text = path.read_text()
    assert "api_key" not in text
    for interaction in yaml.safe_load(text)["interactions"]:
        assert interaction["request"]["uri"].startswith("https://")
        assert "127.0.0.1" not in str(interaction["request"])
