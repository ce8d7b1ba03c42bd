"""Studies by their numbers and acronyms, suggested links, and what people decided."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "study_numbers": (
        "The registry numbers of each registration: its own, and those that it gives as its study's others.",
        {
            "record_id": "The registration.",
            "scheme": "The registry: nct, isrctn, eudract …; nct-alias for a former number.",
            "value": "The number.",
            "own": "1 if it is the registration's own number.",
        },
    ),
    "study_acronyms": (
        "Acronyms of registered studies that are telling enough to find papers by.",
        {
            "record_id": "The registration.",
            "key": "The acronym in one spelling: small letters and figures only.",
            "acronym": "The acronym as the registry has it.",
        },
    ),
    "study_suggestions": (
        "Links that are likely and not sure enough to be made: for a person to confirm or reject.",
        {
            "study_id": "The study.",
            "record_id": "The record that may belong to it.",
            "role": "The role that the record would have.",
            "method": "How it was found: acronym, likeness …",
            "evidence": "The words, or what agrees.",
            "confidence": "0 to 1; links begin at 0.6.",
        },
    ),
    "study_decisions": (
        "What people decided of links and studies. One that is not withdrawn stands, however often linking runs.",
        {
            "id": "Row number; `studies undo` takes it.",
            "decision": "confirm or reject a link; merge two studies, or split off a number.",
            "study_id": "The study (one of its numbers).",
            "record_id": "The record, of confirm and reject.",
            "other_id": "The other study or number, of merge and split.",
            "role": "The role that the person gives, if any.",
            "decided_by": "Who decided.",
            "why": "Why, in that person's words.",
            "decided_at": "When (UTC).",
            "withdrawn_at": "When it was taken back (UTC); empty while it stands.",
            "withdrawn_by": "Who took it back.",
        },
    ),
}
