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
_DENIED = ("role.excluded", "role.comorbid", "role.history", "role.secondary")
_WEAK = ("role.outcome", "role.aside")
_ROLES = ("role.treated", "role.primary", *_DENIED, *_WEAK)
_ENOUGH = 0.6
_CLEAR = 0.4
_MISUSE = 0.3  # conditions of people who misuse the drug are what it does to them
_VAGUEST = "condition.anaesthesia"  # named wherever an anaesthetic is
_TITLED = 0.9  # the least weight of a mention in the title
_EARLY = ("background", "before")
_GIVEN_FOR = ("role.treatment", "role.case")  # rules of "ketamine for …"
_SYMPTOMS = frozenset(
    ["suicidality", "anxiety"]
)  # measured in most trials: results alone do not make them a target
#: how much a mention in a treated role counts, by where it stands
_WEIGHTS = {"objective": 0.65, "methods": 0.65, "results": 0.5, "conclusions": 0.4, "registration": 0.4, "background": 0.2,
            "before": 0.2, None: 0.6}  # fmt: skip
#: the same for misuse of the drug, which a conclusion may only warn of
_HARM: dict[str | None, float] = {"title": 1.0, "background": 0.25, "before": 0.25, "conclusions": 0.25}
_REVIEWS = ("review-title", "review-said", "systematic-title", "systematic-said", "meta-title")
_JOINTS = re.compile(r"\s*(?:\([^()]*\)?|[,/&]|and|or|and/or|as well as|\))*\s*", re.IGNORECASE)


@dataclass(slots=True)
class _Claim:
    """What speaks for one indication so far, and the best evidence for it."""

    score: float = 0.0
    best: float = 0.0
    shown: Hit | Mention | None = None
    term: str = ""

    def add(self, weight: float, shown: Hit | Mention, term: str) -> None:
        """Count one more mention."""
        self.score += weight
        if weight > self.best or (weight == self.best and self.term == _VAGUEST):
            self.best, self.shown, self.term = weight, shown, term


def indications(reading: Reading) -> list[Tag]:
    """The tags of dimensions `indication` and `indication_detail`."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    details: dict[str, Mention] = {}
    title = _title(reading)
    mentions = reading.mentions_of("condition")
    role_hits = [(role, hits) for role in _ROLES if (hits := reading.hits(role))] if mentions else []
    last: tuple[Mention, dict[str, Hit]] | None = None
    for mention in mentions:
        roles = _roles(reading, mention, role_hits, last)
        repeated = last is not None and last[0].term is mention.term and mention.at - last[0].at <= _NEXT
        last = (mention, roles)
        if repeated:  # "depression (MDD)" is one mention
            continue
        place, more = _place(reading, mention.at), mention.term.more
        most = 0.0 if more["indication"] or place in _EARLY or _denial(roles) else 1.0
        for value in more["indication"]:
            weight, shown = _weight(mention, roles, place, value, title)
            claims[value].add(weight, shown, mention.term.name)
            most = max(most, weight)
        if "detail" in more and most >= _ENOUGH:
            details.setdefault(more["detail"], mention)
    _treatment_resistance(reading, claims)
    held = {value: claim for value, claim in claims.items() if _holds(value, claim)}
    if "trd" in held:
        held.setdefault("depression", held["trd"])
    _drop_the_vague(held)
    tags = [_tag(reading, value, held[value]) for value in ORDER if value in held]
    if not tags and reading.units.strip(lex.STOP + lex.SIGN + lex.NUMBER):
        tags = [_nothing(reading)]
    return tags + [reading.tag("indication_detail", detail, mention) for detail, mention in details.items()]


def _holds(value: str, claim: _Claim) -> bool:
    """Whether enough speaks for an indication. Of symptoms that most trials measure, passing mentions do not add up."""
    return (
        claim.score >= _ENOUGH
        and claim.shown is not None
        and (value not in _SYMPTOMS or claim.best >= _CLEAR)
    )


@dataclass(slots=True, frozen=True)
class _Title:
    """What form and title say of the whole work.

    `covers`: what an umbrella ("mood disorders") includes if the abstract names it; in a review, whatever it names.
    """

    review: bool
    misuse: bool
    named: bool
    covers: frozenset[str]


def _title(reading: Reading) -> _Title:
    review = any(reading.hits(cue) for cue in _REVIEWS)
    terms = [mention.term.more for mention in reading.mentions_of("condition") if mention.at < reading.body]
    umbrellas = [more for more in terms if more.get("umbrella")]
    covers = frozenset(value for more in umbrellas for value in more.get("covers", ()))
    if review and umbrellas:
        covers = frozenset(ORDER[:-1])
    named = any(more["indication"] for more in terms)
    return _Title(review, any(more.get("harm") for more in terms), named, covers)


def _denial(roles: dict[str, Hit]) -> Hit | None:
    if roles:
        for role in _DENIED:
            if role in roles:
                return roles[role]
    return None


_NEXT = 2  # units from a term to its abbreviation in brackets


def _roles(
    reading: Reading,
    mention: Mention,
    role_hits: list[tuple[str, list[Hit]]],
    last: tuple[Mention, dict[str, Hit]] | None,
) -> dict[str, Hit]:
    """role -> the hit that gives it. In a list ("depression, PTSD and OCD") a condition has the roles of the one before."""
    at = mention.at
    roles: dict[str, Hit] = {}
    for role, hits in role_hits:
        for hit in hits:
            if hit.start > at:
                break  # hits are in order
            if at < hit.end and (role not in roles or roles[role].rule.id != "role.case"):
                roles[role] = hit
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
    if section == "background" and reading.hits_beside("own-aim", at):
        return "objective"
    return "before" if section is None and at < reading.own_work else section


def _weight(
    mention: Mention, roles: dict[str, Hit], place: str | None, value: str, title: _Title
) -> tuple[float, Hit | Mention]:
    """How much a mention says that its condition is studied, and what shows it."""
    if denied := _denial(roles):
        return 0.0, denied
    weight, shown = _affirmed(
        mention, roles, place, value, review=title.review, titled=title.named and not title.covers
    )
    if value in title.covers and (not title.review or place not in _EARLY):
        weight = max(weight, _ENOUGH)
    given = roles.get("role.treated")
    if title.misuse and not mention.term.more.get("harm") and not (given and given.rule.id in _GIVEN_FOR):
        weight *= _MISUSE
    return weight, shown


def _affirmed(
    mention: Mention, roles: dict[str, Hit], place: str | None, value: str, *, review: bool, titled: bool
) -> tuple[float, Hit | Mention]:
    """The weight of a mention that nothing denies. Reviews have what they find as a topic."""
    treated = roles.get("role.treated") or roles.get("role.primary")
    if mention.term.more.get("harm"):
        return _HARM.get(place, 0.65), mention
    if place == "title":
        return (0.25 if any(role in roles for role in _WEAK) and not treated else 1.0), treated or mention
    if mention.term.more.get("effect"):  # an effect is seen in whatever is studied
        return (0.3 if value == "suicidality" else 0.15), mention
    if treated:
        weight = _WEIGHTS["methods" if treated.rule.id == "role.case" else place]
        if review:
            found = place in ("results", "conclusions")
            aside = value in _SYMPTOMS or titled  # beside what the title names it takes more than one finding
            return (weight if not found else 0.35 if aside else _ENOUGH), treated
        if (
            value in _SYMPTOMS
            and place not in ("objective", "methods")
            and treated.rule.id != "role.population"
        ):
            weight *= 0.5
        return weight, treated
    if any(role in roles for role in _WEAK):
        return 0.05, mention
    return (0.08 if place in _EARLY else 0.15), mention


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
    sedation = other is not None and other.term == _VAGUEST and other.best >= 1
    if sedation and named == ["pain"] and held["pain"].best < _TITLED:
        del held["pain"]  # sedation for a painful procedure
    elif named and other and (other.best < _TITLED or other.term == _VAGUEST):
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
