from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.store.encryption import (
    DataKey,
    Keyring,
    Place,
    SealBrokenError,
    master_check,
    new_secret,
    unwrap_secret,
    wrap_secret,
)

KEY = DataKey(bytes(32))
words = st.text(max_size=20)
places = st.builds(Place, words, words, words)


@given(places, st.binary(max_size=300))
def test_what_is_sealed_opens_in_its_place(place: Place, plain: bytes) -> None:
    assert KEY.open(place, KEY.seal(place, plain)) == plain


@given(places, places, st.binary(max_size=50))
def test_what_is_moved_to_another_place_does_not_open(place: Place, other: Place, plain: bytes) -> None:
    if place == other:
        return
    with pytest.raises(SealBrokenError):
        KEY.open(other, KEY.seal(place, plain))


def test_words_of_a_place_cannot_flow_into_each_other() -> None:
    sealed = KEY.seal(Place("ab", "c", "d"), b"x")
    with pytest.raises(SealBrokenError):
        KEY.open(Place("a", "bc", "d"), sealed)


@given(st.binary(max_size=50), st.data())
def test_what_is_changed_in_any_byte_does_not_open(plain: bytes, data: st.DataObject) -> None:
    place = Place("t", "1", "c")
    sealed = bytearray(KEY.seal(place, plain))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBrokenError):
        KEY.open(place, bytes(sealed))


@given(st.integers(0, 60))
def test_what_is_cut_short_does_not_open(length: int) -> None:
    place = Place("t", "1", "c")
    sealed = KEY.seal(place, b"some words that are longer than nothing")
    with pytest.raises(SealBrokenError):
        KEY.open(place, sealed[:length])


def test_a_seal_never_looks_the_same_twice() -> None:
    place = Place("t", "1", "c")
    assert KEY.seal(place, b"x") != KEY.seal(place, b"x")


def test_a_broken_seal_is_named_by_its_place_and_tells_nothing_of_what_is_inside() -> None:
    with pytest.raises(SealBrokenError, match=r"^cases\.sealed_state, row NS-7F3K-2Q: sealed under another key$"):
        DataKey(b"o" * 32).open(Place("cases", "NS-7F3K-2Q", "sealed_state"), KEY.seal(Place("a", "b", "c"), b"Robin"))


def test_the_key_of_a_case_opens_from_its_wrapping_in_any_process_with_the_secret() -> None:
    secret = new_secret()
    key, wrapped = Keyring(secret).new_case_key("NS-1")
    place = Place("t", "1", "c")
    assert Keyring(secret).case_key("NS-1", wrapped).open(place, key.seal(place, b"x")) == b"x"


def test_the_wrapped_key_of_one_case_is_no_key_of_another() -> None:
    ring = Keyring(new_secret())
    _, wrapped = ring.new_case_key("NS-1")
    with pytest.raises(SealBrokenError):
        ring.case_key("NS-2", wrapped)


def test_a_ring_forgets_old_keys_and_opens_them_again() -> None:
    ring = Keyring(new_secret())
    kept = [(f"NS-{number}", *ring.new_case_key(f"NS-{number}")) for number in range(300)]
    for reference, key, wrapped in (*kept, *kept):
        assert ring.case_key(reference, wrapped).id == key.id


def test_the_secret_opens_with_its_master_key_alone() -> None:
    secret = new_secret()
    wrapped = wrap_secret(b"m" * 32, secret)
    assert unwrap_secret(b"m" * 32, wrapped) == secret
    with pytest.raises(SealBrokenError):
        unwrap_secret(b"n" * 32, wrapped)


@pytest.mark.parametrize("call", [master_check, lambda key: wrap_secret(key, b""), lambda key: unwrap_secret(key, b"")])
def test_a_master_key_of_another_length_is_a_bug(call: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        call(b"short")


def test_hashes_keep_kinds_and_words_apart_and_need_the_secret() -> None:
    ring = Keyring(bytes(32))
    found = {
        ring.hash("code", "ab", "c"),
        ring.hash("code", "a", "bc"),
        ring.hash("code", "abc"),
        ring.hash("effect", "abc"),
        Keyring(b"o" * 32).hash("code", "abc"),
    }
    assert len(found) == 5
