"""The working days of England, and the moments that they give: day zero, the nth working day, close of business."""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


class OutsideTableError(ValueError):
    """A day was asked for that the table of bank holidays does not cover; the calendar never guesses."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office reminds and when it closes, in local time of `zone`."""

    zone: tzinfo
    reminder_time: time = time(9)
    close_of_business: time = time(17)


class WorkingCalendar:
    """Monday to Friday less the bank holidays, between `first` and `last` inclusive.

    `closures` are days on which one council is closed besides: they count for nothing in law, so only what is no
    duty in law leaves them out (A26). Every sum takes the same time whatever the number of days: a working day has a
    serial number, and a sorted array of holidays gives the day of a serial by one bisection. Outside the table
    `OutsideTableError` is raised.
    """

    __slots__ = ("_holidays", "_office", "_serials", "first", "hours", "last")

    def __init__(
        self, holidays: Iterable[date], first: date, last: date, hours: OfficeHours, closures: Iterable[date] = ()
    ) -> None:
        self.first = first
        self.last = last
        self.hours = hours
        holidays, closures = tuple(holidays), tuple(closures)
        self._office = WorkingCalendar((*holidays, *closures), first, last, hours) if closures else None
        weekdays = sorted({day.toordinal() for day in holidays if day.weekday() < 5 and first <= day <= last})
        self._holidays = weekdays
        # A holiday's serial is that of the working day it displaces: weekdays before it less holidays before it.
        self._serials = [_weekdays_until(ordinal) - index for index, ordinal in enumerate(weekdays)]

    def reckoning(self, *, with_closures: bool) -> "WorkingCalendar":
        """Give the working days by which a length is counted: with the council's own closures left out, or not."""
        return self._office if with_closures and self._office is not None else self

    def covers(self, on: date) -> bool:
        """Say whether the table knows this day."""
        return self.first <= on <= self.last

    def is_working_day(self, on: date) -> bool:
        """Say whether the offices are open on this day."""
        ordinal = self._within(on).toordinal()
        position = bisect_right(self._holidays, ordinal)
        is_holiday = position > 0 and self._holidays[position - 1] == ordinal
        return on.weekday() < 5 and not is_holiday

    def add(self, day_zero: date, days: int) -> date:
        """Give the nth working day after day zero, or before it where `days` is negative.

        Day zero counts for nothing, whatever day it is. With `days` 0 it is day zero itself, or the next working
        day where it is none.
        """
        if days == 0:
            return self.on_or_after(day_zero)
        serial = self._serial(day_zero)
        if days < 0 and not self.is_working_day(day_zero):
            serial += 1  # the serial of a day off is that of the working day before it, which is then one step back
        return self._day(serial + days)

    def on_or_after(self, on: date) -> date:
        """Give this day, or the next working day where it is none."""
        return on if self.is_working_day(on) else self._day(self._serial(on) + 1)

    def on_or_before(self, on: date) -> date:
        """Give this day, or the working day before it where it is none."""
        return on if self.is_working_day(on) else self._day(self._serial(on))

    def add_months(self, day_zero: date, months: int) -> date:
        """Add calendar months, clamp to the month's end, and roll back to a working day (procedure A16)."""
        return self.on_or_before(months_later(day_zero, months))

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative where `end` lies before."""
        return self._serial(end) - self._serial(start)

    def day_of(self, at: datetime) -> date:
        """Give the local calendar day on which a moment falls: day zero of what happened then, at any hour."""
        return at.astimezone(self.hours.zone).date()

    def moment(self, on: date, at: time) -> datetime:
        """Give the UTC moment of a local time on a day. A local time that is skipped in spring is an hour later."""
        return datetime.combine(on, at, tzinfo=self.hours.zone).astimezone(UTC)

    def due_at(self, on: date) -> datetime:
        """Give close of business of a day."""
        return self.moment(on, self.hours.close_of_business)

    def remind_at(self, on: date) -> datetime:
        """Give the moment on a day at which reminders go."""
        return self.moment(on, self.hours.reminder_time)

    def is_open(self, at: datetime) -> bool:
        """Say whether the office works at this moment: on a working day, from the reminders to close of business.

        Outside the table nobody knows, so it does not.
        """
        day = self.day_of(at)
        return self.covers(day) and self.is_working_day(day) and self.remind_at(day) <= at < self.due_at(day)

    def _within(self, on: date) -> date:
        if not self.covers(on):
            raise OutsideTableError(f"the table of bank holidays covers {self.first} to {self.last}, not {on}")
        return on

    def _serial(self, on: date) -> int:
        """Number the last working day on or before this day."""
        ordinal = self._within(on).toordinal()
        return _weekdays_until(ordinal) - bisect_right(self._holidays, ordinal)

    def _day(self, serial: int) -> date:
        weekdays = serial + bisect_right(self._serials, serial)
        weeks, rest = divmod(weekdays - 1, 5)
        return self._within(date(1, 1, 1) + timedelta(days=weeks * 7 + rest))


def months_later(day_zero: date, months: int) -> date:
    """Add calendar months, clamped to the month's end."""
    month_index = day_zero.month - 1 + months
    year, month = day_zero.year + month_index // 12, month_index % 12 + 1
    return date(year, month, min(day_zero.day, monthrange(year, month)[1]))


def _weekdays_until(ordinal: int) -> int:
    """Count Mondays to Fridays from 1 January 0001, a Monday, to this proleptic ordinal inclusive."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)
