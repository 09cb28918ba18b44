from dataclasses import replace
from datetime import date, timedelta

import pytest

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.addressing import Addressed, addressed, is_allowed
from cspr_bot.pipeline.kept import Party
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.procedure.case import Case, Notification, Seat
from tests.fakes.store import a_task
from tests.pipeline.world import DAY, book_of

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
