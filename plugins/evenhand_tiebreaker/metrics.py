"""What is measured of every choice. All denominators are district-wide; undefined quotients are None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand_tiebreaker.curves.shares import quotient
from evenhand_tiebreaker.curves.summary import auc, inversions, split_ties
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.uncertainty.outputs import uncertainty_metrics
from evenhand_tiebreaker.words import fraction_text

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem


def metrics(problem: TiebreakerProblem, allocation: Allocation) -> dict[str, Any]:
    """Rates of the choice, its ceiling, and how it treats blocks against their shares."""
    blocks, chosen = problem.blocks, allocation.array
    focal, other = total(blocks.focal[chosen]), total(blocks.other[chosen])
    everyone = blocks.total_focal + blocks.total_other
    area = auc(problem.curve, blocks.total_focal, blocks.total_other)
    threshold = problem.threshold_of(allocation)
    return {
        "tpr": quotient(focal, blocks.total_focal),
        "fpr": quotient(other, blocks.total_other),
        "precision": quotient(focal, focal + other),
        "share_of_students": quotient(focal + other, everyone),
        "blocks": int(chosen.sum()),
        "inversions": inversions(problem.curve, chosen).count,
        "split_ties": split_ties(problem.curve, chosen).count,
        "tpr_ceiling": quotient(total(blocks.focal[blocks.eligible]), blocks.total_focal),
        "auc": None if area is None else float(area),
        "any_set_bound": blocks.plain(problem.multipliers.floored) if problem.binding else None,
        "threshold": None if threshold is None else fraction_text(threshold),
        **uncertainty_metrics(problem, allocation),
    }
