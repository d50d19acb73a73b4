"""Stages of a solve: prices, starts, finer prices, and the bound for few groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.prices import certificate
from evenhand_cep.prices.bound_groups import bound_groups
from evenhand_cep.prices.curve import grid_on
from evenhand_cep.prices.dual import Relaxed, best_prices
from evenhand_cep.prices.grouping import Grouping
from evenhand_cep.prices.openings import best_openings
from evenhand_cep.prices.repair import repair
from evenhand_cep.prices.run import SMALL, Run
from evenhand_cep.prices.start import assigned, chosen_shares

Floats = NDArray[np.float64]

FEW_SCHOOLS = 40
"""From this many schools on, bound C is worth its time."""
_MOST_NODES = 96
"""Of a refined grid: larger systems of equations go to several threads, which is slower on a busy machine."""
_FEW_ROUNDS, _FEW_NODES, _FEW_ENTRIES = 4, 44, 1_200_000


def first_nodes(run: Run) -> Floats:
    """Where prices are sought first. Small instances: also the schools' own ratios and the overall one, for between
    near-equal ratios prices interpolated on even nodes are useless."""
    instance, low, high = run.instance, run.reach.low, run.reach.high
    if instance.size >= SMALL:
        return np.linspace(low, high, 40 if instance.size < 20_000 else 16)
    joiners = instance.may_join
    ratios = instance.attributed[joiners] / instance.enrolled[joiners]
    overall = float(instance.attributed[joiners].sum() / instance.enrolled[joiners].sum())
    own = np.quantile(ratios, np.linspace(0.0, 1.0, min(24, len(ratios)))) if len(ratios) else np.zeros(0)
    return np.concatenate([np.linspace(low, high, 40), own, [overall]])


def relax(run: Run) -> Relaxed:
    """Prices without reach, then with it where it is used; the better curve guides the search."""
    grid = grid_on(run.reach, first_nodes(run))
    relaxed = best_prices(run.instance, grid, stop=run.stop)
    run.try_prices(relaxed.curve)
    run.curve = relaxed.curve
    if run.caps is not None and not run.done():
        capped = best_prices(run.instance, grid, run.caps, stop=run.stop)
        if run.try_prices(capped.curve):
            run.curve, relaxed = capped.curve, capped
    return relaxed


def quick_start(run: Run, relaxed: Relaxed) -> None:
    """Out of time: one assignment, mended without a clock if it is cheap, not climbed."""
    if run.instance.size <= 5000:
        shares = chosen_shares(run.instance, relaxed, run.groups)
        grouping = Grouping(run.features, assigned(run.instance, run.curve, shares), run.groups)
        if repair(run.features, grouping, lambda: False, 200):
            run.offer(grouping.labels)


def starts(run: Run, relaxed: Relaxed, counts: list[int]) -> None:
    """Search from the relaxed prices for each number of groups."""
    for count in counts:
        if run.done():
            return
        run.start_from(chosen_shares(run.instance, relaxed, count), run.curve)


def refine(run: Run, relaxed: Relaxed) -> Relaxed:
    """A finer grid: more nodes where the relaxation holds schools, and at the shares of the best grouping."""
    instance = run.instance
    if run.labels is None:
        return relaxed
    coarse = relaxed.grid.shares
    mass = relaxed.weights.T @ instance.enrolled
    held = np.flatnonzero(mass > 1e-4 * mass.sum())
    held = held[np.argsort(-mass[held], kind="stable")][:max(0, _MOST_NODES - len(coarse) - run.groups) // 2]
    near = np.unique(np.clip(np.concatenate([held - 1, held]), 0, max(0, len(coarse) - 2)))
    halves = 0.5 * (coarse[near] + coarse[near + 1]) if len(coarse) > 1 else np.zeros(0)
    shares = [float(instance.share_of(rows)) for rows in instance.members(run.labels).values()]
    grid = grid_on(run.reach, np.concatenate([coarse, halves, shares]))
    finer = best_prices(instance, grid, run.caps, run.curve.at(grid.shares), run.stop, 1e-3)
    if run.try_prices(finer.curve):
        run.curve = finer.curve
        return finer
    return relaxed


def bound_few(run: Run) -> None:
    """Bound C, for when few groups keep the gap open; its open levels start the search anew."""
    instance, low, high = run.instance, run.reach.low, run.reach.high
    most = int(np.clip(_FEW_ENTRIES // instance.size, 14, _FEW_NODES))
    nodes, curve, spread = np.linspace(low, high, most), run.curve, (high - low) / most
    for _ in range(_FEW_ROUNDS):
        grid = grid_on(run.reach, nodes)
        found = best_openings(instance, grid, curve, run.stop)
        if found is None or run.stop():
            return
        before, curve = run.missing(), found.relaxed.curve
        tolerance = 1e-8 * max(abs(run.value or 1.0), 1e-300)
        bounded = bound_groups(instance, curve, found.anchors, tolerance, run.stop)
        if bounded.bound < run.bound:
            data = certificate.at_most_data(instance, curve, found.anchors, tolerance, bounded.bound)
            run.take_bound(bounded.bound, data)
            run.curve = curve
        largest = np.sort(np.argsort(-found.openings, kind="stable")[: run.groups])
        run.start_from(grid.shares[largest], curve)
        if run.done() or run.missing() > 0.98 * before:
            return
        opened = grid.shares[found.openings > 0.05][:18]
        spread /= 3
        nodes = np.concatenate([np.linspace(low, high, max(6, most - 3 * len(opened))), opened, opened - spread,
                                opened + spread, [bounded.peak]])
