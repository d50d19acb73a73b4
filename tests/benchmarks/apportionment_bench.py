"""Apportionment: everything measured against the original notebook's rule, timed in the same run.

The original's sweep over 951 sizes takes most of a minute and its 3,143 groups some ten seconds, so both are timed on
a part and scaled up: the sweep on every twentieth size, the large table on a few single units of its walk.
``worse`` is by how much the original's error exceeds the optimum.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.parametric.problem import ParametricProblem
from evenhand_apportionment.parametric.solve import solve
from evenhand_apportionment.parametric.sweep import sweep
from tests.benchmarks import original_greedy

Row = dict[str, object]
Floats = NDArray[np.float64]

NEW_ENGLAND = (7136171, 3675069, 1409032, 1405012, 1112308, 648493)
EVERY = 20
MILLION = 1_000_000


def states() -> Floats:
    """The 50 apportionment populations of 2020 when the reference table is at hand, else made up."""
    default = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("EVENHAND_SHARED", default)) / "data" / "apportionment" / "us_house_1910_2020.csv"
    if not path.exists():
        return np.exp(np.random.default_rng(50).normal(15.2, 1.0, 50))
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    return np.array([float(cells[2]) for cells in lines[1:] if cells[0] == "2020"])


def counties(count: int = 3143) -> Floats:
    """Made up, with the spread of the counties of the United States."""
    return np.exp(np.random.default_rng(count).normal(10.2, 1.45, count))


def seconds(action: Callable[[], object], repeats: int = 1) -> float:
    """The best of some repeats."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def paired(original: Callable[[], object], ours: Callable[[], object], rounds: int, repeats: int) -> tuple[float, float]:
    """The best of both, by turns: whatever else the machine does slows the two alike."""
    best = [np.inf, np.inf]
    for _ in range(rounds):
        best = [min(best[0], seconds(original)), min(best[1], seconds(ours, repeats))]
    return best[0], best[1]


def row(what: str, ours: float, original: float | None, target: float | None = None, **more: object) -> Row:
    """``target``: how many times as fast it should be; without an original, the most seconds it may take."""
    line: Row = {"work": what, "seconds": ours, "original, seconds": "", "times as fast": ""}
    if original is not None:
        line |= {"original, seconds": original, "times as fast": original / ours}
    if target is not None:
        met = ours <= target if original is None else original / ours >= target
        line |= {"target": f"<= {target:g} s" if original is None else f">= {target:,.0f}", "met": "yes" if met else "no"}
    return line | more


def single(what: str, people: Floats, k: int, repeats: int, target: float | None = None) -> Row:
    problem = ParametricProblem.build(people)
    original, ours = paired(lambda: original_greedy.allocate(people, k), lambda: solve(problem, k), 7, repeats)
    _, error = original_greedy.allocate(people, k)
    return row(what, ours, original, target, worse=f"{max(0.0, error / solve(problem, k).error - 1):.2%}")


def swept(what: str, people: Floats, last: int, every: int, target: float | None = None) -> Row:
    problem, first = ParametricProblem.build(people), len(people)
    sizes = range(first, last + 1, every)
    part, ours = paired(lambda: [original_greedy.allocate(people, k) for k in sizes],
                        lambda: sweep(problem, first, last), 3, 5)
    original = part / len(sizes) * (last - first + 1)
    rows = sweep(problem, first, last)
    wrong = sum(original_greedy.allocate(people, k)[1] > (1 + 1e-9) * rows.errors[k - first] for k in sizes)
    return row(what, ours, original, target, worse=f"{wrong} of {len(sizes)} sizes")


def large() -> Row:
    """3,143 groups: one of the original's units is timed, times the units it has to move."""
    people, k = counties(), 10_000
    problem = ParametricProblem.build(people)
    ideal = k * original_greedy.normalised(people, 1.0)
    units = np.maximum(1, np.floor(ideal)).astype(np.int64)
    steps = abs(k - int(units.sum()))
    weights = original_greedy.normalised(people, 1.0)
    one = seconds(lambda: original_greedy.one_unit(units, 1, ideal, weights, original_greedy.Parameters()), 3)
    return row(f"3,143 groups, k = 10,000 (original: {steps} units to move)",
               seconds(lambda: solve(problem, k), 10), one * steps, 5000)


def million() -> Iterator[Row]:
    """Beyond the original altogether."""
    people = np.exp(np.random.default_rng(6).normal(10.0, 1.4, MILLION))
    for gamma in (1.0, 0.0):
        problem = ParametricProblem.build(people, gamma=gamma)
        yield row(f"1,000,000 groups, k = 10,000,000, gamma = {gamma:g}",
                  seconds(lambda problem=problem: solve(problem, 10 * MILLION), 2), None, 1)


def package() -> Iterator[Row]:
    """Every method of the package ``apportionment``, where it is installed (it is no dependency of ours).

    The target is of its six divisor methods; its two quota methods are quick, and are shown beside them.
    """
    try:
        from apportionment.methods import compute
    except ImportError:
        return
    people, names = [int(people) for people in counties()], [str(number) for number in range(3143)]
    pairs = {"adams": "adams", "dean": "dean", "huntington_hill": "huntington", "webster": "saintelague",
             "jefferson": "dhondt", "modified_sainte_lague": "modified_saintelague"}
    quotas = {"hamilton": "hamilton", "quota_balinski_young": "quota"}
    for ours, theirs in (pairs | quotas).items():
        yield row(f"{ours} beside the package apportionment, 3,143 groups, k = 10,000",
                  seconds(lambda ours=ours: apportion(people, 10_000, ours, lower=0), 5),
                  seconds(lambda theirs=theirs: compute(theirs, people, 10_000, parties=names)),
                  50 if ours in pairs else None)


def main() -> list[Row]:
    few, many = np.array(NEW_ENGLAND, dtype=float), states()
    return [
        single("6 groups, k = 60", few, 60, 50),
        swept("6 groups, k = 6..60", few, 60, 1),
        swept("6 groups, k = 6..1000", few, 1000, EVERY),
        single("50 groups, k = 435", many, 435, 50, 500),
        swept("50 groups, k = 50..1000", many, 1000, EVERY, 3000),
        large(),
        *million(),
        *package(),
    ]


if __name__ == "__main__":
    from tests.benchmarks.__main__ import table

    print("\n".join(table(main())))
