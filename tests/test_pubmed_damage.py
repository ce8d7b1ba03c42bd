"""PubMed XML that is cut, broken, hostile or something else: what was good is kept, the rest is named, nothing fetched."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.pubmed_xml import parse
from store.errors import BadAnswer, ServiceError, SourceError
from store.records import Deletion, Record, Reject

FIXTURES = Path(__file__).parent / "fixtures" / "pubmed_xml"
NOTICES = (FIXTURES / "notices.xml").read_bytes()
FIRST = next(parse(NOTICES))

Item = Record | Reject | Deletion


def until_error(source: bytes | BinaryIO) -> tuple[list[Item], SourceError | None]:
    """What is yielded, and the error after it."""
    items: list[Item] = []
    try:
        for item in parse(source):
            items.append(item)
    except SourceError as error:
        return items, error
    return items, None


class Dripping(io.BytesIO):
    """A stream that gives at most `step` bytes at a time, as a socket may."""

    def __init__(self, data: bytes, step: int):
        super().__init__(data)
        self.step = step

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.step)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_bytes_files_and_slow_streams_give_the_same(step: int) -> None:
    for path in FIXTURES.glob("*.xml"):
        whole = list(parse(path.read_bytes()))
        assert list(parse(Dripping(path.read_bytes(), step))) == whole
        assert list(parse(gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(path.read_bytes()))))) == whole  # type: ignore[arg-type]


# --- damage


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(NOTICES) - len("</PubmedArticleSet>\n") - 1), st.sampled_from([64, 10**6]))
def test_cut_anywhere_every_record_before_the_cut_is_kept(cut: int, step: int) -> None:
    items, error = until_error(Dripping(NOTICES[:cut], step))
    assert items == list(parse(NOTICES))[: NOTICES[:cut].count(b"</PubmedArticle>")]
    assert isinstance(error, BadAnswer)
    assert error.source == "pubmed"


@pytest.mark.parametrize(
    "damage",
    [
        b"<PubmedArticle><MedlineCitation></PubmedArticle></PubmedArticleSet>",
        b"<html><body><p>502 Bad Gateway<br></body></html>",
        b"\x00\x01",
        b"<PubmedArticle>\xff\xfe",
        b"<PubmedArticle>&#x0;</PubmedArticle>",
        b'<?xml version="1.0"?><PubmedArticleSet>',
        b"</PubmedArticleSet>and more",
    ],
)
def test_what_stands_before_damage_is_kept(damage: bytes) -> None:
    good = NOTICES[: NOTICES.index(b"</PubmedArticle>")] + b"</PubmedArticle>"
    items, error = until_error(good + damage)
    assert items == [FIRST]
    assert isinstance(error, BadAnswer)
    assert "pubmed:99000031" in str(error)


def test_a_gz_cut_in_the_middle_is_a_bad_answer() -> None:
    packed = gzip.compress(NOTICES)
    items, error = until_error(gzip.GzipFile(fileobj=io.BytesIO(packed[: len(packed) // 2])))  # type: ignore[arg-type]
    assert isinstance(error, BadAnswer)
    assert items == list(parse(NOTICES))[: len(items)]


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (b"", BadAnswer, "empty"),
        (b"  \n", BadAnswer, "empty"),
        (b"<!DOCTYPE html><html><head><title>Down</title></head><body><br></body>", BadAnswer, "HTML page"),
        (b"<!-- x --><html><body/></html>", BadAnswer, "HTML page"),
        (b"Unable to route request!", BadAnswer, "not XML: Unable to route"),
        (b'{"esearchresult": {"count": "2"}}', BadAnswer, "JSON instead of XML"),
        (
            b'{"error": "API rate limit exceeded", "api-key": "s3cret"}',
            ServiceError,
            "API rate limit exceeded",
        ),
        (b'{"error": ' + b"[" * 60_000, BadAnswer, "JSON instead of XML"),
        (b"<eSearchResult><Count>0</Count></eSearchResult>", BadAnswer, "root is eSearchResult"),
        (b"<eSpellResult><ERROR/></eSpellResult>", BadAnswer, "root is eSpellResult"),
        (b"<pmc-articleset>" + b"<article>x</article>" * 9_000, BadAnswer, "root is pmc-articleset"),
        (b"<export><PubmedArticle/></export>", BadAnswer, "root is export"),
        (b"<PubmedArticleSet", BadAnswer, "before its first record"),
        (
            b"<eFetchResult>\n<ERROR>Empty id list - nothing todo</ERROR></eFetchResult>",
            ServiceError,
            "Empty id list",
        ),
        (
            b"<PubmedArticleSet><ERROR>Backend <b>died</b></ERROR></PubmedArticleSet>",
            ServiceError,
            "Backend died",
        ),
        (b"\x1f\x8b\x08 packed", BadAnswer, "not XML"),
    ],
)
def test_what_is_no_set_of_records_is_named(answer: bytes, kind: type[SourceError], says: str) -> None:
    items, error = until_error(answer)
    assert items == []
    assert type(error) is kind
    assert says in str(error)
    assert "s3cret" not in str(error)


def test_an_error_in_the_middle_comes_after_the_records_before_it() -> None:
    error_node = b"<ERROR>Search Backend failed</ERROR></PubmedArticleSet>"
    items, error = until_error(NOTICES.replace(b"</PubmedArticleSet>", error_node))
    assert items == list(parse(NOTICES))
    assert isinstance(error, ServiceError)


# --- safety

ARTICLE = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation{0}><PMID>99000001</PMID>"
    "<Article><ArticleTitle>{1}</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
BILLION = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("subset", "attribute", "title"),
    [
        (BILLION, "", "&a9;"),
        (BILLION, ' Status="&a9;"', "Title"),
        ('<!ENTITY one "harmless">', "", "&one;"),
        ('<!ENTITY one SYSTEM "file:///etc/passwd">', "", "&one;"),
        ('<!ENTITY % one SYSTEM "http://127.0.0.1:9/x.dtd"> %one;', "", "Title"),
    ],
)
def test_an_answer_that_declares_entities_is_refused(subset: str, attribute: str, title: str) -> None:
    bomb = f"<!DOCTYPE PubmedArticleSet [{subset}]>" + ARTICLE.format(attribute, title)
    items, error = until_error(bomb.encode())
    assert items == []
    assert isinstance(error, BadAnswer)


@pytest.mark.parametrize("scheme", ["file", "http", "https"])
def test_the_external_dtd_is_not_read(scheme: str, tmp_path: Path) -> None:
    """It would make the title longer, or the parse fail; the network guard fails the test if it is asked for."""
    dtd = tmp_path / "pubmed.dtd"
    dtd.write_text('<!ENTITY more "read from outside"><!ELEMENT broken', encoding="utf-8")
    where = (
        dtd.as_uri() if scheme == "file" else f"{scheme}://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd"
    )
    answer = f'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "{where}">' + ARTICLE.format(
        "", "Title &amp; &more;"
    )
    (found,) = parse(answer.encode())
    assert isinstance(found, Record)
    assert found.title == "Title & &more;"


def test_a_text_or_a_depth_beyond_all_records_is_refused() -> None:
    for monster in (ARTICLE.format("", "x" * 11_000_000), ARTICLE.format("", "<i>" * 400 + "</i>" * 400)):
        items, error = until_error(monster.encode())
        assert items == []
        assert isinstance(error, BadAnswer)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of a process from /proc")
def test_memory_stays_flat() -> None:
    """10 MB of records in a process of its own; the tree of it all would take several times that."""
    program = """
import io, re
from pathlib import Path
from spiders.pubmed_xml import parse
abstract = b"<Abstract><AbstractText>%s</AbstractText></Abstract>" % (b"<i>word</i> " * 800)
article = (b"<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T</ArticleTitle>"
           + abstract + b"</Article></MedlineCitation></PubmedArticle>")
class Stream(io.RawIOBase):
    chunks = iter([b"<PubmedArticleSet>"] + [article] * 1000 + [b"</PubmedArticleSet>"])
    def read(self, size=-1):
        return next(self.chunks, b"")
print(sum(1 for _ in parse(Stream())))
print(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    records, kilobytes = map(int, run.stdout.split())
    assert records == 1000
    assert kilobytes < 50_000  # Python and libxml2 themselves are about 20 MB of it
