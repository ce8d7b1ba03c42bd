"""What people decided."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "corrections": (
        "Tags as people set them. One that is not withdrawn wins over the rules, however often they run.",
        {
            "id": "Row number.",
            "record_id": "The record.",
            "dimension": "The dimension that is set as a whole: indication, design, sample_size …",
            "values": "Its values (JSON array); an empty one says that the record has none.",
            "decided_by": "Who says so.",
            "why": "Why, in that person's words.",
            "decided_at": "When it was said (UTC).",
            "withdrawn_at": "When it was taken back, or replaced by another (UTC); empty while it is in force.",
            "withdrawn_by": "Who took it back.",
        },
    ),
}
