"""The estimates of one problem and one choice, made once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import attrs
import numpy as np
from attrs import frozen

from evenhand_tiebreaker.curve import fits_engine
from evenhand_tiebreaker.resampling.noise import estimated_under_noise
from evenhand_tiebreaker.resampling.scores import Rates, rates
from evenhand_tiebreaker.resampling.shrinkage import best_weight, shrunk_shares
from evenhand_tiebreaker.resampling.thinning import Estimate, Splits, estimated, splits
from evenhand_tiebreaker.uncertainty.choosers import Chooser, searched_again

if TYPE_CHECKING:
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.counts import Bools, Ints
    from evenhand_tiebreaker.problem import TiebreakerProblem
    from evenhand_tiebreaker.resampling.shrinkage import Floats
    from evenhand_tiebreaker.sections import UncertaintySection

WHOLE = Fraction(1)
WEIGHING = 1
"""Stream of the divisions by which a weight is picked; those that score it are of stream 0."""
SHRINKABLE = ("threshold", "exact")
"""Selections that order blocks by their share, so that shrinking the shares changes the choice."""


@frozen(eq=False)
class Method:
    """One way to choose, what it claims on the table at hand, and how it does where it was not made.

    Attributes
    ----------
    name : ``plain``, ``shrunk`` or ``noise``.
    claimed : rates on the table at hand.
    estimate : rates on the counts it was fitted to, and on others.
    """

    name: str
    claimed: Rates
    estimate: Estimate


@frozen(eq=False)
class Shrinkage:
    """Shares drawn towards their area's.

    Attributes
    ----------
    students : k, in students of the table.
    shares : (n,) float64, nan where there are neither students nor weight.
    receives : (n,) what would be chosen in the order of these shares.
    """

    students: float
    shares: Floats
    receives: Bools


@frozen(eq=False)
class Uncertainty:
    """Everything that ``[uncertainty]`` asks for.

    Attributes
    ----------
    section : the options.
    methods : plain first, then shrunk and noise where asked for.
    shrinkage : None where shares are not shrunk.
    chosen_anew : whether every division chooses for itself; otherwise the choice is fixed and only scored.
    """

    section: UncertaintySection
    methods: tuple[Method, ...]
    shrinkage: Shrinkage | None
    chosen_anew: bool

    @property
    def plain(self) -> Method:
        return self.methods[0]


def uncertainty_of(problem: TiebreakerProblem, allocation: Allocation) -> Uncertainty | None:
    """The estimates, once per choice; None without ``[uncertainty]`` or where the counts are too large to be divided.

    Everything follows from the tables, the options and the seed.
    """
    known: dict[bytes, Uncertainty | None] = problem.known.uncertainty
    key = allocation.array.tobytes()
    if key not in known:
        known[key] = _estimates(problem, allocation.array)
    return known[key]


def divisible(problem: TiebreakerProblem) -> bool:
    """Whether the counts stay where students can be drawn one by one."""
    return fits_engine(problem.blocks.students)


def _estimates(problem: TiebreakerProblem, chosen: Bools) -> Uncertainty | None:
    section = problem.sections.get("uncertainty")
    if section is None or not divisible(problem):
        return None
    blocks, order = problem.blocks, by_id(problem)
    selection = problem.options.selection
    anew = selection in SHRINKABLE or (selection == "rule" and searched_again(problem, section.splits))
    fixed = None if anew else chosen[order]
    divisions = splits(blocks.focal[order], blocks.other[order], count=section.splits, share=float(section.share),
                       seed=section.seed)
    plain = estimated(divisions, Chooser(problem, section.share, fixed, order=order))
    methods = [Method("plain", rates(blocks.focal, blocks.other, chosen), plain)]
    shrinkage = None
    if section.shrink != 0 and selection in SHRINKABLE:
        shrinkage, method = _shrunk(problem, section, divisions, order)
        methods.append(method)
    if section.noise != "none":
        methods.append(_noisy(problem, section, chosen, fixed, order))
    return Uncertainty(section, tuple(methods), shrinkage, anew)


def by_id(problem: TiebreakerProblem) -> Ints:
    """(n,) rows by geoid: students are drawn in this order, so that the order of the table changes no number."""
    ids = problem.blocks.ids
    return np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)


def areas(problem: TiebreakerProblem, column: str) -> Ints:
    """(n,) number of each block's area; blocks without one form an area of their own together."""
    names = [str(cell).strip() for cell in problem.tables["blocks"].raw.frame[column].tolist()]
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([place[name] for name in names], dtype=np.int64)


def _shrunk(problem: TiebreakerProblem, section: UncertaintySection, divisions: Splits, order: Ints
            ) -> tuple[Shrinkage, Method]:
    blocks, area = problem.blocks, areas(problem, section.toward)
    # In the unit of the counts, of which a student is ``factor``.
    weight = (best_weight(attrs.evolve(divisions, stream=WEIGHING), area[order], blocks.factor)
              if section.shrink == "auto" else float(section.shrink * blocks.factor))
    receives = Chooser(problem, WHOLE, None, weight, area)(blocks.focal, blocks.other)
    estimate = estimated(divisions, Chooser(problem, section.share, None, weight, area[order], order))
    shares = shrunk_shares(blocks.focal, blocks.other, area, weight)
    return (Shrinkage(weight / blocks.factor, shares, receives),
            Method("shrunk", rates(blocks.focal, blocks.other, receives), estimate))


def _noisy(problem: TiebreakerProblem, section: UncertaintySection, chosen: Bools, fixed: Bools | None, order: Ints
           ) -> Method:
    blocks = problem.blocks
    assert section.noise_scale is not None
    estimate = estimated_under_noise(
        blocks.focal[order], blocks.other[order], Chooser(problem, WHOLE, fixed, order=order),
        distribution=section.noise, scale=float(section.noise_scale * blocks.factor), draws=section.splits,
        seed=section.seed)
    return Method("noise", rates(blocks.focal, blocks.other, chosen), estimate)
