"""``exhaustive``: the exact subset enumeration, for districts of up to 20 schools."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.errors import InfeasibleError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_cep.exhaustive import MAX_UNITS, solve_exhaustively
from evenhand_cep.parts import school_worth
from evenhand_cep.prices.solve import PriceResult
from evenhand_cep.share_prices import bound_by_prices, candidate_of

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand_cep.problem import CepProblem


class Exhaustive(Solver):
    """The best of all groupings, proven by looking at every set of schools; checking repeats that."""

    name: ClassVar[str] = "exhaustive"
    doc: ClassVar[str] = f"exact, by enumerating subsets; up to {MAX_UNITS} schools a district"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=True, bound=True, shapes=("assignment",))

    def refusal(self, problem: Problem) -> str | None:
        cep: CepProblem = problem  # type: ignore[assignment]
        worth = school_worth(cep)
        if worth is None or worth.left_out:
            return "exhaustive needs terms that add up over schools"
        for part in cep.parts:
            count = 0 if part.instance is None else int(part.instance.may_join.sum())
            if count > MAX_UNITS:
                where = cep.districts[part.district]
                return (f"exhaustive takes up to {MAX_UNITS} schools a district (those that must stay together count "
                        f"as one); {where or 'this one'} has {count}")
        return super().refusal(problem)

    def solve(self, problem: Problem, limits: Limits) -> Candidate:
        cep: CepProblem = problem  # type: ignore[assignment]
        results = []
        for part in cep.parts:
            assert part.instance is not None
            found = solve_exhaustively(part.instance, limits.stop)
            if found.status == "infeasible":
                return Candidate(used=self.name, infeasible=InfeasibleError(
                    f"No grouping keeps the rules: {found.reason}."))
            bound, prices = found.bound, None
            if found.status == "stopped" and (cheap := bound_by_prices(part.instance)) is not None:
                bound, prices = cheap
            results.append(PriceResult(found.labels, found.value, bound, prices))
        return candidate_of(cep, results, self.name)
