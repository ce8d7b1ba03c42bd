"""`ketamine-watch digest`, as an operator uses it; and no address where it does not belong."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result

from crawler.cli import cli
from crawler.digest.smtp import Server
from store.database import open_database
from store.readers import people
from store.readers.file import open_readers, sending_lock
from tests.digest_readers import WEEKLY, confirmed
from tests.mail_server import KEEP_AND_CUT, certificate, mail_server
from tests.test_digest_subscribers import token_of

CANARY, TOML = (
    "canary.7f3a@clinic.example",
    """
[mail]
transport = "folder"
folder = "{folder}/out"
from = "Ketamine Watch <digest@watch.example>"
url = "https://watch.example/digest"
per_minute = 60000
""",
)


@dataclass
class Command:
    """The command over a folder with a database, a configuration and, once needed, readers."""

    folder: Path
    said: str = ""

    def __call__(self, *arguments: str, toml: str = TOML) -> Result:
        (self.folder / "watch.toml").write_text(toml.format(folder=self.folder))
        environ = {
            "KETAMINE_WATCH_DB": str(self.db),
            "KETAMINE_WATCH_CONFIG": str(self.folder / "watch.toml"),
        }
        result = CliRunner().invoke(cli, ["digest", *arguments], env=environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if arguments[0] != "readers":
            self.said += result.output
        return result

    @property
    def db(self) -> Path:
        return self.folder / "ketamine.db"

    @property
    def readers(self) -> Path:
        return self.folder / "readers.db"


@pytest.fixture(scope="module")
def empty_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What issues tell is tested elsewhere; those of an empty database say that nothing is new."""
    path = tmp_path_factory.mktemp("empty") / "ketamine.db"
    open_database(path).close()
    return path


@pytest.fixture
def digest(empty_db: Path, tmp_path: Path) -> Iterator[Command]:
    shutil.copy(empty_db, tmp_path / "ketamine.db")
    command = Command(tmp_path)
    yield command
    assert "canary" not in command.said


def test_from_asking_to_forgetting(digest: Command) -> None:
    asked = digest(
        "subscribe",
        CANARY,
        "--indication",
        "ptsd",
        "--design",
        "rct",
        "--min-size",
        "20",
        "--frequency",
        "daily",
    )
    assert asked.output == "reader 1: pending; a mail asks them to confirm\n"
    assert "nothing: pending" in digest("send", "--dry-run").output
    assert digest("confirm", token_of(digest.folder / "out")).output == "reader 1: confirmed\n"
    plan = json.loads(digest("send", "--dry-run", "--json").output)
    assert [(one["reader"], one["audience"]["indications"]) for one in plan["due"]] == [(1, ["ptsd"])]
    assert digest("send").output == "1 sent; 0 had nothing to get\n"
    assert digest("send").output == "nobody was due; 1 had nothing to get\n"
    assert digest("subscribe", CANARY, "--frequency", "weekly").output == "reader 1: wishes changed\n"
    listed = json.loads(digest("readers", "--json").output)[0]
    assert (listed["address"], listed["audience"]) == (CANARY, WEEKLY)
    assert f"1\t{CANARY}\tconfirmed" in digest("readers").output
    assert digest("unsubscribe", CANARY).output == "reader 1: unsubscribed\n"
    assert "(operator: asked to)" in digest("readers").output
    assert digest("forget", "1").output == "reader 1: forgotten\n"
    assert digest("readers").output == ""
    again = digest("subscribe", CANARY)
    assert (again.exit_code, "forgotten at their wish" in again.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["subscribe", "canary"], 2, "no usable address"),
        (["subscribe", f"{CANARY}\nBcc: x@y.example"], 2, "line break"),
        (["subscribe", CANARY, "--indication", "gout"], 2, "unknown in indications: gout (known: depression"),
        (["subscribe", CANARY, "--design", "RCT"], 2, "unknown in designs: RCT"),
        (["subscribe", CANARY, "--frequency", "hourly"], 2, "'hourly' is not one of"),
        (["unsubscribe", CANARY], 1, "there is no reader of this address"),
        (["forget", "7"], 1, "there is no reader 7"),
        (["confirm", "x"], 1, "unknown or too old"),
        (["resolve", "3"], 2, "say --arrived or --again"),
        (["resolve", "3", "--again", "--by", "A. Person", "--why", "x"], 1, "delivery 3 is not in doubt"),
        (["send", "--only", "9"], 1, "there is no reader 9"),
    ],
)
def test_what_cannot_be_is_said_in_words_without_the_address(
    digest: Command, arguments: list[str], code: int, words: str
) -> None:
    result = digest(*arguments)
    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_nothing_is_sent_before_mail_is_set_up(digest: Command) -> None:
    for toml, words in (("", "set [mail] transport"), (TOML.replace("folder =", "#"), "set [mail] folder")):
        result = digest("send", toml=toml)
        assert (result.exit_code, words in result.output) == (2, True)
    result = digest("send", "--db", str(digest.folder / "absent.db"))
    assert (result.exit_code, "no such file" in result.output) == (2, True)
    assert not (digest.folder / "absent.db").exists()
    secret = TOML.replace('"folder"', '"smtp"\nuser = "reader"')
    assert "KETAMINE_WATCH_SMTP_PASSWORD" in digest("send", toml=secret).output


def test_the_servers_password_never_shows(digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    password = "c4n4ry-password"
    monkeypatch.setenv("KETAMINE_WATCH_SMTP_PASSWORD", password)
    confirmed(open_readers(digest.readers), "other@clinic.example")
    file, context = certificate(digest.folder)
    with mail_server(tls=context) as server:
        smtp = f'"smtp"\nuser = "reader"\nhost = "localhost"\nport = {server.port}\nca_file = "{file}"'
        result = digest("send", toml=TOML.replace('"folder"\n', f"{smtp}\n"))
    assert result.exit_code == 1
    assert "does not take the user and password (535)" in result.output
    assert password not in result.output
    assert all(password.encode() not in one.read_bytes() for one in digest.folder.iterdir() if one.is_file())
    assert password not in repr(Server("localhost", 25, "tls", "reader", password))


def test_a_rehearsal_changes_nothing(digest: Command) -> None:
    toml = TOML + f'[[digest.reader]]\naddress = "{CANARY}"\n'
    confirmed(open_readers(digest.readers), "other@clinic.example")
    before = digest.db.read_bytes()
    said = digest("send", "--dry-run", toml=toml).output
    assert "2 would get an issue, 0 nothing" in said
    assert [one.address for one in people.readers(open_readers(digest.readers))] == ["other@clinic.example"]
    assert digest.db.read_bytes() == before
    assert digest("send", toml=toml).output == "2 sent; 0 had nothing to get\n"
    assert digest("send", "--dry-run", toml=toml).output.endswith("0 would get an issue, 2 nothing\n")


def test_readers_who_want_the_same_share_an_issue_that_is_built_for_them(digest: Command) -> None:
    db = open_readers(digest.readers)
    for number in range(3):
        confirmed(db, f"reader{number}@clinic.example", WEEKLY | {"indications": ["ptsd"]})
    confirmed(db, "other@clinic.example", WEEKLY | {"indications": ["ocd"]})
    built = [line.split("\t")[0].partition(".")[2] for line in digest("build").output.splitlines()]
    assert built == ["weekly-ocd", "weekly-ptsd"]
    assert digest("send").output == "4 sent; 0 had nothing to get\n"
    assert len(digest("list").output.splitlines()) == 2
    for file in (digest.folder / "out").glob("*.eml"):
        for part in message_from_bytes(file.read_bytes(), policy=policy.default).iter_parts():
            content = part.get_content()
            assert "reader.invalid" not in content  # every marker became the reader's own address
            assert (
                len(
                    set(
                        re.findall(
                            r"https://watch\.example/digest/(?:unsubscribe|preferences)/[\w-]{43}", content
                        )
                    )
                )
                == 2
            )


def test_an_issue_that_a_restored_database_has_no_more_is_given_up(digest: Command) -> None:
    db = open_readers(digest.readers)
    confirmed(db, CANARY)
    digest("send")
    db.execute("UPDATE deliveries SET state = 'deferred', issue_id = 'gone'")
    db.conn.commit()
    said = digest("send").output
    assert "their issue is no longer there" in said
    assert "1 dropped" in said


def test_another_run_and_an_open_file_stop_it(digest: Command) -> None:
    with sending_lock(digest.readers):
        assert digest("send").exit_code == 75
    open_readers(digest.readers).close()
    digest.readers.chmod(0o644)
    result = digest("send")
    assert (result.exit_code, "chmod 600" in result.output) == (2, True)


def test_a_signal_ends_the_run_after_the_mail_under_way(digest: Command) -> None:
    db = open_readers(digest.readers)
    for number in range(4):
        confirmed(db, f"canary{number}@clinic.example")

    def says(stage: str, address: str, count: int) -> str:
        if (stage, count) == ("DATA", 2):
            os.kill(os.getpid(), signal.SIGTERM)
        return ""

    with mail_server(says) as server:
        toml = TOML.replace(
            '"folder"', f'"smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"'
        )
        stopped = digest("send", toml=toml)
        assert (stopped.exit_code, len(server.taken)) == (1, 2)
        assert (
            "stopped before every reader was served; readers not reached, due in the next run: 2"
            in stopped.output
        )
        assert digest("send", toml=toml).output == "2 sent; 2 had nothing to get\n"
        assert len(set(server.addresses)) == len(server.taken) == 4


def test_no_address_leaves_the_readers_file_but_in_its_mail(digest: Command) -> None:
    db = open_readers(digest.readers)
    for number in range(1, 5):
        confirmed(db, f"canary{number}@clinic.example")
    answers = {1: f"550 5.1.1 <{CANARY}> unknown", 2: f"451 <{CANARY}> later", 3: KEEP_AND_CUT}
    with mail_server(
        lambda stage, address, count: answers.get(count, "") if stage == "DATA" else ""
    ) as server:
        toml = TOML.replace(
            '"folder"', f'"smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"'
        )
        report = digest("send", toml=toml)
        assert [word in report.output for word in ("1 refused", "1 deferred", "1 in doubt", "1 sent")] == [
            True
        ] * 4
        doubt = digest("resolve").output
        assert doubt.startswith("3\treader 3\tissue ")
        digest("resolve", "3", "--arrived", "--by", "A. Person", "--why", "they have it")
        assert digest("resolve").output == "nothing is in doubt\n"
        digest("send", "--dry-run", toml=toml)
        digest("send", "--json", toml=toml)
    environ = {"KETAMINE_WATCH_DB": str(digest.db)}
    assert CliRunner().invoke(cli, ["backup", str(digest.folder / "copy.db")], env=environ).exit_code == 0
    open_database(digest.db).close()
    published = [
        file for file in digest.folder.iterdir() if file.is_file() and not file.name.startswith("readers.db")
    ]
    assert {file.name for file in published} >= {"ketamine.db", "copy.db"}
    for file in published:
        assert b"canary" not in file.read_bytes(), file
    assert any(
        b"canary" in file.read_bytes() for file in digest.folder.glob("readers.db*")
    )  # else nothing was proved


def test_the_pages_are_served_and_their_log_keeps_still(digest: Command) -> None:
    digest("subscribe", CANARY)
    token = token_of(digest.folder / "out")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "digest",
        "web",
        "--port",
        str(port),
        "--db",
        str(digest.db),
    ]
    served = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        answer = _post(f"http://127.0.0.1:{port}/digest/confirm/{token}", b"confirm=yes")
    finally:
        served.send_signal(signal.SIGINT)
        said = served.communicate(timeout=20)[0]
    assert "You are subscribed" in answer
    assert people.reader(open_readers(digest.readers), 1).status == "confirmed"
    assert f"http://127.0.0.1:{port}/" in said
    assert token not in said
    assert "canary" not in said


def _post(url: str, body: bytes) -> str:
    for _ in range(200):
        try:
            with urlopen(Request(url, body), timeout=20) as answer:
                return str(answer.read().decode())
        except URLError:
            time.sleep(0.05)  # until the process listens
    pytest.fail("it does not listen")
