"""What a classic method answers: the units, the two claims at the cut, and every tie."""

from __future__ import annotations

from fractions import Fraction

from attrs import frozen

from evenhand_apportionment.classic.populations import Ints


@frozen
class Cut:
    """A claim at the cut: the ``unit``-th unit of ``group``.

    ``priority`` is ``P/d(unit - 1)`` for divisor methods and ``P/Q - (unit - 1)`` for quota methods, rounded once
    (divisor methods: ``inf`` where d is 0); ``exact`` is ``priority**power``, None where infinite.
    """

    group: int
    unit: int
    priority: float
    exact: Fraction | None
    power: int = 1


@frozen
class MidwayTie:
    """Equal claims met while units were handed out one by one.

    ``unit`` is the house size at which the tie was met; ``groups`` are those tied then and those that came to the same
    claim before all of them were served; ``settled_at`` is the size at which the last got its unit too (from then on
    the order no longer matters), None when some went without.
    """

    unit: int
    groups: tuple[int, ...]
    settled_at: int | None


@frozen(eq=False)
class Answer:
    """Units per group (read-only) and how the last of them was decided.

    Attributes
    ----------
    tied_groups, tied_units
        Groups whose claims to the last ``tied_units`` units are exactly equal; empty and 0 without a tie.
    last, next
        The weakest claim that was met (above the lower limits) and the strongest that was not (below the upper
        ones); None where there is none, and for the award order of Balinski and Young.
    first_units
        d(0) = 0 with fewer units than groups: the largest groups got one unit each.
    midway, awards
        Only for ``quota_balinski_young``: ties on the way, and the group of each unit after the lower limits.
    """

    method: str
    parameter: Fraction | float | None
    units: Ints
    tied_groups: tuple[int, ...] = ()
    tied_units: int = 0
    last: Cut | None = None
    next: Cut | None = None
    first_units: bool = False
    midway: tuple[MidwayTie, ...] = ()
    awards: Ints | None = None
