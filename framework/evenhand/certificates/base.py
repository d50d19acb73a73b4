"""Certificate: what lets a stranger recompute a bound from data alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation


class CertificateError(EvenhandError):
    """A certificate that does not hold: a price of the wrong sign, a missing row, a digest that differs."""

    exit_code = 5


@frozen(eq=False)
class Certificate(ABC):
    """Subclasses are frozen attrs classes with a ``kind``.

    ``verified`` is False only for a bound that nobody can recheck.
    """

    kind: ClassVar[str]
    verified: ClassVar[bool] = True

    @abstractmethod
    def bound(self, problem: Problem) -> float | None:
        """The bound on the objective's value, recomputed from the problem's raw tables.

        None when the certificate proves no bound (a rule-defined method). Raises :class:`CertificateError` if it
        does not hold. The number must be a bound for whatever the certificate holds, converged or not.
        """

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        """Further conditions between certificate and allocation (marginals, say) that fail."""
        return []

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Plain data without ``kind``; infinities as None."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_json`. Raises :class:`CertificateError` on data of the wrong form."""
