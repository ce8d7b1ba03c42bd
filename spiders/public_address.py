"""Whether a redirect may be followed: never off the web, never to this machine or into a private network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(target: str, origin_is_loopback: bool) -> str | None:
    """Why a redirect to the address `target` is not followed, None if it may be. Looks the name up: call it in a thread.

    `origin_is_loopback`: the feed itself is on this machine, so it may stay there. A name that is not known here is
    left to the request: it fails there, or a proxy knows it.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "no address"
    if parts.scheme not in ("http", "https") or not host:
        return "no address of the web"
    if parts.username is not None:
        return "an address with a user's name"
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    for *_, place in found:
        if not may_answer(ipaddress.ip_address(str(place[0]).partition("%")[0]), origin_is_loopback):
            return f"a private address ({place[0]})"
    return None


def may_answer(ip: IPAddress, origin_is_loopback: bool) -> bool:
    """Whether an answer from this IP address may be read."""
    plain = getattr(ip, "ipv4_mapped", None) or ip
    return bool(plain.is_global) or (origin_is_loopback and bool(plain.is_loopback))
