"""Every kind of page checked by axe-core in Chromium: light and dark, wide and 320 pixels; also keyboard, script and paper."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.base import (
    AXE_SCRIPT,
)  # axe-core (Deque), injected by the driver, so that no page's policy matters
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from crawler.article_reading import people
from tests.browser import CHROMEDRIVER, CHROMIUM, FLAGS, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None or CHROMEDRIVER is None,
        reason="Debian's chromium and chromium-driver are not installed: apt-get install chromium chromium-driver",
    ),
]

WIDE, NARROW = 1280, 320
PAGES = {
    "home": "", "list": "watch/trials?_size=8", "search": "watch/works?_search=esketamine&indications__arraycontains=trd&_size=8",
    "ranked": "watch/search?words=arketamine", "record": "watch/records/pubmed~3A99000001",
    "registration": "watch/records/clinicaltrials~3ANCT99000001", "study": "watch/studies/NCT99000001",
    "indication": "-/indication/ptsd", "status": "-/status", "coverage": "-/coverage", "examples": "-/examples", "question": "watch/matrix", "tables": "watch",
    "tags": "watch/tags?record_id=pubmed:23982301&_size=8", "sql": "watch?sql=select+id,+title+from+records+limit+5",
    "missing": "-/indication/gout", "digest": "-/digest", "issue": "-/digest/2026-01-01.weekly-all",
    "mail": "-/digest/2026-01-01.weekly-all.html", "articles": "-/articles", "article": "-/article/our-clinic",
}  # fmt: skip

_AXE = """
const [options, done] = arguments;
axe.run(document, options).then(
  found => done(found.violations.filter(one => ["serious", "critical"].includes(one.impact)).map(
    one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`)),
  error => done(["axe failed: " + error]));
"""


_ARTICLE = b"""# Our clinic

## Trauma

Repeated ketamine infusions improved PTSD within 24 hours (Feder et al., 2021). No cases of cystitis have been reported.
"""


@pytest.fixture(scope="module")
def site(filled_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("site") / filled_db.name
    shutil.copy(filled_db, path)
    people.add(path, _ARTICLE, "our-clinic.md")
    with served(path) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One Chromium for the whole module; the driver's path is given, so that nothing is looked for or fetched."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS:
        options.add_argument(flag)
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    driver = webdriver.Chrome(options=options, service=Service(executable_path=str(CHROMEDRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def seen(browser: webdriver.Chrome, width: int, *, dark: bool = False, paper: bool = False) -> None:
    """Look through a window so wide, as one who prefers dark or prints."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": "print" if paper else "screen", "features": [scheme]}
    )


def issues(browser: webdriver.Chrome, *rules: str) -> list[str]:
    """What axe calls serious or critical; by these rules, or by all."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found: list[str] = browser.execute_async_script(_AXE, options)
    return found


#: what can differ between widths and colours; everything else is asked once
_OF_LIGHT = ("color-contrast",)
_OF_WIDTH = ("color-contrast", "scrollable-region-focusable", "link-in-text-block", "aria-hidden-focus")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_serious_issue_in_light_and_dark_wide_and_narrow(
    site: str, browser: webdriver.Chrome, name: str
) -> None:
    seen(browser, WIDE)
    browser.get(site + PAGES[name])
    browser.execute_script(AXE_SCRIPT)
    found = {"wide, light": issues(browser)}
    seen(browser, WIDE, dark=True)
    found["wide, dark"] = issues(browser, *_OF_LIGHT)
    seen(browser, NARROW, dark=True)
    found["narrow, dark"] = issues(browser, *_OF_LIGHT)
    seen(browser, NARROW)
    found["narrow, light"] = issues(browser, *_OF_WIDTH)
    assert not any(found.values()), found
    assert browser.execute_script("return document.documentElement.scrollWidth") <= NARROW


def test_a_row_of_a_search_takes_a_few_lines(site: str, browser: webdriver.Chrome) -> None:
    """The style of another page's element once made a column of single letters of the words around a hit."""
    seen(browser, WIDE)
    browser.get(site + PAGES["search"])
    heights = browser.execute_script(
        "return [...document.querySelectorAll('p.passage')].map(one => one.offsetHeight)"
    )
    assert heights
    assert max(heights) < 200


_FOCUSED = """
const one = document.activeElement, style = getComputedStyle(one);
return [one.tagName, one.getAttribute("href") || "", one.matches(":focus-visible") && (
  parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none" || one instanceof SVGElement)];
"""


def tab(browser: webdriver.Chrome, times: int = 1) -> list[Any]:
    """Press the tabulator; returns (tag, address, whether its focus can be seen) of each stop."""
    stops = []
    for _ in range(times):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        stops.append(browser.execute_script(_FOCUSED))
    return stops


def test_by_keyboard_alone(site: str, browser: webdriver.Chrome) -> None:
    seen(browser, WIDE)
    browser.get(f"{site}-/indication/ptsd")
    stops = tab(browser, 22)
    assert stops[0][1] == "#content"  # past the head of the page
    assert all(visible for *_, visible in stops), stops
    assert any(address.startswith("/watch/trials?indications__arraycontains=ptsd") for _, address, _ in stops)
    past = browser.find_element(By.CSS_SELECTOR, ".after a")
    browser.execute_script("arguments[0].focus()", past)
    assert past.rect["x"] >= 0  # it is seen when it is reached
    past.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#head-to-head")
    assert tab(browser, 2)[1][1].startswith(
        "/watch/head_to_head?"
    )  # the table's region, then its first number


def test_the_editor_is_no_trap(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}watch?sql=select+1")
    editor = browser.find_element(By.CSS_SELECTOR, ".CodeMirror textarea")
    browser.execute_script("arguments[0].focus()", editor)
    assert tab(browser)[0][0] != "TEXTAREA"


def test_a_reference_is_copied_by_its_button_and_can_be_selected_without(
    site: str, browser: webdriver.Chrome
) -> None:
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    browser.get(site + PAGES["record"])
    button = browser.find_element(By.CSS_SELECTOR, "button[data-copies=cite-ama]")
    text = browser.find_element(By.ID, "cite-ama").text
    button.send_keys(Keys.ENTER)
    copied = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert copied == text
    assert "Retraction in: J Psychiatr Res. 2024 Feb;902:55." in text
    browser.execute_script(
        "getSelection().selectAllChildren(arguments[0])", browser.find_element(By.ID, "cite-apa")
    )
    assert browser.execute_script("return String(getSelection())").startswith(
        "Sample, A., & Specimen, B. (2022)."
    )


def test_on_paper_there_are_no_forms_and_addresses_can_be_read(site: str, browser: webdriver.Chrome) -> None:
    browser.get(site + PAGES["record"])
    seen(browser, WIDE, paper=True)
    shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
    assert [browser.execute_script(shown, one) for one in ("header.site", "footer.ft", "article", ".references button")] == [
        "none", "none", "block", "none",
    ]  # fmt: skip
    after = 'return getComputedStyle(document.querySelector(".links a"), "::after").content'
    assert "pubmed.ncbi.nlm.nih.gov/99000001" in browser.execute_script(after)
