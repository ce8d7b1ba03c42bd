"""What reads texts: compiled where that could be built when the project was installed (hatch_build.py), else in Python.

Both give the same, character for character; the compiled one takes about half the time. KETAMINE_WATCH_PURE=1 in the
environment chooses the one in Python.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

__all__ = ["COMPILED", "Hits", "Units", "find"]

COMPILED = False
if TYPE_CHECKING or os.environ.get("KETAMINE_WATCH_PURE"):
    from crawler.tagging.hits import Hits
    from crawler.tagging.mentions import find
    from crawler.tagging.units import Units
else:
    try:
        from crawler.tagging._hits import Hits, find
        from crawler.tagging._units import Units

        COMPILED = True
    except ImportError:
        from crawler.tagging.hits import Hits
        from crawler.tagging.mentions import find
        from crawler.tagging.units import Units
