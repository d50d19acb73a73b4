"""The whole algorithm: feasibility, prices, bounds, grouping, and then whatever closes the gap that is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance, Ints
from evenhand_cep.prices import certificate
from evenhand_cep.prices.bound_any import bound_any
from evenhand_cep.prices.bound_groups import bound_groups
from evenhand_cep.prices.climb import climb
from evenhand_cep.prices.curve import PriceCurve, grid_on, share_range
from evenhand_cep.prices.dual import Relaxed, best_prices
from evenhand_cep.prices.feasibility import carrying_group, infeasibility
from evenhand_cep.prices.grouping import Features, Grouping
from evenhand_cep.prices.openings import Openings, best_openings
from evenhand_cep.prices.polish import kicked
from evenhand_cep.prices.reach import reach_caps
from evenhand_cep.prices.repair import repair
from evenhand_cep.prices.start import assigned, chosen_shares

Floats = NDArray[np.float64]
Deadline = Callable[[], bool]
Progress = Callable[[float | None, float], None]
ExhaustiveHook = Callable[[Instance, Deadline], tuple[Ints, float, float] | None]
"""Given a small instance: labels, value and a proven bound, or None when stopped or unsuitable."""

SMALL = 300
"""Below this many schools: finer grids, and bounds tightened by reach."""
EXHAUSTIVE_SCHOOLS = 16
_FEW_SCHOOLS, _FEW_ROUNDS, _FEW_NODES = 40, 4, 44


@frozen(eq=False)
class PriceResult:
    """What was found.

    Attributes
    ----------
    labels : int array of shape (n,) or None
        0 = out, 1..K; None when no legal grouping was found.
    value, bound : float or None
        Worth of the labels; proven upper bound. Both None when infeasible.
    certificate_data : dict or None
        JSON-able, see :mod:`evenhand_cep.prices.certificate`; proves ``bound`` (None after an exhaustive search, and
        when infeasible).
    history : tuple of (seconds, value or None, bound)
    infeasible : dict or None
        Proof that no legal grouping exists.
    method : str
        "prices" or "exhaustive": who proved the bound.
    """

    labels: Ints | None
    value: float | None
    bound: float | None
    certificate_data: dict[str, Any] | None
    history: tuple[tuple[float, float | None, float], ...] = ()
    infeasible: dict[str, Any] | None = None
    method: str = "prices"


def share_prices(instance: Instance, *, gap: float = 1e-5, deadline: Deadline | None = None, seed: int = 0,
                 progress: Progress | None = None, exhaustive: ExhaustiveHook | None = None,
                 effort: float = 1.0) -> PriceResult:
    """Group schools and prove how far from the best possible the grouping is.

    Parameters
    ----------
    gap : float
        Stop once (bound - value) / |value| is at most this.
    deadline : callable
        Asked often; once it returns True the best so far is returned within a fraction of a second.
    seed : int
        Of the perturbed restarts. The same seed and no deadline give the same answer.
    progress : callable(value or None, bound)
        Told of every improvement.
    exhaustive : callable, optional
        Takes instances of few schools (up to 16 that are not bound to stay out).
    effort : float
        Scales how long it goes on without a deadline once nothing improves.
    """
    proof = infeasibility(instance)
    if proof is not None:
        return PriceResult(None, None, None, None, infeasible=proof)
    run = _Run(instance, gap, deadline or (lambda: False), seed, progress)
    if certificate.is_forced(instance):
        run.offer(instance.must_join.astype(np.int64))
        if run.value is not None:
            data = certificate.single_data(0.0)
            bound = certificate.evaluate_certificate(instance, data)
            run.lower_bound(bound, certificate.single_data(bound))
        return run.result()
    run.first_candidates()
    if exhaustive is not None and int(instance.may_join.sum()) <= EXHAUSTIVE_SCHOOLS:
        found = exhaustive(instance, run.stop)
        if found is not None:
            labels, _, bound = found
            run.offer(labels)
            run.lower_bound(bound, None)
            return run.result("exhaustive")
    run.search(effort)
    return run.result()


class _Run:
    """State of one solve: best grouping, best bound, the prices found so far."""

    def __init__(self, instance: Instance, gap: float, stop: Deadline, seed: int, progress: Progress | None) -> None:
        self.instance, self.gap, self.stop, self.progress = instance, gap, stop, progress
        self.random = np.random.default_rng(seed)
        self.started = time.monotonic()
        self.history: list[tuple[float, float | None, float]] = []
        self.labels: Ints | None = None
        self.value: float | None = None
        self.bound = float("inf")
        self.certificate: dict[str, Any] | None = None
        self.features = Features(instance)
        self.reach = share_range(instance)
        self.caps = reach_caps(instance) if 0 < instance.size < SMALL else None
        self.curve = PriceCurve([self.reach.low], [0.0])
        self.groups = min(instance.max_groups, max(1, int(instance.may_join.sum())))
        self.swap_side = 200

    # -- keeping the best ------------------------------------------------------------------------------------

    def offer(self, labels: Ints) -> bool:
        """Take a grouping if it is legal, exactly, and better than the best so far."""
        value = self.instance.value(labels)
        better = self.value is None or value > self.value
        if not better or not self.instance.is_legal(labels):
            return False
        self.labels, self.value = np.array(labels, dtype=np.int64), value
        self._tell()
        return True

    def lower_bound(self, bound: float, data: dict[str, Any] | None) -> bool:
        if not bound < self.bound:
            return False
        self.bound, self.certificate = bound, data
        self._tell()
        return True

    def _tell(self) -> None:
        self.history.append((time.monotonic() - self.started, self.value, self.bound))
        if self.progress is not None and np.isfinite(self.bound):
            self.progress(self.value, self.bound)

    def done(self) -> bool:
        """Gap met, or time over."""
        return self.closed() or self.stop()

    def closed(self) -> bool:
        return self.value is not None and self.bound - self.value <= self.gap * max(abs(self.value), 1e-300)

    def result(self, method: str = "prices") -> PriceResult:
        return PriceResult(self.labels, self.value, self.bound, self.certificate, tuple(self.history), None, method)

    # -- bounds ----------------------------------------------------------------------------------------------

    def try_prices(self, curve: PriceCurve) -> bool:
        """Evaluate bound A at a curve, with and without reach."""
        improved = False
        for caps in (None,) if self.caps is None else (None, self.caps):
            bound = bound_any(self.instance, curve, caps, self.reach)
            data = certificate.any_groups_data(self.instance, curve, caps is not None, bound)
            improved |= self.lower_bound(bound, data)
        return improved

    # -- steps -----------------------------------------------------------------------------------------------

    def first_candidates(self) -> None:
        instance = self.instance
        self.try_prices(self.curve)
        if bool(instance.may_stay_out.all()):
            self.offer(np.zeros(instance.size, dtype=np.int64))
        self.offer(instance.may_join.astype(np.int64))
        self.offer(carrying_group(instance))

    def search(self, effort: float) -> None:
        if self.reach.empty or self.done():
            return
        relaxed = self.relax(self.first_nodes())
        if self.stop():
            self.quick_start(relaxed)
            return
        self.starts(relaxed)
        if self.done():
            return
        relaxed = self.refine(relaxed)
        if not self.done() and self.instance.max_groups < self.instance.size and self.instance.size >= _FEW_SCHOOLS:
            self.bound_few()
        self.kicks(effort)

    def gap_now(self) -> float:
        if self.value is None:
            return float("inf")
        return (self.bound - self.value) / max(abs(self.value), 1e-300)

    def first_nodes(self) -> Floats:
        instance, low, high = self.instance, self.reach.low, self.reach.high
        if instance.size >= SMALL:
            return np.linspace(low, high, 40 if instance.size < 20_000 else 16)
        joiners = instance.may_join
        ratios = instance.attributed[joiners] / instance.enrolled[joiners]
        overall = float(instance.attributed[joiners].sum() / instance.enrolled[joiners].sum())
        own = np.quantile(ratios, np.linspace(0.0, 1.0, min(24, len(ratios)))) if len(ratios) else np.zeros(0)
        return np.concatenate([np.linspace(low, high, 40), own, [overall]])

    def relax(self, nodes: Floats) -> Relaxed:
        """Prices without reach first, then with it where it is used; the better curve is kept for the search."""
        grid = grid_on(self.reach, nodes)
        relaxed = best_prices(self.instance, grid, stop=self.stop)
        self.try_prices(relaxed.curve)
        self.curve = relaxed.curve
        if self.caps is not None and not self.done():
            capped = best_prices(self.instance, grid, self.caps, stop=self.stop)
            if self.try_prices(capped.curve):
                self.curve, relaxed = capped.curve, capped
        return relaxed

    def quick_start(self, relaxed: Relaxed) -> None:
        """Out of time: one assignment, mended without a clock only if it is cheap."""
        if self.instance.size <= 5000:
            shares = chosen_shares(self.instance, relaxed, self.groups)
            grouping = Grouping(self.features, assigned(self.instance, self.curve, shares), self.groups)
            if repair(self.features, grouping, lambda: False, 200):
                self.offer(grouping.labels)

    def starts(self, relaxed: Relaxed) -> None:
        """Try several numbers of groups, each from the relaxed prices."""
        for count in dict.fromkeys([self.groups, *(k for k in (6, 4, 3, 2, 1) if k < self.groups)]):
            if self.done():
                return
            self.start_from(chosen_shares(self.instance, relaxed, count), self.curve)

    def start_from(self, shares: Floats, curve: PriceCurve, noise: Floats | None = None) -> bool:
        grouping = Grouping(self.features, assigned(self.instance, curve, shares, noise), self.groups)
        if not repair(self.features, grouping, self.stop):
            return False
        climb(grouping, curve, self.stop, self.swap_side)
        return self.offer(grouping.labels)

    def refine(self, relaxed: Relaxed) -> Relaxed:
        """A finer grid: more nodes where the relaxation holds schools, and at the shares of the best grouping."""
        instance = self.instance
        if instance.size > 20_000 or self.value is None or self.labels is None:
            return relaxed
        coarse = relaxed.grid.shares
        mass = relaxed.weights.T @ instance.enrolled
        held = np.flatnonzero(mass > 1e-4 * mass.sum())
        near = np.unique(np.clip(np.concatenate([held - 1, held]), 0, max(0, len(coarse) - 2)))
        halves = 0.5 * (coarse[near] + coarse[near + 1]) if len(coarse) > 1 else np.zeros(0)
        shares = [float(instance.share_of(rows)) for rows in instance.members(self.labels).values()]
        grid = grid_on(self.reach, np.concatenate([coarse, halves, shares]))
        caps = self.caps
        start = self.curve.at(grid.shares)
        finer = best_prices(instance, grid, caps, start=start, stop=self.stop, first=1e-3)
        if self.try_prices(finer.curve):
            self.curve = finer.curve
            return finer
        return relaxed

    def bound_few(self) -> None:
        """Bound C, when few groups are what keeps the gap open; its open levels start the search anew."""
        instance, low, high = self.instance, self.reach.low, self.reach.high
        tolerance = 1e-8 * max(abs(self.value or 1.0), 1e-300)
        nodes = np.linspace(low, high, _FEW_NODES)
        curve, spread = self.curve, (high - low) / _FEW_NODES
        for _ in range(_FEW_ROUNDS):
            grid = grid_on(self.reach, nodes)
            found = best_openings(instance, grid, curve, self.stop)
            if found is None or self.stop():
                return
            before, curve = self.bound, found.relaxed.curve
            bounded = bound_groups(instance, curve, found.anchors, tolerance)
            if bounded.bound < self.bound:
                self.lower_bound(bounded.bound, certificate.at_most_data(instance, curve, found.anchors, tolerance,
                                                                         bounded.bound))
                self.curve = curve
            self.start_open(found)
            if self.done() or (before - self.bound < 0.02 * self.gap_now() * abs(self.value or 1.0) and before < np.inf
                               and bounded.bound < before):
                return
            opened = grid.shares[found.openings > 0.05][:18]
            spread /= 3
            nodes = np.concatenate([np.linspace(low, high, max(6, _FEW_NODES - 3 * len(opened))), opened,
                                    opened - spread, opened + spread, [bounded.peak]])

    def start_open(self, found: Openings) -> None:
        shares = found.relaxed.grid.shares
        largest = np.sort(np.argsort(-found.openings, kind="stable")[: self.groups])
        self.start_from(shares[largest], found.relaxed.curve)

    def kicks(self, effort: float) -> None:
        """Perturbed restarts until the gap is met, time is over, or nothing has improved for long."""
        if self.labels is None:
            return
        patience = int(effort * max(20, min(150, 6000 // max(1, self.instance.size))))
        since = 0
        while since < patience and not self.done():
            since += 1
            strength = int(self.random.integers(2, 7))
            grouping = kicked(self.features, self.labels, self.groups, self.curve, self.random, self.stop, strength,
                              min(self.swap_side, 60))
            if grouping is not None and self.offer(grouping.labels):
                since = 0
