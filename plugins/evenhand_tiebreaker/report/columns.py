"""Columns of the table that the report finds by itself: 0/1 columns to compare with, counts of further groups."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from evenhand_tiebreaker.counts import Bools
from evenhand_tiebreaker.features import eligibility_tree, feature_of
from evenhand_tiebreaker.literals import names
from evenhand_tiebreaker.tables import BLOCKS

if TYPE_CHECKING:
    from evenhand_tiebreaker.groups import Group
    from evenhand_tiebreaker.problem import TiebreakerProblem

COUNTS = "n_"
"""Columns whose name begins so count students."""
MOST_MARKS = 3
MOST_GROUPS = 12
FLAGS = frozenset(("0", "1", "true", "false", ""))


def compared_columns(problem: TiebreakerProblem) -> list[tuple[str, Bools]]:
    """0/1 columns that are no part of the question, such as ``ctip1``: name, and (n,) the blocks that they mark.

    ``problem.column`` comes first where it is given and not itself what was chosen.
    """
    table, options = problem.tables["blocks"], problem.options
    node, _ = eligibility_tree(options)
    used = {*BLOCKS.names, options.focal, *(names(node) if node is not None else ()), *options.features}
    if options.selection == "column" and options.column is not None:
        used.add(options.column)
    wanted = [name for name in table.raw.frame.columns if name not in used and not str(name).startswith(COUNTS)]
    wanted.sort(key=lambda name: name != options.column)
    found: list[tuple[str, Bools]] = []
    for name in wanted:
        if len(found) == MOST_MARKS:
            break
        if not set(map(_plain, table.raw.frame[name].unique().tolist())) <= FLAGS:
            continue
        feature, _ = feature_of(table, name, "blocks")
        if feature is not None and feature.boolean and (marked := feature.at_least(Fraction(1))).any():
            found.append((str(name), marked))
    return found


def _plain(cell: object) -> str:
    return str(cell).strip().lower()


def counted_groups(problem: TiebreakerProblem) -> list[Group]:
    """Groups whose coverage is told: the focal students, those of rules and terms, and every column ``n_…``."""
    columns = [*dict.fromkeys((problem.options.focal, *_named(problem), *(
        str(name) for name in problem.tables["blocks"].raw.frame.columns if str(name).startswith(COUNTS))))]
    return [problem.group(name) for name in columns if not problem.group_faults(name)][:MOST_GROUPS]


def _named(problem: TiebreakerProblem) -> Iterator[str]:
    from evenhand_tiebreaker.rules import GroupFloor
    from evenhand_tiebreaker.terms import WorstGroupTpr

    for part in problem.objective.parts:
        if isinstance(part.term, WorstGroupTpr):
            yield from part.term.groups
    for rule in problem.constraints:
        if isinstance(rule, GroupFloor):
            yield rule.group
