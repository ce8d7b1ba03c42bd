"""An issue as a mail: its headers as the standards ask, whatever stands in titles, names and addresses."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from crawler.config import load_config
from crawler.digest.address import checked_address
from crawler.digest.message import Envelope, Letter, issue_mail
from crawler.digest.windows import as_text, due
from store.errors import ConfigError
from tests.digest_readers import MONDAY, settings

LINK = "https://watch.example/digest/unsubscribe/" + "a" * 43
ENVELOPE = Envelope("reader@clinic.example", "0123abcd", MONDAY)
LETTER = Letter("Ketamine Watch", "Text – mit Ümlaut\n.\nFrom here on\n", "<p>Ümlaut</p>\n")


def wire(letter: Letter = LETTER, **changes: str) -> bytes:
    return issue_mail(letter, settings(**changes), ENVELOPE, LINK)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_the_headers_that_a_list_has() -> None:
    mail = read(
        wire(unsubscribe_mailto="leave@watch.example", name="Ketamine-Wächter", list_name="Wächter, weekly")
    )
    assert mail["From"] == "Ketamine-Wächter <digest@watch.example>"
    assert mail["To"] == "reader@clinic.example"
    assert mail["Date"].datetime == MONDAY
    assert mail["Message-ID"] == "<0123abcd@watch.example>"
    assert mail["List-Id"] == "Wächter, weekly <digest.watch.example>"
    assert mail["List-Unsubscribe"] == f"<{LINK}>, <mailto:leave@watch.example?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain",
        "text/html",
    ]  # the last is the best
    contents = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert contents == [LETTER.text, LETTER.html]


def test_an_address_to_leave_by_is_one_address_whatever_is_in_it() -> None:
    mail = read(wire(unsubscribe_mailto="a?cc=x&b%2C@watch.example"))
    assert (
        mail["List-Unsubscribe"]
        == f"<{LINK}>, <mailto:a%3Fcc%3Dx%26b%252C@watch.example?subject=unsubscribe>"
    )


def test_it_is_seven_bit_in_short_lines_and_no_link_is_broken() -> None:
    content = wire(
        Letter("Ü" * 500, "ü" * 3000, "<p>" + "–" * 3000 + "</p>"),
        unsubscribe_mailto=f"{'x' * 60}@watch.example",
    )
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    head = content.partition(b"\r\n\r\n")[0].decode()
    assert f"\r\nList-Unsubscribe: <{LINK}>,\r\n <mailto:" in head  # no encoded words in it: RFC 2047, 5
    assert max(map(len, content.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1
    assert max(map(len, content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 78
    assert len(read(content)["Subject"]) <= 240


HOSTILE = st.text(
    st.sampled_from("ab ü\r\n\t\x00\x0b\x0c\x1b\x85\u2028\u202e:=?<>\"',@;.\\-_\ud800𝄞"), max_size=60
)


@given(HOSTILE, HOSTILE)
@limits(deadline=None, max_examples=40)
def test_nothing_outside_becomes_a_header(title: str, name: str) -> None:
    content = wire(
        Letter(f"{title}\r\nBcc: victim@clinic.example", title, title), list_name=f"{name}\nBcc: x@y.example"
    )
    mail = read(content)
    assert mail["Bcc"] is None
    assert mail["To"] == "reader@clinic.example"
    assert [key for key in mail.keys() if key not in {  # noqa: SIM118 - a mail's keys may be doubled
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "List-Id",
        "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"}] == []  # fmt: skip
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["List-Id"].endswith("<digest.watch.example>")
    assert mail["List-Unsubscribe"] == f"<{LINK}>"


# -- addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" A.Reader+weekly@Clinic.EXAMPLE ", "A.Reader+weekly@clinic.example"),
        ("o'hara@clinic.example", "o'hara@clinic.example"),
        ("arzt@klinik-münchen.example", "arzt@xn--klinik-mnchen-3ob.example"),
        ("x@straße.example", "x@xn--strae-oqa.example"),
    ],
)
def test_addresses_that_are_taken(written: str, kept: str) -> None:
    assert checked_address(written) == kept


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("a@b.example\nBcc: c@d.example", "line break"),
        ("a@b.example\r", "line break"),
        ("a b@c.example", "blank"),
        ("a\x00@b.example", "control character"),
        ("a\u202e@b.example", "control character"),
        ("nobody", "form name@domain"),
        ("@b.example", "form name@domain"),
        ("a@", "form name@domain"),
        ("", "form name@domain"),
        ("jürgen@b.example", "SMTPUTF8"),
        ("a@b@c.example", "mail servers take"),
        ("Name<a@b.example>", "mail servers take"),
        ('"a b"@c.example', "blank"),
        ('"a"@c.example', "mail servers take"),
        ("a,b@c.example", "mail servers take"),
        ("a..b@c.example", "mail servers take"),
        (".a@c.example", "mail servers take"),
        (f"{'a' * 65}@c.example", "mail servers take"),
        ("a@localhost", "public domain"),
        ("a@[127.0.0.1]", "no domain name"),
        ("a@127.0.0.1", "public domain"),
        ("a@b..example", "no domain name"),
        ("a@-b.example", "no domain name"),
        ("a@b.example>", "no domain name"),
        (f"a@{'.'.join(['b' * 60] * 5)}.example", "no domain name"),
    ],
)  # fmt: skip
def test_addresses_that_are_not_and_why_without_repeating_them(written: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        checked_address(written)
    assert len(written) < 4 or written.strip() not in str(refused.value)


@given(st.text(st.sampled_from('a.@-+<>"\\ \r\n\tü\x00,;:()[]'), max_size=20))
@limits(deadline=None)
def test_no_address_that_is_taken_can_do_harm(text: str) -> None:
    try:
        address = checked_address(f"{text}@clinic.example" if "@" not in text else text)
    except ConfigError:
        return
    assert re.fullmatch(r"[a-z.+-]+@[a-z0-9.-]+", address)
    assert not address.startswith(".")


# -- [mail]


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ('[mail]\ntransport = "pigeon"', "mail.transport is one of smtp, folder, sendmail, not 'pigeon'"),
        ('[mail]\nsecurity = "ssl"', "mail.security is one of starttls, tls, none"),
        ('[mail]\nhost = "mail.example"\nsecurity = "none"', "may be none for a server on this machine only"),
        ('[mail]\nfrom = "Watch <nobody>"', "mail.from: no usable address"),
        ('[mail]\nfrom = "Watch\\nBcc: x <a@b.example>"', "mail.from must be one line"),
        ('[mail]\nlist_name = "Watch\\u0000"', "mail.list_name must be one line"),
        ('[mail]\nfrom = "a@b.example"\nlist_id = "a b"', "mail.list_id must look like"),
        ('[mail]\nurl = "http://watch.example"', "mail.url must be an https address"),
        ('[mail]\nurl = "https://watch.example/?a=1"', "without . and #"),
        ('[mail]\nurl = "https://watch.example/a>, <b"', "mail.url must be"),
        ('[mail]\nunsubscribe_mailto = "nobody"', "mail.unsubscribe_mailto: no usable address"),
        ("[mail]\nper_minute = 0", "mail.per_minute must be 1 or more"),
        ("[mail]\npassword = 'x'", r"unknown key mail\.password"),
        ("[digest]\nreader = [3]", "digest.reader number 1 must be a table"),
        ("[[digest.reader]]\naddress = 'canary'", "digest.reader number 1: no usable address"),
        (
            "[[digest.reader]]\naddress = 'a@b.example'\nweight = 3",
            "digest.reader number 1: an audience has no 'weight'",
        ),
        ("[[digest.reader]]\naddress = 'a@b.example'\nmin_size = true", "min_size is a number"),
        (
            "[[digest.reader]]\naddress = 'a@b.example'\n[[digest.reader]]\naddress = 'A@b.example'",
            "number 2: this address is listed twice",
        ),
        ("[[digest.reader]]\naddress = 'a@b.example'\nindications = ['gout']", "gout"),
    ],
)
def test_settings_that_cannot_be_are_named(tmp_path: Path, toml: str, why: str) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(toml)
    with pytest.raises(ConfigError, match=why) as refused:
        load_config(path, environ={})
    assert "canary" not in str(refused.value)


def test_settings_of_a_usual_server(tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(
        '[mail]\ntransport = "smtp"\nfrom = "Watch <digest@Watch.example>"\nurl = "https://watch.example/digest/"\nhost = "mail.watch.example"\n'
        '[[digest.reader]]\naddress = "a@b.example"\nindications = ["ptsd"]\nmin_size = 20\nfrequency = "monthly"\n'
    )
    config = load_config(path, environ={})
    assert (config.mail.name, config.mail.address, config.mail.list_id) == (
        "Watch",
        "digest@watch.example",
        "digest.watch.example",
    )
    assert config.mail.link("confirm", "x") == "https://watch.example/digest/confirm/x"
    config.mail.require()
    wanted = config.readers["a@b.example"]
    assert (list(wanted["indications"]), wanted["min_size"], wanted["frequency"]) == (["ptsd"], 20, "monthly")
    with pytest.raises(ConfigError, match=r"set \[mail\] transport"):
        load_config(environ={}).mail.require()


# -- when


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("local", "zone", "until"),
    [
        (
            datetime(2026, 3, 30, 1, 59),
            "Europe/Berlin",
            None,
        ),  # still Sunday in UTC, after the clocks went forward
        (datetime(2026, 3, 30, 2, 0), "Europe/Berlin", "2026-03-30"),
        (datetime(2026, 10, 26, 0, 59), "Europe/Berlin", None),
        (datetime(2026, 10, 26, 1, 0), "Europe/Berlin", "2026-10-26"),
        (datetime(2026, 11, 1, 18, 59, 59), "America/New_York", None),
        (datetime(2026, 11, 1, 19, 0), "America/New_York", "2026-11-02"),
    ],
)
def test_a_day_is_over_at_midnight_utc_whatever_summer_time_does(
    local: datetime, zone: str, until: str | None
) -> None:
    now = local.replace(tzinfo=ZoneInfo(zone))
    monday = now.astimezone(timezone.utc).date() - timedelta(days=now.astimezone(timezone.utc).weekday())
    covered = monday - timedelta(days=7) if until else monday
    found = due("weekly", covered.isoformat(), "2026-01-01T00:00:00Z", now)
    assert (found and found.until) == until


@pytest.mark.parametrize(
    ("frequency", "covered", "confirmed", "now", "window"),
    [
        ("weekly", None, "2026-11-25", "2026-11-25", ("2026-11-16", "2026-11-23")),  # a first issue at once
        ("weekly", "2026-11-23", "2026-11-25", "2026-11-29", None),
        ("weekly", "2026-11-23", "2026-11-25", "2026-11-30", ("2026-11-23", "2026-11-30")),
        ("weekly", "2026-11-23", "2026-11-25", "2026-12-15", ("2026-11-23", "2026-12-14")),  # after a pause, all of it
        ("monthly", None, "2026-03-31", "2026-03-31", ("2026-02-01", "2026-03-01")),
        ("monthly", "2026-03-01", "2026-03-31", "2026-03-31", None),
        ("monthly", "2026-03-01", "2026-03-31", "2026-04-01", ("2026-03-01", "2026-04-01")),
        ("monthly", None, "2028-03-01", "2028-03-31", ("2028-02-01", "2028-03-01")),
        ("monthly", None, "2026-12-31", "2027-01-01", ("2026-11-01", "2027-01-01")),
        ("daily", "2028-02-28", "2028-02-01", "2028-02-29", ("2028-02-28", "2028-02-29")),
        ("daily", "2028-02-29", "2028-02-01", "2028-03-01", ("2028-02-29", "2028-03-01")),
        ("daily", "2026-12-31", "2026-12-01", "2027-01-01", ("2026-12-31", "2027-01-01")),
        ("daily", "2026-11-25", "2026-11-01", "2026-11-24", None),  # the clock went back
        ("monthly", "2026-11-23", "2026-11-01", "2026-11-29", None),  # was weekly
        ("monthly", "2026-11-23", "2026-11-01", "2026-12-01", ("2026-11-23", "2026-12-01")),
        ("weekly", "2025-11-24", "2026-11-25", "2026-11-25", ("2026-11-16", "2026-11-23")),  # came back after a year
    ],
)  # fmt: skip
def test_what_an_issue_covers(
    frequency: str, covered: str | None, confirmed: str, now: str, window: tuple[str, str] | None
) -> None:
    found = due(frequency, covered, f"{confirmed}T09:00:00Z", at(f"{now}T10:00:00"))
    assert (found and (found.since, found.until)) == window


@given(
    st.lists(st.integers(0, 40 * 24), min_size=1, max_size=30),
    st.sampled_from(["daily", "weekly", "monthly"]),
)
@limits(deadline=None, max_examples=40)
def test_issues_join_without_gap_or_overlap_whatever_the_clock_does(hours: list[int], frequency: str) -> None:

    covered, windows = None, []
    for moment in [MONDAY + timedelta(hours=hour) for hour in hours]:  # in any order: it may go back
        window = due(frequency, covered, as_text(MONDAY), moment)
        if window:
            assert window.since < window.until <= as_text(moment)[:10]
            windows.append(window)
            covered = window.until
    assert all(first.until == second.since for first, second in pairwise(windows))
