from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import NoSolutionError
from evenhand.kernel import LinearModel, RuleRows, find_conflict, least_relief, smallest_conflict
from tests.framework.kernel_cases import INFINITY, assignment_model, model_of, reference


@st.composite
def rule_systems(draw: st.DrawFn, *, integer: bool) -> tuple[LinearModel, dict[str, list[int]]]:
    """A few variables in a box, and up to six rules of one to three rows; one row belongs to nobody."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, rules = 3, draw(st.integers(1, 6))
    groups: dict[str, list[int]] = {}
    row = 1
    for rule in range(rules):
        count = int(generator.integers(1, 4))
        groups[f"rule {rule}"] = list(range(row, row + count))
        row += count
    matrix = generator.integers(-2, 3, (row, n))
    level = generator.integers(-4, 7, row).astype(float)
    below = generator.random(row) < 0.5
    matrix[0], level[0], below[0] = 1, 8, True
    return model_of(np.ones(n), matrix, np.where(below, -INFINITY, level), np.where(below, level, INFINITY),
                    [0] * n, [4] * n, [integer] * n), groups


def holds(model: LinearModel, groups: dict[str, list[int]], rules: tuple[str, ...]) -> bool:
    dropped = {row for name, rows in groups.items() if name not in rules for row in rows}
    return reference(model.keep_rows([row for row in range(model.rows) if row not in dropped]),
                     np.zeros(model.columns))[0] == "optimal"


@settings(deadline=None, max_examples=40)
@given(st.booleans().flatmap(lambda integer: rule_systems(integer=integer)))
def test_the_conflict_is_a_smallest_one(system: tuple[LinearModel, dict[str, list[int]]]) -> None:
    model, groups = system
    conflict = find_conflict(model, groups)
    sizes = [size for size in range(len(groups) + 1)
             if any(not holds(model, groups, rules) for rules in itertools.combinations(groups, size))]
    if not sizes:
        assert conflict is None
        return
    assert conflict is not None
    assert len(conflict.rules) == min(sizes)
    assert not holds(model, groups, conflict.rules)
    assert conflict.smallest
    assert conflict.irreducible
    assert list(conflict.rules) == [name for name in groups if name in conflict.rules]


# x + y <= 3 (cap), x >= 2 (north), y >= 2 (south), x + 2y >= 7 (weight), y <= 1 (thrift)
MODEL = model_of([0, 0], [[1, 1], [1, 0], [0, 1], [1, 2], [0, 1]], [-INFINITY, 2, 2, 7, -INFINITY],
                 [3, INFINITY, INFINITY, INFINITY, 1], [0, 0], [9, 9])
GROUPS = {"cap": [0], "north": [1], "south": [2], "weight": [3], "thrift": [4]}


def test_a_conflict_worked_by_hand() -> None:
    # Two conflicts have two rules; cap, north and south are one of three.
    assert smallest_conflict(MODEL, GROUPS) in (("south", "thrift"), ("cap", "weight"))
    without = {name: rows for name, rows in GROUPS.items() if name != "thrift"}
    # x + 2y <= 2 (x + y) <= 6 < 7.
    assert smallest_conflict(MODEL.keep_rows([0, 1, 2, 3]), without) == ("cap", "weight")
    three = {"cap": [0], "north": [1], "south": [2]}
    assert smallest_conflict(MODEL.keep_rows([0, 1, 2]), three) == ("cap", "north", "south")
    assert smallest_conflict(MODEL.keep_rows([0, 1]), {"cap": [0], "north": [1]}) is None


def test_rows_of_no_rule_always_hold() -> None:
    assert smallest_conflict(MODEL, {"south": [2]}) == ()
    assert smallest_conflict(MODEL.keep_rows([2, 4]), {"south": [0]}) == ("south",)


def test_bounds_can_belong_to_a_rule() -> None:
    model = model_of([0, 0], [[1, 1]], [5], [INFINITY], [0, 0], [2, 2])
    groups = {"demand": [0], "small x": RuleRows(columns=[0]), "small y": RuleRows(columns=[1])}
    assert smallest_conflict(model, groups) == ("demand", "small x", "small y")
    relief = least_relief(model, groups, "small x")
    assert relief is not None
    assert relief.total == pytest.approx(1.0)
    assert relief.column_above == pytest.approx([1.0])
    assert relief.values == pytest.approx([3.0, 2.0])


def test_conflicts_of_whole_numbers_alone() -> None:
    model = model_of([0], [[2], [1]], [1, 0], [1, 5], [0], [3], [1])
    assert smallest_conflict(model, {"odd": [0], "range": [1]}) == ("odd",)


def test_many_rules_give_an_irreducible_conflict() -> None:
    count = 40
    model = model_of(np.zeros(1), np.ones((count, 1)), [*range(count - 1), -INFINITY],
                     [INFINITY] * (count - 1) + [35.5], [0], [100])
    conflict = find_conflict(model, {f"rule {i}": [i] for i in range(count)})
    assert conflict is not None
    assert conflict.irreducible
    assert len(conflict.rules) == 2
    assert "rule 39" in conflict.rules


def test_an_end_of_time_is_not_an_answer() -> None:
    model = assignment_model(120, 20, integer=True, room=0.48)
    with pytest.raises(NoSolutionError, match="decided"):
        find_conflict(model, {"capacity": range(120, 140)}, time_limit=0.0)
    asked = [0]

    def soon() -> bool:
        asked[0] += 1
        return asked[0] > 1

    conflict = find_conflict(MODEL, GROUPS, stop=soon)
    assert conflict is not None
    assert not conflict.smallest
    assert not holds(MODEL, GROUPS, conflict.rules)


def test_unknown_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="row 99"):
        smallest_conflict(MODEL, {"cap": [99]})


def test_relief_worked_by_hand() -> None:
    # cap, north and south need x + y >= 4, so cap must give 1; or south must, by 1.
    model = MODEL.keep_rows([0, 1, 2])
    groups = {"cap": [0], "north": [1], "south": [2]}
    for rule, below, above in (("cap", 0.0, 1.0), ("south", 1.0, 0.0)):
        relief = least_relief(model, groups, rule)
        assert relief is not None
        assert relief.total == pytest.approx(1.0)
        assert relief.row_below == pytest.approx([below])
        assert relief.row_above == pytest.approx([above])
        assert relief.proven
    # "weight" and "thrift" are dropped when they are not to be kept.
    relief = least_relief(MODEL, GROUPS, "cap", keep=["north", "south"])
    assert relief is not None
    assert relief.total == pytest.approx(1.0)
    assert least_relief(MODEL, GROUPS, "cap") is None


def test_a_row_that_a_kept_rule_shares_does_not_give() -> None:
    model = MODEL.keep_rows([0, 1, 2])
    shared = {"cap": [0], "ceiling": [0], "north": [1], "south": [2]}
    assert least_relief(model, shared, "cap") is None
    relief = least_relief(model, shared, "cap", keep=["north", "south"])
    assert relief is not None
    assert relief.total == pytest.approx(1.0)
    assert smallest_conflict(model, shared) in (("cap", "north", "south"), ("ceiling", "north", "south"))


@settings(deadline=None, max_examples=40)
@given(rule_systems(integer=True), st.data())
def test_relief_is_the_least_found_by_trying_every_point(system: tuple[LinearModel, dict[str, list[int]]],
                                                         data: st.DataObject) -> None:
    model, groups = system
    rule = data.draw(st.sampled_from(list(groups)))
    keep = data.draw(st.lists(st.sampled_from(list(groups)), unique=True))
    rows = np.array(groups[rule])
    firm = np.array([0, *(row for name in keep if name != rule for row in groups[name])])
    points = np.array(list(itertools.product(range(5), repeat=model.columns)), dtype=float)
    activity = points @ model.matrix.toarray().T
    kept = ((activity[:, firm] >= model.row_lower[firm]) & (activity[:, firm] <= model.row_upper[firm])).all(axis=1)
    missing = (np.maximum(model.row_lower[rows] - activity[:, rows], 0)
               + np.maximum(activity[:, rows] - model.row_upper[rows], 0)).sum(axis=1)
    relief = least_relief(model, groups, rule, keep=keep)
    if not kept.any():
        assert relief is None
        return
    assert relief is not None
    assert relief.total == pytest.approx(missing[kept].min(), abs=1e-6)
    activity_there = model.matrix @ relief.values
    assert (activity_there[rows] + relief.row_below >= model.row_lower[rows] - 1e-6).all()
    assert (activity_there[rows] - relief.row_above <= model.row_upper[rows] + 1e-6).all()


def test_relief_without_time_says_so() -> None:
    model = assignment_model(120, 20, integer=True, room=0.48)
    groups = {"assign": range(120), "capacity": range(120, 140)}
    with pytest.raises(NoSolutionError, match="'capacity'"):
        least_relief(model, groups, "capacity", time_limit=0.0)
