"""A HiGHS session: one linear model passed once as arrays, then changed and solved again as often as wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from evenhand.errors import SolverUnsuitableError
from evenhand.kernel.guarded_run import Monitor, Progress, Stop, guarded_run
from evenhand.kernel.linear_model import BoolArray, FloatArray, IntArray, LinearModel
from evenhand.kernel.options_allowed import OptionValue, checked_options
from evenhand.kernel.result import LinearResult, Method, Status

# HiGHS takes |coefficient| <= SMALLEST as zero and refuses > LARGEST; limits and costs >= INFINITE become infinite.
SMALLEST, LARGEST, INFINITE = 1e-12, 1e15, 1e20
# HiGHS' optimality and pruning tolerances are absolute (1e-6, 1e-7), so small costs are scaled up to this size.
COST_SIZE = 64.0
_EPSILON = 2.0**-52
_WORDS: dict[str, Status] = {"kOptimal": "optimal", "kInfeasible": "infeasible", "kUnbounded": "unbounded"}


class HighsSession:
    """One model in HiGHS.

    The first solve is cold; after :meth:`set_costs`, :meth:`set_bounds` or :meth:`add_rows` a linear program
    starts from the last basis. A session serves one thread at a time; several sessions may solve at once.

    Parameters
    ----------
    model
        Its first objective is set, to be minimised; without objectives every cost is 0.
    threads
        Threads HiGHS may use, per solve. 1 keeps runs reproducible.

    Raises
    ------
    SolverUnsuitableError
        When a number is outside what HiGHS represents: it would be dropped or taken as infinite.
    """

    def __init__(self, model: LinearModel, *, threads: int = 1) -> None:
        from highspy import Highs

        _check_matrix(model.matrix.data)
        for lower, upper in ((model.row_lower, model.row_upper), (model.column_lower, model.column_upper)):
            _check_limits(lower, upper)
        self._busy = threading.Lock()
        self._abandoned = False
        self._integer: BoolArray = model.integer
        self._relaxed = not bool(model.integer.any())
        self._columns = model.columns
        self._row_lower, self._row_upper = model.row_lower, model.row_upper
        self._start: FloatArray | None = None
        self._cost: FloatArray = np.zeros(model.columns)
        self._offset, self._maximize, self._scale = 0.0, False, 1.0
        untyped: Any = Highs
        self._highs: Any = untyped()
        for name, value in (("output_flag", False), ("threads", int(threads)), ("small_matrix_value", SMALLEST),
                            ("parallel", "off" if threads == 1 else "choose")):
            self._set_option(name, value)
        matrix = model.matrix
        self._check(self._highs.passModel(
            model.columns, model.rows, matrix.nnz, 1, 1, 0.0, self._cost, model.column_lower, model.column_upper,
            model.row_lower, model.row_upper, matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32),
            matrix.data, model.integer.astype(np.int32)), "the model")
        if model.objectives:
            self.set_costs(model.costs[0], float(model.cost_offsets[0]))

    @property
    def rows(self) -> int:
        return len(self._row_lower)

    @property
    def columns(self) -> int:
        return self._columns

    def set_costs(self, cost: FloatArray, offset: float = 0.0, *, maximize: bool = False) -> None:
        """Replace the objective by ``cost @ x + offset``.

        Small costs are multiplied by a power of two inside HiGHS (exactly undone in the result), because its
        tolerances are absolute and would make nonsense of an objective measured in, say, rates.
        """
        array = np.array(cost, dtype=np.float64)
        if array.shape != (self._columns,):
            raise ValueError(f"cost has shape {array.shape}; expected ({self._columns},)")
        largest = float(np.abs(array).max(initial=0.0))
        if not np.isfinite(largest) or not np.isfinite(offset) or largest >= INFINITE:
            raise SolverUnsuitableError(f"HiGHS needs every cost below {INFINITE:g} in size and finite; choose a "
                                        f"larger unit or smaller weights.")
        self._cost, self._offset, self._maximize = array, float(offset), bool(maximize)
        self._scale = 2.0 ** max(0, min(1000, int(np.ceil(np.log2(COST_SIZE / largest))))) if largest > 0.0 else 1.0
        self._pass_costs(array * self._scale, self._offset * self._scale)

    def set_bounds(self, columns: Sequence[int] | IntArray, lower: object, upper: object) -> None:
        """Replace the bounds of the given columns (numbers or arrays of their size)."""
        index, low, high = self._limits(columns, lower, upper, self._columns)
        self._check(self._ready().changeColsBounds(len(index), index, low, high), "column bounds")

    def set_row_bounds(self, rows: Sequence[int] | IntArray, lower: object, upper: object) -> None:
        """Replace the limits of the given rows (numbers or arrays of their size)."""
        index, low, high = self._limits(rows, lower, upper, self.rows)
        self._check(self._ready().changeRowsBounds(len(index), index, low, high), "row limits")
        self._row_lower, self._row_upper = self._row_lower.copy(), self._row_upper.copy()
        self._row_lower[index], self._row_upper[index] = low, high

    def add_rows(self, matrix: Any, lower: object, upper: object) -> IntArray:
        """Append rows; returns their numbers."""
        extra = sp.csr_array(matrix, dtype=np.float64)
        extra.sum_duplicates()
        extra.eliminate_zeros()
        if extra.shape[1] != self._columns:
            raise ValueError(f"the extra rows have {extra.shape[1]} columns; the model has {self._columns}")
        added = int(extra.shape[0])
        low = np.array(np.broadcast_to(np.asarray(lower, dtype=np.float64), (added,)))
        high = np.array(np.broadcast_to(np.asarray(upper, dtype=np.float64), (added,)))
        _check_matrix(extra.data)
        _check_limits(low, high)
        self._check(self._ready().addRows(added, low, high, extra.nnz, extra.indptr.astype(np.int32),
                                          extra.indices.astype(np.int32), extra.data), "extra rows")
        first = self.rows
        self._row_lower = np.concatenate([self._row_lower, low])
        self._row_upper = np.concatenate([self._row_upper, high])
        return np.arange(first, first + added, dtype=np.int64)

    def delete_rows(self, rows: Sequence[int] | IntArray) -> None:
        """Remove rows; the rows after them move up."""
        index = np.unique(np.asarray(rows, dtype=np.int32))
        if index.size and (index[0] < 0 or index[-1] >= self.rows):
            raise ValueError(f"row numbers must lie in 0..{self.rows - 1}")
        self._check(self._ready().deleteRows(len(index), index), "rows to delete")
        self._row_lower = np.delete(self._row_lower, index)
        self._row_upper = np.delete(self._row_upper, index)

    def relax(self, relaxed: bool = True) -> None:
        """Drop (or restore) the whole-number requirement of all integer columns."""
        if not self._integer.any() or relaxed == self._relaxed:
            return
        kinds = np.zeros(self._columns, dtype=np.uint8) if relaxed else self._integer.astype(np.uint8)
        index = np.arange(self._columns, dtype=np.int32)
        self._check(self._ready().changeColsIntegrality(self._columns, index, kinds), "column kinds")
        self._relaxed = relaxed

    def start_from(self, values: FloatArray) -> None:
        """Offer a starting point to the next solve of a mixed-integer model.

        ``nan`` leaves a column to the solver. Of a start that breaks a row HiGHS tries the whole numbers, and else
        ignores it. A linear program starts from its last basis instead.
        """
        array = np.array(values, dtype=np.float64)
        if array.shape != (self._columns,):
            raise ValueError(f"the start has shape {array.shape}; expected ({self._columns},)")
        self._start = array

    def solve(self, *, time_limit: float | None = None, gap: float = 1e-4, absolute_gap: float | None = None,
              method: Method = "choose", crossover: bool = True, stop: Stop | None = None,
              progress: Progress | None = None, options: Mapping[str, object] | None = None) -> LinearResult:
        """Solve the model as it stands.

        Parameters
        ----------
        time_limit
            Seconds; None for no limit.
        gap
            Relative gap at which a mixed-integer solve may stop and be called optimal.
        absolute_gap
            The same in units of the objective; None for none.
        method
            For linear programs: ``simplex``, ``ipm`` (interior point) or HiGHS' choice. For mixed-integer models, of
            the linear programs inside.
        crossover
            False leaves an interior-point solution as it is: faster, not at a vertex.
        stop
            Asked every 50 ms; once it is True the solve ends within about half a second. Ctrl-C ends it as fast and
            raises KeyboardInterrupt.
        progress
            Called with (incumbent, bound) in the calling thread as they improve.
        options
            HiGHS options from :data:`evenhand.kernel.options_allowed.ALLOWED`, for this solve only.

        Raises
        ------
        SpecError
            For an option that is unknown or out of range.
        SolverUnsuitableError
            When HiGHS ends with an error.
        """
        extra = checked_options(options)
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("this HighsSession is already solving; make one session per thread")
        started = time.monotonic()
        try:
            self._ready()
            if self._columns == 0:
                return self._solve_without_columns()
            mixed = not self._relaxed
            settings: dict[str, OptionValue] = {
                "time_limit": float("inf") if time_limit is None else max(0.0, float(time_limit)),
                "mip_rel_gap": float(gap), "mip_abs_gap": float(absolute_gap or 0.0) * self._scale,
                "solver": "choose" if mixed else method, "mip_lp_solver": method if mixed else "choose",
                "run_crossover": "on" if crossover else "off"}
            former = {name: self._highs.getOptionValue(name)[1] for name in extra}
            try:
                for name, value in {**settings, **extra}.items():
                    self._set_option(name, value)
                return self._run(mixed, started, time_limit, gap, absolute_gap or 0.0, stop, progress)
            finally:
                # The thread of an abandoned run still uses the HiGHS object: leave it alone.
                if not self._abandoned:
                    for name, value in former.items():
                        self._set_option(name, value)
        finally:
            self._busy.release()

    def _run(self, mixed: bool, started: float, time_limit: float | None, gap: float, absolute_gap: float,
             stop: Stop | None, progress: Progress | None) -> LinearResult:
        deadline = None if time_limit is None else started + 1.1 * time_limit + 1.0
        if mixed and self._start is not None:
            known = np.flatnonzero(~np.isnan(self._start)).astype(np.int32)
            if known.size:
                self._highs.setSolution(len(known), known, self._start[known])
        self._start = None
        monitor = Monitor(self._scale)
        word, ended = self._run_once(monitor, mixed, deadline, stop, progress)
        if not ended:
            values, objective = monitor.best or (None, None)
            return LinearResult("no_solution" if values is None else "feasible", values, objective, monitor.bound,
                                seconds=time.monotonic() - started, abandoned=True,
                                message="stopped without waiting for HiGHS to answer")
        if word == "kUnboundedOrInfeasible" or (word == "kUnbounded" and mixed):
            # An unbounded relaxation says nothing about whether whole numbers fit: look for any solution.
            self._pass_costs(np.zeros(self._columns), 0.0)
            try:
                found, ended = self._run_once(Monitor(1.0), mixed, deadline, stop, None)
            finally:
                if not self._abandoned:
                    self._pass_costs(self._cost * self._scale, self._offset * self._scale)
            word = {"kOptimal": "kUnbounded", "kInfeasible": "kInfeasible"}.get(found, "kUnknown")
            return LinearResult(_WORDS.get(word, "no_solution"), seconds=time.monotonic() - started, message=word[1:],
                                abandoned=not ended)
        return self._harvest(word, mixed, started, gap, absolute_gap)

    def _run_once(self, monitor: Monitor, mixed: bool, deadline: float | None, stop: Stop | None,
                  progress: Progress | None) -> tuple[str, bool]:
        monitor.attach(self._highs, mixed=mixed)

        def abandon() -> None:
            self._abandoned = True

        if not guarded_run(self._highs, monitor, stop=stop, progress=progress, deadline=deadline, on_abandon=abandon):
            return "kInterrupt", False
        word: str = self._highs.getModelStatus().name
        if word in ("kNotset", "kLoadError", "kModelError", "kPresolveError", "kSolveError", "kPostsolveError",
                    "kMemoryLimit"):
            raise SolverUnsuitableError(f"HiGHS ended with an error on this model ({word[1:]}); try another solver or "
                                        f"the HiGHS option presolve = 'off'.")
        return word, True

    def _harvest(self, word: str, mixed: bool, started: float, gap: float, absolute_gap: float) -> LinearResult:
        info, solution = self._highs.getInfo(), self._highs.getSolution()
        status: Status = _WORDS.get(word, "no_solution")
        values = objective = bound = duals = reduced = None
        if status in ("optimal", "no_solution"):
            if info.primal_solution_status == 2 and solution.value_valid:
                values = np.array(solution.col_value, dtype=np.float64)
                objective = info.objective_function_value / self._scale
            if mixed and np.isfinite(info.mip_dual_bound):
                bound = info.mip_dual_bound / self._scale
            if not mixed and solution.dual_valid:
                duals = np.array(solution.row_dual, dtype=np.float64) / self._scale
                reduced = np.array(solution.col_dual, dtype=np.float64) / self._scale
            if not mixed and status == "optimal" and info.dual_solution_status == 2:
                bound = objective
            if values is None:
                status = "no_solution"
            elif status == "no_solution" or not self._closed(values, objective, bound, gap, absolute_gap):
                status = "feasible"
        return LinearResult(status, values, objective, bound, duals, reduced, time.monotonic() - started, word[1:])

    def _closed(self, values: FloatArray, objective: float | None, bound: float | None, gap: float,
                absolute_gap: float) -> bool:
        """Whether a value is proven within the gap; apart by no more than summing its terms can cost is equal."""
        if objective is None or bound is None:
            return False
        terms = abs(self._offset) + float(np.abs(self._cost) @ np.abs(values))
        return abs(bound - objective) <= max(gap * abs(objective), absolute_gap, 8.0 * _EPSILON * terms)

    def _solve_without_columns(self) -> LinearResult:
        if bool((self._row_lower <= 0.0).all() and (self._row_upper >= 0.0).all()):
            nothing: FloatArray = np.zeros(0)
            return LinearResult("optimal", nothing, self._offset, self._offset, np.zeros(self.rows), nothing,
                                message="no columns")
        return LinearResult("infeasible", message="no columns")

    def _pass_costs(self, cost: FloatArray, offset: float) -> None:
        from highspy import ObjSense

        highs = self._ready()
        if self._columns:
            self._check(highs.changeColsCost(self._columns, np.arange(self._columns, dtype=np.int32), cost), "costs")
        highs.changeObjectiveOffset(offset)
        highs.changeObjectiveSense(ObjSense.kMaximize if self._maximize else ObjSense.kMinimize)

    def _limits(self, index: Sequence[int] | IntArray, lower: object, upper: object,
                size: int) -> tuple[Any, FloatArray, FloatArray]:
        places = np.asarray(index, dtype=np.int32)
        low = np.array(np.broadcast_to(np.asarray(lower, dtype=np.float64), places.shape))
        high = np.array(np.broadcast_to(np.asarray(upper, dtype=np.float64), places.shape))
        order = np.argsort(places, kind="stable")
        places, low, high = places[order], low[order], high[order]
        if places.size and (places[0] < 0 or places[-1] >= size or (np.diff(places) == 0).any()):
            raise ValueError(f"numbers must be distinct and lie in 0..{size - 1}")
        _check_limits(low, high)
        return places, low, high

    def _set_option(self, name: str, value: OptionValue) -> None:
        self._check(self._highs.setOptionValue(name, value), f"option {name}")

    def _ready(self) -> Any:
        if self._abandoned:
            raise RuntimeError("this HighsSession was stopped while HiGHS was busy and cannot go on; make a new one")
        return self._highs

    @staticmethod
    def _check(status: Any, what: str) -> None:
        if status.name == "kError":
            raise SolverUnsuitableError(f"HiGHS refused {what}.")


def _check_matrix(data: FloatArray) -> None:
    if data.size and (np.abs(data).min() <= SMALLEST or np.abs(data).max() >= LARGEST):
        raise SolverUnsuitableError(f"HiGHS needs coefficients between {SMALLEST:g} and {LARGEST:g} in size (smaller "
                                    f"ones would be dropped); choose other units.")


def _check_limits(lower: FloatArray, upper: FloatArray) -> None:
    both = np.concatenate([lower, upper])
    if np.isnan(both).any() or (lower == np.inf).any() or (upper == -np.inf).any():
        raise SolverUnsuitableError("A limit is not a number, or is infinite on the wrong side.")
    if (np.abs(both[np.isfinite(both)]) >= INFINITE).any():
        raise SolverUnsuitableError(f"HiGHS takes limits of {INFINITE:g} and more as infinite; choose a larger unit.")
