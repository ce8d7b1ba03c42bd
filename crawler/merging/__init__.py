"""One work, one record shown: records of several sources that are the same document.

`titles` and `works` say what is compared, `pairs` judges two records, `groups` joins pairs, `fill` lends the shown
record what it lacks, `merge` does all of it for a neighbourhood, `decisions` keeps what people say.
"""

from crawler.merging.merge import merge_records, unmerged

__all__ = ["merge_records", "unmerged"]
