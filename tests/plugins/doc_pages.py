"""Reading the pages of docs/: their blocks, and the commands in them with what they are said to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [block for found, block in FENCE.findall(text(page)) if found == language]


def shown(page: str) -> Iterator[tuple[str, str]]:
    """Commands of a page, each with what the page says it prints."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def plain(words: str) -> str:
    """Words without line breaks, without how long it took, and without digits that hang on the machine."""
    words = re.sub(r"^Time +.*$", "", words, flags=re.MULTILINE)
    return " ".join(re.sub(r"\d\.\d{12,}", lambda found: f"{float(found[0]):.9g}", words).split())
