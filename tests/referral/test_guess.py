"""What a scan may say about the child is a guess, and only ever about its name and dates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.referral.guess import guesses
from cspr_bot.referral.rules import FormRules


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Name of child: Robin Ashdown", {"child.name": "Robin Ashdown"}),
        (
            "[Name of child: | Robin Ashdown | Date of birth: | 3/4/2019 |",
            {"child.name": "Robin Ashdown", "child.dob": "3/4/2019"},
        ),
        (
            "Home address: 1 Row Date of death or critical incident: 3 May 2026",
            {"child.date_of_death_or_incident": "3 May 2026"},
        ),
        ("Name: Casey Writer Email: c@nhs.example", {}),  # whoever that is
        ("Date of birth: 31/02/2019", {}),
        ("Date of birth: soon", {}),
        ("Name of child: _____", {}),
        ("Name of child: @#$%^&*12345", {}),
        ("Name of child: Robin\nName of child: Tom", {"child.name": "Robin"}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_line_of_a_scan_may_say_who_it_is(words: str, found: dict[str, str], rules: FormRules) -> None:
    assert dict(guesses(words, rules)) == found


@settings(max_examples=200, deadline=None)
@given(words=st.text(max_size=200) | st.text(max_size=40).map("Name of child: {} DOB: 3/4/2019".format))
def test_no_words_raise(words: str, rules: FormRules) -> None:
    assert all(text for _, text in guesses(words, rules))
