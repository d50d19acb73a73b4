"""Certificates of a range: a bound for every size, so that no other size can have a better score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates import CertificateError
from evenhand_apportionment.certificate import StatedCertificate, _number, statement
from evenhand_apportionment.costs.parametric import ParametricCost

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Ints
    from evenhand_apportionment.curve import Curve
    from evenhand_apportionment.problem import ApportionmentProblem

# Scores closer than this count as equal: a score is a logarithm, so this is the same relative error in E.
SCORE_TOLERANCE = 1e-9


@frozen(eq=False)
class _SizesCertificate(StatedCertificate):
    """``sizes`` from the first to the last with error and multiplier of each; ``best`` is the size of the answer."""

    best: int
    first: int
    errors: Sequence[float]
    multipliers: Sequence[float]
    choice_proven: bool

    @classmethod
    def of(cls, problem: ApportionmentProblem, curve: Curve, weight: float) -> Self:
        """The certificate of a solved range."""
        made = cls(statement(problem), weight * float(curve.errors[curve.best - int(curve.sizes[0])]), None, curve.best,
                   int(curve.sizes[0]), curve.errors.tolist(), curve.multipliers.tolist(), True)
        bounds = made._bounds(problem)
        return cls(made.about, made.value, made._of_best(problem, bounds), made.best, made.first, made.errors,
                   made.multipliers, made._rival(problem, bounds) is None)

    def bound(self, problem: Problem) -> float | None:
        """The bound on the error of the chosen size, after the choice itself was rechecked.

        Raises
        ------
        CertificateError
            Another size may score higher, an error is below what its size can have, or the bound is not the filed one.
        """
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        self._same_problem(apportionment)
        least, most = apportionment.sizes
        last = self.first + len(self.errors) - 1
        if (self.first, last) != (least, most) or not least <= self.best <= most:
            raise CertificateError(f"it speaks of the sizes {self.first} to {last}; the problem has {least} to {most}")
        bounds = self._bounds(apportionment)
        for size, (error, bound) in enumerate(zip(self.errors, bounds, strict=True), start=self.first):
            if error < bound * (1.0 - SCORE_TOLERANCE):
                raise CertificateError(f"it claims the error {error!r} for {size} units; none is below {bound!r}")
        rival = self._rival(apportionment, bounds)
        if self.choice_proven and rival is not None:
            raise CertificateError(f"{rival} units may score higher than {self.best}")
        return self._agreed(self._of_best(apportionment, bounds))

    def _of_best(self, problem: ApportionmentProblem, bounds: Sequence[float]) -> float:
        found = bounds[self.best - self.first]
        weight = problem.objective.parts[0].weight
        return found if weight == 1.0 else math.nextafter(weight * found, -math.inf)

    def _bounds(self, problem: ApportionmentProblem) -> list[float]:
        """A lower bound on the error of every size."""
        curve, given = problem.curve, problem.instance.given
        assert curve is not None
        found = []
        for size, multiplier in enumerate(self.multipliers, start=self.first):
            try:
                found.append(max(0.0, self._bound_at(problem, size - given, multiplier, curve.inner(size))))
            except (ValueError, OverflowError) as fault:
                raise CertificateError(f"{size} units: {fault}") from fault
        return found

    def _bound_at(self, problem: ApportionmentProblem, units: int, multiplier: float, near: Ints) -> float:
        raise TypeError(f"{type(self).__name__} does not say what bounds a size")

    def _rival(self, problem: ApportionmentProblem, bounds: Sequence[float]) -> int | None:
        """A size that its bound does not keep from a better score; None proves the choice."""
        alpha = problem.options.alpha
        error = self.errors[self.best - self.first]
        score = math.inf if error == 0.0 else -(alpha * math.log(self.best) + math.log(error))
        for size, bound in enumerate(bounds, start=self.first):
            if size == self.best or (math.isinf(score) and size > self.best):
                continue
            if bound <= 0.0 or -(alpha * math.log(size) + math.log(bound)) > score + SCORE_TOLERANCE:
                return size
        return None

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

    def _bound_at(self, problem: ApportionmentProblem, units: int, multiplier: float, near: Ints) -> float:
        from evenhand_apportionment.parametric.lagrange import lower_bound

        return lower_bound(problem.parametric, units, multiplier, near).value

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

    def _bound_at(self, problem: ApportionmentProblem, units: int, multiplier: float, near: Ints) -> float:
        from evenhand_apportionment.parametric.dynamic import repeat

        return repeat(problem.parametric, units, near, multiplier)
