"""How a task is chased: the rungs of each ladder, who stands in them, and what gaps, pauses and corrections do."""

from dataclasses import replace

import pytest

from cspr_bot.procedure.reminders import Rung, ladder_of, next_rung, rungs_between
from tests.procedure.casework import (
    CaseWork,
    commencing,
    decided,
    english_calendar,
    in_progress,
    local,
    referred,
    reported,
    shipped_procedure,
    told,
)
from tests.procedure.casework import (
    Rung as Sent,
)

# --- Moments ---------------------------------------------------------------------------------------------------------


def test_the_ladder_of_one_working_day() -> None:
    work = decided()
    work.until("2026-12-23 12:00")
    assert work.rungs("T7") == [
        ("2026-12-21 09:00", 1, "L1"),
        ("2026-12-21 14:00", 2, "L2"),
        ("2026-12-22 09:00", 3, "L3"),
        ("2026-12-23 09:00", 4, "L3"),
    ]


def test_the_ladder_of_five_working_days() -> None:
    work = referred()
    work.until("2026-12-29 12:00")
    assert work.rungs("T2") == [
        ("2026-12-17 09:00", 1, "L0"),
        ("2026-12-21 09:00", 2, "L1"),
        ("2026-12-22 09:00", 3, "L2"),
        ("2026-12-23 09:00", 4, "L3"),
        ("2026-12-24 09:00", 5, "L3"),
        ("2026-12-29 09:00", 6, "L3"),
    ]


def test_the_ladder_of_ten_working_days() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.until("2027-01-08 12:00")
    assert work.rungs("T10", "police") == [
        ("2026-12-29 09:00", 1, "L0"),
        ("2027-01-04 09:00", 2, "L0"),
        ("2027-01-05 09:00", 3, "L1"),
        ("2027-01-06 09:00", 4, "L2"),
        ("2027-01-07 09:00", 5, "L3"),
        ("2027-01-08 09:00", 6, "L3"),
    ]


def test_the_ladder_of_fifteen_working_days() -> None:
    work = decided()
    work.until("2027-01-15 12:00")
    assert work.rungs("T13") == [
        ("2026-12-29 09:00", 1, "L0"),
        ("2027-01-06 09:00", 2, "L0"),
        ("2027-01-08 09:00", 3, "L0"),
        ("2027-01-12 09:00", 4, "L1"),
        ("2027-01-13 09:00", 5, "L2"),
        ("2027-01-14 09:00", 6, "L3"),
        ("2027-01-15 09:00", 7, "L3"),
    ]


def test_the_ladder_of_six_months_and_its_days_off() -> None:
    work = in_progress()
    assert work.due("T15") == "2027-07-16"
    work.until("2027-07-31 12:00")
    assert work.rungs("T15") == [
        ("2027-05-17 09:00", 1, "L0"),
        ("2027-06-16 09:00", 2, "L0"),
        ("2027-07-02 09:00", 3, "L0"),
        ("2027-07-09 09:00", 4, "L0"),
        ("2027-07-15 09:00", 5, "L1"),
        ("2027-07-16 09:00", 6, "L2"),
        ("2027-07-19 09:00", 7, "L3"),
        ("2027-07-26 09:00", 8, "L3"),
    ]


def test_a_rung_in_calendar_days_on_a_day_off_goes_on_the_working_day_before() -> None:
    work = commencing()
    work.record("2027-01-18 12:00", "deadline_extended", timer="T15", to="2027-05-28", reason="given")
    work.until("2027-05-28 12:00")
    # Sixty days before is Easter Monday, 29 March: the working day before is the Thursday before Good Friday.
    assert [rung[0] for rung in work.rungs("T15")[:2]] == ["2027-03-25 09:00", "2027-04-28 09:00"]


# --- Who stands in a level -------------------------------------------------------------------------------------------

OWNER = {("la_service_leader", None, "holder")}
L1 = OWNER | {("la_service_leader", None, "deputies"), ("coordinator", None, "holder")}
L2 = L1 | {("la_service_leader", None, "escalate_to"), ("subgroup_chair", None, "holder")}
L3 = L2 | {("assistant_director", None, "holder")}


@pytest.mark.parametrize(("rung", "seats"), [(1, OWNER), (2, L1), (3, L2), (4, L3 | {("executive", None, "holder")})])
def test_a_statutory_duty_goes_up_to_the_executive(rung: int, seats: set[tuple[str, str | None, str]]) -> None:
    work = referred()
    work.until("2026-12-23 12:00")
    assert work.seats("T2", rung) == seats


def test_an_agencys_duty_goes_up_within_the_agency_and_never_to_the_executive() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-21 14:00", "return_nil", agency="health")
    work.until("2027-01-07 12:00")
    assert work.seats("T10", 1) == {("agency", "police", "holder")}
    assert work.seats("T10", 5) == {
        ("agency", "police", "holder"),
        ("agency", "police", "deputies"),
        ("agency", "police", "escalate_to"),
        ("coordinator", None, "holder"),
        ("subgroup_chair", None, "holder"),
        ("la_service_leader", None, "holder"),
        ("assistant_director", None, "holder"),
    }


def test_whoever_owns_a_duty_stands_in_its_rungs_once() -> None:
    work = decided()
    work.until("2026-12-22 12:00")
    seats = [(mail.role, mail.seat) for _, mail in work.mails if (mail.timer, mail.rung) == ("T8", 3)]
    assert len(seats) == len(set(seats))
    assert ("coordinator", "holder") in seats


def test_each_mail_says_to_which_other_roles_it_went() -> None:
    work = referred()
    work.until("2026-12-21 12:00")
    mails = {mail.seat: mail.also_to for _, mail in work.mails if (mail.timer, mail.rung) == ("T2", 2)}
    assert mails["deputies"] == ("coordinator",)


# --- Gaps ------------------------------------------------------------------------------------------------------------


def test_a_rung_before_the_task_opened_is_never_sent() -> None:
    work = CaseWork()
    work.record("2026-12-15 10:00", "referral_received", known_at="2026-12-21 10:00", complete="yes", deceased="no")
    assert work.due("T2") == "2026-12-22"
    work.until("2026-12-22 12:00")
    assert work.rungs("T2") == [("2026-12-22 09:00", 3, "L2")]  # neither T-3 nor that morning's T-1


def test_after_an_outage_only_the_highest_rung_goes_and_the_numbers_between_stay_unused() -> None:
    work = referred()
    work.until("2026-12-17 12:00")
    work.after_an_outage("2026-12-24 08:00")
    assert work.rungs("T2") == [("2026-12-17 09:00", 1, "L0"), ("2026-12-24 08:00", 4, "L3")]
    work.until("2026-12-24 12:00")
    assert work.rungs("T2")[2:] == [("2026-12-24 09:00", 5, "L3")]


def test_reaching_a_moment_twice_is_reaching_it_once() -> None:
    work = referred()
    work.after_an_outage("2026-12-23 12:00")
    case = work.case
    again = work.after_an_outage("2026-12-23 12:00")
    assert again.case == case
    assert not again.mails
    assert not again.happened


def test_a_done_task_is_never_chased() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "sin_sent")
    work.until("2027-02-01 12:00")
    assert not work.rungs("T2")


# --- Pauses and extensions -------------------------------------------------------------------------------------------


def test_a_pause_moves_the_due_day_by_the_working_days_paused_and_stops_the_rungs() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-24 12:00", "paused", timer="T10", reason="given", agency="police")
    work.until("2026-12-31 12:00")
    assert not work.rungs("T10", "police")
    assert work.rungs("T10", "health") == [("2026-12-29 09:00", 1, "L0")]
    work.record("2026-12-31 12:00", "resumed", timer="T10", agency="police")
    assert work.due("T10", "police") == "2027-01-11"  # 29, 30 and 31 December
    assert work.due("T10", "health") == "2027-01-06"
    work.until("2027-01-12 12:00")
    assert work.rungs("T10", "police") == [
        ("2027-01-04 09:00", 1, "L0"),
        ("2027-01-07 09:00", 2, "L0"),
        ("2027-01-08 09:00", 3, "L1"),
        ("2027-01-11 09:00", 4, "L2"),
        ("2027-01-12 09:00", 5, "L3"),
    ]


def test_a_paused_task_stays_open_and_does_not_become_overdue() -> None:
    work = referred()
    work.record("2026-12-22 12:00", "paused", timer="T2", reason="given")
    work.until("2027-01-29 12:00")
    assert work.task("T2").is_open
    assert not work.task("T2").is_overdue
    assert work.rungs("T2")[-1] == ("2026-12-22 09:00", 3, "L2")


def test_after_a_pause_the_next_rung_is_the_next_one() -> None:
    work = referred()
    work.record("2026-12-18 12:00", "paused", timer="T2", reason="given")
    work.record("2026-12-22 12:00", "resumed", timer="T2")
    assert work.due("T2") == "2026-12-24"
    work.until("2026-12-29 12:00")
    assert work.rungs("T2") == [
        ("2026-12-17 09:00", 1, "L0"),
        ("2026-12-23 09:00", 2, "L1"),
        ("2026-12-24 09:00", 3, "L2"),
        ("2026-12-29 09:00", 4, "L3"),
    ]


def test_a_pause_within_a_day_costs_no_day_and_no_rung() -> None:
    work = referred()
    work.record("2026-12-17 08:00", "paused", timer="T2", reason="given")
    work.record("2026-12-17 15:00", "resumed", timer="T2")
    assert work.due("T2") == "2026-12-22"
    work.until("2026-12-17 16:00")
    assert work.rungs("T2") == [("2026-12-17 15:00", 1, "L0")]


def test_a_clock_is_paused_and_resumed_in_turn() -> None:
    work = referred()
    assert "T2 is not paused" in work.refused("2026-12-16 12:00", "resumed", timer="T2")
    work.record("2026-12-16 12:00", "paused", timer="T2", reason="given")
    assert "T2 is paused already" in work.refused("2026-12-16 13:00", "paused", timer="T2", reason="given")
    assert "no task of T9 is open" in work.refused("2026-12-16 13:00", "paused", timer="T9", reason="given")


def test_a_pause_that_names_no_agency_holds_those_that_run() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-21 12:00", "paused", timer="T10", reason="given", agency="police")
    work.record("2026-12-22 12:00", "paused", timer="T10", reason="given")
    assert [task.paused_on for task in work.tasks("T10")] == [
        local("2026-12-21 12:00").date(),
        local("2026-12-22 12:00").date(),
    ]


def test_an_extension_sets_the_day_and_is_chased_anew_with_numbers_that_count_on() -> None:
    work = referred()
    work.until("2026-12-22 12:00")
    work.record("2026-12-22 12:00", "deadline_extended", timer="T2", to="2027-01-08", reason="given")
    assert work.due("T2") == "2027-01-08"
    work.until("2027-01-11 12:00")
    assert work.rungs("T2")[2:] == [
        ("2026-12-22 09:00", 3, "L2"),
        ("2027-01-05 09:00", 4, "L0"),
        ("2027-01-07 09:00", 5, "L1"),
        ("2027-01-08 09:00", 6, "L2"),
        ("2027-01-11 09:00", 7, "L3"),
    ]


def test_an_extension_to_a_day_off_ends_on_the_working_day_before() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "deadline_extended", timer="T2", to="2027-01-01", reason="given")
    assert work.due("T2") == "2026-12-31"


def test_an_extended_day_holds_whatever_is_learned_later() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "deadline_extended", timer="T6", to="2026-12-30", reason="given")
    work.record("2026-12-16 13:00", "date_corrected", field="incident_on", value="2026-12-14")
    assert work.due("T6") == "2026-12-30"
    work.record("2026-12-17 10:00", "paused", timer="T6", reason="given")
    work.record("2026-12-18 10:00", "resumed", timer="T6")
    work.record("2026-12-18 13:00", "date_corrected", field="incident_on", value="2026-12-10")
    assert work.due("T6") == "2026-12-31"


def test_an_overdue_task_that_is_extended_is_overdue_no_more() -> None:
    work = referred()
    work.until("2026-12-23 12:00")
    assert work.task("T2").is_overdue
    work.record("2026-12-23 12:00", "deadline_extended", timer="T2", to="2027-01-08", reason="given")
    assert not work.task("T2").is_overdue
    assert not [rung for rung in work.rungs("T2") if rung[0] == "2026-12-24 09:00"]


# --- Corrections -----------------------------------------------------------------------------------------------------


def test_a_corrected_date_moves_what_has_not_been_sent_and_sends_nothing_again() -> None:
    work = referred("2026-12-17 10:12", incident_on="2026-12-14", submitted_on="2026-12-17")
    assert work.due("T6") == "2026-12-21"
    work.until("2026-12-18 12:00")
    assert work.rungs("T6") == [("2026-12-18 09:00", 2, "L1")]
    work.record("2026-12-18 12:00", "date_corrected", field="incident_on", value="2026-12-17")
    assert work.due("T6") == "2026-12-24"
    work.until("2026-12-29 12:00")
    assert work.rungs("T6") == [
        ("2026-12-18 09:00", 2, "L1"),
        ("2026-12-24 09:00", 3, "L2"),
        ("2026-12-29 09:00", 4, "L3"),
    ]


def overdue_and_corrected(to: str) -> list[Sent]:
    """Let a decision become two days overdue, and then correct the day of the incident."""
    work = referred("2026-12-17 10:12", incident_on="2026-12-11", submitted_on="2026-12-17")
    assert work.due("T6") == "2026-12-18"
    work.until("2026-12-22 12:00")
    assert work.rungs("T6")[-1] == ("2026-12-22 09:00", 5, "L3")
    work.record("2026-12-22 12:00", "date_corrected", field="incident_on", value=to)
    work.until("2026-12-31 12:00")
    return work.rungs("T6")[3:]


def test_a_task_that_a_correction_leaves_overdue_is_chased_on_the_next_day() -> None:
    assert overdue_and_corrected("2026-12-14")[:2] == [("2026-12-23 09:00", 6, "L3"), ("2026-12-24 09:00", 7, "L3")]


def test_a_task_that_is_no_longer_overdue_is_chased_again_once_it_is() -> None:
    assert overdue_and_corrected("2026-12-17") == [
        ("2026-12-29 09:00", 6, "L3"),
        ("2026-12-30 09:00", 7, "L3"),
        ("2026-12-31 09:00", 8, "L3"),
    ]


# --- Held mails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["yes", "maybe"])
def test_a_held_form_is_chased_at_those_who_can_release_it(form: str) -> None:
    work = CaseWork(provisional=True)
    work.record("2026-12-15 10:12", "mail_held", form=form, answered="no")
    assert {task.timer: task.due_on.isoformat() for task in work.case.open_tasks} == dict.fromkeys(
        ("T2", "T6"), "2026-12-22"
    )
    assert {(mail.notice, mail.role, mail.seat) for _, mail in work.mails} == {
        ("N28-held", role, seat) for role in ("coordinator", "la_service_leader") for seat in ("holder", "deputies")
    }
    work.until("2026-12-24 12:00")
    # Both clocks ask for the same thing at the same moments: the first of them speaks for both.
    (timer,) = (timer for timer in ("T2", "T6") if work.rungs(timer))
    assert [rung[2] for rung in work.rungs(timer)] == ["L0", "L1", "L2", "L3", "L3"]
    for rung in range(1, 6):
        assert work.seats(timer, rung) == {
            (role, None, seat) for role in ("coordinator", "la_service_leader") for seat in ("holder", "deputies")
        }
    assert {mail.notice for _, mail in work.mails if mail.rung} == {"N28-held-reminder"}


def test_a_held_mail_without_a_form_runs_no_clock() -> None:
    work = CaseWork(provisional=True)
    work.record("2026-12-15 10:12", "mail_held", form="no", answered="yes")
    assert not work.case.tasks
    assert [mail.notice for _, mail in work.mails] == ["N28-held-other", "N1-form"]


def test_a_release_ends_the_clocks_of_a_held_mail() -> None:
    work = CaseWork(provisional=True)
    work.record("2026-12-15 10:12", "mail_held", form="yes")
    work.record("2026-12-15 12:00", "mail_released", **{"as": "referral"})
    assert not work.case.open_tasks
    assert work.stage == "closed"
    assert work.next is None


# --- Looking ahead ---------------------------------------------------------------------------------------------------


def test_the_next_rung_and_those_to_come_are_told_without_sending_them() -> None:
    work = referred()
    task, calendar = work.task("T2"), english_calendar()
    ladder = ladder_of(shipped_procedure().timers["T2"], task, shipped_procedure(), calendar)
    first = next_rung(task, ladder, calendar)
    assert first == Rung(1, local("2026-12-17 09:00"), "L0")
    ahead = rungs_between(task, ladder, local("2026-12-17 09:00"), local("2026-12-23 12:00"), calendar)
    assert [(told(rung.at), rung.number) for rung in ahead] == [
        ("2026-12-21 09:00", 2),
        ("2026-12-22 09:00", 3),
        ("2026-12-23 09:00", 4),
    ]
    assert next_rung(replace(task, status="done"), ladder, calendar) is None
    assert not rungs_between(
        task, replace(ladder, rungs=(), overdue_every=0), work.now, local("2027-12-23 12:00"), calendar
    )


def test_the_request_is_no_rung() -> None:
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    assert [request[:2] for request in work.requests("T16")] == [("2027-05-11 10:00", "N23")]
    assert work.task("T16").rung == 0
