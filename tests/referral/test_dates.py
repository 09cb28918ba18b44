"""Dates are read day first or ISO, and never guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.referral.dates import (
    CHILD_YEARS,
    IMPOSSIBLE,
    MORE_THAN_A_DATE,
    NO_YEAR,
    SHORT_YEAR,
    WRONG_WEEKDAY,
    family_years,
    read_date,
)
from cspr_bot.referral.form import FormDate
from cspr_bot.referral.pages import INVISIBLE


@pytest.mark.parametrize(
    "typed",
    [
        "11/05/2026", "11.05.2026", "11-05-2026", "11 05 2026", "11 / 05 / 2026", "11/5/2026", "2026-05-11",
        "2026/05/11",
        "11 May 2026", "11th May 2026", "11th of May, 2026", "11-May-2026", "11MAY2026", "May 11, 2026", "11 may 2026",
        "Monday 11 May 2026", "Mon, 11/05/2026", "Monday the 11th of May 2026", "11/05/2026.", "11/05/26", "11 May '26",
        "11/05/2026 (aged 3)", "11/05/2026 (3 years old)", "11/05/2026 3yrs",
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_typed(typed: str) -> None:
    assert read_date(typed, CHILD_YEARS) == (FormDate(typed, date(2026, 5, 11)), "")


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("11/05/2026 15:10", "15:10"),
        ("11/05/2026 at 15:10", "15:10"),
        ("11/05/2026, 3.10pm", "15:10"),
        ("11/05/2026 3pm", "15:00"),
        ("11/05/2026 12am", "00:00"),
        ("11/05/2026 12.30 p.m.", "12:30"),
        ("11/05/2026 1510hrs", "15:10"),
        ("11/05/2026 - 15:10 hours", "15:10"),
        ("2026-05-11T15:10:00", "15:10"),
    ],
)
def test_a_time_behind_a_date_is_kept(typed: str, time: str) -> None:
    assert read_date(typed) == (FormDate(typed, date(2026, 5, 11), time), "")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31/02/2026", IMPOSSIBLE),
        ("05/13/2026", IMPOSSIBLE),
        ("2026-13-05", IMPOSSIBLE),
        ("11/05/0026", IMPOSSIBLE),
        ("11/05/3026", IMPOSSIBLE),
        ("Tuesday 11 May 2026", WRONG_WEEKDAY),
        ("3/4", NO_YEAR),
        ("3rd April", NO_YEAR),
        ("April 3", NO_YEAR),
        ("Monday 11 May", NO_YEAR),
        ("11/05/26", SHORT_YEAR),
        ("2026", MORE_THAN_A_DATE),
        ("May 2026", MORE_THAN_A_DATE),
        ("early May 2026", MORE_THAN_A_DATE),
        ("between 9 and 11 May 2026", MORE_THAN_A_DATE),
        ("9-11 May 2026", MORE_THAN_A_DATE),
        ("11/05/2026 or 12/05/2026", MORE_THAN_A_DATE),
        ("11/05/2026 approx", MORE_THAN_A_DATE),
        ("about 11/05/2026", MORE_THAN_A_DATE),
        ("11/05/2026 25:10", MORE_THAN_A_DATE),
        ("11/05/2026 13pm", MORE_THAN_A_DATE),
        ("11/05/20261", MORE_THAN_A_DATE),
        ("11/05/2026 7", MORE_THAN_A_DATE),
        ("3 April 15:10", MORE_THAN_A_DATE),
        ("EDD 11/05/2026", MORE_THAN_A_DATE),
    ],
)
def test_what_is_no_single_date_is_doubtful(typed: str, why: str) -> None:
    assert read_date(typed) == (FormDate(typed), why)


def test_nothing_typed_is_neither_a_date_nor_doubtful() -> None:
    assert read_date("  ") == (FormDate(), "")


def test_a_short_year_counts_where_it_has_one_meaning() -> None:
    reference = date(2026, 5, 11)
    assert read_date("01/02/53", family_years(reference))[0].iso == date(1953, 2, 1)
    assert read_date("01/02/12", family_years(reference))[0].iso == date(2012, 2, 1)
    assert read_date("01/02/24", family_years(reference)) == (FormDate("01/02/24"), SHORT_YEAR)
    assert read_date("01/02/98", CHILD_YEARS) == (FormDate("01/02/98"), SHORT_YEAR)
    assert read_date("01/02/12", family_years(None))[1] == SHORT_YEAR


SHAPES = st.sampled_from(
    ["{0:%d/%m/%Y}", "{0.day}.{0.month}.{0.year}", "{0:%Y-%m-%d}", "{0.day} {0:%B} {0.year}", "{0:%a %d %b %Y}"]
)


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), shape=SHAPES)
def test_every_day_is_read_as_itself(day: date, shape: str) -> None:
    assert read_date(shape.format(day))[0].iso == day


@given(st.text(max_size=40))
def test_no_text_raises_and_no_text_is_lost(typed: str) -> None:
    read, why = read_date(typed)
    is_anything_seen = any(sign not in INVISIBLE and not sign.isspace() for sign in typed)
    assert read.raw == (typed if is_anything_seen else "")
    assert (read.iso is None) or why == ""


@pytest.mark.parametrize("typed", ["\u200e03/04/2026", "\u202a03/04/2026\u202c", "03\u200e/04\u200e/2026"])
def test_marks_that_come_along_when_a_date_is_copied_do_not_count(typed: str) -> None:
    assert read_date(typed) == (FormDate(typed, date(2026, 4, 3)), "")
