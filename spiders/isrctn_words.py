"""ISRCTN's words for a design, in ClinicalTrials.gov's spelling where that registry has just the same value.

The site, its filters and the tagging rules read one vocabulary, that of ClinicalTrials.gov's API (OpenAPI description
2.0.3). The left sides are the choices of ISRCTN's registration form, as seen in real records: those before 2025 name a
"secondary study design", the later ones have an interventional design of their own. A word that is not here, or that
says less than any value there ("Blinded (masking used)": how many were, nobody knows), is kept as it is spelled.
"""

from __future__ import annotations

import re

_STUDY_TYPES = {"interventional": "INTERVENTIONAL", "observational": "OBSERVATIONAL"}
_ALLOCATIONS = {
    "randomised controlled trial": "RANDOMIZED",
    "cluster randomised trial": "RANDOMIZED",
    "randomised cross over trial": "RANDOMIZED",
    "randomised parallel trial": "RANDOMIZED",
    "non randomised controlled trial": "NON_RANDOMIZED",
    "non randomised study": "NON_RANDOMIZED",
    "n/a: single arm study": "NA",
}
_MODELS = {
    "parallel": "PARALLEL",
    "randomised parallel trial": "PARALLEL",
    "crossover": "CROSSOVER",
    "randomised cross over trial": "CROSSOVER",
    "factorial": "FACTORIAL",
    "sequential": "SEQUENTIAL",
    "single": "SINGLE_GROUP",
}
_MASKINGS = {"open (masking not used)": "NONE"}
_PHASES = {"i": "PHASE1", "ii": "PHASE2", "iii": "PHASE3", "iv": "PHASE4"}


def study_type(written: str | None) -> str | None:
    return _spelled(written, _STUDY_TYPES)


def masking(written: str | None) -> str | None:
    return _spelled(written, _MASKINGS)


def allocation(stated: str | None, secondary: str | None) -> str | None:
    """What the form's own field says, else what the older secondary study design implies."""
    return _spelled(stated, _ALLOCATIONS) or _ALLOCATIONS.get(_folded(secondary))


def intervention_model(stated: str | None, secondary: str | None) -> str | None:
    return _spelled(stated, _MODELS) or _MODELS.get(_folded(secondary))


def phases(written: str | None) -> list[str]:
    """ "Phase I/II" is both; "Not Applicable" is none of them, and said so; "Not Specified" says nothing."""
    text = " ".join((written or "").split())
    if match := re.fullmatch(r"Phase ([IV]+)(?:/([IV]+))?", text):
        known = [_PHASES.get(part.lower()) for part in match.groups() if part]
        return [phase for phase in known if phase] if all(known) else [text]
    if text.lower() in ("", "not specified"):
        return []
    return ["NA"] if text.lower() == "not applicable" else [text]


def _spelled(written: str | None, known: dict[str, str]) -> str | None:
    return known.get(_folded(written), written)


def _folded(written: str | None) -> str:
    """One spelling for "Randomized" and "Randomised", "Non-randomised" and "Non randomised"."""
    return " ".join((written or "").lower().replace("randomiz", "randomis").replace("-", " ").split())
