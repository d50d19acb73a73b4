"""Biproportional division: published, brute force, ties, exact numbers, and tables that have none."""

from __future__ import annotations

import csv
import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.classic.biproportional import (
    biproportional,
    check_matrix,
    matrix_bound,
    matrix_contributions,
    matrix_value,
)
from evenhand_apportionment.classic.failures import NoApportionmentError

quick = settings(deadline=None, max_examples=50)


def all_divisions(rows, columns, votes):
    ranges = [range(min(r, c) + 1) if votes[i][j] else (0,) for i, r in enumerate(rows) for j, c in enumerate(columns)]
    n = len(columns)
    for flat in itertools.product(*ranges):
        cells = [flat[i * n: (i + 1) * n] for i in range(len(rows))]
        if all(sum(row) == r for row, r in zip(cells, rows, strict=True)) and all(
                sum(col) == c for col, c in zip(zip(*cells, strict=True), columns, strict=True)):
            yield cells


def exact_product(votes, cells) -> Fraction:
    return math.prod((Fraction(2 * t + 1, 2) / votes[i][j] for i, row in enumerate(cells) for j, a in enumerate(row)
                      for t in range(a)), start=Fraction(1))


@st.composite
def tables(draw: st.DrawFn):
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    votes = draw(st.lists(st.lists(st.sampled_from([0, 1, 1, 2, 3, 5, 8]), min_size=n, max_size=n), min_size=m, max_size=m))
    columns = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    cuts = sorted(draw(st.lists(st.integers(0, sum(columns)), min_size=m - 1, max_size=m - 1)))
    rows = [b - a for a, b in itertools.pairwise([0, *cuts, sum(columns)])]
    return votes, rows, columns


@settings(deadline=None, max_examples=120)
@given(tables())
def test_the_least_product_of_all_divisions_and_every_tied_cell(table) -> None:
    votes, rows, columns = table
    found = [(exact_product(votes, cells), cells) for cells in all_divisions(rows, columns, votes)]
    if not found:
        with pytest.raises(NoApportionmentError, match="No allocation exists"):
            biproportional(votes, rows, columns)
        return
    least = min(product for product, _ in found)
    best = [cells for product, cells in found if product == least]
    answer = biproportional(votes, rows, columns)
    assert tuple(map(tuple, answer.units.tolist())) == tuple(max(best))
    assert list(answer.ties) == [(i, j) for i in range(len(rows)) for j in range(len(columns))
                                 if len({cells[i][j] for cells in best}) > 1]
    proof = rows, columns, answer.row_multipliers, answer.column_multipliers
    assert check_matrix(votes, answer.units, *proof) == []
    value = matrix_value(votes, answer.units)
    assert value == pytest.approx(math.log(least), abs=1e-12)
    bound, allowance = matrix_bound(votes, *proof)
    assert bound <= value <= bound + 3 * allowance + 1e-12
    # The same multipliers prove every other best division, and no other division at all.
    for product, cells in found:
        assert (check_matrix(votes, cells, *proof) == []) == (product == least)


@quick
@given(tables(), st.data())
def test_any_multipliers_give_a_bound(table, data) -> None:
    votes, rows, columns = table
    assume(any(True for _ in all_divisions(rows, columns, votes)))
    value = matrix_value(votes, biproportional(votes, rows, columns).units)
    number = st.floats(1e-3, 1e3)
    x, y = [data.draw(number) for _ in rows], [data.draw(number) for _ in columns]
    assert matrix_bound(votes, rows, columns, x, y)[0] <= value + 1e-12


@quick
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(2, 6), st.sampled_from([3, 7, Fraction(1, 3), 10**20]))
def test_scaling_a_row_or_column_and_transposing_change_nothing(seed, m, n, factor) -> None:
    rng = np.random.default_rng(seed)
    votes = rng.integers(1, 5000, (m, n)).tolist()
    rows = rng.integers(1, 9, m).tolist()
    columns = rng.multinomial(sum(rows), np.full(n, 1 / n)).tolist()
    answer = biproportional(votes, rows, columns)
    assert biproportional([[v * factor for v in row] if i == 0 else row for i, row in enumerate(votes)],
                          rows, columns).units.tolist() == answer.units.tolist()
    assert biproportional([[row[0] * factor, *row[1:]] for row in votes], rows, columns).units.tolist() \
        == answer.units.tolist()
    if not answer.ties:
        turned = biproportional(np.transpose(votes).tolist(), columns, rows)
        assert turned.units.T.tolist() == answer.units.tolist()
    assert check_matrix(votes, answer.units, rows, columns, answer.row_multipliers, answer.column_multipliers) == []


def test_uri_2020(shared_data: Path) -> None:
    with (shared_data / "apportionment" / "biprop_uri_2020.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    parties, districts = (list(dict.fromkeys(row[name] for row in table)) for name in ("party", "district"))
    cell = {(row["party"], row["district"]): row for row in table}
    votes, seats = ([[int(cell[p, d][name]) for d in districts] for p in parties] for name in ("votes", "seats"))
    columns = [int(cell[parties[0], d]["district_seats"]) for d in districts]
    rows = [{"CVP": 12, "SPGB": 9, "FDP": 7, "SVP": 9}[p] for p in parties]
    answer = biproportional(votes, rows, columns)
    assert answer.units.tolist() == seats
    assert answer.ties == ()
    assert np.rint(np.array(votes) / np.outer(*([float(1 / x) for x in side] for side in (answer.row_multipliers, answer.column_multipliers)))).tolist() == seats


def test_neighbours_beyond_what_a_float_can_tell_apart() -> None:
    big = 2**60
    assert biproportional([[big, big], [big, big + 1]], [1, 1], [1, 1]).units.tolist() == [[1, 0], [0, 1]]
    assert biproportional([[big, big + 1], [big, big]], [1, 1], [1, 1]).units.tolist() == [[0, 1], [1, 0]]
    tied = biproportional([[3 * big, big], [6 * big, 2 * big]], [1, 1], [1, 1])
    assert tied.units.tolist() == [[1, 0], [0, 1]]
    assert tied.ties == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert check_matrix([[3, 1], [6, 2]], tied.units, [1, 1], [1, 1], [v * big for v in tied.row_multipliers],
                        tied.column_multipliers) == []


def test_preference_chooses_among_equals() -> None:
    cells = [(i, j) for i in range(3) for j in range(3)]
    ones = [[1] * 3] * 3
    assert biproportional(ones, [1, 1, 1], [1, 1, 1]).units.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    backwards = biproportional(ones, [1, 1, 1], [1, 1, 1], preference=[(0, 2), (1, 0), *(
        c for c in cells if c not in ((0, 2), (1, 0)))])
    assert backwards.units.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert len(backwards.ties) == 9


def test_a_table_without_any_allocation_names_the_rows_that_have_nowhere_to_go() -> None:
    votes = [[5, 0, 0], [7, 0, 0], [4, 8, 9]]
    with pytest.raises(NoApportionmentError, match="rows A, B need 4 units, and all their votes lie in the column x, with 3") as caught:
        biproportional(votes, [2, 2, 2], [3, 2, 1], row_names=["A", "B", "C"], column_names=["x", "y", "z"])
    assert caught.value.conflict == ("A", "B", "x")
    assert caught.value.relief == ("1 unit fewer for these rows, more for this column, or votes for these rows in other columns",)


def test_one_row_alone_is_spoken_of_as_one() -> None:
    with pytest.raises(NoApportionmentError, match="the row A needs 4 units, and all its votes lie in columns with 3") as caught:
        biproportional([[5, 6, 0], [7, 0, 3]], [4, 1], [2, 1, 2], row_names=["A", "B"], column_names=["x", "y", "z"])
    assert caught.value.conflict == ("A", "x", "y")
    with pytest.raises(NoApportionmentError, match="the row A needs 1 unit, and has no votes") as caught:
        biproportional([[0, 0], [7, 3]], [1, 1], [1, 1], row_names=["A", "B"], column_names=["x", "y"])
    assert caught.value.relief == ("1 unit fewer for this row, or votes for this row",)


def test_a_support_that_leaves_no_choice() -> None:
    # Proportional fitting would drive the corner to 0 and never end; the division is forced.
    answer = biproportional([[10, 0], [4, 6]], [3, 2], [3, 2])
    assert answer.units.tolist() == [[3, 0], [0, 2]]
    assert biproportional([[10, 7], [4, 6]], [0, 5], [2, 3]).units.tolist() == [[0, 0], [2, 3]]


@pytest.mark.parametrize(("change", "words"), [
    ({"units": [[1, 1], [2, 2]]}, "row 0 has 2 units, not 3"), ({"row_multipliers": [1, 1]}, "does not round to"),
    ({"row_multipliers": [Fraction(-1), 1]}, "negative"), ({"units": [[3, 0], [0, 3]]}, "does not round to"),
])
def test_altered_certificates_are_refused(change, words) -> None:
    votes, rows, columns = [[100, 10], [30, 60]], [3, 3], [3, 3]
    answer = biproportional(votes, rows, columns)
    proof = {"units": answer.units, "row_multipliers": answer.row_multipliers, **change}
    faults = check_matrix(votes, proof["units"], rows, columns, proof["row_multipliers"], answer.column_multipliers)
    assert any(words in fault for fault in faults)


def test_bad_tables() -> None:
    with pytest.raises(NoApportionmentError, match="rows have 3 units, the columns 2"):
        biproportional([[1, 2]], [3], [1, 1])
    for votes, words in (([[1, -2]], "negative"), ([[1, 2.5]], "whole numbers"), ([[1]], "2 columns")):
        with pytest.raises(ValueError, match=words):
            biproportional(votes, [2], [1, 1])
    with pytest.raises(ValueError, match="every cell once"):
        biproportional([[1, 2]], [2], [1, 1], preference=[(0, 0)])
    with pytest.raises(ValueError, match="positive finite"):
        matrix_bound([[1, 2]], [2], [1, 1], [0.0], [1.0, 1.0])


def test_units_without_votes_cost_everything() -> None:
    assert matrix_contributions([[0, 4]], [[1, 1]])[0].tolist() == [math.inf, pytest.approx(math.log(0.5 / 4))]
    assert matrix_contributions([[0, 4]], [[0, 0]])[0].tolist() == [0.0, 0.0]
