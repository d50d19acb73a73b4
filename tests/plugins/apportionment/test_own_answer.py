"""Optimal means the method's own answer: what is compared in whole numbers decides, not a sum of floats."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.audit import audit
from evenhand.certificates import Certificate, ClaimedCertificate, certificate_from_json
from evenhand.errors import SpecError
from evenhand.solution import Candidate, RunRecord, Solution
from evenhand_apportionment.certificate import MarginalsCertificate
from evenhand_apportionment.problem import ApportionmentProblem
from tests.plugins.apportionment.small_problems import groups, matrix, solved, tree, units

STATES = Path(__file__).parents[3] / "plugins/evenhand_apportionment/data/states.csv"
EXACT = ("adams", "dean", "huntington_hill", "webster", "jefferson", "hamilton", "droop", "hagenbach_bischoff")


def audited(problem: ApportionmentProblem, array: Any, *certificates: Certificate, gap: float = 1e-4) -> Solution:
    """What the audit makes of these units, whoever they come from."""
    run = RunRecord(name="by hand", used="by hand", seconds=0.0, seed=0, gap=gap, time_limit=None)
    return audit(problem, Candidate(allocation=problem.shape.allocation(np.asarray(array)), certificates=certificates,
                                    used="by hand"), run)


def bound_alone(problem: ApportionmentProblem) -> Certificate:
    goal = problem.goal
    assert goal is not None
    return MarginalsCertificate.of(problem, goal, goal.cost.solve(), optimal=False)


def test_a_house_with_one_seat_in_the_wrong_state_is_not_optimal() -> None:
    problem: Any = evenhand.problem("apportionment", groups=str(STATES), units=435, method="huntington_hill")
    house = evenhand.solve(problem)
    assert house.status == "optimal" and house.allocation is not None
    moved = house.allocation.array.copy()
    moved[problem.ids.index("Minnesota")] -= 1
    moved[problem.ids.index("New York")] += 1
    other = audited(problem, moved, bound_alone(problem))
    assert other.status == "feasible" and other.gap is not None and other.gap < 1e-6
    said, = (text for text in other.notices if "not the answer of the method" in text)
    assert "New York has a stronger claim" not in said
    assert "Minnesota has a stronger claim to one more unit than New York has to its last" in said
    assert audited(problem, house.allocation.array, bound_alone(problem)).status == "optimal"


@pytest.mark.parametrize("method", EXACT)
def test_an_exact_answer_meets_its_bound_whatever_gap_is_asked_for(method: str) -> None:
    for table, k in (([713, 367, 140, 141, 111, 65], 41), ([5_030_053, 17, 991], 12)):
        solution = solved(tree(groups(table), units=k, method=method, minimum=int(method == "adams")), gap=0.0)
        assert (solution.status, solution.gap, solution.bound) == ("optimal", 0.0, solution.value)


@pytest.mark.parametrize("solver", ["highs", "annealing"])
def test_whoever_finds_the_best_answer_gets_its_proof(solver: str) -> None:
    for method in ("webster", "hamilton", "parametric"):
        solution = solved(tree(groups([713, 367, 140]), units=12, method=method), solver)
        assert solution.certificate is not None
        assert solution.status == "optimal" and solution.certificate.to_json()["proves"] == "optimal"


def test_a_quota_method_that_meets_every_quota_is_worth_nothing() -> None:
    solution = solved(tree(groups([147_728]), units=10, method="hamilton"))
    table = solution.problem.allocation_table(solution.allocation)  # type: ignore[arg-type]
    assert (solution.value, solution.bound, solution.status) == (0.0, 0.0, "optimal")
    assert (table["ideal"][0], table["contribution"][0], table["side"][0]) == ("10.0", "0.0", "exact")


@pytest.mark.parametrize("method", ["hamilton", "droop", "hagenbach_bischoff", "webster", "quota_balinski_young"])
def test_the_base_may_be_all_there_is(method: str) -> None:
    solution = solved(tree(groups([3, 5, 9]), units=6, method=method, base_units=2, minimum=0))
    assert units(solution) == [2, 2, 2] and solution.value == 0.0
    assert solution.view.sentence


def test_a_mixed_objective_keeps_to_the_largest_first() -> None:
    aims = [{"term": "divisor_cost"}, {"term": "moved_units", "weight": 1.0}]
    for solver in ("auto", "highs", "annealing"):
        solution = solved(tree(groups([9, 5, 3], current=[0, 0, 2]), units=2, minimum=0, method="adams",
                               objective=aims), solver)
        assert (units(solution), solution.status) == ([1, 1, 0], "optimal")
    # Of the two that are equal, the one that has a unit today.
    shared = solved(tree(groups([9, 5, 5, 3], current=[0, 0, 2, 2]), units=2, minimum=0, method="adams",
                         objective=aims))
    assert units(shared) == [1, 0, 1, 0] and shared.value == 1.0


def test_ties_of_a_mixed_objective_are_its_own() -> None:
    aims = [{"term": "divisor_cost"}, {"term": "moved_units", "weight": 0.1}]
    plain = tree(groups([5, 5], current=[5, 2]), units=7, method="webster")
    assert solved(plain).metrics["tied_groups"] == ["a", "b"]
    weighed = solved({**plain, "objective": aims})
    assert units(weighed) == [4, 3] and weighed.metrics["tied_groups"] == []
    assert not any("tied" in text for text in weighed.notices)
    even = solved(tree(groups([6, 6], current=[1, 1]), units=3, method="webster", objective=aims))
    assert even.metrics["tied_groups"] == ["a", "b"]


def award_outcomes(people: list[int], k: int) -> set[tuple[int, ...]]:
    """Every division that some order of tied groups leads to under the rule of Balinski and Young."""
    reached, total = {(0,) * len(people)}, sum(people)
    for size in range(1, k + 1):
        following = set()
        for a in reached:
            open_ = [i for i, p in enumerate(people) if a[i] * total < p * size]
            best = [i for i in open_ if all(people[i] * (a[j] + 1) >= people[j] * (a[i] + 1) for j in open_)]
            following |= {(*a[:i], a[i] + 1, *a[i + 1:]) for i in best}
        reached = following
    return reached


def test_a_tie_of_the_award_order_holds_who_came_to_it_later() -> None:
    # 4, 6 and 10 have equal claims for units 8 and 9; the third may take part from 9 on only.
    solution = solved(tree(groups([4, 6, 10]), units=9, method="quota_balinski_young", minimum=0))
    assert solution.metrics["tied_groups"] == ["a", "b", "c"]
    assert any("3 groups are tied for 2 units: a, b and c" in text for text in solution.notices)


def test_tied_groups_of_the_award_order_are_all_that_may_vary() -> None:
    for people in itertools.combinations_with_replacement((2, 4, 6, 12), 4):
        for k in (5, 9):
            found = award_outcomes(list(people), k)
            vary = ["abcd"[i] for i in range(4) if len({a[i] for a in found}) > 1]
            solution = solved(tree(groups(people), units=k, method="quota_balinski_young", minimum=0))
            assert solution.metrics["tied_groups"] == vary, (people, k)


def test_notice_sentence_and_report_tell_the_same_of_a_tie() -> None:
    for seed in range(3):
        solution = solved(tree(groups([10, 10, 10]), units=4, ties="random"), "greedy-floor", seed=seed)
        rows = dict(next(s.rows for s in solution.view.sections if s.title == "How it was decided"))
        notice, = (text for text in solution.notices if "tied" in text)
        words = "settled by lot" if "by lot" in notice else 'settled otherwise than ties = "random" would'
        assert words in notice and words in rows["Ties"] and words in solution.view.sentence


def test_the_multipliers_are_filed_whoever_found_the_table() -> None:
    for solver in ("auto", "highs", "marginal"):
        solution = solved(matrix(), solver)
        assert solution.certificate is not None and "row_multipliers" in solution.certificate.to_json()
        assert (solution.status, solution.bound) == ("optimal", solution.value)


def test_another_table_with_the_same_totals_is_not_optimal() -> None:
    solution = solved(matrix(), "marginal")
    cells = np.array(units(solution)).reshape(3, 3)
    assert (cells[1:, 1:] > 0).all()
    cells[1:, 1:] += [[1, -1], [-1, 1]]
    assert solution.value is not None
    # Under a gap that allows anything.
    other = audited(solution.problem, cells.ravel(), ClaimedCertificate(solution.value, "by hand"), gap=1e9)
    assert other.status == "feasible" and any("no multipliers" in text for text in other.notices)


def test_ties_of_cells_are_counted_in_cells_and_units() -> None:
    solution = solved(matrix([[10, 10], [10, 10]], [1, 1], [1, 1]))
    rows = dict(next(s.rows for s in solution.view.sections if s.title == "How it was decided"))
    assert rows["Ties"].startswith("4 cells tied for 2 units, settled in the order of the rows")


# -- what a certificate says --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["webster", "hamilton", "parametric"])
@pytest.mark.parametrize("change", [
    {"lambda": 1.01}, {"rounding_allowance": 0.5}, {"on_cut_low": ["a", "f"]}, {"on_cut_high": []}, {"value": None}])
def test_every_field_of_a_certificate_is_checked(method: str, change: dict[str, Any]) -> None:
    solution = solved(tree(groups([713, 367, 140, 141, 111, 65]), units=23, method=method))
    assert solution.certificate is not None and solution.allocation is not None
    read = {"kind": "marginals", **solution.certificate.to_json()}
    for name, value in change.items():
        before = read[name]
        read[name] = before + value * (abs(before) or 1.0) if isinstance(value, float) else value
    with pytest.raises(evenhand.errors.EvenhandError):
        certificate = certificate_from_json(solution.problem.domain, read)
        certificate.bound(solution.problem)
        if faults := certificate.faults(solution.problem, solution.allocation):
            raise evenhand.errors.EvenhandError("; ".join(faults))


def test_faults_name_groups_by_their_ids() -> None:
    solution = solved(tree(groups([713, 367, 140, 1], minimum=[1, 1, 1, 1]), units=23, method="webster",
                           threshold=0.01))
    problem = solution.problem
    moved = np.add(units(solution), [-1, 1, 0, 0])
    assert solution.certificate is not None
    faults = solution.certificate.faults(problem, problem.shape.allocation(moved))
    assert any("a has a stronger claim to one more unit than b" in fault for fault in faults), faults
    table = solved(matrix(), "marginal")
    wrong = np.array(units(table)) + np.array([1, -1, 0, -1, 1, 0, 0, 0, 0])
    assert table.certificate is not None
    said = table.certificate.faults(table.problem, table.problem.shape.allocation(wrong))
    assert any(fault.startswith("cell A / x: ") for fault in said)


# -- divisors and paradoxes -------------------------------------------------------------------------------------


def test_every_divisor_of_the_range_gives_the_units() -> None:
    people = [713, 367, 140, 141, 111, 65]
    solution = solved(tree(groups(people), units=41, method="webster"))
    least, most = solution.metrics["divisors"]["least"], solution.metrics["divisors"]["most"]
    for share in (0.001, 0.5, 0.999):
        divisor = least + share * (most - least)
        assert [max(1, int(p / divisor + 0.5)) for p in people] == units(solution)
    assert sum(int(p / (most * 1.001) + 0.5) for p in people) < 41 < sum(int(p / (least / 1.001) + 0.5) for p in people)
    table = solution.problem.output_tables(solution)["divisors.csv"]
    assert table.to_numpy().tolist() == [["all", "least", repr(least)], ["all", "most", repr(most)]]
    rows = dict(next(s.rows for s in solution.view.sections if s.title == "How it was decided"))
    assert rows["People per unit"].startswith("any between 38.541 and 38.631:")


def test_paradoxes_around_a_quota_method() -> None:
    # 3.06, 1.43, 5.51 of 10, then 3.30, 1.38, 5.32: c grew by 7.4 %, b by 7.1 %, and c loses to b.
    table = groups([36, 15, 58], earlier_population=[30, 14, 54])
    solution = solved(tree(table, units=10, method="hamilton"))
    found = solution.problem.output_tables(solution)["paradoxes.csv"].to_numpy().tolist()
    assert ["population", "10", "c", "6", "5", "b"] in found
    assert ["alabama", "11", "b", "2", "1", ""] in found
    assert [row for row in found if row[0] == "new state"] == [["new state", "10", "b", "1", "2", "a"],
                                                              ["new state", "10", "c", "6", "5", "a"]]
    section = next(s for s in solution.view.sections if s.title == "Paradoxes")
    assert len(section.rows) == len(found)
    divisor = solved(tree(table, units=10, method="webster"))
    assert divisor.problem.output_tables(divisor)["paradoxes.csv"].empty
    assert "paradoxes.csv" not in solved(tree(groups([36, 15]), units=5, method="webster")).problem.output_tables(
        solved(tree(groups([36, 15]), units=5, method="webster")))


# -- words ------------------------------------------------------------------------------------------------------


def test_the_parametric_error_has_no_line_to_be_next_in() -> None:
    solution = solved(tree(groups([713, 367, 140, 141, 111, 65]), units=41))
    texts = [solution.view.sentence, *(str(pair) for pair in solution.view.highlights)]
    texts += [str((s.title, getattr(s, "headings", ""), getattr(s, "rows", ""), s.caption))
              for s in solution.view.sections]
    assert not any("next in line" in text.lower() for text in texts)
    claims = next(s for s in solution.view.sections if s.title == "Claims around the last unit")
    assert list(claims.headings) == ["", "Group", "The group's unit", "Claim"]
    assert "nearest to one unit more" in solution.view.sentence


def test_methods_that_differ_stand_out_in_the_table() -> None:
    solution = solved(tree(groups([713, 367, 140, 141, 111, 65]), units=41, method="webster"))
    sheet = next(s for s in solution.view.sections if s.title == "Other methods, where they differ")
    assert sheet.marked == {(i, j) for i, row in enumerate(sheet.rows) for j, cell in enumerate(row)
                            if "(" in str(cell)} and sheet.marked


def test_alpha_needs_a_choice_of_sizes() -> None:
    for alpha in (5.0, 2.0):
        with pytest.raises(SpecError, match="alpha"):
            solved(tree(groups([10, 20]), units=6, alpha=alpha))
    assert solved(tree(groups([10, 20]), units_range=[2, 6], alpha=5.0)).status == "optimal"


def test_crossed_bounds_come_with_a_cure() -> None:
    with pytest.raises(SpecError, match="Use a minimum of 4 or less, or a larger maximum"):
        solved(tree(groups([10, 20]), units=6, minimum=5, maximum=4))
