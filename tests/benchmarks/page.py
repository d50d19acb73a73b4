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
    """Replace what stands between the markers of every named block; a block that is new gets a section at the end.

    Raises
    ------
    ValueError
        The page holds markers of a block singly or twice; nothing is then written.
    """
    text = page.read_text(encoding="utf-8")
    for name, block in blocks.items():
        begin, end = f"<!-- measured: {name} -->", f"<!-- end of {name} -->"
        replacement = f"{begin}\n{block.strip()}\n{end}"
        if begin not in text and end not in text:
            text = f"{text.rstrip()}\n\n## {name}\n\n{replacement}\n"
            continue
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not len(pattern.findall(text)) == text.count(begin) == text.count(end) == 1:
            raise ValueError(f"{page} must hold the lines {begin!r} and {end!r} once each, in this order")
        text = pattern.sub(lambda _, new=replacement: new, text)
    page.write_text(text, encoding="utf-8")
