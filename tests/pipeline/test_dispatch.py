from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.correspondence.contacts import Contact, ContactBook
from cspr_bot.pipeline.dispatch import GIVE_UP_AFTER, LONGEST_WAIT, LOOK_AGAIN_AFTER, TELL_AFTER, Dispatch, Limits
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.pipeline.ports import MailboxFailure, NothingLeft, PermanentFailure, TemporaryFailure
from cspr_bot.procedure.case import Notification
from cspr_bot.store import OutboxRow, Store
from tests.fakes.mailbox import FakeMailbox, Fault
from tests.fakes.store import NOW, a_mail, new_store, open_a_case, step
from tests.pipeline.world import MAILBOX, TurnedClock, book_of, shipped_rules

CHAIR = Contact("subgroup_chair", "Chair", "chair@council.example")
REFUSED = PermanentFailure("no such mailbox")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    open_a_case(opened)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


def dispatch(
    mailbox: FakeMailbox,
    store: Store,
    clock: TurnedClock,
    book: ContactBook | None = None,
    limits: Limits | None = None,
) -> Dispatch:
    return Dispatch(
        mailbox, store.dispatch, clock, book or book_of(CHAIR), shipped_rules().calendar, limits or Limits()
    )


def outbox(store: Store) -> OutboxRow:
    return store.reports.outbox_rows()[0]


def pending(store: Store) -> list[str]:
    """Name what waits for the rules, the referral apart."""
    pending = []
    while (event := store.progression.next_event(NOW)) is not None:
        pending.append(event.event.name)
        step(store, pending_id=event.id)
    return [name for name in pending if name != "referral_received"]


def send_all(station: Dispatch) -> None:
    """Let it send until nothing may go now, which is soon."""
    for _ in range(50):
        if not station.send_next():
            return
    pytest.fail("there is no end of it")


def test_a_mail_is_sent_once_and_noted(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    assert station.send_next()
    assert not station.send_next()
    assert [mail.recipient for mail in mailbox.sent] == ["chair@council.example"]
    assert (outbox(store).status, outbox(store).sent_at) == ("sent", NOW)


def test_what_failed_before_its_effect_waits_and_goes_later(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send"))
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    assert station.send_next()
    assert (outbox(store).status, outbox(store).attempts) == ("waiting", 1)
    assert outbox(store).reason
    assert not station.send_next()
    clock.at = outbox(store).not_before
    assert station.send_next()
    assert len(mailbox.sent) == 1
    assert outbox(store).status == "sent"


def test_what_failed_after_its_effect_is_found_in_sent_and_goes_no_second_time(
    store: Store, clock: TurnedClock
) -> None:
    mailbox = FakeMailbox(Fault(1, "after", "send"))
    step(store, a_mail())
    dispatch(mailbox, store, clock).send_next()
    assert outbox(store).status == "sent"
    assert len(mailbox.sent) == 1


def test_what_is_refused_for_ever_is_given_up_and_the_case_hears_of_it(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send", REFUSED))
    step(store, a_mail())
    dispatch(mailbox, store, clock).send_next()
    assert outbox(store).status == "failed"
    assert pending(store) == ["contact_undeliverable"]


def test_one_mail_that_is_refused_stops_no_other(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send", REFUSED))
    step(store, a_mail(1), a_mail(2))
    station = dispatch(mailbox, store, clock)
    assert station.send_next()
    assert station.send_next()
    assert [row.status for row in store.reports.outbox_rows()] == ["failed", "sent"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_it_sends_it_looks_before_it_does_anything_else(
    store: Store, clock: TurnedClock, moment: str
) -> None:
    mailbox = FakeMailbox(Fault(1, moment, "send", KeyboardInterrupt()))  # type: ignore[arg-type]
    step(store, a_mail())
    with pytest.raises(KeyboardInterrupt):
        dispatch(mailbox, store, clock).send_next()
    assert outbox(store).status == "sending"
    again = dispatch(mailbox, store, clock)
    assert again.recover() == 1
    again.send_next()  # at once: it is not the mail's fault that the process died
    assert len(mailbox.sent) == 1
    assert outbox(store).status == "sent"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_it_prepares_nothing_has_left_and_nobody_needs_to_look(
    store: Store, clock: TurnedClock, moment: str
) -> None:
    mailbox = FakeMailbox(Fault(1, moment, "prepare", KeyboardInterrupt()))  # type: ignore[arg-type]
    mailbox.can_look_in_sent = False
    step(store, a_mail())
    with pytest.raises(KeyboardInterrupt):
        dispatch(mailbox, store, clock).send_next()
    again = dispatch(mailbox, store, clock)
    assert again.recover() == 1
    again.send_next()
    assert "trace" not in mailbox.calls
    assert (outbox(store).status, len(mailbox.sent)) == ("sent", 1)


def test_what_fails_while_it_is_prepared_waits_without_a_question(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "after", "prepare"))
    step(store, a_mail())
    assert dispatch(mailbox, store, clock).send_next()
    assert (outbox(store).status, mailbox.calls, mailbox.sent) == ("waiting", ["prepare"], [])


def test_what_for_certain_has_not_left_waits_without_a_question(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send", NothingLeft("not now")))
    mailbox.can_look_in_sent = False
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    assert outbox(store).status == "waiting"
    clock.at = outbox(store).not_before
    station.send_next()
    assert "trace" not in mailbox.calls
    assert (outbox(store).status, len(mailbox.sent)) == ("sent", 1)


@pytest.mark.parametrize("call", ["prepare", "send"])
def test_a_mailbox_that_fails_as_a_whole_stops_the_sending_and_counts_against_no_mail(
    store: Store, clock: TurnedClock, call: str
) -> None:
    refusal = MailboxFailure("no permission")
    faults = [Fault(place, "before", call, refusal) for place in range(1, GIVE_UP_AFTER + 3)]  # type: ignore[arg-type]
    mailbox = FakeMailbox(*faults)
    step(store, a_mail(1), a_mail(2))
    station = dispatch(mailbox, store, clock)
    for _ in faults:
        with pytest.raises(MailboxFailure):
            station.send_next()
        clock.at = max(row.not_before for row in store.reports.outbox_rows())
        if clock.at > NOW + timedelta(hours=20):  # before they are old enough to be written anew
            break
    assert {row.status for row in store.reports.outbox_rows()} == {"waiting"}
    mailbox.faults.clear()
    send_all(station)
    assert {row.status for row in store.reports.outbox_rows()} == {"sent"}
    assert len(mailbox.sent) == 2


def test_what_lies_among_the_drafts_still_is_looked_for_again_before_it_is_sent(
    store: Store, clock: TurnedClock
) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send"))
    mailbox.has_drafts = True
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    assert outbox(store).status == "sending"  # it may be leaving at this moment
    clock.pass_by(seconds=LOOK_AGAIN_AFTER.total_seconds() - 1)
    station.recover()
    assert outbox(store).status == "sending"
    clock.pass_by(seconds=1)
    station.recover()
    assert outbox(store).status == "waiting"
    station.send_next()
    assert (outbox(store).status, len(mailbox.sent)) == ("sent", 1)
    assert mailbox.calls.count("trace") == 4


def test_what_left_late_is_found_before_it_is_sent_again(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send"))
    mailbox.has_drafts = True
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    clock.pass_by(seconds=LOOK_AGAIN_AFTER.total_seconds())
    station.recover()
    assert outbox(store).status == "waiting"
    mailbox.sent.append(a_mail().mail)  # the server was slow
    station.send_next()
    assert (outbox(store).status, mailbox.calls.count("send"), len(mailbox.sent)) == ("sent", 1, 1)


def test_what_left_late_is_found_before_it_is_written_anew_for_its_age(store: Store, clock: TurnedClock) -> None:
    """It waited over a working day: another mail in its place would be a second one."""
    mailbox = FakeMailbox(Fault(1, "before", "send"))
    mailbox.has_drafts = True
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    clock.pass_by(seconds=LOOK_AGAIN_AFTER.total_seconds())
    station.recover()
    mailbox.sent.append(a_mail().mail)
    clock.pass_by(days=5)
    station.send_next()
    assert (outbox(store).status, len(mailbox.sent)) == ("sent", 1)
    assert "mail_stale" not in pending(store)


def test_what_nobody_can_find_any_more_is_left_to_a_person(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send"))
    mailbox.has_drafts = True
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    clock.pass_by(seconds=LOOK_AGAIN_AFTER.total_seconds())
    station.recover()
    mailbox.can_look_in_sent = False  # neither a draft nor a copy: somebody has tidied up
    station.send_next()
    clock.pass_by(seconds=TELL_AFTER.total_seconds())
    station.recover()
    assert (outbox(store).status, mailbox.sent) == ("unknown", [])


def test_a_person_who_sends_an_unknown_mail_again_sends_no_second_where_the_first_turned_up(
    store: Store, clock: TurnedClock
) -> None:
    mailbox = FakeMailbox(Fault(1, "after", "send"))
    mailbox.can_look_in_sent = False
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    clock.pass_by(seconds=TELL_AFTER.total_seconds())
    station.recover()
    mailbox.can_look_in_sent = True
    assert store.dispatch.retry(outbox(store).id, clock.now())
    station.send_next()
    assert (outbox(store).status, len(mailbox.sent)) == ("sent", 1)


def test_a_mailbox_is_asked_for_no_more_than_its_ceiling_in_a_minute(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, *(a_mail(number) for number in range(1, 6)))
    station = dispatch(mailbox, store, clock, limits=Limits(mails_per_minute=2))
    sent = []
    for _ in range(3):
        send_all(station)
        sent.append(len(mailbox.sent))
        clock.pass_by(minutes=1)
    assert sent == [2, 4, 5]


def test_what_nobody_can_tell_becomes_unknown_in_time_and_is_never_sent_again(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "after", "send"))
    mailbox.can_look_in_sent = False
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    assert outbox(store).status == "sending"
    clock.pass_by(seconds=TELL_AFTER.total_seconds() - 1)
    station.recover()
    assert outbox(store).status == "sending"
    assert pending(store) == []
    clock.pass_by(seconds=1)
    station.recover()
    assert outbox(store).status == "unknown"
    assert pending(store) == ["mail_unknown"]
    clock.pass_by(days=3)
    assert station.recover() == 0
    assert not station.send_next()
    assert len(mailbox.sent) == 1


@pytest.mark.parametrize("failure", [TemporaryFailure("not now"), REFUSED])
def test_a_mailbox_that_cannot_even_be_asked_leaves_the_mail_to_a_person_in_time(
    store: Store, clock: TurnedClock, failure: Exception
) -> None:
    asked = (Fault(place, call="trace", error=failure) for place in (1, 2, 3))
    mailbox = FakeMailbox(Fault(1, "before", "send"), *asked)
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    with pytest.raises(type(failure)):
        station.send_next()
    clock.pass_by(minutes=5)
    with pytest.raises(type(failure)):
        station.recover()
    assert outbox(store).status == "sending"
    clock.pass_by(minutes=7)
    with pytest.raises(type(failure)):
        station.recover()
    assert outbox(store).status == "unknown"


def test_it_waits_longer_each_time_up_to_a_quarter_of_an_hour_and_gives_up_at_last(
    store: Store, clock: TurnedClock
) -> None:
    faults = [Fault(place, call="send") for place in range(1, GIVE_UP_AFTER + 1)]
    mailbox = FakeMailbox(*faults)
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    waits = []
    for _ in range(2 * GIVE_UP_AFTER):
        if outbox(store).status != "waiting":
            break
        station.send_next()
        waits.append(outbox(store).not_before - clock.at)
        clock.at = max(outbox(store).not_before, clock.at)
    growing = waits[:4]
    assert growing == sorted(set(growing))
    assert waits[0] >= timedelta(minutes=1)
    assert max(waits) <= LONGEST_WAIT + timedelta(seconds=30)
    assert outbox(store).attempts == GIVE_UP_AFTER
    assert (outbox(store).status, mailbox.sent) == ("failed", [])
    assert "contact_undeliverable" in pending(store)


def test_two_mails_that_fail_together_do_not_come_back_together(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, call="send"), Fault(2, call="send"))
    step(store, a_mail(1), a_mail(2))
    station = dispatch(mailbox, store, clock)
    station.send_next()
    station.send_next()
    first, second = (row.not_before for row in store.reports.outbox_rows())
    assert first != second


def test_a_server_that_says_how_long_to_wait_is_heard_within_reason(store: Store, clock: TurnedClock) -> None:
    for asked, least, most in ((300.0, 300, 330), (1e9, 900, 930), (0.0, 60, 90)):
        mailbox = FakeMailbox(Fault(1, call="send", error=TemporaryFailure("busy", retry_after=asked)))
        step(store, a_mail(int(asked) % 97 + 1))
        dispatch(mailbox, store, clock).send_next()
        wait = (store.reports.outbox_rows()[-1].not_before - clock.at).total_seconds()
        assert least <= wait <= most


# ---------------------------------------------------------------------------------------------------------------------
# The gate


def to(address: str, **changes: object) -> WrittenMail:
    """Write a mail to an address."""
    written = a_mail(**changes)  # type: ignore[arg-type]
    return replace(written, mail=replace(written.mail, recipient=address))


def test_a_mail_whose_contact_has_gone_from_the_list_is_sent_back(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, to("gone@council.example"))
    dispatch(mailbox, store, clock).send_next()
    assert (outbox(store).status, mailbox.sent) == ("cancelled", [])
    assert pending(store) == ["mail_stale"]


def test_a_contact_whose_last_day_has_passed_is_not_written_to(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, a_mail())
    expired = book_of(replace(CHAIR, valid_to=NOW.date() - timedelta(days=1)))
    dispatch(mailbox, store, clock, expired).send_next()
    assert mailbox.sent == []


def test_a_mail_that_waited_over_a_working_day_is_sent_back(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, a_mail())
    clock.pass_by(days=2)  # from Monday to Wednesday
    dispatch(mailbox, store, clock).send_next()
    assert outbox(store).status == "cancelled"


def test_a_mail_of_yesterday_still_goes(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, a_mail())
    clock.pass_by(days=1)
    dispatch(mailbox, store, clock).send_next()
    assert outbox(store).status == "sent"


def test_what_confirms_an_answer_is_as_true_the_day_after(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, a_mail(order=Notification("N13-answer/3", "N13-answer", "subgroup_chair", event=3)))
    clock.pass_by(days=3)
    dispatch(mailbox, store, clock).send_next()
    assert len(mailbox.sent) == 1


def test_while_testing_nothing_goes_to_anybody_else_and_afterwards_nothing_to_ourselves(
    store: Store, clock: TurnedClock
) -> None:
    mailbox = FakeMailbox()
    testing = book_of(CHAIR, testing=True)
    step(store, to(MAILBOX, number=1), to("chair@council.example", number=2), to("nurse@nhs.example", number=3))
    station = dispatch(mailbox, store, clock, testing)
    send_all(station)
    assert [mail.recipient for mail in mailbox.sent] == [MAILBOX]
    step(store, to(MAILBOX, number=4, is_listed=False), to(MAILBOX, number=5))
    station = dispatch(mailbox, store, clock)
    send_all(station)
    assert len(mailbox.sent) == 1


def test_whoever_is_not_on_the_list_is_slowed_and_whoever_is_never(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    strangers = [to("nurse@nhs.example", number=number, is_listed=False) for number in (1, 2, 3)]
    step(store, *strangers, *(a_mail(number) for number in (4, 5, 6)))
    station = dispatch(mailbox, store, clock, limits=Limits(60, 2))
    send_all(station)
    assert [mail.recipient for mail in mailbox.sent].count("nurse@nhs.example") == 2
    assert [mail.recipient for mail in mailbox.sent].count("chair@council.example") == 3
    clock.pass_by(hours=1)
    send_all(station)
    assert [mail.recipient for mail in mailbox.sent].count("nurse@nhs.example") == 3


def test_the_limit_of_one_sender_is_no_limit_of_another_nor_of_the_list(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    one, other = (to(f"{name}@nhs.example", number=number, is_listed=False) for number, name in ((1, "a"), (2, "b")))
    step(store, *(a_mail(number) for number in (3, 4)), one, other)
    station = dispatch(mailbox, store, clock, limits=Limits(2, 1))
    send_all(station)
    assert len(mailbox.sent) == 4


def test_a_limit_that_holds_mails_back_is_told_of_once_in_an_hour(store: Store, clock: TurnedClock) -> None:
    strangers = [to("nurse@nhs.example", number=number, is_listed=False) for number in (1, 2, 3)]
    step(store, *strangers)
    station = dispatch(FakeMailbox(), store, clock, limits=Limits(60, 1))
    send_all(station)
    assert pending(store) == ["mail_slowed"]
    assert [row.status for row in store.reports.outbox_rows()].count("waiting") == 2


def test_all_strangers_together_have_a_limit_too(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox()
    step(store, *(to(f"n{number}@nhs.example", number=number, is_listed=False) for number in (1, 2, 3)))
    station = dispatch(mailbox, store, clock, limits=Limits(2, 10))
    send_all(station)
    assert len(mailbox.sent) == 2


# --- what is noted, and how long it waits


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (99, 900)])
def test_each_wait_is_twice_the_last_up_to_a_quarter_of_an_hour(
    store: Store, clock: TurnedClock, attempts: int, seconds: int
) -> None:
    mailbox = FakeMailbox(*(Fault(place, call="prepare") for place in range(1, attempts + 1)))
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    for _ in range(attempts):
        clock.at = max(outbox(store).not_before, clock.at)
        station.send_next()
    row = outbox(store)
    assert row.not_before - clock.at == timedelta(seconds=seconds + row.id * 7 % 30)


@pytest.mark.parametrize(("asked", "seconds"), [(None, 60), (0.0, 60), (60.5, 60.5), (400.0, 400), (10.0**6, 900)])
def test_it_waits_as_long_as_it_was_asked_to_within_a_quarter_of_an_hour(
    store: Store, clock: TurnedClock, asked: float | None, seconds: float
) -> None:
    error = TemporaryFailure("429", retry_after=asked)
    step(store, a_mail())
    dispatch(FakeMailbox(Fault(1, call="prepare", error=error)), store, clock).send_next()
    row = outbox(store)
    assert (row.not_before - clock.at).total_seconds() == pytest.approx(seconds + row.id * 7 % 30)
    assert row.reason == "429"


def test_the_mails_that_were_interrupted_are_each_settled(store: Store, clock: TurnedClock) -> None:
    """The first of them was not prepared yet, the second had left."""
    mailbox = FakeMailbox(
        Fault(1, "before", "prepare", KeyboardInterrupt()), Fault(1, "after", "send", KeyboardInterrupt())
    )
    step(store, a_mail(1), a_mail(2))
    station = dispatch(mailbox, store, clock)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            station.send_next()
    assert station.recover() == 2
    rows = sorted(store.reports.outbox_rows(), key=lambda row: row.id)
    assert [row.status for row in rows] == ["waiting", "sent"]
    assert rows[0].reason == "interrupted before anything left"


def test_what_was_interrupted_and_has_not_left_says_so(store: Store, clock: TurnedClock) -> None:
    mailbox = FakeMailbox(Fault(1, "before", "send", KeyboardInterrupt()))
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    with pytest.raises(KeyboardInterrupt):
        station.send_next()
    station.recover()
    assert (outbox(store).status, outbox(store).reason) == ("waiting", "interrupted")


def test_what_is_given_up_keeps_the_words_of_the_server(store: Store, clock: TurnedClock) -> None:
    step(store, a_mail())
    dispatch(FakeMailbox(Fault(1, call="prepare", error=REFUSED)), store, clock).send_next()
    assert (outbox(store).status, outbox(store).reason) == ("failed", "no such mailbox")


def test_what_failed_unclearly_and_has_not_left_keeps_the_words_of_the_server(store: Store, clock: TurnedClock) -> None:
    step(store, a_mail())
    error = TemporaryFailure("503 busy")
    dispatch(FakeMailbox(Fault(1, "before", "send", error)), store, clock).send_next()
    assert (outbox(store).status, outbox(store).reason) == ("waiting", "503 busy")


def drafted(store: Store, clock: TurnedClock, *faults: Fault) -> tuple[FakeMailbox, Dispatch]:
    """A mail whose sending failed without a clear answer, and that lay among the drafts when it was looked for."""
    mailbox = FakeMailbox(Fault(1, "before", "send"), *faults)
    mailbox.has_drafts = True
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    station.send_next()
    clock.pass_by(minutes=2)
    station.recover()
    assert outbox(store).status == "waiting"
    clock.at = max(outbox(store).not_before, clock.at)
    return mailbox, station


def test_where_nobody_can_look_before_a_second_try_it_waits_with_its_draft(store: Store, clock: TurnedClock) -> None:
    error = TemporaryFailure("the mailbox is away", retry_after=200)
    mailbox, station = drafted(store, clock, Fault(3, "before", "trace", error))
    with pytest.raises(TemporaryFailure, match="the mailbox is away"):
        station.send_next()
    row = outbox(store)
    assert (row.status, row.reason) == ("waiting", "the mailbox is away")
    assert row.not_before - clock.at == timedelta(seconds=200 + row.id * 7 % 30)
    clock.at = row.not_before
    before = len(mailbox.calls)
    assert station.send_next()
    assert mailbox.calls[before] == "trace"  # the draft is known still, so it is asked about
    assert outbox(store).status == "sent"
    assert len(mailbox.sent) == 1


def test_what_has_for_certain_not_left_is_sent_after_all(store: Store, clock: TurnedClock) -> None:
    mailbox, station = drafted(store, clock)
    mailbox.has_drafts = False  # somebody has cleared the drafts
    assert station.send_next()
    assert outbox(store).status == "sent"


@pytest.mark.parametrize("is_its_own", [True, False])
def test_only_what_fails_by_itself_is_given_up_after_many_attempts(
    store: Store, clock: TurnedClock, *, is_its_own: bool
) -> None:
    error: TemporaryFailure = NothingLeft("try later") if is_its_own else MailboxFailure("no token")
    mailbox = FakeMailbox(*(Fault(place, call="prepare", error=error) for place in range(1, GIVE_UP_AFTER + 2)))
    step(store, a_mail())
    station = dispatch(mailbox, store, clock)
    for _ in range(GIVE_UP_AFTER):
        clock.at = max(outbox(store).not_before, clock.at)
        with suppress(MailboxFailure):
            station.send_next()
    assert outbox(store).status == ("failed" if is_its_own else "waiting")
    if is_its_own:
        assert outbox(store).reason == f"given up after {GIVE_UP_AFTER} attempts: try later"


def test_what_is_taken_back_or_slowed_says_why(store: Store, clock: TurnedClock) -> None:
    step(store, a_mail(1), a_mail(2, is_listed=False))
    gone = dispatch(FakeMailbox(), store, clock, book=book_of(), limits=Limits(automatic_mails_per_hour=0))
    assert gone.send_next()
    assert gone.send_next()
    reasons = {row.status: row.reason for row in store.reports.outbox_rows()}
    assert reasons == {
        "cancelled": "its contact has changed, or it waited over a working day",
        "waiting": "too many automatic mails in an hour",
    }
    assert max(row.not_before for row in store.reports.outbox_rows()) == clock.at + timedelta(hours=1)
