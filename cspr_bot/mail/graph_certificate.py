"""The certificate with which the app signs in: until when it is good."""

from datetime import datetime

from cryptography import x509

from cspr_bot.pipeline.findings import Finding

WARN_AT = (30, 14, 7, 1)  # days


def good_until(certificate: str) -> datetime | None:
    """Give the end of a PEM certificate; None where it is none."""
    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    except ValueError:
        return None


def expiry(certificate: str, now: datetime) -> Finding:
    """Say how long a certificate is good: doubtful from thirty days before its end, bad from seven."""
    what, renew = "certificate", "make a new one and register it beside the old (docs/microsoft-365.md, step 2)"
    end = good_until(certificate)
    if end is None:
        return Finding(what, "bad", "it cannot be read", renew)
    days = (end - now).days
    if end <= now:
        return Finding(what, "bad", f"it ended on {end:%d %B %Y}: nothing works until it is renewed", renew)
    told = f"it is good until {end:%d %B %Y}, for {days} days"
    if days >= WARN_AT[0]:
        return Finding(what, "good", told)
    return Finding(what, "bad" if days < WARN_AT[2] else "doubtful", told, renew)


def warning_due(certificate: str, now: datetime, told_at: int | None) -> tuple[int, str] | None:
    """Say whether a person is to be told now that the end is near: once each at 30, 14, 7 and 1 days before it.

    `told_at` is the step that was told last; what is given is the step, and the words.
    """
    end = good_until(certificate)
    if end is None:
        return None
    reached = [step for step in WARN_AT if (end - now).days < step]
    if not reached or (told_at is not None and reached[-1] >= told_at):
        return None
    return reached[-1], f"the certificate for Microsoft 365 ends on {end:%d %B %Y}: renew it before"
