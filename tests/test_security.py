"""What SECURITY.md promises of the site, of exports and of what is read."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reliability.inputs import attempt
from crawler.assignments import spider_classes
from store.spreadsheet import SafeCsv, safe_cell
from tests.site_client import Fetch

PAGES = ("/", "/watch", "/watch/trials", "/watch/works?_search=ketamine", "/watch/records/pubmed~3A23982301", "/watch/matrix",
         "/watch/search?words=ketamine", "/watch?sql=select+1", "/-/status", "/watch/nothing", "/nothing")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_run_no_script_but_files_of_the_site_and_what_datasette_itself_brings(
    fetch: Fetch, path: str
) -> None:
    page = fetch(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    scripts = policy.partition("script-src ")[2].partition(";")[0].split()
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    for attributes, script in re.findall(r"<script\b([^>]*)>(.*?)</script>", page.text, re.DOTALL):
        if "src=" in attributes:
            assert re.search(r'src="/', attributes), attributes
        else:
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in scripts, script[:80]
    assert page.headers["x-content-type-options"] == "nosniff"


def test_sql_is_limited_in_time_and_rows(fetch: Fetch) -> None:
    began = time.monotonic()
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    assert fetch("/watch.json", sql=endless).status_code == 400
    assert time.monotonic() - began < 10
    many = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) SELECT x FROM c"
    assert len(fetch("/watch.json", sql=many, _shape="array").json()) == 1000
    for sql in ("SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "ATTACH '/etc/passwd' AS a"):
        assert fetch("/watch.json", sql=sql).status_code == 400, sql


# -- CSV


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-1.5e-3", "-1.5e-3"),
        ("+7", "+7"),
        ("-", "'-"),
        ("(R)-ketamine", "(R)-ketamine"),
        ("", ""),
    ],
)
def test_a_cell_never_becomes_a_formula(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


_CELLS = st.text(st.sampled_from("=+-@\",\r\n\t 'ab1.é＝"), max_size=6)


@given(
    st.lists(st.lists(_CELLS, min_size=2, max_size=3), max_size=5), st.lists(st.integers(1, 9), max_size=20)
)
def test_csv_in_parts_cut_anywhere_is_the_same_with_safe_cells(
    rows: list[list[str]], cuts: list[int]
) -> None:
    whole = io.StringIO(newline="")
    csv.writer(whole).writerows(rows)
    left, safe = whole.getvalue().encode(), SafeCsv()
    done = b""
    for cut in cuts:
        done, left = done + safe.feed(left[:cut]), left[cut:]
    done += safe.feed(left) + safe.close()
    read = list(csv.reader(io.StringIO(done.decode(), newline="")))
    assert read == [[safe_cell(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("more", [{}, {"_dl": "on"}, {"_stream": "on"}])
def test_the_sites_csv_is_safe(fetch: Fetch, more: dict[str, str]) -> None:
    sql = "SELECT '=HYPERLINK(\"http://x.example\",\"a, b\")' AS [=name], -5 AS number, 'plain' AS word"
    found = fetch("/watch.csv", sql=sql, **more)
    assert found.status_code == 200
    assert list(csv.reader(io.StringIO(found.text))) == [
        ["'=name", "number", "word"],
        ['\'=HYPERLINK("http://x.example","a, b")', "-5", "plain"],
    ]
    assert fetch("/watch/works.csv", _stream="on", _size="max").status_code == 200
    assert fetch("/watch/nothing.csv").status_code == 404


# -- what is read


def test_damaged_answers_are_read_or_refused_by_name() -> None:
    tried = attempt(3, seed=7)
    assert tried.wrong == []
    assert tried.inputs.keys() >= {"pubmed", "clinicaltrials"}
    assert tried.inputs.keys() <= spider_classes().keys()
    assert tried.records > 20
