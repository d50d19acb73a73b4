"""Good prices: the smoothed dual of the level relaxation, minimised by an interior Newton method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.curve import PriceCurve, ShareGrid

Floats = NDArray[np.float64]

_FIRST, _LAST, _SHRINK = 0.3, 2e-7, 0.35
_NEWTON_STEPS = 12


@frozen(eq=False)
class Relaxed:
    """Prices on a grid and how the relaxation spreads the schools over it.

    ``weights[s, j]``: part of school s at share j (rows sum to at most 1, the rest stays out).
    """

    grid: ShareGrid
    curve: PriceCurve
    weights: Floats


def level_worths(instance: Instance, grid: ShareGrid) -> Floats:
    """Worth of every school at every share of the grid, shape (n, T)."""
    worths = np.multiply.outer(instance.slope, grid.shares) + instance.constant[:, None]
    if grid.full:
        worths[:, -1] += instance.full
    return worths


def level_slacks(instance: Instance, grid: ShareGrid) -> Floats:
    """a_s - need_j N_s, shape (n, T)."""
    return instance.attributed[:, None] - np.multiply.outer(instance.enrolled, grid.needs)


def best_prices(instance: Instance, grid: ShareGrid, caps: Floats | None = None, start: Floats | None = None,
                stop: Callable[[], bool] = lambda: False, first: float = _FIRST, last: float = _LAST,
                shrink: float = _SHRINK, *, floors: Floats | None = None,
                may_stay_out: NDArray[np.bool_] | None = None, enough: float = -np.inf) -> Relaxed:
    """Minimise  sum_s tau log sum_j exp(F_sj / tau) - tau sum_j log lambda_j + tau sum_j lambda_j / scale,
    F_sj = v_s(t_j) + lambda_j (a_s - need_j N_s), for tau falling to nearly 0.

    The linear term keeps the prices of shares nobody wants from running off to infinity, which would wreck the
    bound between the nodes. O(n T^2) per step. Stopping early leaves worse prices, never a wrong bound.

    Parameters
    ----------
    caps, floors : array of shape (n,), optional
        Largest and least need each school can sit at.
    start : array of shape (T,), optional
        Prices to start from.
    stop : callable
        Asked between steps.
    first, last, shrink : float
        Smoothing to begin and to end with, relative to the mean worth of a school, and its factor between.
    may_stay_out : boolean array of shape (n,), optional
        Narrows who may stay out; by default the instance's.
    enough : float
        Stop once the bound on the grid is under this (a case that cannot win needs no better prices).
    """
    joiners = instance.may_join
    every = bool(joiners.all())
    worths, slacks = level_worths(instance, grid), level_slacks(instance, grid)
    leaving = instance.may_stay_out if may_stay_out is None else may_stay_out
    outside = np.where(leaving, instance.outside, -np.inf)
    closed = np.zeros(worths.shape, bool)
    if caps is not None:
        closed |= grid.needs[None, :] > caps[:, None]
    if floors is not None:
        closed |= grid.needs[None, :] < floors[:, None]
    stuck = closed.all(axis=1) & ~leaving
    closed[stuck, 0] = False
    if not every:
        worths, slacks, outside, closed = worths[joiners], slacks[joiners], outside[joiners], closed[joiners]
    money = float(np.mean(np.abs(instance.slope) + np.abs(instance.full))) or 1.0
    people = float(np.mean(instance.enrolled))
    worths, slacks, outside = worths / money, slacks / people, outside / money
    if closed.any():
        worths = np.where(closed, -np.inf, worths)
    usual = max(1e-9, float(np.sum(np.abs(worths[:, 0][np.isfinite(worths[:, 0])]))) / max(1, len(worths)), 1.0)
    problem = _Smoothed(worths, slacks, outside, usual)
    prices = np.full(len(grid.shares), 0.5 * usual) if start is None else np.maximum(start * people / money, 1e-6)
    tau = first
    goal = (enough - float(instance.outside[~joiners].sum())) / money
    while True:
        # Only the last stage needs an exact minimum; the others lead there.
        prices, reached = problem.minimise(prices, tau, stop, 1e-3 if tau <= last else 0.3, goal)
        if tau <= last or reached < goal or stop():
            break
        tau = max(last, tau * shrink)
    _, parts = problem.value(prices, tau)
    weights = np.zeros((instance.size, len(grid.shares)))
    weights[joiners] = parts
    return Relaxed(grid, PriceCurve(grid.shares, prices * money / people), weights)


class _Smoothed:
    """The smoothed dual in scaled units. ``worths`` (n, T) may hold -inf, ``outside`` (n,) too."""

    def __init__(self, worths: Floats, slacks: Floats, outside: Floats, usual: float) -> None:
        self.worths, self.slacks, self.outside, self.usual = worths, slacks, outside, usual
        self.has_outside = bool(np.any(np.isfinite(outside)))

    def value(self, prices: Floats, tau: float) -> tuple[float, Floats]:
        """Objective, and the weights (n, T) of its softmax."""
        table = self.slacks * prices
        table += self.worths
        top = table.max(axis=1)
        if self.has_outside:
            top = np.maximum(top, self.outside)
        table -= top[:, None]
        table /= tau
        np.exp(table, out=table)
        total = table.sum(axis=1)
        if self.has_outside:
            total += np.exp((self.outside - top) / tau)
        objective = float(top.sum() + tau * np.log(total).sum()) + self.barrier(prices, tau)
        table /= total[:, None]
        return objective, table

    def minimise(self, prices: Floats, tau: float, stop: Callable[[], bool], precision: float,
                 goal: float) -> tuple[Floats, float]:
        """Newton steps until the decrement is under ``precision * tau``; also the smoothed bound without barrier."""
        objective, weights = self.value(prices, tau)
        for _ in range(_NEWTON_STEPS):
            bound = objective - self.barrier(prices, tau)
            if stop() or bound < goal:
                break
            weights *= self.slacks
            gradient = weights.sum(axis=0) - tau / prices + tau / self.usual
            hessian = gram(weights)
            hessian /= -tau
            diagonal = np.einsum("ij,ij->j", weights, self.slacks) / tau + tau / prices**2
            hessian.flat[:: len(prices) + 1] += diagonal * (1 + 1e-12)
            try:
                step = -np.linalg.solve(hessian, gradient)
            except np.linalg.LinAlgError:
                step = -gradient / diagonal
            decrement = -float(gradient @ step)
            if not np.isfinite(decrement) or decrement < 0:
                step = -gradient / diagonal
                decrement = -float(gradient @ step)
            if decrement < precision * tau:
                break
            length = 0.95 / max(0.95, float(np.max(-step / prices, initial=0.0)))
            for _ in range(30):
                trial = prices + length * step
                new_objective, new_weights = self.value(trial, tau)
                if new_objective <= objective - 1e-4 * length * decrement:
                    break
                length *= 0.4
            else:
                break
            prices, objective, weights = trial, new_objective, new_weights
        return prices, objective - self.barrier(prices, tau)

    def barrier(self, prices: Floats, tau: float) -> float:
        return tau * float((prices / self.usual - np.log(prices)).sum())


_TILE, _TILE_ROWS = 56, 64
"""Products this small stay in one thread of the linear-algebra library: two threads that spin idly on a busy machine
cost a hundred times the work itself."""


def gram(columns: Floats) -> Floats:
    """columns.T @ columns, tile by tile."""
    size, width = columns.shape
    whole = size - size % _TILE_ROWS
    total = np.empty((width, width))
    starts = range(0, width, _TILE)
    for left in starts:
        one = columns[:, left:left + _TILE]
        turned = np.ascontiguousarray(one[:whole].reshape(-1, _TILE_ROWS, one.shape[1]).transpose(0, 2, 1))
        for right in starts:
            if right < left:
                continue
            # A copy, for a product of an array with itself takes another, eagerly threaded, route.
            two = columns[:, right:right + _TILE].copy()
            tile = np.matmul(turned, two[:whole].reshape(-1, _TILE_ROWS, two.shape[1])).sum(axis=0)
            tile += one[whole:].T @ two[whole:]
            total[left:left + _TILE, right:right + _TILE] = tile
            total[right:right + _TILE, left:left + _TILE] = tile.T
    return total
