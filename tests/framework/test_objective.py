"""Objectives: composed with operators, read from a spec, written back, and always in the first term's sense."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.errors import SpecError
from evenhand.model import Objective, WeightedTerm
from evenhand.spec.build import build_problem, load_spec
from evenhand.spec.write import spec_to_toml, spec_to_tree
from tests.framework import evenings
from tests.framework.evenings import chosen, problem
from tests.framework.toy_domain import ExtraMinutes, VisitorsServed

WEIGHTS = st.floats(-1e6, 1e6, allow_nan=False)


def test_operators_build_what_a_spec_says() -> None:
    composed = 2 * VisitorsServed() + 0.5 * ExtraMinutes()
    listed = problem(objective=[{"term": "visitors_served", "weight": 2}, {"term": "extra_minutes", "weight": "0.5"}])
    assert composed.parts == listed.objective.parts
    assert composed.formula() == "maximize 2 x visitors_served - 0.5 x extra_minutes"
    value, terms = composed.measure(problem(), chosen(problem(), "bd"))
    assert terms == {"visitors_served": 28.0, "extra_minutes": 24.0} and value == 2 * 28 - 0.5 * 24


def test_terms_compose_on_either_side() -> None:
    visitors, minutes = VisitorsServed(), ExtraMinutes()
    assert (visitors + minutes).parts == (1 * visitors + minutes * 1.0).parts
    assert (3 * (visitors + 2 * minutes)).parts == (WeightedTerm(visitors, 3.0), WeightedTerm(minutes, 6.0))


def test_the_sense_is_the_first_terms_and_a_positive_weight_is_a_wish() -> None:
    first = VisitorsServed() + ExtraMinutes()
    last = ExtraMinutes() + VisitorsServed()
    assert (first.sense, last.sense) == ("maximize", "minimize")
    made = problem()
    for names in ("", "a", "bd", "ac"):
        allocation = chosen(made, names)
        assert first.measure(made, allocation)[0] == -last.measure(made, allocation)[0]
    assert Objective(()).sense == "minimize" and Objective(()).measure(made, chosen(made, "a")) == (0.0, {})


def test_a_term_used_twice_gets_two_keys() -> None:
    twice = VisitorsServed() + 3 * VisitorsServed() + ExtraMinutes()
    assert twice.keys == ("visitors_served", "visitors_served_2", "extra_minutes")
    value, terms = twice.measure(problem(), chosen(problem(), "d"))
    assert set(terms) == set(twice.keys) and value == 4 * 20 - (5 * 3 + 8 * 2 + 9)
    solution = evenhand.solve(problem(objective=twice), registry=evenings.registry())
    assert solution.status == "optimal" and solution.value == 4 * 28 - 24


@pytest.mark.parametrize("weight", [math.inf, -math.inf, math.nan])
def test_a_weight_is_a_finite_number(weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of visitors_served must be a finite number"):
        weight * VisitorsServed()


@settings(deadline=None, max_examples=40)
@given(WEIGHTS, WEIGHTS, st.sets(st.sampled_from("abcd")))
def test_value_is_the_signed_sum_of_the_terms(left: float, right: float, names: set[str]) -> None:
    made = problem()
    objective = left * VisitorsServed() + right * ExtraMinutes()
    value, terms = objective.measure(made, chosen(made, "".join(names)))
    assert value == math.fsum([left * terms["visitors_served"], -right * terms["extra_minutes"]])


@settings(deadline=None, max_examples=40)
@given(WEIGHTS, WEIGHTS)
def test_a_composed_objective_is_written_and_read_back(left: float, right: float) -> None:
    made = problem(objective=left * VisitorsServed() + right * ExtraMinutes())
    assert [entry.weight for entry in made.spec.objective] == [Fraction(repr(left)), Fraction(repr(right))]
    known = evenings.registry()
    assert "weight" in spec_to_toml(made.spec, {"branches": "branches.csv"})
    again = spec_to_tree(made.spec, {"branches": "branches.csv"}) | {"data": {"branches": evenings.SMALL}}
    assert build_problem(load_spec(again, known), known).objective == made.objective


@pytest.mark.parametrize(("word", "value"), [("priority", 1), ("tolerance", 0.1), ("at_most", 3), ("at_least", 3)])
def test_strategies_this_version_does_not_run_are_refused_and_not_ignored(word: str, value: float) -> None:
    with pytest.raises(SpecError, match=rf"objective\[1\]\.{word}"):
        problem(objective=[{"term": "visitors_served"}, {"term": "extra_minutes", word: value}])


@pytest.mark.parametrize(("weight", "best"), [(0, "d"), (0.04, "d"), (0.05, "ac"), (1, "ac")])
def test_weights_change_the_answer(weight: float, best: str) -> None:
    """For 40 USD: d alone serves 20 and costs the others 198 minutes, a and c serve 14 and cost 72: even at 6 / 126."""
    frame = evenings.SMALL.assign(minutes=[9, 9, 9, 0])
    made = problem(branches=frame, budget=40, objective=VisitorsServed() + weight * ExtraMinutes())
    solution = evenhand.solve(made, solver="highs", registry=evenings.registry())
    assert solution.status == "optimal" and solution.allocation is not None
    assert solution.allocation.equals(chosen(made, best))
