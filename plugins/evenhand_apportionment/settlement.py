"""Who was tied and how that was settled: one account for notices and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand_apportionment.facts import judged_by
from evenhand_apportionment.wording import counted

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Tie
    from evenhand_apportionment.problem import ApportionmentProblem

_RULES = {"report": "in the order of the rows", "order": "in the order of the rows",
          "largest": "in favour of the larger population, then in the order of the rows",
          "smallest": "in favour of the smaller population, then in the order of the rows"}
_OF_CELLS = {"largest": "in favour of the cell with more votes", "smallest": "in favour of the cell with fewer votes"}


def rule_words(problem: ApportionmentProblem) -> str:
    """What the option ``ties`` does, after the word "settled"."""
    rule = problem.options.ties
    if rule == "random":
        return f"by lot (seed {problem.seed})"
    return (_OF_CELLS if problem.options.biproportional and rule in _OF_CELLS else _RULES)[rule]


def settled_words(problem: ApportionmentProblem, allocation: Allocation) -> str:
    """How this answer settles its tie: by the option, or, as a solver for comparison may, otherwise."""
    if _as_settled(problem, allocation):
        return f"settled {rule_words(problem)}"
    return f"settled otherwise than ties = \"{problem.options.ties}\" would"


def tied_words(problem: ApportionmentProblem, tie: Tie, verb: str = "") -> str:
    """``3 groups tied for 1 unit``, with ``verb`` before "tied"."""
    things = counted(len(tie.rows), "cell" if problem.options.biproportional else "group")
    return f"{things} {verb}tied for {counted(tie.shared, 'unit')}"


def _as_settled(problem: ApportionmentProblem, allocation: Allocation) -> bool:
    inner = problem.inner(allocation)
    if problem.options.biproportional:
        return np.array_equal(problem.matrix.cells(problem.matrix.answer.units), inner)
    if problem.options.family == "balinski_young":
        return True  # another settlement would break the law of the award order
    cost = judged_by(problem, allocation)
    return cost is not None and np.array_equal(
        cost.settled(inner, np.argsort(problem.preference, kind="stable")), inner)
