"""Certificates of the core. Domains bring their own kinds through ``Domain.certificates``."""

from evenhand.certificates.base import Certificate, CertificateError
from evenhand.certificates.claimed import ClaimedCertificate
from evenhand.certificates.dual import DualCertificate
from evenhand.certificates.kinds import certificate_from_json, certificate_kinds

__all__ = ["Certificate", "CertificateError", "ClaimedCertificate", "DualCertificate", "certificate_from_json",
           "certificate_kinds"]
