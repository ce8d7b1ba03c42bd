"""A clinic's overview in eleven sections, read and watched with the sample loaded: what a writer must be told of it.

The article is not ours to copy: its sentences are named here by a word or two.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from store.database import read_database

TAYLOR, FEDER, ABDALLAH = "pubmed:28849779", "pubmed:33397139", "pubmed:35046508"
ELEKT_D, KETECT = "pubmed:37224232", "pubmed:35020871"


@pytest.fixture(scope="module")
def claims(shared: Path, filled_db: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The claims of the report, after `article add` and `article match`."""
    path = tmp_path_factory.mktemp("acceptance") / "watch.db"
    shutil.copy(filled_db, path)
    told: list[str] = []
    for words in (["add", str(shared / "articles" / "ketamine-therapy.md")], ["match"]):
        done = CliRunner().invoke(cli, ["article", *words, "--db", str(path)])
        assert done.exit_code == 0, done.output
        told.append(done.stdout)
    (name,) = (row["id"] for row in read_database(path).table("articles").rows)
    done = CliRunner().invoke(cli, ["article", "report", name, "--format", "json", "--db", str(path)])
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["claims"]
    return found


def on(claims: list[dict[str, Any]], *words: str) -> list[dict[str, Any]]:
    """The claims whose sentence has all these words."""
    found = [claim for claim in claims if all(word in claim["sentence"] for word in words)]
    assert found, words
    return found


def matches(claims: list[dict[str, Any]], *kinds: str) -> dict[str, str]:
    """record -> its most urgent priority among matches of these kinds (all of them if none is named)."""
    return {
        one["record_id"]: one["priority"]
        for claim in claims
        for one in reversed(claim["bearing"])
        if not kinds or one["kind"] in kinds
    }


def test_the_crossover_trial_is_found_for_social_anxiety(claims: list[dict[str, Any]]) -> None:
    found = on(claims, "social anxiety disorder", "placebo")
    cited = {work["record_id"] for claim in found for work in claim["works"]}
    assert TAYLOR in matches(found) or TAYLOR in cited


def test_the_trial_in_civilians_is_found_and_its_year_does_not_agree(claims: list[dict[str, Any]]) -> None:
    found = on(claims, "civilians")
    assert FEDER in matches(found, "evidence")
    assert matches(found, "mismatch")[FEDER] == "medium"
    reasons = [one["reason"] for claim in found for one in claim["bearing"] if one["kind"] == "mismatch"]
    assert any("2018" in reason and "2021" in reason for reason in reasons)
    assert ABDALLAH not in matches(found)


def test_the_trial_in_veterans_is_found(claims: list[dict[str, Any]]) -> None:
    assert matches(on(claims, "trials in veterans"))[ABDALLAH] == "medium"


def test_comparisons_with_ect_are_not_offered_for_tms(claims: list[dict[str, Any]]) -> None:
    about = [*on(claims, "TMS"), *on(claims, "head-to-head")]
    assert not {ELEKT_D, KETECT} & set(matches(about))


def test_the_label_change_flags_what_is_said_of_approvals(claims: list[dict[str, Any]]) -> None:
    (found,) = on(claims, "remains the only")
    (flagged,) = (
        one for one in found["bearing"] if one["kind"] == "regulatory" and one["priority"] == "high"
    )
    assert "2025-01" in flagged["reason"]
    assert found["priority"] == "high"


@pytest.mark.parametrize("words", ["head-to-head", "Veterans Affairs study"])
def test_a_study_without_a_reference_is_uncited(claims: list[dict[str, Any]], words: str) -> None:
    assert all(claim["uncited"] for claim in on(claims, words))


def test_the_numbers_of_bipolar_depression_are_kept_with_their_meaning(claims: list[dict[str, Any]]) -> None:
    numbers = [number for claim in on(claims, "bipolar depression", "13%") for number in claim["numbers"]]
    assert {"40", "13"} <= {"".join(filter(str.isdigit, number["text"])) for number in numbers}
    assert all(number["meaning"] for number in numbers)


def test_every_section_yields_claims(claims: list[dict[str, Any]], shared: Path) -> None:
    lines = (shared / "articles" / "ketamine-therapy.md").read_text().split("\n\n")
    headings = {line for line in lines if len(line) < 80 and line.strip() and line.strip()[-1] not in ".!?"}
    # these two head sections that are divided, the last is a link to the clinic
    divided = {"FDA Approvals and Regulatory Updates", "Comparisons with Other Treatments"}
    divided |= {line for line in headings if line.startswith(("Request", "Advancements"))}
    assert {claim["section"] for claim in claims} == {heading.strip() for heading in headings - divided}


def test_each_cited_work_is_resolved_or_says_why_not(claims: list[dict[str, Any]]) -> None:
    works = [work for claim in claims for work in claim["works"]]
    assert [work["record_id"] for work in works if work["state"] == "resolved"] == [TAYLOR]
    unresolved = [work["reason"] for work in works if work["state"] == "unresolved"]
    assert sorted(unresolved) == [
        *["names a site or an institution, no work"] * 2,
        *["no record here has this title"] * 3,
    ]
