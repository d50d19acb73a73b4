"""Make a plugin module look installed, for the command line and for other processes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from evenhand.hookspecs import GROUP


def write_distribution(folder: Path, plugins: Mapping[str, str], name: str = "plugins-under-test") -> Path:
    """Write the metadata of a distribution whose entry points name plugin modules.

    With ``folder`` on the path of a Python process, that process finds them as it finds any installed plugin.

    Parameters
    ----------
    folder : where to write; made if need be.
    plugins : entry point -> importable module.

    Returns
    -------
    The folder.
    """
    information = folder / f"{name.replace('-', '_')}-0.1.dist-info"
    information.mkdir(parents=True, exist_ok=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n", encoding="utf-8")
    lines = [f"[{GROUP}]", *(f"{entry} = {module}" for entry, module in plugins.items())]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@contextmanager
def installed(folder: Path, plugins: Mapping[str, str]) -> Iterator[None]:
    """Within this context the plugins are found through their entry points, in this process."""
    place = str(write_distribution(folder, plugins))
    sys.path.insert(0, place)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(place)
        importlib.invalidate_caches()
