"""Drugs that are studied (not merely named), and the routes by which they are given."""

from __future__ import annotations

from crawler.tagging.reading import Mention, Reading
from store.records import Tag

DRUGS = ("ketamine", "esketamine", "arketamine")
ROUTES = ("intravenous", "intranasal", "oral", "sublingual", "intramuscular", "subcutaneous", "other")
_ROUTE_REACH = 8  # words between a route and its drug
_DOSED = 12  # units from a treatment to its route, with the dose between
_LEAST = 0.2  # a route of the background in a sentence without the drug is nobody's
_ASIDE_SHARE = 0.4  # what a mention in background or conclusions counts beside the methods'


def drugs(reading: Reading) -> list[Tag]:
    """The tags of dimension `drug`. Beside a drug of the title another needs more than a mention in passing."""
    titled = {
        mention.term.more["drug"] for mention in reading.mentions_of("drug") if mention.at < reading.body
    } - {""}
    best: dict[str, tuple[float, Mention]] = {}
    told: dict[str, int] = {}
    for mention in reading.mentions_of("drug"):
        value = mention.term.more["drug"]
        if not value:
            continue
        early = reading.in_background(mention.at)
        told[value] = told.get(value, 0) + (not early)
        if value in titled and value in best:  # nothing weighs more than the title
            continue
        weight = _weight(reading, mention, early=early)
        if value not in best or weight > best[value][0]:
            best[value] = (weight, mention)
    if "ketamine" in best and len(best) > 1 and _short_for_enantiomer(reading, titled):
        del best["ketamine"]
        titled.discard("ketamine")
    trial = any(reading.hits(cue) for cue in _TRIALS)  # which may name a drug as background only
    found = []
    for value, (weight, mention) in best.items():
        generic = value == "ketamine" and titled & {"esketamine", "arketamine"}  # "the ketamine group"
        beside = weight >= _COORDINATED or (
            told[value] > _OFTEN and not generic
        )  # another drug stands in the title
        told_of = told[value] > 0 or not trial
        alone = told_of and weight > 0 and (weight >= _PLAIN or told[value] > 1 or len(best) == 1)
        if value in titled or (beside if titled else alone):
            found.append(reading.tag("drug", value, mention, 0.95 if value in titled else max(0.4, weight)))
    return found


def _short_for_enantiomer(reading: Reading, titled: set[str]) -> bool:
    """Whether "ketamine" is the short name of S- or R-ketamine here: only the enantiomer is said to be given."""
    if len(titled) > 1 or any(reading.hits(cue) for cue in _REVIEWS):
        return False
    hits = reading.hits("drug.given")
    given = {
        mention.term.more["drug"]
        for mention in reading.mentions_of("drug")
        for hit in hits
        if hit.start <= mention.at < hit.end and not reading.in_background(mention.at)
    } - {""}
    return bool(given) and "ketamine" not in given


_REVIEWS = ("review-title", "review-said", "systematic-title", "systematic-said", "meta-title")
_TRIALS = ("randomised-title", "randomised", "open-trial", "protocol-title")
_OFTEN = 2  # mentions of its own work that make up for a missing title
_ASIDE, _PLAIN, _COORDINATED, _TITLE = 0.2, 0.6, 0.85, 0.95


def _weight(reading: Reading, mention: Mention, *, early: bool) -> float:
    if mention.at < reading.body:
        return _TITLE
    if reading.within("drug.not", mention.at):
        return 0.0
    if reading.within("drug.aside", mention.at):
        return _ASIDE
    if not early and reading.within("drug.coordinated", mention.at):
        return _COORDINATED
    return _PLAIN


def routes(reading: Reading) -> list[Tag]:
    """The tags of dimension `route`: of a watched drug, stated or certain ("infusion")."""
    drugs_at = [mention.at for mention in reading.mentions_of("drug")]
    named = reading.hits("drug.not")  # of a treatment that had failed, or of another's
    drugs_at = [at for at in drugs_at if not any(hit.start <= at < hit.end for hit in named)]
    best: dict[str, tuple[float, Mention]] = {}
    mentions = [
        mention
        for mention in reading.mentions_of("route")
        if not any(hit.start <= mention.at < hit.end for hit in named)
    ]
    for mention in mentions:
        value = mention.term.more["route"]
        weight = _route_weight(reading, mention, mentions, drugs_at) if value else 0.0
        if weight and (value not in best or weight > best[value][0]):
            best[value] = (weight, mention)
    if not best and drugs_at and (poured := _infused_together(reading)):
        best["intravenous"] = (0.6, poured)
    strongest = max((weight for weight, _ in best.values()), default=0.0)
    least = 0.6 if strongest >= 0.6 else strongest  # else the best there is
    return [
        reading.tag("route", value, shown, weight)
        for value, (weight, shown) in best.items()
        if weight >= max(least, _LEAST)
    ]


def _infused_together(reading: Reading) -> Mention | None:
    """A control's infusion is the drug's too ("ketamine and saline infusions")."""
    return next(
        (
            mention
            for mention in reading.mentions_of("treatment")
            if "infusion" in reading.word(mention.at).lower()
        ),
        None,
    )


def _route_weight(reading: Reading, mention: Mention, routes: list[Mention], drugs_at: list[int]) -> float:
    """0 for another drug's route; less where the drug is far, in the background and in the conclusions."""
    terms, here = reading.terms, mention.at
    infusion = "infusion" in mention.term.more
    if infusion and any(0 < abs(other.at - here) <= 3 and other.term is not mention.term for other in routes):
        return 0.0  # "subcutaneous infusion"
    if not infusion and any(at in terms and terms[at].group == "treatment" for at in (here + 1, here + 2)):
        return 0.0  # "oral midazolam"
    following = terms.get(here + 3)
    if following and following.group == "treatment" and reading.word(here + 2).lower() == "of":
        reach = range(here + 3, here + 3 + _ROUTE_REACH)
        if not any(at in terms and terms[at].group == "drug" for at in reach):
            return 0.0  # "intravenous administration of fentanyl"
    start, end = reading.sentence(mention.at)
    near = [abs(at - mention.at) for at in drugs_at if start <= at <= end]
    weight = 0.95 if near and min(near) <= _ROUTE_REACH else 0.65 if near else 0.4
    if _of_another(reading, mention.at, start):
        weight = 0.3
    aside = reading.in_background(mention.at) or reading.section(mention.at) == "conclusions"
    return weight * _ASIDE_SHARE if aside and mention.at >= reading.body else weight


def _of_another(reading: Reading, at: int, start: int) -> bool:
    """Whether the route at unit `at` follows another treatment's dose: "triazolam (0.4 mg p.o.)"."""
    before = [reading.terms[place] for place in range(max(start, at - _DOSED), at) if place in reading.terms]
    groups = [term.group for term in before if term.group in ("drug", "treatment", "unit")]
    return groups[-2:] == ["treatment", "unit"]
