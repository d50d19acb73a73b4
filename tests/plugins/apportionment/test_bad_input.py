"""Bad tables and specs through the command line: words that name place, value and cure; exit codes 2 and 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.apportionment.desk import GROUPS, Desk
from tests.plugins.cep.command import run

VOTES = "row,column,votes\nA,x,123\nA,y,45\nB,x,912\nB,y,714\n"
ROWS, COLUMNS = "row,units\nA,2\nB,5\n", "column,units\nx,4\ny,3\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# -- exit 2: tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "said"), [
    ("NaN", "is not a number"), ("inf", "is not a finite number"), ("-3", "is below 0"), ("true", "truth value"),
    ("many", "is not a number"), ("", "blank"), ("1,069", "rite 1069"), ("12%", "rite 0.12"), ("3 ", "rite 3"),
    ("1e200", "too large or too small"), ("0", "needs a population above 0"),
])
def test_what_is_no_population_is_named_with_its_place(desk: Desk, cell: str, said: str) -> None:
    desk.write("units = 9", f'{GROUPS}e,"{cell}"\n')
    desk.refused("groups, row 5", "'population'", said)


def test_all_faults_come_at_once(desk: Desk) -> None:
    desk.write("units = 0\nsigma = 2\nminimum = 0", "group,population,minimum,maximum\na,NaN,,\nb,5,x,\na,7,3,y\n")
    desk.refused("problem.units", "problem.sigma", "problem.minimum", "row 1, column 'population'",
                 "row 2, column 'minimum'", "row 3, column 'maximum'", "row 3, column 'group'")


@pytest.mark.parametrize(("table", "words"), [
    ("group,population\n", ("groups",)),
    ("group\na\n", ("population", "missing")),
    ("group,people\na,5\n", ("population", "missing")),
    ("group,population\na,5\na,6\n", ("row 2", "'group'", "'a'")),
    ("group,population\na,5\n,6\n", ("row 2", "'group'")),
    ("group,population\na,0\nb,0\n", ("every population is 0",)),
    ("group,population,minimum,maximum\na,5,4,3\nb,5,,\n", ("row 1", "minimum 4 is above the maximum 3")),
    ("group,population,minimum\na,5,0\nb,5,\n", ("row 1", "'minimum'", "infinite at 0")),
    ("group,population,minimum\na,5,-1\nb,5,1.5\n", ("row 1", "row 2", "'minimum'")),
])
def test_a_table_with_faults(desk: Desk, table: str, words: tuple[str, ...]) -> None:
    desk.write("units = 9", table)
    desk.refused(*words)


def test_a_column_under_a_bound_of_the_options(desk: Desk) -> None:
    desk.write("units = 9\nmaximum = 4", "group,population,minimum\na,5,\nb,5,6\n")
    desk.refused("row 2", "minimum 6 is above the maximum 4")
    desk.write("units = 9\nbase_units = 3\nmethod = \"adams\"", "group,population,maximum\na,5,\nb,5,2\n")
    desk.refused("row 2", "minimum 3 is above the maximum 2")


@pytest.mark.parametrize("method", ["webster", "hamilton", "quota_balinski_young"])
def test_no_method_divides_among_nobody(desk: Desk, method: str) -> None:
    desk.write(f'units = 3\nmethod = "{method}"\nminimum = 0', "group,population\na,0\nb,0\n")
    desk.refused("every population is 0")


def test_ids_keep_their_leading_zeros(desk: Desk) -> None:
    desk.write("units = 5", "group,population\n007,300\n7,200\n")
    assert desk.solved().column("group") == ["007", "7"]


# -- exit 2: options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("problem", "words"), [
    ("", ("problem.units", "is not said")),
    ("units = 5\nunits_range = [5, 9]", ("problem.units_range", "both")),
    ("units_range = [9, 5]", ("problem.units_range", "backwards", "[5, 9]")),
    ("units_range = [0, 5]", ("problem.units_range",)),
    ("units = 0", ("problem.units", "found '0'")),
    ("units = -4", ("problem.units", "found '-4'")),
    ("units = 4.5", ("problem.units", "4.5")),
    ("units = true", ("problem.units",)),
    ('units = "9"', ("problem.units",)),
    ("units = 9\nminimum = 0", ("problem.minimum", "infinite at 0")),
    ("units = 9\nminimum = 5\nmaximum = 4", ("problem.minimum", "above the maximum")),
    ("units = 9\nmaximum = 4\ncap = 5", ("problem.cap", "maximum")),
    ('units = 9\nmethod = "adams"\ncap = 4\nbase_units = 5', ("problem.base_units", "maximum")),
    ("units = 9\nsigma = 1.5", ("problem.sigma", "between 0 and 1")),
    ("units = 9\nsigma = nan", ("problem.sigma",)),
    ("units = 9\nbeta = 0", ("problem.beta", "above 0")),
    ("units = 9\nbeta = inf", ("problem.beta",)),
    ("units = 9\nkappa = -1", ("problem.kappa", "negative")),
    ("units = 9\ngamma = -0.5", ("problem.gamma", "negative")),
    ("units = 9\nalpha = inf", ("problem.alpha",)),
    ('units = 9\nmethod = "webster"\nthreshold = 1', ("problem.threshold", "[0, 1)")),
    ('units = 9\nmethod = "webster"\nthreshold = 5', ("problem.threshold", "0.05")),
    ('units = 9\nmethod = "webster"\nthreshold = -0.1', ("problem.threshold",)),
    ("units = 9\nthreshold = 0.05", ("problem.threshold", "classic method")),
    ('units = 9\nmethod = "websters"', ("problem.method", "webster")),
    ('units = 9\nmethod = "webster"\nbeta = 3', ("problem.beta", "parametric")),
    ('units = 9\nmethod = "webster"\nbeta = 2', ("problem.beta", "parametric")),  # although 2 is its default
    ('units = 9\nmethod = "webster"\nkappa = 1.0\nsigma = 0.5', ("problem.kappa", "problem.sigma")),
    ('units = 9\nmethod = "webster"\nparameter = 1', ("problem.parameter", "takes none")),
    ('units = 9\nmethod = "power_mean"', ("problem.parameter", "exponent")),
    ('units = 9\nmethod = "stationary"\nparameter = 2', ("problem.parameter", "between 0 and 1")),
    ('units_range = [5, 9]\nmethod = "webster"', ("problem.units_range", "no score")),
    ("units = 9\nties = \"lot\"", ("problem.ties", "random")),
    ("units = 9\nmethd = \"webster\"", ("methd", "method")),
    ("units = 9\nkappa = 9999", ("problem.kappa",)),
])
def test_options_with_faults(desk: Desk, problem: str, words: tuple[str, ...]) -> None:
    desk.write(problem)
    desk.refused(*words)


@pytest.mark.parametrize(("term", "problem", "words"), [
    ("moved_units", "units = 9", ("current",)),
    ("divisor_cost", "units = 9", ("parametric", "'representation_error'")),
    ("representation_error", 'units = 9\nmethod = "webster"', ("webster", "'divisor_cost'")),
    ("moved_units", "units_range = [5, 9]", ("current",)),
])
def test_terms_that_do_not_fit(desk: Desk, term: str, problem: str, words: tuple[str, ...]) -> None:
    desk.write(problem, more=f'[[objective]]\nterm = "{term}"')
    desk.refused("objective", *words)


def test_a_range_is_chosen_by_its_score_alone(desk: Desk) -> None:
    table = "group,population,current\na,500,3\nb,300,2\n"
    desk.write("units_range = [5, 9]", table, more='[[objective]]\nterm = "representation_error"\n'
                                                   '[[objective]]\nterm = "moved_units"')
    desk.refused("objective", "units_range")


@pytest.mark.parametrize(("solver", "words"), [
    ("highs", ("units_range", "marginal")), ("annealing", ("units_range",)), ("greedy-floor", ("units_range",)),
])
def test_only_two_solvers_take_a_range(desk: Desk, solver: str, words: tuple[str, ...]) -> None:
    desk.write("units_range = [5, 9]")
    desk.refused(*words, arguments=("--solver", solver))


@pytest.mark.parametrize(("votes", "rows", "columns", "problem", "words"), [
    (VOTES + "C,x,4\n", ROWS, COLUMNS, "", ("votes, row 5", "'row'", "'C'")),
    (VOTES + "A,z,4\n", ROWS, COLUMNS, "", ("votes, row 5", "'column'", "'z'")),
    (VOTES + "A,x,4\n", ROWS, COLUMNS, "", ("votes, row 5",)),
    (VOTES, "row,units\nA,2\nB,6\n", COLUMNS, "", ("add up to 8", "columns to 7")),
    (VOTES, "row,units\nA,2\nB,-5\n", COLUMNS, "", ("rows, row 2", "'units'")),
    (VOTES, "row,units\nA,0\nB,0\n", "column,units\nx,0\ny,0\n", "", ("no units to divide",)),
    ("row,column,votes\nA,x,0\n", ROWS, COLUMNS, "", ("no vote at all",)),
    (VOTES, ROWS, COLUMNS, "units = 8", ("problem.units", "7 units")),
    (VOTES, ROWS, COLUMNS, "threshold = 0.05\ncap = 3", ("problem.threshold", "problem.cap")),
    (VOTES, ROWS, COLUMNS, "minimum = 1", ("problem.minimum", "every cell")),
    (VOTES, ROWS, COLUMNS, "alpha = 2", ("problem.alpha", "parametric")),
])
def test_biproportional_tables_with_faults(desk: Desk, votes: str, rows: str, columns: str, problem: str,
                                           words: tuple[str, ...]) -> None:
    desk.write_matrix(votes, rows, columns, problem)
    desk.refused(*words)


def test_a_biproportional_problem_needs_its_three_tables(desk: Desk) -> None:
    desk.write('method = "biproportional"')
    desk.refused("votes", "rows", "columns")


# -- exit 3: nothing keeps the rules -----------------------------------------------------------------------------


def test_fewer_units_than_the_minimums(desk: Desk) -> None:
    desk.write("units = 7\nminimum = 2")
    desk.infeasible("add up to 8", "only 7", "1 more")


def test_a_single_group_is_spoken_of_as_one(desk: Desk) -> None:
    desk.write("units = 1\nmethod = \"webster\"\nminimum = 2", "group,population\na,5\n")
    desk.infeasible("The minimum of 1 group is 2 units", "there is only 1 to divide")


def test_more_units_than_the_maximums(desk: Desk) -> None:
    desk.write("units = 17\nmaximum = 4")
    desk.infeasible("at most 16", "17 to divide", "1 fewer", "maximum")


def test_a_cap_is_called_a_cap(desk: Desk) -> None:
    desk.write('units = 17\ncap = 4\nbase_units = 1\nmethod = "adams"')
    desk.infeasible("at most 16", "cap")


def test_base_units_beyond_what_there_is(desk: Desk) -> None:
    desk.write('units = 11\nbase_units = 3\nmethod = "adams"')
    desk.infeasible("base units", "add up to 12", "1 more")


def test_a_range_below_the_minimums(desk: Desk) -> None:
    desk.write("units_range = [2, 3]")
    desk.infeasible("add up to 4", "only 3")


def test_a_threshold_that_excludes_everybody(desk: Desk) -> None:
    desk.write('units = 9\nmethod = "webster"\nthreshold = 0.6')
    desk.infeasible("threshold of 0.6", "a, has 0.5102")


def test_a_quota_that_gives_out_too_much(desk: Desk) -> None:
    # 4 groups of 25 and 3 units: HB quota 25, four whole quotas.
    desk.write('units = 3\nmethod = "hagenbach_bischoff"\nminimum = 0',
               "group,population\na,25\nb,25\nc,25\nd,25\n")
    desk.infeasible("4 whole quotas", "only 3")


def test_minimums_that_leave_hamilton_nothing(desk: Desk) -> None:
    # Quotas at 10 units: 9.6, 0.2, 0.2; floors 9, 0, 0 raised to 9, 1, 1.
    desk.write('units = 10\nmethod = "hamilton"', "group,population\na,96\nb,2\nc,2\n")
    desk.infeasible("nothing left to distribute", "minimum")


def test_maximums_that_stop_the_award_order(desk: Desk) -> None:
    desk.write('units = 10\nmethod = "quota_balinski_young"\nminimum = 0',
               "group,population,maximum\na,90,2\nb,5,\nc,5,\n")
    desk.infeasible("upper quota")


def test_no_table_on_the_support(desk: Desk) -> None:
    desk.write_matrix("row,column,votes\nA,x,10\nB,x,20\nC,y,30\n", "row,units\nA,3\nB,3\nC,1\n",
                      "column,units\nx,4\ny,3\n")
    found = desk.infeasible("A, B need 6 units", "with 4")
    assert found["conflict"] == ["A", "B", "x"]


def test_explain_says_when_nothing_conflicts(desk: Desk) -> None:
    path = desk.write("units = 9")
    ran = run("explain", path)
    assert ran.code == 0 and "can be kept" in ran.out, ran
