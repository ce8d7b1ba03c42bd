"""Text of others in a CSV file that is opened with a spreadsheet: a cell must never become a formula."""

from __future__ import annotations

import codecs
import re

# OWASP, CSV Injection; with the full-width signs that spreadsheets take for the plain ones
_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FIELD = re.compile(r'("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n)')


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula. Numbers stay numbers."""
    return f"'{text}" if text.startswith(_STARTS) and not _NUMBER.fullmatch(text) else text


class SafeCsv:
    """CSV that comes in parts, cut anywhere: `feed` each, then `close`; what comes back is the same with safe cells."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""

    def feed(self, part: bytes) -> bytes:
        """The safe form of all fields that are complete by now."""
        text = self._waiting + self._decoder.decode(part)
        done, at = [], 0
        while field := _FIELD.match(text, at):
            done.append(_safe_field(field[1]) + field[2])
            at = field.end()
        self._waiting = text[at:]
        return "".join(done).encode()

    def close(self) -> bytes:
        """The last field, if no line end followed it."""
        left, self._waiting = self._waiting + self._decoder.decode(b"", True), ""
        return _safe_field(left).encode()


def _safe_field(raw: str) -> str:
    if len(raw) > 1 and raw.startswith('"') and raw.endswith('"'):
        return '"' + safe_cell(raw[1:-1].replace('""', '"')).replace('"', '""') + '"'
    return safe_cell(raw)
