"""By how little the last unit was won."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from attrs import frozen

from evenhand_apportionment.classic.answer import Answer, Cut
from evenhand_apportionment.classic.populations import Counts, Populations, read
from evenhand_apportionment.classic.quotas import QUOTA_METHODS, quota
from evenhand_apportionment.classic.signposts import signpost


@frozen
class Margin:
    """By how few people ``last`` beat ``next``.

    ``people``: the least whole number more with which the next would have beaten the last. ``fewer``: the least
    without which the last would have lost to the next; only for divisor methods. None: no number does.
    """

    last: Cut
    next: Cut
    people: int | None
    fewer: int | None = None


def margin(populations: Counts | Populations, answer: Answer) -> Margin | None:
    """How many more people the next in line would have needed to win the last unit, all else equal.

    Winning means a strictly stronger claim than the one that got the last unit. For quota methods the newcomers
    count in the quota too, and only the two claims are compared. None where no claim stands on one of the sides.
    """
    if answer.last is None or answer.next is None or answer.last.group == answer.next.group:
        return None
    people = read(populations)
    if answer.method in QUOTA_METHODS:
        return Margin(answer.last, answer.next, _by_quota(people, answer, answer.last, answer.next))
    return Margin(answer.last, answer.next, _by_divisor(people, answer, answer.last, answer.next),
                  _fewer(people, answer, answer.last, answer.next))


def _by_divisor(people: Populations, answer: Answer, last: Cut, next_: Cut) -> int | None:
    """Least x with ``(P + x)**e / d**e`` above the last claim, e the power in which claims are rational."""
    post = signpost(answer.method, answer.parameter)
    have = int(people.whole[next_.group])
    numerator, denominator = post.ratio(next_.unit - 1)
    if last.exact is None:
        if numerator:
            return None
        return _more(int(people.whole[last.group]), have, people.scale)
    assert numerator, "an infinite claim is met before a finite one"
    threshold = last.exact * Fraction(numerator, denominator) * people.scale**post.power
    return _more(_root(threshold.numerator // threshold.denominator, post.power), have, people.scale)


def _fewer(people: Populations, answer: Answer, last: Cut, next_: Cut) -> int | None:
    """Least x with a claim of ``(P_last - x)/d`` below the next one's; exact."""
    if last.exact is None or next_.exact is None:
        return None
    post = signpost(answer.method, answer.parameter)
    own = Fraction(int(people.whole[last.group]), people.scale)
    barrier = next_.exact * Fraction(*post.ratio(last.unit - 1))
    if not barrier:
        return None
    found = _first(lambda x: max(own - x, Fraction(0)) ** post.power < barrier)
    return found if found <= own else None


def _more(beaten: int, have: int, scale: int) -> int:
    """Least x with ``have + x scale > beaten``."""
    return max(0, (beaten - have) // scale + 1)


def _root(value: int, power: int) -> int:
    """The largest whole number whose power is at most ``value``."""
    if power == 1 or value < 2:
        return value
    low, high = 1, 1 << (value.bit_length() // power + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= value else (low, middle)
    return low


def _by_quota(people: Populations, answer: Answer, last: Cut, next_: Cut) -> int | None:
    """Least x with ``(P_next + x)/Q - t_next > P_last/Q - t_last``, Q the quota of S + x people."""
    k = int(answer.units.sum())
    behind = Fraction(int(people.whole[last.group]) - int(people.whole[next_.group]), people.scale)
    steps = next_.unit - last.unit
    # Every person more adds 1 on the left and steps/k, or steps/(k + 1), on the right.
    if steps >= k + (answer.method != "hamilton"):
        return None
    if answer.method != "droop":
        return _first(lambda x: x - behind > steps * quota(answer.method, people.total + x, k))

    # Droop's quota is a whole number, the same for k + 1 people in a row: within such a run each person more helps,
    # and so it is from the end of one run to the end of the next.
    lowest = int(quota("droop", people.total, k))

    def last_of(run: int) -> int:
        return math.ceil((lowest + run) * (k + 1) - people.total) - 1

    run = _first(lambda run: last_of(run) - behind > steps * (lowest + run))
    start = 0 if run == 0 else last_of(run - 1) + 1
    return max(start, math.floor(behind + steps * (lowest + run)) + 1)


def _first(wins: Callable[[int], bool]) -> int:
    """The least x >= 0 that wins, where one win is followed by wins only."""
    if wins(0):
        return 0
    least, most = 0, 1
    while not wins(most):
        least, most = most, 2 * most
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if wins(middle) else (middle, most)
    return most
