"""The readers' file, double opt-in, and the pages where readers confirm and unsubscribe, over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from crawler.digest import subscribing
from crawler.digest.reader_pages import Choices
from crawler.digest.subscribing import Wish, subscribe
from crawler.digest.transports import Folder
from crawler.digest.unsubscribe import LARGEST_BODY, Desk, _form, web_app
from crawler.digest.windows import as_text
from store.database import open_database
from store.errors import ConfigError, MailError, ReaderError
from store.readers import people, tokens
from store.readers.file import open_readers
from tests.digest_readers import MONDAY, WEEKLY, FakeClock, confirmed, readers_file, run, settings, smtp
from tests.mail_server import mail_server

CHOICES = Choices(
    {"ptsd": "PTSD", "ocd": "OCD"}, {"ketamine": "ketamine"}, {"rct": "RCT", "protocol": "Protocol"}
)
CANARY = "canary.7f3a@clinic.example"
NOW = as_text(MONDAY)

# -- the file


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "readers.db"
    db = open_readers(path)
    confirmed(db, CANARY)
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        "readers.db": 0o600, "readers.db-wal": 0o600, "readers.db-shm": 0o600,
    }  # fmt: skip
    db.close()
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(
            ConfigError, match=rf"others on this machine may open it \(mode {mode:04o}\).*chmod 600"
        ):
            open_readers(path)
    path.chmod(0o600)
    assert [one.address for one in people.readers(open_readers(path))] == [CANARY]


def test_another_file_is_not_taken_for_it(tmp_path: Path) -> None:
    main = tmp_path / "ketamine.db"
    open_database(main).close()
    main.chmod(0o600)
    with pytest.raises(ConfigError, match="this is another database"):
        open_readers(main)
    (tmp_path / "notes").write_text("no database" * 100)
    (tmp_path / "notes").chmod(0o600)
    with pytest.raises(ConfigError, match="notes"):
        open_readers(tmp_path / "notes")
    with pytest.raises(ConfigError, match="No such file"):
        open_readers(tmp_path / "absent" / "readers.db")


def test_a_forgotten_reader_leaves_no_trace_but_a_hash_that_keeps_them_away(tmp_path: Path) -> None:
    db = readers_file(tmp_path)
    confirmed(db, CANARY)
    run(db, Folder(tmp_path / "out"))
    assert any(CANARY.encode() in file.read_bytes() for file in tmp_path.glob("readers.db*"))
    people.forget(db, 1, NOW)
    for file in tmp_path.glob("readers.db*"):
        assert b"canary" not in file.read_bytes(), file
    assert people.readers(db) == []
    assert db["deliveries"].count == db["tokens"].count == 0
    with pytest.raises(ReaderError, match="forgotten at their wish"):
        people.ask(db, CANARY.upper(), WEEKLY, NOW)
    assert people.follow_config(db, {CANARY: WEEKLY}, NOW) == [
        "a reader of watch.toml was forgotten at their wish: take the entry out"
    ]
    assert people.ask(db, CANARY, WEEKLY, NOW, anew=True).id == 2  # a number is never given twice


# -- subscribing


def ask(
    db: object, folder: Path, clock: FakeClock | None = None, address: str = CANARY, **audience: object
) -> people.Reader:
    wish = Wish(address, WEEKLY | audience, "weekly: everything")
    return subscribe(db, settings(), Folder(folder), (clock or FakeClock()).clock, wish)  # type: ignore[arg-type]


def token_of(folder: Path, action: str = "confirm") -> str:
    """The token of the newest mail in a folder."""
    mails = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    found = re.findall(
        rf"https://watch\.example/digest/{action}/([\w-]+)", mails[-1].read_text().replace("=\n", "")
    )
    assert found
    return found[0]


def test_nobody_gets_mail_who_did_not_say_yes(tmp_path: Path) -> None:
    db, out, clock = readers_file(tmp_path), tmp_path / "asked", FakeClock()
    assert ask(db, out).status == "pending"
    assert run(db, Folder(tmp_path / "sent")).skipped[0].why == "pending"
    token = token_of(out)
    reader, changed = subscribing.use(db, token, "confirm", clock.clock)
    assert (reader.status, reader.confirmed_at, changed) == ("confirmed", NOW, True)
    assert subscribing.use(db, token, "confirm", clock.clock)[1] is False
    assert run(db, Folder(tmp_path / "sent")).ended["sent"] == 1
    mail = next(out.glob("*.eml")).read_text()
    assert "List-Unsubscribe" not in mail
    assert "it was not you, do nothing" in mail


def test_a_confirmed_readers_wishes_change_at_once_and_no_mail_asks_again(tmp_path: Path) -> None:
    db, out = readers_file(tmp_path), tmp_path / "asked"
    confirmed(db, CANARY)
    again = ask(db, out, address=CANARY.title(), frequency="monthly")
    assert (again.id, again.status, again.audience["frequency"]) == (1, "confirmed", "monthly")
    assert not out.exists()


def test_who_left_and_asks_again_is_asked_back(tmp_path: Path) -> None:
    db, out = readers_file(tmp_path), tmp_path / "asked"
    confirmed(db, CANARY)
    people.leave(db, 1, NOW)
    assert ask(db, out).status == "pending"
    subscribing.use(db, token_of(out), "confirm", FakeClock().clock)
    back = people.reader(db, 1)
    assert (back.status, back.ended_at, back.ended_by) == ("confirmed", None, None)


@pytest.mark.parametrize("spoil", ["older", "other purpose", "left", "wrong"])
def test_a_token_that_does_not_fit_does_nothing(tmp_path: Path, spoil: str) -> None:
    db, out, clock = readers_file(tmp_path), tmp_path / "asked", FakeClock()
    ask(db, out)
    token, purpose = token_of(out), "confirm"
    if spoil == "older":
        clock.at += timedelta(days=14)
    elif spoil == "other purpose":
        purpose = "leave"
    elif spoil == "left":
        people.end(db, 1, "operator", "asked to", NOW)
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    before = people.reader(db, 1)
    with pytest.raises(ReaderError, match="unknown or too old"):
        subscribing.use(db, token, purpose, clock.clock)  # type: ignore[arg-type]
    assert people.reader(db, 1) == before


def test_only_hashes_of_tokens_are_kept(tmp_path: Path) -> None:
    db, out = readers_file(tmp_path), tmp_path / "asked"
    ask(db, out)
    token = token_of(out)
    assert len(token) == 43
    assert all(token.encode() not in file.read_bytes() for file in tmp_path.glob("readers.db*"))
    assert re.fullmatch(r"[0-9a-f]{64}", db.execute("SELECT hash FROM tokens").fetchone()[0])
    tokens.drop_expired(db, as_text(MONDAY + timedelta(days=15)))
    assert db["tokens"].count == 0


def test_a_question_that_cannot_be_sent_is_told_and_may_be_repeated(tmp_path: Path) -> None:
    db = readers_file(tmp_path)
    wish = Wish(CANARY, WEEKLY, "all")
    with mail_server(
        lambda stage, address, count: {
            ("RCPT", 1): "550 5.1.1 canary no",
            ("RCPT", 2): "451 canary later",
        }.get((stage, count), "")
    ) as server:
        for error, words in ((ReaderError, "refuses this address"), (MailError, "subscribe again")):
            with pytest.raises(error, match=words) as told:
                subscribe(db, settings(), smtp(server.port), FakeClock().clock, wish)
            assert "canary" not in str(told.value)
        assert subscribe(db, settings(), smtp(server.port), FakeClock().clock, wish).status == "pending"
        assert server.addresses == [CANARY]


def test_readers_of_the_configuration_are_confirmed_and_their_own_no_is_stronger(tmp_path: Path) -> None:
    db = readers_file(tmp_path)
    listed = {"one@clinic.example": WEEKLY, "two@clinic.example": WEEKLY, "Three@clinic.example": WEEKLY}
    confirmed(db, "own@clinic.example")
    assert people.follow_config(db, listed, NOW) == []
    assert [(one.address, one.status, one.origin) for one in people.readers(db)][1:] == [
        (name, "confirmed", "config") for name in listed
    ]
    people.leave(db, 2, NOW)
    monthly = WEEKLY | {"frequency": "monthly"}
    assert people.follow_config(db, {"one@clinic.example": WEEKLY, "three@clinic.example": monthly}, NOW) == [
        "reader 2 of watch.toml is unsubscribed: take the entry out"
    ]
    found = {one.id: (one.status, one.ended_by) for one in people.readers(db)}
    assert found == {
        1: ("confirmed", None),
        2: ("unsubscribed", "reader"),
        3: ("unsubscribed", "config"),
        4: ("confirmed", None),
    }
    assert people.reader(db, 4).audience == monthly
    people.follow_config(db, listed, NOW)
    assert people.reader(db, 3).status == "confirmed"  # the file's own end is undone by the file


# -- the pages


@dataclass
class Page:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Site:
    port: int
    folder: Path

    @property
    def db(self) -> object:
        return open_readers(self.folder / "readers.db")

    def __call__(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/x-www-form-urlencoded"
    ) -> Page:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        asked.request(method, path, body, {"Content-Type": kind})
        answer = asked.getresponse()
        page = Page(
            answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode()
        )
        asked.close()
        return page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("web")
    app = web_app(Desk(folder / "readers.db", "Watch & Co", CHOICES, FakeClock().clock))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    yield Site(server.servers[0].sockets[0].getsockname()[1], folder)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def reader(site: Site, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A confirmed reader who has had a mail: their number and the token of their link."""
    db = open_readers(site.folder / "readers.db")
    number = confirmed(db, f"{tmp_path.name}-{CANARY}")
    run(db, Folder(tmp_path / "out"), only=number)
    yield number, token_of(tmp_path / "out", "unsubscribe")
    people.forget(db, number, NOW)
    db.close()


def status(site: Site, number: int) -> str:
    db = open_readers(site.folder / "readers.db")
    try:
        return people.reader(db, number).status
    finally:
        db.close()


ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [(ONE_CLICK, "application/x-www-form-urlencoded"), (MULTIPART, "multipart/form-data; boundary=x")],
)
def test_one_click_unsubscribes_at_once_and_asking_does_not(
    site: Site, reader: tuple[int, str], body: bytes, kind: str
) -> None:
    number, token = reader
    path = f"/digest/unsubscribe/{token}"
    for method in ("GET", "HEAD", "GET"):  # a mail scanner follows links
        asked = site(method, path)
        assert (asked.status, status(site, number)) == (200, "confirmed")
    assert '<form method="post">' in asked.text
    assert "Watch &amp; Co" in asked.text
    assert f'href="../preferences/{token}"' in asked.text
    done = site("POST", path, body, kind)
    assert (done.status, status(site, number)) == (200, "unsubscribed")
    assert "You are unsubscribed" in done.text
    assert site("POST", path, body, kind).text == done.text  # a program may repeat it
    gone = people.reader(site.db, number)  # type: ignore[arg-type]
    assert (gone.ended_by, gone.ended_at) == ("reader", NOW)


def test_the_button_of_the_page_does_what_it_says(site: Site, reader: tuple[int, str]) -> None:
    number, token = reader
    page = site("GET", f"/unsubscribe/{token}")
    fields = re.findall(r'name="([^"]+)" value="([^"]+)"', page.text)
    assert site("POST", f"/unsubscribe/{token}", "&".join(map("=".join, fields)).encode()).status == 200
    assert status(site, number) == "unsubscribed"


def test_confirming_asks_first_too(site: Site, tmp_path: Path) -> None:
    db = open_readers(site.folder / "readers.db")
    number = ask(db, tmp_path / "asked", address=f"new-{CANARY}").id
    path = f"/digest/confirm/{token_of(tmp_path / 'asked')}"
    assert site("GET", path).status == 200
    assert site("POST", path, ONE_CLICK).status == 400
    assert status(site, number) == "pending"
    assert site("POST", path, b"confirm=yes").status == 200
    assert status(site, number) == "confirmed"


def test_preferences_show_what_is_and_keep_what_is_chosen(site: Site, reader: tuple[int, str]) -> None:
    number, token = reader
    path = f"/preferences/{token}"
    assert re.findall(r'value="(\w+)" checked', site("GET", path).text) == ["weekly"]
    posted = b"preferences=yes&indications=ptsd&indications=ocd&designs=rct&min_size=20&frequency=monthly"
    assert "Saved" in site("POST", path, posted).text
    found = people.reader(site.db, number)  # type: ignore[arg-type]
    assert found.audience == {
        "indications": ["ocd", "ptsd"],
        "drugs": [],
        "designs": ["rct"],
        "min_size": 20,
        "frequency": "monthly",
    }
    assert (found.status, found.chosen_at) == ("confirmed", NOW)
    shown = site("GET", path).text
    assert re.findall(r'value="(\w+)" checked', shown) == ["ptsd", "ocd", "rct", "monthly"]
    assert 'value="20"' in shown
    for wrong in (
        b"indications=gout",
        b"frequency=hourly",
        b"min_size=many",
        b"designs=%3Cscript%3E",
        b"min_size=%C2%B2",
    ):
        assert site("POST", path, b"preferences=yes&" + wrong).status == 400
    assert people.reader(site.db, number) == found  # type: ignore[arg-type]
    people.follow_config(site.db, {found.address: WEEKLY}, NOW)  # type: ignore[arg-type]
    assert people.reader(site.db, number).audience == found.audience  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/unsubscribe/" + "x" * 43, b"", 404),
        ("POST", "/unsubscribe/" + "x" * 43, ONE_CLICK, 404),
        ("POST", "/confirm/{token}", b"confirm=yes", 404),  # for something else
        ("GET", "/", b"", 404),
        ("GET", "/unsubscribe/", b"", 404),
        ("GET", "/unsubscribe/" + "x" * 5000, b"", 404),
        ("GET", "/unsubscribe/%ED%A0%80%00'--", b"", 404),
        ("POST", "/unsubscribe/{token}", b"", 400),
        ("POST", "/unsubscribe/{token}", b"List-Unsubscribe=No", 400),
        ("POST", "/unsubscribe/{token}", b"\xff\x00=&;%", 400),
        ("POST", "/unsubscribe/{token}", ONE_CLICK + b"&x=" + b"y" * LARGEST_BODY, 413),
        ("PUT", "/unsubscribe/{token}", ONE_CLICK, 405),
        ("DELETE", "/unsubscribe/{token}", b"", 405),
    ],
)
def test_whatever_else_comes_changes_nothing_and_tells_nothing(
    site: Site, reader: tuple[int, str], method: str, path: str, body: bytes, code: int
) -> None:
    number, token = reader
    page = site(method, path.format(token=token), body)
    assert (page.status, status(site, number)) == (code, "confirmed")
    assert "canary" not in page.text
    assert "<p>" in page.text


def test_every_page_is_closed_to_scripts_frames_caches_and_referrers(
    site: Site, reader: tuple[int, str]
) -> None:
    _, token = reader
    for path in (f"/unsubscribe/{token}", "/nothing"):
        headers = site("GET", path).headers
        rules = headers["content-security-policy"].split("; ")
        assert {
            "default-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        } <= set(rules)
        assert [rule.split()[0] for rule in rules if "-src" in rule] == ["default-src", "style-src"]
        assert "unsafe" not in str(rules)
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "canary" not in str(headers)


def answer_to(path: Path, body: list[dict[str, object]]) -> tuple[int, bytes]:
    """Status and page of a POST whose body comes in these parts; when they are used up, no more comes."""
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        return body.pop(0) if body else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(part: dict[str, Any]) -> None:
        said.append(part)

    scope = {"type": "http", "method": "POST", "path": "/unsubscribe/abc", "headers": []}
    asyncio.run(web_app(Desk(path, "Watch", CHOICES))(scope, receive, send))
    return said[0]["status"], said[1]["body"]


def test_a_file_that_fails_is_told_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "readers.db"
    open_readers(path).close()
    path.chmod(0o644)
    status, page = answer_to(path, [{"type": "http.request", "body": ONE_CLICK}])
    assert status == 503
    assert b"Nothing was changed" in page
    assert b"readers.db" not in page


_PIECES = [b"--x\r\n", b"--x--", b"\r\n", b"\r\n\r\n", b'Content-Disposition: form-data; name="a"', b"; name*=bogus'x'%ff%00",
           b"Content-Type: text/plain; charset=nope", b"Content-Transfer-Encoding: base64", b"\xff\xfe\x00", ONE_CLICK, b"&"]  # fmt: skip
_KINDS = [
    b"multipart/form-data; boundary=x",
    b"multipart/form-data",
    b"multipart/form-data; charset=\xff",
    b"text/plain",
]


@limits(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join), st.sampled_from(_KINDS))
def test_no_form_however_damaged_is_more_than_fields(body: bytes, kind: bytes) -> None:
    form = _form({"headers": [(b"content-type", kind)]}, body)
    assert all(isinstance(value, str) for values in form.values() for value in values)


def test_a_body_that_never_ends_or_is_cut_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.digest.unsubscribe.BODY_SECONDS", 0.01)
    part: dict[str, object] = {"type": "http.request", "body": ONE_CLICK, "more_body": True}
    assert answer_to(tmp_path / "readers.db", [part])[0] == 408
    assert answer_to(tmp_path / "readers.db", [part, {"type": "http.disconnect"}])[0] == 400
    assert answer_to(tmp_path / "readers.db", [part | {"body": b"x" * 4000}] * 2)[0] == 413


def test_from_the_mail_to_the_page_and_no_further_mail(site: Site) -> None:
    db = open_readers(site.folder / "readers.db")
    number = confirmed(db, f"whole-{CANARY}")
    clock = FakeClock()
    with mail_server() as server:
        run(db, smtp(server.port), clock, only=number)
        header = server.mails()[0]["List-Unsubscribe"]
        assert server.mails()[0]["List-Unsubscribe-Post"] == ONE_CLICK.decode()
        address = re.fullmatch(r"<https://watch\.example(/digest/unsubscribe/[\w-]+)>", header)
        assert address
        assert site("POST", address[1], ONE_CLICK).status == 200
        clock.at += timedelta(days=7)
        assert run(db, smtp(server.port), clock, only=number).skipped[0].why == "unsubscribed"
        assert len(server.taken) == 1
    assert sqlite3.connect(site.folder / "readers.db").execute(
        "SELECT count(*) FROM tokens WHERE used_at IS NOT NULL AND reader_id = ?", [number]
    ).fetchone() == (1,)
