"""Python looks for garbage less often: a page makes thousands of objects, and drops them by itself."""

from __future__ import annotations

import gc
from typing import Any

from datasette import hookimpl

# objects made and not dropped, after which Python looks among the new ones (its own: 700 or 2,000); some 400 remain of a
# page, and to look at more at once would hold up the pages of that moment
NEW = 2_500


@hookimpl
def startup(datasette: Any) -> None:
    gc.set_threshold(NEW, *gc.get_threshold()[1:])
