"""Deadlines in the recipient's calendar: put there by the request, moved by a correction, taken out when settled."""

from icalendar import Event

from cspr_bot.demonstration.post import answer
from tests.mail.calendars import entries_of, read_calendar, sequence_of
from tests.scenarios.calendars import calendar_of, files
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import (
    CHAIR,
    COMPLETE,
    COORDINATOR,
    DEPUTY_SERVICE_LEADER,
    POLICE,
    SERVICE_LEADER,
    SOCIAL_WORKER,
    WITH_GAPS,
)

SETTLED = "deadline-settled.ics"


def entry(mail: Sent, name: str = "deadline.ics") -> Event:
    (found,) = entries_of(files(mail)[name])
    return found


def days_of(home: Partnership, who: str, case: str) -> dict[str, str]:
    """Give what stands in somebody's calendar about a case: each duty, and its day."""
    own = calendar_of(home.sent(to=who, case=case))
    return {str(found["summary"]).partition(": ")[2]: str(found.start) for found in own.values()}


def test_a_request_bears_its_deadline_and_the_answer_takes_it_out(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    asked = home.sent(to=SERVICE_LEADER, notice="N4")[-1]
    put = entry(asked)
    assert str(put.start) == "2026-12-22"
    assert str(put["summary"]) == f"NSSCP {case}: Notify the National Panel of the serious incident, by 17:00"
    home.wait_until("2026-12-17 10:00")
    reminded = home.sent(to=SERVICE_LEADER, notice="N4-reminder")[-1]
    assert (entry(reminded)["uid"], str(entry(reminded).start)) == (put["uid"], "2026-12-22")
    home.answer(SERVICE_LEADER, "N4", "DONE REF 48213", case=case)
    confirmed = home.sent(to=SERVICE_LEADER, notice="N13-answer")[-1]
    gone = entry(confirmed, SETTLED)
    assert read_calendar(files(confirmed)[SETTLED])["method"] == "CANCEL"
    assert gone["uid"] == put["uid"]
    assert sequence_of(put) < sequence_of(entry(reminded)) < sequence_of(gone)
    assert home.sent(notice="N13-calendar") == []


def test_a_corrected_deadline_moves_the_entry_and_sends_nothing_a_second_time(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    before = home.sent(case=case)
    home.wait_until("2026-12-16 11:00")
    earlier = home.sent(case=case)
    home.record(case, "date_corrected", {"field": "la_aware_on", "value": "2026-12-11"})
    new = home.sent(case=case)[len(earlier) :]
    assert {mail.notice for mail in new} == {"N13-calendar", "N3-dates"}
    (told,) = [mail for mail in new if mail.to == SERVICE_LEADER]
    assert "now by Friday 18 December 2026 (before: Tuesday 22 December 2026)" in told.text
    assert {str(entries_of(content)[0].start) for content in files(told).values()} == {"2026-12-18"}
    assert {mail.id for mail in before} <= {mail.id for mail in earlier}
    days = days_of(home, SERVICE_LEADER, case)
    assert days["Notify the National Panel of the serious incident, by 17:00"] == "2026-12-18"
    home.wait_until("2026-12-23 10:00")
    assert len(home.sent(case=case, notice="N4")) == 1


def test_what_another_has_settled_leaves_the_calendars_of_all_who_were_asked(home: Partnership) -> None:
    """The deputy had it from a reminder, and the command closes it: both hear, each once, and nobody else."""
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.wait_until("2026-12-21 10:00")
    assert "deadline.ics" in home.sent(to=DEPUTY_SERVICE_LEADER, notice="N4-reminder")[-1].attachments
    home.record(case, "sin_sent", {"reference": "48213"})
    settled = home.sent(case=case, notice="N13-calendar")
    assert sorted(mail.to for mail in settled) == sorted([SERVICE_LEADER, DEPUTY_SERVICE_LEADER])
    assert settled[0].subject.endswith(
        "Nothing more is asked of you: Notify the National Panel of the serious incident"
    )
    assert all(mail.attachments == [SETTLED] and "Answer code" not in mail.text for mail in settled)
    assert not any(name.startswith("Notify") for name in days_of(home, DEPUTY_SERVICE_LEADER, case))


def test_a_merged_case_leaves_no_deadline_behind_in_any_calendar(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case, other = home.refer(COMPLETE), home.refer(WITH_GAPS)
    assert days_of(home, SERVICE_LEADER, other)
    home.record(case, "case_joined", {"from": other, "received_on": "2026-12-15"})
    assert home.stage(other) == "merged"
    sent = [mail for mail in home.sent(case=other) if mail.role != "referrer"]
    assert [who for who in {mail.to for mail in sent} if calendar_of(mail for mail in sent if mail.to == who)] == []
    assert days_of(home, SERVICE_LEADER, case)
    told = home.sent(to=SERVICE_LEADER, case=other, notice="N13-calendar")
    assert len(told) == 1
    assert len(files(told[0])) >= 3


def test_what_was_taken_back_stands_in_the_calendar_again(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.answer(SERVICE_LEADER, "N4", "DONE REF 48213", case=case)
    title = "Notify the National Panel of the serious incident, by 17:00"
    assert title not in days_of(home, SERVICE_LEADER, case)
    number = next(event.id for event in home.case(case).events if event.name == "sin_sent")
    home.record(case, "withdrawn", {"event": str(number), "reason": "wrong case"})
    assert days_of(home, SERVICE_LEADER, case)[title] == "2026-12-22"
    assert "is open for you" in home.sent(to=SERVICE_LEADER, notice="N13-calendar")[-1].text


def test_a_contact_who_is_one_no_more_is_told_of_no_change(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    contacts = home.folder / "config/contacts.toml"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace(SERVICE_LEADER, "new.leader@council.example"))
    home.reopen()
    home.record(case, "sin_sent")
    assert home.sent(case=case, notice="N13-calendar", status="") == []
    assert [mail.status for mail in home.sent(to=SERVICE_LEADER, case=case, status="") if mail.status != "sent"] == []


def test_two_recipients_of_one_task_have_entries_of_their_own_and_whoever_is_only_told_has_none(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    home.refer(COMPLETE)
    home.wait_until("2026-12-23 10:00")
    bearing = [mail for mail in home.sent() if "deadline.ics" in mail.attachments and mail.task]
    by_seat = {(mail.case, mail.task, mail.to): str(entry(mail)["uid"]) for mail in bearing}
    assert len(set(by_seat.values())) == len(by_seat)
    told = [mail for mail in home.sent(to=COORDINATOR) if mail.timer == "T2"]
    assert told
    assert not any(mail.attachments for mail in told)


def test_a_referrer_has_the_blank_form_and_the_day_and_hears_no_more_than_the_answer_to_a_mail(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    (asked,) = home.sent(to=SOCIAL_WORKER, case=case)
    assert set(asked.attachments) == {"blank-referral-form.docx", "deadline.ics"}
    home.receive(answer(asked.raw, SOCIAL_WORKER, "Date of birth: 4 May 2019\nIs the child deceased? No", home.now))
    assert home.stage(case) == "open"
    assert [mail.notice for mail in home.sent(to=SOCIAL_WORKER, case=case)] == ["N1-incomplete", "N13-answer"]
    assert calendar_of(home.sent(to=SOCIAL_WORKER, case=case)) == {}


def test_the_request_for_a_return_brings_the_blank_return_and_the_blank_chronology(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, health", case=case)
    home.wait_until("2026-12-16 10:00")
    home.record(case, "rapid_review_started")
    (request,) = home.sent(to=POLICE, notice="N12", case=case)
    assert set(request.attachments) == {"rapid-review-return.docx", "rapid-review-chronology.docx", "deadline.ics"}
