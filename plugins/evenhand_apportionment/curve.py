"""Every size of a range: its least error, its score, and the size that the score chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from evenhand.errors import Fault, SpecError
from evenhand_apportionment.costs.base import Floats, Ints
from evenhand_apportionment.parametric.dynamic import DynamicAnswer, solve_dynamic
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.sweep import Sweep, sweep

if TYPE_CHECKING:
    from evenhand_apportionment.problem import ApportionmentProblem

MOST_SIZES = 1_000_000
"""With more, neither curve nor certificate is of use to anybody."""


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
    complete : whether these are all sizes of the range, or only the first of them, for lack of time
    """

    sizes: Ints
    errors: Floats
    scores: Floats
    multipliers: Floats
    exact: npt.NDArray[np.bool_]
    best: int
    complete: bool
    _given: int = field(repr=False)
    _rows: Ints = field(repr=False)
    _ids: tuple[str, ...] = field(repr=False)
    _source: Sweep | tuple[DynamicAnswer, ...] = field(repr=False)

    def inner(self, size: int) -> Ints:
        """Inner units of one size."""
        if isinstance(self._source, Sweep):
            return self._source.allocation(size - self._given)
        return self._source[size - int(self.sizes[0])].units

    @property
    def kept(self) -> npt.NDArray[np.int32] | None:
        """Inner units of all sizes, where they are at hand in one table."""
        return self._source.kept if isinstance(self._source, Sweep) else None

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


def curve_of(problem: ApportionmentProblem, *, last: int | None = None,
             stop: Callable[[], bool] = lambda: False) -> Curve:
    """Solve the sizes of the problem's range in turn, up to ``last`` (default: all) or until ``stop`` says True.

    The first size is always solved.

    Raises
    ------
    SpecError
        The range holds more than :data:`MOST_SIZES` sizes.
    """
    parametric, given = problem.parametric, problem.instance.given
    least, most = problem.sizes
    if most - least >= MOST_SIZES:
        raise SpecError(Fault("problem.units_range", f"holds {most - least + 1:,} sizes; at most {MOST_SIZES:,} can be "
                              "searched", "Give a narrower range"))
    end = most if last is None else min(last, most)
    if parametric.beta >= 1.0:
        source: Sweep | tuple[DynamicAnswer, ...] = sweep(parametric, least - given, end - given, stop=stop)
        assert isinstance(source, Sweep)
        errors, multipliers = source.errors, source.multiplier
        exact = np.ones(len(errors), dtype=np.bool_)
    else:
        source = _dynamic(parametric, range(least - given, end - given + 1), stop)
        errors = np.array([answer.error for answer in source])
        multipliers = np.array([answer.multiplier for answer in source])
        exact = np.array([answer.exact for answer in source])
    sizes = np.arange(least, least + len(errors), dtype=np.int64)
    rated = scores(problem.options.alpha, sizes, errors)
    return Curve(sizes, errors, rated, multipliers, exact, int(sizes[int(np.argmax(rated))]),
                 int(sizes[-1]) == most, given, problem.instance.rows, problem.ids, source)


def examine(problem: ApportionmentProblem, *, last: int | None = None,
            stop: Callable[[], bool] = lambda: False) -> Curve:
    """The problem's curve, as far as there is time for it or ``last`` goes; from then on it is ``problem.curve``."""
    known = vars(problem).get("curve")      # where a cached property lives
    if known is None or (last is not None and int(known.sizes[-1]) != last):
        vars(problem)["curve"] = known = curve_of(problem, last=last, stop=stop)
    found: Curve = known
    return found


def _dynamic(problem: ParametricProblem, sizes: range, stop: Callable[[], bool]) -> tuple[DynamicAnswer, ...]:
    found = [solve_dynamic(problem, sizes[0])]
    for size in sizes[1:]:
        if stop():
            break
        found.append(solve_dynamic(problem, size))
    return tuple(found)
