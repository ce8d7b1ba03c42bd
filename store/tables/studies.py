"""The views of `store/views/studies.py`."""

from __future__ import annotations

_REGISTERED = {
    "id": "The registration.",
    "study_id": "The study.",
    "title": "Its title.",
    "indications": "What the drug is studied for (JSON array).",
    "drugs": "Drugs studied (JSON array).",
    "sponsor": "Lead sponsor.",
    "phases": "Phases (JSON array).",
    "enrollment": "Participants, planned or reached as `enrollment_type` says.",
    "enrollment_type": "ACTUAL or ESTIMATED.",
    "status": "Status as the registry spells it.",
    "url": "The registration at its source.",
    "meaning": "What a row here says, in a sentence.",
    "how_sure": "How sure that is.",
}

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "study_list": (
        "One row for each study: trials counted once, however many papers they have.",
        {
            "study_id": "The study: its registry number, or the record of a trial report that states none.",
            "title": "Its title in the registry, else of its first report.",
            "acronym": "Its acronym in the registry.",
            "drugs": "Drugs studied (JSON array).",
            "indications": "What they are studied for (JSON array).",
            "designs": "Design of its first report, else as registered (JSON array).",
            "comparators": "What they are compared with (JSON array).",
            "planned": "Participants planned, by the registry or the published protocol.",
            "enrolled": "Participants enrolled, by the registry.",
            "reported": "Participants by the first report.",
            "status": "Status as the registry spells it.",
            "countries": "Countries of its sites (JSON array).",
            "start_date": "Start.",
            "primary_completion_date": "Last visit for the primary outcome.",
            "results_first_posted": "When results were posted in the registry.",
            "first_report": "When the first report was published.",
            "records": "How many records it has; the same work of several sources counts once.",
            "notices": "How many notices (retractions, corrections …) there are on its records.",
        },
    ),
    "overdue_trials": (
        "Trials that were completed more than 12 months ago, with no results posted and no report linked.",
        {**_REGISTERED, "completed": "Primary completion, else completion; the last day that its precision allows.",
         "days_overdue": "Days since 12 months after completion."},
    ),
    "results_without_report": (
        "Trials with results in the registry and no paper linked that reports them.",
        {**_REGISTERED, "results_first_posted": "When results were posted.", "days_since": "Days since then."},
    ),
    "stopped_trials": (
        "Trials terminated, withdrawn or suspended, and the sponsor's reason.",
        {**_REGISTERED, "why_stopped": "The sponsor's reason.", "stopped": "Completion, else the registry's last update."},
    ),
    "outcomes_switched": (
        "Registrations whose primary outcomes changed since this database watches.",
        {**_REGISTERED, "changed": "When the change was seen (UTC).", "before": "Primary outcomes before.",
         "after": "Primary outcomes after.", "moment": "Before the start, while it ran, or after completion."},
    ),
    "trials_citing_retracted": (
        "Trials with a report that cites a work that was retracted or withdrawn.",
        {
            "study_id": "The study.", "study": "Its title.", "id": "The report that cites.", "title": "The report's title.",
            "role": "What the report is to the study.", "published": "When the report was published.",
            "cited_id": "The work that was retracted.", "cited_title": "Its title, if it is here.",
            "kind": "retraction, withdrawal or partial-retraction.", "date": "When it was retracted.",
            "meaning": "What a row here says, in a sentence.", "how_sure": "How sure that is.",
        },
    ),
    "stale_preprints": (
        "Preprints older than two years for which no article is known.",
        {
            "id": "The preprint.", "title": "Its title.", "indications": "What the drug is studied for (JSON array).",
            "designs": "Designs (JSON array).", "drugs": "Drugs studied (JSON array).", "venue": "The server.",
            "published": "When it was posted.", "days_since": "Days since then.", "url": "The preprint at its source.",
            "meaning": "What a row here says, in a sentence.", "how_sure": "How sure that is.",
        },
    ),
}  # fmt: skip
