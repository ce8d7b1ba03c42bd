"""How fast the pages answer: `python -m benchmarks.pages [RECORDS]`, 200,000 unless said.

The site, and a stock Datasette over the same database, each as a process of its own on one core, asked by 4 clients over
loopback: site, stock, site, stock. No address is asked twice, except that of the front page. Of each kind of page: the time a
client waits, alone and as one of 4 (median and 95th percentile), the server's CPU time, and the largest page.

The database is built once a day into the user's cache; `--forget` removes it at the end.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import site_data
from datasette_config.serve import arguments

CLIENTS = 4
REQUESTS = {"site": 160, "stock": 24}  # of a kind of page, by 4 clients; a quarter of it alone
LIMIT_MS = {"home": 100, "search": 60, "facets": 60, "record": 60}
LIMIT_BYTES = 300_000
_FACETS = ("indications", "designs", "drugs", "routes")

Addresses = Iterator[str]


@dataclass
class Measured:
    """Milliseconds that clients waited, alone and as one of four; CPU ms of the server; bytes of pages; pages that ended in an
    error, such as stock Datasette's time limit.
    """

    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0
    refused: int = 0

    def add(self, times: list[float], answer: tuple[float, int, int]) -> None:
        took, size, status = answer
        times.append(took)
        self.size = max(self.size, size)
        self.refused += status != 200


def kinds(name: str, records: int, draw: random.Random, *, stock: bool) -> dict[str, Addresses]:
    """For each kind of page, its addresses without end. Stock Datasette is asked for the same by its own means."""
    words = [word.split()[0] for word in site_data.FIELD]
    weights = list(site_data.FIELD.values())
    seldom = site_data.WORDS[300:]  # nobody searches for the words that stand everywhere
    table = "records" if stock else "works"
    by_hand = (
        [("_facet_array", one) for one in _FACETS] + [("_facet", "year"), ("_size", "20")] if stock else []
    )

    def one(values: Sequence[str]) -> str:
        return values[int(len(values) * draw.random() ** 2)]

    def search() -> Iterator[str]:
        while True:
            asked = " ".join(dict.fromkeys(draw.choices(words, weights, k=draw.choice((1, 2, 2, 3)))))
            asked += draw.choice(("", "", f" {draw.choice(seldom)}", f" {draw.choice(seldom)[:6]}*"))
            yield f"/{name}/{table}?{urlencode([('_search', asked), *by_hand])}"

    def facets() -> Iterator[str]:
        while True:
            filters = [
                ("indications__arraycontains", one(site_data.INDICATIONS)),
                ("year__gte", str(draw.randint(2002, 2025))),
            ]
            filters += [("designs__arraycontains", one(site_data.DESIGNS))] * draw.randint(0, 1)
            yield f"/{name}/{table}?{urlencode([*filters, ('sample_size__gt', '0')][: draw.choice((2, 3))] + by_hand)}"

    def record() -> Iterator[str]:
        while True:
            number = draw.randrange(records)
            key = (
                f"pubmed~3A{50_000_000 + number}"
                if number % 15
                else f"clinicaltrials~3ANCT{10_000_000 + number}"
            )
            yield f"/{name}/records/{key}"

    def home() -> Iterator[str]:
        while True:
            yield "/"

    return {"home": home(), "search": search(), "facets": facets(), "record": record()}


class Client:
    """Asks one server, over one connection."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, address: str) -> tuple[float, int, int]:
        """(milliseconds, bytes, status)."""
        began = time.perf_counter()
        self._connection.request("GET", address)
        answer = self._connection.getresponse()
        body = answer.read()
        return (time.perf_counter() - began) * 1000, len(body), answer.status


def measure(server: subprocess.Popen[bytes], port: int, addresses: Addresses, requests: int) -> Measured:
    found, lock = Measured(), threading.Lock()
    asked = [next(addresses) for _ in range(requests + requests // 4)]
    client = Client(port)
    client.ask(asked[0])
    for address in asked[: requests // 4]:
        found.add(found.alone, client.ask(address))
    rest, before = iter(asked[requests // 4 :]), _cpu_ms(server.pid)

    def visit() -> None:
        own = Client(port)
        while True:
            with lock:
                address = next(rest, None)
            if address is None:
                return
            answer = own.ask(address)
            with lock:
                found.add(found.together, answer)

    visitors = [threading.Thread(target=visit) for _ in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    found.cpu.append((_cpu_ms(server.pid) - before) / requests)
    return found


def _cpu_ms(pid: int) -> float:
    """CPU time of a process, user and system (proc(5): fields 14 and 15 of stat)."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the last core, while clients have the others."""
    process = subprocess.Popen(
        [sys.executable, "-m", "datasette", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database(records: int) -> Path:
    """The database in the user's cache, built if it is not there; one of another day is removed."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ketamine-watch"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pages{records}-{date.today().isoformat()}.db"
    for old in folder.glob("pages*.db*"):
        if date.today().isoformat() not in old.name:
            old.unlink()
    if not path.exists():
        draft = path.with_suffix(".draft.db")
        draft.unlink(missing_ok=True)
        began = time.perf_counter()
        site_data.build(draft, records)
        draft.replace(path)
        print(
            f"{records:,} records written in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e6:.0f} MB"
        )
    return path


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def main() -> None:
    given = [one for one in sys.argv[1:] if one != "--forget"]
    path = database(int(given[0]) if given else 200_000)
    records = int(given[0]) if given else 200_000
    found: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(4):
        who, port, draw = ("site", "stock")[turn % 2], _free_port(), random.Random(turn // 2)
        stock = ["serve", str(path), "--host", "127.0.0.1", "--port", str(port)]
        command = stock if who == "stock" else arguments(path, host="127.0.0.1", port=port)
        with serving(command, port) as server:
            Client(port).ask(
                "/"
            )  # as a visitor before: what is counted once for a state of the file is counted
            for kind, addresses in kinds(path.stem, records, draw, stock=who == "stock").items():
                found.setdefault((kind, who), []).append(measure(server, port, addresses, REQUESTS[who]))
    print(
        f"\n{'page':9}{'server':7}{'alone':>8}{'p95':>7}{'of four':>9}{'p95':>7}{'CPU ms':>8}{'kB':>6}{'refused':>9}   p95 of each turn"
    )
    for (kind, who), turns in sorted(found.items()):
        alone = [took for turn in turns for took in turn.alone]
        together = [took for turn in turns for took in turn.together]
        size = max(turn.size for turn in turns)
        refused = sum(turn.refused for turn in turns)
        over = who == "site" and (
            percentile(together, 0.95) > LIMIT_MS[kind] or size > LIMIT_BYTES or refused
        )
        print(
            f"{kind:9}{who:7}{statistics.median(alone):8.0f}{percentile(alone, 0.95):7.0f}{statistics.median(together):9.0f}"
            f"{percentile(together, 0.95):7.0f}{statistics.fmean(cpu for turn in turns for cpu in turn.cpu):8.1f}{size / 1000:6.0f}{refused:9}   "
            + ", ".join(f"{percentile(turn.together, 0.95):.0f}" for turn in turns)
            + ("   over the limit" if over else "")
        )
    if "--forget" in sys.argv:
        path.unlink()


if __name__ == "__main__":
    main()
