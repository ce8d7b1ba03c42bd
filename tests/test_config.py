"""`watch.toml`: a complete default, laid over key by key, and every mistake named before any request."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from crawler.config import api_key, is_loopback, load_config, require_contact
from spiders.feed_entries import Feed
from store.errors import ConfigError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_default_is_complete() -> None:
    config = load_config(environ={})
    assert {drug.name for drug in config.topic.drugs} == {"ketamine", "esketamine", "arketamine"}
    own_addresses = config.sources.pop("feed")
    assert own_addresses.base_url == ""
    addresses = [feed["url"] for feed in own_addresses.options["feeds"]]
    assert len(addresses) == len(set(addresses)) >= 12
    listed = config.sources.pop("retractionwatch")
    assert (listed.base_url, listed.enabled) == ("", False)
    addresses += [source.base_url for source in config.sources.values()]
    assert all(address.startswith("https://") for address in addresses)


def test_two_keys_are_a_complete_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[contact]\nemail = "a@example.org"\n[upstreams]\npubmed = "http://127.0.0.1:1/entrez/eutils/"\n',
    )
    config = load_config(path, environ={})
    assert config.sources["pubmed"].base_url == "http://127.0.0.1:1/entrez/eutils"
    assert config.topic == load_config(environ={}).topic
    require_contact(config, ["pubmed", "clinicaltrials"])


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[contact]\ntool = "mine"\n')
    assert load_config(environ={"KETAMINE_WATCH_CONFIG": str(path)}).tool == "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[contacts]\nemail = 'a@b.org'", "unknown key contacts"),
        ("[contact]\nmail = 'a@b.org'", r"unknown key contact\.mail \(known here: email, tool\)"),
        ("[contact]\nemail = 3", r"contact\.email must be a str"),
        ("[contact]\nemail = 'nobody'", "no e-mail address"),
        ("contact = 3", "contact must be a table"),
        ("[sources.pubmed]\nenabled = 1", r"sources\.pubmed\.enabled must be a bool"),
        ("[sources.pubmed]\ninterval = 0.1", "faster than the service allows"),
        ("[sources.medline]\nenabled = true", r"unknown key sources\.medline"),
        ("[upstreams]\npubmed = 'http://example.org/'", "must be https"),
        ("[upstreams]\npubmed = 'ftp://example.org/'", "no web address"),
        ("[topic.drugs]\nketamine = 3", "must be a table or false"),
        ("[topic.drugs.ketamine]\nterms = 'ketamine'", "must be a list of words"),
        ("[topic.drugs.ketamine]\nterms = []", "needs terms"),
        ("[topic.drugs.psilocybin]\nwords = ['psilocybin']", r"unknown key topic\.drugs\.psilocybin\.words"),
        ("[topic.drugs]\nketamine = false\nesketamine = false\narketamine = false", "no drug left"),
        ("[feeds]\nmine = 3", r"feeds\.mine must be a table or false"),
        ("[feeds.Mine]\nurl = 'https://f.example/'", "a feed's name is of small letters"),
        ("[feeds.mine]\nurl = 'https://f.example/'", r"feeds\.mine needs a title"),
        (
            "[feeds.mine]\nurl = 'https://f.example/'\ntitle = 'F'\nkind = 'blog'",
            "kind is one of journal, news, agency",
        ),
        ("[feeds.mine]\nurl = 'http://f.example/'\ntitle = 'F'\nkind = 'news'", "must be an https address"),
        ("[feeds.mine]\nurl = 'file:///x'\ntitle = 'F'\nkind = 'news'", "must be an https address"),
        (
            "[feeds.mine]\nurl = 'https://u@f.example/'\ntitle = 'F'\nkind = 'news'",
            "must be an https address",
        ),
        ("[feeds.ajp]\nurl = 3", r"feeds\.ajp\.url must be a str"),
        (
            "[feeds.ajp]\nlink = 'x'",
            r"unknown key feeds\.ajp\.link \(known here: everything, kind, title, url\)",
        ),
        ("[upstreams]\nfeed = 'http://f.example/'", "must be https"),
        (
            "[notices]\nretraction_watch = 'http://rw.example/list.csv'",
            r"notices\.retraction_watch must be https",
        ),
        ("[notices]\nretraction_watch = 'file:///list.csv'", r"notices\.retraction_watch is no web address"),
        ("[contact\nemail = ''", "not TOML"),
        ("since = 2026-13-45", "not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        load_config(write(tmp_path, text), environ={})
    assert "own.toml" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        load_config(tmp_path / "absent.toml", environ={})


def test_real_services_are_not_asked_anonymously() -> None:
    with pytest.raises(ConfigError, match=r"pubmed: set \[contact\] email"):
        require_contact(load_config(environ={}), ["pubmed"])


def test_a_key_comes_from_the_environment_and_quickens_the_pace() -> None:
    environ = {"NCBI_API_KEY": "k" * 36}
    assert api_key("pubmed", environ) == "k" * 36
    assert api_key("clinicaltrials", environ) is None
    assert load_config(environ=environ).sources["pubmed"].interval == 0.1
    assert load_config(environ={}).sources["pubmed"].interval >= 1 / 3
    assert "kkk" not in repr(load_config(environ=environ))


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:80/", True),
        ("http://127.0.0.1.example.org/", False),
        ("http://10.0.0.1/", False),
        ("nonsense", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


def test_a_source_can_be_switched_off_or_taken_away(tmp_path: Path) -> None:
    off = load_config(write(tmp_path, "[sources.pubmed]\nenabled = false"), environ={})
    assert not off.sources["pubmed"].enabled
    assert "pubmed" not in load_config(write(tmp_path, "[sources]\npubmed = false"), environ={}).sources


def test_a_feed_can_be_added_changed_or_taken_away(tmp_path: Path) -> None:
    own = """
[feeds]
jad = false
[feeds.ajp]
title = "AJP"
[feeds.my-search]
url = "http://127.0.0.1:1/rss"
title = "Mine"
kind = "journal"
everything = true
"""
    feeds = load_config(write(tmp_path, own), environ={}).sources["feed"].options["feeds"]
    listed = {feed["name"]: feed for feed in feeds}
    assert "jad" not in listed
    assert (listed["ajp"]["title"], listed["ajp"]["everything"]) == ("AJP", False)
    assert listed["my-search"]["everything"]
    assert [asdict(Feed(**feed)) for feed in feeds] == [
        listed[name] for name in listed
    ]  # as the spider takes them


def test_a_source_of_feeds_without_feeds_is_switched_off_not_emptied(tmp_path: Path) -> None:
    names = [feed["name"] for feed in load_config(environ={}).sources["feed"].options["feeds"]]
    none = "[feeds]\n" + "\n".join(f"{name} = false" for name in names)
    with pytest.raises(ConfigError, match="no feed left"):
        load_config(write(tmp_path, none), environ={})
    off = load_config(write(tmp_path, f"{none}\n[sources.feed]\nenabled = false"), environ={})
    assert off.sources["feed"].options["feeds"] == []


def test_an_upstream_stands_for_all_feeds(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "[upstreams]\nfeed = 'http://127.0.0.1:1/feeds/'"), environ={})
    assert config.sources["feed"].base_url == "http://127.0.0.1:1/feeds"
    assert (
        load_config(environ={}).at({"feed": "http://127.0.0.1:2"}).sources["feed"].base_url
        == "http://127.0.0.1:2"
    )
