"""What is counted at the end of a crawl; made from the records alone (`store/summaries.py`)."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "list_members": (
        "Which records have a value, for counting. Empty while a crawl changes records: pages then count for themselves.",
        {
            "facet": "A column of `works`; `list` for the records of the view `trials`; `word` for a very common word.",
            "value": "The value; of a word the full-text query for it, anywhere or in the title.",
            "records": "How many records have it.",
            "members": "Which: bit n stands for the nth record of `works` by `entered` downwards, then by id (compressed).",
        },
    ),
    "title_words": (
        "Words of titles and keywords, for telling a searcher what a misspelled one may mean.",
        {"word": "The word, in small letters.", "records": "In how many records it stands."},
    ),
}
