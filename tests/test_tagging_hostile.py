"""No input raises, no rule takes more than linear time, and evidence is always the record's own words."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.tagging import Tagger, derive
from crawler.tagging.encoding import Encoder
from crawler.tagging.hits import Hits
from crawler.tagging.reading import Reading
from crawler.tagging.units import Units
from store.records import Record, Tag

TAGGER = Tagger()
TRIAL = (
    "METHODS: Seventy-two adults with treatment-resistant depression were randomised to ketamine (0.5 mg/kg, i.v.) or "
    "midazolam. RESULTS: MADRS scores fell (p < 0.05) in 36 of 72 patients."
)


def tagged(title: str | None, abstract: str | None = None) -> list[Tag]:
    return TAGGER.tags(Record("pubmed:1", "pubmed", "article", title, abstract))


def facets(title: str | None, abstract: str | None = None) -> dict[str, list[str]]:
    return derive(tagged(title, abstract))


def assert_evidence(title: str | None, abstract: str | None) -> None:
    for tag in tagged(title, abstract):
        text = {"title": title, "abstract": abstract}[tag.field]
        assert text is not None
        assert text[tag.start : tag.end] == tag.text != ""


# ---- evidence --------------------------------------------------------------------------------------------------------

#: what rules look for, what stands between words, what breaks them
WORDS = (
    "ketamine", "S-ketamine", "esketamine", "(R)-ketamine", "placebo", "depression", "TRD", "MDD", "PTSD", "not", "without",
    "patients", "randomised", "versus", "vs.", "0.5", "mg/kg", "n=12", "(n", "=", "one hundred and five", "twenty-two",
    "METHODS:", "Results", "Conclusions.", "(", ")", ".)", "?", "<b>", "</b>", "&lt;", "&", "<", "i.v.", "infusion", "MADRS",
    "review", "mice", "trial", "case report", "double-blind", "crossover", "10,000", "1,", ".5", "’s", "ECT", "protocol",
)  # fmt: skip
BLANKS = (
    " ", " ", " ", "\n", "  ", "\t", "\u00a0", "\u2009", "", "-", "\u2010", "\u2011", "\u2212", "\u00ad", "\u200b", "\u0301",
    "\x00", "\u2028",
)  # fmt: skip
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BLANKS)), max_size=60).map(
    lambda pairs: "".join(word + blank for word, blank in pairs)
)


@settings(deadline=None, max_examples=150)
@given(texts, texts)
@example("Ketamine", TRIAL)
@example("Ketamine", TRIAL.upper())
@example("Ketamine", f"<p>{TRIAL}</p>\n<p>{TRIAL}</p>")
@example("Ketamine", TRIAL.replace(" ", "\n"))
@example("", TRIAL.replace(" ", "\u00a0 "))
def test_the_evidence_of_words_that_rules_look_for_is_where_it_is_said_to_be(
    title: str, abstract: str
) -> None:
    assert_evidence(title, abstract)


@settings(deadline=None, max_examples=80)
@given(st.text(st.characters(), max_size=300), st.text(st.characters(codec=None), max_size=300))
@example("\ud800", "ketamine \udfff depression")
@example("\x00ketamine\x01", "\x7f\x85\u2028ketamine\ufeff")
@example("ke\u0301tamine", "ketamine\u0301 depression\u0300\u0301")
def test_no_text_raises_not_even_half_a_surrogate(title: str, abstract: str) -> None:
    assert_evidence(title, abstract)


@pytest.mark.parametrize(("title", "abstract"), [("", ""), (None, None), ("Ketamine", None), (None, "Ketamine"), ("", "?"), (".", "\n\n")])  # fmt: skip
def test_a_field_may_be_missing_or_empty(title: str | None, abstract: str | None) -> None:
    assert_evidence(title, abstract)
    assert facets(title, abstract)["drugs"] == (["ketamine"] if "Ketamine" in (title, abstract) else [])


def test_an_abstract_of_a_hundred_kilobytes_is_tagged_as_its_beginning() -> None:
    long = (TRIAL + " ") * 600
    assert len(long) > 100_000
    assert facets("Ketamine", long) == facets("Ketamine", TRIAL)
    assert_evidence("Ketamine", long)


def test_html_is_passed_over_and_its_line_breaks_count() -> None:
    marked_up = TRIAL.replace("ketamine", "<i>ketamine</i>").replace("RESULTS", "<br/>\n<b>RESULTS</b>")
    assert facets("Ketamine &amp; <sub>depression</sub>", marked_up) == facets("Ketamine depression", TRIAL)
    assert_evidence("Ketamine &amp; <sub>depression</sub>", marked_up)


def test_a_sign_that_is_no_tag_does_not_hide_the_ends_of_lines() -> None:
    structured = "p < 0.05 & more\nMethods\nPatients were randomised to ketamine or placebo."
    reading = Reading(Encoder(TAGGER._encoder.vocabulary), "", structured)
    assert reading.section_names == ["methods"]


# ---- other languages, odd dashes and blanks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "drug"),
    [
        ("Ketamin bei therapieresistenter Depression", "ketamine"),
        ("Esketamin-Nasenspray: eine Übersicht", "esketamine"),
        ("Intérêt de la kétamine intraveineuse", "ketamine"),
        ("L’eskétamine intranasale", "esketamine"),
        ("Uso de ketamina en urgencias", "ketamine"),
        ("Esketamina intranasal en adultos", "esketamine"),
        ("氯胺酮抗抑郁作用的研究", "ketamine"),
        ("艾司氯胺酮用于剖宫产术后", "esketamine"),
        *((f"S{dash}ketamine in adults", "esketamine") for dash in "-‐‑‒–—―−"),
        *((f"S{dash}{blank}ketamine in adults", "esketamine") for dash in "‐−" for blank in "\u00a0\u2009\u202f"),
        ("(S)\u2011ketamine", "esketamine"),
        ("keta\u00admine in adults", "ketamine"),
        ("keta\u200bmine in adults", "ketamine"),
        ("\ufeffKetamine\u00a0in\u2009adults", "ketamine"),
        ("ke\u0301tamine", "ketamine"),
        ("Wirkung von Ket\u00adamin", "ketamine"),
    ],
)  # fmt: skip
def test_the_drug_is_found_in_any_language_with_any_dash_and_blank(title: str, drug: str) -> None:
    assert facets(title)["drugs"] == [drug]
    assert_evidence(title, None)


# ---- linear time -----------------------------------------------------------------------------------------------------

HOSTILE = (
    "not ", "no depression ", "12 ", "1, 2 and 3, ", "versus ", "ketamine versus ", "ketamine or placebo ", "(", "((ketamine ",
    ")", "ketamine ", "depression, PTSD and ", "12 patients with ", "randomised ", "one hundred and ", "0.5 mg/kg ",
    "0.5 mg/kg ketamine, ", "0.1 or ", ".", ". ", "Methods. ", "METHODS: ", "\n", "Results\n", "<", "<b ", "&amp;", "&", "<b>",
    "n = 12 ", "(n = 12) ", "10 patients (5 women, 5 men) and ", "TRD MDD SAD ", "x", "1", "1.", "1,000,", "氯胺酮", "-", "- ",
    "e\u0301", "\u0301", "\x00", "in rats ", "intravenous ketamine infusion ", "oral ketamine, ", "ketamine and midazolam ",
    "Patients with depression were randomised to ketamine or placebo. ", '." ', "'s ", "keta\u00admine ",
)  # fmt: skip
SHORT, TIMES = 2_000, 10


@pytest.mark.parametrize("unit", HOSTILE, ids=lambda unit: repr(unit)[:30])
def test_ten_times_the_text_takes_about_ten_times_as_long(unit: str) -> None:
    def taken(length: int) -> float:
        record = Record("a:1", "a", "article", "Ketamine", (unit * (length // len(unit) + 1))[:length])
        runs = []
        for _ in range(2):
            begin = time.process_time()
            TAGGER.tags(record)
            runs.append(time.process_time() - begin)
        return min(runs)

    assert taken(SHORT * TIMES) < 4 * TIMES * max(taken(SHORT), 0.001)


class _Counted(dict[int, Sequence[object]]):
    """Stands for the index's searches; counts how often one is run, and on how many units."""

    def __init__(self, decoded: dict[int, Sequence[tuple[object, object]]]):
        super().__init__()
        self.decoded, self.runs, self.units = decoded, 0, 0

    def __getitem__(self, bits: int) -> Sequence[object]:
        return [(rule, self._counting(search)) for rule, search in self.decoded[bits]]

    def _counting(self, search):  # type: ignore[no-untyped-def]
        def counting(units: str, start: int, end: int):  # type: ignore[no-untyped-def]
            self.runs += 1
            self.units += end - start
            return search(units, start, end)

        return counting


def searched(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Units that patterns are run over for a text."""
    index = TAGGER._encoder.vocabulary.index
    with monkeypatch.context() as patched:
        counted = _Counted(index.decoded)  # type: ignore[arg-type]
        patched.setattr(index, "decoded", counted)
        read = Units(
            TAGGER._encoder, "Ketamine", text
        )  # of the engine in Python: the compiled one runs the same
        found = Hits(TAGGER._encoder, read.units, read.body, read.section_starts, read.section_names)
        for cue in index.cues:
            found[cue]
    return counted.units


@pytest.mark.parametrize(
    "sentence", [TRIAL + " ", "Patients with depression received ketamine or placebo, not ECT. "]
)
def test_the_units_that_patterns_are_run_over_grow_with_the_text_at_most(
    sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, more = (searched(sentence * times, monkeypatch) for times in (2, 20))
    assert 0 < once <= more <= 10 * once


def test_what_every_character_meets_is_known() -> None:
    vocabulary = TAGGER._encoder.vocabulary
    characters = "".join(sorted({*vocabulary.by_char, *map(chr, range(ord("一"), vocabulary.lexicon.end))}))
    met = vocabulary.index.met(characters)
    assert len(met) == len(characters)
    assert any(met)


def test_a_text_of_few_words_runs_few_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert searched("The weather was fine. " * 50, monkeypatch) == 0


# ---- forms of a word -------------------------------------------------------------------------------------------------


def test_a_rule_can_ask_for_the_singular_of_a_name() -> None:
    def regimen(abstract: str) -> set[str]:
        return {tag.value for tag in tagged("Ketamine", abstract) if tag.dimension == "regimen"}

    assert regimen("Adults received one intravenous infusion of ketamine.") == {"single"}
    assert regimen("Adults received two intravenous infusions of ketamine.") == {"repeated"}
