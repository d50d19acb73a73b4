"""Choosing by one part of the students and scoring on the rest.

Every student goes to the fitting part with the same chance, so both parts are fair samples of one population and a
choice tuned to the first meets students it has not seen in the second (sample splitting; Stone 1974, "Cross-validatory
choice and assessment of statistical predictions").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.resampling.scores import Bools, Ints, Rates, Summary, rates, summarized

Choose = Callable[[Ints, Ints], Bools]
"""(focal, other) of the fitting part -> the blocks chosen from it."""


@frozen(eq=False)
class Split:
    """One division of the students; all arrays int64 of shape (n,)."""

    focal: Ints
    other: Ints
    rest_focal: Ints
    rest_other: Ints


@frozen
class Estimate:
    """What the chosen blocks do on the students they were chosen by, and on the others.

    Attributes
    ----------
    fitted : Summary
        On the fitting part: the claim.
    unseen : Summary
        On the rest: what to expect.
    """

    fitted: Summary
    unseen: Summary


def split(focal: Ints, other: Ints, share: float, random: np.random.Generator) -> Split:
    """Thin every count: Binomial(count, share) students fit, the others score."""
    first, second = random.binomial(focal, share), random.binomial(other, share)
    return Split(first, second, focal - first, other - second)


@frozen(eq=False)
class Splits:
    """``count`` independent divisions, the same whenever they are gone through.

    They are drawn one by one, as all of them at once fill gigabytes: a thousand divisions of ten thousand blocks.

    Attributes
    ----------
    focal, other : (n,) int64
    count : how many divisions
    share : chance of a student to be in the fitting part
    seed, stream : divisions of another stream are independent of these
    """

    focal: Ints
    other: Ints
    count: int
    share: float
    seed: int
    stream: int = 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Split]:
        random = np.random.default_rng(self.seed if not self.stream else [self.seed, self.stream])
        for _ in range(self.count):
            yield split(self.focal, self.other, self.share, random)


def splits(focal: Ints, other: Ints, *, count: int, share: float, seed: int, stream: int = 0) -> Splits:
    """``count`` independent divisions, the same for every rule that is compared."""
    return Splits(focal, other, count, share, seed, stream)


def estimated(divisions: Iterable[Split], choose: Choose) -> Estimate:
    """Choose by every fitting part and score on both parts."""
    fitted: list[Rates] = []
    unseen: list[Rates] = []
    for part in divisions:
        choice = choose(part.focal, part.other)
        fitted.append(rates(part.focal, part.other, choice))
        unseen.append(rates(part.rest_focal, part.rest_other, choice))
    return Estimate(summarized(fitted), summarized(unseen))
