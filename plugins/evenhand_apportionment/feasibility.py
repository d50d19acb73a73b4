"""Whether any division keeps the rules: the exact test, made before any solver, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.errors import InfeasibleError
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.wording import counted, there_are

if TYPE_CHECKING:
    from evenhand_apportionment.problem import ApportionmentProblem

PROOF = {"kind": "sums"}


def proven_infeasible(problem: ApportionmentProblem) -> InfeasibleError | None:
    """None, or what makes it impossible, with what stands against what and the least that must give."""
    options = problem.options
    if options.biproportional:
        return _raised(lambda: problem.matrix.answer)
    instance = problem.instance
    if not len(instance.rows):
        largest = int(np.argmax(instance.floats))
        share = float(instance.population.fraction(largest) / instance.population.sum_exact())  # type: ignore[operator]
        return InfeasibleError(
            f"The threshold of {float(options.threshold or 0):g} excludes every group; the largest, "
            f"{problem.ids[largest]}, has {share:.6g} of the whole.", conflict=("threshold",), proof=PROOF,
            relief=(f"threshold: {share:.6g} at most",))
    least, most = options.units_range or (options.units or 0, options.units or 0)
    if most < instance.least_total:
        return _too_few(problem, most)
    top = instance.most_total
    if top is not None and least > top:
        without = int((instance.population.values == 0).sum())
        stay = "stays at its" if without == 1 else "stay at their"
        zero = f" ({without:,} without population {stay} minimum)" if without else ""
        return InfeasibleError(
            f"The groups can take at most {counted(top, 'unit')}{zero}; {there_are(least)} to divide.",
            conflict=(_upper_word(problem), "units"), proof=PROOF,
            relief=(f"units: {top:,} at most, {least - top:,} fewer",
                    f"{_upper_word(problem)}: {least - top:,} more in all"))
    if options.family in ("quota", "balinski_young"):
        return _raised(lambda: problem.answer)
    return None


def _too_few(problem: ApportionmentProblem, units: int) -> InfeasibleError:
    instance = problem.instance
    needed, groups = instance.least_total, int((instance.least > 0).sum())
    word = "base_units" if instance.base and instance.given == needed else "minimum"
    what = "base units" if word == "base_units" else "minimums"
    extra = ""
    if problem.options.family == "parametric" and instance.base:
        extra = " (the parametric error needs one unit above the base for each)"
    verb = "add up to"
    if groups == 1:
        what, verb = "base" if word == "base_units" else "minimum", "is"
    return InfeasibleError(
        f"The {what} of {counted(groups, 'group')} {verb} {counted(needed, 'unit')}{extra}; "
        f"{there_are(units, 'only ')} to divide.",
        conflict=(word, "units"), proof=PROOF,
        relief=(f"units: {needed:,} at least, {needed - units:,} more", f"{word}: {needed - units:,} fewer in all"))


def _upper_word(problem: ApportionmentProblem) -> str:
    return "cap" if problem.options.cap is not None and problem.options.maximum is None else "maximum"


def _raised(solve: object) -> InfeasibleError | None:
    """What the method's own arithmetic says."""
    assert callable(solve)
    try:
        solve()
    except NoApportionmentError as reason:
        return InfeasibleError(str(reason), conflict=reason.conflict, relief=reason.relief, proof={"kind": "method"})
    return None
