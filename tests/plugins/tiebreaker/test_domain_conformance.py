"""The domain keeps what every domain promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from evenhand.testing import DomainConformance
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, blocks, tree


class TestTiebreaker(DomainConformance):
    domain = "tiebreaker"
    draws: ClassVar[int] = 8
    steps: ClassVar[int] = 250

    def cases(self) -> Mapping[str, Any]:
        quarters = blocks(students=[s + 0.25 for s in blocks()["students"]])
        floor = {"rule": "neighborhood_floor", "share": 0.5}
        return {
            "threshold": tree(eligibility=ELIGIBLE, budget={"fpr": 0.3}),
            "given threshold": tree(eligibility=ELIGIBLE, threshold="2/5"),
            "threshold too low": tree(eligibility=ELIGIBLE, threshold="1/5", budget={"fpr": 0.1}),
            "threshold with a floor": tree(eligibility=ELIGIBLE, budget={"fpr": 0.5}, rules=[floor]),
            "exact": tree(selection="exact", eligibility=ELIGIBLE, budget={"non_focal": 12}),
            "students": tree(selection="exact", budget={"students": 20}),
            "every budget": tree(selection="exact", budget={"fpr": 0.4, "non_focal": 18, "students": 30, "blocks": 4}),
            "averages": tree(quarters, selection="exact", counts="average", budget={"fpr": 0.3}),
            "floors": tree(selection="exact", eligibility=ELIGIBLE, budget={"fpr": 0.5},
                           rules=[floor, {"rule": "group_floor", "group": "n_frl", "share": 0.4},
                                  {"rule": "pin", "blocks": ["0602"]}, {"rule": "forbid", "blocks": ["0604"]}]),
            "floors that cannot be": tree(selection="exact", budget={"fpr": 0.1},
                                          rules=[{"rule": "neighborhood_floor", "share": 0.9}]),
            "robust": tree(selection="exact", budget={"fpr": 0.4},
                           rules=[{"rule": "robust_budget", "deviation": 0.3, "blocks": 2}]),
            "border": tree(selection="exact", neighbours=True, budget={"fpr": 0.5}, rules=[{"rule": "no_isolated_block"}],
                           objective=[{"term": "focal_reached"}, {"term": "cut_edges", "weight": 0.5}]),
            "zones": tree(selection="exact", neighbours=True, eligibility=ELIGIBLE, budget={"fpr": 0.4},
                          rules=[{"rule": "zones_at_most", "zones": 2}, {"rule": "forbid", "blocks": ["0604"]}]),
            "zones with a floor": tree(selection="exact", neighbours=True, budget={"fpr": 0.4}, rules=[
                {"rule": "zones_at_most", "zones": 2}, {"rule": "group_floor", "group": "n_frl", "share": 0.2}]),
            "worst group": tree(selection="exact", eligibility=ELIGIBLE, budget={"fpr": 0.4}, objective=[
                {"term": "worst_group_tpr", "groups": ["n_both", "n_frl"]}]),
            "rule": tree(selection="rule", eligibility=ELIGIBLE, features=["share:n_frl", "n_frl", "ctip1"],
                         budget={"fpr": 0.4}),
            "rule with a side rule": tree(selection="rule", features=["share:n_frl", "n_frl"], directions="both",
                                          budget={"fpr": 0.6}, rules=[{"rule": "forbid", "blocks": ["0600"]}]),
            "column": tree(selection="column", column="ctip1", eligibility=ELIGIBLE),
        }
