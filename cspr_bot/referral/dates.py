"""Reads dates as people type them in the United Kingdom: day first or ISO, and never a guess."""

import re
from collections.abc import Sequence
from datetime import date

from cspr_bot.referral.form import FormDate
from cspr_bot.referral.pages import INVISIBLE

_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_MONTHS = (
    ("january", "jan"),
    ("february", "feb", "febuary"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = r"(?P<weekday>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)[.,]?\s+(?:the\s+)?"
_WORD = "|".join(name for names in _MONTHS for name in names)
_DAY = r"(?P<day>\d{1,2})(?:\s*(?:st|nd|rd|th))?"
_YEAR = r"'?(?P<year>\d{4}|\d{2})"
_SHAPES = tuple(
    re.compile(rf"(?:{_WEEKDAY})?{shape}(?![\d/])", re.IGNORECASE)
    for shape in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})\s?(?P<mark>[-/.\\\s])\s?(?P<month>\d{{1,2}})\s?(?P=mark)\s?{_YEAR}",
        rf"{_DAY}[\s.,/-]*(?:of\s+)?(?P<word>{_WORD})[\s.,/-]*{_YEAR}",
        rf"(?P<word>{_WORD})[\s.]*{_DAY}[\s,]+{_YEAR}",
    )
)
_NO_YEAR = re.compile(
    rf"(?:{_WEEKDAY})?(?:\d{{1,2}}[-/.]\d{{1,2}}|{_DAY}\s*(?:of\s+)?(?:{_WORD})"
    rf"|(?:{_WORD})\s*\d{{1,2}}(?:\s*(?:st|nd|rd|th))?)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::\d{2})?\s*(?P<half>[ap]\.?m\.?)?|\s*(?P<only_half>[ap]\.?m\.?))"
    r"\s*(?:hrs|hours|h)?|(?P<military>[0-2]\d[0-5]\d)\s*(?:hrs|hours|h)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"^[\s,;]*(?:at|@|-|–|—|t|time:?)?[\s,;]*$", re.IGNORECASE)
_AGE = re.compile(
    r"[\s,;]*\(?\s*(?:aged?:?\s*)?\d{1,2}\s*(?:years?|yrs?|months?|weeks?|days?|y/?o)?(?:\s+old)?\s*\)?$",
    re.IGNORECASE,
)
_NOT_AN_AGE = re.compile(r"^[\s,;]*\d{1,2}$")

NO_YEAR = "the year is missing"
SHORT_YEAR = "a year of two digits can be read in more than one way"
IMPOSSIBLE = "there is no such day (dates are read day first)"
WRONG_WEEKDAY = "the day of the week does not fit the date"
MORE_THAN_A_DATE = "this is more, or less, than one date"

# No review of this kind is older than the present century's children: for theirs, "26" has one meaning.
CHILD_YEARS: Sequence[int] = range(2000, 2050)
_ALL_YEARS = range(1900, 2100)


def read_date(typed: str, short_years: Sequence[int] = _ALL_YEARS) -> tuple[FormDate, str]:
    """Read one date, and say why it cannot be read in one way ("" where it can, or where nothing is typed).

    A year of two digits counts only where exactly one of `short_years` ends in them.
    """
    text = " ".join(typed.translate(_WITHOUT_INVISIBLE).split())
    if not text:
        return FormDate(), ""
    found = next((match for shape in _SHAPES if (match := shape.match(text))), None)
    if found is None:
        return FormDate(typed), NO_YEAR if _lacks_year(text) else MORE_THAN_A_DATE
    time = _time_behind(text[found.end() :])
    if time is None:
        return FormDate(typed), MORE_THAN_A_DATE
    day, why = _day(found, short_years)
    return FormDate(typed, day, time or None), why


def family_years(reference: date | None) -> Sequence[int]:
    """Give the years in which a relative may be born, as seen from a day of this case; nobody lives past 105."""
    return range(reference.year - 105, reference.year + 1) if reference else _ALL_YEARS


def _day(found: re.Match[str], short_years: Sequence[int]) -> tuple[date | None, str]:
    parts = found.groupdict()
    years = _years(parts["year"], short_years)
    if len(years) != 1:
        return None, SHORT_YEAR
    month = _MONTH_OF[parts["word"].lower()] if parts.get("word") else int(parts["month"])
    try:
        day = date(years[0], month, int(parts["day"]))
    except ValueError:
        return None, IMPOSSIBLE
    if day.year not in _ALL_YEARS:
        return None, IMPOSSIBLE
    weekday = parts.get("weekday")
    if weekday and not _WEEKDAYS[day.weekday()].startswith(weekday.lower()[:3]):
        return None, WRONG_WEEKDAY
    return day, ""


def _years(digits: str, short_years: Sequence[int]) -> list[int]:
    if len(digits) == 4:
        return [int(digits)]
    return [year for year in short_years if year % 100 == int(digits)]


def _lacks_year(text: str) -> bool:
    """Whether a day and a month are given and no year: "3/4", "3rd April"."""
    return _NO_YEAR.fullmatch(text) is not None


def _time_behind(rest: str) -> str | None:
    """Read what stands behind a date: a time of day as HH:MM, "" for nothing or an age, None for anything else."""
    if not rest.strip(" .,;"):
        return ""
    if _AGE.fullmatch(rest) and not _NOT_AN_AGE.match(rest):
        return ""
    found = _TIME.search(rest)
    if found is None or not _BETWEEN.match(rest[: found.start()]) or rest[found.end() :].strip(" .,;)"):
        return None
    return _clock(found)


def _clock(found: re.Match[str]) -> str | None:
    if military := found["military"]:
        hour, minute = int(military[:2]), int(military[2:])
    else:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        half = (found["half"] or found["only_half"] or "").lower()
        if half and not 1 <= hour <= 12:
            return None
        if half:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None
