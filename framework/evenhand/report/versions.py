"""Versions of what an answer was made with."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.model import Problem

# Libraries that take part in numbers, tables or pictures.
LIBRARIES = ("numpy", "pandas", "scipy", "numba", "pyomo", "highspy", "matplotlib", "jinja2")


def versions(problem: Problem) -> dict[str, str]:
    """Evenhand, Python, the libraries in use, and the distribution of the domain's plugin if it is another one."""
    # The package's own number, so that a source tree that is not installed has one too.
    found = {"evenhand": str(sys.modules["evenhand"].__version__), "python": platform.python_version()}
    plugin = type(problem).__module__.partition(".")[0]
    for name in (*LIBRARIES, plugin):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
