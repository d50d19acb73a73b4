"""Quota methods: whole quotas first, the rest by largest remainder."""

from __future__ import annotations

import heapq
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evenhand_apportionment.classic.answer import Answer, Cut
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.keys import ranked
from evenhand_apportionment.classic.populations import Ints, Populations, total
from evenhand_apportionment.wording import counted, there_are

QUOTA_METHODS = ("hamilton", "droop", "hagenbach_bischoff")
_SAFE = 2**61


def quota(method: str, whole: int | Fraction, k: int) -> Fraction:
    """People per unit.

    Hamilton (Hare) ``whole/k``, Hagenbach-Bischoff ``whole/(k + 1)``, Droop ``floor(whole/(k + 1)) + 1``.

    Raises
    ------
    ValueError
        For an unknown method or k < 1.
    """
    if k < 1:
        raise ValueError(f"a quota needs at least one unit; found {k}")
    if method == "hamilton":
        return Fraction(whole) / k
    if method == "hagenbach_bischoff":
        return Fraction(whole) / (k + 1)
    if method == "droop":
        return Fraction(Fraction(whole) // (k + 1) + 1)
    raise ValueError(f"unknown quota method {method!r}; known: {', '.join(QUOTA_METHODS)}")


class Remainders:
    """``P/Q - t`` for every group as whole numbers ``P A - t B``, in int64 where that is wide enough."""

    def __init__(self, people: Populations, k: int, method: str, most: int) -> None:
        q = quota(method, Fraction(total(people.whole), people.scale), k) * people.scale
        self.times, self.unit = q.denominator, q.numerator
        whole = people.whole
        if int(whole.max()) * self.times >= _SAFE or (most + 1) * self.unit >= _SAFE:
            whole = whole.astype(object)
        self._claims = whole * self.times
        self._object = self._claims.dtype == object

    def floors(self) -> Ints:
        return np.asarray(self._claims // self.unit).astype(np.int64)

    def after(self, t: Ints) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
        """Numerators of ``P/Q - t`` over ``unit``: the claim of a group with t units to one more."""
        have = t.astype(object) if self._object else t
        return np.asarray(self._claims - have * self.unit)


def divide(people: Populations, k: int, method: str, lower: Ints, upper: Ints, rank: Ints) -> Answer:
    """Largest remainders within bounds: the least ``sum (a - P/Q)**2`` among all divisions within them.

    A group below its minimum is raised to it and takes no part in the remainders; its next unit would cost more than
    that of any group not raised.

    Raises
    ------
    NoApportionmentError
        When the whole quotas, with the minimums, already exceed k.
    """
    if k == 0:
        return Answer(method, None, lower.copy())
    remainders = Remainders(people, k, method, int(lower.max()) + 1)
    floors = remainders.floors()
    units = np.clip(floors, lower, upper)
    left = k - int(units.sum())
    if left < 0:
        raise _exhausted(method, floors, units, lower, upper, k, remainders, people.scale)
    if left:
        _hand_out(remainders, units, upper, left, rank)
    return _answer(method, remainders, units, lower, upper, rank)


def _exhausted(method: str, floors: Ints, units: Ints, lower: Ints, upper: Ints, k: int, remainders: Remainders,
               scale: int) -> NoApportionmentError:
    plain = int(np.minimum(floors, upper).sum())
    words = method.replace("_", "-")
    if plain > k:
        size = Fraction(remainders.unit, remainders.times * scale)
        return NoApportionmentError(
            f"The {words} quota of {float(size):,.6g} people per unit gives out {counted(plain, 'whole quota')}; "
            f"{there_are(k, 'only ')} unit{'' if k == 1 else 's'}. A quota below the Hare quota can do that.",
            conflict=(f"{words} quota", "units"),
            relief=("the method hamilton, whose quotas never exceed the units", counted(plain, "unit")))
    raised = int((lower > floors).sum())
    return NoApportionmentError(
        f"Raising {counted(raised, 'group')} to {'its' if raised == 1 else 'their'} minimum takes the whole quotas "
        f"from {plain:,} to {counted(int(units.sum()), 'unit')}; {there_are(k, 'only ')}, so {words} has "
        "nothing left to distribute.", conflict=("minimum", f"{words} quota"),
        relief=(f"about {counted(int(units.sum()), 'unit')}, smaller minimums, or a divisor method",))


def _hand_out(remainders: Remainders, units: Ints, upper: Ints, left: int, rank: Ints) -> None:
    """Give ``left`` units to the largest remainders, in place."""
    open_ = np.flatnonzero(units < upper)
    claims = remainders.after(units)[open_]
    if left <= len(open_):
        order = _by_claim(claims, rank[open_])
        # One unit each is right as long as nobody's second unit comes before the last of these.
        if left == 1 or claims[order[0]] - remainders.unit < claims[order[left - 1]]:
            units[open_[order[:left]]] += 1
            return
    ranks = rank[open_].tolist()
    heap = [(-claim, ranks[place], group) for place, (claim, group)
            in enumerate(zip(claims.tolist(), open_.tolist(), strict=True))]
    heapq.heapify(heap)
    for _ in range(left):
        claim, place, group = heap[0]
        units[group] += 1
        if units[group] < upper[group]:
            heapq.heapreplace(heap, (claim + remainders.unit, place, group))
        else:
            heapq.heappop(heap)


def _by_claim(claims: npt.NDArray[np.int64] | npt.NDArray[np.object_], rank: Ints) -> Ints:
    by_rank = np.argsort(rank, kind="stable")
    return np.asarray(by_rank[np.argsort(-claims[by_rank], kind="stable")])


def _answer(method: str, remainders: Remainders, units: Ints, lower: Ints, upper: Ints, rank: Ints) -> Answer:
    met, unmet = at_cut(remainders, units, lower, upper)
    last = next_ = None
    tied: list[int] = []
    shared = 0
    if met is not None:
        last = _cut(remainders, ranked(met[1], rank)[-1], units, met[0], 0)
    if unmet is not None:
        next_ = _cut(remainders, ranked(unmet[1], rank)[0], units, unmet[0], 1)
    if met is not None and unmet is not None and met[0] == unmet[0]:
        tied, shared = sorted({*met[1], *unmet[1]}), len(met[1])
    units.flags.writeable = False
    return Answer(method, None, units, tuple(tied), shared, last, next_)


def at_cut(remainders: Remainders, units: Ints, lower: Ints,
           upper: Ints) -> tuple[tuple[int, list[int]] | None, tuple[int, list[int]] | None]:
    """The weakest claim that was met and the strongest that was not, with all groups that have it; None without one."""
    given, open_ = np.flatnonzero(units > lower), np.flatnonzero(units < upper)
    met, unmet = remainders.after(units - 1)[given], remainders.after(units)[open_]
    return ((int(met.min()), given[met == met.min()].tolist()) if len(given) else None,
            (int(unmet.max()), open_[unmet == unmet.max()].tolist()) if len(open_) else None)


def _cut(remainders: Remainders, group: int, units: Ints, claim: int, more: int) -> Cut:
    exact = Fraction(claim, remainders.unit)
    return Cut(group, int(units[group]) + more, float(exact), exact)
