"""Values of fewer groups: real groupings, so never above the proven best, and the same on every run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import evenhand
from evenhand_cep import fewer_groups as module
from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.fewer_groups import FewerGroups, descent, fewer_groups, flat_curve, merged_pair
from evenhand_cep.instance import Instance
from evenhand_cep.prices.grouping import Features
from tests.plugins.cep.brute_force import best
from tests.plugins.cep.instances import instances
from tests.plugins.cep.small_problems import schools, tree


@settings(deadline=None, max_examples=50)
@given(instances(most=6))
def test_no_value_is_above_the_best_of_so_many_groups(instance: Instance) -> None:
    found = best(instance)
    if found is None or max(found[1]) < 1:
        return
    labels = np.array(found[1], dtype=np.int64)
    steps = descent(instance, labels, flat_curve(instance))
    counts, values = [k for k, _ in steps], [value for _, value in steps]
    assert counts == list(range(counts[0], int(labels.max()) + 1))
    assert values == sorted(values)
    assert values[-1] == instance.value(labels)
    for groups, value in steps:
        limit = best(attrs.evolve(instance, max_groups=groups))
        assert limit is not None
        assert value <= float(limit[0]) + 1e-9 * max(1.0, abs(float(limit[0])))


def plain_instance(**more: Any) -> Instance:
    """Four schools at ISP 62.5, 50, 45 and 40 %, a thousand students each: shares 1, 0.8, 0.72, 0.64."""
    return Instance.build([1000.0] * 4, [625.0, 500.0, 450.0, 400.0], [900.0, 800.0, 100.0, 50.0],
                          rule=ClaimingRule("1.6", "0.4"), max_groups=4, **more)


def test_the_pair_that_loses_least_is_merged() -> None:
    # Apart: 900 + 640 + 72 + 32. The last two merged claim 0.68 x 150 = 102 in place of 104; every other pair loses
    # more: the middle two claim 0.76 x 900 = 684 in place of 712, the first two 0.9 x 1700 = 1530 in place of 1540.
    instance = plain_instance()
    merged = merged_pair(Features(instance), np.array([1, 2, 3, 4]), 3)
    assert merged is not None
    np.testing.assert_array_equal(merged, [1, 2, 3, 3])


def test_schools_that_must_be_apart_stop_the_descent() -> None:
    instance = plain_instance(different_group=[(0, 1), (0, 2), (1, 2)])
    labels = np.array([1, 2, 3, 3])
    assert [k for k, _ in descent(instance, labels, flat_curve(instance))] == [3]
    assert merged_pair(Features(instance), labels, 2) is None


def test_without_any_work_mergers_alone_are_valued() -> None:
    instance = plain_instance()
    labels = np.array([1, 2, 3, 4])
    steps = descent(instance, labels, flat_curve(instance), work=0)
    assert [k for k, _ in steps] == [1, 2, 3, 4]
    # One group: 1975 of 4000 identified, share 0.79, of 1850.
    assert steps[0][1] == pytest.approx(0.79 * 1850)
    assert steps[2][1] == pytest.approx(900 + 640 + 102)


def solved(**options: Any) -> evenhand.Solution:
    return evenhand.solve(tree(schools(40, 3), min_isp=0.25, max_groups=5, **options), gap=1e-3)


def test_an_answer_of_forty_schools_and_its_repetition() -> None:
    solution = solved()
    assert solution.allocation is not None
    assert solution.value is not None
    first = fewer_groups(solution.problem, solution.allocation)
    again = fewer_groups(solution.problem, solution.allocation)
    assert first == again
    assert first.counts[0] == 1
    assert first.values[-1] == pytest.approx(solution.value, rel=1e-12)
    # All take part, so one group is one grouping only.
    assert first.values[0] == pytest.approx(solution.metrics["one_group_reimbursement"], rel=1e-12)
    assert first.values[1] > first.values[0]


def test_two_groups_come_near_the_best_two_groups() -> None:
    solution = solved()
    assert solution.allocation is not None
    found = fewer_groups(solution.problem, solution.allocation)
    at_least = found.values[found.counts.index(2)]
    two = evenhand.solve(tree(schools(40, 3), min_isp=0.25, max_groups=2), gap=1e-3)
    assert two.bound is not None
    assert at_least <= two.bound
    assert at_least >= 0.99 * two.bound


def test_reasons_for_showing_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = solved()
    assert solution.allocation is not None
    monkeypatch.setattr(module, "MOST_SCHOOLS", 39)
    assert fewer_groups(solution.problem, solution.allocation) == FewerGroups(reason="there are more than 39 schools")
    monkeypatch.setattr(module, "MOST_SCHOOLS", 40)
    monkeypatch.setattr(module, "MOST_GROUPS", 1)
    assert "groups; this is drawn for" in fewer_groups(solution.problem, solution.allocation).reason

    labels = np.array([1, 1, 2, 2] * 2)
    several = problem_of(schools(8, 5, low=0.4, district=["north"] * 4 + ["south"] * 4))
    assert "districts" in fewer_groups(several, several.from_labels(labels)).reason
    moved = problem_of(schools(8, 5, low=0.4, group=["1", "2"] * 4),
                       objective=[{"term": "reimbursement"}, {"term": "regrouped", "weight": 10}])
    assert fewer_groups(moved, moved.from_labels(labels)).reason == "the objective is more than a sum over schools"


def problem_of(frame: pd.DataFrame, **more: Any) -> Any:
    return evenhand.problem("cep", schools=frame, rates="2023-24/contiguous/standard", **more)


def test_an_answer_that_breaks_a_rule_is_not_compared() -> None:
    problem = problem_of(schools(3, 1, low=0.05, high=0.9), min_isp="0.4")
    isps = [Fraction(i) / Fraction(n) for i, n in zip(problem.identified, problem.enrolled, strict=True)]
    assert min(isps) < Fraction(2, 5)
    broken = problem.from_labels(np.array([1, 2, 3]))
    assert fewer_groups(problem, broken).reason == "the answer breaks a rule"
