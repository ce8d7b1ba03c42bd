"""The pages in a real browser: search a trial, open it, look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser import CHROMIUM, dom, picture, served
from tests.test_cli import watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Debian's chromium is not installed: apt-get install chromium"
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> object:
    path = tmp_path_factory.mktemp("browser") / "demo.db"
    done = watch("demo", "--no-serve", "--db", path)
    assert done.returncode == 0, done.stderr
    with served(path) as url:
        yield url


def test_search_a_trial_and_open_it(site: str, tmp_path: Path) -> None:
    home = dom(site)
    assert "Ketamine Watch" in home
    form = re.search(r'<form class="search-all" action="([^"]+)"', home)
    assert form
    found = dom(f"{site}{form[1].lstrip('/')}?_search=midazolam+suicidal")
    links = dict(re.findall(r'<a href="(/demo/records/[^"]+)">([^<]+)</a>', found))
    assert "pubmed:29202655" in links.values()
    path = next(path for path, name in links.items() if name == "pubmed:29202655")
    record = dom(site + path.lstrip("/"))
    assert "Ketamine for Rapid Reduction of Suicidal Thoughts" in re.sub(r"<[^>]+>", "", record)
    assert '<mark class="mark-' in record
    picture(site + path.lstrip("/"), tmp_path / "record.png", 320, 800)
    assert (tmp_path / "record.png").stat().st_size > 10_000


def test_no_script_of_ours_and_no_error_in_the_page(site: str) -> None:
    for path in ("", "demo/trials", "demo/records/pubmed~3A23982301"):
        page = dom(site + path)
        assert "Traceback" not in page
        assert "/kw-static/watch.css" in page
