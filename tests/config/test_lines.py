"""Errors point at the line on which a key stands."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.config.lines import Twice, find_lines

TEXT = '''# a comment with "quotes" and [brackets]
name = "a # is no comment here"
"odd key" = 1
'literal' = 2
a . b = 3

[table]
list = [
  1, # first
  { deep = true, other = [2, 3] },
]
long = """
[not.a.table]
"""
literal = \'\'\'
x = 1
\'\'\'
inline = { x = { y = "}" } }

[[entry]]
one = 1
[entry.sub]
two = 2
[[entry]]
one = 2026-11-22 09:00:00
[entry.sub]
two = 'it'
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("name",), 2),
        (("odd key",), 3),
        (("literal",), 4),
        (("a", "b"), 5),
        (("table",), 7),
        (("table", "list"), 8),
        (("table", "list", 0), 9),
        (("table", "list", 1), 10),
        (("table", "list", 1, "other", 1), 10),
        (("table", "inline", "x", "y"), 18),
        (("entry",), 20),
        (("entry", 0), 20),
        (("entry", 0, "sub", "two"), 23),
        (("entry", 1), 24),
        (("entry", 1, "one"), 25),
        (("entry", 1, "sub"), 26),
        (("entry", 1, "sub", "two"), 27),
    ],
)
def test_a_key_is_found_on_its_line(place: tuple[str | int, ...], line: int) -> None:
    assert find_lines(TEXT).lines[place] == line


def test_what_stands_in_a_string_is_no_key() -> None:
    assert ("not", "a", "table") not in find_lines(TEXT).lines


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    assert find_lines("a = 1\n[t]\nb = 1\n\nb = 2\n").twice == [Twice(("t", "b"), 3, 5)]


def test_a_table_that_stands_twice_is_named_with_both_lines() -> None:
    assert find_lines("[t]\na = 1\n[t]\n").twice == [Twice(("t",), 1, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a =",
        "= 1",
        "[",
        "[a",
        "[[a]",
        "a = [1",
        "a = [1 2]",
        "a = {b",
        "a = {b = 1 c = 2}",
        'a = "',
        "a = '",
        "a.",
    ],
)
def test_a_text_that_breaks_off_is_followed_as_far_as_it_goes(text: str) -> None:
    assert find_lines(f"first = 1\n{text}").lines[("first",)] == 1


def test_a_text_nested_beyond_reason_is_followed_as_far_as_it_goes() -> None:
    assert find_lines("first = 1\na = " + "[" * 100_000).lines[("first",)] == 1


@given(st.text(alphabet="ab.=[]{}\"'\n#, 1\\", max_size=40))
def test_whatever_toml_accepts_has_a_line_for_each_of_its_keys(text: str) -> None:
    found = find_lines(text)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    tops = {place[0] for place in found.lines}
    assert {key for key in table if key.isalnum()} <= tops
    assert not found.twice
