from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from evenhand.errors import SolverUnsuitableError
from evenhand.kernel import LinearModel
from tests.framework.kernel_cases import INFINITY, model_of


def tiny(**changes: object) -> LinearModel:
    parts: dict[str, object] = {
        "costs": [[1.0, 2.0], [0.5, -1.0]], "cost_offsets": [3.0, 0.0], "matrix": [[1.0, 0.0], [1.0, 1.0]],
        "row_lower": [0.0, -INFINITY], "row_upper": [2.0, 5.0], "column_lower": [0.0, 0.0],
        "column_upper": [1.0, INFINITY], "integer": [True, False], "row_names": ["cap", "total"],
        "column_names": ["x", "y"], "objective_names": ["cost", "envy"], **changes}
    return LinearModel(**parts)  # type: ignore[arg-type]


def test_the_digest_is_a_known_constant() -> None:
    # A change of this value breaks the check of results written before.
    assert tiny().digest() == "da54db76e5c443aa19e6b5679f42621c6cee5d8d04f5a2d598cb7420bf40de6b"


@pytest.mark.parametrize("changes", [
    {"costs": [[1.0, 2.0], [0.5, -1.0000000000000002]]}, {"cost_offsets": [3.0, 1e-300]},
    {"matrix": [[1.0, 0.0], [1.0, 1.5]]}, {"matrix": [[0.0, 1.0], [1.0, 1.0]]}, {"row_lower": [0.0, 0.0]},
    {"row_upper": [2.0, 6.0]}, {"column_lower": [0.0, -1.0]}, {"column_upper": [1.0, 9.0]},
    {"integer": [False, False]}, {"row_names": ["cap", "totals"]}, {"row_names": ()}, {"column_names": ["xy", ""]},
    {"objective_names": ["cost", "envy2"]},
])
def test_the_digest_sees_every_part(changes: dict[str, object]) -> None:
    assert tiny(**changes).digest() != tiny().digest()


def test_the_digest_ignores_how_the_numbers_are_stored() -> None:
    shuffled = sp.coo_array(([0.5, 1.0, 0.5, 0.0, 1.0], ([1, 0, 1, 0, 1], [1, 0, 1, 1, 0])), shape=(2, 2))
    stored = tiny(matrix=shuffled, costs=np.asfortranarray([[1, 2], [0.5, -1]]), cost_offsets=[3.0, -0.0],
                  column_lower=[-0.0, 0], integer=[1, 0])
    assert stored.digest() == tiny().digest()


def test_combine_weighs_costs_and_offsets() -> None:
    cost, offset = tiny().combine([2.0, 4.0])
    assert cost.tolist() == [4.0, 0.0]
    assert offset == 6.0
    with pytest.raises(ValueError, match="2 objectives"):
        tiny().combine([1.0])
    with pytest.raises(ValueError, match="finite"):
        tiny().combine([1.0, INFINITY])


def test_a_model_may_have_no_objective_no_row_and_no_column() -> None:
    empty = LinearModel(np.zeros((0, 0)), [], np.zeros((0, 0)), [], [], [], [], [])
    assert (empty.rows, empty.columns, empty.objectives) == (0, 0, 0)
    cost, offset = LinearModel(np.zeros((0, 3)), [], np.zeros((0, 3)), [], [], [0] * 3, [1] * 3, [0] * 3).combine([])
    assert cost.tolist() == [0.0, 0.0, 0.0]
    assert offset == 0.0


def test_nothing_in_a_model_can_be_changed_from_outside() -> None:
    costs = np.array([[1.0, 2.0]])
    model = model_of(costs, [[1.0, 1.0]], [0], [1], [0, 0], [1, 1])
    costs[0, 0] = 99.0
    assert model.costs[0, 0] == 1.0
    for array in (model.costs, model.matrix.data, model.row_lower, model.integer):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_with_rows_appends_and_names() -> None:
    longer = tiny().with_rows([[0.0, 2.0]], [1.0], [INFINITY])
    assert longer.row_names == ("cap", "total", "added[2]")
    assert longer.matrix.toarray().tolist() == [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]
    assert longer.row_lower.tolist() == [0.0, -INFINITY, 1.0]
    assert tiny().with_rows([[0.0, 2.0]], [1.0], [2.0], names=["least"]).row_names[-1] == "least"
    assert tiny().rows == 2
    with pytest.raises(ValueError, match="3 columns"):
        tiny().with_rows([[0.0, 2.0, 1.0]], [1.0], [2.0])
    with pytest.raises(ValueError, match="no names"):
        tiny(row_names=()).with_rows([[0.0, 2.0]], [1.0], [2.0], names=["least"])


def test_keep_rows_and_relaxed() -> None:
    kept = tiny().keep_rows([1])
    assert kept.row_names == ("total",)
    assert kept.matrix.toarray().tolist() == [[1.0, 1.0]]
    assert not tiny().relaxed().integer.any()


@pytest.mark.parametrize(("changes", "error", "words"), [
    ({"costs": [[1.0, np.nan], [0, 0]]}, SolverUnsuitableError, "a cost"),
    ({"costs": [[1.0, INFINITY], [0, 0]]}, SolverUnsuitableError, "a cost"),
    ({"cost_offsets": [np.nan, 0]}, SolverUnsuitableError, "offset"),
    ({"matrix": [[np.nan, 0.0], [0, 0]]}, SolverUnsuitableError, "coefficient"),
    ({"row_lower": [0.0, np.nan]}, SolverUnsuitableError, "row total"),
    ({"row_lower": [INFINITY, 0.0]}, SolverUnsuitableError, "row cap"),
    ({"column_upper": [1.0, -INFINITY]}, SolverUnsuitableError, "column y"),
    ({"row_lower": [0.0]}, ValueError, "row_lower"), ({"integer": [True]}, ValueError, "integer"),
    ({"costs": [1.0, 2.0]}, ValueError, "costs"), ({"cost_offsets": [1.0]}, ValueError, "cost_offsets"),
    ({"row_names": ["one"]}, ValueError, "row_names"),
])
def test_bad_numbers_and_shapes_are_refused_by_name(changes: dict[str, object], error: type[Exception],
                                                    words: str) -> None:
    with pytest.raises(error, match=words):
        tiny(**changes)
