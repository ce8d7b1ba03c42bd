"""An e-mail address as a reader may have it: checked strictly, for it goes into an envelope and a header."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address

import idna

from store.errors import ConfigError

#: RFC 5321, 4.5.3.1: octets of a local part, and of a path without its angle brackets
_LONGEST_LOCAL, _LONGEST = 64, 254
#: RFC 5322, 3.2.3: dot-atom. Quoted local parts are allowed there, and used by nobody
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def checked_address(text: str) -> str:
    """The address, its domain in lower case and, if international, in its ASCII form (IDNA 2008, RFC 5891).

    Raises ConfigError with the reason; its words never hold the address.
    """
    text = text.strip(" ")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ConfigError("no usable address: there is a line break, blank or control character in it")
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise ConfigError("no usable address: it is not of the form name@domain")
    if not local.isascii():
        raise ConfigError(
            "no usable address: only the part after the @ may have letters beyond ASCII (SMTPUTF8 is not supported)"
        )
    if not _LOCAL.fullmatch(local) or len(local) > _LONGEST_LOCAL:
        raise ConfigError("no usable address: the part before the @ is not one that mail servers take")
    address = f"{local}@{_domain(domain)}"
    if len(address) > _LONGEST:
        raise ConfigError(f"no usable address: longer than {_LONGEST} characters")
    try:
        return Address(addr_spec=address).addr_spec
    except (MessageError, ValueError, IndexError):
        raise ConfigError("no usable address: the mail library does not take it") from None


def _domain(text: str) -> str:
    try:
        domain = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        raise ConfigError("no usable address: the part after the @ is no domain name") from None
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit():  # a host of the local network, or an IP address
        raise ConfigError("no usable address: the part after the @ is no public domain name")
    return domain
