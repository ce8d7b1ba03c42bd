"""Python without what is compiled of this project."""

from __future__ import annotations

import os
import subprocess
import sys


def said(code: str) -> str:
    """What a program prints where KETAMINE_WATCH_PURE chooses Python."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"KETAMINE_WATCH_PURE": "1"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()
