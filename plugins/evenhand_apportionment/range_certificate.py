"""Certificates of a range: a bound for every size, so that no other size can have a better score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import evolve, frozen

from evenhand.certificates import CertificateError
from evenhand_apportionment.certificate import RELATIVE, StatedCertificate, _number, statement
from evenhand_apportionment.costs.parametric import ParametricCost
from evenhand_apportionment.curve import examine

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Floats
    from evenhand_apportionment.curve import Curve
    from evenhand_apportionment.problem import ApportionmentProblem

# Scores closer than this count as equal: a score is a logarithm, so this is the same relative error in E.
SCORE_TOLERANCE = 1e-9
# Entries up to which an exact division is proven the best even when time is up: milliseconds.
_QUICK = 100_000


@frozen(eq=False)
class _SizesCertificate(StatedCertificate):
    """``sizes`` from the first to the last with error and multiplier of each; ``best`` is the size of the answer.

    With ``choice_proven`` no size of the range can score higher than ``best``: all are there, or the division is exact
    and only larger ones are missing. Without it nothing is bounded: time ran out, or a proof is too large.
    """

    form: ClassVar[str] = "sizes"

    best: int
    first: int
    errors: Sequence[float]
    multipliers: Sequence[float]
    choice_proven: bool

    @classmethod
    def of(cls, problem: ApportionmentProblem, curve: Curve, weight: float,
           stop: Callable[[], bool] = lambda: False) -> Self:
        """The certificate of a solved range; without a bound where ``stop`` says True before there is one."""
        made = cls(statement(problem), weight * float(curve.errors[curve.best - int(curve.sizes[0])]), None, curve.best,
                   int(curve.sizes[0]), curve.errors.tolist(), curve.multipliers.tolist(), False)
        bounds = None
        if made._is_exact and curve.best * problem.size <= _QUICK:
            bounds = made._bounds(problem, curve)
        elif made._is_exact or curve.complete:
            bounds = made._bounds(problem, curve, stop)
        if bounds is None or made._rival(problem, bounds) is not None:
            return made
        return evolve(made, claimed=made._of_best(problem, bounds), choice_proven=True)

    def bound(self, problem: Problem) -> float | None:
        """The bound on the error of the chosen size, after the choice itself was rechecked; None if it is not proven.

        Raises
        ------
        CertificateError
            Another size may score higher, a number is not what the tables give, or the bound is not the filed one.
        """
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        self._same_problem(apportionment)
        least, most = apportionment.sizes
        last = self.first + len(self.errors) - 1
        whole = last == most or (last < most and (self._is_exact or not self.choice_proven))
        if self.first != least or not whole or not self.first <= self.best <= last:
            raise CertificateError(f"it speaks of the sizes {self.first} to {last}; the problem has {least} to {most}")
        curve = examine(apportionment, last=last)
        self._compare(curve)
        if not self.choice_proven:
            if self.claimed is not None:
                raise CertificateError(f"it claims the bound {self.claimed!r} and that nothing is proven")
            return None
        bounds = self._bounds(apportionment, curve)
        assert bounds is not None
        rival = self._rival(apportionment, bounds)
        if rival is not None:
            raise CertificateError(f"{rival} units may score higher than {self.best}")
        return self._agreed(self._of_best(apportionment, bounds))

    def _compare(self, curve: Curve) -> None:
        """Every number of the certificate against the tables'."""
        if self.best != curve.best:
            raise CertificateError(f"it chooses {self.best} units; {curve.best} score highest")
        errors, multipliers = np.array(self.errors), np.array(self.multipliers)
        far = np.abs(errors - curve.errors) > RELATIVE * np.maximum(errors, curve.errors)
        # A multiplier lies between prices that are differences of errors.
        off = np.abs(multipliers - curve.multipliers) > 1e-9 * np.abs(curve.multipliers) + 1e-12 * curve.errors
        for wrong, name, said, found in ((far, "error", errors, curve.errors),
                                         (off, "multiplier", multipliers, curve.multipliers)):
            for place in np.flatnonzero(wrong)[:1].tolist():
                raise CertificateError(f"it claims the {name} {float(said[place])!r} for {self.first + place} units; "
                                       f"the tables give {float(found[place])!r}")

    @property
    def _is_exact(self) -> bool:
        """Whether the chosen division is exact: then no larger size can score higher, examined or not."""
        return self.errors[self.best - self.first] == 0.0

    @property
    def _bounded(self) -> slice:
        """Places of the sizes that a proof has to bound."""
        return slice(0, self.best - self.first + 1 if self._is_exact else len(self.errors))

    def _of_best(self, problem: ApportionmentProblem, bounds: Floats) -> float:
        found = float(bounds[self.best - self.first])
        weight = problem.objective.parts[0].weight
        return found if weight == 1.0 else max(0.0, math.nextafter(weight * found, -math.inf))

    def _bounds(self, problem: ApportionmentProblem, curve: Curve, stop: Callable[[], bool] = lambda: False,
                ) -> Floats | None:
        """A lower bound on the error of every size that might be a rival; None if there was no time for all."""
        try:
            return self._bounds_near(problem, curve, stop)
        except (ValueError, OverflowError) as fault:
            raise CertificateError(str(fault)) from fault

    def _bounds_near(self, problem: ApportionmentProblem, curve: Curve, stop: Callable[[], bool]) -> Floats | None:
        raise TypeError(f"{type(self).__name__} does not say what bounds a size")

    def _rival(self, problem: ApportionmentProblem, bounds: Floats) -> int | None:
        """A size that its bound does not keep from a better score; None proves the choice."""
        alpha, place = problem.options.alpha, self.best - self.first
        sizes = np.arange(self.first, self.first + len(bounds))
        with np.errstate(divide="ignore"):
            highest = -(alpha * np.log(sizes.astype(np.float64)) + np.log(bounds))
        if self._is_exact:  # of several such sizes the smallest wins
            rivals = np.flatnonzero(bounds[:place] <= 0.0)
        else:
            score = -(alpha * math.log(self.best) + math.log(self.errors[place]))
            rivals = np.flatnonzero(highest > score + SCORE_TOLERANCE)
            rivals = rivals[rivals != place]
        return int(sizes[rivals[0]]) if len(rivals) else None

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        units = int(allocation.array.sum())
        if units != self.best:
            return [f"the answer has {units} units, not {self.best}"]
        return self._value_faults(apportionment, allocation)

    def to_json(self) -> dict[str, Any]:
        rows = zip(range(self.first, self.first + len(self.errors)), self.errors, self.multipliers, strict=True)
        return {**self._head(), "best_units": self.best, "choice_proven": self.choice_proven,
                "sizes": [[size, error, multiplier] for size, error, multiplier in rows]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            head = cls._read_head(data)
            rows = [(int(size), _number(error), _number(multiplier)) for size, error, multiplier in data["sizes"]]
            best, proven = int(data["best_units"]), bool(data["choice_proven"])
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None
        errors = [error for _, error, _ in rows if error is not None]
        multipliers = [multiplier for _, _, multiplier in rows if multiplier is not None]
        first = rows[0][0] if rows else 0
        if not len(rows) == len(errors) == len(multipliers) or [size for size, _, _ in rows] != list(
                range(first, first + len(rows))):
            raise CertificateError("the certificate cannot be read: its sizes are not a row of numbers")
        return cls(*head, best, first, errors, multipliers, proven)


@frozen(eq=False)
class RangeCertificate(_SizesCertificate):
    """A multiplier for every size of the range, and the inequality of the chosen one.

    Each multiplier bounds the error of its size from below, and with it the score from above.
    """

    kind: ClassVar[str] = "marginals"

    def _bounds_near(self, problem: ApportionmentProblem, curve: Curve, stop: Callable[[], bool]) -> Floats | None:
        from evenhand_apportionment.parametric.range_bounds import range_bounds

        given, part, kept = problem.instance.given, self._bounded, curve.kept
        return range_bounds(problem.parametric, curve.sizes[part] - given, np.array(self.multipliers[part]),
                            lambda units: curve.inner(units + given), None if kept is None else kept[part], stop)

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        found = super().faults(problem, allocation)
        if found:
            return found
        inner = apportionment.inner(allocation)
        cost = ParametricCost(apportionment.parametric, int(inner.sum()))
        return cost.faults(inner, self.multipliers[self.best - self.first])


@frozen(eq=False)
class ExhaustiveRangeCertificate(_SizesCertificate):
    """The recursion over all groups for every size of the range; checking repeats it."""

    kind: ClassVar[str] = "exhaustive"

    def _bounds_near(self, problem: ApportionmentProblem, curve: Curve, stop: Callable[[], bool]) -> Floats | None:
        from evenhand_apportionment.parametric.dynamic import repeat

        found = []
        for size, multiplier in zip(curve.sizes[self._bounded].tolist(), self.multipliers, strict=False):
            if stop():
                return None
            found.append(repeat(problem.parametric, size - problem.instance.given, curve.inner(size), multiplier))
        return np.maximum(found, 0.0)
