"""The domain keeps what every domain promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenhand.testing import DomainConformance
from tests.plugins.cep.small_problems import schools, tree


class TestCep(DomainConformance):
    domain = "cep"
    draws = 12
    sample_arguments = ("--time-limit", "10", "--set", "solver.gap=0.01")

    def cases(self) -> Mapping[str, Any]:
        city = schools(7, 1, district=["North"] * 4 + ["South"] * 3, group=["1", "1", "2", "0", "1", "", "2"],
                       required=[0, 1, 0, 0, 0, 0, 0], excluded=[0, 0, 0, 1, 0, 0, 0],
                       outside_value=[0, 0, 150_000, 90_000, 0, 20_000, 0])
        return {
            "plain": tree(schools(8, 0, high=0.7), max_groups=3, min_isp="0.4"),
            "rounded": tree(schools(5, 200, low=0.5, high=0.75), max_groups=2, min_isp="0.6205",
                            isp_rounding="half_up_4"),
            "rounded and apart": tree(
                schools(5, 3, low=0.55, high=0.8), max_groups=3, min_isp="0.622", isp_rounding="floor_4",
                constraint=[{"rule": "different_group", "schools": ["s0", "s1"]},
                            {"rule": "same_group", "schools": ["s2", "s3"]}]),
            "choice": tree(
                city, max_groups=2, min_isp="0.4",
                constraint=[{"rule": "may_stay_out"}, {"rule": "same_group", "schools": ["s4", "s5"]},
                            {"rule": "different_group", "schools": ["s0", "s1"]}],
                objective=[{"term": "reimbursement"}, {"term": "students_covered", "weight": 25}]),
            "movers": tree(schools(5, 4, group=list("11223")), max_groups=3, min_isp="0.3",
                           objective=[{"term": "reimbursement"}, {"term": "regrouped", "weight": 20_000}]),
            "kept": tree(schools(6, 5, low=0.5, group=["1", "1", "2", "", "3", ""]), max_groups=3, min_isp="0.4",
                         constraint=[{"rule": "current_groups_kept"}]),
            "free first": tree(schools(7, 6), max_groups=3, min_isp="0.4",
                               objective=[{"term": "students_free"}, {"term": "schools_free", "weight": 5}]),
            "impossible": tree(schools(5, 7), max_groups=2, min_isp="0.95"),
        }
