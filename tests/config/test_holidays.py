"""holidays.toml: the shipped table, and what is wrong with one."""

from collections.abc import Callable
from datetime import date

import holidays
import pytest

from cspr_bot.config.files import read_text
from cspr_bot.config.holidays_file import read_holidays
from cspr_bot.config.problems import Findings
from cspr_bot.config.settings import OfficeSettings
from cspr_bot.procedure.calendar import WorkingCalendar

TODAY = date(2026, 11, 22)
YEAR = """
first = 2026-01-01
last = 2028-12-31
published_to = 2028-12-31
[england_and_wales]
2026-12-25 = "Christmas Day"
"""


def read(text: str, today: date = TODAY) -> tuple[WorkingCalendar | None, list[str]]:
    file = read_text(text, Findings("config/holidays.toml"))
    calendar = read_holidays(file, OfficeSettings().hours, today=today)
    return calendar, [str(problem) for problem in file.findings.problems]


def test_the_shipped_table_has_nothing_wrong_with_it(shipped: Callable[[str], str]) -> None:
    calendar, said = read(shipped("holidays"))
    assert said == []
    assert calendar is not None
    assert (calendar.first, calendar.last) == (date(2012, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize("year", range(2012, 2033))
def test_the_shipped_table_agrees_with_another_source(shipped: Callable[[str], str], year: int) -> None:
    calendar, _ = read(shipped("holidays"))
    assert calendar is not None
    others = holidays.country_holidays("GB", subdiv="ENG", years=year)
    for month in range(1, 13):
        for number in range(1, 32):
            try:
                day = date(year, month, number)
            except ValueError:
                continue
            assert calendar.is_working_day(day) == (day.weekday() < 5 and day not in others), day


@pytest.mark.parametrize(
    "day",
    ["2012-06-05", "2020-05-08", "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08", "2027-12-27", "2027-12-28"],
)
def test_days_that_were_moved_or_added_once_are_in_the_table(shipped: Callable[[str], str], day: str) -> None:
    calendar, _ = read(shipped("holidays"))
    assert calendar is not None
    assert not calendar.is_working_day(date.fromisoformat(day))


def test_a_table_that_ends_in_less_than_twelve_months_is_a_warning(shipped: Callable[[str], str]) -> None:
    calendar, said = read(shipped("holidays"), date(2032, 1, 1))
    assert calendar is not None
    assert said == [
        (
            "config/holidays.toml:14: warning: last: the table ends on 2032-12-31, in less than twelve months; "
            "copy the next years from www.gov.uk/bank-holidays, and move last and published_to"
        ),
        (
            "config/holidays.toml:15: warning: published_to: the days after 2028-12-31 are "
            "by rule only, not yet compared "
            "with what is published; copy the next years from www.gov.uk/bank-holidays, and move last and published_to"
        ),
    ]


@pytest.mark.parametrize("today", [date(2011, 12, 31), date(2033, 1, 1)])
def test_a_table_that_does_not_cover_today_is_an_error(shipped: Callable[[str], str], today: date) -> None:
    _, said = read(shipped("holidays"), today)
    assert said[0].startswith(
        f"config/holidays.toml:14: last: the table goes from 2012-01-01 to 2032-12-31, and today is {today}: no due day"
    )


def test_a_year_that_was_forgotten_does_not_become_one_without_holidays() -> None:
    _, said = read(YEAR)
    assert [line for line in said if "bank holidays; England and Wales" in line] == [
        f"config/holidays.toml:5: england_and_wales: {year} has only {count} bank "
        "holidays; England and Wales have 8 at "
        "least; add those of www.gov.uk/bank-holidays, or end the table before that year"
        for year, count in ((2026, 1), (2027, 0), (2028, 0))
    ]


def test_a_year_that_the_table_covers_in_part_is_not_counted() -> None:
    text = YEAR.replace("2026-01-01", "2026-02-01").replace("last = 2028-12-31", "last = 2027-12-30")
    assert not any("bank holidays; England and Wales" in line for line in read(text)[1])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            '2026-12-26 = "Boxing Day"',
            "2026-12-26 is a Saturday; write the substitute day, on which the offices are clos",
        ),
        ('2025-12-25 = "Christmas Day"', "2025-12-25 lies outside the table, which goes from 2026-01-01 to 2028-12-31"),
        (
            '2026-13-25 = "Christmas Day"',
            'england_and_wales.2026-13-25: "2026-13-25" is not a date; write 2027-01-01 =',
        ),
        ("2026-12-28 = 1", 'england_and_wales.2026-12-28: this must be text in quotes, not 1; write it in quotes: "1"'),
        (
            '2026-12-25 = "again"',
            "england_and_wales.2026-12-25: this stands twice, first in line 6; leave one of the two",
        ),
    ],
)
def test_a_wrong_holiday_is_named_with_its_line(line: str, problem: str) -> None:
    _, said = read(f"{YEAR}{line}\n")
    assert any(one.startswith("config/holidays.toml:7: ") and problem in one for one in said), said


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("last = 2028", "last = 2025"),
            "last: 2025-12-31 lies before the first day, 2026-01-01; let last be the later",
        ),
        (
            ("last = 2028", "last = 2999"),
            "last: nobody knows the bank holidays until 2999-12-31; end the table earlier",
        ),
        (
            ("first = 2026-01-01", 'first = "2026-01-01"'),
            'first: this must be a date such as 2026-11-30, not "2026-01-01"',
        ),
        (("first =", "frist ="), 'frist: there is no such key; did you mean "first"?'),
    ],
)
def test_a_table_that_makes_no_sense_is_no_calendar(change: tuple[str, str], problem: str) -> None:
    calendar, said = read(YEAR.replace(*change, 1))
    assert calendar is None
    assert any(problem in line for line in said)


def test_a_broken_file_is_no_calendar() -> None:
    calendar, said = read("first = 2026-02-30")
    assert calendar is None
    assert said == [
        "config/holidays.toml:1: this is not TOML: Invalid date or datetime; mend this line or the one before it"
    ]
