"""Python looks for garbage less often: a page makes thousands of objects, and drops them by itself."""

from __future__ import annotations

import gc
from typing import Any

from datasette import hookimpl

NEW = 20_000  # objects made and not dropped, after which Python looks among the new ones (its own: 700 or 2,000)


@hookimpl
def startup(datasette: Any) -> None:
    gc.set_threshold(NEW, *gc.get_threshold()[1:])
