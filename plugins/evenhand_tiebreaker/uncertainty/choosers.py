"""How each kind of selection chooses again from other counts of the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from evenhand_tiebreaker.budgets import engine_limits
from evenhand_tiebreaker.curves.reduction import best_within
from evenhand_tiebreaker.curves.vertices import Budgets, chosen_at, threshold_curve
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.literals import Feature, best_rule
from evenhand_tiebreaker.options import SHARE
from evenhand_tiebreaker.resampling.shrinkage import in_share_order, shrunk_shares

if TYPE_CHECKING:
    from evenhand_tiebreaker.counts import Bools, Ints
    from evenhand_tiebreaker.problem import TiebreakerProblem

# A search looks at every pair of thresholds of two features; up to so many pairs in all divisions a second is lost.
MOST_PAIRS = 50_000_000
# A frontier has a cell per student: with more, blocks are taken in order of their share, which then loses next to
# nothing.
MOST_CELLS = 5_000_000


@frozen(eq=False)
class Chooser:
    """Chooses as the problem does, within its budgets scaled to a part of the students.

    Attributes
    ----------
    part : the part of the students that a choice is made from; counts of a budget are multiplied by it.
    fixed : (n,) the choice that is kept whatever the counts, or None where each table of counts is chosen from.
    weight : None, or k: blocks are taken in order of their shares shrunk with the weight of k counts.
    area : (n,) numbers of the areas whose shares small blocks are drawn to.
    order : None, or (n,) rows of the blocks in the order in which counts come; ``fixed`` and ``area`` are in it too.
    """

    problem: TiebreakerProblem
    part: Fraction
    fixed: Bools | None = None
    weight: float | None = None
    area: Ints | None = None
    order: Ints | None = None

    @property
    def eligible(self) -> Bools:
        """(n,) in the order of the counts."""
        blocks = self.problem.blocks
        return blocks.eligible if self.order is None else blocks.eligible[self.order]

    @property
    def _lived_in(self) -> Bools:
        lived_in: Bools = (self.problem.blocks.students > 0).astype(np.bool_)
        return lived_in if self.order is None else lived_in[self.order]

    def __call__(self, focal: Ints, other: Ints) -> Bools:
        """(n,) the blocks chosen from these counts."""
        if self.fixed is not None:
            return self.fixed
        if self.weight is not None:
            return self._shrunk(focal, other, self.weight)
        own = {"threshold": self._threshold, "exact": self._exact, "rule": self._rule}
        return own[self.problem.options.selection](focal, other)

    def limits(self, other: Ints) -> dict[str, int]:
        """Most non-focal students, students or blocks, by what is counted, in the unit of the counts.

        ``fpr`` is a share of the non-focal students at hand; a count of students is cut down to the part, a number of
        blocks is not.
        """
        found: dict[str, int] = {}
        for limit in self.problem.limits:
            if limit.name == "fpr":
                most = floor(limit.given * total(other))
            elif limit.counted == "blocks":
                most = limit.most
            else:
                most = floor(limit.given * limit.factor * self.part)
            found[limit.counted] = min(most, found.get(limit.counted, most))
        return found

    def _threshold(self, focal: Ints, other: Ints) -> Bools:
        eligible, given = self.eligible, self.problem.options.threshold
        if given is not None:
            return chosen_at(focal, other, eligible, given)
        most = self.limits(other)
        curve = threshold_curve(focal, other, eligible)
        return curve.choice(curve.best_within(Budgets(**engine_limits(most))))

    def _exact(self, focal: Ints, other: Ints) -> Bools:
        if not exact_again(self.problem):
            return self._filled(focal, other)
        most = self.limits(other)
        counted = next(iter(most), "non_focal")
        cost = self._costs(focal, other)[counted]
        return best_within(focal, cost, self.eligible, most.get(counted, total(cost))).choice

    def _rule(self, focal: Ints, other: Ints) -> Bools:
        options = self.problem.options
        if self.order is not None:  # the features are in the order of the table
            table = [np.empty_like(counts) for counts in (focal, other)]
            for rows, counts in zip(table, (focal, other), strict=True):
                rows[self.order] = counts
            return evolve(self, order=None)._rule(*table)[self.order]
        budgets = engine_limits(self.limits(other))
        return best_rule(self._features(focal, other), focal, other, self.problem.blocks.eligible,
                         literals=options.literals, directions=options.directions, budgets=budgets).chosen

    def _features(self, focal: Ints, other: Ints) -> list[Feature]:
        """The features; the focal share is that of the counts at hand, everything else as the table has it."""
        found = dict(self.problem.features)
        name = SHARE + self.problem.options.focal
        if name in found:
            found[name] = Feature.of_share(name, focal, focal + other)
        return list(found.values())

    def _filled(self, focal: Ints, other: Ints) -> Bools:
        """Blocks in order of their share, each if it still fits: less than one block from the optimum of one budget."""
        curve = threshold_curve(focal, other, self.eligible)
        rows = np.flatnonzero((curve.group >= 0) & (focal > 0))
        rows = rows[np.lexsort((rows, -focal[rows], curve.group[rows]))]
        costs, left = self._costs(focal, other), self.limits(other)
        chosen = np.zeros(len(focal), dtype=np.bool_)
        for row in rows.tolist():
            spent = {counted: int(costs[counted][row]) for counted in left}
            if all(spent[counted] <= left[counted] for counted in left):
                chosen[row] = True
                left = {counted: left[counted] - spent[counted] for counted in left}
        return chosen

    def _shrunk(self, focal: Ints, other: Ints, weight: float) -> Bools:
        """The best prefix of the blocks in order of their shrunk shares; equal ones come together."""
        assert self.area is not None
        shares = shrunk_shares(focal, other, self.area, weight)
        given = self.problem.options.threshold
        # A block without students has the share of its area: nobody would be reached there.
        eligible = self.eligible & (self._lived_in | (focal + other > 0))
        if given is not None and self.problem.options.selection == "threshold":
            return eligible & (shares >= float(given))
        most, costs = self.limits(other), self._costs(focal, other)
        chosen = np.zeros(len(focal), dtype=np.bool_)
        kept: Sequence[Ints] = []
        taken: list[Ints] = []
        spent = dict.fromkeys(most, 0)
        for rows in in_share_order(shares, eligible):
            spent = {counted: spent[counted] + int(costs[counted][rows].sum()) for counted in spent}
            if any(spent[counted] > most[counted] for counted in most):
                break
            taken.append(rows)
            if focal[rows].any():  # blocks that reach nobody only count where better ones follow
                kept = list(taken)
        for rows in kept:
            chosen[rows] = True
        return chosen

    def _costs(self, focal: Ints, other: Ints) -> dict[str, Ints]:
        return {"non_focal": other, "students": focal + other, "blocks": np.ones(len(focal), dtype=np.int64)}


def exact_again(problem: TiebreakerProblem) -> bool:
    """Whether the best of all sets is looked for in every division: one budget, and a frontier of workable size."""
    counted = {limit.counted for limit in problem.limits}
    return len(counted) <= 1 and (counted == {"blocks"} or total(problem.blocks.students) <= MOST_CELLS)


def searched_again(problem: TiebreakerProblem, divisions: int) -> bool:
    """Whether rules are looked for anew in every division: cheap up to two literals over not too many thresholds."""
    sides = 2 if problem.options.directions == "both" else 1
    sizes = sum(sides * len(feature.levels) for feature in problem.features.values())
    return problem.options.literals <= 2 and divisions * sizes**2 <= MOST_PAIRS
