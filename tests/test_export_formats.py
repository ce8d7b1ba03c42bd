"""What a file says is what a reader of that format reads: nothing lost, nothing smuggled in, keys that stay."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import bibtexparser
import feedparser
import pytest
import rispy
from Bio import Medline
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from store.database import open_database, read_database
from store.exports.feeds import Feed, entry_id
from store.exports.formats import FORMATS
from store.exports.standing import headline, statements
from store.exports.text import (  # fmt: skip
    appeared,
    authors_of,
    citekey,
    clean,
    date_parts,
    doi_of,
    first_and_last_page,
    name_parts,
    pmid_of,
    title_of,
    updated,
    url_of,
)
from store.exports.works import Work, WorkNotice, read_works
from store.records import Author

FEED = Feed("Trials & more", "trials?a=b", "2026-01-01T00:00:00Z", "https://x.org/w/trials", "https://x.org/w/trials.atom")  # fmt: skip
RETRACTED = Work(
    "pubmed:1", "pubmed", "article", "Ketamine {in} 5% of $cases & more.", (Author("Díaz-Ø A", "Díaz-Ø", "Ana"),
    Author("STAR*D and Friends", collective=True)), "J Test", "Journal of Tests", "1234-5678", "12", "3", "1134-42",
    "2013-10", "2013-11-02", "2020-05-01", "https://pubmed.ncbi.nlm.nih.gov/1/", "10.1/not-a-doi", "1", "PMC7",
    ("NCT00000001",), ("Journal Article", "Retracted Publication"), ("*Ketamine", "Humans"), ("dose",), ("eng",),
    standing="retracted", medline_status="MEDLINE",
    notices=(WorkNotice("retraction", "pubmed:1", "pubmed:2", "2020-06", ("pubmed", "crossref"), "J Test. 2020;1:1"),
             WorkNotice("comment", "pubmed:1", "pubmed:3", "2014", ("pubmed",), "J Test. 2014;2:2")),
)  # fmt: skip
NOTICE = Work(
    "pubmed:2", "pubmed", "article", "Retraction: Ketamine.", pmid="2", notice_of=RETRACTED.notices[:1]
)
TRIAL = Work(
    "clinicaltrials:NCT00000009", "clinicaltrials", "registration", "A trial", venue="ClinicalTrials.gov", published="2004-08-03",
    nct_ids=("NCT00000009",), status="NOT_YET_RECRUITING", sponsor="An Institute", registry="clinicaltrials.gov",
)  # fmt: skip


def written(extension: str, *works: Work) -> str:
    return "".join(FORMATS[extension].write(works, FEED))


# -- hostile and odd words, in every format

ANYTHING = st.text(max_size=60)
HOSTILE = st.sampled_from(
    ["Ketamine\nER  - \n\nTY  - HACK\nTI  - x", "a\r\nPMID- 666\nTI  - x", "}\n@article{x, title={y}}", "\\input{/etc/passwd}",
     "100% {of} $x_1^2~ # & \\", "{", "}}}{", "a and b", "]]></title><entry>", '","id":"x', "\u2028TY  - X\x85ER  - ",
     "\x00\ud800\uffff", "@comment{", '"', "ER  - "]
)  # fmt: skip
WORDS = ANYTHING | HOSTILE
PEOPLE = st.builds(
    Author, WORDS, st.none() | WORDS, st.none() | WORDS, st.none() | ANYTHING, collective=st.booleans()
)
WORKS = st.builds(
    Work, st.sampled_from(["pubmed:5", "feed:x/y", "europepmc:PPR1"]), st.just("pubmed"),
    st.sampled_from(["article", "preprint", "registration", "regulatory", "news", "work"]), st.none() | WORDS,
    st.lists(PEOPLE, max_size=3).map(tuple), venue=st.none() | WORDS, journal=st.none() | WORDS,
    volume=st.none() | WORDS, issue=st.none() | WORDS, pages=st.none() | WORDS, published=st.none() | WORDS,
    url=st.none() | WORDS, doi=st.none() | WORDS, pmid=st.none() | WORDS, keywords=st.lists(WORDS, max_size=2).map(tuple),
    mesh=st.lists(WORDS, max_size=2).map(tuple), nct_ids=st.lists(WORDS, max_size=2).map(tuple), status=st.none() | WORDS,
    standing=st.sampled_from([None, "retracted"]), book=st.sampled_from([{}, {"title": "A {book}"}]),
    notices=st.lists(st.builds(WorkNotice, st.sampled_from(["retraction", "odd"]), WORDS, WORDS, WORDS,
                               citation=WORDS), max_size=1).map(tuple),
)  # fmt: skip
THOROUGH = settings(max_examples=40, deadline=None)


def untex(value: str) -> str:
    """What TeX would print of what we write."""
    value = value.replace(r"\textbraceleft{}", "\x01").replace(r"\textbraceright{}", "\x02")
    value = value.replace(r"\textbackslash{}", "\x03").replace(r"\textasciicircum{}", "^").replace(r"\textasciitilde{}", "~")  # fmt: skip
    value = re.sub(r"\\([$&#%_])", r"\1", value).replace("{", "").replace("}", "")
    return value.translate({1: "{", 2: "}", 3: "\\"})


@THOROUGH
@given(WORKS)
def test_ris_holds_one_reference_with_the_words_as_they_were(work: Work) -> None:
    (read,) = rispy.loads(written("ris", work))
    assert read["title"] == title_of(work)
    assert read.get("authors", []) == [shown(author) for author in authors_of(work)]
    assert read["id"] == citekey(work)
    assert "unknown_tag" not in read
    assert len(rispy.loads(written("ris", work, RETRACTED))) == 2


@THOROUGH
@given(WORKS)
def test_bibtex_holds_one_entry_with_the_words_as_they_were(work: Work) -> None:
    parser = bibtexparser.bparser.BibTexParser(common_strings=True, ignore_nonstandard_types=False)
    found = bibtexparser.loads(written("bib", work, replace(RETRACTED, id="pubmed:77")), parser)
    assert [entry["ID"] for entry in found.entries] == [
        citekey(work),
        citekey(replace(RETRACTED, id="pubmed:77")),
    ]
    assert not found.preambles
    assert not found.comments
    assert untex(found.entries[0]["title"]) == title_of(work)
    for value in found.entries[0].values():
        assert value.count("{") == value.count("}")
    names = found.entries[0].get("author")
    assert [untex(name) for name in split_names(names or "")] == (list(map(shown, authors_of(work))) or [""])


def shown(author: Author) -> str:
    """A name as all formats write it."""
    return ", ".join(filter(None, name_parts(author))) or clean(author.name)


def split_names(names: str) -> list[str]:
    """Split at `and` outside of braces, as BibTeX does."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"[{}]| and ", names):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if found[0] == " and " and depth == 0:
            parts.append(names[start : found.start()])
            start = found.end()
    return [*parts, names[start:]]


@THOROUGH
@given(WORKS)
def test_nbib_holds_one_record_with_the_words_as_they_were(work: Work) -> None:
    first, second = Medline.parse(io.StringIO(written("nbib", work, RETRACTED)))
    assert first.get("TI", "") == clean(work.title)
    assert first.get("PMID") == pmid_of(work)
    assert second["PMID"] == "1"


@THOROUGH
@given(WORKS)
def test_feeds_and_csl_json_are_well_formed_whatever_stands_in_them(work: Work) -> None:
    root = etree.fromstring(written("atom", work, RETRACTED).encode())
    assert [child.tag.rpartition("}")[2] for child in root].count("entry") == 2
    for text in (written("jsonfeed", work, RETRACTED), written("csljson", work, RETRACTED)):
        text.encode()
        found = json.loads(text)
        assert len(found["items"] if isinstance(found, dict) else found) == 2
    assert json.loads(written("csljson", work))[0]["title"] == title_of(work)


# -- what stands where


def test_standing_is_inside_the_record_in_every_format() -> None:
    (ris,) = rispy.loads(written("ris", RETRACTED))
    assert ris["notes"][0] == "Retracted: J Test. 2020;1:1, pubmed:2, 2020-06 (stated by pubmed, crossref)."
    bib = bibtexparser.loads(written("bib", RETRACTED)).entries[0]
    assert bib["note"].startswith("Retracted: J Test. 2020;1:1")
    assert json.loads(written("csljson", RETRACTED))[0]["note"].startswith("Retracted: J Test.")
    nbib, notice = Medline.parse(io.StringIO(written("nbib", RETRACTED, NOTICE)))
    assert nbib["RIN"] == ["J Test. 2020;1:1. PMID: 2"]
    assert nbib["CIN"] == ["J Test. 2014;2:2. PMID: 3"]
    assert notice["ROF"] == ["PMID: 1"]
    atom = feedparser.parse(written("atom", RETRACTED))
    assert atom.entries[0].title.startswith("[Retracted] Ketamine")
    assert atom.entries[0].summary.startswith("Retracted: J Test.")
    item = json.loads(written("jsonfeed", RETRACTED))["items"][0]
    assert item["title"].startswith("[Retracted] ")
    assert item["content_text"].startswith("Retracted: ")
    assert statements(NOTICE) == ["Retraction notice for: pubmed:1."]


@pytest.mark.parametrize(
    ("work", "first", "head"),
    [
        (replace(RETRACTED, notices=()), "Retracted.", "Retracted"),
        (replace(RETRACTED, standing="concern", notices=()), "Expression of concern.", "Expression of concern"),
        (replace(RETRACTED, standing="corrected", notices=()), "Corrected.", None),
        (replace(RETRACTED, standing=None, notices=(), status="deleted"), "Deleted by its source.", "Deleted"),
        (TRIAL, "Status in the registry: not yet recruiting.", None),
        (replace(TRIAL, status="WITHDRAWN"), "Status in the registry: withdrawn.", None),
    ],
)  # fmt: skip
def test_what_is_said_first(work: Work, first: str, head: str | None) -> None:
    assert statements(work)[0] == first
    assert headline(work) == head


def test_bibliographic_data_stand_in_their_fields() -> None:
    (ris,) = rispy.loads(written("ris", RETRACTED))
    assert ris["type_of_reference"] == "JOUR"
    assert ris["authors"] == ["Díaz-Ø, Ana", "STAR*D and Friends"]
    assert (ris["year"], ris["date"], ris["volume"], ris["number"]) == ("2013", "2013/10//", "12", "3")
    assert (ris["start_page"], ris["end_page"]) == ("1134", "1142")
    assert (ris["secondary_title"], ris["accession_number"], ris["custom2"]) == (
        "Journal of Tests",
        "1",
        "PMC7",
    )
    assert "doi" not in ris  # what is no DOI is not called one
    assert "Trial registration: NCT00000001" in ris["notes"]
    assert ris["keywords"] == ["Ketamine", "Humans", "dose"]
    bib = bibtexparser.loads(written("bib", RETRACTED)).entries[0]
    assert bib["author"] == "Díaz-Ø, Ana and {STAR*D and Friends}"
    assert bib["title"] == r"Ketamine \textbraceleft{}in\textbraceright{} 5\% of \$cases \& more"
    assert (bib["pages"], bib["month"], bib["journal"]) == ("1134--1142", "October", "Journal of Tests")
    (csl,) = json.loads(written("csljson", RETRACTED))
    assert csl["issued"] == {"date-parts": [[2013, 10]]}
    assert csl["author"] == [{"family": "Díaz-Ø", "given": "Ana"}, {"literal": "STAR*D and Friends"}]
    (nbib,) = Medline.parse(io.StringIO(written("nbib", RETRACTED)))
    assert (nbib["DP"], nbib["FAU"], nbib["CN"]) == ("2013 Oct", ["Díaz-Ø, Ana"], ["STAR*D and Friends"])
    assert nbib["SI"] == ["ClinicalTrials.gov/NCT00000001"]
    assert nbib["SO"] == "J Test. 2013 Oct;12(3):1134-42."
    assert nbib["MH"] == ["*Ketamine", "Humans"]


def test_a_registration_is_cited_as_its_sponsors() -> None:
    (ris,) = rispy.loads(written("ris", TRIAL))
    assert (ris["type_of_reference"], ris["authors"], ris["accession_number"]) == (
        "DBASE",
        ["An Institute"],
        "NCT00000009",
    )
    assert written("bib", TRIAL).startswith("@misc{an2004-NCT00000009,\n  author = {{An Institute}},")
    (csl,) = json.loads(written("csljson", TRIAL))
    assert (csl["type"], csl["genre"], csl["number"]) == ("webpage", "Trial registration", "NCT00000009")
    assert "note" in csl
    assert "Trial registration: NCT" not in csl["note"]


def test_abstracts_are_there_only_if_they_were_read() -> None:
    for extension in FORMATS:
        assert "Secret words" not in written(extension, RETRACTED)
    with_abstract = replace(RETRACTED, abstract="Secret words")
    assert [one for one in FORMATS if "Secret words" in written(one, with_abstract)] == [
        "ris",
        "bib",
        "nbib",
        "csljson",
    ]


def test_a_whole_database_makes_files_that_readers_accept(filled_db: Path) -> None:
    db = read_database(filled_db)
    works = read_works(
        db, [row["id"] for row in db.query("SELECT id FROM records WHERE merged_into IS NULL")]
    )
    db.close()
    assert len(rispy.loads(written("ris", *works))) == len(works)
    keys = [entry["ID"] for entry in bibtexparser.loads(
        written("bib", *works), bibtexparser.bparser.BibTexParser(common_strings=True, ignore_nonstandard_types=False)).entries]  # fmt: skip
    assert len(set(keys)) == len(works)
    assert (
        keys
        == [citekey(work) for work in works]
        == [one["id"] for one in json.loads(written("csljson", *works))]
    )
    assert len(list(Medline.parse(io.StringIO(written("nbib", *works))))) == len(works)
    atom = feedparser.parse(written("atom", *works))
    assert not atom.bozo
    assert [entry.id for entry in atom.entries] == [entry_id(work) for work in works]


def test_a_relation_is_no_citation(filled_db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "watch.db"
    copy.write_bytes(filled_db.read_bytes())
    db = open_database(copy)
    db.execute("UPDATE found_notices SET citation = 'is-preprint-of' WHERE work_id = 'pubmed:37205558'")
    db.conn.commit()
    (work,) = read_works(db, ["pubmed:37205558"])
    db.close()
    assert statements(work)[1] == "Published as an article, 2023-11 (stated by pubmed)."


# -- keys, dates, pages


def test_keys_are_those_of_names_and_ids_alone() -> None:
    assert citekey(RETRACTED) == "diazo2013-1"
    assert citekey(TRIAL) == "an2004-NCT00000009"
    assert citekey(replace(RETRACTED, title="Another", volume=None, standing=None)) == "diazo2013-1"
    assert citekey(Work("pubmed:9", "pubmed", "article")) == "pubmed-9"
    odd = [Work(f"feed:{native}", "feed", "news") for native in ("a/b", "a-b", "a b", "ab", "Ü", "ü", "")]
    registered = Work("isrctn:ISRCTN14689382", "isrctn", "registration", published="2013")
    assert citekey(registered) == "isrctn2013-ISRCTN14689382"
    keys = [citekey(work) for work in odd]
    assert len(set(keys)) == len(odd)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", key) for key in keys)


@pytest.mark.parametrize(
    ("pages", "ends"),
    [("351-4", ("351", "354")), ("1134-42", ("1134", "1142")), ("S12-5", ("S12", "S15")), ("e1234", ("e1234", "")),
     ("9-12", ("9", "12")), ("12-9; discussion 3", ("12-9; discussion 3", "")), (None, ("", "")), ("11–18", ("11", "18"))],
)  # fmt: skip
def test_pages_are_told_in_full(pages: str | None, ends: tuple[str, str]) -> None:
    assert first_and_last_page(replace(RETRACTED, pages=pages)) == ends


@pytest.mark.parametrize(
    ("date", "parts"),
    [("2013", (2013,)), ("2013-10", (2013, 10)), ("2013-10-01", (2013, 10, 1)), ("2013-13", ()), ("2013-02-30", ()),
     ("20130", ()), ("soon", ()), (None, ()), ("2013-10-01T05:00:00Z", (2013, 10, 1)), ("0000", ())],
)  # fmt: skip
def test_dates_are_known_or_nothing(date: str | None, parts: tuple[int, ...]) -> None:
    assert date_parts(date) == parts


def test_feeds_have_dates_of_the_work_not_of_the_database() -> None:
    assert appeared(RETRACTED) == "2013-11-02T00:00:00Z"
    assert updated(RETRACTED) == "2020-06-01T00:00:00Z"  # its notice came last
    assert updated(Work("feed:1", "feed", "news")) == "1970-01-01T00:00:00Z"
    assert updated(Work("feed:1", "feed", "news", published="2020")) == "2020-01-01T00:00:00Z"


def test_addresses_are_web_addresses_or_nothing() -> None:
    assert url_of(replace(RETRACTED, url="javascript:alert(1)")) is None
    assert url_of(replace(RETRACTED, url=None, doi="10.1000/a(b)<c>")) == "https://doi.org/10.1000/a(b)<c>"
    assert doi_of(replace(RETRACTED, doi="10.1000/a b")) is None


# -- feeds by their specifications


def test_atom_is_as_rfc_4287_says() -> None:
    root = etree.fromstring(written("atom", RETRACTED, TRIAL).encode())
    ns = {"a": "http://www.w3.org/2005/Atom"}
    for element in (root, *root.findall("a:entry", ns)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ns)) == 1, name
        assert element.findall("a:author/a:name", ns)
        assert element.findtext("a:id", None, ns).startswith("tag:ketamine-watch.invalid,2026:")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext("a:updated", None, ns))
        assert len(element.findall("a:link[@rel='alternate']", ns)) == 1
    assert root.find("a:link[@rel='self']", ns).get("href") == FEED.address
    found = feedparser.parse(written("atom", RETRACTED, TRIAL))
    assert not found.bozo
    assert found.entries[0].link == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert found.entries[0].author == "STAR*D and Friends" or found.entries[0].authors
    empty = feedparser.parse(written("atom"))
    assert (empty.bozo, empty.entries) == (False, [])


def test_json_feed_has_what_version_1_1_requires() -> None:
    feed = json.loads(written("jsonfeed", RETRACTED, TRIAL))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Trials & more"
    assert feed["feed_url"] == FEED.address
    ids = [item["id"] for item in feed["items"]]
    assert ids == [entry_id(RETRACTED), entry_id(TRIAL)]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert item["url"].startswith("https://")
    assert json.loads(written("jsonfeed"))["items"] == []
