"""When a mail was received: what the server that took it in wrote at the very top."""

import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from cspr_bot.correspondence.headers import split_headers
from cspr_bot.correspondence.message import ParsedMail

OF_THE_CONTENT = ("content-", "mime-version")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"(?P<day>[0-9]{1,2})\s+(?P<month>[A-Za-z]{3})[a-z]*\s+(?P<year>[0-9]{4})\s+"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?:\.[0-9]+)?\s+"
    r"(?:(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2})|(?P<zone>UTC?|GMT|Z)\b)",
)


def received_at(mail: ParsedMail) -> datetime | None:
    """Give the date of the topmost `Received` in UTC; None where there is none or it cannot be read for certain."""
    return _date_in(mail.first("Received"))


def received_at_of(raw: bytes) -> datetime | None:
    """Give the same from the bytes of a mail, without looking further than its header block."""
    return _date_in(split_headers(raw).first("received"))


def head_mark(raw: bytes) -> str | None:
    """Give what tells a delivery from every other by its head alone; None where no server has written in it.

    It is the digest of all that describes no content: some servers make the content anew each time they give it out.
    """
    head = split_headers(raw)
    if not head.first("received"):
        return None
    kept = ((name, value) for name, value in head.fields if not name.lower().startswith(OF_THE_CONTENT))
    lines = (f"{name}:{value.strip()}\n" for name, value in kept)
    return sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _date_in(received: str) -> datetime | None:
    """Read the date behind the last semicolon (RFC 5321, 4.4); a second of 60 is the leap second it says it is."""
    found = _DATE.search(received.rpartition(";")[2])
    if not found or found["month"].lower() not in _MONTHS:
        return None
    try:
        local = datetime(
            int(found["year"]),
            _MONTHS.index(found["month"].lower()) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"] or 0), 59),
            tzinfo=_zone(found),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(found: re.Match[str]) -> timezone:
    if found["zone"]:
        return UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    return timezone(-offset if found["sign"] == "-" else offset)
