"""Working days: the vectors of the specification, and sums checked against walking day by day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.config.files import read_file
from cspr_bot.config.holidays_file import read_holidays
from cspr_bot.procedure.calendar import OutsideTableError, WorkingCalendar
from tests.procedure.casework import CONFIG, FIRST, HOURS, LAST, LONDON, bank_holidays, english_calendar

CALENDAR = english_calendar()
COVERED = st.dates(date(2019, 1, 1), date(2032, 12, 31))
DAY = timedelta(days=1)


def is_open(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def walked(day: date, days: int, holidays: frozenset[date]) -> date:
    """Count working days one by one."""
    step = DAY if days > 0 else -DAY
    while days:
        day += step
        days -= (1 if days > 0 else -1) * is_open(day, holidays)
    return day


@pytest.mark.parametrize(
    ("day_zero", "days", "due"),
    [
        ("2026-12-12", 1, "2026-12-14"),
        ("2026-12-15", 1, "2026-12-16"),
        ("2026-12-15", 5, "2026-12-22"),
        ("2026-12-13", 5, "2026-12-18"),
        ("2026-12-18", 1, "2026-12-21"),
        ("2026-12-18", 5, "2026-12-29"),
        ("2026-12-18", 10, "2027-01-06"),
        ("2026-12-18", 15, "2027-01-13"),
        ("2027-03-24", 5, "2027-04-02"),
        ("2027-06-10", -7, "2027-06-01"),
    ],
)
def test_a_due_day_is_counted_in_working_days(day_zero: str, days: int, due: str) -> None:
    assert CALENDAR.add(date.fromisoformat(day_zero), days) == date.fromisoformat(due)


def test_months_are_clamped_to_the_month_and_roll_back_to_a_working_day() -> None:
    assert CALENDAR.add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert CALENDAR.add_months(date(2026, 11, 30), 3) == date(2027, 2, 26)  # the 28th is a Sunday
    assert CALENDAR.add_months(date(2026, 6, 26), 6) == date(2026, 12, 24)  # Boxing Day is a Saturday
    assert CALENDAR.add_months(date(2026, 7, 15), 6) == date(2027, 1, 15)


@given(COVERED, st.integers(1, 24))
def test_months_never_end_later_than_the_same_day_of_the_month(day: date, months: int) -> None:
    if day.year > 2030:
        return
    due = CALENDAR.add_months(day, months)
    index = day.month - 1 + months
    last = date(day.year + (index + 1) // 12, (index + 1) % 12 + 1, 1) - DAY
    reading = min(date(last.year, last.month, 1) + timedelta(days=day.day - 1), last)
    assert due <= reading
    assert not any(is_open(due + DAY * ahead, bank_holidays()) for ahead in range(1, (reading - due).days + 1))


@given(COVERED, st.integers(-60, 60).filter(bool))
def test_sums_are_those_of_walking_day_by_day(day: date, days: int) -> None:
    assert CALENDAR.add(day, days) == walked(day, days, bank_holidays())


def test_every_day_of_fourteen_years_is_open_or_shut_as_published() -> None:
    day = date(2019, 1, 1)
    while day.year < 2033:
        assert CALENDAR.is_working_day(day) == is_open(day, bank_holidays())
        day += DAY


def test_the_shipped_table_agrees_with_the_published_holidays() -> None:
    shipped = read_holidays(read_file(CONFIG / "holidays.toml", "holidays.toml"), HOURS, today=date(2026, 11, 22))
    assert shipped is not None
    day = max(shipped.first, FIRST)
    while day <= min(shipped.last, date(2032, 12, 31)):
        assert shipped.is_working_day(day) == is_open(day, bank_holidays()), day
        day += DAY


@given(COVERED, COVERED)
def test_the_days_between_two_days_are_the_open_ones_after_the_first(one: date, other: date) -> None:
    start, end = sorted((one, min(other, one + timedelta(days=400))))
    count = sum(is_open(start + DAY * ahead, bank_holidays()) for ahead in range(1, (end - start).days + 1))
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == -count


@given(COVERED)
def test_day_zero_counts_for_nothing(day: date) -> None:
    assert CALENDAR.add(day, 0) == CALENDAR.on_or_after(day) >= day
    assert CALENDAR.on_or_before(day) <= day
    assert CALENDAR.add(day, 1) > day > CALENDAR.add(day, -1)
    assert CALENDAR.is_working_day(CALENDAR.on_or_after(day))
    assert CALENDAR.is_working_day(CALENDAR.on_or_before(day))


@given(COVERED, st.integers(0, 60), st.sets(COVERED, max_size=12))
def test_more_holidays_never_make_a_due_date_earlier(day: date, days: int, more: set[date]) -> None:
    closed = WorkingCalendar({*bank_holidays(), *more}, FIRST, LAST, HOURS)
    assert closed.add(day, days) >= CALENDAR.add(day, days)


@given(COVERED, st.integers(1, 40), st.integers(1, 40))
def test_counting_on_is_counting_in_one(day: date, first: int, then: int) -> None:
    assert CALENDAR.add(CALENDAR.add(day, first), then) == CALENDAR.add(day, first + then)


# --- Moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "reminder", "close"),
    [
        (date(2027, 3, 26), 9, 17),  # winter time
        (date(2027, 3, 28), 8, 16),  # the night the clocks go forward
        (date(2027, 3, 30), 8, 16),
        (date(2026, 10, 23), 8, 16),
        (date(2026, 10, 25), 9, 17),  # the night they go back
        (date(2026, 10, 26), 9, 17),
    ],
)
def test_office_hours_are_local_on_both_sides_of_a_change_of_clocks(day: date, reminder: int, close: int) -> None:
    assert CALENDAR.remind_at(day) == datetime.combine(day, time(reminder), tzinfo=UTC)
    assert CALENDAR.due_at(day) == datetime.combine(day, time(close), tzinfo=UTC)


def test_a_local_time_that_is_skipped_is_an_hour_later() -> None:
    moment = CALENDAR.moment(date(2027, 3, 28), time(1, 30))
    assert moment.astimezone(LONDON).time() == time(2, 30)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 15, 23, 59, 59, tzinfo=UTC), date(2026, 12, 15)),
        (datetime(2026, 12, 16, 0, 0, tzinfo=UTC), date(2026, 12, 16)),
        (datetime(2027, 7, 1, 22, 59, 59, tzinfo=UTC), date(2027, 7, 1)),
        (datetime(2027, 7, 1, 23, 0, tzinfo=UTC), date(2027, 7, 2)),  # midnight in London is an hour before
    ],
)
def test_day_zero_is_the_local_day_at_any_hour(moment: datetime, day: date) -> None:
    assert CALENDAR.day_of(moment) == day


@given(COVERED)
def test_a_day_has_one_close_of_business_and_one_time_for_reminders(day: date) -> None:
    assert CALENDAR.day_of(CALENDAR.due_at(day)) == CALENDAR.day_of(CALENDAR.remind_at(day)) == day
    assert CALENDAR.remind_at(day) < CALENDAR.due_at(day) < CALENDAR.remind_at(day + DAY)


# --- Where the table ends --------------------------------------------------------------------------------------------

SMALL = WorkingCalendar([date(2026, 12, 25)], date(2026, 12, 1), date(2026, 12, 31), HOURS)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: SMALL.is_working_day(date(2026, 11, 30)),
        lambda: SMALL.is_working_day(date(2027, 1, 1)),
        lambda: SMALL.add(date(2026, 12, 30), 2),
        lambda: SMALL.add(date(2026, 12, 2), -2),
        lambda: SMALL.add(date(2027, 1, 4), 1),
        lambda: SMALL.add_months(date(2026, 12, 10), 1),
        lambda: SMALL.working_days_between(date(2026, 12, 10), date(2027, 1, 10)),
    ],
)
def test_the_calendar_never_guesses_outside_its_table(ask: Callable[[], object]) -> None:
    with pytest.raises(OutsideTableError, match="the table of bank holidays covers 2026-12-01 to 2026-12-31"):
        ask()


def test_the_table_covers_its_first_and_its_last_day() -> None:
    assert SMALL.covers(date(2026, 12, 1))
    assert SMALL.covers(date(2026, 12, 31))
    assert not SMALL.covers(date(2027, 1, 1))
    assert SMALL.add(date(2026, 12, 30), 1) == date(2026, 12, 31)
    assert SMALL.add(date(2026, 12, 2), -1) == date(2026, 12, 1)


def test_a_table_that_begins_on_a_day_off_has_no_working_day_before_it() -> None:
    weekend = WorkingCalendar([], date(2026, 12, 12), date(2026, 12, 31), HOURS)
    assert weekend.on_or_after(date(2026, 12, 12)) == date(2026, 12, 14)
    with pytest.raises(OutsideTableError):
        weekend.on_or_before(date(2026, 12, 13))


def test_a_holiday_on_a_weekend_or_outside_the_table_changes_nothing() -> None:
    same = WorkingCalendar([date(2026, 12, 25), date(2026, 12, 26), date(2027, 5, 3)], SMALL.first, SMALL.last, HOURS)
    assert same.add(date(2026, 12, 1), 20) == SMALL.add(date(2026, 12, 1), 20)


@given(COVERED)
def test_the_office_works_from_the_reminders_to_the_close_of_a_working_day(day: date) -> None:
    opens, closes, moment = CALENDAR.remind_at(day), CALENDAR.due_at(day), timedelta(microseconds=1)
    works = CALENDAR.is_working_day(day)
    assert CALENDAR.is_open(opens) == CALENDAR.is_open(closes - moment) == works
    assert not CALENDAR.is_open(opens - moment)
    assert not CALENDAR.is_open(closes)


def test_beyond_the_table_the_office_does_not_work() -> None:
    assert not CALENDAR.is_open(CALENDAR.moment(CALENDAR.last + DAY, time(12)))
