"""Reads calendar files in tests, with the library that knows them best."""

from icalendar import Calendar, Event


def read_calendar(content: bytes) -> Calendar:
    """Read one whole calendar."""
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    return calendar


def entries_of(content: bytes) -> list[Event]:
    """Give the entries of a calendar file, in their order."""
    return list(read_calendar(content).events)


def sequence_of(entry: Event) -> int:
    """Give which version of an entry this is."""
    return int(str(entry["sequence"]))
