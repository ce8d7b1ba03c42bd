"""`watch.toml`: the package's complete default, with a person's own file laid over it key by key.

Every key is checked before any request is sent; a wrong one raises ConfigError that names it.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from crawler.digest.audience import Audience
from crawler.digest.listed import audiences_listed, readers_listed
from crawler.digest.mail_settings import MailSettings, mail_settings
from crawler.feeds import feeds, overlay_feed
from spiders.pace import Patience
from spiders.topic import Topic, Watched
from store.errors import ConfigError
from store.watching import Watch

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

CONFIG_VARIABLE = "KETAMINE_WATCH_CONFIG"
API_KEY_VARIABLES = {
    "pubmed": "NCBI_API_KEY",
    "openalex": "OPENALEX_API_KEY",
    "semantic_scholar": "SEMANTIC_SCHOLAR_API_KEY",
    "openfda": "OPENFDA_API_KEY",
}  # by service
#: sources whose parts have addresses of their own; an upstream, if there is one, stands for all of them
OWN_ADDRESSES = ("feed", "retractionwatch")
# the keys that tables of free names (drugs, indications) may have; all other keys are those of the default file
_WATCHED_KEYS = {"terms", "mesh", "substances"}


@dataclass(frozen=True)
class Source:
    """One source's settings. `base_url` has no slash at its end, and is empty where each part of the source has an
    address of its own; `interval` is seconds between requests.

    `service`: the upstream that it reads, and whose key it uses; several sources may share one.
    """

    name: str
    service: str
    enabled: bool
    base_url: str
    interval: float
    options: dict[str, Any]


@dataclass(frozen=True)
class Citations:
    """Which works are followed: "trials" of the topic, or only those "named" by people; and how many works that lead
    from them PubMed is asked for in a run.
    """

    watch: Watch
    fetch_per_run: int


@dataclass(frozen=True)
class Config:
    """All that `watch.toml` says. `readers`: the digest's, by address, with the audience that each is."""

    email: str
    tool: str
    topic: Topic
    patience: Patience
    sources: dict[str, Source]
    citations: Citations
    mail: MailSettings
    readers: dict[str, dict[str, Any]]
    heartbeat_file: str = ""
    heartbeat_url: str = ""
    site_url: str = ""
    audiences: tuple[Audience, ...] = ()

    def at(self, upstreams: Mapping[str, str], interval: float = 0.0) -> Config:
        """This configuration with other upstreams for the services named; for the bundled sample, on loopback."""
        moved = {
            name: replace(source, base_url=upstreams[source.service].rstrip("/"), interval=interval)
            for name, source in self.sources.items()
            if is_loopback(upstreams.get(source.service, ""))
        }
        return replace(self, sources=self.sources | moved)

    def with_options(self, name: str, **options: Any) -> Config:
        """This configuration with other options of one source."""
        source = self.sources[name]
        return replace(self, sources=self.sources | {name: replace(source, options=source.options | options)})


def load_config(path: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration: the default, under the file at `path` (or the one that the environment names).

    Raises ConfigError for a file that is missing or no TOML, an unknown key, a value of the wrong type, an upstream
    that is not https (plain http is for loopback only), or an interval shorter than the service allows.
    """
    default = tomllib.loads(resources.files("crawler").joinpath("watch.toml").read_text("utf-8"))
    own_path = path or environ.get(CONFIG_VARIABLE)
    own = _read(Path(own_path)) if own_path else {}
    where = str(own_path or "watch.toml")
    merged = _overlay(default, own, where)
    return _config(merged, default, where, environ)


def api_key(service: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """The service's API key, from the environment only."""
    variable = API_KEY_VARIABLES.get(service)
    return environ.get(variable) or None if variable else None


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    return tables


def _overlay(default: dict[str, Any], own: dict[str, Any], where: str, path: str = "") -> dict[str, Any]:
    merged = dict(default)
    for key, value in own.items():
        name = f"{path}{key}"
        free = _FREE.get(path)
        removable = free or path == "sources."
        if key not in default and not free:
            known = ", ".join(sorted(default)) or "none"
            raise ConfigError(f"{where}: unknown key {name} (known here: {known})")
        if removable and value is False:
            merged.pop(key, None)
        elif free:
            merged[key] = free(default.get(key, {}), value, where, name)
        elif isinstance(default[key], dict):
            if not isinstance(value, dict):
                raise ConfigError(f"{where}: {name} must be a table")
            merged[key] = _overlay(default[key], value, where, f"{name}.")
        else:
            merged[key] = _same_type(default[key], value, where, name)
    return merged


def _same_type(default: Any, value: Any, where: str, name: str) -> Any:
    wanted = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(default, bool):
        raise ConfigError(f"{where}: {name} must be a {type(default).__name__}, not {value!r}")
    return value


def _overlay_watched(default: dict[str, Any], value: Any, where: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {name} must be a table or false")
    for key, terms in value.items():
        if key not in _WATCHED_KEYS:
            raise ConfigError(
                f"{where}: unknown key {name}.{key} (known here: {', '.join(sorted(_WATCHED_KEYS))})"
            )
        if not isinstance(terms, list) or not all(isinstance(term, str) and term.strip() for term in terms):
            raise ConfigError(f"{where}: {name}.{key} must be a list of words")
    merged = default | value
    if not merged.get("terms"):
        raise ConfigError(f"{where}: {name} needs terms")
    return merged


#: tables of free names, by their path
_FREE = {"topic.drugs.": _overlay_watched, "topic.indications.": _overlay_watched, "feeds.": overlay_feed}


def _config(
    merged: dict[str, Any], default: dict[str, Any], where: str, environ: Mapping[str, str]
) -> Config:
    topic = Topic(
        name=merged["topic"]["name"],
        description=merged["topic"]["description"],
        drugs=_watched(merged["topic"]["drugs"]),
        indications=_watched(merged["topic"]["indications"]),
    )
    if not topic.drugs:
        raise ConfigError(f"{where}: topic.drugs has no drug left")
    sources = {
        name: _source(name, settings, default["sources"][name], merged["upstreams"], where, environ)
        for name, settings in merged["sources"].items()
    }
    if "feed" in sources:
        listed = feeds(merged["feeds"], where, is_loopback)
        if sources["feed"].enabled and not listed:
            raise ConfigError(f"{where}: no feed left; switch the source off instead: [sources] feed = false")
        sources["feed"] = replace(sources["feed"], options=sources["feed"].options | {"feeds": listed})
    if "retractionwatch" in sources:
        place = merged["notices"]["retraction_watch"]
        sources["retractionwatch"] = _placed(sources["retractionwatch"], place, where)
    email = merged["contact"]["email"]
    if email and ("@" not in email or any(character.isspace() for character in email)):
        raise ConfigError(f"{where}: contact.email is no e-mail address: {email!r}")
    patience = Patience(**merged["patience"])
    if patience.tries < 1 or patience.first_wait < 0 or patience.longest_wait < 0:
        raise ConfigError(f"{where}: patience: one try at least, and no negative waits")
    beat = merged["heartbeat"]
    if beat["url"] and not (beat["url"].startswith("https://") or is_loopback(beat["url"])):
        raise ConfigError(f"{where}: heartbeat.url must be https")
    citations = _citations(merged["citations"], where)
    digest = merged["digest"]
    return Config(
        email, merged["contact"]["tool"], topic, patience, sources, citations,
        mail_settings(merged["mail"], where, is_loopback), readers_listed(digest["reader"], topic, where),
        beat["file"], beat["url"], _site(merged["site"]["url"], where), audiences_listed(digest["audience"], topic, where),
    )  # fmt: skip


def _site(url: str, where: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"{where}: site.url is no web address: {url!r}")
    return url.rstrip("/")


def _citations(settings: dict[str, Any], where: str) -> Citations:
    if settings["watch"] not in get_args(Watch):
        raise ConfigError(
            f"{where}: citations.watch is one of {', '.join(get_args(Watch))}, not {settings['watch']!r}"
        )
    if settings["fetch_per_run"] < 0:
        raise ConfigError(f"{where}: citations.fetch_per_run must not be negative")
    return Citations(settings["watch"], settings["fetch_per_run"])


def _watched(tables: dict[str, Any]) -> tuple[Watched, ...]:
    return tuple(
        Watched(name, *(tuple(table.get(key, ())) for key in ("terms", "mesh", "substances")))
        for name, table in tables.items()
    )


def _source(
    name: str,
    settings: dict[str, Any],
    default: dict[str, Any],
    upstreams: dict[str, str],
    where: str,
    environ: Mapping[str, str],
) -> Source:
    service = default.get("service", name)
    url = upstreams[service]
    _check_upstream(service, url, where)
    key = "interval_with_key" if api_key(service, environ) and "interval_with_key" in settings else "interval"
    interval = float(settings[key])
    if interval < 0 or (interval < default[key] and not is_loopback(url)):
        raise ConfigError(
            f"{where}: sources.{name}.{key} = {interval} is faster than the service allows ({default[key]})"
        )
    options = {
        option: value
        for option, value in settings.items()
        if option not in ("enabled", "interval", "interval_with_key", "service")
    }
    return Source(name, service, settings["enabled"], url.rstrip("/"), interval, options)


def _placed(source: Source, place: str, where: str) -> Source:
    """The source at an address or in a file; switched off if neither this nor its upstream names one."""
    if "://" in place:
        _check_address("notices.retraction_watch", place, where)
        return replace(source, base_url=place)
    if place:
        return replace(source, base_url="", options=source.options | {"path": str(Path(place).expanduser())})
    return replace(source, enabled=source.enabled and bool(source.base_url))


def _check_upstream(name: str, url: str, where: str) -> None:
    if url or name not in OWN_ADDRESSES:
        _check_address(f"upstreams.{name}", url, where)


def _check_address(key: str, url: str, where: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{where}: {key} is no web address: {url!r}")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(f"{where}: {key} must be https (plain http is for this machine only): {url!r}")


def require_contact(config: Config, names: list[str]) -> None:
    """Refuse to ask real services without saying who asks. Raises ConfigError."""
    for name in names:
        if not config.email and not is_loopback(config.sources[name].base_url):
            raise ConfigError(
                f"{name}: set [contact] email in a file named by --config or {CONFIG_VARIABLE}: "
                "the services ask who is calling"
            )
