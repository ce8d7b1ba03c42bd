"""What every test shares: no network, and where the private corpus lies if it is there."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# a test tells whether something is right; how fast it is, benchmarks tell
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):  # a unix socket
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection or name look-up that leaves this machine fails the test."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if not _is_loopback(address):
            pytest.fail(f"a test reached for the network: {address}")
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_loopback(address):
            pytest.fail(f"a test reached for the network: {address}")
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_loopback((host.decode() if isinstance(host, bytes) else host, 0)):
            pytest.fail(f"a test looked up a name: {host}")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The private corpus; a test that needs it is skipped elsewhere."""
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def filled_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a crawl leaves it, of the sample and some hostile records; not to be written to."""
    from tests.filled import fill  # noqa: PLC0415 - only tests of the site load it

    path = tmp_path_factory.mktemp("filled") / "watch.db"
    fill(path)
    return path


@pytest.fixture(scope="session")
def fetch(filled_db: Path) -> Any:
    """`fetch(path)`: the page of the site over that database."""
    from tests.site_client import client  # noqa: PLC0415 - only tests of the site load it

    return client(filled_db)
