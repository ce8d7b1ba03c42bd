"""A work in one line of plain words, made of its tags alone: what, in whom, how many, against what. Never an effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from datasette_config import labels

Row = dict[str, Any]

_STUDY = {
    "rct": "Randomised trial",
    "crossover": "Randomised crossover trial",
    "non-randomised-trial": "Non-randomised trial",
    "meta-analysis": "Meta-analysis",
    "systematic-review": "Systematic review",
    "secondary-analysis": "Secondary analysis",
    "protocol": "Protocol",
    "narrative-review": "Narrative review",
    "guideline": "Guideline",
    "observational": "Observational study",
    "case-series": "Case series",
    "case-report": "Case report",
    "qualitative": "Qualitative study",
    "human-experimental": "Human experiment",
    "preclinical": "Preclinical study",
    "commentary": "Comment",
}
_IN = {
    "depression": "depression",
    "trd": "treatment-resistant depression",
    "bipolar": "bipolar disorder",
    "suicidality": "suicidality",
    "substance-use": "substance use",
    "anxiety": "anxiety",
    "pain": "pain",
    "other": "another condition",
}
_AGAINST = {
    "ect": "ECT",
    "tms": "TMS",
    "antidepressant": "an antidepressant",
    "other-active": "another active treatment",
    "dose": "another dose",
}
_WHO = {
    "adolescent": "adolescents",
    "child": "children",
    "older-adult": "older adults",
    "veteran": "veterans",
    "perinatal": "perinatal women",
    "healthy": "healthy volunteers",
}
_ABOUT = {"guideline", "narrative-review", "systematic-review", "meta-analysis", "commentary", "qualitative"}
_ORDER = ("crossover", "rct", "non-randomised-trial", "systematic-review", "meta-analysis")


def line(work: Row) -> str:
    """`work`: a row of `records` with its tags as lists, and of its registration."""
    of = "on" if _ABOUT & {*work["designs"]} else "of"
    sentence = f"{_what(work)} {of} {_drugs(work)}" if work["drugs"] else _what(work)
    against = [_AGAINST.get(one, one) for one in work["comparators"] if one != "none"]
    if against:
        sentence += f" compared with {_list(against)}"
    where = [_IN.get(one, labels.INDICATIONS.get(one, one)) for one in _narrow(work["indications"])]
    if where:
        sentence += f" in {_list(where)}"
    return "; ".join(
        part
        for part in [sentence, _size(work), _list(_WHO.get(one, one) for one in work["populations"])]
        if part
    )


def _what(work: Row) -> str:
    own, parent = work["designs"], work["parent_designs"]
    if work["kind"] == "registration":
        if parent:
            return f"Registered {_design(parent).lower().replace('rct', 'RCT')}"
        return "Registered study"
    if work["kind"] in ("regulatory", "news"):
        return labels.words(work["kind"])
    what = _design(own)
    return f"{what} of a {_design(parent).lower()}" if what == "Protocol" and parent else what


def _design(designs: Sequence[str]) -> str:
    if "systematic-review" in designs and "meta-analysis" in designs:
        return "Systematic review with meta-analysis"
    ordered = [*(one for one in _ORDER if one in designs), *(one for one in designs if one not in _ORDER)]
    return _STUDY.get(ordered[0], labels.words(ordered[0])) if ordered else "Work of no stated design"


def _drugs(work: Row) -> str:
    routes = [one for one in work["routes"] if one != "other"]
    drugs = _list(work["drugs"])
    if len(routes) == 1 and len(work["drugs"]) == 1:
        return f"{routes[0]} {drugs}"
    return f"{drugs} ({', '.join(routes)})" if routes else drugs


def _narrow(indications: list[str]) -> list[str]:
    """Treatment-resistant depression is depression: said once."""
    return [
        one for one in indications if one != "none" and not (one == "depression" and "trd" in indications)
    ]


def _size(work: Row) -> str:
    if work["kind"] == "registration":
        if work["enrollment"] is None:
            return ""
        word = {"ACTUAL": "enrolled", "ESTIMATED": "planned"}.get(work["enrollment_type"], "participants")
        return f"{work['enrollment']:,} {word}"
    if work["sample_size"] is None:
        return ""
    if "preclinical" in work["designs"]:
        return f"N = {work['sample_size']:,}"
    people = "participant" if work["sample_size"] == 1 else "participants"
    return f"{work['sample_size']:,} {'planned' if 'protocol' in work['designs'] else people}"


def _list(words: Iterable[str]) -> str:
    found = list(words)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def badges(work: Row) -> tuple[str, ...]:
    """Short marks: what became of it first, then what it is."""
    found = []
    standing = labels.standing(work)
    if standing and work["kind"] != "regulatory":
        found.append(labels.standing_words(standing))
    if work["kind"] in ("preprint", "registration"):
        found.append(labels.words(work["kind"]))
    designs = work["parent_designs"] if work["kind"] == "registration" else work["designs"]
    found += [labels.DESIGNS.get(one, one) for one in designs if one != "none"]
    year, appeared = work["year"], work.get("appeared") or work["entered"]
    if work["kind"] == "article" and year and appeared and year < int(appeared[:4]) - 1:
        found.append(f"published {year}")
    return tuple(dict.fromkeys(found))
