"""Compiles the tagger's engine and the counting of sets (*.pyx) when the project is installed or a wheel of it is built.

Without a C compiler, or with KETAMINE_WATCH_PURE=1 in the environment, the install goes on without them, and Python does
the same, more slowly.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from Cython.Build import cythonize
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.errors import BaseError, CCompilerError

MODULES = (
    *(f"crawler.tagging.{name}" for name in ("_programs", "_hits", "_tables", "_units")),
    "store._counting",
)


class CompiledEngine(BuildHookInterface[Any]):
    """Hatchling's custom build hook (its documentation, "Custom build hook")."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in place, and have the compiled modules go into a wheel. `version`: "standard" or "editable"."""
        if self.target_name != "wheel" or os.environ.get("KETAMINE_WATCH_PURE"):
            return
        try:
            compile_in_place(Path(self.root))
        except (BaseError, CCompilerError) as error:
            self.app.display_warning(f"not compiled, and will run in Python: {error}")
            return
        build_data["artifacts"] += [
            f"{folder}/*.{ending}" for folder in ("crawler/tagging", "store") for ending in ("so", "pyd")
        ]
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def compile_in_place(root: Path) -> None:
    """Leave the compiled modules beside their sources. Raises setuptools' errors where they cannot be compiled."""
    with tempfile.TemporaryDirectory() as scratch:
        extensions = [Extension(name, [str(root / f"{name.replace('.', '/')}.pyx")]) for name in MODULES]
        modules = cythonize(extensions, build_dir=scratch, include_path=[str(root)], quiet=True)
        command = Distribution({"ext_modules": modules, "package_dir": {"": str(root)}}).get_command_obj(
            "build_ext"
        )
        command.inplace, command.build_temp, command.force = True, scratch, True
        command.ensure_finalized()
        command.run()
