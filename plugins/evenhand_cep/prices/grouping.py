"""A grouping under search: group sums kept up to date, and the change of worth of every single move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand_cep.instance import Instance, Ints

Floats = NDArray[np.float64]

_FLOAT_WHOLE = 2**53
SLOPE, CONSTANT, FULL, ATTRIBUTED, ENROLLED, MINIMUM, TOP = range(7)
"""Rows of the feature table: worths, students, and the exact slacks to the minimum and to share 1."""


class Features:
    """What the search needs of an instance, as one float table of shape (7, n).

    The two slack rows hold whole numbers, exact in floats for ordinary data; when they are too long, ``guard`` keeps
    the search on the safe side and the caller's exact audit decides.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        minimum, minimum_guard = _slack_floats(instance.minimum_slack)
        top, top_guard = _slack_floats(instance.full_slack)
        self.table = np.array([instance.slope, instance.constant, instance.full, instance.attributed,
                               instance.enrolled, minimum, top])
        self.minimum_guard, self.top_guard = minimum_guard, top_guard
        self.plain = not (np.any(instance.constant != 0) or np.any(instance.full != 0))
        self.rounded = instance.rule.rounding != "none"
        worth = sum(float(np.abs(part).sum()) for part in (instance.slope, instance.full, instance.outside))
        # Smaller gains are not taken: rounding, or for very many schools not worth the O(n) of a step.
        self.noise = (1e-12 if instance.size < 3000 else 2e-9) * worth + 1e-300
        self.partners: dict[int, list[int]] = {}
        for apart in instance.different_group:
            for row in set(apart):
                self.partners.setdefault(row, []).extend(other for other in set(apart) if other != row)

    def share(self, sums: Floats) -> Floats:
        """Shares of allowed groups with these sums (first axis: the seven features)."""
        share = self._ratio_share(sums)
        return np.where(sums[TOP] >= self.top_guard, 1.0, share)

    def worth(self, sums: Floats) -> Floats:
        """Worth of groups with these sums; -inf for one under the minimum."""
        top = sums[TOP] >= self.top_guard
        share = np.where(top, 1.0, self._ratio_share(sums))
        worth = sums[SLOPE] * share
        if not self.plain:
            worth += sums[CONSTANT] + np.where(top, sums[FULL], 0.0)
        return np.where(sums[MINIMUM] >= self.minimum_guard, worth, -np.inf)

    def _ratio_share(self, sums: Floats) -> Floats:
        if not self.rounded:
            return np.minimum(1.0, sums[ATTRIBUTED] / sums[ENROLLED])
        rule = self.instance.rule
        return rule.approximate_share(sums[ATTRIBUTED] / float(rule.multiplier), sums[ENROLLED])


def _slack_floats(slack: NDArray[Any]) -> tuple[Floats, float]:
    reach = int(abs(slack).sum()) if len(slack) else 0
    if reach < _FLOAT_WHOLE:
        return slack.astype(np.float64), 0.0
    size = max(1, reach >> 52)
    return np.array([float(number) / size for number in slack.tolist()]), 1e-15 * (reach / size) * 64


class Grouping:
    """Labels 0..K with sums per group; group 0 is outside.

    ``gains[h, s]`` is the change of worth when school s moves to group h, -inf when the move is not legal.
    Only meaningful while every group is allowed.
    """

    def __init__(self, features: Features, labels: ArrayLike, groups: int) -> None:
        self.features, self.groups = features, groups
        self.labels: Ints = np.array(labels, dtype=np.int64)
        size = features.instance.size
        self.rows = np.arange(size)
        self.sums = np.zeros((7, groups + 1))
        self.counts = np.bincount(self.labels, minlength=groups + 1)
        for feature in range(7):
            self.sums[feature] = np.bincount(self.labels, features.table[feature], minlength=groups + 1)
        self.conflicts: NDArray[np.int64] | None = None
        if features.partners:
            self.conflicts = np.zeros((groups + 1, size), dtype=np.int64)
            for row, others in features.partners.items():
                if self.labels[row] > 0:
                    np.add.at(self.conflicts[self.labels[row]], others, 1)
        self.add = np.full((groups + 1, size), -np.inf)
        self.leave = np.zeros(size)
        self._fresh = False

    # -- values ----------------------------------------------------------------------------------------------

    @property
    def open(self) -> Ints:
        """Labels of the groups that hold a school."""
        return np.flatnonzero(self.counts[1:] > 0) + 1

    def group_worths(self) -> Floats:
        worths = np.zeros(self.groups + 1)
        worths[0] = float(self.features.instance.outside[self.labels == 0].sum())
        opened = self.open
        worths[opened] = self.features.worth(self.sums[:, opened])
        return worths

    def value(self) -> float:
        """Worth of all; -inf when a group is under the minimum."""
        return float(self.group_worths().sum())

    def shares(self) -> Floats:
        """Share of every group, 0 for outside and for empty groups."""
        shares = np.zeros(self.groups + 1)
        opened = self.open
        shares[opened] = self.features.share(self.sums[:, opened])
        return shares

    def clashes(self) -> int:
        """Number of pairs that must be apart and are together."""
        if self.conflicts is None:
            return 0
        inside = self.labels > 0
        return int(self.conflicts[self.labels[inside], self.rows[inside]].sum()) // 2

    def illegal(self) -> Ints:
        """Labels of the groups under the minimum."""
        opened = self.open
        return opened[self.sums[MINIMUM, opened] < self.features.minimum_guard]

    # -- changes ---------------------------------------------------------------------------------------------

    def move(self, school: int, group: int) -> None:
        """Put one school elsewhere; the gains of the two groups are recomputed when they are being kept."""
        old = int(self.labels[school])
        column = self.features.table[:, school]
        self.sums[:, old] -= column
        self.sums[:, group] += column
        self.counts[old] -= 1
        self.counts[group] += 1
        self.labels[school] = group
        if self.counts[old] == 0:
            self.sums[:, old] = 0.0
        if self.conflicts is not None and school in self.features.partners:
            others = self.features.partners[school]
            if old > 0:
                np.add.at(self.conflicts[old], others, -1)
            if group > 0:
                np.add.at(self.conflicts[group], others, 1)
        if self._fresh:
            self.refresh((old, group))

    def move_all(self, moves: Iterable[tuple[int, int]]) -> None:
        """Several moves, then one recomputation."""
        self.move_all_if(moves, -np.inf)

    def move_all_if(self, moves: Iterable[tuple[int, int]], least: float) -> bool:
        """Several moves at once, taken back unless the worth of all is then at least ``least``."""
        fresh, self._fresh = self._fresh, False
        undo, touched = [], set()
        for school, group in moves:
            old = int(self.labels[school])
            undo.append((school, old))
            touched |= {old, group}
            self.move(school, group)
        kept = least == -np.inf or (self.clashes() == 0 and self.value() >= least)
        if not kept:
            for school, group in reversed(undo):
                self.move(school, group)
        self._fresh = fresh
        if fresh and kept:
            self.refresh(touched)
        return kept

    def merge(self, kept: int, dissolved: int) -> None:
        """Put all schools of one group into another."""
        rows = np.flatnonzero(self.labels == dissolved)
        self.labels[rows] = kept
        self.sums[:, kept] += self.sums[:, dissolved]
        self.sums[:, dissolved] = 0.0
        self.counts[kept] += self.counts[dissolved]
        self.counts[dissolved] = 0
        if self.conflicts is not None and kept > 0:
            self.conflicts[kept] += self.conflicts[dissolved]
            self.conflicts[dissolved] = 0
        elif self.conflicts is not None:
            self.conflicts[dissolved] = 0
        if self._fresh:
            self.refresh((kept, dissolved))

    # -- gains -----------------------------------------------------------------------------------------------

    def keep_gains(self) -> None:
        """Compute the gains of all moves, and keep them up to date from now on."""
        self._fresh = True
        self.refresh(range(self.groups + 1))

    def refresh(self, touched: Iterable[int]) -> None:
        """Recompute what entering and leaving the touched groups is worth."""
        instance = self.features.instance
        emptied = False
        for group in touched:
            if group == 0:
                self.add[0] = np.where(instance.may_stay_out, instance.outside, -np.inf)
                members = self.labels == 0
                self.leave[members] = -instance.outside[members]
            elif self.counts[group] == 0:
                emptied = True
                self.add[group] = -np.inf
            else:
                self._refresh_group(group)
        empty = np.flatnonzero(self.counts[1:] == 0) + 1
        if len(empty) and (emptied or not np.any(np.isfinite(self.add[empty[0]]))):
            alone = self.features.worth(self.features.table)
            self.add[empty[0]] = np.where(instance.may_join, alone, -np.inf)

    def _refresh_group(self, group: int) -> None:
        features, instance = self.features, self.features.instance
        sums = self.sums[:, group][:, None]
        here = float(features.worth(sums)[0])
        joined = features.worth(sums + features.table) - here
        allowed = instance.may_join
        if self.conflicts is not None:
            allowed = allowed & (self.conflicts[group] == 0)
        self.add[group] = np.where(allowed, joined, -np.inf)
        members = np.flatnonzero(self.labels == group)
        if len(members) == 1:
            self.leave[members] = -here
        else:
            self.leave[members] = features.worth(sums - features.table[:, members]) - here

    def move_gains(self) -> Floats:
        """Gains of all single moves, shape (groups + 1, n) (keep_gains first); -inf for staying and illegal ones."""
        gains = self.add + self.leave
        gains[self.labels, self.rows] = -np.inf
        return gains

    def best_move(self) -> tuple[float, int, int]:
        """Gain, school and group of the steepest single move (keep_gains first). Ties: lowest group, then row."""
        gains = self.move_gains()
        at = int(np.argmax(gains))
        group, school = divmod(at, len(self.rows))
        return float(gains[group, school]), school, group
