"""Deadlines as calendar files: read back by the library, moved and cancelled under one UID, broken by no text."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from cspr_bot.mail.calendar import Deadline, Method, calendar_file
from tests.mail.calendars import entries_of, read_calendar

DEADLINE = Deadline(
    uid="4f2a@nsscp.example",
    title="NSSCP NS-7F3K-2Q: Agencies return the completed templates, by 17:00",
    on=date(2027, 1, 6),
    note="OFFICIAL-SENSITIVE\nNSSCP/001 flowchart; a late return leaves no time.",
    sequence=7,
    written_at=datetime(2026, 12, 21, 9, tzinfo=UTC),
    organiser="partnership@nsscp.example",
)


def read(content: bytes) -> tuple[Calendar, list[Event]]:
    return read_calendar(content), entries_of(content)


def test_a_deadline_is_an_entry_of_one_whole_day_that_fills_no_time() -> None:
    calendar, (entry,) = read(calendar_file([DEADLINE]))
    assert calendar["method"] == "PUBLISH"
    assert (entry["uid"], entry["sequence"]) == (DEADLINE.uid, 7)
    assert (entry.start, entry.end) == (date(2027, 1, 6), date(2027, 1, 7))
    assert b"DTSTART;VALUE=DATE:20270106" in calendar_file([DEADLINE])
    assert (entry["summary"], entry["description"]) == (DEADLINE.title, DEADLINE.note)
    assert (entry["status"], entry["transp"]) == ("CONFIRMED", "TRANSPARENT")


def test_a_deadline_moves_and_goes_under_the_same_uid() -> None:
    moved = replace(DEADLINE, on=date(2027, 1, 8), sequence=9)
    _, (entry,) = read(calendar_file([moved]))
    cancelled, (gone,) = read(calendar_file([replace(moved, sequence=12)], "CANCEL"))
    assert (entry["uid"], entry.start, entry["sequence"]) == (DEADLINE.uid, date(2027, 1, 8), 9)
    assert (cancelled["method"], gone["status"], gone["uid"], gone["sequence"]) == (
        "CANCEL",
        "CANCELLED",
        DEADLINE.uid,
        12,
    )


def test_it_asks_nobody_to_answer_and_rings_no_bell() -> None:
    """An invitation would bring us an answer from everybody who opens it; reminders are mails."""
    content = calendar_file([DEADLINE])
    assert b"ATTENDEE" not in content
    assert b"VALARM" not in content


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_a_file_holds_what_rfc_5546_wants_of_its_method(method: Method) -> None:
    """Sections 3.2.1 and 3.2.5: what must stand there once, and that nobody is invited by it."""
    _, (entry,) = read(calendar_file([DEADLINE], method))
    for name in ("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID", "SEQUENCE", "STATUS"):
        assert len([key for key, _ in entry.property_items(recursive=False) if key == name]) == 1, name
    assert str(entry["organizer"]) == "mailto:partnership@nsscp.example"


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(title=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=300))
def test_no_text_breaks_out_of_its_line(method: Method, title: str) -> None:
    content = calendar_file([replace(DEADLINE, title=title, note=f"{title}\r\nATTENDEE:mailto:a@b.example")], method)
    _, (entry,) = read(content)
    assert entry["summary"] == title
    assert "attendee" not in entry
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_several_deadlines_go_into_one_file() -> None:
    many = [replace(DEADLINE, uid=f"{number}@nsscp.example") for number in range(3)]
    _, entries = read(calendar_file(many))
    assert [entry["uid"] for entry in entries] == [deadline.uid for deadline in many]
