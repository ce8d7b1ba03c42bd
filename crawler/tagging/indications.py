"""What the work studies ketamine for. Each mention of a condition has a role; the roles decide.

Treated, prevented and modelled conditions are indications; comorbid, excluded, past, measured and merely named ones
are not. A title speaks for the whole work.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from crawler.tagging.reading import Hit, Mention, Reading
from store.records import Tag

ORDER = (
    "depression",
    "trd",
    "bipolar",
    "suicidality",
    "ptsd",
    "ocd",
    "anxiety",
    "substance-use",
    "pain",
    "other",
    "none",
)
_DENIED = ("role.excluded", "role.comorbid", "role.history")
_WEAK = ("role.outcome", "role.aside")
_ENOUGH = 0.6


@dataclass(slots=True)
class _Claim:
    """What speaks for one indication so far, and the best evidence for it."""

    score: float = 0.0
    best: float = 0.0
    shown: Hit | Mention | None = None
    detail: str | None = None


def indications(reading: Reading) -> list[Tag]:
    """The tags of dimensions `indication` and `indication_detail`."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    details: dict[str, Mention] = {}
    for mention in reading.mentions_of("condition"):
        weight, shown = _weight(reading, mention)
        for value in mention.term.more["indication"]:
            claim = claims[value]
            claim.score += weight
            if weight > claim.best:
                claim.best, claim.shown = weight, shown
        if weight >= _ENOUGH and "detail" in mention.term.more:
            details.setdefault(mention.term.more["detail"], mention)
    held = {value: claim for value, claim in claims.items() if claim.score >= _ENOUGH and claim.shown}
    if "trd" in held:
        held.setdefault("depression", held["trd"])
    named = [value for value in held if value not in ("other", "none")]
    if named and "other" in held and held["other"].best < 0.9:
        del held["other"]
    if len(held) > 1:
        held.pop("none", None)
    tags = [_tag(reading, value, held[value]) for value in ORDER if value in held]
    if not tags and any(word[:1].isalpha() for word in reading.words):
        tags = [_nothing(reading)]
    return tags + [reading.tag("indication_detail", detail, mention) for detail, mention in details.items()]


def _weight(reading: Reading, mention: Mention) -> tuple[float, Hit | Mention]:
    """How much a mention says that its condition is studied, and what shows it."""
    roles = {role: hit for role, hits in reading.hits.items() if role.startswith("role.")
             for hit in hits if hit.start <= mention.at < hit.end}  # fmt: skip
    if mention.term.more.get("harm"):
        return 1.0, mention
    denied = next((roles[role] for role in _DENIED if role in roles), None)
    treated = roles.get("role.treated") or roles.get("role.primary")
    if denied:
        return 0.0, denied
    if mention.at < reading.body:
        return (0.25 if any(role in roles for role in _WEAK) and not treated else 1.0), treated or mention
    section = reading.section(mention.at)
    early = section == "background" or (section is None and mention.at < _first_sentence_end(reading))
    if treated:
        return (0.25 if early else 0.5), treated
    if any(role in roles for role in _WEAK):
        return 0.05, mention
    return (0.08 if early else 0.15), mention


def _first_sentence_end(reading: Reading) -> int:
    return reading.sentence(min(reading.body, len(reading.units) - 1))[1]


def _tag(reading: Reading, value: str, claim: _Claim) -> Tag:
    assert claim.shown is not None
    return reading.tag("indication", value, claim.shown, min(0.97, 0.5 + 0.25 * claim.score))


def _nothing(reading: Reading) -> Tag:
    field = "title" if reading.body > 1 else "abstract"
    text = reading.texts[field]
    return Tag("indication", "none", field, 0, len(text), text, "indication.none-found", 0.5)
