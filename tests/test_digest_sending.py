"""Sending the digest: each reader once, every ending of a mail told apart, over a real SMTP server."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.digest.smtp import Server, SmtpTransport
from crawler.digest.transports import Answer, Folder, Mail, Sendmail
from store.errors import LockedError, MailError, ReaderError
from store.readers import ledger, people
from store.readers.file import sending_lock
from tests.digest_readers import (
    MONDAY,
    FakeClock,
    confirmed,
    readers_file,
    run,
    smtp,
    states,
)
from tests.mail_server import CUT, KEEP_AND_CUT, certificate, mail_server


def test_each_reader_gets_the_issue_once_over_one_connection(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 3)
    with mail_server() as server:
        first = run(db, smtp(server.port))
        again = run(db, smtp(server.port))
    assert (first.ended, first.error, server.connections) == (Counter(sent=3), None, 1)
    assert again.ended == Counter()
    assert {one.why for one in again.skipped} == {"has had the weekly issue"}
    assert sorted(server.addresses) == [f"reader{number}@clinic.example" for number in (1, 2, 3)]
    assert len({mail["Message-ID"] for mail in server.mails()}) == 3


def test_five_hundred_readers_in_one_run(tmp_path: Path) -> None:
    db = readers_file(tmp_path)
    with db.atomic():
        for number in range(500):
            confirmed(db, f"reader{number}@clinic.example")
    db.execute("PRAGMA synchronous = OFF")  # what a power cut may cost is not tested here
    began = time.process_time()
    with mail_server() as server:
        report = run(db, smtp(server.port))
    assert report.ended == Counter(sent=500)
    assert len(set(server.addresses)) == len(server.taken) == 500
    assert server.connections == 1
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("stage", "said"), [("RCPT", "450 4.2.0 greylisted"), ("DATA", "451 4.3.0 later"), ("DATA", CUT)]
)
def test_what_a_server_puts_off_is_tried_again_when_its_time_has_come(
    tmp_path: Path, stage: str, said: str
) -> None:
    db, clock = readers_file(tmp_path, 2), FakeClock()
    in_doubt = said == CUT  # after the content, silence is doubt

    def says(at: str, address: str, count: int) -> str:
        return (
            said
            if at == stage and address.startswith("reader1") and len(tried) < 1 and not tried.append(1)
            else ""
        )  # type: ignore[func-returns-value]

    tried: list[int] = []
    with mail_server(says) as server:
        first = run(db, smtp(server.port), clock)
        assert states(db) == {1: "in_doubt" if in_doubt else "deferred", 2: "sent"}
        assert server.addresses == ["reader2@clinic.example"]
        assert first.notes
        at_once = run(db, smtp(server.port), clock)
        assert at_once.ended == Counter()
        clock.at += timedelta(minutes=15)
        run(db, smtp(server.port), clock)
    assert states(db) == {1: "in_doubt" if in_doubt else "sent", 2: "sent"}
    assert len(server.taken) == (1 if in_doubt else 2)


def test_a_mail_is_given_up_after_so_many_tries_and_the_next_issue_covers_its_time(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 1), FakeClock()
    waits = []
    with mail_server(lambda stage, address, count: "450 later" if stage == "RCPT" else "") as server:
        for _ in range(4):
            report = run(db, smtp(server.port), clock, tries=4)
            row = ledger.deliveries(db)[0]
            if row.next_try_at:
                waits.append(row.next_try_at[11:16])
                clock.at = clock.at.replace(hour=int(waits[-1][:2]), minute=int(waits[-1][3:]))
        assert waits == ["06:15", "07:15", "11:15"]
        assert (report.ended, row.state, row.tries) == (Counter(dropped=1), "dropped", 4)
        assert (
            run(db, smtp(server.port), clock).skipped[0].why
            == "this period's issue was dropped; the next covers it"
        )
        assert server.taken == []
        server.said = lambda stage, address, count: ""
        clock.at = MONDAY + timedelta(days=7)
        assert run(db, smtp(server.port), clock).ended == Counter(sent=1)
    assert (ledger.deliveries(db)[1].since, ledger.deliveries(db)[1].until) == ("2026-11-16", "2026-11-30")


def test_an_address_that_refuses_three_issues_in_a_row_gets_no_more(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 2), FakeClock()

    def says(stage: str, address: str, count: int) -> str:
        return "550 5.1.1 no such user" if stage == "RCPT" and address.startswith("reader1") else ""

    with mail_server(says) as server:
        for week in range(4):
            clock.at = MONDAY + timedelta(weeks=week)
            report = run(db, smtp(server.port), clock)
            assert run(db, smtp(server.port), clock).ended == Counter()  # not twice for one issue
            assert people.reader(db, 1).status == ("confirmed" if week < 2 else "suppressed")
    gone = people.reader(db, 1)
    assert (gone.ended_by, gone.ended_why) == (
        "refusals",
        "refused 3 times in a row, last with 550: 5.1.1 no such user",
    )
    assert report.skipped[0].why == "suppressed"
    assert server.addresses == ["reader2@clinic.example"] * 4


def test_refusals_count_only_in_a_row_and_only_if_they_are_of_the_address(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 1), FakeClock()
    answers = [
        "550 5.1.1 no",
        "550 no",
        "",
        "550 5.1.1 no",
        "550 5.7.1 looks like spam",
        "554 5.6.0 content",
        "552 5.2.2 full",
    ]
    with mail_server(lambda stage, address, count: answers[week] if stage == "DATA" else "") as server:
        for week in range(len(answers)):
            clock.at = MONDAY + timedelta(weeks=week)
            run(db, smtp(server.port), clock)
    assert [row.state for row in ledger.deliveries(db)] == [
        "sent" if not said else "refused" for said in answers
    ]
    assert people.reader(db, 1).status == "confirmed"
    assert [row["code"] for row in db.query("SELECT code FROM refusals")] == [550, 552]


def test_a_dropped_connection_is_opened_anew(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 4)
    with mail_server(lambda stage, address, count: CUT if (stage, count) == ("RCPT", 3) else "") as server:
        report = run(db, smtp(server.port))
    assert (report.ended, server.connections) == (Counter(sent=4), 2)
    assert len(set(server.addresses)) == 4


def test_a_server_that_says_it_closes_is_asked_again_on_a_new_connection(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 4)
    with mail_server(
        lambda stage, address, count: "421 4.7.0 enough for now" if (stage, count) == ("RCPT", 3) else ""
    ) as server:
        report = run(db, smtp(server.port))
    assert (report.ended, server.connections) == (Counter(sent=4), 2)


def test_a_server_that_drops_everything_ends_the_run_and_nobody_is_lost(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 6), FakeClock()
    with mail_server(lambda stage, address, count: CUT if stage == "RCPT" else "") as server:
        report = run(db, smtp(server.port), clock)
        assert (report.error, report.left) == ("the mail server dropped 3 connections in a row", 3)
        server.said = lambda stage, address, count: ""
        clock.at += timedelta(hours=1)
        run(db, smtp(server.port), clock)
    assert sorted(server.addresses) == [f"reader{number}@clinic.example" for number in range(1, 7)]


def test_when_the_answer_is_lost_the_mail_is_in_doubt_until_a_person_decides(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 3), FakeClock()
    with mail_server(
        lambda stage, address, count: KEEP_AND_CUT if (stage, count) == ("DATA", 2) else ""
    ) as server:
        report = run(db, smtp(server.port), clock)
        assert report.ended == Counter(sent=2, in_doubt=1)
        assert any("reader 2 is in doubt" in note or "reader 2: in doubt" in note for note in report.notes)
        assert run(db, smtp(server.port), clock).ended == Counter()
        doubtful = ledger.deliveries(db, state="in_doubt")
        assert [row.reader_id for row in doubtful] == [2]
        ledger.resolve(
            db,
            doubtful[0].id,
            again=True,
            by="A. Person",
            why="they say nothing came",
            now="2026-11-23T07:00:00Z",
        )
        with pytest.raises(ReaderError, match="not in doubt"):
            ledger.resolve(
                db, doubtful[0].id, again=False, by="A. Person", why="twice", now="2026-11-23T07:00:00Z"
            )
        clock.at += timedelta(hours=2)
        assert run(db, smtp(server.port), clock).ended == Counter(sent=1)
    assert Counter(server.addresses)["reader2@clinic.example"] == 2
    assert (
        len({mail["Message-ID"] for mail in server.mails()}) == 3
    )  # the reader's program knows the two as one
    row = next(iter(db.query("SELECT decided_by, why FROM deliveries WHERE reader_id = 2")))
    assert row == {"decided_by": "A. Person", "why": "they say nothing came"}


def test_a_server_that_takes_the_mail_and_never_answers_leaves_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.digest.smtp._SECONDS_AFTER_CONTENT", 0.05)
    db, silent = readers_file(tmp_path, 1), threading.Event()
    with mail_server(
        lambda stage, address, count: str(silent.wait(20))[:0] if stage == "DATA" else ""
    ) as server:
        report = run(db, smtp(server.port))
        silent.set()
    assert (report.ended, states(db)) == (Counter(in_doubt=1), {1: "in_doubt"})


def test_a_doubt_counts_as_told_and_may_be_resolved_as_arrived(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 1), FakeClock()
    with mail_server(
        lambda stage, address, count: KEEP_AND_CUT if count == 1 and stage == "DATA" else ""
    ) as server:
        run(db, smtp(server.port), clock)
        ledger.resolve(db, 1, again=False, by="A. Person", why="seen", now="2026-11-23T07:00:00Z")
        clock.at += timedelta(days=7)
        run(db, smtp(server.port), clock)
    assert [(row.since, row.state) for row in ledger.deliveries(db)] == [
        ("2026-11-16", "sent"), ("2026-11-23", "sent"),
    ]  # fmt: skip


def test_a_server_that_is_away_or_refuses_us_is_named_and_nothing_changes(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 2)
    with mail_server() as server:
        port = server.port
    report = run(db, smtp(port))
    assert report.error
    assert report.error.startswith(f"mail server 127.0.0.1:{port}: ")
    assert (report.left, states(db)) == (2, {})


class FailsAmid(Folder):
    """A way out that ends for good after the content was announced: a full disk, a server that went away."""

    def send(self, mail: Mail) -> Answer:
        mail.before_content()
        raise MailError("it is gone")


def test_a_way_out_that_ends_amid_a_mail_leaves_no_doubt_and_the_mail_goes_in_the_next_run(
    tmp_path: Path,
) -> None:
    db, out = readers_file(tmp_path, 3), tmp_path / "out"
    report = run(db, FailsAmid(out))
    assert (report.error, report.left, states(db)) == ("it is gone", 3, {1: "deferred"})
    assert run(db, Folder(out)).ended == Counter(sent=3)
    assert len(list(out.glob("*.eml"))) == 3
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    later = FakeClock(MONDAY + timedelta(days=7))
    assert str(run(db, Folder(blocked), later).error).startswith(f"mail folder {blocked}: ")


def test_so_many_mails_a_minute(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 4), FakeClock()
    with mail_server() as server:
        run(db, smtp(server.port), clock, per_minute=30)
    assert clock.slept == [2.0, 2.0, 2.0]


def test_a_stop_is_obeyed_between_mails_and_who_left_meanwhile_gets_none(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 4)

    def says(stage: str, address: str, count: int) -> str:
        if (stage, count) == ("DATA", 1):
            other = readers_file(tmp_path)
            people.leave(other, 2, "2026-11-23T06:00:01Z")
            other.close()
        return ""

    with mail_server(says) as server:
        report = run(db, smtp(server.port), stopping=lambda: len(server.taken) == 2)
    assert server.addresses == ["reader1@clinic.example", "reader3@clinic.example"]
    assert (report.error, report.left) == ("stopped before every reader was served", 1)


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "readers.db"
    with sending_lock(path), pytest.raises(LockedError, match="another run is sending"), sending_lock(path):
        pass
    with sending_lock(path):
        pass
    assert (tmp_path / "readers.db.lock").stat().st_mode & 0o777 == 0o600


def test_a_clock_that_was_a_year_ahead_delays_nobody_silently(tmp_path: Path) -> None:
    db, ahead = readers_file(tmp_path, 2), FakeClock(MONDAY + timedelta(days=364))
    with mail_server(
        lambda stage, address, count: "450 later" if count == 1 and stage == "RCPT" else ""
    ) as server:
        run(db, smtp(server.port), ahead)
        report = run(db, smtp(server.port), FakeClock())
    assert report.ended == Counter(sent=1)  # what was put off until then goes now
    assert report.skipped[0].why == "the last issue ends after today, on 2027-11-22: is the clock right?"


# -- STARTTLS, AUTH


def test_starttls_with_a_trusted_certificate_and_the_password(tmp_path: Path) -> None:
    file, context = certificate(tmp_path)
    db = readers_file(tmp_path, 2)
    with mail_server(tls=context) as server:
        good = Server("localhost", server.port, "starttls", "reader", "secret", str(file))
        assert run(db, SmtpTransport(good)).ended == Counter(sent=2)


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    file, context = certificate(tmp_path)
    db = readers_file(tmp_path, 2)
    with mail_server(implicit=context) as server:
        assert (
            run(db, SmtpTransport(Server("localhost", server.port, "tls", ca_file=str(file)))).ended["sent"]
            == 2
        )
        other = Server("localhost", server.port, "tls")
        assert "not trusted" in str(
            run(db, SmtpTransport(other), FakeClock(MONDAY + timedelta(days=7))).error
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong"}, r"does not take the user and password \(535\)"),
        ({"ca_file": ""}, "its certificate is not trusted: self.signed certificate"),
        ({"host": "127.0.0.1"}, "its certificate is not trusted: IP address mismatch"),
        ({"user": ""}, "530"),
    ],
)
def test_without_them_no_mail_leaves(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    file, context = certificate(tmp_path)
    db = readers_file(tmp_path, 1)
    with mail_server(tls=context) as server:
        given = {"host": "localhost", "user": "reader", "password": "secret", "ca_file": str(file)} | changes
        report = run(
            db,
            SmtpTransport(
                Server(
                    given["host"], server.port, "starttls", given["user"], given["password"], given["ca_file"]
                )
            ),
        )
    assert report.error
    assert re.search(words, report.error), report.error
    assert "secret" not in report.error
    assert (server.taken, states(db)) == ([], {})


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    db = readers_file(tmp_path, 1)
    with mail_server() as server:
        report = run(db, SmtpTransport(Server("127.0.0.1", server.port, "starttls", "reader", "secret")))
    assert report.error
    assert "STARTTLS" in report.error
    assert server.taken == []


# -- other ways out


def test_a_folder_of_eml_files_knows_after_a_crash_what_it_has(tmp_path: Path) -> None:
    db, clock = readers_file(tmp_path, 3), FakeClock()
    folder = tmp_path / "out"
    assert run(db, Folder(folder), clock).ended == Counter(sent=3)
    assert (folder.stat().st_mode & 0o777, {file.stat().st_mode & 0o777 for file in folder.iterdir()}) == (
        0o700,
        {0o600},
    )
    db.execute("UPDATE deliveries SET state = 'sending'")
    db.conn.commit()
    (folder / f"{ledger.deliveries(db)[1].message_id}.eml").unlink()
    assert run(db, Folder(folder), clock).ended == Counter(sent=1)
    assert set(states(db).values()) == {"sent"}
    assert len(list(folder.glob("*.eml"))) == 3


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ("exit 0", "sent"),
        ("exit 75", "deferred"),
        ("exit 67", "refused"),
        ("exit 65", "refused"),
        ("kill -9 $$", "in_doubt"),
    ],
)
def test_sendmail_and_how_it_ends(tmp_path: Path, ends: str, state: str) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked; cat > {tmp_path}/mail\n{ends}\n')
    program.chmod(0o755)
    db = readers_file(tmp_path, 1)
    run(db, Sendmail(str(program)))
    assert states(db) == {1: state}
    assert (tmp_path / "asked").read_text() == "-t -i -f digest@watch.example\n"
    assert b"\nTo: reader1@clinic.example\n" in (tmp_path / "mail").read_bytes()
    assert b"\r" not in (tmp_path / "mail").read_bytes()
    absent = run(
        readers_file(tmp_path), Sendmail("/nonexistent/sendmail"), FakeClock(MONDAY + timedelta(days=7))
    )
    assert (absent.error or "mail program").startswith("mail program")
