"""Case references: opaque, sayable, and wrong ones are known at once."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cspr_bot.correspondence.references import ALPHABET, find_references, is_reference, make_reference

REFERENCES = st.binary(min_size=8, max_size=32).map(lambda chance: make_reference("NS", chance))
PLACES = st.integers(0, 5)


def characters(reference: str) -> list[str]:
    return list(reference.replace("NS-", "").replace("-", ""))


def joined(signs: list[str]) -> str:
    return f"NS-{''.join(signs[:4])}-{''.join(signs[4:])}"


@given(REFERENCES)
def test_what_is_made_is_a_reference_and_is_found_in_either_case(reference: str) -> None:
    assert is_reference(reference)
    assert len(reference) == len("NS-7F3K-2Q")
    assert find_references(f"(re: {reference.lower()}, {reference})") == (reference,)


@given(REFERENCES, PLACES, st.sampled_from(ALPHABET))
def test_one_wrong_character_is_known(reference: str, place: int, wrong: str) -> None:
    signs = characters(reference)
    assume(signs[place] != wrong)
    signs[place] = wrong
    assert not is_reference(joined(signs))
    assert find_references(joined(signs)) == ()


@given(REFERENCES, PLACES, PLACES)
def test_two_characters_that_changed_places_are_known(reference: str, one: int, other: int) -> None:
    signs = characters(reference)
    assume(signs[one] != signs[other])
    signs[one], signs[other] = signs[other], signs[one]
    assert not is_reference(joined(signs))


def test_no_character_is_like_another_and_no_word_can_be_spelt() -> None:
    assert not set("0O1ILAEIOUY") & set(ALPHABET)
    assert not any(set(pair) <= set(ALPHABET) for pair in ("2Z", "5S", "6G", "8B", "UV"))
    assert len(ALPHABET) == len(set(ALPHABET)) == 23


@pytest.mark.parametrize("text", ["", "NS-7F3K-2Q-3", "XNS-7F3K-2", "NS-7F3K2Q", "NS-AAAA-AA", "NS 7F3K 2Q"])
def test_what_has_another_shape_is_no_reference(text: str) -> None:
    assert not is_reference(text)
    assert find_references(text) == ()


def test_a_reference_within_a_longer_word_is_none() -> None:
    reference = make_reference("NS", bytes(range(8)))
    assert find_references(f"{reference}9 X{reference[1:]}-7 9-{reference}") == ()
    assert find_references(f"{reference}.pdf") == (reference,)


def test_references_are_found_in_their_order_and_of_any_prefix() -> None:
    one, two = make_reference("NS", bytes(range(8))), make_reference("BANES", bytes(range(8, 16)))
    assert find_references(f"{two} {one} {two}") == (two, one)


@pytest.mark.parametrize("prefix", ["", "ns", "N-S", "TOOLONGPRE", "N5"])
def test_a_prefix_is_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        make_reference(prefix, bytes(8))


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="random"):
        make_reference("NS", bytes(7))
