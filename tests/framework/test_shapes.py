"""The three shapes: array, table and model forms agree; universal checks catch what is no decision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.kernel import HighsSession, compile_model
from evenhand.shapes import OUTSIDE, Assignment, Division, Selection, Shape


@st.composite
def assignments(draw: st.DrawFn) -> Assignment:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    stay = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    allowed = np.array(draw(st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=n, max_size=n)))
    allowed[~allowed.any(axis=1) & ~stay, 0] = True  # an item without any option has no decision at all
    bins = tuple(f"bin {b}" for b in range(m))
    return Assignment(tuple(f"i{i}" for i in range(n)), bins, draw(st.sampled_from([None, allowed])), stay, "out")


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    eligible = np.array(draw(st.lists(st.booleans(), min_size=1, max_size=5)))
    return Selection(tuple(f"i{i}" for i in range(len(eligible))), eligible)


@st.composite
def divisions(draw: st.DrawFn) -> Division:
    n = draw(st.integers(1, 4))
    lower = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=float)
    upper = lower + np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=float)
    total = draw(st.one_of(st.none(), st.integers(int(lower.sum()), int(upper.sum()))))
    return Division(tuple(f"p{i}" for i in range(n)), lower, upper, True, total)


SHAPES = st.one_of(assignments(), selections(), divisions())


def written(shape: Shape, allocation: Any) -> tuple[Any, dict[int, np.ndarray]]:
    """A model with the decision's values in it."""
    model = pyo.ConcreteModel()
    shape.variables(model)
    values = {}
    for container, numbers in shape.encode(allocation, model):
        values[id(container)] = numbers
        for variable, number in zip(container.values(), numbers, strict=True):
            variable.set_value(number)
    return model, values


@settings(deadline=None, max_examples=60)
@given(SHAPES)
def test_every_decision_is_one_and_comes_back_from_table_and_model(shape: Shape) -> None:
    seen = set()
    for allocation in shape.every():
        assert shape.faults(allocation) == []
        cells = shape.cells(allocation)
        assert all(isinstance(cell, str) for cell in cells) and len(cells) == len(shape.items)
        assert shape.from_cells(cells).equals(allocation)
        model, values = written(shape, allocation)
        assert shape.decode(model, lambda container, values=values: values[id(container)]).equals(allocation)
        for constraint in model.component_data_objects(pyo.Constraint):
            assert constraint.slack() >= 0, "a decision breaks a row of its own shape"
        seen.add(tuple(allocation.array.tolist()))
    assert len(seen) == sum(1 for _ in shape.every()), "a decision is listed twice"


@settings(deadline=None, max_examples=60)
@given(SHAPES, st.integers(0, 2**32 - 1))
def test_starts_and_moves_stay_inside_the_shape(shape: Shape, seed: int) -> None:
    generator = np.random.default_rng(seed)
    allocation = shape.start(generator)
    assert shape.faults(allocation) == []
    for _ in range(25):
        array = np.array(allocation.array)
        move = shape.neighbour(array, generator)
        assert np.array_equal(array, allocation.array), "asking for a move changes nothing"
        for position, entry in move:
            array[position] = entry
        after = shape.allocation(array)
        assert shape.faults(after) == []
        assert not move or not after.equals(allocation), "a move moves"
        allocation = after


@settings(deadline=None, max_examples=40)
@given(SHAPES, st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_start(shape: Shape, seed: int) -> None:
    first, second = (shape.start(np.random.default_rng(seed)) for _ in range(2))
    assert first.equals(second)


@settings(deadline=None, max_examples=40)
@given(st.one_of(assignments(), selections()))
def test_moves_reach_every_decision(shape: Shape) -> None:
    """Any decision can be reached from any other, one item at a time."""
    everything = [tuple(allocation.array.tolist()) for allocation in shape.every()]
    known = set(everything)
    reached, open_ = {everything[0]}, [everything[0]]
    generator = np.random.default_rng(0)
    while open_:
        array = np.array(open_.pop())
        for _ in range(400 if len(known) > 1 else 0):
            after = array.copy()
            for position, entry in shape.neighbour(array, generator):
                after[position] = entry
            state = tuple(after.tolist())
            if state not in reached:
                reached.add(state)
                open_.append(state)
        if len(reached) == len(known) or len(known) > 24:
            break
    assert reached <= known
    assert len(known) > 24 or reached == known


def test_an_allocation_cannot_be_written_to() -> None:
    given_array = np.array([True, False])
    allocation = Selection(("a", "b")).allocation(given_array)
    with pytest.raises(ValueError, match="read-only"):
        allocation.array[0] = False
    given_array[0] = False
    assert allocation.array[0], "the array is a copy"


# -- what is no decision -----------------------------------------------------------------------------------------


def test_faults_of_an_assignment() -> None:
    shape = Assignment(("a", "b"), ("x", "y"), np.array([[True, False], [True, True]]), np.array([True, False]))
    assert shape.options(0) == [0, OUTSIDE] and shape.options(1) == [0, 1]
    assert shape.faults(shape.allocation([OUTSIDE, 1])) == []
    assert shape.faults(shape.allocation([1, OUTSIDE])) == ["b: outside, which is not allowed"]
    assert shape.faults(shape.allocation([1, 0])) == ["a: may not go to y"]
    assert shape.faults(shape.allocation([0, 7])) == ["b: no bin number 7"]
    assert shape.faults(shape.allocation([0, -2])) == ["b: no bin number -2"]
    assert shape.faults(shape.allocation([0])) == ["the allocation has 1 entries for 2 items"]


def test_faults_of_a_selection() -> None:
    shape = Selection(("a", "b"), np.array([True, False]))
    assert shape.faults(shape.allocation([True, True])) == ["b: chosen, but not eligible"]
    assert shape.faults(shape.allocation([True])) == ["the allocation has 1 entries for 2 items"]


def test_faults_of_a_division() -> None:
    shape = Division(("a", "b"), np.zeros(2), np.array([3.0, math.inf]), True, 5)
    assert shape.faults(shape.allocation([2, 3])) == []
    assert shape.faults(shape.allocation([4, 1])) == ["a: 4 is outside 0 to 3"]
    assert shape.faults(shape.allocation([2, 2])) == ["the amounts add up to 4, not 5"]
    share = Division(("a", "b"), np.zeros(2), np.ones(2), False, 1.0)
    assert share.faults(share.allocation([0.1 + 0.2, 0.7])) == [], "a continuous total is met within rounding"
    assert share.faults(share.allocation([0.3, 0.69])) == ["the amounts add up to 0.99, not 1"]
    assert share.faults(share.allocation([math.nan, 0.5])) == ["a: the amount is not a number"]


@pytest.mark.parametrize(("shape", "cells", "said"), [
    (Assignment(("a",), ("x",)), ["z"], "'z' is not one of the bins"),
    (Assignment(("a",), ("x",), None, np.array([True]), "0"), ["-1"], "'-1' is not one of the bins"),
    (Selection(("a",)), ["yes"], "'yes' is neither 0 nor 1"),
    (Selection(("a",)), ["1.0"], "neither 0 nor 1"),
    (Division(("a",), np.zeros(1), np.ones(1)), ["0.5"], "'0.5' is not a whole number"),
    (Division(("a",), np.zeros(1), np.ones(1), False), ["half"], "'half' is not a number"),
])
def test_cells_that_mean_nothing_are_named(shape: Shape, cells: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        shape.from_cells(cells)


def test_a_bin_may_have_the_name_of_outside_only_if_it_is_the_bin() -> None:
    shape = Assignment(("a",), ("0",), outside_cell="0")
    assert shape.from_cells(["0"]).array.tolist() == [0]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=5))
def test_continuous_amounts_come_back_to_the_digit(amounts: list[float]) -> None:
    n = len(amounts)
    shape = Division(tuple(map(str, range(n))), np.zeros(n), np.full(n, math.inf), False)
    allocation = shape.allocation(amounts)
    assert shape.from_cells(shape.cells(allocation)).equals(allocation)
    with pytest.raises(ValueError, match="cannot be listed"):
        next(shape.every())


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(0, 40), st.booleans(), st.integers(0, 2**32 - 1))
def test_a_division_starts_with_its_total(n: int, total: int, integer: bool, seed: int) -> None:
    shape = Division(tuple(map(str, range(n))), np.zeros(n), np.full(n, math.inf), integer, total)
    assert shape.faults(shape.start(np.random.default_rng(seed))) == []


def test_an_item_without_any_bin_makes_the_model_infeasible() -> None:
    shape = Assignment(("a", "b"), ("x",), np.array([[False], [True]]))
    assert list(shape.every()) == []
    model = pyo.ConcreteModel()
    shape.variables(model)
    model.nothing = pyo.Objective(expr=0.0)
    assert HighsSession(compile_model(model).model).solve().status == "infeasible"
