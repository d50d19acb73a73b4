"""Every solver on the same typed problem, against the best value worked out from the rows alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import evenhand
from evenhand.plugins import manager
from evenhand.testing.pinned import PinnedModel
from evenhand_cep.model import FEASIBILITY, RELAXATION, RESTRICTION
from tests.plugins.cep.typed_problems import Typed, typed_problems

FEW_STEPS = {"steps": 4_000}


def close(value: float | None, exact: Fraction) -> bool:
    return value is not None and abs(value - float(exact)) <= 1e-9 * max(1.0, abs(float(exact)))


def check_answer(solver: str, given: Typed, best: Fraction | None, **more: Any) -> evenhand.Solution:
    """An answer keeps the rules and is at most the best; a bound is at least the best; impossible means impossible."""
    found = evenhand.solve(given.problem(), solver=solver, **more)
    if best is None:
        assert found.status in ("infeasible", "no_solution")
        return found
    assert found.status != "infeasible"
    pad = 1e-9 * max(1.0, abs(float(best)))
    if found.value is not None:
        assert found.value <= float(best) + pad
        assert found.problem.violations(found.allocation) == []
    for bound in (found.verified_bound, found.bound):
        assert bound is None or bound >= float(best) - pad
    if found.status == "optimal":
        assert found.value >= float(best) - found.run.gap * abs(found.value) - pad
    return found


@settings(deadline=None, max_examples=40)
@given(typed_problems())
def test_the_exact_solvers_find_the_best(given: Typed) -> None:
    best = given.best()
    for solver in ("exhaustive", "share-prices"):
        found = check_answer(solver, given, best)
        if best is None:
            assert found.status == "infeasible", "few schools are decided by enumeration"
        else:
            # At a value of 0 the last bits of a sum are endless beside it: the gap is only small.
            assert (found.status == "optimal" or best == 0) and close(found.value, best)
            assert found.verified_bound == pytest.approx(float(best), rel=1e-9, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(typed_problems(most=6))
def test_the_searches_stay_under_the_best(given: Typed) -> None:
    best = given.best()
    for solver in ("annealing", "hill-climb"):
        check_answer(solver, given, best, options=FEW_STEPS)


@settings(deadline=None, max_examples=15)
@given(typed_problems(most=6))
def test_the_level_model_is_a_restriction_whoever_solves_it(given: Typed) -> None:
    check_answer("highs", given, given.best(), time_limit=5.0)
    plain = given.changed(rounding="none")  # with a rounding there is an exact model of thousands of levels besides
    if manager().solvers_for("cep")["glpk"].missing() is None:
        check_answer("glpk", plain, plain.best(), time_limit=5.0)


@settings(deadline=None, max_examples=20)
@given(typed_problems(most=6))
def test_the_bins_bound_every_grouping_and_the_levels_reach_none_above(given: Typed) -> None:
    best = given.best()
    problem = given.problem()
    assume(problem.proven_infeasible() is None)
    assert best is not None, "few schools are decided by enumeration"
    pad = 1e-6 * max(1.0, abs(float(best)))
    wide = PinnedModel.of(RELAXATION, problem).best(problem.objective, time_limit=20.0)
    assert wide.status == "optimal" and wide.bound >= float(best) - pad
    narrow = PinnedModel.of(RESTRICTION, problem).best(problem.objective, time_limit=20.0)
    assert narrow.objective is None or narrow.objective <= float(best) + pad


@pytest.mark.parametrize(("weights", "offered"), [
    ({"reimbursement": "1"}, True), ({"students_covered": "-1", "students_free": "1"}, True),
    ({"reimbursement": "-1"}, False), ({"reimbursement": "1", "students_free": "-9"}, False)])
def test_the_bins_are_offered_only_where_more_share_never_hurts(weights: dict[str, str], offered: bool) -> None:
    # A bin claims its upper end: where share costs, that is no bound (a group exactly at the minimum claims less).
    row = {"lunches": 40, "breakfasts": 8, "required": 0, "excluded": 0, "outside_value": 0}
    rows = tuple({**row, "school": name, "enrolled": "100", "identified": "40"} for name in "ab")
    given = Typed(rows, weights=weights)
    assert (RELAXATION in given.problem().formulations()) == offered
    assert check_answer("highs", given, given.best(), time_limit=5.0).status == "optimal"


@settings(deadline=None, max_examples=20)
@given(typed_problems(most=6))
def test_the_feasibility_model_says_what_the_rows_say(given: Typed) -> None:
    problem = given.problem()
    if any(part.conflict for part in problem.parts):
        assert given.best() is None
        return
    found = PinnedModel.of(FEASIBILITY, problem).best(problem.objective, time_limit=20.0)
    assert (found.status == "infeasible") == (given.best() is None)


def value(given: Typed) -> float | None:
    found = evenhand.solve(given.problem(), solver="exhaustive")
    assert found.status in ("optimal", "infeasible") or found.value == 0
    return found.value


@settings(deadline=None, max_examples=25)
@given(typed_problems())
def test_more_groups_a_lower_minimum_and_more_freedom_never_hurt(given: Typed) -> None:
    first = value(given)
    assume(first is not None)
    pad = 1e-9 * max(1.0, abs(first))
    freer = [given.changed(max_groups=given.max_groups + 1), given.changed(leave=True), given.changed(together=()),
             given.changed(apart=()), given.changed(min_isp="0.2") if Fraction(given.min_isp) > Fraction("0.2") else given,
             given.changed(rows=tuple({**row, "required": 0} for row in given.rows))]
    for changed in freer:
        again = value(changed)
        assert again is not None and again >= first - pad, changed


@settings(deadline=None, max_examples=25)
@given(typed_problems(), st.randoms(use_true_random=False))
def test_row_order_and_the_unit_of_money_do_not_matter(given: Typed, shuffle: Any) -> None:
    first = value(given)
    rows = list(given.rows)
    shuffle.shuffle(rows)
    again = value(given.changed(rows=tuple(rows)))
    assert (again is None) == (first is None) and (first is None or again == pytest.approx(first, rel=1e-12, abs=1e-9))
    assume(set(given.weights) == {"reimbursement"})
    cents = given.changed(rates={name: str(Fraction(rate) * 100) for name, rate in given.rates.items()},
                          rows=tuple({**row, "outside_value": row["outside_value"] * 100} for row in given.rows))
    dearer = value(cents)
    assert (dearer is None) == (first is None) and (first is None or dearer == pytest.approx(100 * first, rel=1e-12, abs=1e-7))


def test_the_yardstick_by_hand() -> None:
    rows = tuple({"school": name, "enrolled": "100", "identified": str(isp), "lunches": 4, "breakfasts": 0,
                  "required": 0, "excluded": 0, "outside_value": 20} for name, isp in (("a", 50), ("b", 10)))
    assert Typed(rows).best() is None
    # a alone claims 0.8 x 10 = 8; outside it would have 20 - 3 = 17, and so would b.
    assert Typed(rows, leave=True).best() == 34
    assert Typed(rows, leave=True, weights={"reimbursement": "1", "students_covered": "1"}).best() == 8 + 100 + 17
