"""What the reader must know: what was set aside while reading, and what kind of answer this is."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from evenhand_tiebreaker.curves.summary import inversions, split_ties
from evenhand_tiebreaker.uncertainty.notices import uncertainty_notices
from evenhand_tiebreaker.words import LISTED, count_words, fraction_text, listing, number_of

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.counts import Bools
    from evenhand_tiebreaker.problem import TiebreakerProblem


def reading_notices(problem: TiebreakerProblem) -> list[str]:
    """What the tables and options mean beyond their letter."""
    return [*_counts(problem), *_eligibility(problem), *_exempt(problem), *_tables(problem)]


def _counts(problem: TiebreakerProblem) -> list[str]:
    blocks, found = problem.blocks, []
    out = np.flatnonzero(~blocks.kept)
    if out.size:
        found.append(f"{number_of(out.size, 'block has', 'blocks have')} no number of students or of focal students "
                     f"and {'is' if out.size == 1 else 'are'} left out of everything: {_ids(problem, ~blocks.kept)}.")
    if blocks.factor > 1:
        found.append(f"The counts have decimals. They were multiplied by {blocks.factor:,}, their common denominator, "
                     "to compute in whole numbers; nothing was rounded.")
    if not blocks.total_focal:
        found.append(f"There is no focal student in the column {problem.options.focal!r}: shares of them are "
                     "undefined.")
    empty = blocks.kept & (blocks.students == 0)
    if empty.any():
        one = int(empty.sum()) == 1
        found.append(f"{number_of(int(empty.sum()), 'block has', 'blocks have')} no students, hence no share, and "
                     f"never {'receives' if one else 'receive'} by a threshold.")
    return found


def _eligibility(problem: TiebreakerProblem) -> list[str]:
    from evenhand_tiebreaker.features import eligible_blocks

    options, blocks = problem.options, problem.blocks
    found = eligible_blocks(problem.tables["blocks"], options)[2]
    if not blocks.eligible.any():
        found.append("No block is eligible: nobody can receive.")
    if options.selection == "column":
        from evenhand_tiebreaker.features import feature_of

        assert options.column is not None
        feature, _ = feature_of(problem.tables["blocks"], options.column, "problem.column")
        assert feature is not None
        lost = feature.at_least(Fraction(1)) & ~blocks.eligible
        if lost.any():
            found.append(f"{number_of(int(lost.sum()), 'block', 'blocks')} that {options.column!r} marks "
                         f"{'is not eligible and does' if lost.sum() == 1 else 'are not eligible and do'} not receive: "
                         f"{_ids(problem, lost)}.")
    return found


def _exempt(problem: TiebreakerProblem) -> list[str]:
    from evenhand_tiebreaker.rules import NeighborhoodFloor

    found = []
    for rule in problem.constraints:
        if isinstance(rule, NeighborhoodFloor):
            exempt = rule.exempt(problem)
            if exempt:
                few = "no" if rule.minimum_focal <= 1 else f"fewer than {fraction_text(rule.minimum_focal)}"
                found.append(f"neighborhood_floor exempts {number_of(len(exempt), 'neighbourhood', 'neighbourhoods')} "
                             f"with {few} focal students to count: {listing(exempt)}.")
    return found


def _tables(problem: TiebreakerProblem) -> list[str]:
    tables, found = problem.tables, []
    if problem.neighborhoods is not None and (problem.neighborhoods[1] < 0).any():
        count = int((problem.neighborhoods[1] < 0).sum())
        found.append(f"{number_of(count, 'block is', 'blocks are')} in no neighbourhood.")
    if "applicants" in tables and "programs" in tables:
        from evenhand_tiebreaker.matching.tables import unused_columns

        unused = unused_columns(tables["applicants"], tables["programs"])
        if unused:
            found.append(f"Columns of applicants that decide nothing: {listing(unused)}.")
    return found


def _ids(problem: TiebreakerProblem, rows: Bools, most: int = LISTED) -> str:
    return listing([problem.blocks.ids[row] for row in np.flatnonzero(rows).tolist()], most)


def remarks(problem: TiebreakerProblem, allocation: Allocation) -> list[str]:
    """Notices about this answer."""
    return [*_class(problem, allocation), *_against_shares(problem, allocation), *_frontier(problem),
            *uncertainty_notices(problem, allocation)]


def _class(problem: TiebreakerProblem, allocation: Allocation) -> list[str]:
    """The rule in words, and what the bound is about."""
    options, found = problem.options, []
    threshold = problem.threshold_of(allocation)
    if threshold is not None:
        from evenhand_tiebreaker.report.words import cutoff_told

        found.append("Receiving: eligible blocks whose share of focal students is at least "
                     f"{cutoff_told(problem, allocation, threshold)}.")
    elif options.selection == "threshold":
        found.append("No threshold within the rules reaches anybody: no block receives.")
    if options.selection == "rule":
        rule = problem.rule_of(allocation) if allocation.array.any() else None
        found.append("No block receives." if rule is None else f"Receiving: eligible blocks with {rule.text}.")
    if options.selection != "exact" and problem.binding:
        blocks = problem.blocks
        reached = int(blocks.focal[allocation.array].sum())
        spare = count_words(max(0, problem.multipliers.floored - reached), blocks.factor)
        about = {"threshold": "thresholds", "rule": "rules of this form", "column": "this one choice"}
        found.append(f"The bound of this answer is about {about[options.selection]}. Any other set of eligible blocks "
                     f"within the budgets reaches at most {spare} focal student{'' if spare == '1' else 's'} more.")
    return found


def _against_shares(problem: TiebreakerProblem, allocation: Allocation) -> list[str]:
    turned, split, found = inversions(problem.curve, allocation.array), split_ties(problem.curve, allocation.array), []
    if turned.count:
        pairs = number_of(turned.count, "pair of blocks is treated against its shares",
                          "pairs of blocks are treated against their shares")
        receive = "receives" if turned.receiving.sum() == 1 else "receive"
        do_not = "does not although its" if turned.refused.sum() == 1 else "do not although their"
        found.append(f"{pairs}: {_ids(problem, turned.receiving, 8)} {receive}, and "
                     f"{_ids(problem, turned.refused, 8)} {do_not} share is larger.")
    if split.count:
        # The shares themselves are not named: with the blocks of the report they would give small counts away.
        found.append(f"Blocks of equal share are treated differently at {number_of(split.count, 'share', 'shares')}.")
    return found


def _frontier(problem: TiebreakerProblem) -> list[str]:
    if problem.frontier is not None:
        return []
    return ["The counts, made whole, are too large for the exact frontier: roc.csv holds the threshold curve alone."]
