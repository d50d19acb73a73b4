"""``exhaustive``: the exact subset enumeration, for districts of up to 20 schools."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evenhand.certificates import ClaimedCertificate
from evenhand.errors import InfeasibleError
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Limits, Solver
from evenhand_cep.certificate import REPEATABLE
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
        results, claimed = [], 0.0
        exact = True
        for part in cep.parts:
            assert part.instance is not None
            found = solve_exhaustively(part.instance, limits.stop)
            if found.status == "infeasible":
                return Candidate(used=self.name, infeasible=InfeasibleError(
                    f"No grouping keeps the rules: {found.reason}."))
            small = found.units <= REPEATABLE
            prices = None if small and found.status == "optimal" else bound_by_prices(part.instance)
            exact = exact and found.bound is not None
            claimed += found.bound or 0.0
            bound = found.bound if prices is None else prices[0]
            results.append(PriceResult(found.labels, found.value, bound, None if prices is None else prices[1]))
        candidate = candidate_of(cep, results, self.name)
        if exact and any(result.certificate_data is not None for result in results):
            sign = 1.0 if cep.objective.sense == "maximize" else -1.0
            claim = ClaimedCertificate(sign * claimed, self.name)
            candidate = Candidate(allocation=candidate.allocation, value=candidate.value, used=self.name,
                                  certificates=(*candidate.certificates, claim), notices=candidate.notices)
        return candidate
