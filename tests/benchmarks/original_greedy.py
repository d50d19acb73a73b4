"""The allocation rule of the original apportionment notebook, as the yardstick of speed ratios and of errors.

Written anew from its description; the behaviour is kept, the defects included: every candidate is valued by the total
error of the whole table (so one huge term drowns the others), the table is copied for each candidate, a sweep starts
from nothing for every size, and an error under 1e-18 is scored as 1e-18. Two endless loops are closed: populations
must be positive and finite, which the original did not ask.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 1e-12
LEAST_SCORED = 1e-18


@frozen
class Parameters:
    """The notebook's sliders, with its defaults."""

    kappa: float = 1.0
    gamma: float = 1.0
    beta: float = 2.0
    sigma: float = 0.5
    alpha: float = 2.0


@frozen
class OriginalSweep:
    """What the notebook plots for a range of sizes."""

    sizes: list[int]
    allocations: list[Ints] = field(repr=False)
    errors: list[float] = field(repr=False)
    scores: list[float] = field(repr=False)

    @property
    def best_size(self) -> int:
        return self.sizes[int(np.argmax(self.scores))]


def normalised(population: Floats, exponent: float) -> Floats:
    powers = population**exponent
    return powers / powers.sum()


def total_error(units: Ints, ideal: Floats, weights: Floats, chosen: Parameters) -> float:
    """E of the whole table, from ratios, as the notebook computes it for every candidate."""
    ratio = units.astype(float) / np.maximum(ideal, LEAST)
    over = ratio >= 1.0
    miss = np.zeros_like(ratio)
    miss[over] = (ratio[over] - 1.0) ** chosen.beta
    miss[~over] = (1.0 / np.maximum(ratio[~over], LEAST) - 1.0) ** chosen.beta
    side = np.where(over, 2.0 * chosen.sigma, 2.0 * (1.0 - chosen.sigma))
    return float(np.sum(weights * side * miss))


def allocate(population: object, k: int, chosen: Parameters | None = None) -> tuple[Ints, float]:
    """Round the ideals down (at least 1), then add or take away the best unit until the sum is k.

    Returns
    -------
    (int array of shape (n,), float)
        Units and E.

    Raises
    ------
    ValueError
        If k is below the number of groups, or a population is not positive and finite.
    """
    chosen = chosen or Parameters()
    people = np.asarray(population, dtype=float)
    if k < len(people):
        raise ValueError("k must be at least the number of groups")
    if not (np.isfinite(people).all() and (people > 0).all()):
        raise ValueError("populations must be positive and finite")
    weights = normalised(people, chosen.gamma)
    ideal = k * normalised(people, chosen.kappa)
    units = np.maximum(1, np.floor(ideal)).astype(np.int64)
    while units.sum() != k:
        units = one_unit(units, 1 if units.sum() < k else -1, ideal, weights, chosen)
    return units, total_error(units, ideal, weights, chosen)


def one_unit(units: Ints, change: int, ideal: Floats, weights: Floats, chosen: Parameters) -> Ints:
    """The table after the change of one unit that leaves the least total error; the first row wins a tie."""
    base = total_error(units, ideal, weights, chosen)
    best_row, best_gain = -1, -math.inf
    for row in range(len(units)):
        if change < 0 and units[row] <= 1:
            continue
        candidate = units.copy()
        candidate[row] += change
        gain = base - total_error(candidate, ideal, weights, chosen)
        if gain > best_gain:
            best_row, best_gain = row, gain
    moved = units.copy()
    moved[best_row] += change
    return moved


def sweep(population: object, k_min: int, k_max: int, chosen: Parameters | None = None) -> OriginalSweep:
    """Every size from nothing, scored by -ln(k^alpha max(E, 1e-18))."""
    chosen = chosen or Parameters()
    sizes = list(range(k_min, k_max + 1))
    answers = [allocate(population, k, chosen) for k in sizes]
    scores = [-math.log(k**chosen.alpha * max(error, LEAST_SCORED))
              for k, (_, error) in zip(sizes, answers, strict=True)]
    return OriginalSweep(sizes, [units for units, _ in answers], [error for _, error in answers], scores)
