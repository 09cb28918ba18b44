"""Who hears of a task that is not done, and when: the ladder, climbed to its top."""

from datetime import date

from cspr_bot.demonstration.post import new_mail
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import (
    ASSISTANT_DIRECTOR,
    CHAIR,
    COMPLETE,
    COORDINATOR,
    DEPUTY_EDUCATION,
    EDUCATION,
    EXECUTIVE,
    HEAD_OF_EDUCATION,
    MAILBOX,
    NURSE,
    POLICE,
    SERVICE_LEADER,
    another_child,
    word_file,
)

DEPUTY_CHAIR = "subgroup.vice.chair@nsscp.example"
SCRUTINEER = "independent.scrutineer@nsscp.example"

L0 = {EDUCATION}
L1 = L0 | {DEPUTY_EDUCATION, COORDINATOR}
L2 = L1 | {HEAD_OF_EDUCATION, CHAIR}
L3 = L2 | {SERVICE_LEADER, ASSISTANT_DIRECTOR}


def opened(home: Partnership) -> str:
    """Receive the complete referral on Tuesday 15 December 2026; what is not at stake here is done at once."""
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    for role in ("police_review_team", "health_safeguarding", "assistant_director", "director", "la_service_leader"):
        home.record(case, "receipt_confirmed", {"role": role})
    home.record(case, "triage_confirmed")
    home.record(case, "partners_informed")
    return case


def gathering(home: Partnership) -> str:
    """Bring a case to where the templates are out, on Friday 18 December, with the police and with education.

    The police answer; the Sub-Group and the co-ordinator are ahead of their days. Only education is late.
    """
    case = opened(home)
    home.wait_until("2026-12-18 11:00")
    home.record(case, "sin_sent")
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, education")
    home.answer(COORDINATOR, "N12-start", "DONE")
    home.record(case, "panel_informed")
    for agency in ("police", "education"):
        home.record(case, "records_secured", {"agency": agency})
    home.record(case, "deadline_extended", {"timer": "T11", "to": "2027-03-01", "reason": "out of the way"})
    home.record(case, "deadline_extended", {"timer": "T11-meeting", "to": "2027-03-01", "reason": "out of the way"})
    home.record(case, "deadline_extended", {"timer": "T13", "to": "2027-03-01", "reason": "out of the way"})
    home.answer(POLICE, "N12", "DONE")
    return case


def test_a_late_agency_is_escalated_until_it_answers(home: Partnership) -> None:
    case = gathering(home)
    assert home.due(case, "T10", "education") == date(2027, 1, 6)
    home.wait_until("2027-01-11 12:00")
    chased = [mail for mail in home.sent(case=case) if mail.timer == "T10" and "education" in (mail.task or "")]
    told: dict[tuple[str, str | None], set[str]] = {}
    for mail in chased:
        told.setdefault((mail.at, mail.level), set()).add(mail.to)
    assert told == {
        ("2026-12-18 11:00", None): L0,  # the request
        ("2026-12-29 09:00", "L0"): L0,  # five working days before the 6th
        ("2027-01-04 09:00", "L0"): L0,
        ("2027-01-05 09:00", "L1"): L1,
        ("2027-01-06 09:00", "L2"): L2,
        ("2027-01-07 09:00", "L3"): L3,  # no statutory timer: the Executive is spared
        ("2027-01-08 09:00", "L3"): L3,
        ("2027-01-11 09:00", "L3"): L3,  # every working day, and not on Saturday and Sunday
    }
    # The tenth day has passed: the Sub-Group goes on with what there is, and the return is still wanted.
    assert home.stage(case) == "rapid_review_analysis"
    home.answer(EDUCATION, "N14", "DONE")
    home.wait_until("2027-01-13 12:00")
    assert not [mail for mail in home.sent(case=case, since="2027-01-11 12:01") if "T10" in (mail.task or "")]


def test_each_hears_to_whom_else_it_has_gone_by_role_only(home: Partnership) -> None:
    case = gathering(home)
    home.wait_until("2027-01-07 10:00")
    (mail,) = [sent for sent in home.sent(case=case, to=HEAD_OF_EDUCATION) if sent.level == "L3"]
    assert "the co-ordinator" in mail.text
    assert "the Local Authority Service Leader" in mail.text
    assert not [address for address in (*L3, *EXECUTIVE) if address in mail.text]
    assert mail.mail["Cc"] is None
    assert mail.mail["Bcc"] is None


def test_only_who_may_answer_is_given_a_code(home: Partnership) -> None:
    case = gathering(home)
    home.wait_until("2027-01-07 10:00")
    last = [sent for sent in home.sent(case=case, since="2027-01-07 09:00") if sent.timer == "T10"]
    with_code = {sent.to for sent in last if "Answer code:" in sent.text and "education" in (sent.task or "")}
    assert with_code == {EDUCATION, DEPUTY_EDUCATION, COORDINATOR}


def test_a_statutory_task_that_is_late_reaches_the_executive(home: Partnership) -> None:
    case = opened(home)
    home.wait_until("2026-12-23 12:00")
    assert home.due(case, "T2") == date(2026, 12, 22)
    top = {mail.to for mail in home.sent(case=case, since="2026-12-23 09:00") if mail.timer == "T2"}
    assert set(EXECUTIVE) | {SERVICE_LEADER, ASSISTANT_DIRECTOR, CHAIR, COORDINATOR} <= top
    assert home.case(case).row.stages["notification"] == "overdue"


def test_nobody_gets_a_rung_twice_and_everybody_a_mail_of_their_own(home: Partnership) -> None:
    case = gathering(home)
    home.wait_until("2027-01-08 12:00")
    rungs = [(mail.task, mail.rung, mail.to) for mail in home.sent(case=case) if mail.rung]
    assert len(rungs) == len(set(rungs)) > 20
    assert all(str(mail.mail["To"]) == mail.to for mail in home.sent(case=case))


def test_no_rapid_review(home: Partnership) -> None:
    case = opened(home)
    home.wait_until("2026-12-17 14:00")
    home.answer(CHAIR, "N8", "RAPID REVIEW: NO the criteria are not met")
    assert home.stage(case) == "no_rapid_review"
    # The outcome is written to the referrer and the agencies, the Panel and the Executive are told.
    assert home.due(case, "T22") == date(2026, 12, 24)
    assert home.due(case, "T7") == date(2026, 12, 18)
    assert home.task(case, "T8").status == "done"
    assert {mail.to for mail in home.sent(case=case, notice="N9")} == set(EXECUTIVE)
    # Nothing of a rapid review is begun.
    timers = {task.timer for task in home.case(case).case.tasks}
    assert not timers & {"T9", "T10", "T11", "T13", "T18"}
    # The duty to notify runs on, whatever the Sub-Group decided.
    assert home.task(case, "T2").is_open
    refused = home.record(case, "closed", {"reason": "done"})
    assert "T2" in repr(refused)
    home.answer(SERVICE_LEADER, "N4", "NOT REQUIRED: the harm was not serious")
    home.record(case, "closed", {"reason": "done"})
    assert home.stage(case) == "closed"
    home.wait_until("2027-01-04 12:00")
    assert home.sent(case=case, since="2026-12-17 15:00") == []


def test_the_executive_is_informed_once_every_one_of_its_mails_has_left(home: Partnership) -> None:
    case = opened(home)
    home.wait_until("2026-12-17 14:00")
    home.put_in_mailbox(home.an_answer(CHAIR, "N8", "RAPID REVIEW: NO no criteria met"))
    office = home.office
    office.intake.take()
    while office.registry.step() or office.progression.step():
        pass
    waiting = home.sent(notice="N9", status="waiting")
    assert {mail.to for mail in waiting} == set(EXECUTIVE)
    while any(mail.notice == "N9" for mail in home.sent(status="waiting")):
        left = len(home.sent(notice="N9", status="waiting"))
        office.dispatch.send_next()
        while office.progression.step():
            pass
        if left > 1:
            assert home.task(case, "T8").is_open
    home.work()
    assert home.task(case, "T8").status == "done"
    (informed,) = [event for event in home.case(case).events if event.name == "executive_informed"]
    assert (informed.source, informed.by) == ("clock", "cspr-bot")
    assert not home.sent(notice="N9-task", status="")


def test_after_three_days_without_the_machine_each_hears_once_where_things_stand_now(home: Partnership) -> None:
    case = opened(home)
    # From Tuesday afternoon to Monday the machine is off, past two deadlines and six rungs.
    home.sleep_until("2026-12-21 08:30")
    home.sleep_until("2026-12-21 09:00")
    since = home.sent(case=case, since="2026-12-21 08:00")
    by_task: dict[tuple[str | None, str], list[int]] = {}
    for mail in since:
        by_task.setdefault((mail.task, mail.to), []).append(mail.rung)
    # What came due while it was off goes once at 08:30; the step of Monday morning itself goes at 09:00.
    assert all(len(rungs) == len(set(rungs)) <= 2 for rungs in by_task.values())
    t6 = [mail for mail in since if mail.timer == "T6"]
    assert {mail.level for mail in t6 if mail.at.endswith("08:30")} == {
        "L2"
    }  # Friday's, not Wednesday's and Thursday's
    assert {mail.level for mail in t6 if mail.at.endswith("09:00")} == {"L3"}
    assert {COORDINATOR, DEPUTY_CHAIR, SCRUTINEER, CHAIR} == {mail.to for mail in t6 if mail.level == "L2"}


def test_a_machine_that_comes_back_late_sends_one_mail_a_task_and_recipient(home: Partnership) -> None:
    case = opened(home)
    home.sleep_until("2026-12-21 10:00")
    since = home.sent(case=case, since="2026-12-21 08:00")
    keys = [(mail.task, mail.to) for mail in since]
    assert len(keys) == len(set(keys))
    assert {mail.level for mail in since if mail.timer == "T6"} == {"L3"}  # its due day was Friday
    assert home.task(case, "T6").is_overdue
    home.work()
    assert home.sent(case=case, since="2026-12-21 10:00") == since


def test_after_an_outage_a_referral_is_taken_up_before_anybody_is_reminded(home: Partnership) -> None:
    case = opened(home)
    # The machine is off from Tuesday to Monday. On Thursday a nurse refers another child.
    home.office.turn(home.local("2026-12-17 11:00"))
    sender = f"Verity Lockhart <{NURSE}>"
    form = word_file(another_child(COMPLETE))
    home.put_in_mailbox(new_mail(sender, MAILBOX, "Referral", LETTER, home.now, form))
    home.sleep_until("2026-12-21 10:00")
    (new,) = set(home.references()) - {case}
    written = [(mail.case, mail.notice) for mail in home.written() if mail.at >= "2026-12-21"]
    first_reminder = next(place for place, (whose, _) in enumerate(written) if whose == case)
    assert {notice for whose, notice in written[:first_reminder] if whose == new} >= {"N1", "N2", "N3"}
    assert home.due(new, "T2") == date(2026, 12, 24)  # its clocks run from Thursday, when it came
