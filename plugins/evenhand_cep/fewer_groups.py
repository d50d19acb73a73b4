"""What fewer groups are worth at least: from the answer downwards, one group less each time.

Everything here is deterministic: work is counted in steps of the search, never in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from evenhand_cep.instance import Instance, Ints
from evenhand_cep.parts import school_worth
from evenhand_cep.prices.climb import climb
from evenhand_cep.prices.curve import PriceCurve
from evenhand_cep.prices.grouping import Features, Grouping
from evenhand_cep.prices.repair import repair
from evenhand_cep.prices.start import assigned

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_cep.problem import CepProblem

Floats = npt.NDArray[np.float64]

MOST_SCHOOLS = 5_000
MOST_GROUPS = 24
WORK = 12_000_000
"""Schools times steps of the search, all numbers of groups together; some seconds' worth at most."""
SWAP_SIDE = 60


@frozen
class FewerGroups:
    """Values that real groupings of at most so many groups have, in the objective's unit as a sum over schools.

    Attributes
    ----------
    counts : numbers of groups, rising without a hole; the last is the answer's own.
    values : the best grouping of at most so many groups is worth at least this. Never more than the answer.
    reason : why there is nothing to show, in words; then the other two are empty.
    """

    counts: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    reason: str = ""


def fewer_groups(problem: CepProblem, allocation: Allocation, curve: PriceCurve | None = None) -> FewerGroups:
    """Lower bounds of the objective for every smaller number of groups.

    Parameters
    ----------
    allocation : the answer; it must keep every rule.
    curve : prices that tell which schools are worth exchanging, those of the certificate; a flat one by default.

    Returns
    -------
    FewerGroups
        Each value is that of a grouping that was checked exactly against every rule of the district.
    """
    if (refused := refusal(problem)) is not None:
        return FewerGroups(reason=refused)
    part = problem.parts[0]
    instance = part.instance
    if instance is None:
        return FewerGroups(reason="the rules contradict each other")
    labels = part.gathered(problem.groups(allocation).labels()[part.rows])
    opened = int(labels.max()) if len(labels) else 0
    if not 2 <= opened <= MOST_GROUPS:
        return FewerGroups(reason=f"the answer has {opened} groups; this is drawn for 2 to {MOST_GROUPS}")
    if not instance.is_legal(labels):
        return FewerGroups(reason="the answer breaks a rule")
    found = descent(instance, labels, flat_curve(instance) if curve is None else curve)
    return FewerGroups(tuple(k for k, _ in found), tuple(value for _, value in found))


def refusal(problem: CepProblem) -> str | None:
    """Why fewer groups are not looked into, or None."""
    if len(problem.districts) > 1:
        return "there are several districts, each with groups of its own"
    if len(problem.kept) > MOST_SCHOOLS:
        return f"there are more than {MOST_SCHOOLS:,} schools"
    worth = school_worth(problem)
    if worth is None or worth.left_out:
        return "the objective is more than a sum over schools"
    return None


def flat_curve(instance: Instance) -> PriceCurve:
    """One price for all shares: what the meals of an average student are worth (never under 0)."""
    return PriceCurve([1.0], [max(0.0, float(instance.slope.sum() / instance.enrolled.sum()))])


def descent(instance: Instance, labels: Ints, curve: PriceCurve, work: int = WORK) -> list[tuple[int, float]]:
    """(number of groups, value of a legal grouping of at most so many), rising; the last is the given grouping.

    Merges the pair of groups that loses least, climbs, and goes on with what it got. It ends where no two groups
    may be merged. ``labels`` must be 1..k without a hole (0: outside) and legal.
    """
    features = Features(instance)
    found = [(int(labels.max()), instance.value(labels))]
    steps = _Steps(work // max(1, instance.size))
    starts = [np.array(labels, dtype=np.int64)]
    for groups in range(int(labels.max()) - 1, 0, -1):
        steps.allow(1.0 / groups)  # a share of what is left: the last ones get as much as the first
        merged = [m for m in (merged_pair(features, start, groups) for start in starts) if m is not None]
        fresh = _from_prices(features, labels, groups, curve, steps)
        answers = [climbed for climbed in (_climbed(features, m, groups, curve, steps) for m in [*merged, *fresh])
                   if instance.is_legal(climbed)]
        if not answers:
            break
        best = max(answers, key=instance.value)
        found.append((groups, instance.value(best)))
        # Two groupings are carried on: the improved one, and the plain merger, which keeps the answer's own ends.
        starts = _different([best, *(m for m in merged[-1:] if instance.is_legal(m))])
    return _never_falling(found[::-1])


def merged_pair(features: Features, labels: Ints, groups: int) -> Ints | None:
    """Labels 1..``groups`` or fewer: pairs of groups merged, always the pair that loses least.

    None if more groups stay because schools of any two of them must be apart.
    """
    grouping = Grouping(features, labels, int(labels.max()))
    while len(opened := grouping.open) > groups:
        first, second = np.triu_indices(len(opened), 1)
        first, second = opened[first], opened[second]
        worths = grouping.group_worths()
        change = features.worth(grouping.sums[:, first] + grouping.sums[:, second]) - worths[first] - worths[second]
        if grouping.conflicts is not None:
            apart = [bool(np.any(grouping.conflicts[a][grouping.labels == b]))
                     for a, b in zip(first, second, strict=True)]
            change[apart] = -np.inf
        at = int(np.argmax(change))
        if not np.isfinite(change[at]):
            return None
        grouping.merge(int(first[at]), int(second[at]))
    return _renumbered(grouping.labels)


def _from_prices(features: Features, labels: Ints, groups: int, curve: PriceCurve, steps: _Steps) -> list[Ints]:
    """Every school where the prices value it most, when the answer keeps both ends and some shares between."""
    grouping = Grouping(features, labels, int(labels.max()))
    shares = np.unique(grouping.shares()[grouping.open])
    if groups < 2 or len(shares) <= groups:
        return []
    chosen = shares[np.rint(np.linspace(0, len(shares) - 1, groups)).astype(np.int64)]
    grouping = Grouping(features, assigned(features.instance, curve, chosen), groups)
    return [_renumbered(grouping.labels)] if repair(features, grouping, steps) else []


def _climbed(features: Features, labels: Ints, groups: int, curve: PriceCurve, steps: _Steps) -> Ints:
    grouping = Grouping(features, labels, groups)
    climb(grouping, curve, steps, SWAP_SIDE)
    return _renumbered(grouping.labels)


def _renumbered(labels: Ints) -> Ints:
    """Non-empty groups numbered 1.. in the order of their labels; 0 stays 0."""
    names = np.unique(labels[labels > 0])
    renumbered: Ints = np.where(labels > 0, np.searchsorted(names, labels) + 1, 0).astype(np.int64)
    return renumbered


def _different(several: Sequence[Ints]) -> list[Ints]:
    kept: list[Ints] = []
    for labels in several:
        if len(labels) and labels.max() > 0 and not any(np.array_equal(labels, other) for other in kept):
            kept.append(labels)
    return kept


def _never_falling(found: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """A grouping of at most k groups is also one of at most k + 1.

    No value exceeds the answer's: a search that happens to beat it within its gap would only confuse the comparison,
    and a smaller lower bound stays one.
    """
    listed = list(found)
    most = listed[-1][1]
    best, rising = -np.inf, []
    for groups, value in listed:
        best = max(best, min(value, most))
        rising.append((groups, best))
    return rising


class _Steps:
    """A stop that counts how often it is asked, so that the same work is done on every machine."""

    def __init__(self, total: int) -> None:
        self.left, self.allowed = total, 0

    def allow(self, share: float) -> None:
        self.allowed = int(self.left * share)

    def __call__(self) -> bool:
        if self.allowed <= 0:
            return True
        self.allowed -= 1
        self.left -= 1
        return False
