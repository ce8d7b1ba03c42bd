"""Reading an article: what it is made of, what each sentence asserts, and what follows it into the next version."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from crawler.article_reading.citing import citations
from crawler.article_reading.document import Block, read_document, sentences
from crawler.article_reading.mentions import facets
from crawler.article_reading.numbers import numbers
from crawler.article_reading.statements import absolute, kind, strength
from crawler.article_reading.timepoints import hours, timepoints
from crawler.cli import cli
from store.database import read_database
from store.errors import ConfigError

ARTICLE = """# Ketamine in our clinic

Trauma

Repeated ketamine infusions improved PTSD in civilians (Feder et al., 2021). Trials in veterans failed, e.g. at the V.A.
Hospital of U.S. Veterans.

## Mood

In bipolar depression remission was seen in 13% of patients, response in nearly 40% (doi 10.1016/j.biopsych.2011.12.010).
No cases of organ damage have been reported. Is it for you? Please consult a doctor before treatment with us.
"""
EDITED = ARTICLE.replace("improved PTSD in civilians", "clearly improved PTSD in civilians")
EDITED = EDITED.replace("Is it for you?", "It acts on NMDA receptors in the brain.")


@pytest.fixture
def run(filled_db: Path, tmp_path: Path) -> Callable[..., Result]:
    shutil.copy(filled_db, tmp_path / "watch.db")
    return lambda *words, text=None: CliRunner().invoke(
        cli, ["article", *words, "--db", str(tmp_path / "watch.db")], input=text
    )


def claims(run: Callable[..., Result], name: str = "clinic") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("claims", name, "--json").stdout)
    return found


def test_an_article_becomes_claims_with_facets_numbers_and_works(run: Callable[..., Result]) -> None:
    done = run("add", "-", "--name", "clinic.md", text=ARTICLE)
    first, *told, last = done.stdout.splitlines()
    assert first == "clinic: version 1, 4 claims: 0 same, 0 edited, 4 new, 0 gone"
    assert [line.split("\t")[0] for line in told] == ["1", "2", "3", "4"]  # what was read, for correction
    assert "article report clinic" in last
    feder, veterans, bipolar, harm = claims(run)
    assert (feder["section"], feder["kind"], veterans["section"]) == ("Trauma", "efficacy", "Trauma")
    assert {"indication=ptsd", "drug=ketamine", "route=intravenous", "regimen=repeated"} <= set(
        feder["facets"].split()
    )
    assert "population=veteran" in veterans["facets"]
    assert bipolar["numbers"] == "remission: 13%; response: nearly 40%"
    assert bipolar["cites"] == "10.1016/j.biopsych.2011.12.010 -> pubmed:22297150"
    assert (harm["kind"], harm["absolute_words"], harm["cites"]) == ("safety", "No cases", None)


def test_the_same_file_is_no_new_version_and_a_changed_one_carries_claims_on(
    run: Callable[..., Result],
) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    assert (
        run("add", "-", "--name", "clinic.md", text=ARTICLE).stdout
        == "clinic: unchanged, version 1, 4 claims\n"
    )
    run("edit", "2", "indication=ptsd", "--by", "Ann", "--why", "the paragraph is on it")
    run("drop", "4", "--by", "Ann", "--why", "we know")
    done = run("add", "-", "--name", "clinic.md", text=EDITED)
    first, edited, new, _ = done.stdout.splitlines()
    assert first == "clinic: version 2, 5 claims: 3 same, 1 edited, 1 new, 0 gone"
    assert "clearly improved PTSD in civilians (Feder et al., 2021). (was: Repeated ketamine" in edited
    assert "NMDA" in new
    assert run("add", "-", "--name", "clinic.md", "--quiet", text=ARTICLE).stdout.count("\n") == 1
    run("add", "-", "--name", "clinic.md", text=EDITED)
    now = claims(run)  # the dropped one stays dropped
    assert [claim["change"] for claim in now] == ["edited", "same", "same", "new"]
    assert "indication=ptsd" in now[1]["facets"]


def test_a_dropped_claim_is_restored_and_stays_so_in_the_next_version(run: Callable[..., Result]) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    run("drop", "4", "--by", "Ann", "--why", "we know")
    run("add", "-", "--name", "clinic.md", text=EDITED)
    (dropped,) = json.loads(run("claims", "clinic", "--dropped", "--json").stdout)
    assert dropped["absolute_words"] == "No cases"
    assert run("restore", "4", "--by", "Bo").exit_code == 2  # of the version before
    assert (
        run("restore", str(dropped["id"]), "--by", "Bo").stdout == f"claim {dropped['id']} is watched again\n"
    )
    assert json.loads(run("claims", "clinic", "--dropped", "--json").stdout) == []
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    assert [claim["absolute_words"] for claim in claims(run)][-1] == "No cases"


def test_a_claim_is_split_and_stays_so_until_it_is_taken_back(run: Callable[..., Result]) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    who = ("--by", "Ann", "--why", "two claims")
    assert run("split", "3", "response in nearly", *who).stdout == "claim 3 is now 5 and 6\n"
    _, _, remission, response, _ = claims(run)
    assert remission["sentence"] == "In bipolar depression remission was seen in 13% of patients"
    assert (remission["numbers"], remission["cites"]) == ("remission: 13%", None)
    assert (response["numbers"], response["cites"]) == (
        "response: nearly 40%",
        "10.1016/j.biopsych.2011.12.010 -> pubmed:22297150",
    )
    assert [run("split", "5", words, *who).exit_code for words in ("In bipolar", "mania", "i")] == [2, 2, 2]
    done = run("add", "-", "--name", "clinic.md", text=EDITED)
    assert done.stdout.startswith("clinic: version 2, 6 claims: 4 same, 1 edited, 1 new, 0 gone\n")
    assert [claim["sentence"] for claim in claims(run)][2:4] == [remission["sentence"], response["sentence"]]
    run("add", "-", "--name", "other.md", text=ARTICLE)
    whole = claims(run, "other")[2]
    run("split", str(whole["id"]), "response in nearly", *who)
    assert run("restore", str(whole["id"]), "--by", "Bo").exit_code == 0
    assert [claim["id"] for claim in claims(run, "other")][2] == whole["id"]
    assert len(claims(run, "other")) == 4


def test_a_work_that_a_person_names_is_cited_in_later_versions_too(run: Callable[..., Result]) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    who = ("--by", "Ann", "--why", "it is the trial meant")
    assert run("cite", "2", "pubmed:35046508", *who).stdout == "claim 2 cites pubmed:35046508\n"
    assert "no record pubmed:1 is here" in run("cite", "2", "pubmed:1", *who).stderr
    run("add", "-", "--name", "clinic.md", text=EDITED)
    assert claims(run)[1]["cites"] == "pubmed:35046508 -> pubmed:35046508"


def test_a_correction_is_taken_back_and_what_was_read_counts_again(run: Callable[..., Result]) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    read = claims(run)[2]
    who = ("--by", "Ann", "--why", "so")
    run("edit", "3", "indication=ptsd", "kind=safety", *who)
    run("cite", "3", "pubmed:35046508", *who)
    run("add", "-", "--name", "clinic.md", text=EDITED)
    edited = claims(run)[2]
    assert (edited["kind"], "indication=ptsd" in edited["facets"]) == ("safety", True)
    for what in ("indication", "kind", "pubmed:35046508"):
        number = str(edited["id"])
        assert run("restore", number, what, "--by", "Bo").stdout == f"claim {number}: {what} as it was read\n"
        assert run("restore", number, what, "--by", "Bo").exit_code == 2  # nobody says so any more
    back = claims(run)[2]
    assert [back[name] for name in ("kind", "facets", "cites")] == [
        read[name] for name in ("kind", "facets", "cites")
    ]
    run("add", "-", "--name", "clinic.md", text=ARTICLE)  # nor in later versions
    assert claims(run)[2]["facets"] == read["facets"]
    assert run("restore", "999", "kind", "--by", "Bo").exit_code == 2


@pytest.mark.parametrize(
    ("text", "values"),
    [("effects within 24 hours and up to seven days", ["24 hours", "7 days"]), ("at week 4, and after 2 weeks", ["4 weeks", "2 weeks"]),
     ("relief within hours to days", ["hours"]), ("24 h after the infusion", ["24 hours"]), ("lasted for up to three months", ["3 months"]),
     ("relapse within 1–2 weeks", ["1-2 weeks"]), ("a 28-day follow-up", ["28 days"]), ("it wanes over days", ["days"]),
     ("a mean age of 60 years", []), ("years of illness", []), ("six infusions over two weeks", []), ("", [])],
)  # fmt: skip
def test_points_of_time_are_read(text: str, values: list[str]) -> None:
    assert [value for value, _, _ in timepoints(text)] == values


def test_a_day_is_24_hours() -> None:
    assert hours("1 day") == hours("24 hours") == (24, 24)
    assert hours("1-2 weeks") == (168, 336)
    assert hours("days") is None


@given(
    st.text()
    | st.lists(st.sampled_from(["within", "at", "24", "hours", "–", "week", "h", "after", "\u0660"])).map(
        " ".join
    )
)
def test_points_of_time_of_any_text_stand_in_it(text: str) -> None:
    for value, start, end in timepoints(text):
        assert value
        assert hours(value) is None or hours(value) >= (0, 0)  # type: ignore[operator]
        assert 0 <= start < end <= len(text)


def test_what_cannot_be_corrected_is_refused(run: Callable[..., Result]) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    who = ("--by", "Ann", "--why", "so")
    for words, message in (
        (("edit", "1", "kind=poem", *who), "no such kind"), (("edit", "1", "colour=red", *who), "no such dimension"),
        (("edit", "1", "kind", *who), "write NAME=VALUE"), (("drop", "99", *who), "no claim 99"), (("claims", "none"), "no article none"),
    ):  # fmt: skip
        done = run(*words)
        assert (done.exit_code, message in done.stderr) == (2, True), words


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "there is no text"), (b"x" * 5_000_000, "more than an article"), (b"\xff\xfe\x00a", "not UTF-8"), (b"PK\x03\x04broken", "DOCX"),
     (b"Ketamin wirkt schnell gegen schwere Depressionen und wird als Infusion gegeben. " * 12, "not English")],
)  # fmt: skip
def test_what_is_no_article_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_document(content, "a.txt")


def test_an_article_on_another_topic_says_so_and_a_table_has_no_claims(run: Callable[..., Result]) -> None:
    done = run(
        "add",
        "-",
        "--name",
        "bees",
        text="Bees improve the yield of apples in most of the orchards that were studied.",
    )
    assert "no claim matches the topic" in done.stdout
    assert "0 claims" in run("add", "-", "--name", "table", text="| a | b |\n|---|---|\n| 1 | 2 |\n").stdout


def test_html_and_docx_are_read_like_markdown() -> None:
    page = b"<html><head><title>x</title></head><body><nav>Home</nav><h2>Harms</h2><p>Ketamine is <b>safe</b>.</p><script>x()</script></body></html>"
    document = read_document(page, "a.html")
    assert [(block.heading, block.text) for block in document.blocks] == [("Harms", "Ketamine is safe.")]
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        file.writestr(
            "word/document.xml",
            f"<w:document {namespace}><w:body><w:p><w:r><w:t>Ketamine is safe.</w:t></w:r></w:p></w:body></w:document>",
        )
    assert read_document(held.getvalue(), "a.docx").text == "Ketamine is safe."


def test_a_docx_that_unpacks_to_more_than_an_article_is_refused_unread() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", "<w:p>" * 1_000_000)
    assert len(held.getvalue()) < 20_000
    with pytest.raises(ConfigError, match="unpacked, it is more than an article"):
        read_document(held.getvalue(), "a.docx")


def test_no_text_beside_blocks_is_lost_and_breaks_part_words() -> None:
    page = (
        b"<html><body><div>Ketamine helps.<ul><li>It is quick.<ul><li>It is cheap.</li></ul>And old.</li></ul></div>\
    <p>One<br>two<!-- three --> four.</p></body></html>"
    )
    texts = [block.text for block in read_document(page, "a.html").blocks]
    assert texts == ["Ketamine helps.", "It is quick.", "It is cheap.", "And old.", "One two four."]


LINKED = """It improved PTSD [in a  trial](https://doi.org/10.1176/appi.ajp.2020.20050596?x=1) of infusions. [Home](/start) is
where it improved, as [Ketamine for *social* anxiety disorder](https://example.org/paper) and [here](javascript:x) said."""


def test_links_are_cited_by_what_their_address_names() -> None:
    (block,) = read_document(LINKED.encode(), "a.md").blocks
    assert [block.text[start:end] for start, end, _ in block.links] == [
        "in a trial",
        "Ketamine for social anxiety disorder",
    ]
    assert [(one.scheme, one.value) for one in citations(block.text, block.links)] == [
        ("doi", "10.1176/appi.ajp.2020.20050596"), ("title", "Ketamine for social anxiety disorder"),
    ]  # fmt: skip


def test_a_link_leads_to_its_record_and_one_that_names_no_work_says_so(run: Callable[..., Result]) -> None:
    text = LINKED + " Ketamine is safe for most patients, says [our page](https://example.org/safe)."
    run("add", "-", "--name", "links.md", text=text)
    first, second, third = (claim["cites"] for claim in claims(run, "links"))
    assert first == "in a trial -> pubmed:33397139"
    assert second.endswith("no record here has this title")
    assert third == "our page -> the address names no work by DOI, PubMed or registry number"


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [("https://pubmed.ncbi.nlm.nih.gov/33397139/", "pmid", "33397139"), ("https://pmc.ncbi.nlm.nih.gov/articles/PMC5693779/", "pmcid", "PMC5693779"),
     ("https://clinicaltrials.gov/study/NCT00749203", "nct", "NCT00749203"), ("PMC5693779", "pmcid", "PMC5693779"),
     ("doi:10.1016/S0006-3223(99)00230-9", "doi", "10.1016/s0006-3223(99)00230-9"), ("https://example.org/a", "url", "https://example.org/a"),
     ("(Antidepressant Effects of Ketamine in Depressed Patients, PMID: 10686270)", "pmid", "10686270")],
)  # fmt: skip
def test_identifiers_are_told_by_their_form(text: str, scheme: str, value: str) -> None:
    sentence = f"It helped, see {text}, and lasted."
    (found,) = citations(sentence)
    assert (found.scheme, found.value) == (scheme, value)
    assert text.endswith(found.text) or found.text in text


def test_numbers_in_words_count_too() -> None:
    sentence = "Roughly one-third of all patients had a response, kept for six months; one of two trials in ten failed."
    assert [(one.text, one.kind, one.low, one.unit) for one in numbers(sentence)] == [
        ("Roughly one-third of all patients", "response", 33.3, "%"), ("six months", "time", 6.0, "months"),
    ]  # fmt: skip


def test_an_institution_is_no_title(run: Callable[..., Result]) -> None:
    run(
        "add", "-", "--name", "a", text="Ketamine improved mood in a study (Oslo School of Applied Medicine)."
    )
    assert claims(run, "a")[0]["cites"].endswith("-> names a site or an institution, no work")


def test_a_book_is_refused(run: Callable[..., Result]) -> None:
    done = run("add", "-", "--name", "book", text="Ketamine improved mood in most patients. " * 2_001)
    assert (done.exit_code, "more than 2,000 claims are no article" in done.stderr) == (2, True)
    assert "no article book" in run("claims", "book").stderr


def test_abbreviations_and_brackets_end_no_sentence() -> None:
    text = "It works (Smith et al. 2020. A trial). Doses, e.g. 0.5 mg/kg, vary in the U.S. Clinics differ. Costs are 2.5 times higher."
    block = Block(text, 10, 1, None)
    found = [text[start - 10 : end - 10] for start, end in sentences(block)]
    assert found == [
        "It works (Smith et al. 2020. A trial).",
        "Doses, e.g. 0.5 mg/kg, vary in the U.S. Clinics differ.",
        "Costs are 2.5 times higher.",
    ]


@given(st.text(max_size=300))
def test_any_text_is_read_without_loss_of_place(text: str) -> None:
    block = Block(text, 3, 1, None)
    spans = sentences(block)
    assert all(3 <= start < end <= 3 + len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for start, end in spans:
        sentence = text[start - 3 : end - 3]
        cited = citations(sentence)
        assert all(sentence[one.start : one.end] for one in cited)
        assert all(sentence[one.start : one.end] == one.text for one in numbers(sentence))
        assert all(one.text for one in facets(sentence, [(one.start, one.end) for one in cited]))
        assert strength(sentence)
        assert (kind(sentence), absolute(sentence)) is not None


def test_what_is_cited_is_found_and_told_apart() -> None:
    sentence = "It helped (Ketamine for Social Anxiety Disorder: A Trial – PMC), see PMID: 123, https://x.org/a and Feder et al. (2021)."
    assert [(one.scheme, one.value) for one in citations(sentence)] == [
        ("title", "Ketamine for Social Anxiety Disorder: A Trial"), ("pmid", "123"), ("url", "https://x.org/a"), ("author-year", "Feder 2021"),
    ]  # fmt: skip


def test_offsets_of_claims_are_those_of_the_text(run: Callable[..., Result], tmp_path: Path) -> None:
    run("add", "-", "--name", "clinic.md", text=ARTICLE)
    db = read_database(tmp_path / "watch.db")
    (text,) = db.execute("SELECT text FROM article_versions").fetchone()
    for start, end, sentence in db.execute('SELECT start, "end", sentence FROM claims'):
        assert text[start:end] == sentence
