"""The domain keeps what every domain promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenhand.testing import DomainConformance
from tests.plugins.apportionment.small_problems import groups, matrix, tree


class TestApportionment(DomainConformance):
    domain = "apportionment"
    draws = 12

    def cases(self) -> Mapping[str, Any]:
        six = groups([7_136, 3_675, 1_405, 1_409, 1_112, 648])
        tied = groups([100, 100, 100, 50, 25], current=[3, 1, 2, 1, 1])
        bounded = groups([500, 300, 120, 60], minimum=[2, "", 3, ""], maximum=["", 4, "", 2])
        return {
            "parametric": tree(six, units=20),
            "parametric with bounds": tree(bounded, units=13, beta=3, sigma=0.8, kappa=0.9, gamma=0, base_units=1),
            "flat": tree(tied, units=12, beta=1, sigma=1),
            "not convex": tree(six, units=14, beta=0.5),
            "range": tree(six, units_range=[6, 24]),
            "range, not convex": tree(six, units_range=[6, 14], beta=0.7),
            "moved": tree(tied, units=9, objective=[{"term": "representation_error"},
                                                    {"term": "moved_units", "weight": 0.01}]),
            "webster": tree(tied, units=9, method="webster", ties="smallest", minimum=0),
            "huntington-hill": tree(bounded, units=13, method="huntington_hill"),
            "first units": tree(tied, units=3, method="adams", minimum=0),
            "degressive": tree(six, units=40, method="adams", base_units=2, cap=12, minimum=0),
            "threshold": tree(six, units=14, method="jefferson", threshold="0.05", minimum=0),
            "power mean": tree(six, units=14, method="power_mean", parameter=0.5),
            "hamilton": tree(tied, units=9, method="hamilton", ties="random"),
            "balinski-young": tree(tied, units=10, method="quota_balinski_young"),
            "biproportional": matrix(),
            "biproportional, sparse": matrix([[123, 0, 815], [912, 714, 0], [0, 215, 543]], [5, 11, 5], [7, 5, 9]),
            "impossible": tree(bounded, units=4, method="webster"),
            "impossible table": matrix([[0, 0, 815], [0, 0, 414], [255, 215, 543]], [5, 11, 5], [7, 5, 9]),
            "zero population": tree(groups([100, 0, 2**70 + 1]), units=9, method="webster"),
        }

    def test_the_size_of_a_range_is_chosen_by_two_solvers_only(self) -> None:
        assert set(self.solutions("range")) == {"marginal", "dynamic-programming", "auto"}
        assert set(self.solutions("range, not convex")) == {"dynamic-programming", "auto"}

    def test_a_rule_is_followed_and_not_minimized(self) -> None:
        solution = self.solutions("balinski-young")["marginal"]
        assert (solution.status, solution.bound) == ("feasible", None)
        assert solution.certificate is not None and solution.certificate.kind == "marginals"
        assert self.solutions("balinski-young").keys() & {"highs", "scip", "glpk"} == set()

    def test_exact_solvers_agree(self) -> None:
        for case in self.cases():
            values = {name: solution.value for name, solution in self.solutions(case).items()
                      if name in ("marginal", "dynamic-programming", "highs", "scip", "glpk", "cbc", "auto")
                      and solution.value is not None}
            for name, value in values.items():
                assert abs(value - values["auto"]) <= 1e-9 * max(abs(value), 1e-9), (case, name, values)
