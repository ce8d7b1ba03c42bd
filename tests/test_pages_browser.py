"""The pages in a real browser: search a trial, open it, look; nothing runs over the edge of a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser import CHROMIUM, dom, measured, picture, served
from tests.filled import fill
from tests.site_client import links, text

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Debian's chromium is not installed: apt-get install chromium"
    ),
]

PAGES = {
    "home": "/", "trials": "/watch/trials", "search": "/watch/trials?_search=esketamine&indications__arraycontains=trd",
    "article": "/watch/records/pubmed~3A23982301", "registration": "/watch/records/clinicaltrials~3ANCT99000001",
    "hostile": "/watch/records/pubmed~3A98000001", "matrix": "/watch/matrix", "tables": "/watch", "tags": "/watch/tags",
    "question": "/watch/study_records_of?study=NCT03113968", "error": "/watch/nothing",
    "sql": "/watch?sql=select+id,+title,+abstract+from+records",
    "digest": "/-/digest", "issue": "/-/digest/2026-01-01.weekly-all", "mail": "/-/digest/2026-01-01.weekly-all.html",
}  # fmt: skip


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("probe")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, probe: Path) -> Iterator[str]:
    path = tmp_path_factory.mktemp("browser") / "watch.db"
    fill(path)
    with served(path, probe) as url:
        yield url


def test_search_a_trial_and_open_it(site: str, tmp_path: Path) -> None:
    home = dom(site)
    form = re.search(r'<form class="search-all" action="([^"]+)"', home)
    assert form
    found = dom(f"{site}{form[1].lstrip('/')}?{urlencode({'q': 'midazolam suicidal'})}")
    assert "Nothing found" not in found
    leads_to = {words: address for address, words in links(found)}
    record = dom(site + leads_to["pubmed:29202655"].lstrip("/"))
    assert "Ketamine for Rapid Reduction of Suicidal Thoughts" in text(record)
    assert '<mark class="mark-' in record
    for dark in (False, True):
        picture(site + leads_to["pubmed:29202655"].lstrip("/"), tmp_path / f"{dark}.png", 500, 800, dark=dark)
        assert (tmp_path / f"{dark}.png").stat().st_size > 10_000
    assert (tmp_path / "True.png").read_bytes() != (tmp_path / "False.png").read_bytes()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_nothing_runs_over_the_edge_of_a_phone(site: str, probe: Path, name: str) -> None:
    across, beyond = measured(site, probe, PAGES[name], 320)
    assert (across, beyond) == (320, []), name


def test_words_of_others_stay_words_in_a_browser(site: str) -> None:
    for name in ("hostile", "home"):
        page = dom(site + PAGES[name].lstrip("/"))
        assert "<img" not in page
        assert "&lt;script&gt;alert(" in page


def test_datasettes_own_script_finds_its_columns(site: str) -> None:
    page = dom(f"{site}watch/trials")
    assert page.count("dropdown-menu-icon") >= 6  # its menus hang on the heads of our columns too
