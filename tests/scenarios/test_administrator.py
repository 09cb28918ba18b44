"""What an administrator changes while cases run: a deadline, a contact, the test switch; and the brakes on mail."""

import re
from collections.abc import Callable
from dataclasses import replace

from cspr_bot.bootstrap.taking_over import open_by_hand
from cspr_bot.demonstration.post import new_mail
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    MAILBOX,
    POLICE,
    SERVICE_LEADER,
    TEACHER,
    word_file,
)

NewHome = Callable[..., Partnership]
T10 = ("config/procedure.toml", '[timer.T10]\ntitle = "Agencies return the completed templates"\nlength = 10')


def story(home: Partnership) -> list[tuple[str, str, str, int, str]]:
    """Tell one case up to the analysis, with two agencies of which neither returns; list every mail with its moment."""
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    for name in ("triage_confirmed", "partners_informed"):
        home.record(case, name)
    for role in ("police_review_team", "health_safeguarding", "assistant_director", "director", "la_service_leader"):
        home.record(case, "receipt_confirmed", {"role": role})
    home.wait_until("2026-12-18 11:00")
    home.record(case, "subgroup_decided", {"rapid_review": "yes", "agencies": "police,health"})
    for agency in ("police", "health"):
        home.record(case, "records_secured", {"agency": agency})
    home.record(case, "panel_informed")
    home.record(case, "sin_sent")
    home.record(case, "rapid_review_started")
    home.wait_until("2027-01-07 12:00")
    return [(mail.notice, mail.timer, mail.to, mail.rung, mail.at) for mail in home.sent(case=case)]


def test_ten_days_become_eight_in_one_line_and_exactly_those_mails_move(new_home: NewHome) -> None:
    name, line = T10
    ten, eight = new_home(), new_home((name, line, line.replace("10", "8").replace("T8", "T10")))
    before, after = story(ten), story(eight)
    moved = {entry[1] for entry in {*before} ^ {*after}}
    assert moved == {"T10"}
    kept = [entry for entry in before if entry[1] != "T10"]
    assert kept == [entry for entry in after if entry[1] != "T10"]
    # The whole ladder goes two working days earlier: from the 6th of January to the 4th.
    (case,), (other,) = ten.references(), eight.references()
    assert ten.due(case, "T10", "police").isoformat() == "2027-01-06"
    assert eight.due(other, "T10", "police").isoformat() == "2027-01-04"
    first = [entry[4] for entry in before if entry[:3] == ("N14", "T10", POLICE)]
    sooner = [entry[4] for entry in after if entry[:3] == ("N14", "T10", POLICE)]
    assert first[:4] == ["2026-12-29 09:00", "2027-01-04 09:00", "2027-01-05 09:00", "2027-01-06 09:00"]
    assert sooner[:4] == ["2026-12-23 09:00", "2026-12-30 09:00", "2026-12-31 09:00", "2027-01-04 09:00"]
    # And the stage that waits for the tenth day, which is now the eighth.
    assert entered_analysis(ten, case) == "2027-01-06 17:00"
    assert entered_analysis(eight, other) == "2027-01-04 17:00"


def entered_analysis(home: Partnership, case: str) -> str:
    """Give the local moment at which the analysis began."""
    zone = home.office.home.settings.office.hours.zone
    (row,) = [
        row
        for row in home.office.store.installation.audit_of(case)
        if row.entry.details.get("conclusion") == "stage_entered main=rapid_review_analysis"
    ]
    return row.entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def test_a_mail_that_waits_while_its_contact_changes_is_written_anew(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    home.put_in_mailbox(referral(home))
    work_but_send_nothing(home)
    (waiting,) = home.sent(to=SERVICE_LEADER, notice="N4", status="waiting")
    path = home.folder / "config/contacts.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'email = "{SERVICE_LEADER}"', 'email = "new.leader@council.example"'), "utf-8")
    # The old address still stands on the list, where the council's reviews are escalated to; take it off there too.
    path.write_text(path.read_text("utf-8").replace(f'"{SERVICE_LEADER}"', '"new.leader@council.example"'), "utf-8")
    home.reopen()
    home.work()
    assert home.sent(to=SERVICE_LEADER) == []
    cancelled = home.sent(to=SERVICE_LEADER, notice="N4", status="cancelled")
    assert [mail.id for mail in cancelled] == [waiting.id]
    (anew,) = home.sent(to="new.leader@council.example", notice="N4")
    assert (anew.task, anew.rung) == (waiting.task, waiting.rung)
    # The code that never left is worth nothing; the new one is.
    home.receive(answer_with(home, "new.leader@council.example", code_in(waiting)))
    assert home.task(anew.case, "T2").is_open
    home.answer("new.leader@council.example", "N4", "DONE")
    assert home.task(anew.case, "T2").status == "done"


def test_a_mail_that_waited_over_a_working_day_is_written_anew(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    home.put_in_mailbox(referral(home))
    work_but_send_nothing(home)
    home.sleep_until("2026-12-17 10:00")
    (sent,) = [mail for mail in home.sent(to=SERVICE_LEADER) if mail.notice == "N4"]
    assert home.sent(to=SERVICE_LEADER, notice="N4", status="cancelled")
    assert "3 working days left" in sent.text  # and not five, as when it was first written


def test_with_the_test_switch_on_every_mail_comes_to_our_own_mailbox(new_home: NewHome) -> None:
    home = new_home(("config/contacts.toml", "testing = false", "testing = true"))
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.wait_until("2026-12-16 12:00")
    mails = home.sent(case=case)
    assert {str(mail.mail["To"]) for mail in mails} == {MAILBOX} == {mail.to for mail in mails}
    assert {row.testing for row in home.office.store.reports.outbox_rows()} == {True}
    assert {mail.notice for mail in mails} >= {"N1", "N2", "N3", "N4", "N8"}
    assert all("test" in mail.subject.lower() or "test" in mail.text[:400].lower() for mail in mails)
    # Of one notice to five recipients five mails are written, not one: each would have gone to somebody else.
    assert len([mail for mail in mails if mail.notice == "N2"]) == 5
    assert not any("Verity" in mail.text for mail in mails if mail.notice != "N1")


def test_a_stranger_who_writes_often_is_sent_the_form_once_a_day(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    for number in range(12):
        home.mail_from(TEACHER, f"Question {number}", f"How do we ask for a review, number {number}?\n")
    assert [mail.notice for mail in home.written() if mail.to == TEACHER] == ["N1-form"]
    assert len(home.sent(to=COORDINATOR, notice="N28-held-other")) == 12  # and each of the mails is told of


def test_a_referrer_who_refers_often_is_acknowledged_ten_times_an_hour(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    sender = COMPLETE.referrer.email
    for number in range(12):
        child = replace(COMPLETE.child, name=f"Aster Fenwick the {number}th")
        home.refer(replace(COMPLETE, child=child))
    assert len(home.references()) == 12  # every one of them is a case at once
    assert len(home.sent(to=sender, notice="N1")) == 10
    assert len(home.sent(to=sender, notice="N1", status="waiting")) == 2
    assert len(home.sent(to=SERVICE_LEADER, notice="N4")) == 12  # whoever is on the list is never made to wait
    home.wait_until("2026-12-16 12:30")
    assert len(home.sent(to=sender, notice="N1")) == 12


def test_sixty_automatic_mails_an_hour_go_to_strangers_and_no_more(new_home: NewHome) -> None:
    home = new_home(("config/bot.toml", "automatic_mails_per_hour = 60", "automatic_mails_per_hour = 5"))
    home.wait_until("2026-12-16 11:00")
    for number in range(8):
        home.mail_from(f"office{number}@school.education.example", "Question", f"How do we refer, {number}?\n")
    assert len(home.sent(notice="N1-form")) == 5
    assert len(home.sent(notice="N1-form", status="waiting")) == 3
    case = home.refer(COMPLETE)  # its notices go at once, and the acknowledgement waits its turn
    assert {mail.notice for mail in home.sent(case=case)} >= {"N2", "N3", "N4", "N8"}


def test_a_case_that_is_taken_over_sends_nothing_for_what_is_past(home: Partnership) -> None:
    home.wait_until("2026-12-22 10:00")
    office = home.office
    (case,) = open_by_hand(
        office, word_file(COMPLETE).content, home.local("2026-12-01 10:00"), COORDINATOR, is_quiet=True
    ).references
    home.work()
    for at, event, fields in (
        ("2026-12-01 15:00", "triage_confirmed", {}),
        ("2026-12-04 11:00", "sin_sent", {}),
        ("2026-12-07 11:00", "subgroup_decided", {"rapid_review": "yes", "agencies": "police,health"}),
        ("2026-12-08 11:00", "rapid_review_started", {}),
    ):
        home.record_at(at, case, event, fields)
    assert home.written() == []
    assert home.due(case, "T11").isoformat() == "2026-12-29"  # fifteen working days from Friday the 4th
    home.wait_until("2026-12-24 12:00")
    told = home.sent(case=case)
    assert told
    assert min(mail.at for mail in told) == "2026-12-23 09:00"
    assert all(mail.rung for mail in told)  # only rungs of the ladders, no request of the past


def referral(home: Partnership) -> bytes:
    """Write the mail with the complete form."""
    return new_mail(COMPLETE.referrer.email, MAILBOX, "Referral", "Please see.\n", home.now, word_file(COMPLETE))


def work_but_send_nothing(home: Partnership) -> None:
    """Let the first three stations work, as when the mailbox takes no mail."""
    home.office.intake.take()
    while home.office.registry.step() or home.office.progression.step():
        pass


def code_in(mail: Sent) -> str:
    """Give the answer code in a mail."""
    found = re.search(r"Answer code: ([A-Z2-7]{26,})", mail.text)
    assert found is not None
    return found[1]


def answer_with(home: Partnership, who: str, code: str) -> bytes:
    """Write an answer that bears this code."""
    return new_mail(who, MAILBOX, "RE: your mail", f"DONE\n\nAnswer code: {code}\n", home.now)
