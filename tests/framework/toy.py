"""Three tiny problems, one per shape, small enough to list every answer: the yardstick of the solvers' tests.

Numbers stand in ``options``; there are no tables. Terms and rules offer trackers when ``tracked`` is set.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from attrs import define, field, frozen

from evenhand.model import Constraint, Domain, Formulation, Objective, Problem, Term, Violation, WeightedTerm
from evenhand.model import shape_variables as plain
from evenhand.shapes import OUTSIDE, Allocation, Assignment, Division, Selection


@frozen(eq=False)
class Numbers:
    """What the toys are about; each uses some of it."""

    values: np.ndarray = field(factory=lambda: np.zeros(0))
    weights: np.ndarray = field(factory=lambda: np.zeros(0))
    limit: Any = 0
    total: int = 0


@define(eq=False)
class SumTracker:
    """Follows ``sum of price(i, entry)``, and its excess over a limit if there is one."""

    price: Any
    limit: float | None = None
    array: Any = None
    total: float = 0.0

    def _number(self, total: float) -> float:
        return total if self.limit is None else max(0.0, total - self.limit)

    def _delta(self, move: Any) -> float:
        return sum(self.price(i, entry) - self.price(i, self.array[i]) for i, entry in move)

    def start(self, array: Any) -> float:
        self.array = array
        self.total = sum(self.price(i, entry) for i, entry in enumerate(array))
        return self._number(self.total)

    def change(self, move: Any) -> float:
        return self._number(self.total + self._delta(move)) - self._number(self.total)

    def apply(self, move: Any) -> None:
        self.total += self._delta(move)
        for i, entry in move:
            self.array[i] = entry


class Toy(Problem):
    """A problem without tables."""

    def formulations(self) -> tuple[Formulation, ...]:
        return (Formulation("plain", self.sections.get("honesty", "exact"), plain),)


# -- Selection: a knapsack ---------------------------------------------------------------------------------------


@frozen
class Worth(Term):
    name: ClassVar[str] = "worth"
    unit: ClassVar[str] = "points"
    sense: ClassVar[Any] = "maximize"
    tracked: bool = False

    def measure(self, problem: Problem, allocation: Allocation) -> float:
        return math.fsum(problem.options.values[allocation.array])

    def express(self, problem: Problem, build: Any) -> Any:
        return sum(float(v) * build.model.x[i] for i, v in enumerate(problem.options.values))

    def tracker(self, problem: Problem) -> Any:
        return SumTracker(lambda i, chosen: problem.options.values[i] * chosen) if self.tracked else None


@frozen
class Count(Term):
    name: ClassVar[str] = "count"
    unit: ClassVar[str] = "items"
    sense: ClassVar[Any] = "minimize"

    def measure(self, problem: Problem, allocation: Allocation) -> float:
        return float(allocation.array.sum())

    def express(self, problem: Problem, build: Any) -> Any:
        return sum(build.model.x.values())


@frozen
class Capacity(Constraint):
    name: ClassVar[str] = "capacity"
    unit: ClassVar[str] = "kg"
    tracked: bool = False

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        over = problem.options.weights[allocation.array].sum() - problem.options.limit
        return [Violation(self.name, f"{over} kg too much", float(over))] if over > 0 else []

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        load = sum(int(w) * build.model.x[i] for i, w in enumerate(problem.options.weights))
        block.row = pyo.Constraint(expr=load <= float(problem.options.limit))

    def tracker(self, problem: Problem) -> Any:
        options = problem.options
        return SumTracker(lambda i, chosen: options.weights[i] * chosen, options.limit) if self.tracked else None


@frozen
class AtLeast(Constraint):
    name: ClassVar[str] = "at_least"
    number: int = 1

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        short = self.number - int(allocation.array.sum())
        return [Violation(self.name, f"{short} too few", float(short))] if short > 0 else []

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        block.row = pyo.Constraint(expr=sum(build.model.x.values()) >= self.number)


@frozen
class Rows(Constraint):
    """Several weight limits at once, the weights drawn from a seed: enough of them make a knapsack hard."""

    name: ClassVar[str] = "rows"
    rows: int = 6

    def weights(self, problem: Problem) -> np.ndarray:
        return np.random.default_rng(5).integers(50, 150, (self.rows, len(problem.shape.items)))

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        weights = self.weights(problem)
        over = weights[:, allocation.array].sum(axis=1) - weights.sum(axis=1) // 2
        return [Violation(self.name, f"row {row}: {o} too much", float(o)) for row, o in enumerate(over) if o > 0]

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        weights = self.weights(problem)
        block.rows = pyo.Constraint(range(self.rows), rule=lambda _, row: sum(
            int(w) * build.model.x[i] for i, w in enumerate(weights[row])) <= int(weights[row].sum() // 2))


class Knapsack(Toy):
    @property
    def shape(self) -> Selection:
        return Selection(tuple(f"i{k}" for k in range(len(self.options.values))))


def knapsack(seed: int = 0, items: int = 10, *, tracked: bool = False, count_weight: float = 0.0, at_least: int = 0,
             scale: float = 1.0, share: float = 0.5, honesty: str = "exact") -> Knapsack:
    """Maximize worth (less the count) within a weight limit."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(3, 20, items)
    values = generator.integers(3, 20, items) * scale
    numbers = Numbers(values=values, weights=weights, limit=int(weights.sum() * share))
    parts = (WeightedTerm(Worth(tracked), 1.0), *([WeightedTerm(Count(), count_weight)] if count_weight else []))
    rules = (Capacity(tracked), *([AtLeast(at_least)] if at_least else []))
    return _made(Knapsack, numbers, Objective(parts), rules, honesty)


def hard_knapsack(items: int = 90) -> Knapsack:
    """A knapsack that no solver closes to a gap of 1e-9 in a second."""
    weights = np.random.default_rng(5).integers(50, 150, (6, items))
    numbers = Numbers(values=weights.sum(axis=0) / 6.0 + np.random.default_rng(1).integers(0, 9, items))
    return _made(Knapsack, numbers, Objective((WeightedTerm(Worth(False)),)), (Rows(),), "exact")


# -- Assignment: blocks to schools with room -----------------------------------------------------------------------


@frozen
class Travel(Term):
    name: ClassVar[str] = "travel"
    unit: ClassVar[str] = "km"
    sense: ClassVar[Any] = "minimize"
    nonnegative: ClassVar[bool] = True
    tracked: bool = False

    def _price(self, problem: Problem, i: int, b: int) -> float:
        return 30.0 if b == OUTSIDE else float(problem.options.values[i, b])

    def measure(self, problem: Problem, allocation: Allocation) -> float:
        return math.fsum(self._price(problem, i, b) for i, b in enumerate(allocation.array.tolist()))

    def express(self, problem: Problem, build: Any) -> Any:
        stays = 30.0 * len(problem.shape.items)
        return stays + sum((self._price(problem, i, b) - 30.0) * x for (i, b), x in build.model.x.items())

    def tracker(self, problem: Problem) -> Any:
        return SumTracker(lambda i, b: self._price(problem, i, b)) if self.tracked else None


@frozen
class Room(Constraint):
    name: ClassVar[str] = "room"
    unit: ClassVar[str] = "pupils"

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        loads = [int(problem.options.weights[allocation.array == b].sum()) for b in range(len(problem.options.limit))]
        return [Violation(self.name, f"school {b}: {load - room} too many", float(load - room))
                for b, (load, room) in enumerate(zip(loads, problem.options.limit, strict=True)) if load > room]

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        loads: dict[int, Any] = {}
        for (i, b), x in build.model.x.items():
            loads[b] = loads.get(b, 0.0) + int(problem.options.weights[i]) * x
        block.rows = pyo.Constraint(sorted(loads), rule=lambda _, b: loads[b] <= int(problem.options.limit[b]))


class Schools(Toy):
    @property
    def shape(self) -> Assignment:
        n, m = self.options.values.shape
        allowed = np.ones((n, m), dtype=bool)
        allowed[0, 0] = False
        return Assignment(tuple(f"b{i}" for i in range(n)), tuple(f"s{b}" for b in range(m)), allowed,
                          np.arange(n) % 3 == 0)


def schools(seed: int = 0, blocks: int = 6, *, tracked: bool = False, tightness: float = 0.45) -> Schools:
    """Minimize travel within the rooms of three schools; every third block may stay out at a price."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 6, blocks)
    numbers = Numbers(values=generator.integers(1, 30, (blocks, 3)).astype(float), weights=sizes,
                      limit=np.full(3, int(sizes.sum() * tightness)))
    return _made(Schools, numbers, Objective((WeightedTerm(Travel(tracked)),)), (Room(),), "exact")


# -- Division: seats near their quotas -----------------------------------------------------------------------------


@frozen
class Distance(Term):
    name: ClassVar[str] = "distance"
    unit: ClassVar[str] = "seats"
    sense: ClassVar[Any] = "minimize"

    def measure(self, problem: Problem, allocation: Allocation) -> float:
        return math.fsum(np.abs(allocation.array - problem.options.values))

    def express(self, problem: Problem, build: Any) -> Any:
        import pyomo.environ as pyo

        model, quota = build.model, problem.options.values
        model.far = pyo.Var(range(len(quota)), bounds=(0.0, 1e4))
        model.over = pyo.Constraint(range(len(quota)), rule=lambda m, i: m.far[i] >= m.x[i] - float(quota[i]))
        model.under = pyo.Constraint(range(len(quota)), rule=lambda m, i: m.far[i] >= float(quota[i]) - m.x[i])
        return sum(model.far.values())


@frozen
class NotLess(Constraint):
    """The first party gets no less than the last: against the quotas, so that the rule binds."""

    name: ClassVar[str] = "not_less"

    def violations(self, problem: Problem, allocation: Allocation) -> list[Violation]:
        short = float(allocation.array[-1] - allocation.array[0])
        return [Violation(self.name, f"{short:g} less", short)] if short > 0 else []

    def apply(self, problem: Problem, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        block.row = pyo.Constraint(expr=build.model.x[0] >= build.model.x[len(problem.shape.items) - 1])


class Seats(Toy):
    @property
    def shape(self) -> Division:
        n = len(self.options.values)
        return Division(tuple(f"p{i}" for i in range(n)), np.zeros(n), np.full(n, 9.0), total=self.options.total,
                        integer=self.sections.get("integer", True))


def seats(seed: int = 0, parties: int = 4, total: int = 12, *, integer: bool = True) -> Seats:
    """Seats near quotas that rise from party to party."""
    quotas = np.sort(np.random.default_rng(seed).dirichlet(np.ones(parties))) * total
    made = _made(Seats, Numbers(values=quotas, total=total), Objective((WeightedTerm(Distance()),)), (NotLess(),),
                 "exact")
    made.sections["integer"] = integer
    return made


# -- common --------------------------------------------------------------------------------------------------------


def _made(kind: type[Toy], numbers: Numbers, objective: Objective, rules: tuple[Constraint, ...], honesty: str) -> Any:
    domain = Domain(name="toy", title="Toy", tables=(), options=Numbers, problem=kind)
    return kind(domain=domain, tables={}, options=numbers, objective=objective, constraints=rules,
                sections={"honesty": honesty})


def optimum(problem: Problem) -> float | None:
    """The best value of all answers that keep the rules, by listing them; None if there is none."""
    values = [problem.objective.measure(problem, allocation)[0] for allocation in problem.shape.every()
              if not problem.violations(allocation)]
    return None if not values else max(values) if problem.objective.sense == "maximize" else min(values)
