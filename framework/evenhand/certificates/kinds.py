"""Which class reads which kind of certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evenhand.certificates.base import Certificate, CertificateError
from evenhand.certificates.claimed import ClaimedCertificate
from evenhand.certificates.dual import DualCertificate

if TYPE_CHECKING:
    from evenhand.model import Domain


def certificate_kinds(domain: Domain) -> dict[str, type[Certificate]]:
    """The core's kinds and the domain's own, by name."""
    classes: tuple[type[Certificate], ...] = (ClaimedCertificate, DualCertificate, *domain.certificates)
    return {cls.kind: cls for cls in classes}


def certificate_from_json(domain: Domain, data: Mapping[str, Any]) -> Certificate:
    """Read one certificate; its ``kind`` chooses the class. Raises :class:`CertificateError`."""
    kinds = certificate_kinds(domain)
    kind = data.get("kind")
    if kind not in kinds:
        raise CertificateError(f"no certificate kind {kind!r} in the domain {domain.name!r}")
    return kinds[kind].from_json({key: value for key, value in data.items() if key != "kind"})
