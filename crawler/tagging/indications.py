"""What the work studies ketamine for. Each mention of a condition has a role; the roles decide.

Treated, prevented and modelled conditions are indications; comorbid, excluded, past, measured and merely named ones
are not. A title speaks for the whole work.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from crawler.tagging import lexicon as lex
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
#: indications and details of people who are treated for something, not volunteers of an experiment
CLINICAL = frozenset(
    [*ORDER[:-2], "eating-disorder", "autism", "status-epilepticus", "neurology", "borderline-personality"]
)
_DENIED = ("role.excluded", "role.comorbid", "role.history")
_WEAK = ("role.outcome", "role.aside")
_ROLES = ("role.treated", "role.primary", *_DENIED, *_WEAK)
_ENOUGH = 0.6
_SYMPTOMS = frozenset(
    ["suicidality", "anxiety"]
)  # measured in most trials: results alone do not make them a target
#: how much a mention in a treated role counts, by where it stands
_WEIGHTS = {"objective": 0.65, "methods": 0.65, "results": 0.5, "conclusions": 0.4, "registration": 0.4, "background": 0.2,
            "before": 0.2, None: 0.6}  # fmt: skip
_REVIEWS = ("review-title", "review-said", "systematic-title", "systematic-said", "meta-title")
_JOINTS = re.compile(r"\s*(?:\([^()]*\)?|[,/&]|and|or|and/or|as well as|\))*\s*", re.IGNORECASE)


@dataclass(slots=True)
class _Claim:
    """What speaks for one indication so far, and the best evidence for it."""

    score: float = 0.0
    best: float = 0.0
    shown: Hit | Mention | None = None
    term: str = ""


def indications(reading: Reading) -> list[Tag]:
    """The tags of dimensions `indication` and `indication_detail`."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    details: dict[str, Mention] = {}
    review = any(reading.hits(cue) for cue in _REVIEWS)
    role_hits = [(role, hits) for role in _ROLES if (hits := reading.hits(role))]
    last: tuple[Mention, dict[str, Hit]] | None = None
    for mention in reading.mentions_of("condition"):
        roles = _roles(reading, mention, role_hits, last)
        repeated = last is not None and last[0].term is mention.term and mention.at - last[0].at <= _NEXT
        last = (mention, roles)
        if repeated:  # "depression (MDD)" is one mention
            continue
        place = _place(reading, mention.at)
        for value in mention.term.more["indication"]:
            weight, shown = _weight(mention, roles, place, value, review=review)
            claim = claims[value]
            claim.score += weight
            if weight > claim.best:
                claim.best, claim.shown, claim.term = weight, shown, mention.term.name
            if weight >= _ENOUGH and "detail" in mention.term.more:
                details.setdefault(mention.term.more["detail"], mention)
    _treatment_resistance(reading, claims)
    held = {value: claim for value, claim in claims.items() if claim.score >= _ENOUGH and claim.shown}
    if "trd" in held:
        held.setdefault("depression", held["trd"])
    _drop_the_vague(held)
    tags = [_tag(reading, value, held[value]) for value in ORDER if value in held]
    if not tags and reading.units.strip(lex.STOP + lex.SIGN + lex.NUMBER):
        tags = [_nothing(reading)]
    return tags + [reading.tag("indication_detail", detail, mention) for detail, mention in details.items()]


_NEXT = 2  # units from a term to its abbreviation in brackets


def _roles(
    reading: Reading,
    mention: Mention,
    role_hits: list[tuple[str, list[Hit]]],
    last: tuple[Mention, dict[str, Hit]] | None,
) -> dict[str, Hit]:
    """role -> the hit that gives it. In a list ("depression, PTSD and OCD") a condition has the roles of the one before."""
    at = mention.at
    roles = {role: hit for role, hits in role_hits for hit in hits if hit.start <= at < hit.end}
    if last is not None and not roles and last[1] and mention.at - last[0].at <= _LIST:
        between = reading.between(last[0].at, mention.at)
        if between is not None and _JOINTS.fullmatch(between):
            return last[1]
    return roles


_LIST = 6  # units from one condition of a list to the next


def _place(reading: Reading, at: int) -> str | None:
    if at < reading.body:
        return "title"
    section = reading.section(at)
    return "before" if section is None and at < reading.own_work else section


def _weight(
    mention: Mention, roles: dict[str, Hit], place: str | None, value: str, *, review: bool
) -> tuple[float, Hit | Mention]:
    """How much a mention says that its condition is studied, and what shows it. Reviews have what they find as a topic."""
    if mention.term.more.get("harm"):
        return 1.0, mention
    denied = next((roles[role] for role in _DENIED if role in roles), None)
    treated = roles.get("role.treated") or roles.get("role.primary")
    if denied:
        return 0.0, denied
    if place == "title":
        return (0.25 if any(role in roles for role in _WEAK) and not treated else 1.0), treated or mention
    if mention.term.more.get("effect"):  # an effect is seen in whatever is studied
        return (0.3 if value == "suicidality" else 0.15), mention
    if treated:
        weight = _WEIGHTS[place]
        if review:
            return (_ENOUGH if place in ("results", "conclusions") else weight), treated
        if (
            value in _SYMPTOMS
            and place not in ("objective", "methods")
            and treated.rule.id != "role.population"
        ):
            weight *= 0.5
        return weight, treated
    if any(role in roles for role in _WEAK):
        return 0.05, mention
    return (0.08 if place in ("background", "before") else 0.15), mention


def _treatment_resistance(reading: Reading, claims: dict[str, _Claim]) -> None:
    """Failed treatments as a criterion make a depression treatment-resistant, whatever it is called."""
    if claims["depression"].score < _ENOUGH:
        return
    for hit in reading.hits("trd-criterion"):
        place = _place(reading, hit.start)
        weight = (
            0.8 if place in ("title", "objective", "methods") else 0.6 if place in (None, "results") else 0.1
        )
        claim = claims["trd"]
        claim.score += weight
        if weight > claim.best:
            claim.best, claim.shown = weight, hit


def _drop_the_vague(held: dict[str, _Claim]) -> None:
    named = [value for value in held if value not in ("other", "none")]
    other = held.get("other")
    if named and other and (other.best < 0.9 or other.term == "condition.anaesthesia"):
        del held["other"]
    if len(held) > 1:
        held.pop("none", None)


def _tag(reading: Reading, value: str, claim: _Claim) -> Tag:
    assert claim.shown is not None
    return reading.tag("indication", value, claim.shown, min(0.97, 0.5 + 0.25 * claim.score))


def _nothing(reading: Reading) -> Tag:
    field = "title" if reading.body > 1 else "abstract"
    text = reading.field_text(field)
    return Tag("indication", "none", field, 0, len(text), text, "indication.none-found", 0.5)
