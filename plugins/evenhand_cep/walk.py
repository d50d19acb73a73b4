"""The annealing walk: random moves and swaps of schools, each judged in O(1) from the sums of two groups.

A state may break the minimum (or ``different_group``) on the way: the identified students missing have a price that
rises as long as the state stays illegal. That price steers the walk and never enters a reported value; only states
whose whole-number sums prove them legal are kept as best.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.instance import Instance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SAFE = 2**61
_ROUNDINGS = {"none": 0, "half_up_4": 1, "floor_4": 2}
_SWAP_SCALE = 1024

_BLOCK = 1 << 15
"""Steps between two renewals of the sums, which remove the drift of the floats."""

_RISE, _FALL, _CEILING = 1.25, 0.98, 1e9
"""How the price of an illegal state changes per block, and its limit as a multiple of the least price."""


class Walk:
    """A restartable random walk over the groupings of one instance, compiled on first use.

    Parameters
    ----------
    instance : Instance
        Schools, rule and limit on groups.
    seed : int, numpy.random.SeedSequence or numpy.random.Generator
        The walk depends on nothing else: same seed, same calls, same answer.
    swap_share : float
        Part of the steps that try to swap two schools instead of moving one; in [0, 1].

    Notes
    -----
    Legality is carried in 64-bit whole numbers. Counts too fine for them are first coarsened against the schools
    (identified down, enrolled up), so a state taken for legal is legal; its worth is then a hair low, never high.
    Two walks share nothing and may run in two threads.
    """

    def __init__(self, instance: Instance, seed: int | np.random.SeedSequence | np.random.Generator = 0,
                 swap_share: float = 0.25) -> None:
        from evenhand_cep import walk_kernel as kernel

        if not 0.0 <= swap_share <= 1.0:
            raise ValueError(f"swap_share must lie in [0, 1], not {swap_share}")
        self.instance = instance
        self._generator = np.random.default_rng(seed)
        self._random = self._generator.integers(2**64, size=1, dtype=np.uint64)
        self._swap_below = round(swap_share * _SWAP_SCALE)
        size, groups = instance.size, instance.max_groups
        self._lowest = instance.must_join.astype(np.int64)
        self._movable = np.flatnonzero(instance.may_join & (instance.may_stay_out | (groups > 1))).astype(np.int64)
        self._money = np.ascontiguousarray(
            np.column_stack([instance.slope, instance.constant, instance.full, instance.outside]))
        slack, slack_unit = _coarse(instance.minimum_slack)
        self._counts = np.ascontiguousarray(
            np.column_stack([*_coarse_counts(instance), slack, _coarse(instance.full_slack)[0]]))
        self._foe_starts, self._foes = _foes(instance)
        self._labels = np.zeros(size, dtype=np.int32)
        self._best_labels = np.zeros(size, dtype=np.int32)
        self._sums = np.zeros((groups + 1, 5))
        self._tallies = np.zeros((groups + 1, 4), dtype=np.int64)
        self._wholes = np.zeros(4, dtype=np.int64)
        self._wholes[kernel.ROUNDING] = _ROUNDINGS[instance.rule.rounding]
        self._reals = np.zeros(9)
        self._reals[kernel.MULTIPLIER] = float(instance.rule.multiplier)
        self._reals[kernel.SHORT_UNIT] = slack_unit / (instance.scale * instance.rule.minimum_requirement.denominator)
        self._reals[kernel.NOISE] = 1e-12 * float(np.abs(self._money).sum())
        self._reals[kernel.LEAST_SHORT_PRICE] = 2.0 * self._price_of_a_student()
        self._reals[kernel.LEAST_CONFLICT_PRICE] = self.mean_worth
        self._best: tuple[Ints | None, float] | None = None
        self._started = False

    # -- walking ---------------------------------------------------------------------------------------------

    def start(self, labels: Ints | None = None) -> None:
        """Go to a state, by default a random one; the best state seen so far is kept.

        Raises
        ------
        ValueError
            If the labels have the wrong shape, lie outside 0..max_groups, leave out a school that must join or take
            in one that must stay out. Groups under the minimum and forbidden neighbours are allowed.
        """
        from evenhand_cep import walk_kernel as kernel

        instance = self.instance
        given = self._random_labels() if labels is None else np.asarray(labels)
        if given.shape != (instance.size,):
            raise ValueError(f"labels have shape {given.shape}, expected ({instance.size},)")
        if np.any(given < 0) or np.any(given > instance.max_groups):
            raise ValueError(f"labels must lie in 0..{instance.max_groups}")
        if np.any((given == 0) & instance.must_join) or np.any((given > 0) & instance.must_stay_out):
            raise ValueError("labels leave out a school that must join, or take in one that must stay out")
        self._labels[:] = given
        self._reals[kernel.SHORT_PRICE] = self._reals[kernel.LEAST_SHORT_PRICE]
        self._reals[kernel.CONFLICT_PRICE] = self._reals[kernel.LEAST_CONFLICT_PRICE]
        kernel.resum(self._labels, *self._tables())
        if self.is_legal and (not self._wholes[kernel.HAS_BEST] or self.value > self._reals[kernel.BEST]):
            self._best_labels[:] = self._labels
            self._reals[kernel.BEST] = self.value
            self._wholes[kernel.HAS_BEST] = 1
            self._best = None
        self._started = True

    def advance(self, steps: int, temperature: float) -> int:
        """Make ``steps`` steps at one temperature (in the unit of the objective; 0 accepts gains only).

        Returns
        -------
        int
            How many were accepted.

        Raises
        ------
        ValueError
            If the temperature is negative or not finite, ``steps`` is negative, or the walk was not started.
        """
        from evenhand_cep.walk_kernel import resum, walk_block

        if not self._started:
            raise ValueError("start the walk before it advances")
        if steps < 0 or not 0.0 <= temperature < np.inf:
            raise ValueError(f"cannot make {steps} steps at temperature {temperature}")
        if not len(self._movable):
            return 0
        self._best = None
        accepted = 0
        for done in range(0, steps, _BLOCK):
            accepted += walk_block(min(_BLOCK, steps - done), float(temperature), self._swap_below, self._movable,
                                   self._lowest, self._labels, self._best_labels, *self._tables(), self._random)
            resum(self._labels, *self._tables())
            self._adapt_prices()
        return int(accepted)

    # -- looking ---------------------------------------------------------------------------------------------

    @property
    def best(self) -> tuple[Ints | None, float]:
        """Labels and worth (:meth:`Instance.value`) of the best legal state seen; None and -inf when there is none."""
        from evenhand_cep.walk_kernel import HAS_BEST

        if self._best is None:
            found = self._best_labels.astype(np.int64) if self._wholes[HAS_BEST] else None
            self._best = (found, -np.inf if found is None else self.instance.value(found))
        labels, value = self._best
        return (None if labels is None else labels.copy()), value

    @property
    def labels(self) -> Ints:
        """The present state, legal or not."""
        return self._labels.astype(np.int64)

    @property
    def value(self) -> float:
        """Worth of the present state as carried along: a group under the minimum counts with its own share."""
        from evenhand_cep.walk_kernel import TOTAL

        return float(self._reals[TOTAL])

    @property
    def is_legal(self) -> bool:
        """Whether the present state keeps every rule."""
        from evenhand_cep.walk_kernel import CONFLICTS, ILLEGAL_GROUPS

        return not self._wholes[ILLEGAL_GROUPS] and not self._wholes[CONFLICTS]

    @property
    def mean_worth(self) -> float:
        """Mean of |slope| + |constant| + |full| per school: the yardstick of temperatures."""
        return float(np.abs(self._money[:, :3]).sum()) / max(1, self.instance.size) or 1.0

    # -- inside ----------------------------------------------------------------------------------------------

    def _tables(self) -> tuple[Floats, Ints, Floats, Ints, Floats, Ints, Ints, Ints]:
        return (self._money, self._counts, self._sums, self._tallies, self._reals, self._wholes, self._foe_starts,
                self._foes)

    def _adapt_prices(self) -> None:
        """Dearer as long as a rule is broken, slowly back to the least price afterwards."""
        from evenhand_cep import walk_kernel as kernel

        for price, least, broken in (
                (kernel.SHORT_PRICE, kernel.LEAST_SHORT_PRICE, kernel.ILLEGAL_GROUPS),
                (kernel.CONFLICT_PRICE, kernel.LEAST_CONFLICT_PRICE, kernel.CONFLICTS)):
            factor = _RISE if self._wholes[broken] else _FALL
            floor = self._reals[least]
            self._reals[price] = min(max(floor, factor * self._reals[price]), _CEILING * floor)

    def _random_labels(self) -> Ints:
        drawn = self._generator.integers(self._lowest, self.instance.max_groups + 1)
        drawn[self.instance.must_stay_out] = 0
        return drawn

    def _price_of_a_student(self) -> float:
        """What one identified student more is worth on average: multiplier x worth per enrolled student."""
        enrolled = float(self.instance.enrolled.sum()) or 1.0
        return float(self.instance.rule.multiplier) * self.mean_worth * self.instance.size / enrolled


def _coarse(numbers: NDArray[np.generic]) -> tuple[Ints, float]:
    """Whole numbers whose sums fit 64 bits, rounded down if need be, and how much one of them stands for."""
    whole = [int(number) for number in numbers]
    unit = gcd(*whole) or 1
    whole = [number // unit for number in whole]
    shift = max(0, sum(abs(number) for number in whole).bit_length() - _SAFE.bit_length() + 1)
    return np.array([number >> shift for number in whole], dtype=np.int64), float(unit << shift)


def _coarse_counts(instance: Instance) -> tuple[Ints, Ints]:
    """Identified (rounded down if need be) and enrolled (up) on one scale, small enough for the rounding of ISP."""
    identified = [int(number) for number in instance.exact_identified]
    enrolled = [int(number) for number in instance.exact_enrolled]
    room = 20_000 * (sum(identified) + sum(enrolled))
    shift = max(0, room.bit_length() - _SAFE.bit_length() + 1)
    return (np.array([number >> shift for number in identified], dtype=np.int64),
            np.array([-(-number >> shift) for number in enrolled], dtype=np.int64))


def _foes(instance: Instance) -> tuple[Ints, Ints]:
    """For each school the schools it may not meet, as one list and its starts."""
    apart: list[set[int]] = [set() for _ in range(instance.size)]
    for rows in instance.different_group:
        for row in rows:
            apart[row].update(other for other in rows if other != row)
    starts = np.cumsum([0, *(len(others) for others in apart)], dtype=np.int64)
    return starts, np.array([other for others in apart for other in sorted(others)], dtype=np.int64)
