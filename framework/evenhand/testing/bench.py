"""What the checks work with: the registry, small problems, random allocations, every solver's answer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from evenhand.errors import SolverUnsuitableError
from evenhand.model import Problem, Term
from evenhand.solution import Solution
from evenhand.spec.build import build_problem, load_spec
from evenhand.spec.tree import Spec

if TYPE_CHECKING:
    import numpy as np

    from evenhand.model import Domain
    from evenhand.plugins import Registry
    from evenhand.shapes import Allocation

T = TypeVar("T")

Case = Mapping[str, Any] | str | Path | None
"""A spec as a tree (tables may be DataFrames), the path of one, or None for the domain's sample."""


class Bench:
    """Attributes and methods that a test class sets or overrides.

    Attributes
    ----------
    plugin : the plugin's module, several of them, or None when it is installed.
    domain : name of the domain under test.
    draws : random allocations per case.
    steps : steps of each search by ``annealing`` or ``hill-climb``.
    time_limit : seconds of each solve; no check depends on how many of them were used.
    sample_arguments : further arguments of ``evenhand solve`` on the domain's sample.
    """

    plugin: ClassVar[Any] = None
    domain: ClassVar[str]
    draws: ClassVar[int] = 24
    steps: ClassVar[int] = 2_000
    seed: ClassVar[int] = 1
    gap: ClassVar[float] = 1e-6
    time_limit: ClassVar[float] = 30.0
    sample_arguments: ClassVar[Sequence[str]] = ()
    _kept: ClassVar[dict[tuple[str, ...], Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._kept = {}

    def cases(self) -> Mapping[str, Case]:
        """Small problems by name: a dozen items each, so that exact solvers end in seconds.

        Every rule of the domain should stand in one of them, and no case needs to be feasible.
        """
        return {"sample": None}

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run every check that takes a ``case`` once for each."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", list(self.cases()))

    # -- what the checks ask for, made once per class ------------------------------------------------------------

    def once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def modules(self) -> Sequence[Any]:
        if self.plugin is None:
            return ()
        return self.plugin if isinstance(self.plugin, list | tuple) else (self.plugin,)

    def registry(self) -> Registry:
        from evenhand.plugins import manager

        named = [(module.__name__, module) for module in self.modules()]
        return self.once(("registry",), lambda: manager(named, discover=not named))

    def described(self) -> Domain:
        return self.registry().domain(self.domain)

    def spec(self, case: str) -> Spec:
        return self.once(("spec", case), lambda: self._spec(self.cases()[case]))

    def _spec(self, given: Case) -> Spec:
        if given is not None:
            return load_spec(given, self.registry())
        from evenhand.tables.source import DataSource

        sample = self.described().sample
        assert sample is not None, f"the domain {self.domain!r} has no sample: override cases()"
        with tempfile.TemporaryDirectory() as folder:
            sample(Path(folder))
            spec = load_spec(Path(folder) / "spec.toml", self.registry())
            tables = build_problem(spec, self.registry()).tables
            return attrs.evolve(spec, data={name: DataSource(frame=table.raw.frame) for name, table in tables.items()})

    def new_problem(self, case: str) -> Problem:
        """The problem of a case, built anew from its spec and tables."""
        return build_problem(self.spec(case), self.registry())

    def problem(self, case: str) -> Problem:
        return self.once(("problem", case), lambda: self.new_problem(case))

    def terms(self, case: str) -> list[Term]:
        """The objective's terms, and every registered one that needs no options and fits the tables."""
        problem = self.problem(case)
        found = {part.term.name: part.term for part in problem.objective.parts}
        for name, cls in self.registry().terms.get(self.domain, {}).items():
            needs = [item for item in attrs.fields(cls) if item.init and item.default is attrs.NOTHING]
            if name not in found and not needs and not cls().check(problem):
                found[name] = cls()
        return list(found.values())

    def solutions(self, case: str) -> dict[str, Solution]:
        """The audited answer of every installed solver that takes the problem; ``auto`` is the one it stands for."""
        return self.once(("solutions", case), lambda: self._solutions(case))

    def _solutions(self, case: str) -> dict[str, Solution]:
        from evenhand.solvers.auto import Auto, choose

        problem, found = self.problem(case), {}
        known = self.registry().solvers_for(self.domain)
        for name, solver in known.items():
            if not isinstance(solver, Auto) and solver.missing() is None and solver.refusal(problem) is None:
                try:
                    found[name] = self.solve(problem, name)
                except SolverUnsuitableError:
                    continue  # a model that is too large, say, which shows only when it is built
        chosen, _ = choose(problem, known)
        return {**found, "auto": found[chosen.name]}

    def solve(self, problem: Problem, solver: str) -> Solution:
        from evenhand.solving import solve

        known = self.registry().solvers_for(self.domain)[solver]
        options = {"steps": self.steps} if "steps" in known.options else {}
        return solve(problem, solver=solver, options=options, seed=self.seed, gap=self.gap, workers=1,
                     time_limit=self.time_limit, registry=self.registry())

    def legal(self, case: str) -> list[Allocation]:
        """The solvers' answers that keep every rule."""
        return [solution.allocation for solution in self.solutions(case).values()
                if solution.allocation is not None and not solution.violations]

    def allocations(self, case: str) -> list[Allocation]:
        """Random decisions: the solvers' answers and their neighbours, and others from all over the space."""
        return self.once(("allocations", case), lambda: self._allocations(case))

    def _allocations(self, case: str) -> list[Allocation]:
        import numpy as np

        shape, legal = self.problem(case).shape, self.legal(case)
        generator = np.random.default_rng(self.seed)
        found = []
        for draw in range(self.draws):
            near = legal[draw // 2 % len(legal)] if legal and draw % 2 else None
            array = np.array((near or shape.start(generator)).array)
            for _ in range(draw // (2 * max(1, len(legal)))):
                array = self.moved(array, shape.neighbour(array, generator))
            found.append(shape.allocation(array))
        return found

    @staticmethod
    def moved(array: np.ndarray[Any, Any], move: Sequence[tuple[int, Any]]) -> np.ndarray[Any, Any]:
        after = array.copy()
        for position, entry in move:
            after[position] = entry
        return after

    def table(self, problem: Problem, allocation: Allocation) -> str:
        """The allocation's table as it would be written: two decisions with one table are the same decision."""
        from evenhand.tables.csv_out import render_csv

        return render_csv(problem.allocation_table(allocation))


def close(left: float, right: float, tolerance: float = 1e-6) -> bool:
    return abs(left - right) <= tolerance * max(1.0, abs(left), abs(right))
