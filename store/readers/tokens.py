"""Tokens: the plain one stands in a mail and nowhere else; the file keeps its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

from sqlite_utils import Database

#: `leave` stands in every issue: with it a reader unsubscribes, or changes what they get
Purpose = Literal["confirm", "leave"]
#: 256 bits, as 43 characters that a URL takes as they are
_BYTES = 32


def new_token() -> str:
    """A token for a mail."""
    return secrets.token_urlsafe(_BYTES)


def keep(db: Database, token: str, reader_id: int, purpose: Purpose, expires_at: str) -> None:
    """Know a token by its hash from now on; inside the caller's transaction. Earlier ones stay good, for their mails may
    still be read.
    """
    db.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, NULL)", [_hash(token), reader_id, purpose, expires_at])


def read_token(db: Database, token: str, purpose: Purpose, now: str) -> int | None:
    """The number of the reader whose token this is; None if it is unknown, too old or for something else."""
    row = db.execute(
        "SELECT reader_id FROM tokens WHERE hash = ? AND purpose = ? AND expires_at > ?", [_hash(token), purpose, now]
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else None


def note_use(db: Database, token: str, now: str) -> None:
    """Keep when a token first did something."""
    with db.atomic():
        db.execute("UPDATE tokens SET used_at = ? WHERE hash = ? AND used_at IS NULL", [now, _hash(token)])


def drop_expired(db: Database, now: str) -> None:
    with db.atomic():
        db.execute("DELETE FROM tokens WHERE expires_at <= ?", [now])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
