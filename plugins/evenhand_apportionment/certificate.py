"""Certificates of a division: a multiplier that anyone can check group by group, and a recursion to repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import frozen

from evenhand.certificates import Certificate, CertificateError

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_apportionment.costs.base import Cuts, Ints
    from evenhand_apportionment.goal import Goal
    from evenhand_apportionment.problem import ApportionmentProblem

# Sums may come out differently in the last places on another machine; a claim beyond that is false.
RELATIVE = 1e-10
NAMED = 100


def statement(problem: ApportionmentProblem) -> dict[str, Any]:
    """What a certificate speaks of."""
    options = problem.options
    about: dict[str, Any] = {"method": options.method, "objective": problem.objective.formula()}
    if options.family == "parametric":
        about["parameters"] = {name: getattr(options, name) for name in ("kappa", "gamma", "beta", "sigma")}
    elif options.parameter is not None:
        about["parameters"] = {"parameter": str(options.parameter)}
    if options.units_range is not None:
        about["units_range"] = list(options.units_range)
        about["alpha"] = options.alpha
    else:
        about["units"] = problem.units
    return about


@frozen(eq=False)
class StatedCertificate(Certificate):
    """What all certificates of the domain share: the problem they speak of, value and bound as filed.

    ``form`` tells certificates of one kind apart.
    """

    form: ClassVar[str]

    about: Mapping[str, Any]
    value: float | None
    claimed: float | None

    def _same_problem(self, problem: ApportionmentProblem) -> None:
        about = statement(problem)
        different = [key for key in {**about, **self.about} if self.about.get(key) != about.get(key)]
        if different:
            raise CertificateError(f"it speaks of another problem: {', '.join(different)} differ")

    def _agreed(self, proven: float, allowance: float = 0.0) -> float:
        """The proven bound, when it is the one that was filed, but for rounding."""
        if self.claimed is None or not (_close(self.claimed, proven) or abs(self.claimed - proven) <= allowance):
            raise CertificateError(f"it claims the bound {self.claimed!r} but proves {proven!r}")
        return proven

    def _value_faults(self, problem: ApportionmentProblem, allocation: Allocation) -> list[str]:
        value = problem.objective.measure(problem, allocation)[0]
        if self.value is None or _close(self.value, value):
            return []
        return [f"it speaks of an answer worth {self.value!r}; this one is worth {value!r}"]

    def _head(self) -> dict[str, Any]:
        return {"form": self.form, "problem": dict(self.about), "value": self.value, "bound": self.claimed}

    @classmethod
    def _read_head(cls, data: Mapping[str, Any]) -> tuple[dict[str, Any], float | None, float | None]:
        if data["form"] != cls.form:
            raise ValueError(f"its form is {data['form']!r}, not {cls.form!r}")
        return dict(data["problem"]), _number(data["value"]), _number(data["bound"])


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return float(value)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= RELATIVE * max(abs(one), abs(other)) + 1e-300


@frozen
class ShownCut:
    """The dearest unit held and the cheapest left out, None where there is none, and the groups on them.

    Of very many groups the first :data:`NAMED` are named.
    """

    low: float | None
    high: float | None
    on_low: tuple[str, ...]
    on_high: tuple[str, ...]

    @classmethod
    def of(cls, problem: ApportionmentProblem, cuts: Cuts) -> Self:
        rows = problem.rows
        on_low, on_high = (tuple(problem.ids[int(rows[row])] for row in on[:NAMED].tolist())
                           for on in (cuts.low_rows, cuts.high_rows))
        return cls(cuts.low if math.isfinite(cuts.low) else None, cuts.high if math.isfinite(cuts.high) else None,
                   on_low, on_high)

    def faults(self, now: ShownCut) -> list[str]:
        """Where this one, as filed, differs from what the tables give ``now``."""
        found = [f"{name} is {said!r}; the tables give {given!r}"
                 for name, said, given in (("cut_low", self.low, now.low), ("cut_high", self.high, now.high))
                 if not (said == given or (said is not None and given is not None and _near(said, given)))]
        return found + [f"{name} is {list(said)}; the tables give {list(given)}"
                        for name, said, given in (("on_cut_low", self.on_low, now.on_low),
                                                  ("on_cut_high", self.on_high, now.on_high)) if said != given]

    def to_json(self) -> dict[str, Any]:
        return {"cut_low": self.low, "cut_high": self.high, "on_cut_low": list(self.on_low),
                "on_cut_high": list(self.on_high)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(_number(data["cut_low"]), _number(data["cut_high"]),
                   tuple(str(group) for group in data["on_cut_low"]),
                   tuple(str(group) for group in data["on_cut_high"]))


@frozen(eq=False)
class MarginalsCertificate(StatedCertificate):
    """A multiplier between what the last units cost their groups and what one more would cost others.

    ``proves``: "optimal" (the inequality holds for every group of the answer, which is then the least of all), or
    "bound" (only ``lambda k + sum min (F(a) - lambda a)``, true for any lambda). Value and ``cut`` speak of the
    answer and are filed with the first only. ``allowance`` is what was taken off the bound for rounding.
    """

    kind: ClassVar[str] = "marginals"
    form: ClassVar[str] = "price"

    proves: str
    multiplier: float
    allowance: float
    cut: ShownCut | None = None

    @classmethod
    def of(cls, problem: ApportionmentProblem, goal: Goal, inner: Ints, *, optimal: bool,
           multiplier: float | None = None) -> Self:
        """The certificate of an answer; ``multiplier`` (default: in the middle of its cut) in units of the cost."""
        cuts = goal.cost.cuts(inner)
        level = cuts.multiplier if multiplier is None else multiplier
        bound, allowance = goal.bound(level, inner if optimal else None)
        if not optimal:
            return cls(statement(problem), None, bound, "bound", level, allowance)
        return cls(statement(problem), goal.weight * goal.cost.value(inner), bound, "optimal", level, allowance,
                   ShownCut.of(problem, cuts))

    def bound(self, problem: Problem) -> float | None:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        self._same_problem(apportionment)
        goal = apportionment.goal
        if goal is None:
            raise CertificateError("no multiplier bounds this problem")
        try:
            bound, allowance = goal.bound(self.multiplier)
        except (ValueError, OverflowError) as fault:
            raise CertificateError(str(fault)) from fault
        if self.cut is None and not _alike(self.allowance, allowance):
            raise CertificateError(f"it claims the rounding allowance {self.allowance!r}; it is {allowance!r}")
        return self._agreed(bound, allowance)

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        from evenhand_apportionment.proof import named

        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        goal = apportionment.goal
        if self.cut is None:
            return []
        if goal is None:
            return ["no multiplier proves anything about this problem"]
        inner = apportionment.inner(allocation)
        found = self._value_faults(apportionment, allocation)
        found += named(apportionment, goal.cost.faults(inner, self.multiplier))
        found += self.cut.faults(ShownCut.of(apportionment, goal.cost.cuts(inner)))
        allowance = goal.bound(self.multiplier, inner)[1]
        if not _alike(self.allowance, allowance):
            found.append(f"it claims the rounding allowance {self.allowance!r}; it is {allowance!r}")
        return found

    def to_json(self) -> dict[str, Any]:
        return {**self._head(), "proves": self.proves, "lambda": self.multiplier,
                **({} if self.cut is None else self.cut.to_json()), "rounding_allowance": self.allowance}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self | Certificate:  # type: ignore[override]
        from evenhand_apportionment.award_certificate import AwardOrderCertificate
        from evenhand_apportionment.range_certificate import RangeCertificate

        others: tuple[type[StatedCertificate], ...] = (RangeCertificate, AwardOrderCertificate)
        for other in others:
            if data.get("form") == other.form:
                return other.from_json(data)
        try:
            head, level = cls._read_head(data), _number(data["lambda"])
            proves, allowance = str(data["proves"]), _number(data["rounding_allowance"])
            cut = ShownCut.from_json(data) if proves == "optimal" else None
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None
        if level is None or allowance is None or proves not in ("optimal", "bound"):
            raise CertificateError("the certificate cannot be read: lambda, rounding_allowance or proves is missing")
        if (head[1] is None) == (proves == "optimal"):
            raise CertificateError("the certificate cannot be read: it has a value when, and only when, it proves "
                                   "an answer optimal")
        return cls(*head, proves, level, allowance, cut)


def _alike(said: float, now: float) -> bool:
    """Allowances are sums of small things, which libraries of functions may round differently."""
    return abs(said - now) <= 1e-6 * max(abs(said), abs(now)) + 1e-300


def _near(said: float, now: float) -> bool:
    return abs(said - now) <= 1e-9 * max(abs(said), abs(now)) + 1e-300


@frozen(eq=False)
class ExhaustiveCertificate(StatedCertificate):
    """Every division was considered by a recursion over the groups; checking repeats it.

    For costs that are not convex (beta < 1), within the size the recursion can take. ``units`` are the answer's,
    ``multiplier`` narrows the recursion without a say in its truth.
    """

    kind: ClassVar[str] = "exhaustive"
    form: ClassVar[str] = "recursion"

    units: Sequence[int]
    multiplier: float

    def bound(self, problem: Problem) -> float | None:
        from evenhand_apportionment.costs.parametric import ParametricCost
        from evenhand_apportionment.parametric.dynamic import repeat

        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        self._same_problem(apportionment)
        goal = apportionment.goal
        if goal is None or not isinstance(goal.cost, ParametricCost):
            raise CertificateError("no recursion bounds this problem")
        inner = np.array(self.units, dtype=np.int64)
        try:
            found = repeat(apportionment.parametric, goal.cost.units, inner, self.multiplier)
        except (ValueError, OverflowError) as fault:
            raise CertificateError(str(fault)) from fault
        return self._agreed(goal.scaled(found))

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        return self._value_faults(problem, allocation)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        return {**self._head(), "units": [int(count) for count in self.units], "lambda": self.multiplier}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self | Certificate:  # type: ignore[override]
        from evenhand_apportionment.range_certificate import ExhaustiveRangeCertificate

        if data.get("form") == ExhaustiveRangeCertificate.form:
            return ExhaustiveRangeCertificate.from_json(data)
        try:
            head, level = cls._read_head(data), _number(data["lambda"])
            units = [int(count) for count in data["units"]]
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None
        if level is None:
            raise CertificateError("the certificate cannot be read: it has no lambda")
        return cls(*head, units, level)
