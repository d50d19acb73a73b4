"""What the page is filled with: every list and table of a report, cut to a length that stays readable.

Whatever is cut says so, and how long the whole is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from evenhand.report.format import NUMERIC, cell, name_words, number, quantity, text

if TYPE_CHECKING:
    from evenhand.model import Sheet
    from evenhand.solution import Solution

MAX_ITEMS = 60
MAX_METRICS = 200
MAX_TEXT = 1500
MAX_SPEC = 20_000
MAX_SHEET_ROWS = 400
MAX_SHEET_TEXT = 350_000


@frozen
class Block:
    """A table ready for the page: texts, whether each column holds numbers, and the cells that stand out."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""
    note: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()

    def classes(self, row: int, column: int) -> str:
        """The attribute ``class`` of a cell, or nothing."""
        names = ["n"] * self.numeric[column] + ["m"] * ((row, column) in self.marked)
        return f' class="{" ".join(names)}"' if names else ""


@frozen
class Listing:
    """The first items of a list, and a remark about the others."""

    items: tuple[str, ...]
    note: str = ""


def clip(whole: str, limit: int = MAX_TEXT) -> str:
    """The text, or its beginning and how long it is."""
    return whole if len(whole) <= limit else f"{whole[:limit].rstrip()} … ({len(whole):,} characters in all)"


def listing(texts: Iterable[str], where: str = "result.json") -> Listing:
    """The first items; the note names the file that holds all of them."""
    items = list(texts)
    more = len(items) - MAX_ITEMS
    note = f"And {more:,} more; all of them are in {where}." if more > 0 else ""
    return Listing(tuple(clip(item) for item in items[:MAX_ITEMS]), note)


def sheet_block(sheet: Sheet, share_of_page: int = 1) -> Block:
    """A domain's table as texts. ``share_of_page``: among how many tables the room is divided."""
    kinds = [sheet.formats.get(heading, "text") for heading in sheet.headings]
    numeric = [kind in NUMERIC or _all_numbers(sheet.rows, place) for place, kind in enumerate(kinds)]
    kinds = ["number" if right and kind == "text" else kind for kind, right in zip(kinds, numeric, strict=True)]
    room = MAX_SHEET_TEXT // max(1, share_of_page)
    rows: list[tuple[str, ...]] = []
    for row in sheet.rows[:MAX_SHEET_ROWS]:
        texts = tuple(clip(cell(value, kind)) for value, kind in zip(row, kinds, strict=True))
        room -= sum(len(entry) + 30 for entry in texts)
        if room < 0:
            break
        rows.append(texts)
    cut = len(sheet.rows) - len(rows)
    note = f"Shown are the first {len(rows):,} of {len(sheet.rows):,} rows." if cut else ""
    return Block(sheet.title, tuple(sheet.headings), tuple(rows), tuple(numeric), sheet.caption, note, sheet.marked)


def _all_numbers(rows: Sequence[Sequence[Any]], place: int) -> bool:
    values = [row[place] for row in rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def terms_block(solution: Solution) -> Block:
    """The terms of the objective: value, weight and what each adds."""
    objective = solution.problem.objective
    rows = []
    for key, part, weight in zip(objective.keys, objective.parts, objective.weights(), strict=True):
        value = solution.terms.get(key)
        rows.append((name_words(key), part.term.doc, f"{part.term.sense}d",
                     quantity(value, part.term.unit), number(weight),
                     number(None if value is None else weight * value)))
    headings = ("Term", "What it measures", "Wanted", "Value", "Weight", "Adds")
    return Block("Terms", headings, tuple(rows), (False, False, False, True, True, True),
                 "Each value is recomputed from the tables." if solution.allocation is not None else "")


def rules_block(solution: Solution) -> Block:
    """Every rule that holds: what it says and with which options."""
    rows = []
    for label, rule in solution.problem.rules().items():
        options = ", ".join(f"{name} = {text(_plain(value))}" for name, value in rule.options().items())
        broken = sum(violation.rule in (label, rule.name) for violation in solution.violations)
        kept = "–" if solution.allocation is None else f"broken {broken:,} times" if broken else "kept"
        rows.append((name_words(label), rule.doc, clip(options, 400), kept))
    headings = ("Rule", "What it says", "Options", "In this answer")
    shown = [place for place in range(4) if place != 2 or any(row[2] for row in rows)]
    return Block("Rules", tuple(headings[place] for place in shown),
                 tuple(tuple(row[place] for place in shown) for row in rows), (False,) * len(shown))


def _plain(value: Any) -> Any:
    """Exact fractions and decimals as numbers; everything else as it is."""
    return float(value) if type(value).__name__ in ("Fraction", "Decimal") else value


def metrics_block(metrics: Mapping[str, Any]) -> Block:
    """Measured quantities, nested ones with their path; a long list by its length."""
    rows = list(_flat(metrics, ""))
    note = f"And {len(rows) - MAX_METRICS:,} more; all of them are in result.json." if len(rows) > MAX_METRICS else ""
    shown = tuple((name, clip(value, 300)) for name, value in rows[:MAX_METRICS])
    return Block("Measured", ("Quantity", "Value"), shown, (False, True), "", note)


def _flat(metrics: Mapping[str, Any], path: str) -> Iterable[tuple[str, str]]:
    for key, value in metrics.items():
        name = f"{path}: {name_words(str(key))}" if path else name_words(str(key))
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        elif isinstance(value, list | tuple) and len(value) > 8:
            yield name, f"{len(value):,} entries"
        elif isinstance(value, list | tuple) and any(isinstance(part, Mapping) for part in value):
            for place, part in enumerate(value, start=1):
                yield from _flat(part if isinstance(part, Mapping) else {"": part}, f"{name} {place}")
        else:
            yield name, text(_plain(value)) if value is not None else "undefined"


def inputs_block(inputs: Mapping[str, Mapping[str, Any]]) -> Block:
    """Every input table: rows and the digest of its bytes."""
    rows = tuple((table, f"{entry['rows']:,}", str(entry["sha256"])) for table, entry in inputs.items())
    return Block("Inputs", ("Table", "Rows", "SHA-256"), rows, (False, True, False))
