"""The certificate with which the app signs in: until when it is good."""

from datetime import datetime

from cryptography import x509

from cspr_bot.mail.expiry import ends
from cspr_bot.pipeline.findings import Finding

RENEW = "make a new one and register it beside the old (docs/microsoft-365.md, step 2)"


def good_until(certificate: str) -> datetime | None:
    """Give the end of a PEM certificate; None where it is none."""
    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    except ValueError:
        return None


def expiry(certificate: str, now: datetime) -> Finding:
    """Say how long a certificate is good."""
    end = good_until(certificate)
    if end is None:
        return Finding("certificate", "bad", "it cannot be read", RENEW)
    return ends("certificate", end, now, RENEW)
