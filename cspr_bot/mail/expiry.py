"""What ends one day, and without which no mail comes or goes: what the doctor says of it, and when a person is told."""

from datetime import datetime

from cspr_bot.pipeline.findings import Finding

WARN_AT = (30, 14, 7, 1)  # days


def ends(what: str, end: datetime, now: datetime, renew: str) -> Finding:
    """Say how long something is good: doubtful from thirty days before its end, bad from seven."""
    days = (end - now).days
    if end <= now:
        return Finding(what, "bad", f"it ended on {end:%d %B %Y}: nothing works until it is renewed", renew)
    told = f"it is good until {end:%d %B %Y}, for {days} days"
    if days >= WARN_AT[0]:
        return Finding(what, "good", told)
    return Finding(what, "bad" if days < WARN_AT[2] else "doubtful", told, renew)


def step_reached(end: datetime, now: datetime) -> int | None:
    """Give the step before an end that is reached, of 30, 14, 7 and 1 days; None where it is far away."""
    days = (end - now).days
    return min((step for step in WARN_AT if days < step), default=None)
