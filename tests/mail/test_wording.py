"""Words that every mail shares: names, paragraphs, days."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.mail import wording


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Verity Lockhart", "Verity Lockhart"),
        ("  Verity \t\n Lockhart ", "Verity Lockhart"),
        ("Zoë O'Neill-Šmíd", "Zoë O'Neill-Šmíd"),
        ("Lock\u202ehart\x00", "Lockhart"),
        ("", "colleague"),
        ("verity@council.example", "colleague"),
        ("see www.evil.example", "colleague"),
        ("see https://evil.example", "colleague"),
        ("x" * 81, "colleague"),
    ],
)
def test_a_name_is_made_fit_to_be_greeted_by(name: str, greeted: str) -> None:
    assert wording.greeting(name) == greeted


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("", []),
        ("one\ntwo", [("paragraph", ("one two",))]),
        ("one\n\ntwo", [("paragraph", ("one",)), ("paragraph", ("two",))]),
        ("a list:\n- one\n  more\n- two", [("paragraph", ("a list:",)), ("bullets", ("one more", "two"))]),
        ("  cmd a\n  cmd b", [("verbatim", ("cmd a", "cmd b"))]),
        ("  cmd a\nafter", [("verbatim", ("cmd a",)), ("paragraph", ("after",))]),
        ("  cmd a\n- one", [("verbatim", ("cmd a",)), ("bullets", ("one",))]),
        ("one\n  two", [("paragraph", ("one two",))]),
        ("one  two", [("paragraph", ("one two",))]),
    ],
)
def test_prose_is_read_as_paragraphs_lists_and_lines(prose: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(block.kind, block.items) for block in wording.blocks(prose)] == found


@given(st.text(alphabet="ab -\n"))
def test_laying_prose_out_changes_no_word(prose: str) -> None:
    laid_out = wording.filled(prose)
    assert re.sub(r"[\s-]", "", laid_out) == re.sub(r"[\s-]", "", prose)


def test_the_example_of_an_absence_is_a_monday_ahead() -> None:
    for day in range(1, 29):
        written_on = date(2026, 11, day)
        example = wording.example_of_absence(written_on)
        assert example.weekday() == 0
        assert 7 < (example - written_on).days <= 14
