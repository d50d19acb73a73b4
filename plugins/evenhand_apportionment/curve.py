"""Every size of a range: its least error, its score, and the size that the score chooses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from evenhand_apportionment.costs.base import Floats, Ints
from evenhand_apportionment.parametric.dynamic import DynamicAnswer, solve_dynamic
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.sweep import Sweep, sweep

if TYPE_CHECKING:
    from evenhand_apportionment.problem import ApportionmentProblem


@frozen(eq=False, slots=False)
class Curve:
    """One entry per size.

    Attributes
    ----------
    sizes : final units k
    errors : E of the best division of k units that was found, exactly 0 where the division is exact
    scores : ``-(alpha ln k + ln E)``, infinite where E is 0
    multipliers : lambda of each size
    exact : whether the error is proven to be the least (for beta < 1 only within the limit of the recursion)
    best : the size with the largest score, the smallest such
    """

    sizes: Ints
    errors: Floats
    scores: Floats
    multipliers: Floats
    exact: npt.NDArray[np.bool_]
    best: int
    _given: int = field(repr=False)
    _rows: Ints = field(repr=False)
    _ids: tuple[str, ...] = field(repr=False)
    _source: Sweep | tuple[DynamicAnswer, ...] = field(repr=False)

    def inner(self, size: int) -> Ints:
        """Inner units of one size."""
        if isinstance(self._source, Sweep):
            return self._source.allocation(size - self._given)
        return self._source[size - int(self.sizes[0])].units

    @cached_property
    def losses(self) -> list[dict[str, Any]]:
        """Alabama paradoxes: a group that has fewer units of k + 1 than of k."""
        if isinstance(self._source, Sweep):
            found = self._source.losses()
        else:
            found = []
            for before, after in zip(self._source, self._source[1:], strict=False):
                rows = np.flatnonzero(after.units < before.units).tolist()
                found += [(after.size, row, int(before.units[row]), int(after.units[row])) for row in rows]
        base = self._given // max(1, len(self._rows))
        return [{"units": size + self._given, "group": self._ids[int(self._rows[row])], "from": before + base,
                 "to": after + base} for size, row, before, after in found]


def scores(alpha: float, sizes: Ints, errors: Floats) -> Floats:
    """``S(k) = -(alpha ln k + ln E(k))``; +inf where E is 0."""
    with np.errstate(divide="ignore"):
        found: Floats = -(alpha * np.log(sizes.astype(np.float64)) + np.log(errors))
    return found


def curve_of(problem: ApportionmentProblem) -> Curve:
    """Solve every size of the problem's range."""
    parametric, given = problem.parametric, problem.instance.given
    least, most = problem.sizes
    sizes = np.arange(least, most + 1, dtype=np.int64)
    if parametric.beta >= 1.0:
        swept = sweep(parametric, least - given, most - given)
        errors, multipliers = swept.errors, swept.multiplier
        exact = np.ones(len(sizes), dtype=np.bool_)
        source: Sweep | tuple[DynamicAnswer, ...] = swept
    else:
        answers = tuple(_dynamic(parametric, (sizes - given).tolist()))
        errors = np.array([answer.error for answer in answers])
        multipliers = np.array([answer.multiplier for answer in answers])
        exact = np.array([answer.exact for answer in answers])
        source = answers
    rated = scores(problem.options.alpha, sizes, errors)
    return Curve(sizes, errors, rated, multipliers, exact, int(sizes[int(np.argmax(rated))]), given,
                 problem.instance.rows, problem.ids, source)


def _dynamic(problem: ParametricProblem, sizes: list[int]) -> list[DynamicAnswer]:
    return [solve_dynamic(problem, size) for size in sizes]
