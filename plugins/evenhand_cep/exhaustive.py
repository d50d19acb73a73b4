"""Exact grouping of few schools: the dynamic programme over all subsets.

With w(T) the worth of T as one group (-inf when it may not be one), and T taken to hold S's highest member,

    f(S) = max over T in S of  w(T) + f(S - T)

is the best worth of S in any number of groups. If its grouping needs more than ``max_groups``, layers f_k (at most k
groups) follow from f_{a+b}(S) = max f_a(T) + f_b(S - T), doubling k instead of adding one.

Legality, full share and rounded ISP of every subset are decided on whole numbers. Only the worth is a float, so the
bound handed back carries an outward pad for the rounding of these sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import gcd
from typing import Any, Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Stop = Callable[[], bool]

MAX_UNITS = 20
"""Schools (after merging, without those that must stay out) the programme accepts: 3^20 splits are seconds."""

_SAFE = 2**62
_WHOLE = 2**53
_BLOCK = 1 << 11
_DOUBTFUL_BLOCK = 20_000


@frozen
class SubsetOptimum:
    """What the dynamic programme found.

    Attributes
    ----------
    status : {"optimal", "infeasible", "stopped"}
        ``stopped``: the ``stop`` callable asked for it, nothing is known.
    labels : int array of shape (n,), or None
        0 = out, 1.. in order of the groups' first rows.
    value, bound : float or None
        Worth of the labels (:meth:`Instance.value`), and a number no grouping exceeds: the optimum plus a pad for
        float rounding (about 1e-14 of the sum of all absolute worths).
    units, subsets_examined, subsets_allowed, splits_examined : int
        Schools decided on, their non-empty subsets, those that may be a group, and pairs (S, T) compared.
    reason : str
        For ``infeasible``, why.
    """

    status: Literal["optimal", "infeasible", "stopped"]
    units: int
    labels: Ints | None = None
    value: float | None = None
    bound: float | None = None
    subsets_examined: int = 0
    subsets_allowed: int = 0
    splits_examined: int = 0
    reason: str = ""


class _Stopped(Exception):  # noqa: N818 - a signal inside this module, not an error
    """The caller asked to stop."""


def solve_exhaustively(instance: Instance, stop: Stop | None = None) -> SubsetOptimum:
    """The best grouping of at most ``MAX_UNITS`` schools, proven by enumeration; O(3^n) time, O(2^n) memory.

    Parameters
    ----------
    instance : Instance
        Schools that must stay out do not count towards the limit.
    stop : callable returning bool, optional
        Asked several times a second; True ends the search with status ``stopped``.

    Raises
    ------
    ValueError
        If more schools are to be decided.
    """
    rows = np.flatnonzero(instance.may_join)
    if len(rows) > MAX_UNITS:
        raise ValueError(f"{len(rows)} schools to decide, the exhaustive search takes at most {MAX_UNITS}")
    try:
        return _Search(instance, rows, stop or (lambda: False)).run()
    except _Stopped:
        return SubsetOptimum("stopped", units=len(rows), reason="stopped before every subset was seen")


class _Search:
    """One run; sets of the rows to decide are bit masks, bit i standing for ``rows[i]``."""

    def __init__(self, instance: Instance, rows: Ints, stop: Stop) -> None:
        self.instance = instance
        self.rows = rows
        self.stop = stop
        self.everything = (1 << len(rows)) - 1
        self.splits = 0

    def run(self) -> SubsetOptimum:
        allowed, worth = self._group_worths()
        allowed_count = int(np.count_nonzero(allowed))
        worth, core = self._with_hangers_on(worth)
        outcome = self._best_groups(worth, core)
        counted = SubsetOptimum("infeasible", units=len(self.rows), subsets_examined=self.everything,
                                subsets_allowed=allowed_count, splits_examined=self.splits)
        if isinstance(outcome, str):
            return evolve(counted, reason=outcome)
        groups, highest = outcome
        labels = np.zeros(self.instance.size, dtype=np.int64)
        ordered = sorted((self.rows[_members(mask)] for mask in groups), key=lambda rows: int(rows[0]))
        for number, rows in enumerate(ordered, start=1):
            labels[rows] = number
        fixed = float(self.instance.outside[self.instance.must_stay_out].sum())
        value = self.instance.value(labels)
        bound = max(value, highest + fixed + self._pad())
        return evolve(counted, status="optimal", labels=labels, value=value, bound=bound)

    # -- worth of every subset -------------------------------------------------------------------------------

    def _group_worths(self) -> tuple[Bools, Floats]:
        """Which subsets may be a group, and their worth as one (-inf if not); the empty set is worth 0."""
        instance, rows = self.instance, self.rows
        allowed = self._sums_not_negative(instance.minimum_slack[rows]) & self._keeps_apart()
        allowed[0] = False
        self._check()
        full = self._sums_not_negative(instance.full_slack[rows])
        share = np.minimum(1.0, float(instance.rule.multiplier) * self._carried_isp())
        share[full] = 1.0
        self._check()
        worth = share * subset_sums(instance.slope[rows])
        worth += subset_sums(instance.constant[rows])
        if np.any(instance.full[rows]):
            worth += np.where(full, subset_sums(instance.full[rows]), 0.0)
        worth[~allowed] = -np.inf
        worth[0] = 0.0
        self._check()
        return allowed, worth

    def _sums_not_negative(self, scores: NDArray[np.generic]) -> Bools:
        """Exactly, for every subset: is the sum of its whole-number scores >= 0?"""
        whole = _reduced([int(score) for score in scores])
        if sum(abs(score) for score in whole) < _SAFE:
            return subset_sums(np.array(whole, dtype=np.int64)) >= 0
        sums = subset_sums(np.array([float(score) for score in whole]))
        answer = sums >= 0.0
        slack = 4 * (len(whole) + 4) * np.finfo(np.float64).eps * sum(abs(float(score)) for score in whole)
        for mask in self._one_by_one(np.abs(sums) <= slack):
            answer[mask] = sum(whole[bit] for bit in _members(mask)) >= 0
        return answer

    def _carried_isp(self) -> Floats:
        """ISP of every subset as the rounding policy carries it (0 for the empty set)."""
        rule, enrolled, identified = self.instance.rule, *self._exact_counts()
        if rule.rounding != "none":
            carried: Floats = self._rounded_steps(rule, identified, enrolled) / 10_000
            return carried
        below = subset_sums(np.array([float(number) for number in enrolled]))
        below[0] = 1.0
        isp: Floats = subset_sums(np.array([float(number) for number in identified])) / below
        return isp

    def _rounded_steps(self, rule: ClaimingRule, identified: list[int], enrolled: list[int]) -> Floats:
        """Rounded ISP of every subset in steps of 1/10,000, exact."""
        if 20_000 * (sum(identified) + sum(enrolled)) < _SAFE:
            above, below = (subset_sums(np.array(counts, dtype=np.int64)) for counts in (identified, enrolled))
            below[0] = 1
            steps = ((20_000 * above + below) // (2 * below) if rule.rounding == "half_up_4"
                     else (10_000 * above) // below)
            exact: Floats = steps.astype(np.float64)
            return exact
        half = 0.5 if rule.rounding == "half_up_4" else 0.0
        total = subset_sums(np.array([float(number) for number in enrolled]))
        total[0] = 1.0
        raw = subset_sums(np.array([float(number) for number in identified])) / total * 10_000 + half
        result: Floats = np.floor(raw)
        # A float quotient below 10,001 is right to 1e-9, so only the neighbourhood of whole numbers is in doubt.
        doubtful = np.abs(raw - np.rint(raw)) < 1e-7
        doubtful[0] = False
        for mask in self._one_by_one(doubtful):
            bits = _members(mask)
            isp = rule.rounded_isp(sum(identified[bit] for bit in bits), sum(enrolled[bit] for bit in bits))
            result[mask] = int(isp * 10_000)
        return result

    def _exact_counts(self) -> tuple[list[int], list[int]]:
        enrolled = [int(number) for number in self.instance.exact_enrolled[self.rows]]
        identified = [int(number) for number in self.instance.exact_identified[self.rows]]
        return enrolled, identified

    def _keeps_apart(self) -> Bools:
        """Subsets that hold no two schools of one ``different_group`` list."""
        enemies = self._enemies()
        apart = np.ones(1 << len(self.rows), dtype=np.bool_)
        if any(enemies):
            masks = np.arange(len(apart))
            for bit, foes in enumerate(enemies):
                half = 1 << bit
                apart[half:2 * half] = apart[:half] & ((masks[:half] & foes) == 0)
        return apart

    def _enemies(self) -> list[int]:
        place = {int(row): bit for bit, row in enumerate(self.rows)}
        enemies = [0] * len(self.rows)
        for listed in self.instance.different_group:
            bits = {place[row] for row in listed if row in place}
            for bit in bits:
                for other in bits - {bit}:
                    enemies[bit] |= 1 << other
        return enemies

    def _with_hangers_on(self, worth: Floats) -> tuple[Floats, Ints]:
        """Worth of a subset as one group at most, any of its schools that may staying out; and that group's mask.

        With it "the highest member stays out" needs no case of its own in the splits.
        """
        core = np.arange(len(worth), dtype=np.int64)
        for bit, row in enumerate(self.rows):
            if self.instance.must_join[row]:
                continue
            without, with_it = _halves(worth, bit)
            core_without, core_with = _halves(core, bit)
            staying_out = without + self.instance.outside[row]
            better = staying_out > with_it
            with_it[better] = staying_out[better]
            core_with[better] = core_without[better]
        self._check()
        return worth, core

    # -- splitting -------------------------------------------------------------------------------------------

    def _best_groups(self, worth: Floats, core: Ints) -> tuple[list[int], float] | str:
        """Masks of the best groups and the maximum as computed, or why there is none."""
        limit = min(self.instance.max_groups, len(self.rows))
        if limit <= 1 or len(self.rows) == 1:
            if worth[self.everything] == -np.inf:
                return self._why_not(core, worth, "the one group allowed cannot hold every school that must join")
            return _without_empty([int(core[self.everything])]), float(worth[self.everything])
        free = self._layer(worth, None)
        parts = self._trace(worth, free, self.everything)
        highest = self._split_value(worth, free, parts[0])
        if highest == -np.inf:
            return self._why_not(core, worth, "no way of splitting the schools leaves every group at the minimum")
        groups = self._joined(_without_empty([int(core[part]) for part in parts]))
        if len(groups) <= limit:
            return groups, highest
        enough = len(groups)
        layers = self._layers_up_to(worth, limit - 1)
        first = self._find_split(worth, layers[limit - 1][0])
        highest = self._split_value(worth, layers[limit - 1][0], first)
        if highest == -np.inf:
            return f"more than {limit} groups are needed ({enough} are enough)"
        parts = [first, *self._trace_layers(layers, limit - 1, self.everything ^ first)]
        return self._joined(_without_empty([int(core[part]) for part in parts])), highest

    def _layer(self, first: Floats, second: Floats | None) -> Floats:
        """One table of best splits, for the sets without the last school: the rest of the whole never holds it."""
        from evenhand_cep.exhaustive_kernel import split_range

        size = (self.everything + 1) // 2
        best = np.full(size, -np.inf)
        best[0] = 0.0
        for start in range(0, size, _BLOCK):
            self._check()
            split_range(first, best if second is None else second, best, max(start, 1), min(start + _BLOCK, size))
        self.splits += (3 ** (len(self.rows) - 1) - 1) // 2
        return best

    def _layers_up_to(self, worth: Floats, count: int) -> dict[int, tuple[Floats, int]]:
        """Tables for at most 1, ..., ``count`` groups by binary powering; each with the first part's number."""
        layers: dict[int, tuple[Floats, int]] = {1: (worth, 1)}
        reached = 1
        for digit in bin(count)[3:]:
            layers[2 * reached] = (self._layer(layers[reached][0], layers[reached][0]), reached)
            reached *= 2
            if digit == "1":
                layers[reached + 1] = (self._layer(worth, layers[reached][0]), 1)
                reached += 1
        return layers

    def _find_split(self, first: Floats, second: Floats, whole: int | None = None) -> int:
        from evenhand_cep.exhaustive_kernel import best_split

        return int(best_split(first, second, self.everything if whole is None else whole))

    def _split_value(self, first: Floats, second: Floats, part: int) -> float:
        self.splits += (self.everything + 1) // 2
        return float(first[part] + second[self.everything ^ part]) if part else -np.inf

    def _trace(self, worth: Floats, free: Floats, whole: int) -> list[int]:
        """Parts of a best split into any number of groups; [0] when there is none."""
        parts = []
        while whole:
            part = self._find_split(worth, free, whole)
            if not part:
                return [0]
            parts.append(part)
            whole ^= part
        return parts

    def _trace_layers(self, layers: dict[int, tuple[Floats, int]], count: int, whole: int) -> list[int]:
        if not whole:
            return []
        if count == 1:
            return [whole]
        first = layers[count][1]
        part = self._find_split(layers[first][0], layers[count - first][0], whole)
        return [*self._trace_layers(layers, first, part), *self._trace_layers(layers, count - first, whole ^ part)]

    def _joined(self, groups: list[int]) -> list[int]:
        """Groups with exactly the same share made one, where no rule keeps them apart: exactly the same worth."""
        enemies = self._enemies()
        kept: list[int] = []
        for group in sorted(groups, key=lambda mask: int(_members(mask)[0])):
            foes = 0
            for bit in _members(group):
                foes |= enemies[bit]
            for place, other in enumerate(kept):
                if not foes & other and self._share(group) == self._share(other):
                    kept[place] = group | other
                    break
            else:
                kept.append(group)
        return kept

    def _share(self, mask: int) -> object:
        return self.instance.share_of(self.rows[_members(mask)])

    def _why_not(self, core: Ints, worth: Floats, general: str) -> str:
        for bit, row in enumerate(self.rows):
            holding = _halves(worth, bit)[1]
            if self.instance.must_join[row] and not np.any(np.isfinite(holding)):
                return f"row {int(row)} is in no group that reaches the minimum"
        return general

    def _pad(self) -> float:
        """How far the sums of floats may lie under the true optimum: each of some 2n + 8 operations errs by eps."""
        parts = (self.instance.slope, self.instance.constant, self.instance.full, self.instance.outside)
        size = sum(float(np.abs(part).sum()) for part in parts)
        if (not self.instance.slope.any() and size < _WHOLE
                and all(np.array_equal(part, np.rint(part)) for part in parts[1:])):
            return 0.0  # counts: floats add whole numbers of this size without error
        return 4 * (self.instance.size + 8) * float(np.finfo(np.float64).eps) * size

    # -- small things ----------------------------------------------------------------------------------------

    def _one_by_one(self, chosen: Bools) -> Iterator[int]:
        for count, mask in enumerate(np.flatnonzero(chosen)):
            if count % _DOUBTFUL_BLOCK == 0:
                self._check()
            yield int(mask)

    def _check(self) -> None:
        if self.stop():
            raise _Stopped


def subset_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Sums over all subsets: entry ``mask`` adds ``values[i]`` for every bit i of ``mask``. Shape (2^n,)."""
    sums = np.zeros(1 << len(values), dtype=values.dtype)
    for bit, value in enumerate(values):
        half = 1 << bit
        np.add(sums[:half], value, out=sums[half:2 * half])
    return sums


def _members(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _halves(table: NDArray[Any], bit: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Views of the entries of the sets without and with one bit, in the same order."""
    pairs = table.reshape(-1, 2, 1 << bit)
    return pairs[:, 0, :], pairs[:, 1, :]


def _reduced(scores: Sequence[int]) -> list[int]:
    divisor = gcd(*scores) if scores else 1
    return [score // divisor for score in scores] if divisor > 1 else list(scores)


def _without_empty(masks: Sequence[int]) -> list[int]:
    return [mask for mask in masks if mask]
