"""Features of blocks: columns by name, ``share:COLUMN``, and the tree that says who is eligible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import Fault, nearest
from evenhand.tables.check import limited
from evenhand_tiebreaker.counts import Bools, aligned, read_column
from evenhand_tiebreaker.literals import Feature, Node, blocks_missing, evaluate, names, not_boolean, parse
from evenhand_tiebreaker.options import SHARE
from evenhand_tiebreaker.words import listing, number_of

if TYPE_CHECKING:
    from evenhand.tables import Table
    from evenhand_tiebreaker.options import TiebreakerOptions


def feature_of(table: Table, name: str, where: str) -> tuple[Feature | None, list[Fault]]:
    """One feature with its exact values; a blank cell, and a share of no students, is missing.

    A column of nothing but 0 and 1 (or true and false) is boolean: it may be named alone.
    """
    column = name.removeprefix(SHARE)
    if not table.given(column):
        known = [*table.raw.frame.columns, *(f"{SHARE}{known}" for known in table.raw.frame.columns)]
        return None, [Fault(where, f"there is no feature {name!r}: blocks has no column {column!r}",
                            nearest(name, known))]
    exact, faults = read_column(table, column, flags=True)
    if exact is None:
        return None, faults
    if column != name:
        students = table.exact("students")
        part, whole = aligned(exact, students)
        gone = exact.missing | students.missing
        return Feature.of_share(name, np.where(gone, 0, part), np.where(gone, 0, whole), missing=gone), []
    boolean = set(np.unique(exact.values[~exact.missing]).tolist()) <= {0, exact.scale}
    return Feature.of_scaled(name, exact.values, exact.scale, missing=exact.missing, boolean=boolean), []


def features_of(table: Table, wanted: Iterable[str], where: str) -> tuple[dict[str, Feature], list[Fault]]:
    """Features by name, and the faults of all of them."""
    found: dict[str, Feature] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(wanted):
        feature, wrong = feature_of(table, name, where)
        faults += wrong
        if feature is not None:
            found[name] = feature
    return found, faults


def eligibility_tree(options: TiebreakerOptions) -> tuple[Node | None, list[Fault]]:
    """The tree of ``[problem] eligibility``; None where every block is eligible."""
    if options.eligibility is None:
        return None, []
    node, troubles = parse(options.eligibility, "problem.eligibility")
    return node, [Fault(path, message, cure) for path, message, cure in troubles]


def eligible_blocks(table: Table, options: TiebreakerOptions) -> tuple[Bools, list[Fault], list[str]]:
    """(n,) blocks that satisfy the tree, whatever their counts; faults; and notices about gaps.

    With ``missing = "exclude"`` a block whose features do not settle the matter is not eligible.
    """
    node, faults = eligibility_tree(options)
    every = np.ones(len(table), dtype=bool)
    if node is None:
        return every, faults, []
    features, faults = features_of(table, names(node), "problem.eligibility")
    if faults:
        return every, faults, []
    faults = [Fault("problem.eligibility", f"the feature {name!r} holds more than 0 and 1 and cannot be named alone",
                    f"Compare it: {{feature = {name!r}, at_least = 1}}") for name in not_boolean(node, features)]
    if faults:
        return every, faults, []
    ids, notices = table.texts("geoid"), []
    for name, rows in blocks_missing(node, features).items():
        if options.missing == "error":
            faults += limited((table.fault(row, name, f"the block {ids[row]} has no value",
                                           'Write 0 or 1, or set missing = "exclude" in [problem]')
                               for row in rows.tolist()), table.name)
        else:
            said = listing([ids[row] for row in rows.tolist()])
            count = "counts" if rows.size == 1 else "count"
            notices.append(f"{number_of(rows.size, 'block has', 'blocks have')} no value of {name!r} and {count} as "
                           f"eligible only where the other features settle it: {said}.")
    return evaluate(node, features), faults, notices
