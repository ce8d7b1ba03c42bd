"""The pace holds over processes, reboots and damaged state; no test but one sleeps, and that one for 0.2 s."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.pace import LONGEST_QUEUE, Pace, quota, retry_after_seconds, state_folder
from store.errors import ConfigError


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self, now: float = 1000.0):
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def make(folder: Path, clock: Clock, interval: float = 0.37) -> Pace:
    return Pace("host-test", interval, folder=folder, clock=clock, sleep=clock.sleep)


def test_the_first_turn_is_free_and_the_next_ones_are_spaced(tmp_path: Path) -> None:
    clock = Clock()
    pace = make(tmp_path, clock)
    turns = []
    for _ in range(4):
        pace.wait()
        turns.append(clock.now)
    assert turns == pytest.approx([1000.0, 1000.37, 1000.74, 1001.11])


def test_a_turn_after_a_rest_comes_at_once(tmp_path: Path) -> None:
    clock = Clock()
    pace = make(tmp_path, clock)
    pace.wait()
    clock.now += 5
    assert pace.book() == 0.0


def test_two_limiters_of_one_quota_share_their_turns(tmp_path: Path) -> None:
    clock = Clock()
    one, other = make(tmp_path, clock), make(tmp_path, clock)
    booked = [one.book(), other.book(), one.book(), other.book()]
    assert booked == pytest.approx([0.0, 0.37, 0.74, 1.11])


def test_a_long_queue_of_a_slow_service_is_no_stale_state(tmp_path: Path) -> None:
    clock = Clock()
    pace = make(tmp_path, clock, interval=30.0)
    assert [pace.book() for _ in range(5)] == pytest.approx([0, 30, 60, 90, 120])


def test_quotas_do_not_wait_for_each_other(tmp_path: Path) -> None:
    clock = Clock()
    Pace("host-a", 1.0, folder=tmp_path, clock=clock).book()
    assert Pace("host-b", 1.0, folder=tmp_path, clock=clock).book() == 0.0


@given(
    uptimes=st.lists(st.floats(0, 1e8), min_size=2, max_size=6),
    interval=st.floats(0.01, 30),
)
def test_no_reboot_makes_anyone_wait_longer_than_a_queue(
    tmp_path_factory: pytest.TempPathFactory, uptimes: list[float], interval: float
) -> None:
    """Whatever the uptime at which each turn is booked, the wait is bounded and turns are never too close."""
    clock = Clock()
    pace = make(tmp_path_factory.mktemp("pace"), clock, interval)
    for uptime in uptimes:
        clock.now = uptime
        first, second = pace.book(), pace.book()
        assert 0 <= first <= max(LONGEST_QUEUE, 20 * interval) + interval
        assert second - first >= interval * 0.999 or second == pytest.approx(interval)


def test_after_a_reboot_one_interval_is_waited(tmp_path: Path) -> None:
    clock = Clock(now=9_000_000.0)  # a hundred days up
    make(tmp_path, clock).book()
    assert make(tmp_path, Clock(now=30.0)).book() == pytest.approx(0.37)


@pytest.mark.parametrize("damage", [b"", b"yesterday", b"nan", b"inf", b"-inf", b"\x00\xff" * 40])
def test_damaged_state_is_written_anew(tmp_path: Path, damage: bytes) -> None:
    clock = Clock()
    pace = make(tmp_path, clock)
    (tmp_path / "host-test").write_bytes(damage)
    first = pace.book()
    assert 0 <= first <= 0.37 + 1e-9
    assert pace.book() == pytest.approx(first + 0.37)


def test_no_interval_keeps_no_state(tmp_path: Path) -> None:
    pace = Pace("host-test", 0, folder=tmp_path / "never")
    assert [pace.book(), pace.book()] == [0.0, 0.0]
    assert not (tmp_path / "never").exists()


def test_a_folder_that_cannot_be_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="KETAMINE_WATCH_PACE"):
        Pace("host-test", 1.0, folder=tmp_path / "file" / "pace")


def test_state_is_every_users_and_never_followed_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me")
    (tmp_path / "host-test").symlink_to(target)
    with pytest.raises(ConfigError):
        make(tmp_path, Clock())
    assert target.read_text() == "keep me"
    Pace("host-mine", 1.0, folder=tmp_path).book()
    assert (tmp_path / "host-mine").stat().st_mode & 0o777 == 0o666
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="symbolic link"):
        Pace("host-mine", 1.0, folder=tmp_path / "link")


def test_a_new_folder_is_every_users(tmp_path: Path) -> None:
    Pace("host-mine", 1.0, folder=tmp_path / "pace").book()
    assert (tmp_path / "pace").stat().st_mode & 0o777 == 0o777


def test_a_quota_is_named_by_key_or_host_and_hides_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "0123456789abcdef0123456789abcdef0123"
    assert quota("https://eutils.ncbi.nlm.nih.gov/entrez/eutils") == "host-eutils.ncbi.nlm.nih.gov"
    assert quota("http://127.0.0.1:8123/x") == "host-127.0.0.1_8123"
    assert quota("https://a", key) == quota("https://b", key) != quota("https://a", key + "4")
    assert key[:8] not in quota("https://a", key)
    monkeypatch.setenv("KETAMINE_WATCH_PACE", "/srv/pace")
    assert state_folder() == Path("/srv/pace")
    monkeypatch.delenv("KETAMINE_WATCH_PACE")
    assert state_folder() == Path("/tmp/ketamine-watch-pace")  # noqa: S108


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 60.0),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 60.0),  # the obsolete form, which RFC 9110 tells us to accept
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=1445412420.0) == seconds  # 2015-10-21 07:27:00 UTC


@given(st.text(max_size=40))
def test_no_retry_after_can_crash_us(header: str) -> None:
    asked = retry_after_seconds(header, now=1e9)
    assert asked is None or asked >= 0


def _take_turns(folder: Path, taken: multiprocessing.SimpleQueue[float]) -> None:
    pace = Pace("host-test", 0.02, folder=folder)
    for _ in range(3):
        pace.wait()
        taken.put(time.monotonic())


def test_real_processes_keep_one_pace(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    taken: multiprocessing.SimpleQueue[float] = context.SimpleQueue()
    workers = [context.Process(target=_take_turns, args=(tmp_path, taken)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
        assert worker.exitcode == 0
    turns = sorted(taken.get() for _ in range(9))
    assert turns[-1] - turns[0] >= 8 * 0.02 * 0.9  # a late wake-up may bring two closer, never the whole
