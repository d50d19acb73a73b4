"""What a spec means: bounds, thresholds, bases, ties, tables and metrics, worked by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand_apportionment.problem import ApportionmentProblem
from tests.plugins.apportionment.desk import Desk
from tests.plugins.apportionment.small_problems import groups, matrix, solved, tree, units

TIED = (100, 100, 100, 50, 25)


def made(spec: dict[str, Any]) -> ApportionmentProblem:
    problem = evenhand.problem("apportionment", **spec["data"], **spec["problem"])
    assert isinstance(problem, ApportionmentProblem)
    return problem


def rows(spec: dict[str, Any], solver: str = "auto") -> list[dict[str, str]]:
    solution = solved(spec, solver)
    found: list[dict[str, str]] = solution.problem.allocation_table(solution.allocation).to_dict("records")
    return found


# -- bounds ------------------------------------------------------------------------------------------------------


def test_a_filled_cell_wins_over_the_option_and_an_empty_one_means_it() -> None:
    table = groups([500, 300, 120, 60], minimum=["", 5, "", 0], maximum=[3, "", "", ""])
    problem = made(tree(table, units=12, method="webster", minimum=2, maximum=6))
    assert problem.lower.tolist() == [2, 5, 2, 0]
    assert problem.upper.tolist() == [3, 6, 5, 3]  # cut to what the minimums of the others leave
    assert problem.instance.most.tolist() == [3, 6, 6, 6]


def test_cap_is_the_same_bound_as_maximum() -> None:
    table = groups([500, 300, 120, 60])
    capped, bounded = (solved(tree(table, units=12, method="adams", base_units=1, **{word: 4}))
                       for word in ("cap", "maximum"))
    assert units(capped) == units(bounded) == [4, 4, 2, 2]


def test_a_base_is_given_first_and_the_method_sees_the_rest() -> None:
    # 8 units left for 500, 300, 120, 60 by Jefferson: 500/1, 300/1, 250, 166.7, 150, 125, 120, 100.
    spec = tree(groups([500, 300, 120, 60]), units=12, method="jefferson", base_units=1, minimum=0)
    assert units(solved(spec)) == [6, 3, 2, 1]
    first = rows(spec)[0]
    assert float(first["ideal"]) == pytest.approx(1 + 8 * 500 / 980)
    assert float(first["next_priority"]) == pytest.approx(500 / 6)
    assert solved(spec).value == pytest.approx(15 / 500 + 3 / 300 + 1 / 120)


def test_a_group_below_the_threshold_stays_in_the_table_and_in_the_indices() -> None:
    spec = tree(groups([60, 36, 4]), units=10, method="hamilton", threshold="0.05", minimum=1)
    solution = solved(spec)
    assert units(solution) == [6, 4, 0]  # quotas 6.25 and 3.75 of 96, no minimum for the third
    last = rows(spec)[2]
    assert (last["ideal"], last["units"], last["ratio"], last["contribution"]) == ("0.0", "0", "", "0.0")
    assert solution.metrics["loosemore_hanby"] == pytest.approx(0.04)
    assert any("below the threshold" in notice and "c" in notice for notice in solution.notices)


def test_the_threshold_itself_is_enough() -> None:
    # 0.05 of 100 is 5 exactly; 4.999 is not.
    assert made(tree(groups([95, 5]), units=4, method="webster", threshold="0.05")).eligible.all()
    assert not made(tree(groups(["95.001", "4.999"]), units=4, method="webster", threshold="0.05")).eligible.all()


def test_a_group_without_population_keeps_its_row_and_its_minimum() -> None:
    table = groups([90, 0, 10])
    assert units(solved(tree(table, units=6, method="webster", minimum=0))) == [5, 0, 1]
    spec = tree(table, units=5, method="webster", minimum=1)
    solution = solved(spec)
    assert units(solution) == [3, 1, 1]
    assert solution.metrics["dhondt"] is None and solution.metrics["gallagher"] is not None
    assert any("infinite" in notice for notice in solution.notices)
    assert rows(spec)[1]["next_priority"] == ""


@pytest.mark.parametrize("method", ["adams", "dean", "huntington_hill"])
@pytest.mark.parametrize("solver", ["marginal", "highs"])
def test_fewer_units_than_groups_go_to_the_largest(method: str, solver: str) -> None:
    solution = solved(tree(groups([10, 40, 30, 20]), units=2, method=method, minimum=0), solver)
    assert units(solution) == [0, 1, 1, 0]
    assert any("largest populations got one each" in notice for notice in solution.notices)


def test_whole_numbers_beyond_doubles_are_told_apart() -> None:
    table = groups([2**60, 2**60 + 1])
    for order in (table, table.iloc[::-1].reset_index(drop=True)):
        solution = solved(tree(order, units=3, method="webster"))
        assert dict(zip(order["group"], units(solution), strict=True)) == {"a": 1, "b": 2}
        assert solution.metrics["tied_groups"] == []


def test_decimals_are_exact() -> None:
    # 0.1 + 0.2 and 0.3 tie only if they are read as decimals.
    solution = solved(tree(groups(["0.3", "0.1", "0.30000000000000000001"]), units=4, method="webster", minimum=1))
    assert units(solution) == [1, 1, 2]
    assert solved(tree(groups(["0.3", "0.1", "0.3"]), units=4, method="webster")).metrics["tied_groups"] == ["a", "c"]


# -- ties --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "shared"), [("webster", 1), ("hamilton", 1), ("parametric", 1)])
@pytest.mark.parametrize("solver", ["marginal", "highs"])
def test_a_tie_is_named_and_settled_as_the_option_says(method: str, shared: int, solver: str) -> None:
    table = groups([50, 100, 100, 100, 25])
    for ties, rank in (("report", 1), ("order", 1), ("largest", 1), ("smallest", 1)):
        solution = solved(tree(table, units=9, method=method, ties=ties), solver)
        assert units(solution)[0] == units(solution)[4] == 1
        assert [units(solution)[place] for place in (1, 2, 3)] == [3 if place == rank else 2 for place in (1, 2, 3)]
        assert solution.metrics["tied_groups"] == ["b", "c", "d"]
        notice, = (text for text in solution.notices if "tied" in text)
        assert notice.startswith(f"3 groups are tied for {shared} unit:") and f'ties = "{ties}"' in notice


def test_largest_and_smallest_differ_where_populations_do() -> None:
    # The second unit of 30 (30/1.5) ties with the first of 10 (10/0.5).
    table = groups([10, 30])
    assert units(solved(tree(table, units=2, method="webster", minimum=0, ties="largest"))) == [0, 2]
    assert units(solved(tree(table, units=2, method="webster", minimum=0, ties="smallest"))) == [1, 1]
    assert units(solved(tree(table, units=2, method="webster", minimum=0))) == [1, 1]


def test_by_lot_the_same_seed_draws_the_same() -> None:
    spec = tree(groups(TIED), units=9, method="webster", ties="random")
    drawn = {seed: units(solved(spec, seed=seed)) for seed in range(12)}
    assert {tuple(found) for found in drawn.values()} == {(3, 2, 2, 1, 1), (2, 3, 2, 1, 1), (2, 2, 3, 1, 1)}
    assert all(units(solved(spec, seed=seed)) == found for seed, found in drawn.items())


def test_flat_prices_share_several_units() -> None:
    # sigma = 1, beta = 1: the under side is free, so whole ranges of units are tied.
    solution = solved(tree(groups([100, 100, 100]), units=7, beta=1, sigma=1))
    assert sorted(units(solution)) == [2, 2, 3]
    assert solution.metrics["tied_groups"] == ["a", "b", "c"]


def test_ties_of_the_award_order_are_recorded() -> None:
    solution = solved(tree(groups(TIED), units=8, method="quota_balinski_young", minimum=0))
    assert solution.metrics["tied_groups"] == ["a", "b", "c"]
    said = [notice for notice in solution.notices if notice.startswith("From unit")]
    assert len(said) == 3 and said[-1].endswith("some of them went without.")


def test_ties_of_a_biproportional_table() -> None:
    for solver in ("auto", "marginal"):
        solution = solved(matrix([[10, 10], [10, 10]], [1, 1], [1, 1]), solver)
        assert units(solution) == [1, 0, 0, 1]
        assert solution.metrics["tied_groups"] == ["A / y", "A / z", "B / y", "B / z"]
        assert any("4 cells are tied for 2 units" in notice for notice in solution.notices)


# -- tables and metrics ------------------------------------------------------------------------------------------


def test_the_allocation_table() -> None:
    table = groups([700, 200, 100], units=["x", "y", "z"], note=["p", "q", "r"])
    spec = tree(table, units=10, method="webster")
    found = rows(spec)
    assert list(found[0]) == ["group", "population", "ideal", "units", "ratio", "side", "contribution", "next_priority",
                              "units_before", "note"]
    assert [row["units"] for row in found] == ["7", "2", "1"]
    assert [row["side"] for row in found] == ["exact"] * 3
    assert [row["units_before"] for row in found] == ["x", "y", "z"]
    assert sum(float(row["contribution"]) for row in found) == pytest.approx(solved(spec).value, rel=1e-12)
    assert float(found[0]["next_priority"]) == pytest.approx(700 / 7.5)


@pytest.mark.parametrize("method", ["parametric", "webster", "hamilton", "huntington_hill", "quota_balinski_young"])
def test_contributions_add_up_to_the_value(method: str) -> None:
    spec = tree(groups([713, 367, 140, 141, 111, 65]), units=23, method=method)
    found = rows(spec)
    assert math.fsum(float(row["contribution"]) for row in found) == pytest.approx(solved(spec).value, rel=1e-12)


def test_next_priorities_by_kind_of_method() -> None:
    table = groups([500, 300, 200])
    hamilton = rows(tree(table, units=7, method="hamilton", minimum=0, maximum=3))
    assert [row["units"] for row in hamilton] == ["3", "2", "2"]
    assert hamilton[0]["next_priority"] == ""
    assert [float(row["next_priority"]) for row in hamilton[1:]] == pytest.approx([0.1, -0.6])
    parametric = rows(tree(table, units=10))
    assert [row["side"] for row in parametric] == ["exact"] * 3
    assert float(parametric[0]["next_priority"]) == pytest.approx(-0.5 * (1 / 5) ** 2)


def test_quota_violations() -> None:
    # A giant with a quota of 18.4 and five dwarfs: Jefferson gives it all 20, Adams far less than 18.
    table = groups([92_000, 1_900, 1_800, 1_700, 1_600, 1_000])
    solution = solved(tree(table, units=20, method="jefferson", minimum=0))
    assert units(solution)[0] == 20
    assert solution.metrics["quota_violations"] == [{"group": "a", "side": "upper"}]
    solution = solved(tree(table, units=20, method="adams", minimum=0))
    assert {"group": "a", "side": "lower"} in solution.metrics["quota_violations"]


def test_priorities_hold_every_unit_after_the_minimums_and_ten_more() -> None:
    solution = solved(tree(groups([500, 300, 120, 60]), units=9, method="webster", minimum=1))
    frame = solution.problem.output_tables(solution)["priorities.csv"]
    assert frame["unit"].tolist() == [str(unit) for unit in range(5, 20)]
    values = [float(cell) for cell in frame["priority"]]
    assert values == sorted(values, reverse=True)
    held = frame[frame["unit"].astype(int) <= 9]["group"].value_counts()
    assert [held.get(group, 0) + 1 for group in "abcd"] == units(solution)


def test_no_priorities_but_for_divisor_methods() -> None:
    for method in ("parametric", "hamilton", "quota_balinski_young"):
        solution = solved(tree(groups([500, 300, 120]), units=9, method=method))
        assert set(solution.problem.output_tables(solution)) <= {"paradoxes.csv"}


def test_a_range_has_a_curve_a_winner_and_paradoxes() -> None:
    spec = tree(groups([713, 367, 140, 141, 111, 65]), units_range=[6, 40], alpha=1.9)
    solution = solved(spec)
    curve = solution.problem.output_tables(solution)["curve.csv"]
    assert curve["k"].tolist() == [str(size) for size in range(6, 41)]
    scores = [float(cell) for cell in curve["score"]]
    best = 6 + scores.index(max(scores))
    assert solution.metrics["best_units"] == best == sum(units(solution))
    for size, error, score in curve.itertuples(index=False):
        assert float(error) == pytest.approx(solved(tree(spec["data"]["groups"], units=int(size))).value, rel=1e-12)
        assert float(score) == pytest.approx(-(1.9 * math.log(int(size)) + math.log(float(error))))
    for paradox in solution.metrics["alabama_paradoxes"]:
        place = "abcdef".index(paradox["group"])
        former, now = (units(solved(tree(spec["data"]["groups"], units=paradox["units"] - less))) for less in (1, 0))
        assert (former[place], now[place]) == (paradox["from"], paradox["to"]) and now[place] < former[place]


def test_an_exact_division_beats_every_score() -> None:
    solution = solved(tree(groups([300, 200, 100]), units_range=[4, 20], beta=2.5))
    assert solution.metrics["best_units"] == 6 and solution.value == 0 and solution.status == "optimal"
    assert solution.problem.output_tables(solution)["curve.csv"]["score"].tolist()[2] == "inf"
    assert any("exactly 0 at 3 sizes of the range (6, 12 and 18)" in notice for notice in solution.notices)


def test_alpha_equal_to_beta_is_called_an_accident() -> None:
    table = groups([713, 367, 140])
    assert any("alpha equals beta" in text for text in solved(tree(table, units_range=[4, 20])).notices)
    assert any("smallest" in text for text in solved(tree(table, units_range=[4, 20], alpha=3)).notices)


def test_the_bounds_cut_a_range() -> None:
    solution = solved(tree(groups([713, 367, 140]), units_range=[2, 20], maximum=5))
    assert solution.problem.output_tables(solution)["curve.csv"]["k"].tolist() == [str(size) for size in range(3, 16)]
    assert any("allow 3 to 15" in notice for notice in solution.notices)


def test_ids_and_extra_columns_go_through_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write('units = 9\nmethod = "webster"', "group,population,side,minimum\n=A1,500,left,\n-12,300,right,2\n")
    result = desk.solved()
    assert result.column("group") == ["'=A1", "'-12"]
    assert result.column("side_before") == ["left", "right"] and result.column("minimum") == ["", "2"]


def test_the_power_mean_meets_its_namesakes() -> None:
    table = groups([713, 367, 140, 141, 111, 65])
    for parameter, method in ((-math.inf, "adams"), (-1, "dean"), (0, "huntington_hill"), (1, "webster"),
                              (math.inf, "jefferson")):
        for size in (7, 19, 43):
            named = units(solved(tree(table, units=size, method=method)))
            assert units(solved(tree(table, units=size, method="power_mean", parameter=parameter))) == named
    for s, method in ((0, "adams"), (0.5, "webster"), (1, "jefferson")):
        named = units(solved(tree(table, units=19, method=method)))
        assert units(solved(tree(table, units=19, method="stationary", parameter=s))) == named


def test_an_exact_value_of_webster() -> None:
    solution = solved(tree(groups([500, 300, 200]), units=10, method="webster", minimum=0))
    exact = sum(Fraction(a * a, 2 * p) for a, p in zip(units(solution), (500, 300, 200), strict=True))
    assert solution.value == pytest.approx(float(exact), rel=1e-14)
