from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.pipeline.intake import FAILURES_OF_A_MAILBOX, Intake
from cspr_bot.pipeline.kept import Registration
from cspr_bot.pipeline.ports import (
    CutShort,
    GoneError,
    MailboxFailure,
    OldMailWaits,
    PermanentFailure,
    TemporaryFailure,
)
from cspr_bot.store import Store
from tests.fakes.mailbox import FakeMailbox, Fault
from tests.fakes.store import a_referral, new_store
from tests.pipeline.world import TurnedClock

KILLED = KeyboardInterrupt()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def intake(mailbox: FakeMailbox, store: Store) -> Intake:
    return Intake(mailbox, store.intake, TurnedClock())


def kept(store: Store) -> list[bytes]:
    return [store.reports.original(row.id) or b"" for row in reversed(store.reports.inbox_rows())]


def test_every_mail_is_kept_once(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    assert intake(mailbox, store).take() == 2
    assert intake(mailbox, store).take() == 0
    assert kept(store) == [b"one", b"two"]


def test_a_mail_stays_in_the_mailbox_until_what_became_of_it_is_written_down(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.deliver(b"one")
    station = intake(mailbox, store)
    station.take()
    assert station.tidy() == 0
    assert mailbox.inbox
    store.registration.register(1, a_referral(), TurnedClock().now())
    assert station.tidy() == 1
    assert list(mailbox.folders["Processed"].values()) == [b"one"]
    assert station.tidy() == 0


def test_a_mail_that_vanished_meanwhile_is_kept_as_just_that_and_keeps_no_other_waiting(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=GoneError("gone")))
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    assert intake(mailbox, store).take() == 2
    assert kept(store) == [b"", b"two"]
    claimed = store.registration.claim_mail()
    assert claimed is not None
    assert (claimed.doubt, claimed.raw) == ("vanished", b"")


def test_what_vanished_and_lies_there_again_is_a_mail_like_any_other(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=GoneError("gone")))
    mailbox.deliver(b"one")
    station = intake(mailbox, store)
    station.take()
    assert station.take() == 1
    assert kept(store) == [b"", b"one"]


def test_what_vanished_and_is_listed_still_is_told_once(store: Store) -> None:
    mailbox = FakeMailbox(*(Fault(number, call="download", error=GoneError("gone")) for number in (1, 2, 3)))
    mailbox.deliver(b"one")
    assert [intake(mailbox, store).take() for _ in range(3)] == [1, 0, 0]
    assert kept(store) == [b""]


def test_what_vanished_lies_nowhere_and_is_not_moved_and_no_empty_mail_is_its_copy(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=GoneError("gone")))
    mailbox.deliver(b"one")
    station = intake(mailbox, store)
    station.take()
    store.registration.register(1, Registration("unreadable", "held", ("gone",)), TurnedClock().now())
    assert station.tidy() == 0
    assert mailbox.calls.count("file") == 0
    mailbox.inbox = {"another": b""}
    station.take()
    assert store.registration.find_copy(2, store.reports.inbox_rows()[0].sha256) is None


def test_what_another_of_us_has_taken_meanwhile_has_not_vanished(store: Store) -> None:
    mailbox = FakeMailbox()
    name = mailbox.deliver(b"one")
    listed = mailbox.list_new()

    class TakenByAnother(FakeMailbox):
        def download(self, server_id: str) -> bytes:
            store.intake.keep_mail(server_id, b"one", TurnedClock().now())
            raise GoneError("gone")

    other = TakenByAnother()
    other.inbox = {listed[0].server_id: b"one"}
    assert intake(other, store).take() == 0
    assert kept(store) == [b"one"]
    assert name == listed[0].server_id


def test_a_mail_that_the_mailbox_will_not_give_is_said_and_keeps_no_other_waiting(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=PermanentFailure("ErrorMimeContentConversionFailed")))
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    with pytest.raises(TemporaryFailure, match="a mail in the mailbox cannot be fetched"):
        intake(mailbox, store).take()
    assert kept(store) == [b"two"]


def test_a_mail_that_cannot_be_had_now_keeps_no_other_waiting(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download"))
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    with pytest.raises(TemporaryFailure):
        intake(mailbox, store).take()
    assert kept(store) == [b"two"]
    assert intake(mailbox, store).take() == 1
    assert sorted(kept(store)) == [b"one", b"two"]


@pytest.mark.parametrize("failure", [TemporaryFailure("not now"), PermanentFailure("the folder is not there")])
def test_a_mail_that_cannot_be_moved_now_or_ever_keeps_no_other_waiting(store: Store, failure: Exception) -> None:
    mailbox = FakeMailbox(Fault(1, call="file", error=failure))
    station = intake(mailbox, store)
    for number, raw in enumerate((b"one", b"two"), start=1):
        mailbox.deliver(raw)
        station.take()
        store.registration.register(number, Registration("enquiry", "held", ("why",)), TurnedClock().now())
    with pytest.raises(type(failure)):
        station.tidy()
    assert list(mailbox.folders["Held"].values()) == [b"two"]
    assert station.tidy() == 1
    assert list(mailbox.folders["Held"].values()) == [b"two", b"one"]


def test_a_mailbox_that_wants_to_be_left_alone_is_asked_for_no_other_mail(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=MailboxFailure("too many calls", retry_after=90)))
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    with pytest.raises(MailboxFailure):
        intake(mailbox, store).take()
    assert mailbox.calls.count("download") == 1


def test_where_the_mailbox_fails_at_the_oldest_mail_the_newer_is_taken_and_the_failure_is_said(store: Store) -> None:
    mailbox = FakeMailbox(Fault(1, call="download", error=MailboxFailure("the line was cut")))
    mailbox.deliver(b"one")
    mailbox.deliver(b"two")
    with pytest.raises(MailboxFailure, match="the line was cut"):
        intake(mailbox, store).take()
    assert kept(store) == [b"two"]


def test_a_mailbox_that_is_away_is_asked_three_times_in_a_round(store: Store) -> None:
    mailbox = FakeMailbox(*(Fault(n, call="download", error=MailboxFailure("away")) for n in range(1, 6)))
    for number in range(5):
        mailbox.deliver(b"%d" % number)
    with pytest.raises(MailboxFailure):
        intake(mailbox, store).take()
    assert mailbox.calls.count("download") == FAILURES_OF_A_MAILBOX == 3


def test_however_many_mails_the_mailbox_never_gives_the_newest_is_taken_in_the_end(store: Store) -> None:
    class Withholding(FakeMailbox):
        def download(self, server_id: str) -> bytes:
            raw = super().download(server_id)
            if raw == b"never":
                raise MailboxFailure("403")
            return raw

    mailbox = Withholding()
    for raw in (*[b"never"] * 7, b"newest"):
        mailbox.deliver(raw)
    station = intake(mailbox, store)
    for _ in range(3):
        with pytest.raises(MailboxFailure):
            station.take()
    assert kept(store) == [b"newest"]


def test_what_never_comes_whole_is_kept_as_it_is_the_fifth_time(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.deliver(b"From: half a mail and the other half")
    station = intake(mailbox, store)
    for place in range(1, 6):
        mailbox.faults = [Fault(place, call="download", error=CutShort("cut short", b"From: half"))]
        if place < 5:
            with pytest.raises(CutShort):
                station.take()
            assert kept(store) == []
        else:
            assert station.take() == 1
    assert kept(store) == [b"From: half"]
    claimed = store.registration.claim_mail()
    assert claimed is not None
    assert claimed.doubt == "cut_short"


def test_what_lay_in_the_junk_is_kept_with_that_doubt(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.deliver(b"one", is_junk=True)
    intake(mailbox, store).take()
    claimed = store.registration.claim_mail()
    assert claimed is not None
    assert claimed.doubt == "junk"


def test_noise_in_the_junk_stays_there_and_is_judged_anew_when_a_person_fetches_it_out(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.deliver(b"one", is_junk=True)
    station = intake(mailbox, store)
    station.take()
    store.registration.register(1, Registration("enquiry", "ignored", ("junk",)), TurnedClock().now())
    assert station.tidy() == 0
    assert mailbox.inbox
    mailbox.inbox = {"fetched out": b"one"}
    assert station.take() == 1
    assert store.registration.find_copy(2, store.reports.inbox_rows()[0].sha256) is None


LONG_AGO = TurnedClock().now() - timedelta(days=1000)


def asking(mailbox: FakeMailbox, store: Store) -> Intake:
    return replace(intake(mailbox, store), asks_about_old_mail=True)


def test_what_lay_there_long_before_us_waits_for_a_word_and_keeps_nothing_new_waiting(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.lain_since[mailbox.deliver(b"old")] = LONG_AGO
    mailbox.lain_since[mailbox.deliver(b"new")] = TurnedClock().now()
    mailbox.deliver(b"nobody knows since when")
    mailbox.lain_since[mailbox.deliver(b"old junk", is_junk=True)] = LONG_AGO
    for taken in (2, 0):
        with pytest.raises(OldMailWaits, match="2 in the inbox") as question:
            asking(mailbox, store).take()
        assert question.value.taken == taken
    assert kept(store) == [b"new", b"old junk"]


def test_once_a_person_has_said_so_everything_is_taken_and_ever_after(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.lain_since[mailbox.deliver(b"old")] = LONG_AGO
    with pytest.raises(OldMailWaits):
        asking(mailbox, store).take()
    store.intake.take_all_mail(TurnedClock().now(), 0)
    assert asking(mailbox, store).take() == 1
    mailbox.lain_since[mailbox.deliver(b"dragged in later")] = LONG_AGO
    assert asking(mailbox, store).take() == 1


def test_once_people_have_moved_the_old_mail_out_nothing_is_asked_any_more(store: Store) -> None:
    mailbox = FakeMailbox()
    name = mailbox.deliver(b"old")
    mailbox.lain_since[name] = LONG_AGO
    with pytest.raises(OldMailWaits):
        asking(mailbox, store).take()
    moved = mailbox.inbox.pop(name)
    assert asking(mailbox, store).take() == 0
    mailbox.inbox[name] = moved
    assert asking(mailbox, store).take() == 1


def test_a_mailbox_that_was_read_before_is_asked_about_by_nobody(store: Store) -> None:
    mailbox = FakeMailbox()
    mailbox.lain_since[mailbox.deliver(b"one")] = LONG_AGO
    assert intake(mailbox, store).take() == 1
    mailbox.lain_since[mailbox.deliver(b"two")] = LONG_AGO
    assert asking(mailbox, store).take() == 1


@pytest.mark.parametrize("call", ["list_new", "download"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_it_takes_it_takes_again(store: Store, call: str, moment: str) -> None:
    mailbox = FakeMailbox(Fault(1, moment, call, KILLED))  # type: ignore[arg-type]
    mailbox.deliver(b"one")
    with pytest.raises(KeyboardInterrupt):
        intake(mailbox, store).take()
    intake(mailbox, store).take()
    assert kept(store) == [b"one"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_between_keeping_and_moving_it_moves_the_next_time(store: Store, moment: str) -> None:
    mailbox = FakeMailbox(Fault(1, moment, "file", KILLED))  # type: ignore[arg-type]
    mailbox.deliver(b"one")
    station = intake(mailbox, store)
    station.take()
    store.registration.register(1, a_referral(), TurnedClock().now())
    with pytest.raises(KeyboardInterrupt):
        station.tidy()
    again = intake(mailbox, store)
    assert again.take() == 0
    assert again.tidy() == 1
    assert kept(store) == [b"one"]
    assert mailbox.inbox == {}
    assert list(mailbox.folders["Processed"].values()) == [b"one"]
