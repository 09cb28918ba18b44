"""The mailbox fails for a while: what is kept goes on, nothing is lost, and nothing goes twice."""

import pytest

from cspr_bot.pipeline.ports import GoneError, PermanentFailure, TemporaryFailure
from tests.fakes.mailbox import Call, FakeMailbox, Fault
from tests.scenarios.partnership import Partnership
from tests.scenarios.people import COMPLETE, COORDINATOR


def with_mailbox(home: Partnership, *faults: Fault) -> FakeMailbox:
    """Put a mailbox that fails as ordered in the place of the folder."""
    home.reopen()
    mailbox = FakeMailbox(*faults)
    home.office.mailbox = mailbox
    return mailbox


def refusing(call: Call, times: int) -> list[Fault]:
    return [Fault(place, call=call, error=PermanentFailure("no such folder")) for place in range(1, times + 1)]


def failing(call: Call, times: int) -> list[Fault]:
    return [Fault(place, call=call) for place in range(1, times + 1)]


@pytest.mark.parametrize("faults", [failing("list_new", 3), refusing("list_new", 3)], ids=["now", "for good"])
def test_while_the_mailbox_cannot_be_read_the_clocks_run_and_the_failure_is_said(
    home: Partnership, faults: list[Fault]
) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    mailbox = with_mailbox(home, *faults)
    home.office.turn(home.local("2026-12-16 09:00"))
    with pytest.raises(type(faults[0].error)):
        home.work()
    triage = home.task(case, "triage")
    assert triage.rung == 1
    assert {mail.recipient for mail in mailbox.sent} >= {COORDINATOR}  # reading fails, and sending works
    home.office.mailbox = mailbox


def test_while_nothing_can_be_sent_nothing_is_lost_and_afterwards_all_goes_once(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    mailbox = with_mailbox(home, *failing("send", 4), *failing("trace", 2))
    home.put_in_folder(mailbox, COMPLETE)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            home.work()
    (case,) = home.references()
    assert home.stage(case) == "open"  # what was kept was decided
    assert mailbox.sent == []
    home.work()
    home.wait_until("2026-12-15 12:00")
    assert {row.status for row in home.office.store.reports.outbox_rows()} == {"sent"}
    effects = [mail.effect for mail in mailbox.sent]
    assert len(effects) == len(set(effects)) == len(home.sent(case=case))


def test_one_mail_that_cannot_be_read_stops_no_reminder_and_no_other_mail(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    mailbox = with_mailbox(home, *failing("download", 1))
    mailbox.deliver(b"From: x@y.example\r\n\r\nbroken\r\n")
    home.put_in_folder(mailbox, COMPLETE)
    with pytest.raises(TemporaryFailure):
        home.work()
    (case,) = home.references()
    assert {mail.notice for mail in home.sent(case=case)} >= {"N1", "N2", "N3"}
    home.work()
    assert len(home.office.store.reports.inbox_rows()) == 2


def test_of_a_mail_that_was_gone_before_it_was_read_the_coordinator_hears_as_of_what_may_be_a_referral(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    mailbox = with_mailbox(home, Fault(1, call="download", error=GoneError("gone")))
    home.put_in_folder(mailbox, COMPLETE)
    home.work()
    (row,) = home.held()
    (told,) = home.sent(case=f"held:{row.id}", to=COORDINATOR)
    assert told.notice == "N28-held"
    assert "was gone before it could be read" in told.text
    assert "quarantine" in told.text
    assert len(home.references()) == 1  # it lay there again: it was taken like any other, and its own case is opened
