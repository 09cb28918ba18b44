from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.procedure.case import Case, Event, Task
from cspr_bot.referral.form import ReferralForm
from cspr_bot.store.records import Said, from_bytes, to_bytes

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tasks = st.builds(Task, ticks=st.lists(words, max_size=2).map(tuple), closed_at=st.none() | moments)
events = st.builds(Event, at=moments, known_at=moments, fields=st.dictionaries(words, words, max_size=3))
cases = st.builds(
    Case,
    reference=words,
    quiet_until=st.none() | moments,
    stages=st.dictionaries(words, words, max_size=3),
    agency_stages=st.dictionaries(words, st.dictionaries(words, words, max_size=2), max_size=2),
    flags=st.frozensets(words, max_size=3),
    history=st.lists(events, max_size=3).map(tuple),
)


@given(cases)
def test_every_case_comes_back_equal(case: Case) -> None:
    assert from_bytes(Case, to_bytes(case)) == case


@given(st.builds(ReferralForm, summary=st.text()))
def test_a_form_comes_back_whatever_was_typed(form: ReferralForm) -> None:
    read = from_bytes(ReferralForm, to_bytes(form))
    assert read == form or "\ufffd" in read.summary


def test_a_moment_comes_back_as_the_same_moment_whatever_its_zone() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    case = Case("NS-1", quiet_until=at)
    assert from_bytes(Case, to_bytes(case)).quiet_until == at


def test_half_a_surrogate_pair_does_not_stop_a_mail() -> None:
    said = Said("Casey\udcff", MappingProxyType({"text\ud800": "a\udfffb", "list": "plain"}))
    read = from_bytes(Said, to_bytes(said))
    assert read == Said("Casey\ufffd", {"text\ufffd": "a\ufffdb", "list": "plain"})


def test_half_a_surrogate_pair_is_mended_deep_inside() -> None:
    form = ReferralForm(missing=("a\udcff",), summary="x")
    assert from_bytes(ReferralForm, to_bytes(form)).missing == ("a\ufffd",)


def test_a_value_that_cannot_be_kept_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object cannot be kept"):
        to_bytes(object())


def test_a_field_that_came_later_has_its_default_and_one_that_went_is_passed_over() -> None:
    assert from_bytes(Case, b'{"reference": "NS-1", "gone": 3}') == Case("NS-1")
