"""How a mail leaves: to a folder, or by the `sendmail` program (by SMTP: see `smtp`). What became of it, honestly."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from store.errors import MailError

Outcome = Literal["sent", "deferred", "refused", "in_doubt"]
#: sysexits.h: the address or its host is unknown, as EX_NOUSER and EX_NOHOST; a refusal of the content, as EX_DATAERR
_NO_SUCH_READER, _REFUSED = (67, 68), (65,)
_SENDMAIL_SECONDS = 120


@dataclass(frozen=True)
class Mail:
    """One mail on its way. `key` is that of its Message-ID; `before_content` is called when its content is about to leave,
    and not at all if it never does.
    """

    sender: str
    address: str
    key: str
    content: bytes
    before_content: Callable[[], None]


@dataclass(frozen=True)
class Answer:
    """What became of a mail. `code`: the server's, or the program's exit code; `words` may hold the address.

    `of_reader`: a refusal that speaks of the address, not of the content or of us.
    """

    outcome: Outcome
    code: int | None = None
    words: str = ""
    of_reader: bool = False


class Transport(Protocol):
    """A way out. `send` raises MailError if nothing can be sent at all, whoever the reader is."""

    def send(self, mail: Mail) -> Answer: ...

    def has(self, key: str) -> bool | None:
        """Whether the mail of that key arrived before a crash; None if this way cannot tell."""

    def close(self) -> None: ...


class Folder:
    """Each mail as a file `<key>.eml`, named only when it is whole: so a crash leaves no doubt."""

    def __init__(self, folder: Path):
        self.folder = folder

    def send(self, mail: Mail) -> Answer:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mail.before_content()
            handle, draft = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".draft")  # mode 0600
            with os.fdopen(handle, "wb") as file:
                file.write(mail.content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._path(mail.key))
        except OSError as error:
            raise MailError(f"mail folder {self.folder}: {error.strerror}") from error
        return Answer("sent", None, "written")

    def has(self, key: str) -> bool | None:
        return self._path(key).exists()

    def close(self) -> None:
        pass

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.eml"


class Sendmail:
    """The local mail program: it queues, so its 0 means that it took the mail."""

    def __init__(self, program: str):
        self.program = program

    def send(self, mail: Mail) -> Answer:
        # -t: the reader is taken from the To line, not named where every user of the machine sees it; -i: a line with
        # one dot does not end the mail. A session of its own: Ctrl-C is for us, not for the mail under way
        command = [self.program, "-t", "-i", "-f", mail.sender]
        content = mail.content.replace(b"\r\n", b"\n")
        mail.before_content()
        try:
            ended = subprocess.run(  # noqa: S603 - the operator's program, no shell
                command, input=content, capture_output=True, timeout=_SENDMAIL_SECONDS, check=False, start_new_session=True
            )  # fmt: skip
        except OSError as error:
            raise MailError(f"mail program {self.program}: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            return Answer("in_doubt", None, f"{self.program} did not end within {_SENDMAIL_SECONDS} seconds")
        code, words = ended.returncode, ended.stderr.decode("utf-8", "replace").strip()[:500]
        if code == 0:
            return Answer("sent", 0, "queued")
        if code < 0:
            return Answer("in_doubt", code, f"{self.program} was killed")
        if code in _NO_SUCH_READER or code in _REFUSED:
            return Answer("refused", code, words, of_reader=code in _NO_SUCH_READER)
        return Answer("deferred", code, words)

    def has(self, key: str) -> bool | None:
        return None

    def close(self) -> None:
        pass
