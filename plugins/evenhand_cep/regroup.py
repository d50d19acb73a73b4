"""Grouping when change itself has a cost: the term ``regrouped`` in the objective.

The price bound drops the cost (it is never negative), so it still holds. The search fixes which new group answers to
which of today's, which turns the cost into a bonus per school and group, and then makes the steepest single moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import define

from evenhand_cep.instance import Instance
from evenhand_cep.today import OUT

if TYPE_CHECKING:
    from evenhand_cep.parts import Part
    from evenhand_cep.problem import CepProblem

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROUNDS = 4
# Legality is decided exactly at the end; the search keeps this far (relative to enrolment) on the safe side.
MARGIN = 1e-12
NOISE = 1e-12


def settle(problem: CepProblem, part: Part, labels: Ints | None, weight: float, stop: Callable[[], bool]
           ) -> Ints | None:
    """Labels of the units that weigh money against moves: from the given ones and from today's, whichever ends better.

    Parameters
    ----------
    labels : (units,) the best grouping regardless of today's, or None.
    weight : what one school's staying is worth, in the objective's unit; positive.
    """
    instance = part.instance
    assert instance is not None and problem.today is not None
    stays = _stays(part, problem.today[part.rows])
    best: tuple[float, Ints] | None = None
    for start in (labels, _today_labels(part, problem.today[part.rows])):
        if start is None or not instance.is_legal(start):
            continue
        found = _improved(instance, start, stays, weight, stop)
        if best is None or found[0] > best[0]:
            best = found
    return None if best is None else best[1]


def _stays(part: Part, today: Ints) -> Floats:
    """(units, today's groups + 1) schools of each unit in each of today's groups; the last column counts those out."""
    known = sorted({int(t) for t in today.tolist() if t >= 0})
    place = {group: column for column, group in enumerate(known)}
    stays = np.zeros((int(part.unit.max()) + 1, len(known) + 1))
    for unit, group in zip(part.unit.tolist(), today.tolist(), strict=True):
        if group >= 0:
            stays[unit, place[group]] += 1.0
        elif group == OUT:
            stays[unit, -1] += 1.0
    return stays


def _today_labels(part: Part, today: Ints) -> Ints | None:
    """Today's grouping in labels 1..; a school without a group today joins the largest group."""
    instance = part.instance
    assert instance is not None
    known, labels = np.unique(today[today >= 0], return_inverse=True)
    if not len(known) or len(known) > instance.max_groups:
        return None
    rows = np.zeros(len(today), dtype=np.int64)
    rows[today >= 0] = labels + 1
    units = part.gathered(rows)
    lost = (units == 0) & instance.must_join
    units[lost] = int(np.bincount(labels).argmax()) + 1
    units[instance.must_stay_out] = 0
    return units


def _improved(instance: Instance, labels: Ints, stays: Floats, weight: float, stop: Callable[[], bool]
              ) -> tuple[float, Ints]:
    best_labels = np.array(labels, dtype=np.int64)
    best = instance.value(best_labels) + weight * _bonus(best_labels, stays, instance.max_groups)[0]
    for _ in range(ROUNDS):
        bonus = weight * _bonus(best_labels, stays, instance.max_groups)[1]
        found = _Climb.at(instance, best_labels, bonus).run(stop)
        value = instance.value(found) + weight * _bonus(found, stays, instance.max_groups)[0]
        if not instance.is_legal(found) or value <= best + NOISE * abs(best):
            break
        best, best_labels = value, found
    return best, best_labels


def _bonus(labels: Ints, stays: Floats, groups: int) -> tuple[float, Floats]:
    """Schools that stay under the best matching, and (units, groups + 1) how many of each unit stay in each label."""
    from scipy.optimize import linear_sum_assignment

    counts = np.zeros((groups + 1, stays.shape[1] - 1))
    np.add.at(counts, labels, stays[:, :-1])
    new, old = linear_sum_assignment(counts[1:], maximize=True)
    per_label = np.zeros((len(labels), groups + 1))
    per_label[:, new + 1] = stays[:, old]
    per_label[:, 0] = stays[:, -1]
    return float(per_label[np.arange(len(labels)), labels].sum()), per_label


@define(eq=False)
class _Climb:
    """Steepest single moves; ``sums`` holds enrolled, identified, slope, constant, full of each label (0 = outside)."""

    instance: Instance
    labels: Ints
    bonus: Floats
    features: Floats
    sums: Floats

    @classmethod
    def at(cls, instance: Instance, labels: Ints, bonus: Floats) -> _Climb:
        features = np.column_stack([instance.enrolled, instance.identified, instance.slope, instance.constant,
                                    instance.full])
        sums = np.zeros((instance.max_groups + 1, 5))
        np.add.at(sums, labels, features)
        return cls(instance, labels.copy(), bonus, features, sums)

    def run(self, stop: Callable[[], bool]) -> Ints:
        scale = NOISE * float(np.abs(self.instance.slope).sum() + np.abs(self.bonus).sum())
        while not stop():
            gains = self._gains()
            unit, label = np.unravel_index(int(np.argmax(gains)), gains.shape)
            if not gains[unit, label] > scale:
                break
            self.sums[self.labels[unit]] -= self.features[unit]
            self.sums[label] += self.features[unit]
            self.labels[unit] = label
        return self.labels

    def _gains(self) -> Floats:
        """(units, labels) change of the objective if the unit goes to the label; -inf where it may not."""
        instance, labels = self.instance, self.labels
        here = np.arange(len(labels))
        worth = self._worth(self.sums)
        left = self._worth(self.sums[labels] - self.features) - worth[labels]
        left = np.where(labels == 0, -instance.outside, left)
        joined = self._worth(self.sums[None, :, :] + self.features[:, None, :]) - worth[None, :]
        joined[:, 0] = instance.outside
        gains = left[:, None] + joined + self.bonus - self.bonus[here, labels][:, None]
        gains[here, labels] = -np.inf
        gains[instance.must_join, 0] = -np.inf
        gains[instance.must_stay_out, 1:] = -np.inf
        for apart in instance.different_group:
            for unit in apart:
                taken = [int(labels[other]) for other in apart if other != unit and labels[other] > 0]
                gains[unit, taken] = -np.inf
        return gains

    def _worth(self, sums: Floats) -> Floats:
        """Worth of groups with these sums: 0 when empty, -inf under the minimum ISP."""
        rule = self.instance.rule
        enrolled, identified = sums[..., 0], sums[..., 1]
        empty = enrolled <= MARGIN * float(self.instance.enrolled.sum())
        safe = np.where(empty, 1.0, enrolled)
        share = rule.approximate_share(identified, safe)
        worth = share * sums[..., 2] + sums[..., 3] + np.where(share >= 1.0, sums[..., 4], 0.0)
        short = identified < float(rule.minimum_requirement) * safe * (1.0 + MARGIN)
        return np.where(empty, 0.0, np.where(short, -np.inf, worth))
