"""State of one solve: the best grouping and bound so far, and what every stage needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance, Ints
from evenhand_cep.prices import certificate
from evenhand_cep.prices.bound_any import bound_any
from evenhand_cep.prices.climb import climb
from evenhand_cep.prices.curve import PriceCurve, share_range
from evenhand_cep.prices.grouping import Features, Grouping
from evenhand_cep.prices.reach import reach_caps
from evenhand_cep.prices.repair import repair
from evenhand_cep.prices.start import assigned

Floats = NDArray[np.float64]
Deadline = Callable[[], bool]
Progress = Callable[[float | None, float], None]

SMALL = 300
"""Below this many schools: finer grids, bounds tightened by reach, and a tree of cases."""
SWAP_SIDE = 200
"""Schools of each group looked at for exchanges."""


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


class Run:
    """One solve in progress. Stages read it and offer it groupings and bounds; it keeps the best."""

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

    def take_bound(self, bound: float, data: dict[str, Any] | None) -> bool:
        """Take an upper bound with its certificate if it is the lowest so far."""
        if not bound < self.bound:
            return False
        self.bound, self.certificate = bound, data
        self._tell()
        return True

    def try_prices(self, curve: PriceCurve) -> bool:
        """Take bound A at a curve, with and without reach."""
        improved = False
        for caps in (None,) if self.caps is None else (None, self.caps):
            bound = bound_any(self.instance, curve, caps, self.reach)
            if bound < self.bound:
                data = certificate.any_groups_data(self.instance, curve, caps is not None, bound)
                improved |= self.take_bound(bound, data)
        return improved

    def start_from(self, shares: Floats, curve: PriceCurve) -> bool:
        """Assign every school to its best of the shares, mend, climb, offer."""
        return self.start_labels(assigned(self.instance, curve, shares), curve)

    def start_labels(self, labels: Ints, curve: PriceCurve) -> bool:
        grouping = Grouping(self.features, labels, self.groups)
        if not repair(self.features, grouping, self.stop):
            return False
        climb(grouping, curve, self.stop, SWAP_SIDE)
        return self.offer(grouping.labels)

    # -- how far ---------------------------------------------------------------------------------------------

    def missing(self) -> float:
        """Money between bound and value; inf without a grouping."""
        return float("inf") if self.value is None else self.bound - self.value

    def closed(self) -> bool:
        """Gap met."""
        return self.value is not None and self.missing() <= self.gap * max(abs(self.value), 1e-300)

    def done(self) -> bool:
        """Gap met, or time over."""
        return self.closed() or self.stop()

    def result(self, method: str = "prices") -> PriceResult:
        return PriceResult(self.labels, self.value, self.bound, self.certificate, tuple(self.history), None, method)

    def _tell(self) -> None:
        self.history.append((time.monotonic() - self.started, self.value, self.bound))
        if self.progress is not None and np.isfinite(self.bound):
            self.progress(self.value, self.bound)
