"""Puts measured tables into a page, between two marker comments of each benchmark; the rest of the page stays.

    <!-- measured: NAME -->
    ...
    <!-- end of NAME -->
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def refresh(page: Path, blocks: Mapping[str, str]) -> None:
    """Replace what stands between the markers of every named block.

    Raises
    ------
    ValueError
        The page lacks the markers of a block; nothing is then written.
    """
    text = page.read_text(encoding="utf-8")
    for name, block in blocks.items():
        begin, end = f"<!-- measured: {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(f"{page} must hold the lines {begin!r} and {end!r} once")
        replacement = f"{begin}\n{block.strip()}\n{end}"
        text = pattern.sub(lambda _, new=replacement: new, text)
    page.write_text(text, encoding="utf-8")
