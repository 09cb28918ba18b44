"""Reads holidays.toml into the calendar of working days, or notes all that is wrong with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cspr_bot.config.files import ConfigFile
from cspr_bot.config.problems import Findings, Place, show
from cspr_bot.config.schema import read_table
from cspr_bot.procedure.calendar import OfficeHours, WorkingCalendar

# England and Wales have had no year with fewer since 1978.
FEWEST_IN_A_YEAR = 8
LONGEST_TABLE = 100
LAST_YEAR = 2999
_PLACE: Place = ("england_and_wales",)
_CLOSURES: Place = ("closure_days",)


@dataclass(frozen=True, slots=True)
class HolidayTable:
    """The file: the days that the table covers, up to which one they are published, and each holiday by its day.

    `closure_days` are one council's own, such as those between Christmas and New Year.
    """

    first: date
    last: date
    published_to: date
    england_and_wales: Mapping[str, str]
    closure_days: Mapping[str, str] = field(default_factory=dict)


def read_holidays(file: ConfigFile, hours: OfficeHours, *, today: date) -> WorkingCalendar | None:
    """Read holidays.toml; None where the file is no good, for the calendar never guesses."""
    if not file.is_readable:
        return None
    findings = file.findings
    table = read_table(HolidayTable, file.table, (), findings)
    if table is None:
        return None
    if table.first > table.last:
        findings.error(("last",), f"{table.last} lies before the first day, {table.first}", "let last be the later one")
        return None
    if table.last.year - table.first.year > LONGEST_TABLE or table.last.year > LAST_YEAR:
        findings.error(("last",), f"nobody knows the bank holidays until {table.last}", "end the table earlier")
        return None
    days = _days(table.england_and_wales, _PLACE, table, findings)
    closures = _days(table.closure_days, _CLOSURES, table, findings)
    _check_years(days, table, findings)
    _check_reach(table, findings, today)
    return WorkingCalendar(days, table.first, table.last, hours, closures)


def _days(entries: Mapping[str, str], place: Place, table: HolidayTable, findings: Findings) -> list[date]:
    return [day for key in entries if (day := _day(key, (*place, key), table, findings)) is not None]


def _day(key: str, place: Place, table: HolidayTable, findings: Findings) -> date | None:
    try:
        day = date.fromisoformat(key)
    except ValueError:
        findings.error(place, f"{show(key)} is not a date", 'write 2027-01-01 = "New Year\'s Day"')
        return None
    if not table.first <= day <= table.last:
        what = f"{day} lies outside the table, which goes from {table.first} to {table.last}"
        findings.error(place, what, "leave it out, or move first or last")
    if day.weekday() >= 5:
        findings.error(place, f"{day} is a {day:%A}", "write the substitute day, on which the offices are closed")
    return day


def _check_years(days: list[date], table: HolidayTable, findings: Findings) -> None:
    """Note whole years that have too few holidays: a year that was forgotten must not become one without any."""
    found = Counter(day.year for day in days)
    first = table.first.year + (table.first != date(table.first.year, 1, 1))
    last = table.last.year - (table.last != date(table.last.year, 12, 31))
    for year in range(first, last + 1):
        if found[year] < FEWEST_IN_A_YEAR:
            what = f"{year} has only {found[year]} bank holidays; England and Wales have {FEWEST_IN_A_YEAR} at least"
            findings.error(_PLACE, what, "add those of www.gov.uk/bank-holidays, or end the table before that year")


def _check_reach(table: HolidayTable, findings: Findings, today: date) -> None:
    in_a_year = date(min(today.year + 1, 9999), today.month, min(today.day, 28))
    remedy = "copy the next years from www.gov.uk/bank-holidays, and move last and published_to"
    if not table.first <= today <= table.last:
        what = f"the table goes from {table.first} to {table.last}, and today is {today}: no due day can be reckoned"
        findings.error(("last",), what, remedy)
    elif table.last < in_a_year:
        findings.warn(("last",), f"the table ends on {table.last}, in less than twelve months", remedy)
    if table.published_to < min(in_a_year, table.last):
        what = f"the days after {table.published_to} are by rule only, not yet compared with what is published"
        findings.warn(("published_to",), what, remedy)
