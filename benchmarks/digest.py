"""What issues and their mails cost: `python -m benchmarks.digest [READERS] [RECORDS]`.

Invented records, readers who want twelve different things, and a real SMTP server on loopback. Each step is a process of
its own: CPU seconds and peak memory are whole processes', start-up included; the server's are not in them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import product
from pathlib import Path

from benchmarks.ingest import measured
from benchmarks.synthetic import write
from crawler.digest.audience import Audience
from store.readers import people
from store.readers.file import opened
from tests.mail_server import mail_server

_AUDIENCES = [
    Audience(indications=indication, min_size=size, frequency=frequency)
    for indication, size, frequency in product(
        [("depression",), ("ptsd", "ocd"), ()], [None, 20], ["weekly", "monthly"]
    )
]
#: so that a first issue reaches back to all records: confirmed readers get all since the period before
_LONG_AGO = "2000-01-03T00:00:00Z"
_TOML = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
from = "Ketamine Watch <digest@watch.example>"
url = "https://watch.example/digest"
per_minute = 1000000
"""


def fill(path: Path, count: int) -> None:
    """A readers' file with so many confirmed readers."""
    with opened(path) as db, db.atomic():
        for number in range(count):
            audience = _AUDIENCES[number % len(_AUDIENCES)].to_dict()
            reader = people.ask(db, f"reader{number}@clinic.example", audience, _LONG_AGO)
            people.confirm(db, reader.id, _LONG_AGO)


def main() -> None:
    readers, records = (int(given) for given in (sys.argv[1:] + ["500", "2000"][len(sys.argv) - 1 :]))
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder, mail_server() as server:
        xml, db, toml = (Path(folder) / name for name in ("records.xml", "watch.db", "watch.toml"))
        write(xml, records)
        toml.write_text(_TOML.format(port=server.port))
        os.environ["KETAMINE_WATCH_CONFIG"] = str(toml)
        measured(python, "-m", "crawler.cli", "load", str(xml), "--db", str(db))
        send = (python, "-m", "crawler.cli", "digest", "send", "--db", str(db))
        start, start_mb = measured(python, "-c", "import crawler.digest.run")
        fill(db.with_name("readers.db"), len(_AUDIENCES))
        build, build_mb = measured(*send)
        fill(db.with_name("readers.db"), readers)
        rest, rest_mb = measured(*send)
        assert len({address for address, _ in server.taken}) == len(server.taken) == readers
        again, again_mb = measured(*send)
        assert len(server.taken) == readers
        size = sum(len(content) for _, content in server.taken) / readers / 1024
    print(
        f"{records:,} records, {readers:,} readers of {len(_AUDIENCES)} audiences; a mail has {size:.0f} kB"
    )
    print(f"Python {sys.version.split()[0]}\n\n{'step':44}{'CPU s':>8}{'peak MB':>9}")
    for name, seconds, memory in (
        ("starting the program", start, start_mb),
        (f"digest send: build {len(_AUDIENCES)} issues, as many mails", build, build_mb),
        (f"digest send: {readers - len(_AUDIENCES):,} mails", rest, rest_mb),
        ("digest send: nobody is due", again, again_mb),
    ):
        print(f"{name:44}{seconds:8.1f}{memory:9.0f}")
    print(f"\n{(rest - start) / (readers - len(_AUDIENCES)) * 1000:.1f} ms a mail")


if __name__ == "__main__":
    main()
