"""What regulators decided."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "fda_decisions": (
        "Approvals, supplements and versions of labels, as the FDA's own data (openFDA) has them.",
        {
            "date": "The day of the decision, or from which the label is in effect.",
            "what": "`decision` (an application or supplement) or `label` (one version of a label).",
            "application": "Number of the application: NDA211243 is Spravato's.",
            "title": "Product, type and number of the submission.",
            "status": "approved, tentatively approved, or FDA's own code; empty for labels.",
            "drugs": "The drugs (JSON array), from `tags`.",
            "indications": "The indications that it names (JSON array), from `tags`; most decisions name none, labels do.",
            "words": "The facts of a decision; of a label its boxed warning, indications and recent major changes.",
            "url": "Drugs@FDA or DailyMed, where the documents are.",
            "id": "The record.",
        },
    ),
}
