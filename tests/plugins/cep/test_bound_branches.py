from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.bound_branches import Fork, tree_bound
from evenhand_cep.prices.branch import Tree
from evenhand_cep.prices.certificate import branches_data, evaluate_certificate
from evenhand_cep.prices.curve import PriceCurve, grid_on, share_range
from tests.plugins.cep.brute_force import best
from tests.plugins.cep.instances import instances


@settings(deadline=None, max_examples=60)
@given(instances(), st.data())
def test_any_tree_with_any_prices_bounds_every_grouping(instance: Instance, data: st.DataObject) -> None:
    found = best(instance)
    assume(found is not None)
    nodes: list[Fork | PriceCurve] = []

    def grow(depth: int) -> int:
        place = len(nodes)
        nodes.append(PriceCurve([0.3, 1.0], [data.draw(st.floats(0, 9)), data.draw(st.floats(0, 9))]))
        if depth and data.draw(st.booleans()):
            school = data.draw(st.integers(0, instance.size - 1))
            need = data.draw(st.sampled_from([0.1, 0.25, 0.4, 0.64, 0.8, 0.9, 1.0, 1.12]))
            nodes[place] = Fork(school, need, grow(depth - 1), grow(depth - 1))
        return place

    grow(4)
    bound = tree_bound(instance, nodes)
    assert bound >= found[0]
    certificate = json.loads(json.dumps(branches_data(nodes, bound)))
    assert evaluate_certificate(instance, certificate) == bound


@settings(deadline=None, max_examples=25)
@given(instances(apart=False))
def test_a_grown_tree_bounds_every_grouping_and_only_tightens(instance: Instance) -> None:
    found, reach = best(instance), share_range(instance)
    assume(found is not None and not reach.empty)
    tree = Tree(instance, grid_on(reach, np.linspace(reach.low, reach.high, 9)), reach, lambda: False)
    tree.plant(PriceCurve([reach.low], [0.0]))
    before = tree.bound
    for _ in range(12):
        if tree.grow(float(found[0])) is None:
            break
    assert found[0] <= tree.bound <= before
    assert tree_bound(instance, tree.nodes) == pytest.approx(tree.bound, rel=1e-12, abs=1e-9)


def test_a_tree_closes_a_gap_of_indivisible_schools() -> None:
    # A knapsack: the first school can carry one of the others, the relaxation carries parts of two.
    instance = Instance.build(np.full(4, 100.0), np.array([80.0, 15.0, 14.0, 13.0]), np.array([1.0, 50.0, 49.0, 48.0]),
                              rule=ClaimingRule("1.6", "0.4"), max_groups=4, must_join=np.zeros(4, bool))
    value = best(instance)[0]
    reach = share_range(instance)
    tree = Tree(instance, grid_on(reach, np.linspace(reach.low, reach.high, 24)), reach, lambda: False)
    tree.plant(PriceCurve([reach.low], [0.0]))
    root = tree.bound
    for _ in range(60):
        if tree.grow(float(value)) is None:
            break
    assert root > float(value) * 1.2
    assert Fraction(tree.bound) >= value
    assert tree.bound < float(value) * 1.01


@pytest.mark.parametrize("tree", [
    [{"school": 0, "need": "0.5", "low": 1, "high": 1}, {"grid": 0, "lambdas": ["1.0"]}],
    [{"school": 0, "need": "0.5", "low": 0, "high": 1}, {"grid": 0, "lambdas": ["1.0"]}],
    [{"school": 0, "need": "0.5", "low": 1, "high": 2}, {"grid": 0, "lambdas": ["1.0"]}],
    [{"school": 9, "need": "0.5", "low": 1, "high": 2}, *[{"grid": 0, "lambdas": ["1.0"]}] * 2],
    [{"school": -1, "need": "0.5", "low": 1, "high": 2}, *[{"grid": 0, "lambdas": ["1.0"]}] * 2],
    [{"school": 0, "need": "nan", "low": 1, "high": 2}, *[{"grid": 0, "lambdas": ["1.0"]}] * 2],
    [{"school": 0.0, "need": "0.5", "low": 1, "high": 2}, *[{"grid": 0, "lambdas": ["1.0"]}] * 2],
    [{"grid": 1, "lambdas": ["1.0"]}], [{"grid": 0, "lambdas": ["-1.0"]}], [{"grid": 0, "lambdas": []}], [], "tree",
    [3],
])
def test_broken_trees_are_refused(tree: object) -> None:
    instance = Instance.build(np.full(2, 100.0), np.array([80.0, 15.0]), np.ones(2), rule=ClaimingRule("1.6", "0.4"),
                              max_groups=2)
    good = {"kind": "prices", "form": "branches", "grids": [["0.64"]], "bound": "0",
            "tree": [{"school": 0, "need": "0.5", "low": 1, "high": 2}, *[{"grid": 0, "lambdas": ["1.0"]}] * 2]}
    assert evaluate_certificate(instance, good) > 0
    with pytest.raises(ValueError):
        evaluate_certificate(instance, good | {"tree": tree})
