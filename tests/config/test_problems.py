"""A problem is one line: file, place, what is wrong, how to mend it."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.config.problems import Findings, Problem, show, spell, suggest


def test_an_error_and_a_warning_read_as_lines() -> None:
    findings = Findings("f.toml", lambda: {("a", 1): 7})
    findings.error(("a", 1, "b"), "it is wrong", "mend it")
    findings.warn(("c",), "it is odd", "look at it")
    findings.error_at(3, "it is broken", "mend it")
    assert [str(problem) for problem in findings.problems] == [
        "f.toml:7: a[2].b: it is wrong; mend it",
        "f.toml: warning: c: it is odd; look at it",
        "f.toml:3: it is broken; mend it",
    ]


def test_the_line_of_a_key_that_is_missing_is_that_of_its_table() -> None:
    findings = Findings("f.toml", lambda: {("a",): 3, ("a", "b", 0): 5})
    assert findings.line(("a", "b", 0, "c")) == 5
    assert findings.line(("a", "b", 1)) == 3
    assert findings.line(("x",)) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        ("a\nb", '"a\\nb"'),
        ("\u0430", '"\\u0430"'),
        (True, "true"),
        (1.5, "1.5"),
        (12, "12"),
        (10**50, "a number of many digits"),
        (date(2026, 11, 22), "2026-11-22"),
        (time(9), "09:00:00"),
        ([1], "a list"),
        ({"a": 1}, "a table"),
        ("x" * 100, '"' + "x" * 76 + "..."),
    ],
)
def test_a_value_is_shown_in_one_short_line(value: object, shown: str) -> None:
    assert show(value) == shown


def test_a_path_is_spelt_as_it_stands_in_the_file() -> None:
    assert spell(("contact", 0, "email")) == "contact[1].email"
    assert spell(("field", "child.dob", "labels")) == 'field."child.dob".labels'
    assert spell(()) == ""


def test_the_nearest_word_is_suggested_and_else_all_of_them() -> None:
    assert suggest("emial", ["email", "role"]) == 'did you mean "email"?'
    assert suggest("zzz", ["b", "a", ""]) == "write one of a, b"
    assert suggest("nonsense", ["convened"]) == "write one of convened"
    assert suggest("zzz", map(str, range(50))).endswith(" ...")
    assert suggest("zzz", []) == "leave it out"


@given(st.text(), st.lists(st.text() | st.integers(0, 9)))
def test_a_problem_is_always_one_line(value: str, place: list[str | int]) -> None:
    problem = Problem("f.toml", spell(tuple(place)), f"{show(value)} is wrong", "mend it")
    assert len(str(problem).splitlines()) == 1
