"""`[mail]` of the configuration, checked: from whom, by which way, how fast, and where readers unsubscribe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from crawler.digest.address import checked_address
from store.errors import ConfigError

Way = Literal["", "smtp", "folder", "sendmail"]
Security = Literal["starttls", "tls", "none"]
#: RFC 2919, 3: dot-atom-text, as a domain name that one owns
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_ADDRESS_KEYS = ("from", "unsubscribe_mailto")


@dataclass(frozen=True)
class MailSettings:
    """How mail goes out. `transport` is empty where nothing is to be sent; `per_minute` and `tries` are at least 1."""

    name: str
    address: str
    transport: Way
    host: str
    port: int
    security: Security
    user: str
    ca_file: str
    folder: str
    sendmail: str
    list_name: str
    list_id: str
    url: str
    unsubscribe_mailto: str
    per_minute: int
    tries: int
    suppress_after: int

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def sender(self) -> Address:
        return Address(self.name, addr_spec=self.address)

    def link(self, action: str, token: str) -> str:
        """Where a token leads: `action` is "confirm", "unsubscribe" or "preferences"."""
        return f"{self.url}/{action}/{token}"

    def require(self) -> None:
        """Raises ConfigError unless a mail with a link to unsubscribe can be written and sent."""
        for key, value in (("transport", self.transport), ("from", self.address), ("url", self.url)):
            if not value:
                raise ConfigError(f"set [mail] {key} in watch.toml before mail can be sent")
        if self.transport == "folder" and not self.folder:
            raise ConfigError("set [mail] folder in watch.toml: where the .eml files go")


def mail_settings(table: dict[str, Any], where: str, is_loopback: Callable[[str], bool]) -> MailSettings:
    """The settings, from `[mail]` with its default's keys. Raises ConfigError."""
    _one_of(table, "transport", get_args(Way), where)
    _one_of(table, "security", get_args(Security), where)
    for key in ("per_minute", "tries", "suppress_after"):
        if table[key] < 1:
            raise ConfigError(f"{where}: mail.{key} must be 1 or more")
    for key in ("list_name", *_ADDRESS_KEYS):
        if not table[key].isprintable():
            raise ConfigError(f"{where}: mail.{key} must be one line without control characters")
    if table["security"] == "none" and not is_loopback(f"//{table['host']}"):
        raise ConfigError(f"{where}: mail.security may be none for a server on this machine only")
    name, address = _sender(table["from"], where)
    list_id = table["list_id"] or f"digest.{address.rpartition('@')[2]}"
    if address and not _LIST_ID.fullmatch(list_id):
        raise ConfigError(f"{where}: mail.list_id must look like digest.example.org")
    mailto = _address(table["unsubscribe_mailto"], "unsubscribe_mailto", where)
    taken = {"name": name, "address": address, "list_id": list_id, "unsubscribe_mailto": mailto}
    taken["url"] = _url(table["url"], where, is_loopback)
    return MailSettings(**{key: value for key, value in table.items() if key != "from"} | taken)


def _sender(text: str, where: str) -> tuple[str, str]:
    """(name, address) of "Ketamine Watch <digest@example.org>"."""
    if not text:
        return "", ""
    name, address = parseaddr(text)
    address = _address(address, "from", where)
    try:
        return Address(name, addr_spec=address).display_name, address
    except (MessageError, ValueError):
        raise ConfigError(f"{where}: mail.from is no sender: Name <name@example.org>") from None


def _address(text: str, key: str, where: str) -> str:
    try:
        return checked_address(text) if text or key == "from" else ""
    except ConfigError as error:
        raise ConfigError(f"{where}: mail.{key}: {error}") from None


def _url(url: str, where: str, is_loopback: Callable[[str], bool]) -> str:
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
    plain = url.isascii() and url.isprintable() and not set(url) & set(" <>\",'`&")
    if url and not (safe and plain and parts.hostname and not parts.query and not parts.fragment):
        raise ConfigError(
            f"{where}: mail.url must be an https address without ? and # (RFC 8058 asks for https)"
        )
    return url.rstrip("/")


def _one_of(table: dict[str, Any], key: str, known: tuple[str, ...], where: str) -> None:
    if table[key] not in known:
        raise ConfigError(
            f"{where}: mail.{key} is one of {', '.join(filter(None, known))}, not {table[key]!r}"
        )
