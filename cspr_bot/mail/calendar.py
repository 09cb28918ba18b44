"""Deadlines as calendar files (RFC 5545): all-day entries that a later file moves or takes away under the same UID."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from icalendar import Event

Method = Literal["PUBLISH", "CANCEL"]
PRODUCT = "-//cspr-bot//deadlines//EN"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One entry. Of two with the same `uid` the one with the higher `sequence` counts, whatever came first.

    Nothing in it is of a person: a title is the duty's, and what a calendar shows others may see. `organiser` is the
    address of ours that publishes it.
    """

    uid: str
    title: str
    on: date
    note: str
    sequence: int
    written_at: datetime
    organiser: str


def calendar_file(deadlines: Sequence[Deadline], method: Method = "PUBLISH") -> bytes:
    """Write one calendar file. `CANCEL` takes an entry out of the calendars that have it: one, says RFC 5546, 3.2.5.

    Entries are published and nobody is invited: an invitation would bring us an answer from everybody who opens it.
    Each is a day and no moment, so that no change of the clocks moves it. It fills no time: whoever looks for a free
    hour still finds it. It rings no bell, for reminders are mails.
    """
    from icalendar import Calendar  # noqa: PLC0415 - 0.2 s, and only for mails that bear a deadline

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for deadline in deadlines:
        calendar.add_component(_entry(deadline, method))
    written: bytes = calendar.to_ical()
    return written


def _entry(deadline: Deadline, method: Method) -> "Event":
    from icalendar import Event  # noqa: PLC0415

    entry = Event()
    entry.add("uid", deadline.uid)
    entry.add("dtstamp", deadline.written_at)
    entry.add("sequence", deadline.sequence)
    entry.add("dtstart", deadline.on)  # without an end it is that one day, and no other day stands in the file
    entry.add("organizer", f"mailto:{deadline.organiser}")  # RFC 5546 wants it in both methods
    entry.add("summary", deadline.title)
    entry.add("description", deadline.note)
    entry.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    entry.add("x-microsoft-cdo-busystatus", "FREE")
    entry.add("x-microsoft-cdo-alldayevent", "TRUE")
    return entry
