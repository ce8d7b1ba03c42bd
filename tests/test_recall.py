"""The recall self-test: every outcome, asked over HTTP and offline; lists that cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli import cli
from crawler.recall import read_list
from crawler.sample.catalogue_records import Article, Catalogue
from crawler.sample.server import SampleServer
from store import save
from store.database import open_database
from store.errors import ConfigError
from store.hashing import content_hash
from store.records import Record

FOUND = Article(
    pmid="11", title="Ketamine for depression", entered="2020-01-01", doi="10.1000/found", status="MEDLINE"
)
ARTICLES = (
    FOUND,
    replace(FOUND, pmid="12", title="Esketamine in anhedonia of veterans", doi="10.1000/twelve"),
    replace(
        FOUND,
        pmid="13",
        title="Ketamine for moral injury",
        doi="10.1000/thirteen",
        keywords=("moral injury",),
    ),
    replace(FOUND, pmid="14", title="Ketamine and moral injury again", doi=None, status="Publisher"),
    replace(FOUND, pmid="15", title="Lamotrigine for depression", doi=None),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watch.db"
    db = open_database(path)
    record = Record("pubmed:10", "pubmed", "article", "Ketamine in depression", pmid="10", doi="10.1000/ten")
    with db.atomic():
        save.save_records(
            db,
            [save.TaggedRecord(record, content_hash(record))],
            save.Stamp("2026-01-01T00:00:00Z", None, "1"),
        )
    db.close()
    return path


def run(path: Path, listed: str, *arguments: str, server: SampleServer | None = None) -> Result:
    works = path.parent / "works.txt"
    works.write_text(listed)
    config = path.parent / "watch.toml"
    upstream = server.upstreams["pubmed"] if server else "http://127.0.0.1:9"
    config.write_text(
        f'[patience]\ntries = 1\n[sources.pubmed]\ninterval = 0.0\n[upstreams]\npubmed = "{upstream}"'
    )
    return CliRunner().invoke(
        cli, ["recall", str(works), "--db", str(path), "--config", str(config), *arguments]
    )


def test_every_outcome_with_its_reason_and_the_term_that_helps(path: Path) -> None:
    listed = "10\ndoi:10.1000/ten  # the same work\n11\nhttps://doi.org/10.1000/TWELVE\nPMID: 13\n14\n15\n16\nNCT00000001\n10.1000/none\n"
    with SampleServer(Catalogue(ARTICLES)) as server:
        done = run(path, listed, server=server)
        asked = len(server.requests)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "pmid:10\there\tpubmed:10",
        "doi:10.1000/ten\there\tpubmed:10",
        "pmid:11\tfound\tthe query finds it; no crawl has brought it yet",
        "doi:10.1000/twelve\tfound\tthe query finds it; no crawl has brought it yet",
        "pmid:13\tmissed\tno indication term in title, abstract or headings",
        "pmid:14\tmissed\tno indication term in title, abstract or headings; not indexed yet: MeSH may bring it",
        "pmid:15\tmissed\tno drug term in title, abstract or headings",
        "pmid:16\tmissed\tnot in the source: PubMed has no such record",
        "NCT00000001\tmissed\tno record of this registration here; crawl its registry",
        "doi:10.1000/none\tmissed\tnot in the source: PubMed has no such record",
        "10 works: 2 here, 2 more found by the query, 6 missed; recall 40.0%",
        "drug term “lamotrigine” would find 1 of the missed (it stands in 0 records here)",
        *done.output.splitlines()[12:],
    ]
    assert (
        "indication term “moral injury” would find 2 of the missed (it stands in 0 records here)"
        in done.output
    )
    assert asked == 5  # two DOIs, the records, those missing once more, the query


def test_offline_judges_by_the_lists_own_text(path: Path) -> None:
    ris = (
        "TY  - JOUR\nID  - 13\nTI  - Ketamine for moral injury\nER  - \n"
        "TY  - JOUR\nDO  - 10.1000/x\nTI  - Intranasal S-ketamine\nKW  - Depressive Disorder\nER  - \n"
        "TY  - JOUR\nTI  - A work without identifier\nER  - \n"
    )
    done = run(path, ris, "--offline", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert [(one["work"], one["outcome"]) for one in said["works"]] == [
        ("pmid:13", "missed"),
        ("doi:10.1000/x", "found"),
    ]
    unknown = run(path, "77\n", "--offline")
    assert "its text is not known" in unknown.output


def test_a_service_that_does_not_answer_is_a_failure(path: Path) -> None:
    done = run(path, "77\n")
    assert done.exit_code == 1
    assert "pubmed:" in done.stderr


@pytest.mark.parametrize("listed", ["", "# nothing\n", "no identifier\n", "12345678901\n", "\x00\x01"])
def test_a_list_that_cannot_be_read_is_refused(path: Path, listed: str) -> None:
    assert run(path, listed, "--offline").exit_code == 2


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    works = tmp_path / "works.txt"
    works.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError):
        read_list(works)


def test_the_known_works_of_the_field_can_be_listed(shared: Path, tmp_path: Path) -> None:
    lines = (shared / "reference" / "known_works.tsv").read_text().splitlines()[1:]
    works = tmp_path / "works.txt"
    works.write_text("\n".join(line.split("\t")[0] for line in lines))
    assert len(read_list(works)) > 400
