"""Who applies where: kindergarten applicants with ranked lists, and programs with seats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from evenhand_tiebreaker.city.geography import SPACING, Floats, Geography, Ints
from evenhand_tiebreaker.city.people import People

GRADE_SHARE = 0.16
"""Part of the students of a block who apply in one year."""
LONGEST = 8
SIBLINGS = 0.18
EXTRA_SEATS = 1.06


@frozen(eq=False)
class Choices:
    """Applicants and programs of one year.

    Attributes
    ----------
    block, focal, sibling : arrays of shape (applicants,)
        Row of the block; whether the applicant is focal; program where a sibling is, or -1.
    lists : int arrays, one an applicant
        Programs, best first.
    capacity : int array of shape (programs,)
    """

    block: Ints
    focal: np.ndarray
    sibling: Ints
    lists: Sequence[Ints]
    capacity: Ints


def choices(ground: Geography, people: People, programs: int, random: np.random.Generator) -> Choices:
    """Draw a cohort: near and popular programs stand high on the lists."""
    applying_focal = random.binomial(people.n_both, GRADE_SHARE)
    applying_other = random.binomial(people.students - people.n_both, GRADE_SHARE)
    block = np.concatenate([np.repeat(np.arange(ground.size), applying_focal),
                            np.repeat(np.arange(ground.size), applying_other)])
    focal = np.arange(len(block)) < applying_focal.sum()
    order = random.permutation(len(block))
    block, focal = block[order], focal[order]
    place = ground.centres[random.choice(ground.size, programs, replace=False)]
    taste = _taste(ground, people, place, block, random)
    length = random.integers(1, min(LONGEST, programs) + 1, len(block))
    ranked = np.argsort(-taste, axis=1)
    lists = [ranked[row, :count] for row, count in enumerate(length)]
    sibling = np.where(random.random(len(block)) < SIBLINGS, ranked[:, 0], -1)
    appeal = np.bincount(ranked[:, 0], minlength=programs) + len(block) / programs
    seats = np.floor(EXTRA_SEATS * len(block) * (0.35 * appeal / appeal.sum() + 0.65 / programs))
    return Choices(block.astype(np.int64), focal, sibling.astype(np.int64), lists,
                   np.maximum(seats, 1).astype(np.int64))


def _taste(ground: Geography, people: People, place: Floats, block: Ints, random: np.random.Generator) -> Floats:
    """Utility of every program to every applicant, shape (applicants, programs)."""
    away = np.linalg.norm(ground.centres[:, None] - place[None], axis=2) / SPACING
    wealth = 1.0 - np.array([people.n_frl[np.argsort(column)[:25]].sum() / max(people.students[
        np.argsort(column)[:25]].sum(), 1) for column in away.T])
    appeal = 2.4 * wealth + random.normal(0.0, 0.5, len(place))
    return np.asarray(appeal - 2.2 * away[block] / max(ground.lattice) * 3 + random.gumbel(
        0.0, 0.8, (len(block), len(place))))
