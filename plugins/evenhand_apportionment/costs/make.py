"""Which cost belongs to a problem's method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand_apportionment.costs.base import Additive

if TYPE_CHECKING:
    from evenhand_apportionment.problem import ApportionmentProblem


def cost_of(problem: ApportionmentProblem, units: int) -> Additive:
    """The method's own cost for this number of inner units."""
    options = problem.options
    if options.biproportional:
        from evenhand_apportionment.costs.matrix import MatrixCost

        return MatrixCost(problem.matrix.cell_votes, units, problem.matrix.most)
    instance = problem.instance
    if options.family == "parametric":
        from evenhand_apportionment.costs.parametric import ParametricCost

        return ParametricCost(problem.parametric, units)
    if options.family == "divisor":
        from evenhand_apportionment.classic.signposts import signpost
        from evenhand_apportionment.costs.divisor import DivisorCost

        return DivisorCost(problem.people, signpost(options.method, options.parameter), units, instance.lower,
                           instance.upper, problem.preference)
    from evenhand_apportionment.costs.quota import QuotaCost

    return QuotaCost(problem.people, options.method, units, instance.lower, instance.upper, problem.preference)
