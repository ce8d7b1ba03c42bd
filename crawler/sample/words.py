"""Words as the sample's indexes know them."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKUP = re.compile(r"</?(?:b|i|sup|sub|u)>")


def normalise(text: str) -> str:
    """Lower case, without accents, markup and punctuation: "(S)-Ketamine" -> "s ketamine"."""
    folded = unicodedata.normalize(
        "NFKD", without_markup(text)
    ).casefold()  # 𝑨 becomes a letter before it is small
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain))


def without_markup(text: str) -> str:
    """A title without its <i>, <sup> and the like."""
    return _MARKUP.sub("", text)


def fit_for_xml(text: str) -> str:
    """Without the control characters that no XML document may hold."""
    return _NOT_XML.sub("", text)
