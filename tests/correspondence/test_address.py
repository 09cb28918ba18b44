"""One address in From, to the last character, and the names that would make a reader believe in another."""

import pytest

from cspr_bot.correspondence.address import Mailbox, lookalike_of, parse_address, parse_from, shows_another_address

DOMAIN = ".".join(("a" * 62, "b" * 62, "c" * 56, "example"))


def test_an_address_is_as_long_as_the_standard_allows_and_no_longer() -> None:
    longest = f"{'x' * 64}@{DOMAIN}"
    assert len(longest) == 255
    assert parse_address(longest) is None
    assert parse_address(longest[1:]) == longest[1:]
    assert parse_address(f"{'x' * 64}@council.example")
    assert parse_address(f"{'x' * 65}@council.example") is None


def test_a_from_is_read_up_to_its_longest_length() -> None:
    address = "<jane.doe@council.example>"
    name = "J" * (2_000 - len(address) - 1)
    assert parse_from(f"{name} {address}") == Mailbox("jane.doe@council.example", name)
    assert parse_from(f"{name}J {address}") == "From is longer than any honest one"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("Jane Doe", "From is not one plain address"),
        ("Jane: <jane.doe@council.example>", "From can be read in more than one way"),
        ("Jane) (Doe <jane.doe@council.example>", "From can be read in more than one way"),
        ('"chief@police.example" <jane.doe@council.example>', "the name in From shows another address"),
    ],
)
def test_a_from_that_cannot_be_believed_says_why(value: str, why: str) -> None:
    assert parse_from(value) == why


def test_quoted_names_are_shown_as_they_are_meant_each_in_its_place() -> None:
    assert parse_from('"Doe" and "Roe" <a@council.example>') == Mailbox("a@council.example", "Doe and Roe")
    assert parse_from(r'"Jane \"JD\" Doe" <a@council.example>') == Mailbox("a@council.example", 'Jane "JD" Doe')


@pytest.mark.parametrize(
    ("display", "is_another"),
    [
        ("<jane@council.example>", False),
        ("('jane@council.example')", False),
        ("JANE@council.example", False),
        ("Xjane@council.example", True),
        ("jane＠council.example", False),
        ("jane＠evil.example", True),
        ("Jane Doe", False),
    ],
)
def test_a_name_may_repeat_the_address_and_show_no_other(display: str, is_another: bool) -> None:  # noqa: FBT001
    assert shows_another_address(display, "jane@council.example") is is_another


def test_a_known_domain_that_is_written_with_its_last_point_has_the_same_twins() -> None:
    assert lookalike_of("counci1.example", ["Council.example."]) == "council.example"
    assert lookalike_of("council.example", ["Council.example."]) is None
