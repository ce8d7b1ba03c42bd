"""What becomes of a work after it was published: retracted, withdrawn, doubted, corrected, replaced.

`statements` reads who says what of a work, `groups` brings it together, `gather` keeps `found_notices` and
`records.standing` up to date, `decisions` keeps what people say, `reported` keeps rows of lists such as Retraction
Watch's.
"""

from crawler.noticing.gather import gather_notices

__all__ = ["gather_notices"]
