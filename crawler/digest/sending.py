"""One run of `digest send`: each reader who is due gets their issue once, and the ledger tells how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from crawler.digest.clock import SYSTEM_CLOCK, Clock, Rate
from crawler.digest.mail_settings import MailSettings
from crawler.digest.message import Envelope, Letter, issue_mail
from crawler.digest.planning import Planned, Skipped, next_try, plan, settle
from crawler.digest.transports import Answer, Mail, Transport
from crawler.digest.windows import as_text
from store.digests import PREFERENCES_URL, UNSUBSCRIBE_URL, Issue
from store.errors import MailError
from store.readers import ledger, people, tokens
from store.readers.ledger import Item, Said

#: how long a link to unsubscribe works; the law of some countries asks for 30 days (CAN-SPAM Act, 15 USC 7704(a)(3))
UNSUBSCRIBE_DAYS = 730
#: so many connections that drop one after another are no matter of single mails
_DROPS = 3


@dataclass(frozen=True)
class Post:
    """What a run sends with. `issue_of`: the issue that a plan asks for, built or read; None if it is gone."""

    readers: Database
    settings: MailSettings
    transport: Transport
    issue_of: Callable[[Planned], Issue | None]
    clock: Clock = SYSTEM_CLOCK
    stopping: Callable[[], bool] = lambda: False


@dataclass
class Report:
    """How a run ended. `ended`: readers by outcome; `notes`: what an operator should know, without addresses.

    `error`: why the run could not go on; whoever was not reached is due in the next.
    """

    ended: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: int = 0
    error: str | None = None

    def summary(self) -> str:
        """One line: "3 sent, 1 deferred; 12 had nothing to get"."""
        told = ", ".join(
            f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(self.ended.items())
        )
        return f"{told or 'nobody was due'}; {len(self.skipped)} had nothing to get"

    def to_dict(self) -> dict[str, Any]:
        """For scripts."""
        skipped = [{"reader": one.reader_id, "why": one.why} for one in self.skipped]
        return {
            "ended": dict(self.ended),
            "skipped": skipped,
            "notes": self.notes,
            "left": self.left,
            "error": self.error,
        }


def send(post: Post, only: int | None = None) -> Report:
    """Send what is due. The caller holds the sending lock."""
    report = Report()
    now = post.clock.now()
    tokens.drop_expired(post.readers, as_text(now))
    for row in settle(post.readers, post.transport.has, now):
        report.ended["in_doubt"] += 1
        report.notes.append(
            f"delivery {row.id} (reader {row.reader_id}) is in doubt: a run ended amid it; see `digest resolve`"
        )
    planned, report.skipped = plan(post.readers, now, only)
    rate = Rate(post.settings.per_minute, post.clock)
    drops = 0
    for index, one in enumerate(planned):
        report.left = len(planned) - index
        if post.stopping():
            report.error = "stopped before every reader was served"
            return report
        rate.wait()
        try:
            answer = _send_one(post, one, report)
        except MailError as error:
            report.error = str(error)
            return report
        drops = drops + 1 if answer and answer.outcome == "deferred" and answer.code is None else 0
        if drops == _DROPS:
            report.left -= 1
            report.error = f"the mail server dropped {drops} connections in a row"
            return report
    report.left = 0
    return report


def _send_one(post: Post, planned: Planned, report: Report) -> Answer | None:
    if not people.is_confirmed(
        post.readers, planned.reader.id
    ):  # a run takes a while, and an unsubscription none
        report.skipped.append(Skipped(planned.reader.id, "left during the run"))
        return None
    issue = post.issue_of(planned)
    if issue is None:
        _give_up(post, planned)
        report.ended["dropped"] += 1
        report.notes.append(
            f"reader {planned.reader.id}: their issue is no longer there; the next covers its time"
        )
        return None
    carried = _Carried(post, planned, issue)
    try:
        answer = post.transport.send(carried.mail())
    except MailError as error:
        carried.put_off(str(error))
        raise
    report.ended[carried.note(answer)] += 1
    report.notes.extend(carried.notes)
    return answer


class _Carried:
    """One mail, from its token to its row in the ledger."""

    def __init__(self, post: Post, planned: Planned, issue: Issue):
        self.post, self.reader, self.issue = post, planned.reader, issue
        self.tried = planned.tried
        self.item = Item(planned.reader.id, str(issue.id), planned.window)
        self.token = tokens.new_token()
        self.begun = False
        self.notes: list[str] = []

    def mail(self) -> Mail:
        settings = self.post.settings
        link = settings.link("unsubscribe", self.token)
        own = {UNSUBSCRIBE_URL: link, PREFERENCES_URL: settings.link("preferences", self.token)}
        letter = Letter(
            self.issue.subject, *(_with(own, part) for part in (self.issue.text, self.issue.html))
        )
        key = ledger.message_key(self.post.readers, self.item.reader_id, self.item.issue_id)
        envelope = Envelope(self.reader.address, key, self.post.clock.now())
        content = issue_mail(letter, settings, envelope, link)
        return Mail(settings.address, self.reader.address, key, content, self._begin)

    def _begin(self) -> None:
        """Commit that the content is about to leave, and the token that is in it."""
        if self.begun:  # a second connection, after the first dropped
            return
        now = self.post.clock.now()
        with self.post.readers.atomic():
            ledger.begin(self.post.readers, self.item, as_text(now))
            expires = as_text(now + timedelta(days=UNSUBSCRIBE_DAYS))
            tokens.keep(self.post.readers, self.token, self.reader.id, "leave", expires)
        self.begun = True

    def note(self, answer: Answer) -> str:
        """Write how it ended; returns the word for it."""
        readers, now, said = (
            self.post.readers,
            as_text(self.post.clock.now()),
            Said(answer.code, answer.words),
        )
        if answer.outcome == "sent":
            ledger.arrived(readers, self.item, said, now)
        elif answer.outcome == "in_doubt":
            ledger.doubt(readers, self.item, said, now)
            self._tell("in doubt: the mail left, no answer came; see `digest resolve`")
        elif answer.outcome == "deferred":
            return self._defer(said)
        else:
            suppress_after = self.post.settings.suppress_after if answer.of_reader else None
            ended = ledger.refuse(readers, self.item, said, now, suppress_after)
            self._tell(f"refused{' too often, gets no more mail' if ended else ''} ({answer.code})")
        return answer.outcome

    def _defer(self, said: Said) -> str:
        now, tries = self.post.clock.now(), self.tried + 1
        again = next_try(tries, now) if tries < self.post.settings.tries else None
        ledger.defer(self.post.readers, self.item, said, as_text(now), again)
        what = f"put off until {again}" if again else f"given up after {tries} tries"
        self._tell(f"{what} ({said.code or 'the connection dropped'})")
        return "deferred" if again else "dropped"

    def put_off(self, why: str) -> None:
        """Nothing can be sent at all: this mail did not arrive, and is due in the next run."""
        if self.begun:
            now = as_text(self.post.clock.now())
            ledger.defer(self.post.readers, self.item, Said(None, why), now, now)

    def _tell(self, words: str) -> None:
        self.notes.append(f"reader {self.reader.id}: {words}")


def _with(own: dict[str, str], text: str) -> str:
    """The addresses of one reader in the text of all; they have no character that HTML would escape."""
    for marker, address in own.items():
        text = text.replace(marker, address)
    return text


def _give_up(post: Post, planned: Planned) -> None:
    assert planned.issue_id
    item = Item(planned.reader.id, planned.issue_id, planned.window)
    ledger.defer(
        post.readers, item, Said(None, "the issue is no longer there"), as_text(post.clock.now()), None
    )
