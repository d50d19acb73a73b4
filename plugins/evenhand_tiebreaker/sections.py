"""``[uncertainty]`` and ``[assignment]``: what the domain adds to a spec."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from evenhand.errors import Fault, SpecError
from evenhand_tiebreaker.options import share_hint


def _doc(text: str) -> dict[str, Any]:
    return {"doc": text}


def _share(instance: object, attribute: Any, value: Fraction) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"must lie between 0 and 1. {share_hint(value)}".strip())


def _split(instance: object, attribute: Any, value: Fraction) -> None:
    if not 0 < value < 1:
        raise ValueError("must lie between 0 and 1: both halves need students")


def _seed(instance: object, attribute: Any, value: int) -> None:
    if value < 0:
        raise ValueError("must be a whole number from 0 on")


def _splits(instance: object, attribute: Any, value: int) -> None:
    if not 1 <= value <= 10_000:
        raise ValueError("must be a whole number from 1 to 10000")


def _lotteries(instance: object, attribute: Any, value: int) -> None:
    if not 1 <= value <= 100_000:
        raise ValueError("must be a whole number from 1 to 100000")


def _shrink(instance: object, attribute: Any, value: Fraction | str) -> None:
    if not isinstance(value, str) and value < 0:
        raise ValueError("must be 0, a positive number of students, or \"auto\"")


def _scale(instance: object, attribute: Any, value: Fraction | None) -> None:
    if value is not None and value <= 0:
        raise ValueError("must be a positive number of students")


@frozen(kw_only=True)
class UncertaintySection:
    """How well the choice does on children it was not made with."""

    splits: int = field(default=20, validator=_splits, metadata=_doc("how often the counts are split at random"))
    share: Fraction = field(default=Fraction(1, 2), validator=_split, metadata=_doc(
        "share of the students that the choice is made with; the others score it"))
    shrink: Fraction | Literal["auto"] = field(default=Fraction(0), validator=_shrink, metadata=_doc(
        'students by which a block\'s share is drawn towards its area\'s: 0, a number, or "auto"'))
    toward: str = field(default="tract", metadata=_doc("column of blocks that names the area"))
    seed: int = field(default=0, validator=_seed, metadata=_doc("seed of the splits and of the noise"))
    noise: Literal["none", "laplace", "gaussian", "geometric"] = field(default="none", metadata=_doc(
        "kind of noise that the publisher of the counts added for privacy"))
    noise_scale: Fraction | None = field(default=None, validator=_scale, metadata=_doc(
        "its size in students: b of laplace and geometric, the standard deviation of gaussian"))

    def __attrs_post_init__(self) -> None:
        if self.noise != "none" and self.noise_scale is None:
            raise SpecError(Fault("noise_scale", f'is missing: noise = "{self.noise}" has a size',
                                  "Write the scale that the publisher of the counts declares, in students"))
        if self.noise == "none" and self.noise_scale is not None:
            raise SpecError(Fault("noise", "is missing: noise_scale is the size of some noise",
                                  'Write noise = "laplace", "gaussian" or "geometric"'))


@frozen(kw_only=True)
class AssignmentSection:
    """How ``evenhand tiebreaker assign`` runs the school assignment."""

    lotteries: int = field(default=100, validator=_lotteries, metadata=_doc("how many lotteries are drawn"))
    seed: int = field(default=0, validator=_seed, metadata=_doc("seed of the lotteries"))
    reserve: Fraction = field(default=Fraction(0), validator=_share, metadata=_doc(
        "share of each program's seats that is filled without the tiebreaker"))
    reserve_order: Literal["open_first", "open_last"] = field(default="open_first", metadata=_doc(
        "whether the seats filled without the tiebreaker are filled before the others or after them"))
