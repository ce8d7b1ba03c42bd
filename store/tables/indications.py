"""The views of `store/views/indications.py`."""

from __future__ import annotations

from store.tables.documents import RECORD

_LISTED = {name: words for name, words in RECORD.items() if name not in ("source", "first_seen")}

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "indication_trials": (
        "Trials by indication, reports and registrations; no published protocols and secondary analyses, whose participants are another's.",
        {
            "indication": "The indication.",
            "design": "One design: `registration`, else `crossover`, else `rct`, else `non-randomised-trial`.",
            **_LISTED,
        },
    ),
    "head_to_head": (
        "Trials, registrations and observational studies that compare with another treatment; one row for each comparison.",
        {
            "comparison": "The comparator; `esketamine-ketamine` where both drugs are studied, `esketamine-iv-ketamine` where one is given intravenously.",
            "what": "trial, observational or registration.",
            **_LISTED,
        },
    ),
    "doses": (
        "Doses that trials and registrations state, each bound to its drug; one row for each dose of a record.",
        {
            "drug": "The drug that the dose belongs to.",
            "route": "The route stated beside the dose; empty if none is.",
            "dose": "Number and unit, from `tags`.",
            "unit": "The unit.",
            "number": "The number; of a range its lower end.",
            "up_to": "Of a range its upper end.",
            "words": "The words that say so.",
            **_LISTED,
        },
    ),
    "topics": (
        "Records by topic: safety, long-term, regulatory …; one row for each topic of a record.",
        {"topic": "The topic.", "words": "The words that say so.", **_LISTED},
    ),
}
