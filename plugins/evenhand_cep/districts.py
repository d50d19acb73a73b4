"""Many districts in one problem: each is an instance of its own, and time goes where the gap is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from attrs import define, field, frozen

from evenhand.executors import Executor, LocalExecutor
from evenhand.solvers.base import Limits
from evenhand_cep.exhaustive import solve_exhaustively
from evenhand_cep.hasty import hasty
from evenhand_cep.instance import Instance, Ints
from evenhand_cep.prices.solve import EXHAUSTIVE_SCHOOLS, PriceResult, share_prices

# Starting a process costs about as much as solving this many small districts.
PARALLEL_FROM = 40
# First round, seconds a district: enough to enumerate a small one and to relax a middle-sized one.
FIRST_SECONDS, SECONDS_PER_SCHOOL = 0.3, 0.003


@frozen(eq=False)
class Job:
    """One district's work, as plain data that can go to another process."""

    instance: Instance
    gap: float
    seconds: float
    seed: int


def solve_part(job: Job, stop: Callable[[], bool] | None = None,
               progress: Callable[[float | None, float], None] | None = None) -> PriceResult:
    """Solve one district within its seconds, counted from here."""
    begun = time.monotonic()

    def over() -> bool:
        return time.monotonic() - begun > job.seconds or (stop is not None and stop())

    return share_prices(job.instance, gap=job.gap, deadline=over, seed=job.seed, progress=progress,
                        exhaustive=_enumerate)


def _enumerate(instance: Instance, stop: Callable[[], bool]) -> tuple[Ints, float, float] | None:
    found = solve_exhaustively(instance, stop)
    if found.labels is None or found.value is None or found.bound is None:
        return None
    return found.labels, found.value, found.bound


def solve_districts(instances: Sequence[Instance], limits: Limits) -> list[PriceResult]:
    """Answers in the order of the instances.

    With several: a short first round over all of them, then a second one without a budget of its own for those still
    open, the largest gaps in money first, until the sum is proven close enough or time is up.
    """
    if len(instances) == 1:
        sign = 1.0 if limits.maximize else -1.0

        def tell(value: float | None, bound: float) -> None:
            limits.report(None if value is None else sign * value, sign * bound)

        return [solve_part(Job(instances[0], limits.gap, limits.remaining, limits.seed), limits.stop, tell)]
    rounds = _Rounds(instances, limits)
    # Those that can be enumerated take milliseconds: first, so that a short limit still finds most of the money.
    order = sorted(range(len(instances)), key=lambda i: (instances[i].size > EXHAUSTIVE_SCHOOLS, -instances[i].size))
    rounds.run(order, lambda i: min(
        limits.remaining, FIRST_SECONDS + SECONDS_PER_SCHOOL * instances[i].size))
    if not limits.stop() and not limits.closed():
        rounds.run(rounds.open(), lambda i: limits.remaining)
    return rounds.finished()


@define(eq=False)
class _Rounds:
    """Best answer and best bound of each district so far."""

    instances: Sequence[Instance]
    limits: Limits
    results: dict[int, PriceResult] = field(factory=dict)
    bounds: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.bounds = [_plain_bound(instance) for instance in self.instances]
        self._tell()

    def run(self, order: Sequence[int], seconds: Callable[[int], float]) -> None:
        limits = self.limits
        executor: Executor = limits.executor if len(order) >= PARALLEL_FROM else LocalExecutor()
        jobs = [Job(self.instances[i], limits.gap, seconds(i), limits.seed + i) for i in order]
        here = isinstance(executor, LocalExecutor) and executor.workers <= 1
        work = partial(solve_part, stop=limits.stop) if here else solve_part  # limits cannot go to another process
        for position, result in executor.map(work, jobs, self._enough):
            self._keep(order[position], result)

    def _enough(self) -> bool:
        return self.limits.stop() or self.limits.closed()

    def _keep(self, i: int, result: PriceResult) -> None:
        """The better answer, with the tighter bound (and the certificate that goes with it)."""
        before = self.results.get(i)
        if before is not None:
            better = max((before, result), key=lambda r: -math.inf if r.value is None else r.value)
            tighter = min((before, result), key=lambda r: math.inf if r.bound is None else r.bound)
            result = PriceResult(better.labels, better.value, tighter.bound, tighter.certificate_data,
                                 method=tighter.method)
        self.results[i] = result
        if result.bound is not None:
            self.bounds[i] = min(self.bounds[i], result.bound)
        self._tell()

    def open(self) -> list[int]:
        """Districts not yet proven close enough, the largest gap in the objective's unit first."""
        gaps = {i: math.inf if r.value is None or r.bound is None else r.bound - r.value
                for i, r in self.results.items()}
        asked = self.limits.gap
        still = [i for i, gap in gaps.items() if gap > asked * max(abs(self.results[i].value or 0.0), 1e-9)]
        return sorted(still, key=lambda i: -gaps[i])

    def finished(self) -> list[PriceResult]:
        return [self.results[i] if i in self.results else hasty(instance) for i, instance in enumerate(self.instances)]

    def _tell(self) -> None:
        sign = 1.0 if self.limits.maximize else -1.0
        values = [result.value for result in self.results.values()]
        complete = len(values) == len(self.instances)
        self.limits.report(sign * _sum(values) if complete and None not in values else None,
                           sign * math.fsum(self.bounds))


def _sum(values: Iterable[float | None]) -> float:
    return math.fsum(value for value in values if value is not None)


def _plain_bound(instance: Instance) -> float:
    """Every school at its best, no price asked: what is known before anything is solved."""
    low = float(instance.rule.lowest_share)
    inside = np.maximum(instance.slope, instance.slope * low) + instance.constant + np.maximum(instance.full, 0.0)
    inside = np.where(instance.may_join, inside, -np.inf)
    return float(np.maximum(inside, np.where(instance.may_stay_out, instance.outside, -np.inf)).sum())
