"""The domain's front door: table, options, rules, terms, tables out, labels, metrics and notices, worked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import evenhand
import evenhand_cep
from evenhand.errors import DataError, InputError, SpecError
from evenhand.plugins import manager
from evenhand.shapes import Allocation
from evenhand.spec.build import build_problem, load_spec
from evenhand_cep import terms
from tests.plugins.cep.small_problems import schools, tree, typed

REGISTRY = manager([("cep", evenhand_cep)], discover=False)

# Four schools; a lunch gains 4.01 USD from the paid to the free rate, a paid lunch is 0.42 USD.
FOUR = typed([
    {"school": "a", "enrolled": 100, "identified": 80, "lunches": 1_000},
    {"school": "b", "enrolled": 100, "identified": 45, "lunches": 2_000},
    {"school": "c", "enrolled": 100, "identified": 35, "lunches": 3_000},
    {"school": "d", "enrolled": 200, "identified": 90, "lunches": 4_000},
])


def build(frame: pd.DataFrame = FOUR, constraint: Sequence[Mapping[str, Any]] | None = None,
          objective: Sequence[Mapping[str, Any]] = (), **options: Any) -> Any:
    given = {"max_groups": 3, "min_isp": "0.40", **options}
    return build_problem(load_spec(tree(frame, constraint, objective, **given), REGISTRY), REGISTRY)


def put(problem: Any, labels: Sequence[int]) -> Allocation:
    """The decision with these group numbers, 0 outside."""
    return problem.from_labels(np.array(labels))


def broken(problem: Any, labels: Sequence[int]) -> list[tuple[str, float]]:
    return [(violation.rule, violation.amount) for violation in problem.violations(put(problem, labels))]


def faults(frame: pd.DataFrame = FOUR, **values: Any) -> list[Any]:
    with pytest.raises(InputError) as caught:
        build(frame, **values)
    return list(caught.value.faults)


# -- the table ---------------------------------------------------------------------------------------------------


def test_every_fault_of_a_table_in_one_report() -> None:
    frame = FOUR.astype(object)
    frame.loc[0, "identified"] = 101
    frame.loc[1, "school"] = "a"
    frame.loc[2, "lunches"] = -1
    frame.loc[3, "breakfasts"] = "many"
    assert {(fault.row, fault.column) for fault in faults(frame)} == {
        (1, "identified"), (2, "school"), (3, "lunches"), (4, "breakfasts")}


def test_more_identified_than_enrolled_is_refused_or_cut_down_by_name() -> None:
    frame = FOUR.assign(identified=[80, 45, 35, 250])
    (fault,) = faults(frame)
    assert (fault.row, fault.column, fault.value) == (4, "identified", "250") and "clip_identified" in fault.cure
    made = build(frame, clip_identified=True)
    assert made.identified.tolist() == [80, 45, 35, 200]
    assert any("cut down to enrolled" in told and told.endswith(": d.") for told in made.notices)


def test_schools_without_enrolment_are_left_out_by_name_or_refused() -> None:
    frame = pd.concat([FOUR, typed([{"school": "e", "enrolled": 0, "identified": 0}])], ignore_index=True)
    made = build(frame)
    assert made.ids == ("a", "b", "c", "d")
    assert any("without enrolment" in told and told.endswith(": e.") for told in made.notices)
    written = made.allocation_table(put(made, [1, 1, 1, 1]))
    assert written["group"].tolist() == ["1", "1", "1", "1", ""], "its row is there, and in no group"
    (fault,) = faults(frame, drop_zero_enrolled=False)
    assert fault.row == 5 and "drop_zero_enrolled" in fault.cure
    frame.loc[4, "identified"] = 3
    assert [(f.row, f.column) for f in faults(frame)] == [(5, "identified")]


def test_ids_are_text_and_unique_inside_their_district_alone() -> None:
    twins = FOUR.assign(school=["01", "1", "01", "001"], district=["N", "N", "S", "S"])
    assert build(twins).ids == ("01", "1", "01", "001")
    (fault,) = faults(twins.assign(district=["N", "N", "N", "S"]))
    assert fault.row == 3 and "same id as in row 1" in fault.message


def test_a_school_is_not_both_required_and_excluded() -> None:
    (fault,) = faults(FOUR.assign(required=[1, 0, 0, 0], excluded=[1, 0, 0, 0]), constraint=[{"rule": "may_stay_out"}])
    assert fault.row == 1 and "both required and excluded" in fault.message


# -- options -----------------------------------------------------------------------------------------------------


def test_shares_are_exact() -> None:
    made = build(min_isp="0.33333", multiplier=1.6)
    assert made.options.min_isp == Fraction(33333, 100000) and made.options.multiplier == Fraction(8, 5)


@pytest.mark.parametrize(("options", "where", "said"), [
    ({"min_isp": 40}, "problem.min_isp", "Did you mean 0.4?"),
    ({"min_isp": "-0.1"}, "problem.min_isp", "between 0 and 1"),
    ({"multiplier": 0}, "problem.multiplier", "above 0"), ({"max_groups": 0}, "problem.max_groups", ""),
    ({"max_groups": 2.5}, "problem.max_groups", "whole number"), ({"isp_rounding": "up"}, "problem.isp_rounding", ""),
    ({"rates": None}, "problem.rates", ""), ({"rates": "2024-25/contiguous"}, "problem.rates", ""),
    ({"min_ips": 0.4}, "problem.min_ips", "id you mean 'min_isp'"),
])
def test_faulty_options_are_named(options: dict[str, Any], where: str, said: str) -> None:
    if options.get("rates", "") is None:
        asked = tree(FOUR)
        del asked["problem"]["rates"]
        with pytest.raises(SpecError) as caught:
            build_problem(load_spec(asked, REGISTRY), REGISTRY)
        found: list[Any] = list(caught.value.faults)
    else:
        found = faults(**options)
    assert len(found) == 1 and found[0].where.startswith(where) and said in str(found[0])


def test_options_that_differ_from_the_programme_are_told() -> None:
    made = build(rates="2024-25/contiguous/standard", min_isp="0.40")
    assert any("min_isp = 0.4 is not the programme's figure in 2024-25" in notice for notice in made.notices)


# -- what a grouping is worth ------------------------------------------------------------------------------------


def test_terms_by_hand() -> None:
    """a and c: 115 of 200 = 0.575, share 0.92. b and d: 135 of 300 = 0.45, share 0.72. Alone, a claims everything."""
    made = build()
    two, alone = put(made, [1, 2, 1, 2]), put(made, [1, 2, 3, 2])
    assert terms.Reimbursement().measure(made, two) == pytest.approx(4.01 * (0.92 * 4_000 + 0.72 * 6_000), abs=1e-9)
    assert terms.StudentsFree().measure(made, two) == 0 and terms.SchoolsFree().measure(made, two) == 0
    assert terms.StudentsFree().measure(made, alone) == 100 and terms.SchoolsFree().measure(made, alone) == 1
    assert terms.StudentsCovered().measure(made, two) == 500


def test_outside_a_school_claims_its_outside_value_above_the_base() -> None:
    made = build(FOUR.assign(outside_value=[0, 1_000, 0, 0]), [{"rule": "may_stay_out"}])
    out = put(made, [1, 0, 1, 0])
    inside = 4.01 * 0.92 * 4_000
    assert terms.Reimbursement().measure(made, out) == pytest.approx(inside + (1_000 - 0.42 * 2_000) - 0.42 * 4_000)
    assert terms.StudentsCovered().measure(made, out) == 200


def test_regrouped_counts_schools_outside_the_best_matching() -> None:
    made = build(FOUR.assign(group=["x", "x", "y", ""]), objective=[{"term": "regrouped"}])
    counts = {(1, 1, 2, 3): 0, (2, 2, 1, 1): 0, (1, 2, 2, 2): 1, (1, 2, 1, 1): 1, (1, 1, 1, 1): 1}
    for labels, moved in counts.items():
        assert terms.Regrouped().measure(made, put(made, labels)) == moved, labels
    made = build(FOUR.assign(group=["x", "x", "x", "y"]), objective=[{"term": "regrouped"}])
    assert terms.Regrouped().measure(made, put(made, [1, 2, 3, 1])) == 2, "y keeps d, x keeps b or c, two others move"
    (fault,) = faults(objective=[{"term": "regrouped"}])
    assert "column group" in fault.cure


@pytest.mark.parametrize(("rounding", "carried"), [("none", Fraction(2, 3)), ("floor_4", Fraction(6666, 10000)),
                                                   ("half_up_4", Fraction(6667, 10000))])
def test_the_isp_is_carried_as_the_option_says(rounding: str, carried: Fraction) -> None:
    frame = typed([{"school": "a", "enrolled": 3, "identified": 2, "lunches": 10_000}])
    made = build(frame, isp_rounding=rounding, multiplier=1)
    assert terms.Reimbursement().measure(made, put(made, [1])) == pytest.approx(float(carried) * 40_100, abs=1e-9)


# -- rules -------------------------------------------------------------------------------------------------------


def test_the_minimum_is_compared_exactly() -> None:
    """0.1 + 0.2 of 0.75 is 0.4 in decimals, and less in doubles."""
    frame = typed([{"school": "a", "enrolled": "0.25", "identified": "0.1"},
                   {"school": "b", "enrolled": "0.50", "identified": "0.2"}])
    assert broken(build(frame), [1, 1]) == []
    less = frame.assign(identified=["0.1", "0.1999999999"])
    assert [rule for rule, _ in broken(build(less), [1, 1])] == ["minimum_isp"]


def test_each_rule_lists_what_it_is_for() -> None:
    made = build(FOUR.assign(required=[0, 0, 0, 1], excluded=[0, 1, 0, 0]), [
        {"rule": "may_stay_out"}, {"rule": "same_group", "schools": ["a", "c"]},
        {"rule": "different_group", "schools": ["a", "d"]}], max_groups=2)
    assert broken(made, [1, 0, 1, 2]) == []
    assert [rule for rule, _ in broken(made, [1, 0, 1, 0])] == ["shape"], "d is required: outside is no decision for it"
    assert [rule for rule, _ in broken(made, [1, 1, 1, 2])] == ["shape"], "b is excluded"
    assert ("minimum_isp", 5.0) in broken(made, [1, 0, 2, 1]), "c alone has 35 of 100: 5 students short"
    assert ("same_group", 1.0) in broken(made, [1, 0, 2, 1]) and ("different_group", 1.0) in broken(made, [1, 0, 1, 1])
    assert broken(made, [0, 0, 0, 1]) == [], "all out together is together, and out is not with anybody"


def test_at_most_so_many_groups_in_each_district() -> None:
    made = build(FOUR.assign(identified=[80, 45, 45, 90]), max_groups=2)
    assert broken(made, [1, 2, 2, 1]) == []
    several = build(FOUR.assign(identified=[80, 45, 45, 90], district=["N", "N", "S", "S"]), max_groups=2)
    assert broken(several, [1, 2, 1, 2]) == [], "two groups in each of two districts"


def test_todays_groups_can_be_kept() -> None:
    made = build(FOUR.assign(group=["x", "y", "x", "out"]), [{"rule": "current_groups_kept"}, {"rule": "may_stay_out"}])
    assert broken(made, [1, 2, 1, 0]) == []
    assert {rule for rule, _ in broken(made, [1, 2, 1, 2])} == {"current_groups_kept"}
    assert {rule for rule, _ in broken(made, [1, 1, 1, 0])} == {"current_groups_kept"}
    assert "current_groups_kept" in {rule for rule, _ in broken(made, [1, 2, 2, 0])}


@pytest.mark.parametrize(("rules", "said"), [
    ([{"rule": "same_group", "schools": ["a", "e"]}], "there is no school 'e'"),
    ([{"rule": "same_group", "schools": ["a"]}], "fewer than two"),
    ([{"rule": "same_group"}], "schools"),
    ([{"rule": "all_participate"}, {"rule": "may_stay_out"}], "exclude each other"),
    ([{"rule": "current_groups_kept"}], "no grouping of today"),
])
def test_rules_that_do_not_fit_the_table_are_refused(rules: list[dict[str, Any]], said: str) -> None:
    assert any(said in str(fault) for fault in faults(constraint=rules))


def test_participation_holds_unless_the_spec_takes_it_away() -> None:
    together = {"rule": "same_group", "schools": ["a", "b"]}
    assert "all_participate" in build(constraint=[together]).rules() and build(constraint=[together]).notices == ()
    free = build(constraint=[together, {"rule": "may_stay_out"}])
    assert "all_participate" not in free.rules()
    assert any("'all_participate' does not hold" in notice for notice in free.notices)
    (fault,) = faults(FOUR.assign(excluded=[1, 0, 0, 0]))
    assert fault.row == 1 and "may_stay_out" in fault.cure


# -- what is written ---------------------------------------------------------------------------------------------


def test_labels_follow_the_share_then_the_money_then_the_row() -> None:
    made = build()
    for labels in ([1, 2, 1, 2], [2, 1, 2, 1], [3, 1, 3, 1]):
        assert made.allocation_table(put(made, labels))["group"].tolist() == ["1", "2", "1", "2"], labels
    capped = build(FOUR.assign(identified=[100, 100, 100, 200], lunches=[1, 5, 5, 9]))
    written = capped.allocation_table(put(capped, [1, 2, 3, 1]))
    assert written["group"].tolist() == ["1", "2", "3", "1"], "shares are equal: 10 lunches, then 5 by row"


def test_the_allocation_table_has_the_rows_of_the_input() -> None:
    frame = FOUR.assign(group=["x", "x", "y", "y"], remark=["first", "", "=1+1", "last"])
    made = build(frame)
    written = made.allocation_table(put(made, [1, 2, 1, 2]))
    assert written["school"].tolist() == ["a", "b", "c", "d"]
    assert written["group_today"].tolist() == ["x", "x", "y", "y"]
    assert written["remark"].tolist() == ["first", "", "=1+1", "last"]
    assert written["group_isp"].tolist() == ["0.575", "0.45", "0.575", "0.45"]
    assert written["claiming_share"].tolist() == ["0.92", "0.72", "0.92", "0.72"]
    assert written["reimbursement"].tolist() == ["3689.20", "5774.40", "11067.60", "11548.80"]


def test_the_groups_table_has_a_row_per_group_and_one_for_those_outside() -> None:
    made = build(FOUR.assign(outside_value=[0, 1_000, 0, 0]), [{"rule": "may_stay_out"}])
    solution = evenhand.solve(made, registry=REGISTRY)
    tables = made.output_tables(solution)
    assert set(tables) == {"groups.csv"}
    written = tables["groups.csv"]
    assert set(written["group"]) >= {"1"} and written["schools"].astype(int).sum() == 4
    assert written["enrolled"].astype(int).sum() == 500 and written["identified"].astype(int).sum() == 250
    assert "district" not in written
    named = evenhand.solve(build(FOUR.assign(district="N")), registry=REGISTRY)
    assert set(named.problem.output_tables(named)["groups.csv"]["district"]) == {"N"}


def test_metrics_compare_with_one_group_and_with_today() -> None:
    made = build(FOUR.assign(group=["x", "y", "x", "y"]))
    found = made.metrics(put(made, [1, 2, 1, 2]))
    assert found["base_reimbursement"] == pytest.approx(0.42 * 10_000) and found["overall_isp"] == 0.5
    assert found["one_group_reimbursement"] == pytest.approx(4.01 * 0.8 * 10_000)
    assert found["today_reimbursement"] == pytest.approx(4.01 * (0.92 * 4_000 + 0.72 * 6_000))
    assert found["total_reimbursement"] == pytest.approx(found["base_reimbursement"] + found["today_reimbursement"])
    assert (found["groups"], found["schools_in_groups"], found["schools_outside"]) == (2, 4, 0)
    poor = build(FOUR.assign(group=["x", "y", "z", "y"]))
    assert poor.metrics(put(poor, [1, 2, 1, 2]))["today_reimbursement"] is None, "today's z is under the minimum"
    assert "today_reimbursement" not in build().metrics(put(build(), [1, 2, 1, 2]))


def test_the_best_of_all_groupings_of_four_schools() -> None:
    """Every grouping into at most three groups, listed by the shape itself."""
    made = build()
    best = max(terms.Reimbursement().measure(made, allocation) for allocation in made.shape.every()
               if not made.violations(allocation))
    solution = evenhand.solve(made, registry=REGISTRY)
    assert solution.status == "optimal" and solution.value == pytest.approx(best, rel=1e-12)
    assert solution.verified_bound is not None and solution.verified_bound >= best


def test_a_table_error_is_a_data_error() -> None:
    with pytest.raises(DataError):
        build(FOUR.drop(columns="enrolled"))


def test_a_row_order_changes_no_value() -> None:
    frame = schools(9, 3, low=0.3)
    forwards = evenhand.solve(tree(frame, max_groups=3, min_isp="0.4"), registry=REGISTRY)
    backwards = evenhand.solve(tree(frame.iloc[::-1].reset_index(drop=True), max_groups=3, min_isp="0.4"),
                               registry=REGISTRY)
    assert forwards.value == pytest.approx(backwards.value, rel=1e-12)
