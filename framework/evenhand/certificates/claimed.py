"""The bound of a search that nobody can recheck: labelled so, never called verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates.base import Certificate, CertificateError

if TYPE_CHECKING:
    from evenhand.model import Problem


@frozen(eq=False)
class ClaimedCertificate(Certificate):
    """``value`` is the bound as the solver stated it; ``source`` names the solver."""

    kind: ClassVar[str] = "claimed"
    verified: ClassVar[bool] = False

    value: float
    source: str

    def bound(self, problem: Problem) -> float | None:
        return self.value

    def to_json(self) -> dict[str, Any]:
        return {"bound": self.value, "source": self.source}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        try:
            return cls(float(data["bound"]), str(data["source"]))
        except (KeyError, TypeError, ValueError) as fault:
            raise CertificateError(f"the claimed bound cannot be read: {fault}") from None
