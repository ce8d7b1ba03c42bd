"""NLM's files through readers and merge: the later word counts, whatever happens on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks.nlm_files import other_article, write_baseline, write_file
from benchmarks.reliability.content import content, differences
from benchmarks.synthetic import article
from crawler import assignments
from crawler.backfill.files import checked_sum, find
from crawler.backfill.merge import merge
from crawler.backfill.part import Failed, Read, attempt
from crawler.backfill.run import backfill
from crawler.config import load_config
from spiders.pubmed_xml import Passed, parse, parse_some
from spiders.relevance import gate, relevance
from spiders.topic import Topic, Watched
from store.errors import BadAnswer, ConfigError
from store.hashing import content_hash
from store.plain import as_plain, from_plain
from store.records import Record
from tests.desk import watch

TOPIC = load_config(environ={}).topic
METFORMIN = Topic("Metformin Watch", "", (Watched("metformin", ("metformin",)),), TOPIC.indications)
FIRST = 50_000_000  # PMIDs of invented articles begin after it


def changed(number: int, title: str) -> str:
    """The article with another title."""
    before, _, rest = article(number).partition("<ArticleTitle>")
    return f"{before}<ArticleTitle>{title}{rest[rest.index('</ArticleTitle>') :]}"


def merged(db_path: Path, paths: Iterable[Path], parts: Path, topic: Topic = TOPIC) -> list[dict[str, Any]]:
    """Read and merge in this process; returns the new rows of `crawls`."""
    ended = [attempt(file.path, parts, (topic,)) for file in find(paths)]
    read = [one for one in ended if isinstance(one, Read)]
    return merge(db_path, topic, read, [one for one in ended if isinstance(one, Failed)], parts)


def titles(db_path: Path) -> dict[int, str]:
    rows = Database(db_path)["records"].rows_where("status IS NOT 'deleted'")
    return {int(row["pmid"]) - FIRST: row["title"] for row in rows}


# -- what belongs


def test_a_record_belongs_by_its_words_or_by_its_headings() -> None:
    belongs = relevance(TOPIC)
    assert belongs(Record("pubmed:1", "pubmed", "article", "S-ketamine in depressed adults"))
    assert not belongs(Record("pubmed:1", "pubmed", "article", "Norketamine in depressed adults"))
    assert not belongs(Record("pubmed:1", "pubmed", "article", "Ketamine as an anaesthetic in sheep"))
    [indexed] = [one for one in parse(article(1).encode()) if isinstance(one, Record)]
    indexed.title, indexed.abstract = "An untold title", None
    assert belongs(indexed)  # by MeSH: Ketamine; Depressive Disorder, Treatment-Resistant
    indexed.headings = [one for one in indexed.headings if one.name != "Ketamine"]
    assert not belongs(indexed)


@given(
    st.text(max_size=60),
    st.sampled_from([term for drug in TOPIC.drugs for term in drug.terms]),
    st.text(max_size=60),
)
def test_nothing_that_belongs_is_passed_over(before: str, term: str, after: str) -> None:
    record = Record("pubmed:1", "pubmed", "article", f"{before} {term.rstrip('*')} {after} depression")
    assert gate([TOPIC])(record.title or "") or not relevance(TOPIC)(record)


def test_what_is_not_about_any_topic_is_not_read() -> None:
    xml = f"<PubmedArticleSet>{article(1)}{other_article(2)}</PubmedArticleSet>".encode()
    read, passed = parse_some(xml, gate([TOPIC]))
    assert isinstance(read, Record)
    assert passed == Passed(str(FIRST + 2), 1)


def test_records_come_back_from_plain_values_as_they_were(shared: Path) -> None:
    files = sorted((shared / "corpus").rglob("*.xml"))
    records = [one for file in files if b"<PubmedArticle" in file.read_bytes()[:4000]
               for one in _readable(file)]  # fmt: skip
    assert len(records) > 20
    for record in records:
        again = from_plain(Record, json.loads(json.dumps(as_plain(record))))
        assert content_hash(again) == content_hash(record)
        assert again == record


def _readable(file: Path) -> Iterable[Record]:
    try:
        yield from (one for one in parse(file.read_bytes()) if isinstance(one, Record))
    except BadAnswer:
        return


# -- files


def test_files_count_by_their_numbers(tmp_path: Path) -> None:
    paths = [write_file(tmp_path, number, [article(number)]) for number in (2, 1, 1300)]
    found = find([tmp_path, paths[0]])
    assert [file.name for file in found] == ["pubmed26n0001", "pubmed26n0002", "pubmed26n1300"]
    (tmp_path / "other").mkdir()
    twin = Path(shutil.copy(paths[0], tmp_path / "other"))
    with pytest.raises(ConfigError, match="two files of one name"):
        find([tmp_path, twin])
    with pytest.raises(ConfigError, match="no file of NLM's in it"):
        find([_empty(tmp_path)])
    with pytest.raises(ConfigError, match="its order is unknown"):
        find([Path(shutil.copy(paths[0], tmp_path / "mine.xml.gz"))])


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_a_file_is_held_against_its_md5(tmp_path: Path) -> None:
    path = write_file(tmp_path, 1, [article(1)])
    assert len(checked_sum(path)) == 32
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BadAnswer, match="its MD5 is"):
        checked_sum(path)
    path.with_name(f"{path.name}.md5").write_text("<html>not found</html>")
    with pytest.raises(BadAnswer, match="holds no MD5"):
        checked_sum(path)
    path.with_name(f"{path.name}.md5").unlink()
    assert checked_sum(path)


# -- merging


def test_the_later_word_counts(tmp_path: Path) -> None:
    files, parts, db_path = tmp_path / "nlm", tmp_path / "parts", tmp_path / "a.db"
    files.mkdir()
    write_file(files, 1, [article(1), article(2), article(3), article(4), other_article(5), article(6)])
    write_file(
        files, 2, [changed(1, "Ketamine again"), other_article(3), article(7)], deleted=[FIRST + 2, FIRST + 6]
    )
    write_file(files, 3, [changed(6, "Ketamine, come back"), changed(5, "Ketamine, now of the topic")])
    rows = merged(db_path, [files], parts)
    assert [(row["reported"], row["fetched"], row["outcome"]) for row in rows] == [
        (6, 1, "ok"),
        (3, 2, "ok"),
        (2, 2, "ok"),
    ]
    assert titles(db_path).keys() == {1, 4, 5, 6, 7}
    assert titles(db_path)[1] == "Ketamine again"
    assert titles(db_path)[6] == "Ketamine, come back"
    assert not list(Database(db_path)["watermarks"].rows)  # a file says nothing of how far PubMed was asked


def test_a_file_at_a_time_gives_what_all_at_once_give(tmp_path: Path) -> None:
    files = tmp_path / "nlm"
    files.mkdir()
    one = write_file(files, 1, [article(1), article(2)])
    two = write_file(files, 2, [changed(1, "Ketamine again")], deleted=[FIRST + 2])
    three = write_file(files, 3, [changed(2, "Ketamine, come back")])
    merged(tmp_path / "once.db", [files], tmp_path / "parts")
    days = tmp_path / "days.db"
    for path in (one, two, three):
        assert [row["outcome"] for row in merged(days, [path], tmp_path / "parts")] == ["ok"]
    assert titles(days) == titles(tmp_path / "once.db")
    assert merged(days, [files], tmp_path / "parts") == []  # all accounted for
    late = tmp_path / "late.db"
    merged(late, [one, three], tmp_path / "parts")
    merged(late, [two], tmp_path / "parts")  # its word about 2 was taken back by a file merged before it
    assert titles(late) == titles(tmp_path / "once.db")
    shutil.rmtree(tmp_path / "parts")
    gone = tmp_path / "gone.db"
    merged(gone, [three], tmp_path / "parts")
    shutil.rmtree(tmp_path / "parts")
    with pytest.raises(ConfigError, match="pubmed26n0002 comes before pubmed26n0003, whose parts are gone"):
        merged(gone, [two], tmp_path / "parts")


def test_a_damaged_file_is_named_and_made_good(tmp_path: Path) -> None:
    files, parts, db_path = tmp_path / "nlm", tmp_path / "parts", tmp_path / "a.db"
    files.mkdir()
    good = write_file(files, 1, [article(1)])
    bad = write_file(files, 2, [article(2)])
    whole = bad.read_bytes()
    for damaged, says in ((whole[:-20], "its MD5 is"), (b"", "its MD5 is")):
        bad.write_bytes(damaged)
        rows = merged(db_path, [files], parts)
        assert rows[-1]["outcome"] == "bad_answer"
        assert says in rows[-1]["error"]
    bad.with_name(f"{bad.name}.md5").unlink()
    bad.write_bytes(whole[:-20])
    assert "cut or broken" in merged(db_path, [good, bad], parts)[-1]["error"]
    assert titles(db_path).keys() == {1}
    bad.write_bytes(whole)
    assert [row["outcome"] for row in merged(db_path, [files], parts)] == ["ok"]
    assert titles(db_path).keys() == {1, 2}


def test_parts_are_made_once_and_serve_several_topics(tmp_path: Path) -> None:
    [path] = write_baseline(tmp_path, 1, 30, share=0.5)
    first = attempt(path, tmp_path / "parts", (TOPIC, METFORMIN))
    again = attempt(path, tmp_path / "parts", (METFORMIN, TOPIC))
    assert isinstance(first, Read)
    assert isinstance(again, Read)
    assert first.made
    assert not again.made
    assert first.kept == tuple(reversed(again.kept))
    assert all(count > 5 for count in first.kept)
    [row] = merged(tmp_path / "metformin.db", [path], tmp_path / "parts", METFORMIN)
    assert row["new"] == first.kept[1]


def test_a_correction_by_a_person_stands_over_tags_made_elsewhere(tmp_path: Path) -> None:
    path = write_file(tmp_path, 1, [article(1)])
    db_path, record = tmp_path / "a.db", f"pubmed:{FIRST + 1}"
    merged(db_path, [path], tmp_path / "parts")
    said = watch(
        "tag", "--db", db_path, "--set", record, "indication=ocd", "--by", "A person", "--why", "I read it"
    )
    assert said.returncode == 0, said.stderr
    update = write_file(tmp_path, 2, [changed(1, "Esketamine again in depression")])
    merged(db_path, [update], tmp_path / "parts")
    assert json.loads(Database(db_path)["records"].get(record)["indications"]) == ["ocd"]


# -- side by side


def _dies_once(path: Path, parts: Path, topics: Sequence[Topic]) -> Read | Failed:
    """A reader that is killed the first time that it is given the second file."""
    mark = parts / "died"
    if path.name == "pubmed26n0002.xml.gz" and not mark.exists():
        parts.mkdir(exist_ok=True)
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt(path, parts, topics)


def test_a_lost_worker_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignments, "now", lambda: datetime(2026, 11, 23, 6, tzinfo=timezone.utc))
    files = tmp_path / "nlm"
    files.mkdir()
    write_baseline(files, 3, 20, share=0.3)
    merged(tmp_path / "undisturbed.db", [files], tmp_path / "undisturbed")
    [(db_path, rows)] = backfill(
        [files], [(tmp_path / "a.db", TOPIC)], tmp_path / "parts", workers=2, work=_dies_once
    )
    assert (tmp_path / "parts" / "died").exists()
    assert [row["outcome"] for row in rows] == ["ok"] * 3
    assert differences(content(tmp_path / "undisturbed.db"), content(db_path)) == []


def test_the_command_accounts_for_each_file(tmp_path: Path) -> None:
    files = tmp_path / "nlm"
    files.mkdir()
    write_baseline(files, 2, 10, share=0.5)
    (files / "pubmed26n0002.xml.gz").write_bytes(b"\x1f\x8b damaged")
    config = tmp_path / "watch.toml"
    config.write_text('[topic]\nname = "Mine"\n')
    done = watch("backfill", files, "--topic", f"{config}={tmp_path / 'a.db'}", "--workers", "1")
    assert done.returncode == 1
    assert "pubmed26n0001.xml.gz: ok:" in done.stdout
    assert "bad_answer: pubmed: pubmed26n0002.xml.gz: its MD5 is" in done.stderr
    wrong = watch("backfill", files, "--topic", "nothing")
    assert wrong.returncode == 2
    assert "CONFIG=DB is wanted" in wrong.stderr
