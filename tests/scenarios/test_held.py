"""What the program does not understand, or cannot trust, waits for a person, and no clock waits with it."""

from dataclasses import replace
from datetime import date

import pytest

from cspr_bot.demonstration.post import answer, new_mail
from cspr_bot.store import InboxRow
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    DEPUTY_COORDINATOR,
    DEPUTY_SERVICE_LEADER,
    MAILBOX,
    NURSE,
    SERVICE_LEADER,
    STRANGER,
    TEACHER,
    word_file,
)


def with_form(home: Partnership, sender: str = NURSE) -> bytes:
    """Write a mail with the complete form in it."""
    return new_mail(sender, MAILBOX, "Referral", LETTER, home.now, word_file(COMPLETE))


def unproven(home: Partnership) -> InboxRow:
    """Receive the complete form in a mail whose sender failed DMARC, on Tuesday 15 December at 10:12."""
    home.wait_until("2026-12-15 10:12")
    return home.receive(with_form(home).replace(b"dmarc=pass", b"dmarc=fail"))


def test_a_form_that_nobody_can_vouch_for_is_held_and_not_answered(home: Partnership) -> None:
    row = unproven(home)
    assert (row.kind, row.status, row.case) == ("referral", "held", None)
    assert any("DMARC" in reason for reason in row.reasons)
    assert home.references() == []
    assert home.sent(to=NURSE) == []
    told = {mail.to for mail in home.sent(notice="N28-held")}
    assert told == {COORDINATOR, DEPUTY_COORDINATOR, SERVICE_LEADER, DEPUTY_SERVICE_LEADER}


def test_the_clocks_of_a_held_form_run_and_are_chased_until_a_person_decides(home: Partnership) -> None:
    row = unproven(home)
    held = f"held:{row.id}"
    assert home.due(held, "T2") == home.due(held, "T6") == date(2026, 12, 22)
    assert {due.case for due in home.office.store.reports.due_rows()} == {held}
    home.wait_until("2026-12-22 12:00")
    reminded = home.sent(case=held, notice="N28-held-reminder")
    assert {mail.at for mail in reminded} == {"2026-12-17 09:00", "2026-12-21 09:00", "2026-12-22 09:00"}
    assert {mail.to for mail in reminded} == {
        COORDINATOR,
        DEPUTY_COORDINATOR,
        SERVICE_LEADER,
        DEPUTY_SERVICE_LEADER,
    }
    with_code = {mail.to for mail in reminded if "Answer code" in mail.text}
    assert with_code == {COORDINATOR, DEPUTY_COORDINATOR}  # they decide; the others see to it that they do


def test_a_case_opened_from_a_held_mail_counts_from_its_receipt(home: Partnership) -> None:
    row = unproven(home)
    home.wait_until("2026-12-17 15:00")
    case = home.release(row, "referral")
    assert case is not None
    assert home.case(case).row.opened_at == home.local("2026-12-15 10:12")
    assert home.due(case, "T2") == date(2026, 12, 22)
    assert home.due(case, "T6") == date(2026, 12, 18)
    assert home.inbox(row.id).status == "filed"
    assert home.inbox(row.id).released_by == COORDINATOR
    # The provisional clocks have ended, and nothing goes to an address that nobody has proven.
    assert home.stage(f"held:{row.id}") == "closed"
    home.wait_until("2026-12-23 12:00")
    assert not home.sent(case=f"held:{row.id}", since="2026-12-17 15:00")
    assert home.sent(to=NURSE) == []
    # What would go there goes to the co-ordinator.
    assert [mail.notice for mail in home.sent(case=case, to=COORDINATOR)].count("N1") == 1


def test_a_held_mail_that_is_passed_over_is_chased_no_more(home: Partnership) -> None:
    row = unproven(home)
    home.release(row, "ignore")
    assert home.inbox(row.id).status == "ignored"
    home.wait_until("2026-12-23 12:00")
    assert not home.sent(notice="N28-held-reminder")
    assert home.release(row, "referral") is None  # it is not held any more


def test_whoever_writes_without_a_form_gets_the_blank_one_and_a_person_reads_the_mail(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    row = home.mail_from(TEACHER, "How do we refer?", "How do we ask for a review?\n")
    assert (row.kind, row.status) == ("enquiry", "held")
    (reply,) = home.sent(to=TEACHER)
    assert reply.notice == "N1-form"
    assert reply.attachments == ["blank-referral-form.docx"]
    assert reply.mail["Auto-Submitted"] == "auto-replied"
    assert reply.mail["In-Reply-To"] == row.message_id
    assert [mail.notice for mail in home.sent(to=COORDINATOR)] == ["N28-held-other"]
    home.wait_until("2026-12-24 12:00")
    assert len(home.written()) == 2  # no clock runs: there was no form in it


def test_the_form_that_comes_back_with_the_blank_one_asked_for_opens_the_case_from_the_first_mail(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-16 11:00")
    question = home.mail_from(NURSE, "How do we refer?", "How do we ask for a review?\n")
    home.wait_until("2026-12-17 15:00")
    row = home.answer(NURSE, "N1-form", "Here it is.", word_file(COMPLETE))
    assert (row.kind, row.status) == ("referral", "filed")
    (case,) = home.references()
    assert home.case(case).row.opened_at == home.local("2026-12-16 11:00")
    assert home.due(case, "T2") == date(2026, 12, 23)
    assert [mail.notice for mail in home.sent(to=NURSE)] == ["N1-form", "N1"]
    first = home.inbox(question.id)
    assert (first.status, first.case) == ("filed", case)
    assert first.reasons[-1] == f"its form came with mail {row.id}"
    assert home.stage(f"held:{question.id}") == "closed"
    assert home.held() == []


def test_a_form_that_answers_the_blank_one_of_somebody_else_waits_for_a_person(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    question = home.mail_from(TEACHER, "How do we refer?", "How do we ask for a review?\n")
    (blank,) = home.sent(to=TEACHER)
    row = home.receive(answer(blank.raw, NURSE, "Here it is.", home.now, word_file(COMPLETE)))
    assert row.status == "held"
    home.release(row, "referral")
    assert home.inbox(question.id).status == "held"


def test_a_stranger_who_asks_is_not_answered(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    row = home.mail_from(STRANGER, "How do we refer?", "How do we ask for a review?\n")
    assert row.status == "held"
    assert home.sent(to=STRANGER) == []


def test_a_form_from_a_stranger_s_domain_is_held(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    row = home.receive(with_form(home, STRANGER))
    assert row.status == "held"
    assert home.sent(to=STRANGER) == []


LIST = b"List-Id: <all.nhs.example>\r\nPrecedence: bulk\r\n"
AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"


@pytest.mark.parametrize("headers", [LIST, AUTOMATIC, b"X-Auto-Response-Suppress: All\r\n", b"X-CSPR-Bot: x\r\n"])
def test_a_form_is_never_ignored_whatever_its_envelope_looks_like(home: Partnership, headers: bytes) -> None:
    home.wait_until("2026-12-16 11:00")
    row = home.receive(with_form(home).replace(b"Subject: ", headers + b"Subject: ", 1))
    assert row.kind == "referral"
    assert row.status in {"held", "filed"}
    if headers != b"X-CSPR-Bot: x\r\n":  # a mark of ours that somebody else wrote proves nothing, either way
        assert row.status == "held"
        assert home.sent(to=NURSE) == []
        assert home.task(f"held:{row.id}", "T2").is_open


def test_the_same_mail_twice_is_one_case_and_one_acknowledgement(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    raw = with_form(home)
    first, second = home.receive(raw), home.receive(raw)
    assert (second.status, second.case, second.reasons) == ("filed", first.case, (f"copy of {first.id}",))
    assert len(home.references()) == 1
    assert [mail.notice for mail in home.sent(to=NURSE)] == ["N1"]


def test_the_same_form_in_another_mail_is_filed_on_the_same_case(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    first = home.receive(with_form(home))
    home.wait_until("2026-12-16 10:12")
    again = home.receive(with_form(home, "colleague@nhs.example"))
    assert (again.status, again.case, again.reasons) == ("filed", first.case, (f"copy of {first.id}",))
    assert home.sent(to="colleague@nhs.example") == []


def test_a_copy_of_a_form_that_is_held_waits_beside_it(home: Partnership) -> None:
    first = unproven(home)
    second = home.receive(with_form(home, STRANGER))
    assert second.status == "held"
    assert len([row for row in home.office.store.reports.case_rows() if row.is_provisional]) == 1
    assert len(home.held()) == 2
    case = home.release(first, "referral")
    third = home.receive(with_form(home, "colleague@nhs.example"))
    assert (third.status, third.case) == ("filed", case)


def test_two_different_forms_in_one_mail_are_for_a_person(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    other = replace(COMPLETE, child=replace(COMPLETE.child, name="Peregrine Thistlewood"))
    row = home.mail_from(NURSE, "Two referrals", LETTER, word_file(COMPLETE), word_file(other))
    assert row.status == "held"
    assert "it holds 2 different forms; released as a referral, each is a case" in row.reasons


def test_siblings_in_one_mail_become_a_case_each_whose_clocks_count_from_its_receipt(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    other = replace(COMPLETE, child=replace(COMPLETE.child, name="Peregrine Thistlewood"))
    row = home.mail_from(NURSE, "Two referrals", LETTER, word_file(COMPLETE), word_file(other))
    home.wait_until("2026-12-16 15:00")
    cases = home.release_all(row, "referral")
    assert cases is not None
    assert set(home.references()) == set(cases)
    names = {(report.referral.child.name if report.referral else "") for report in map(home.case, cases)}
    assert names == {COMPLETE.child.name, "Peregrine Thistlewood"}
    for case in cases:
        assert home.case(case).row.opened_at == home.local("2026-12-15 10:12")
        assert home.due(case, "T6") == date(2026, 12, 18)
        assert [mail.notice for mail in home.sent(case=case, to=NURSE)] == ["N1"]
        # Each case may be erased by itself one day, so each has the files that came.
        assert len(home.case(case).attachments) == 2
    assert home.inbox(row.id).case == cases[0]
    assert home.stage(f"held:{row.id}") == "closed"
    # Either form by itself is known again.
    again = home.mail_from(NURSE, "Once more", LETTER, word_file(other))
    assert (again.status, again.case) == ("filed", cases[1])


def test_whoever_writes_as_ourselves_is_held_and_nobody_goes_round_in_a_loop(home: Partnership) -> None:
    """Anybody with the right to send from the shared mailbox can do this."""
    home.wait_until("2026-12-15 10:12")
    question = home.mail_from(f"The Partnership <{MAILBOX}>", "Minutes", "Hello, here are the minutes.")
    form = home.receive(with_form(home, MAILBOX))
    assert [row.status for row in (question, form)] == ["held", "held"]
    case = home.release(form, "referral")
    assert case is not None
    home.wait_until("2026-12-16 12:00")
    assert {mail.to for mail in home.written()}.isdisjoint({MAILBOX})
    assert [mail.to for mail in home.sent(case=case, notice="N1")] == [COORDINATOR]
    assert all(mail.status == "sent" for mail in home.written())


def test_a_referral_released_from_an_unknown_domain_is_not_answered_there(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    row = home.receive(with_form(home, STRANGER))
    assert row.status == "held"
    case = home.release(row, "referral")
    assert home.sent(to=STRANGER) == []
    assert [mail.to for mail in home.sent(case=case, notice="N1")] == [COORDINATOR]
