"""Two forms about one child: known again by name and dates, however they are written."""

from dataclasses import replace
from datetime import date

import pytest

from cspr_bot.referral.form import Child, FormDate, ReferralForm
from cspr_bot.referral.likeness import mark_of_form, marks_of_child

BORN, DAY = FormDate("7/2/21", date(2021, 2, 7)), FormDate("12/12/26", date(2026, 12, 12))
FORM = ReferralForm(child=Child(name="Siân Lee-Moss", dob=BORN, date_of_death_or_incident=DAY))


def form_of(**child: object) -> ReferralForm:
    return replace(FORM, child=replace(FORM.child, **child))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        form_of(name="LEE-MOSS, Sian"),
        form_of(name="sian  lee moss"),
        form_of(name="Shan Leemoss"),  # misspelt: born and hurt on the same days
        form_of(dob=FormDate("not known", None)),
        form_of(dob=FormDate("8/2/21", date(2021, 2, 8))),
        form_of(date_of_death_or_incident=FormDate("", None)),
    ],
)
def test_one_thing_may_differ_and_the_child_is_known_again(other: ReferralForm) -> None:
    assert set(marks_of_child(other)) & set(marks_of_child(FORM))
    assert mark_of_form(other) != mark_of_form(FORM)


@pytest.mark.parametrize(
    "other",
    [
        form_of(name="Ida Moss", dob=FormDate("8/2/21", date(2021, 2, 8))),
        form_of(name="Ida Moss", dob=FormDate("", None)),
        form_of(name="", dob=FormDate("", None)),
    ],
)
def test_another_child_is_not_taken_for_it(other: ReferralForm) -> None:
    assert not set(marks_of_child(other)) & set(marks_of_child(FORM))


def test_the_same_words_have_the_same_mark() -> None:
    assert mark_of_form(FORM) == mark_of_form(form_of())
