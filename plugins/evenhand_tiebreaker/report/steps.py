"""Which points of a curve may be shown: none so close to another that the students between them are few."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.report.district import DISTRICT, ELIGIBLE, FOCAL, OTHER, REACHED
from evenhand_tiebreaker.report.suppression import SmallCells

if TYPE_CHECKING:
    from evenhand_tiebreaker.counts import Bools, Ints
    from evenhand_tiebreaker.report.facts import Facts


@frozen
class Known:
    """Counts that are told elsewhere; a coordinate that is not is None."""

    other: int | None
    focal: int | None


@frozen
class Steps:
    """How far apart shown points have to be, and what is known already."""

    cells: SmallCells
    known: tuple[Known, ...]

    def apart(self, other: int, focal: int) -> bool:
        """Whether a point's difference from everything known is 0 or not small."""
        return all((at.other is None or self.cells.tells(abs(at.other - other)))
                   and (at.focal is None or self.cells.tells(abs(at.focal - focal))) for at in self.known)

    def shown(self, other: Ints, focal: Ints, wanted: Iterable[int] = ()) -> list[int]:
        """Places of a curve, rising in both counts, that may be drawn together; ``wanted`` ones come first.

        Neighbours are enough to look at: what lies further off differs by more.
        """
        points = list(zip(other.tolist(), focal.tolist(), strict=True))
        if not self.cells.on:
            return list(range(len(points)))
        fit = self._fits(other, focal)
        kept: list[int] = []
        for place in sorted(set(wanted)):
            if fit[place] and (not kept or self._step(points[kept[-1]], points[place])):
                kept.append(place)
        ahead, last, found = [*kept, None], -1, []
        for place in np.flatnonzero(fit).tolist():
            following = ahead[0]
            if place == following:
                ahead.pop(0)
            elif (last >= 0 and not self._step(points[last], points[place])) or (
                    following is not None and not self._step(points[place], points[following])):
                continue
            found.append(place)
            last = place
        return found

    def _fits(self, other: Ints, focal: Ints) -> Bools:
        """(points,) whether a point's own counts and its differences from everything known are told."""
        fit = np.ones(len(other), dtype=np.bool_)
        for counts, known in ((other, [at.other for at in self.known]), (focal, [at.focal for at in self.known])):
            for number in (0, *(number for number in known if number is not None)):
                away = np.abs(counts - number)
                fit &= ((away == 0) | (away >= self.cells.below)).astype(np.bool_)
        return fit

    def _step(self, lower: tuple[int, int], upper: tuple[int, int]) -> bool:
        return self.cells.tells(abs(upper[0] - lower[0]), abs(upper[1] - lower[1]))


def curve_steps(facts: Facts) -> Steps:
    """For cut-offs over the eligible blocks: the district, the end of the curve, and a chosen cut-off are known."""
    regions = (DISTRICT, ELIGIBLE, *((REACHED,) if facts.options.selection == "threshold" else ()))
    return Steps(facts.cells, tuple(_known(facts, region) for region in regions))


def district_steps(facts: Facts) -> Steps:
    """For curves whose points contain one another, but not those of another curve."""
    return Steps(facts.cells, (_known(facts, DISTRICT),))


def _known(facts: Facts, region: str) -> Known:
    other, focal = (facts.district[name, region] for name in (OTHER, FOCAL))
    return Known(None if other.hidden else other.cell.count, None if focal.hidden else focal.cell.count)
