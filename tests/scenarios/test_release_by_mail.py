"""The co-ordinator says by mail what a held mail is: origin, code and words have to agree, and it happens once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from cspr_bot.demonstration.post import Enclosure, new_mail
from cspr_bot.store import InboxRow
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    DEPUTY_COORDINATOR,
    MAILBOX,
    NURSE,
    SERVICE_LEADER,
    STRANGER,
    word_file,
)


@pytest.fixture
def held(home: Partnership) -> InboxRow:
    """A form whose sender failed DMARC, held since Tuesday 15 December 2026 at 10:12."""
    home.wait_until("2026-12-15 10:12")
    raw = new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, word_file(COMPLETE))
    return home.receive(raw.replace(b"dmarc=pass", b"dmarc=fail"))


def code_of(home: Partnership, to: str = COORDINATOR) -> str:
    found = re.search(r"Answer code: ([A-Z2-7]{26,})", home.sent(to=to, notice="N28-held")[-1].text)
    assert found is not None
    return found[1]


def test_a_referral_released_by_mail_is_a_case_from_its_receipt_and_is_confirmed(
    home: Partnership, held: InboxRow
) -> None:
    home.wait_until("2026-12-17 15:00")
    row = home.answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    (case,) = home.references()
    assert (row.kind, row.status, row.case) == ("reply", "filed", case)
    assert home.case(case).row.opened_at == home.local("2026-12-15 10:12")
    assert home.due(case, "T2") == date(2026, 12, 22)
    released = home.inbox(held.id)
    assert (released.status, released.case, released.released_by) == ("filed", case, COORDINATOR)
    assert home.stage(f"held:{held.id}") == "closed"
    (confirmed,) = home.sent(notice="N13-released")
    assert confirmed.to == COORDINATOR
    assert confirmed.mail["In-Reply-To"] == row.message_id
    assert f"Mail {held.id} is a referral: it has opened the case {case}" in confirmed.text
    assert home.sent(notice="N13-change") == []
    assert home.sent(to=NURSE) == []  # that a person released it proves no address
    (event,) = [item for item in home.case(f"held:{held.id}").events if item.name == "mail_released"]
    assert (event.source, event.by) == ("mail", COORDINATOR)
    home.wait_until("2026-12-23 12:00")
    assert not home.sent(case=f"held:{held.id}", notice="N28-held-reminder", since="2026-12-17 15:00")


def test_what_is_ignored_by_mail_is_chased_no_more(home: Partnership, held: InboxRow) -> None:
    row = home.answer(COORDINATOR, "N28-held", "Release as ignore.")
    assert (row.status, home.inbox(held.id).status, home.references()) == ("filed", "ignored", [])
    (confirmed,) = home.sent(notice="N13-released")
    assert f"Mail {held.id} is of no use" in confirmed.text
    home.wait_until("2026-12-23 12:00")
    assert not home.sent(notice="N28-held-reminder")


def test_a_reply_is_filed_on_the_case_that_is_named_with_its_files(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    paper = Enclosure("minutes.txt", ("text", "plain"), b"The meeting was short.")
    row = home.mail_from(STRANGER, "For you", "Hello.\n", paper)
    before = len(home.case(case).attachments)
    answered = home.answer(COORDINATOR, "N28-held-other", f"RELEASE AS REPLY {case}", case=f"held:{row.id}")
    assert (answered.status, answered.case) == ("filed", case)
    assert (home.inbox(row.id).status, home.inbox(row.id).case) == ("filed", case)
    assert len(home.case(case).attachments) == before + 1
    assert f"filed on {case}" in home.sent(notice="N13-released")[-1].text


def test_siblings_released_by_mail_become_a_case_each_and_both_are_named(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    other = replace(COMPLETE, child=replace(COMPLETE.child, name="Peregrine Thistlewood"))
    home.mail_from(NURSE, "Two referrals", LETTER, word_file(COMPLETE), word_file(other))
    home.answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    cases = home.references()
    assert len(cases) == 2
    (confirmed,) = home.sent(notice="N13-released")
    assert all(case in confirmed.text for case in cases)


def test_the_deputy_may_decide_too_and_the_co_ordinator_hears_of_it(home: Partnership, held: InboxRow) -> None:
    home.answer(DEPUTY_COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    (case,) = home.references()
    assert [mail.to for mail in home.sent(notice="N13-released")] == [DEPUTY_COORDINATOR]
    (told,) = home.sent(notice="N13-change", case=f"held:{held.id}")
    assert told.to == COORDINATOR
    assert case in told.text


def test_the_reminder_can_be_answered_as_well(home: Partnership, held: InboxRow) -> None:
    home.wait_until("2026-12-17 09:30")
    row = home.answer(COORDINATOR, "N28-held-reminder", "RELEASE AS REFERRAL")
    assert row.status == "filed"
    assert home.inbox(held.id).status == "filed"


def test_only_whoever_may_decide_is_given_a_code(home: Partnership, held: InboxRow) -> None:
    home.wait_until("2026-12-17 09:30")
    with_code = {mail.to for mail in home.sent(case=f"held:{held.id}") if "Answer code:" in mail.text}
    assert with_code == {COORDINATOR, DEPUTY_COORDINATOR}
    text = home.sent(to=COORDINATOR, notice="N28-held-reminder")[-1].text
    assert "RELEASE AS REFERRAL - it is a referral" in text
    assert "DONE" not in text
    assert "STATUS" not in text


# --- each way in which it can fail


def forged(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL").replace(b"dmarc=pass", b"dmarc=fail")


def of_the_service_leader_with_the_co_ordinator_s_code(home: Partnership) -> bytes:
    text = f"RELEASE AS REFERRAL\n\nAnswer code: {code_of(home)}\n"
    return new_mail(SERVICE_LEADER, MAILBOX, "RE: held", text, home.now)


def of_a_stranger_with_the_code(home: Partnership) -> bytes:
    text = f"RELEASE AS REFERRAL\n\nAnswer code: {code_of(home)}\n"
    return new_mail(STRANGER, MAILBOX, "RE: held", text, home.now)


def without_a_code(home: Partnership) -> bytes:
    return new_mail(COORDINATOR, MAILBOX, "RE: NSSCP held:1", "RELEASE AS REFERRAL\n", home.now)


def quoted(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "> RELEASE AS REFERRAL")


def negated(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "Please do not RELEASE AS REFERRAL")


def taken_back(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL\n\nNo, ignore that, wrong one.")


def both(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL\nRELEASE AS IGNORE")


def a_case_that_is_not_there(home: Partnership) -> bytes:
    return home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REPLY NS-7DT9-FJ")


def by_a_machine(home: Partnership) -> bytes:
    raw = home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    return raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1)


@pytest.mark.parametrize(
    "attack",
    [
        forged,
        of_the_service_leader_with_the_co_ordinator_s_code,
        of_a_stranger_with_the_code,
        without_a_code,
        quoted,
        negated,
        taken_back,
        both,
        a_case_that_is_not_there,
        by_a_machine,
    ],
)
def test_an_answer_that_does_not_count_releases_nothing(
    home: Partnership, held: InboxRow, attack: Callable[[Partnership], bytes]
) -> None:
    row = home.receive(attack(home))
    assert row.status == ("ignored" if attack is by_a_machine else "held")
    assert home.inbox(held.id).status == "held"
    assert home.references() == []
    assert home.sent(notice="N13-released") == []
    assert home.task(f"held:{held.id}", "T2").is_open


def test_a_decision_that_comes_twice_happens_once(home: Partnership, held: InboxRow) -> None:
    raw = home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    second = home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL\n\nOnce more.")
    home.receive(raw)
    again = home.receive(second)
    assert len(home.references()) == 1
    assert again.status == "held"
    assert again.reasons[0] == "somebody has decided on that mail already"
    home.receive(raw)  # the same bytes
    assert len(home.references()) == 1
    assert len(home.sent(notice="N13-released")) == 1


def test_of_a_command_and_an_answer_at_once_the_second_finds_it_done(home: Partnership, held: InboxRow) -> None:
    """The answer is weighed while the mail is held still, and written when it is not."""
    registry = home.office.registry
    home.put_in_mailbox(home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL"))
    home.office.intake.take()
    reader = home.office.reader

    class Interrupting:
        """Lets a person decide by the command while the held mail is read for the answer."""

        def read(self, raw: bytes) -> object:
            read = reader.read(raw)
            if len(reads) == 1:
                home.office.registry.release(held.id, "ignore", "Alex")
            reads.append(raw)
            return read

    reads: list[bytes] = []
    assert replace(registry, reader=Interrupting()).step()  # type: ignore[arg-type]
    assert home.references() == []
    home.work()
    answered = home.office.store.reports.inbox_rows()[0]
    assert (home.inbox(held.id).status, answered.status) == ("ignored", "held")
    assert answered.reasons[0] == "somebody has decided on that mail already"


def test_an_answer_in_the_junk_waits_for_a_person(home: Partnership, held: InboxRow) -> None:
    raw = home.an_answer(COORDINATOR, "N28-held", "RELEASE AS REFERRAL")
    home.office.store.intake.keep_mail("junk-1", raw, home.now, "junk")
    home.work()
    assert home.inbox(held.id).status == "held"
    assert home.references() == []
