"""What is done once, or for all groups at a time, for speed gives what the plain way would give."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest

import evenhand
from evenhand_apportionment import outputs
from evenhand_apportionment.report import ladder


def test_the_view_is_made_once_and_anew_for_another_solution() -> None:
    solution = evenhand.solve(evenhand.problem("apportionment", groups=pd.DataFrame(
        {"group": ["a", "b"], "population": [5, 3]}), units=4, method="webster"))
    assert solution.view is solution.view
    assert attrs.evolve(solution, notices=()).view is not solution.view


def test_many_numbers_are_written_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.array([0.0, -0.0, 1.5, np.nan, 1.5, np.inf, 1e-300, 0.1 + 0.2, -np.nan])
    expected = ["0.0", "-0.0", "1.5", "", "1.5", "inf", "1e-300", "0.30000000000000004", ""]
    assert outputs.number_cells(values) == expected
    monkeypatch.setattr(outputs, "MANY", 2)
    assert outputs.number_cells(values) == outputs.number_cells(np.repeat(values, 2)[::2]) == expected


def test_the_claims_around_the_cut_are_those_of_a_full_sort() -> None:
    units = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    strength = np.array([2.0, 7.0, 2.0, 2.0, 1.0, 2.0, 8.0, 2.0, 2.0, 9.0])
    found = ladder._walk(lambda rows, unit: strength[rows] / unit, np.arange(10), units, np.zeros(10, int), down=True)
    every = sorted((strength[row] / unit, -row, unit) for row in range(10) for unit in range(1, units[row] + 1))
    assert [(-row, unit, claim) for claim, row, unit in every[:5]] == found
