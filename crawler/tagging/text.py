"""Text as the rules see it: words with their exact places, sentences, and the sections of a structured abstract.

Nothing is replaced in the text itself. Each token keeps its offsets into the field that it stands in, so the
evidence of a tag is always the very characters of the record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate

_LETTERS = "A-Za-zÀ-ÖØ-öø-ʯ\u0300-\u036fͰ-ϿЀ-ӿ"
#: Seen by nobody: soft hyphen, zero-width blanks and joiners, byte order mark. They may stand within a word.
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"
#: Scripts written without spaces: each of their characters is a token.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
#: an HTML tag or entity
MARKUP = r"</?[A-Za-z][^<>]{0,200}>|&\#?\w{1,8};"
#: A token is a run of letters (with 's), a number (1,148 or 0.5), a line break, a sign, or an HTML tag or entity,
#: which `split` passes over. Hyphens and dashes are no tokens: they stand between them.
_TOKEN = re.compile(
    rf"([{_LETTERS}][{_LETTERS}{_UNSEEN}]*(?:['’ʼ][sS](?!\w))?"
    r"|\d+(?:,\d{3}(?!\d))*(?:[.·]\d+)?"
    r"|(?<![\w.])[.·]\d+"
    rf"|[{_UNSPACED}\n]"
    rf"|{MARKUP}"
    r"|[^\w\s‐‑‒–—―−-]"
    r"|\w+)"
)
DASHES = frozenset("-‐‑‒–—―−")
#: texts that may end a sentence
ENDS = frozenset(".?!\n")
#: words after which a dot ends no sentence
NO_ENDS = frozenset(
    ["vs", "al", "approx", "no", "dr", "st", "fig", "ca", "resp", "cf", "eg", "ie", "mr", "mrs", "etc"]
)

_SECTIONS = {
    "background": "background introduction context rationale importance",
    "objective": "objective objectives aim aims purpose question hypothesis goal goals",
    "methods": "method methods design setting settings participants patients subjects intervention interventions "
    "measurement measurements measures procedure procedures sampling materials material methodology study data",
    "results": "result results finding findings outcome outcomes observations",
    "conclusions": "conclusion conclusions discussion interpretation limitation limitations significance implications "
    "relevance summary",
    "registration": "trial clinicaltrials registration clinical funding",
}
SECTION_OF = {word: section for section, listed in _SECTIONS.items() for word in listed.split()}
_LABEL_WORDS = 6  # a label such as "Materials and methods:" has at most so many words
LABEL_PIECES = _LABEL_WORDS + 2  # pieces between blanks in which all of a label stands
MAX_CHARACTERS = 100_000  # of one field; what stands beyond is not an abstract any more

_SPELLINGS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("isation", "ization"), ("is(e|ed|es|ing|er|ers)$", r"iz\1"), ("aesth", "esth"), ("paed", "ped"),
        ("oedem", "edem"), ("haem", "hem"), ("iour", "ior"), ("^centre", "center"), ("labell", "label"),
        ("^foet", "fet"), ("caes", "ces"), ("gramme", "gram"), ("^enroll", "enrol"), ("tumour", "tumor"),
    )
]  # fmt: skip
_TO_SPELL = re.compile("|".join(pattern.pattern for pattern, _ in _SPELLINGS))  # most words have none of them


_UNSEEN_ONE = re.compile(f"[{_UNSEEN}]")


def visible(word: str) -> str:
    """A word without the characters that nobody sees."""
    return word if word.isascii() else _UNSEEN_ONE.sub("", word)


def fold(word: str) -> str:
    """One spelling for all: lower case, no accents, no possessive, no dots, American."""
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    word = word.casefold()
    if word[-2:] in ("'s", "’s", "ʼs"):
        word = word[:-2]
    if len(word) > 1 and word.endswith("."):
        word = word.replace(".", "")
    if _TO_SPELL.search(word):
        for pattern, replacement in _SPELLINGS:
            word = pattern.sub(replacement, word)
    return word


def split(text: str) -> tuple[list[str], list[int], list[int]]:
    """Tokens of one text: their words, where each starts, where each ends. Linear in the text's length."""
    parts = _TOKEN.split(text[:MAX_CHARACTERS])
    ends = list(accumulate(map(len, parts)))
    found, starts, stops = parts[1::2], ends[0:-1:2], ends[1::2]
    if "<" in text or "&" in text:
        kept = [at for at, word in enumerate(found) if len(word) == 1 or word[0] not in "<&"]
        return [found[at] for at in kept], [starts[at] for at in kept], [stops[at] for at in kept]
    return found, starts, stops


def label_end(words: Sequence[str], start: int) -> int | None:
    """If a section's label starts at token `start` (of a sentence): the token after it.

    A label ends with a colon; one in capitals needs none, nor does one on a line of its own.
    """
    for at in range(start, min(start + _LABEL_WORDS + 1, len(words))):
        if words[at] == ":":
            return at + 1
        if words[at] in ENDS:
            break
    first = words[start]
    following = words[start + 1] if start + 1 < len(words) else ""
    if (
        following
        and first.isupper()
        and len(first) > 3
        and following[0].isalpha()
        and not following.isupper()
    ):
        return start + 1
    if following == "\n" or (following == "." and SECTION_OF.get(first.casefold()) != "registration"):
        return start + 1
    return None
