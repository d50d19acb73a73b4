"""The whole algorithm: feasibility, prices, bounds, grouping, and then whatever closes the gap that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evenhand_cep.instance import Instance, Ints
from evenhand_cep.prices import certificate
from evenhand_cep.prices.feasibility import carrying_group, infeasibility
from evenhand_cep.prices.polish import kicked
from evenhand_cep.prices.run import SWAP_SIDE, Deadline, PriceResult, Progress, Run
from evenhand_cep.prices.stages import FEW_SCHOOLS, bound_few, quick_start, refine, relax, starts
from evenhand_cep.prices.tree_search import grow_tree

__all__ = ["Deadline", "ExhaustiveHook", "PriceResult", "Progress", "price_bound", "share_prices"]

ExhaustiveHook = Callable[[Instance, Deadline], tuple[Ints, float, float] | None]
"""Given a small instance: labels, value and a proven bound, or None when stopped or unsuitable."""

EXHAUSTIVE_SCHOOLS = 18
_MANY_SCHOOLS = 3000


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
        Takes instances of few schools (up to ``EXHAUSTIVE_SCHOOLS`` that are not bound to stay out).
    effort : float
        Scales how long it goes on without a deadline once nothing improves.
    """
    proof = infeasibility(instance)
    if proof is not None:
        return PriceResult(None, None, None, None, infeasible=proof)
    run = Run(instance, gap, deadline or _never, seed, progress)
    if certificate.is_forced(instance):
        run.offer(instance.must_join.astype(np.int64))
        _take_single(run)
        return run.result()
    _first_candidates(run)
    if exhaustive is not None and int(instance.may_join.sum()) <= EXHAUSTIVE_SCHOOLS:
        found = exhaustive(instance, run.stop)
        if found is not None:
            labels, _, bound = found
            run.offer(labels)
            run.take_bound(bound, None)
            return run.result("exhaustive")
    _search(run, effort)
    return run.result()


def price_bound(instance: Instance, stop: Deadline | None = None) -> tuple[float, dict[str, Any]]:
    """A bound and its certificate without looking for a grouping; cheap at any size. -inf when nothing is legal.

    Returns
    -------
    (bound, certificate_data)
    """
    run = Run(instance, 0.0, stop or _never, 0, None)
    if certificate.is_forced(instance) and infeasibility(instance) is None:
        _take_single(run)
    else:
        run.try_prices(run.curve)
        if not run.reach.empty and not run.stop():
            relax(run)
    assert run.certificate is not None
    return run.bound, run.certificate


def _never() -> bool:
    return False


def _take_single(run: Run) -> None:
    bound = certificate.evaluate_certificate(run.instance, certificate.single_data(0.0))
    run.take_bound(bound, certificate.single_data(bound))


def _first_candidates(run: Run) -> None:
    instance = run.instance
    run.try_prices(run.curve)
    if bool(instance.may_stay_out.all()):
        run.offer(np.zeros(instance.size, dtype=np.int64))
    run.offer(instance.may_join.astype(np.int64))
    run.offer(carrying_group(instance))


def _search(run: Run, effort: float) -> None:
    if run.reach.empty or run.done():
        return
    relaxed = relax(run)
    if run.stop():
        quick_start(run, relaxed)
        return
    size = run.instance.size
    fewer = [count for count in (6, 4, 3, 2, 1) if count < run.groups]
    starts(run, relaxed, [run.groups])
    if size < _MANY_SCHOOLS:
        starts(run, relaxed, fewer)
    if run.caps is not None and not run.done():
        refine(run, relaxed)
    if not run.done() and run.instance.max_groups < size and size >= FEW_SCHOOLS:
        bound_few(run)
    if run.caps is not None:
        _kick(run, 0.15 * effort)
        grow_tree(run, effort)
        _kick(run, 0.3 * effort)
    else:
        _kick(run, effort)


def _kick(run: Run, effort: float) -> None:
    """Perturbed restarts until the gap is met, time is over, or nothing has improved for long."""
    if run.labels is None:
        return
    patience = int(effort * max(20, min(150, 6000 // max(1, run.instance.size))))
    since = 0
    while since < patience and not run.done():
        since += 1
        strength = int(run.random.integers(2, 7))
        grouping = kicked(run.features, run.labels, run.groups, run.curve, run.random, run.stop, strength,
                          min(SWAP_SIDE, 60))
        if grouping is not None and run.offer(grouping.labels):
            since = 0
