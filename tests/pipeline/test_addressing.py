from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.addressing import Addressed, addressed, deputies_for, is_allowed, may_be_asked
from cspr_bot.pipeline.kept import Party
from cspr_bot.pipeline.ports import PermanentFailure, Recipient
from cspr_bot.procedure.case import Case, Event, Notification, Seat
from tests.fakes.store import NOW, a_task
from tests.pipeline.world import DAY, MAILBOX, book_of

COORDINATOR = Contact("coordinator", "Co-ordinator", "coordinator@nsscp.example", deputies=("deputy@nsscp.example",))
LEADER = Contact(
    "la_service_leader",
    "Service Leader",
    "leader@council.example",
    agency="local_authority",
    deputies=("first@council.example", "second@council.example"),
    escalate_to=("director@council.example",),
)
BOOK = book_of(COORDINATOR, LEADER)
CASE = Case("NS-7F3K-2Q", tasks=(a_task("T2.1"),))
ORDER = Notification("T2.1/1", "N4-reminder", "la_service_leader", task="T2.1", timer="T2", rung=1)
REFERRER = Party("referrer", "nurse@nhs.example", "Verity")


def to(*items: Addressed) -> list[str]:
    return [item.recipient.address for item in items]


def recipients(
    seat: Seat = "holder", *, away: bool = False, role: str = "la_service_leader", on: date = DAY
) -> tuple[Addressed, ...]:
    absent = frozenset({LEADER.key}) if away else frozenset[str]()
    return addressed(replace(ORDER, seat=seat, role=role), CASE, (REFERRER,), BOOK, on, absent)


def test_an_order_goes_to_who_holds_the_role() -> None:
    (item,) = recipients()
    assert (item.recipient.address, item.recipient.contact, item.is_listed) == (LEADER.email, LEADER, True)
    assert item.recipient.may_answer
    assert item.stands_in_for == ""


def test_whoever_is_away_is_stood_in_for_by_the_deputies() -> None:
    assert to(*recipients(away=True)) == ["first@council.example", "second@council.example"]
    assert all(item.recipient.may_answer for item in recipients(away=True))


def test_an_address_that_nobody_has_confirmed_gets_no_mail_of_a_case_and_the_deputies_do() -> None:
    new = replace(LEADER, unconfirmed=(LEADER.email, "first@council.example", "director@council.example"))
    book = book_of(COORDINATOR, new)
    found = {
        seat: to(*addressed(replace(ORDER, seat=seat), CASE, (), book, DAY, frozenset()))
        for seat in ("holder", "deputies", "escalate_to")
    }
    assert found == {"holder": ["second@council.example"], "deputies": ["second@council.example"], "escalate_to": []}


def test_where_nobody_is_confirmed_the_coordinator_hears_and_that_is_no_silence() -> None:
    new = replace(LEADER, unconfirmed=(LEADER.email, *LEADER.deputies))
    (item,) = addressed(ORDER, CASE, (), book_of(COORDINATOR, new), DAY, frozenset())
    assert (item.recipient.address, item.stands_in_for) == (COORDINATOR.email, LEADER.role)


def test_a_new_coordinator_who_is_not_confirmed_is_stood_in_for_and_without_anybody_it_is_said() -> None:
    new = replace(COORDINATOR, unconfirmed=(COORDINATOR.email,))
    nobody = replace(LEADER, unconfirmed=(LEADER.email, *LEADER.deputies))
    found = addressed(ORDER, CASE, (), book_of(new, nobody), DAY, frozenset())
    assert to(*found) == ["deputy@nsscp.example"]
    silent = replace(new, unconfirmed=(new.email, *new.deputies))
    with pytest.raises(PermanentFailure, match="no address of the co-ordinator is confirmed"):
        addressed(ORDER, CASE, (), book_of(silent, nobody), DAY, frozenset())


def test_the_gate_and_the_answers_know_an_unconfirmed_address_as_a_stranger() -> None:
    new = replace(LEADER, unconfirmed=(LEADER.email,))
    book = book_of(COORDINATOR, new)
    assert not is_allowed(LEADER.email, book, DAY, is_listed=True)
    assert is_allowed("first@council.example", book, DAY, is_listed=True)
    assert book.of_address(LEADER.email, DAY) == ()
    assert book.has(LEADER.email)
    known = book.without_waiting_for([LEADER.email])
    assert is_allowed(LEADER.email, known, DAY, is_listed=True)


def test_an_absence_that_stands_in_the_list_counts_on_its_days_and_no_others() -> None:
    away = replace(LEADER, away_from=DAY, away_until=DAY + timedelta(days=1))
    for after, is_away in ((-1, False), (0, True), (1, True), (2, False)):
        found = addressed(ORDER, CASE, (), book_of(COORDINATOR, away), DAY + timedelta(days=after), frozenset())
        assert to(*found) == (list(LEADER.deputies) if is_away else [LEADER.email])


def test_the_co_ordinator_s_own_cover_gets_what_the_co_ordinator_would() -> None:
    away = replace(COORDINATOR, away_until=DAY)
    order = replace(ORDER, role="coordinator")
    found = addressed(order, CASE, (), book_of(away, LEADER), DAY, frozenset())
    assert to(*found) == ["deputy@nsscp.example"]
    assert found[0].recipient.may_answer


def test_whoever_is_away_and_has_no_deputy_is_written_to_and_the_co_ordinator_hears_of_it() -> None:
    alone = replace(LEADER, deputies=())
    found = addressed(ORDER, CASE, (), book_of(COORDINATOR, alone), DAY, frozenset({alone.key}))
    assert to(*found) == [LEADER.email, COORDINATOR.email]
    assert [item.stands_in_for for item in found] == ["", "la_service_leader"]


def test_those_above_are_told_and_may_not_answer() -> None:
    (item,) = recipients("escalate_to")
    assert item.recipient.address == "director@council.example"
    assert not item.recipient.may_answer


def test_a_seat_that_only_adds_people_may_be_empty() -> None:
    bare = replace(LEADER, deputies=(), escalate_to=())
    for seat in ("deputies", "escalate_to"):
        order = replace(ORDER, seat=seat)
        assert addressed(order, CASE, (), book_of(COORDINATOR, bare), DAY, frozenset()) == ()


def test_where_nobody_holds_the_role_the_co_ordinator_hears_whom_it_was_meant_for() -> None:
    (item,) = recipients(role="director")
    assert (item.recipient.address, item.recipient.role, item.stands_in_for) == (
        COORDINATOR.email,
        "coordinator",
        "director",
    )
    assert item.recipient.may_answer


def test_an_entry_that_does_not_hold_yet_is_nobody() -> None:
    late = replace(LEADER, valid_from=date(2027, 1, 1))
    (item,) = addressed(ORDER, CASE, (), book_of(COORDINATOR, late), DAY, frozenset())
    assert item.stands_in_for == "la_service_leader"


def test_a_list_without_a_co_ordinator_cannot_be_worked_with() -> None:
    with pytest.raises(PermanentFailure, match="co-ordinator"):
        addressed(replace(ORDER, role="director"), CASE, (), book_of(LEADER), DAY, frozenset())


def test_the_referrer_is_written_to_at_the_proven_address_only() -> None:
    order = Notification("N1/1", "N1", "referrer", event=1)
    (item,) = addressed(order, CASE, (REFERRER,), BOOK, DAY, frozenset())
    assert (item.recipient.address, item.recipient.name, item.is_listed) == ("nurse@nhs.example", "Verity", False)
    unproven = replace(REFERRER, address=None)
    (instead,) = addressed(order, CASE, (unproven,), BOOK, DAY, frozenset())
    assert (instead.recipient.address, instead.stands_in_for) == (COORDINATOR.email, "referrer")


def test_an_address_that_stands_in_an_order_twice_gets_it_once() -> None:
    twice = replace(LEADER, deputies=("first@council.example", "first@council.example"))
    order = replace(ORDER, seat="deputies")
    assert to(*addressed(order, CASE, (), book_of(COORDINATOR, twice), DAY, frozenset())) == ["first@council.example"]


def test_the_co_ordinator_may_answer_for_another_and_nobody_may_for_a_mail_that_is_held() -> None:
    (item,) = recipients(role="coordinator")
    assert item.recipient.may_answer
    held = replace(CASE, provisional=True)
    (item,) = addressed(ORDER, held, (), BOOK, DAY, frozenset())
    assert not item.recipient.may_answer


def test_a_notice_that_asks_for_nothing_may_not_be_answered() -> None:
    (item,) = addressed(replace(ORDER, task=None), CASE, (), BOOK, DAY, frozenset())
    assert not item.recipient.may_answer


# ---------------------------------------------------------------------------------------------------------------------
# The referrer, and those who stand in where a mail did not arrive


def test_the_referrer_is_written_to_in_person_and_may_answer_only_what_is_their_own() -> None:
    order = Notification("T20.1/0", "N1-incomplete", "referrer", task="T20.1", timer="T20")
    own = Case("NS-7F3K-2Q", tasks=(a_task("T20.1", roles=("referrer",)),))
    (item,) = addressed(order, own, (REFERRER,), BOOK, DAY, frozenset())
    recipient = item.recipient
    assert recipient == Recipient(
        "nurse@nhs.example", "Verity", "referrer", Contact("referrer", "Verity", "nurse@nhs.example"), may_answer=True
    )
    assert not item.is_listed
    other = Case("NS-7F3K-2Q", tasks=(a_task("T20.1"),))
    assert addressed(order, other, (REFERRER,), BOOK, DAY, frozenset())[0].recipient.may_answer is False


def test_the_deputies_of_whoever_was_not_reached_are_told_for_whom() -> None:
    found = deputies_for(ORDER, LEADER.email, CASE, BOOK, DAY)
    assert to(*found) == ["first@council.example", "second@council.example"]
    for item in found:
        assert item.stands_in_for == "la_service_leader"
        recipient = item.recipient
        assert (recipient.name, recipient.role, recipient.contact) == ("Service Leader", "la_service_leader", LEADER)
        assert recipient.may_answer is True
    assert deputies_for(ORDER, "director@council.example", CASE, BOOK, DAY) == ()
    assert deputies_for(replace(ORDER, seat="deputies"), LEADER.email, CASE, BOOK, DAY) == ()
    assert deputies_for(replace(ORDER, agency="police"), LEADER.email, CASE, BOOK, DAY) == found
    done = Case("NS-7F3K-2Q", tasks=())
    assert [item.recipient.may_answer for item in deputies_for(ORDER, LEADER.email, done, BOOK, DAY)] == [False, False]


def test_the_deputies_of_an_agency_are_those_of_its_contact_on_that_day() -> None:
    police = Contact("agency", "Police", "a@police.example", agency="police", deputies=("b@police.example",))
    health = Contact("agency", "Health", "a@police.example", agency="health", deputies=("c@nhs.example",))
    past = replace(police, deputies=("old@police.example",), valid_to=date(2026, 1, 1))
    order = replace(ORDER, role="agency", agency="police")
    found = deputies_for(order, "a@police.example", CASE, book_of(past, police, health), DAY)
    assert to(*found) == ["b@police.example"]
    assert to(*addressed(order, CASE, (), book_of(past, health, police), DAY, frozenset())) == ["a@police.example"]


def test_whoever_hears_of_what_reaches_nobody_holds_the_role_on_that_day() -> None:
    past = Contact("coordinator", "Old", "old@nsscp.example", valid_to=date(2026, 1, 1))
    order = replace(ORDER, role="referrer")
    (item,) = addressed(order, CASE, (), book_of(past, COORDINATOR), DAY, frozenset())
    assert item.recipient.address == COORDINATOR.email
    with pytest.raises(PermanentFailure, match=r"^nobody holds the role of co-ordinator: see contacts\.toml$"):
        addressed(order, CASE, (), book_of(past), DAY, frozenset())


def test_whom_somebody_escalates_to_is_greeted_as_the_contact_and_may_not_answer() -> None:
    (item,) = recipients("escalate_to")
    assert (item.recipient.address, item.recipient.name) == ("director@council.example", "Service Leader")
    assert item.recipient.may_answer is False


# ---------------------------------------------------------------------------------------------------------------------
# Who may say what a held mail is


@pytest.mark.parametrize(
    ("role", "seat", "about", "may"),
    [
        ("coordinator", "holder", {"event": 1}, True),
        ("coordinator", "deputies", {"event": 1}, True),
        ("coordinator", "holder", {"task": "T2.1"}, True),
        ("coordinator", "holder", {"event": 2}, False),
        ("coordinator", "holder", {}, False),
        ("la_service_leader", "holder", {"event": 1}, False),
        ("la_service_leader", "holder", {"task": "T2.1"}, False),
    ],
)
def test_on_a_held_mail_the_co_ordinator_may_answer_what_tells_of_it(
    role: str,
    seat: Seat,
    about: dict[str, Any],
    may: bool,  # noqa: FBT001 - a column of the table
) -> None:
    happened = (Event(1, "mail_held", NOW, NOW), Event(2, "mail_slowed", NOW, NOW))
    held = Case("held:12", provisional=True, tasks=(a_task("T2.1"),), history=happened)
    order = Notification("key", "N28-held", role, seat=seat, **about)
    found = addressed(order, held, (), BOOK, DAY, frozenset())
    assert {item.recipient.may_answer for item in found} == {may}


# ---------------------------------------------------------------------------------------------------------------------
# The recipient gate


@pytest.mark.parametrize(
    ("address", "testing", "is_listed", "may"),
    [
        (LEADER.email, False, True, True),
        ("first@council.example", False, True, True),
        ("director@council.example", False, True, True),
        ("nurse@nhs.example", False, True, False),
        ("nurse@nhs.example", False, False, True),
        (MAILBOX, False, True, False),
        (MAILBOX, False, False, False),
        (MAILBOX, True, True, True),
        (MAILBOX, True, False, True),
        (LEADER.email, True, True, False),
        ("nurse@nhs.example", True, False, False),
    ],
)
def test_the_gate_lets_through_who_is_listed_or_answered_and_ourselves_while_testing(
    address: str,
    testing: bool,  # noqa: FBT001 - columns of the table
    is_listed: bool,  # noqa: FBT001
    may: bool,  # noqa: FBT001
) -> None:
    assert is_allowed(address, book_of(LEADER, testing=testing), DAY, is_listed=is_listed) is may
    assert not is_allowed(address, book_of(replace(LEADER, valid_to=date(2026, 1, 1))), DAY, is_listed=True)


def test_the_holder_of_an_address_may_be_asked_while_it_stands_on_the_list_and_nobody_tests() -> None:
    past = replace(LEADER, valid_to=date(2026, 1, 1))
    assert may_be_asked(LEADER.email, book_of(past))
    assert may_be_asked("first@council.example", book_of(COORDINATOR, past))
    assert not may_be_asked("nurse@nhs.example", book_of(past))
    assert not may_be_asked(LEADER.email, book_of(past, testing=True))
    assert not may_be_asked(MAILBOX, book_of(replace(LEADER, email=MAILBOX)))


def test_a_co_ordinator_whose_address_nobody_has_confirmed_is_stood_in_for() -> None:
    waits = replace(COORDINATOR, unconfirmed=(COORDINATOR.email,))
    order = replace(ORDER, role="referrer")
    assert to(*addressed(order, CASE, (), book_of(waits), DAY, frozenset())) == ["deputy@nsscp.example"]
    alone = replace(waits, deputies=())
    with pytest.raises(PermanentFailure, match=r"^no address of the co-ordinator is confirmed: see `contacts`$"):
        addressed(order, CASE, (), book_of(alone), DAY, frozenset())
