"""A day's crawl makes no request that its services' protocols do not need."""

from __future__ import annotations

import sys

import pytest

from benchmarks import day


def test_a_day_takes_the_requests_that_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["day", "60"])
    with pytest.raises(SystemExit) as ended:
        day.main()
    printed = capsys.readouterr().out
    assert not ended.value.code, printed
    assert f"pubmed: ok, {day.NEW} new" in printed
    made = [line.split() for line in printed.partition("needed\n")[2].splitlines()]
    assert [words[-2] for words in made] == [words[-1] for words in made]
    assert {" ".join(words[:-2]) for words in made} == {
        "pubmed esearch", "pubmed efetch", "clinicaltrials studies", "europepmc search"
    }  # fmt: skip
