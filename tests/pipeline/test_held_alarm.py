"""When held mails are told of again: by the rule alone, and as the one mail an hour that is written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.held_alarm import AN_HOUR, MOST_LINES, HeldAlarm, is_in_vain, is_time
from cspr_bot.pipeline.kept import NewCase, Registration
from cspr_bot.store import Store
from tests.fakes.store import keep, new_store
from tests.pipeline.world import CountingChance, PlainWriter, TurnedClock, rules_with, shipped_rules

CALENDAR = shipped_rules().calendar
POLL = timedelta(minutes=5)
THURSDAY = datetime(2026, 12, 24, 8, tzinfo=UTC)  # Friday is Christmas, Monday the bank holiday for Boxing Day
COORDINATOR = Contact("coordinator", "Co-ordinator", "coordinator@nsscp.example", deputies=("deputy@nsscp.example",))
CHANCE = CountingChance()
RULES = rules_with(COORDINATOR, without="coordinator")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-{text}+00:00")


@pytest.mark.parametrize(
    ("oldest", "last", "now", "expected"),
    [
        ("15 10:00", None, "15 10:59", False),
        ("15 10:00", None, "15 11:00", True),
        ("15 10:00", "15 11:00", "15 11:59", False),
        ("15 10:00", "15 11:00", "15 12:00", True),
        ("15 10:30", "15 11:00", "15 11:45", False),  # the mail of eleven told of it
        ("15 16:30", None, "15 17:30", False),  # the office is shut
        ("15 15:59", None, "15 16:59", True),
        ("15 16:00", None, "15 17:00", False),
        ("15 16:30", None, "16 08:59", False),
        ("15 16:30", None, "16 09:00", True),
        ("15 23:00", None, "16 09:00", True),
        ("16 08:30", None, "16 09:00", False),  # it was told of half an hour ago
        ("16 08:30", None, "16 09:30", True),
        ("18 16:30", None, "19 12:00", False),  # Saturday
        ("18 16:30", None, "21 09:00", True),
        ("24 16:30", None, "25 10:00", False),  # Christmas
        ("24 16:30", None, "28 10:00", False),
        ("24 16:30", None, "29 09:00", True),
    ],
)
def test_it_is_time_an_hour_after_the_last_word_and_in_office_hours(
    oldest: str,
    last: str | None,
    now: str,
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert is_time(at(oldest), at(last) if last else None, at(now), CALENDAR) is expected


def test_beyond_the_table_of_holidays_nobody_knows_when_the_office_works() -> None:
    beyond = datetime(CALENDAR.last.year + 1, 3, 3, 12, tzinfo=UTC)
    assert not is_time(beyond - AN_HOUR, None, beyond, CALENDAR)


@given(
    held=st.lists(st.integers(0, 6 * 288), min_size=1, max_size=5),
    lasts=st.lists(st.integers(1, 3 * 288), min_size=5, max_size=5),
    broken=st.sets(st.integers(0, 7 * 288), max_size=100),
)
def test_whatever_is_held_and_released_each_working_hour_brings_one_word_and_no_other_hour_does(
    held: list[int], lasts: list[int], broken: set[int]
) -> None:
    """Seven days over Christmas, looked at every five minutes save where the machine was off."""
    waits = [
        (THURSDAY + begin * POLL, THURSDAY + (begin + long) * POLL) for begin, long in zip(held, lasts, strict=False)
    ]
    last: datetime | None = None
    told: list[datetime] = []
    for step in range(7 * 288):
        now = THURSDAY + step * POLL
        oldest = min((begin for begin, end in waits if begin <= now < end), default=None)
        if oldest is None or step in broken:
            continue
        if is_time(oldest, last, now, CALENDAR):
            told.append(now)
            last = now
        quiet_since = max(oldest, last or oldest)
        assert not CALENDAR.is_open(now) or now - quiet_since < AN_HOUR
    assert all(CALENDAR.is_open(moment) for moment in told)
    assert all(later - earlier >= AN_HOUR for earlier, later in pairwise(told))


def test_the_deputies_hear_once_the_co_ordinator_was_told_again_in_vain() -> None:
    assert not is_in_vain(at("15 10:00"), None)
    assert not is_in_vain(at("15 10:00"), at("15 09:30"))  # that was of another mail
    assert is_in_vain(at("15 10:00"), at("15 11:00"))


# --- as it is written


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def hold(store: Store, moment: str, number: int = 1) -> int:
    inbox_id = keep(store, f"held-{number}")
    case = NewCase(f"held:{inbox_id}", at(moment), provisional=True)
    registration = Registration("enquiry", "held", ("no form in it",), cases=(case,))
    store.registration.register(inbox_id, registration, at(moment))
    return inbox_id


def alarm(store: Store, moment: str, writer: PlainWriter | None = None) -> HeldAlarm:
    return HeldAlarm(store.held_alarm, writer or PlainWriter(), CHANCE, TurnedClock(at(moment)), RULES)


def written(store: Store) -> list[str]:
    return sorted(row.to for row in store.reports.outbox_rows())


def test_where_nothing_is_held_nothing_is_written(store: Store) -> None:
    keep(store)
    assert not alarm(store, "15 11:00").step()


def test_one_mail_tells_of_everything_and_the_deputies_get_the_second(store: Store) -> None:
    hold(store, "15 10:00", 1)
    hold(store, "15 10:20", 2)
    writer = PlainWriter()
    assert not alarm(store, "15 10:59", writer).step()
    assert alarm(store, "15 11:00", writer).step()
    assert not alarm(store, "15 11:00", writer).step()
    assert written(store) == ["coordinator@nsscp.example"]
    (letter,) = writer.letters
    assert [(line.id, line.reasons) for line in letter.facts.waiting] == [
        (1, ("no form in it",)),
        (2, ("no form in it",)),
    ]
    assert letter.answer_code is None
    assert alarm(store, "15 12:00").step()
    assert written(store) == ["coordinator@nsscp.example", "coordinator@nsscp.example", "deputy@nsscp.example"]


def test_of_a_flood_the_oldest_are_named_and_the_others_counted(store: Store) -> None:
    for number in range(MOST_LINES + 3):
        hold(store, "15 10:00", number)
    writer = PlainWriter()
    assert alarm(store, "15 11:00", writer).step()
    facts = writer.letters[0].facts
    assert ([line.id for line in facts.waiting], facts.more_waiting) == (list(range(1, MOST_LINES + 1)), 3)


def test_what_somebody_has_decided_on_is_told_of_no_more(store: Store) -> None:
    inbox_id = hold(store, "15 10:00")
    store.registration.release(inbox_id, Registration("enquiry", "ignored"), at("15 10:30"), by="me")
    assert not alarm(store, "15 11:00").step()


def test_of_two_who_write_at_once_one_does(store: Store) -> None:
    hold(store, "15 10:00")
    door = store.held_alarm
    assert door.last_told() is None
    assert door.put_alarm(at("15 11:00"), None, ())
    assert not door.put_alarm(at("15 11:00"), None, ())
    assert door.last_told() == at("15 11:00")


def test_the_page_of_the_morning_counts_for_its_hour(store: Store) -> None:
    hold(store, "15 18:00")
    store.digest.put_digest(at("16 09:00"), at("16 09:00").date(), ())
    assert not alarm(store, "16 09:59").step()
    assert alarm(store, "16 10:00").step()


def test_what_cannot_be_written_is_tried_again_and_nothing_is_remembered(store: Store) -> None:
    hold(store, "15 10:00")
    writer = PlainWriter(broken={"N28-held-again"})
    with pytest.raises(Exception, match="N28-held-again"):
        alarm(store, "15 11:00", writer).step()
    assert alarm(store, "15 11:01").step()


def test_a_machine_that_was_off_tells_once_when_it_is_back(store: Store) -> None:
    hold(store, "15 10:00")
    assert alarm(store, "15 11:00").step()
    assert alarm(store, "18 15:20").step()
    assert not alarm(store, "18 15:21").step()
