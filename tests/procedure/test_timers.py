"""Each clock of the procedure: what opens it, from when it counts, whose it is, what closes it (section 1.5)."""

from datetime import date

import pytest

from cspr_bot.procedure.case import Decision
from tests.procedure.casework import (
    CaseWork,
    commencing,
    copied,
    decided,
    in_progress,
    local,
    referred,
    reported,
    shipped_procedure,
    submitted,
    submitted_for,
)

OWNERS = {
    "T1": ("referrer", False, "none"),
    "T2": ("la_service_leader", True, "five_days"),
    "T3": ("la_service_leader", True, "five_days"),
    "T4": ("la_service_leader", True, "five_days"),
    "T5": ("la_service_leader", True, "five_days"),
    "T6": ("subgroup_chair", False, "five_days"),
    "T7": ("la_service_leader", False, "one_day"),
    "T8": ("coordinator", False, "one_day"),
    "T9": ("coordinator", False, "five_days"),
    "T10": ("agency", False, "ten_days"),
    "T11": ("subgroup_chair", False, "fifteen_days"),
    "T12": ("coordinator", True, "one_day"),
    "T13": ("coordinator", True, "fifteen_days"),
    "T14": ("la_service_leader", True, "one_day"),
    "T15": ("subgroup_chair", False, "six_months"),
    "T16": ("coordinator", True, "ten_days"),
    "T17": ("agency", False, "ten_days"),
    "T18": ("agency", False, "one_day"),
    "T19": ("assistant_director", False, "one_day"),
    "T20": ("referrer", False, "information"),
    "T21": ("coordinator", False, "panel_reply"),
    "T22": ("coordinator", False, "five_days"),
    "T23": ("subgroup_chair", False, "fifteen_days"),
}
LENGTHS = {
    **dict.fromkeys(("T1", "T7", "T8", "T12", "T14", "T18", "T19", "T20"), 1),
    **dict.fromkeys(("T2", "T3", "T4", "T5", "T6", "T9", "T22"), 5),
    **dict.fromkeys(("T10", "T21"), 10),
    **dict.fromkeys(("T11", "T13"), 15),
    "T15": 6,
    "T16": -7,
    "T17": 0,
    "T23": 20,
}


@pytest.mark.parametrize("name", OWNERS)
def test_every_clock_ships_with_the_numbers_of_the_specification(name: str) -> None:
    timer = shipped_procedure().timers[name]
    assert (timer.owner, timer.statutory, timer.ladder) == OWNERS[name]
    assert timer.length == LENGTHS[name]
    assert timer.unit == {"T15": "months", "T17": "date"}.get(name, "working_days")
    assert timer.cite


# --- T1, the referral ------------------------------------------------------------------------------------------------


def test_t1_is_done_when_the_referral_is_here_and_never_chased() -> None:
    work = referred(submitted_on="2026-12-14")
    assert work.task("T1").status == "done"
    assert work.due("T1") == "2026-12-15"
    work.until("2027-01-29 09:00")
    assert not work.rungs("T1")
    assert not work.requests("T1")


def test_t1_counts_from_the_form_or_else_from_receipt_until_awareness_is_confirmed() -> None:
    work = referred("2026-12-12 10:00")
    assert work.due("T1") == "2026-12-14"
    work.record("2026-12-15 10:00", "date_corrected", field="aware_on", value="2026-12-01")
    assert work.due("T1") == "2026-12-02"
    assert work.task("T1").due_at < local("2026-12-12 10:00")  # late, and on record so


# --- T2 to T5, the local authority's statutory duties ----------------------------------------------------------------


@pytest.mark.parametrize("timer", ["T2", "T3"])
def test_t2_and_t3_open_with_the_case_and_count_from_receipt(timer: str) -> None:
    work = referred()
    assert work.due(timer) == "2026-12-22"
    assert [request[2] for request in work.requests(timer)] == ["la_service_leader"]


def test_the_authoritys_awareness_is_the_earliest_of_what_is_known() -> None:
    ours = referred(submitted_on="2026-12-11", la_referrer="yes")
    theirs = referred(submitted_on="2026-12-11", la_referrer="no")
    assert (ours.due("T2"), theirs.due("T2")) == ("2026-12-18", "2026-12-22")
    theirs.record("2026-12-16 09:30", "date_corrected", field="la_aware_on", value="2026-12-14")
    assert theirs.due("T2") == theirs.due("T3") == "2026-12-21"
    theirs.record("2026-12-16 09:31", "date_corrected", field="la_aware_on", value="2026-12-16")
    assert theirs.due("T2") == "2026-12-22"  # receipt is the earlier one again


@pytest.mark.parametrize(
    ("timer", "event", "fields"),
    [
        ("T2", "sin_sent", {}),
        ("T2", "sin_not_required", {"reason": "given"}),
        ("T3", "partners_informed", {}),
        ("T5", "looked_after_notified", {}),
        ("T5", "looked_after_known", {"answer": "no"}),
        ("T5", "information_supplied", {"deceased": "no"}),
        ("T6", "subgroup_decided", {"rapid_review": "no", "reason": "given"}),
    ],
)
def test_what_closes_the_clocks_of_the_opening(timer: str, event: str, fields: dict[str, str]) -> None:
    work = referred(deceased="unknown")
    assert work.open(timer)
    work.record("2026-12-16 12:00", event, **fields)
    assert work.task(timer).status == "done"
    assert work.task(timer).closed_at == local("2026-12-16 12:00")


def test_t2_opens_again_when_new_information_makes_it_notifiable() -> None:
    work = referred(abuse_or_neglect="no")
    assert work.case.stages["notification"] == "undetermined"
    work.record("2026-12-16 12:00", "sin_not_required", reason="given")
    assert work.case.stages["notification"] == "not_required"
    work.record("2026-12-17 12:00", "information_supplied", abuse_or_neglect="known")
    assert work.case.stages["notification"] == "due"
    assert [task.status for task in work.tasks("T2")] == ["done", "open"]


def test_t4_opens_only_where_several_areas_are_concerned_and_goes_when_there_is_one() -> None:
    work = referred()
    assert not work.tasks("T4")
    work.record("2026-12-16 12:00", "areas_known", answer="several")
    assert work.due("T4") == "2026-12-22"
    assert "several_areas" in work.case.flags
    work.record("2026-12-17 12:00", "areas_known", answer="single")
    assert work.task("T4").status == "cancelled"
    assert "several_areas" not in work.case.flags
    work.record("2026-12-17 13:00", "areas_known", answer="several")
    work.record("2026-12-17 14:00", "other_areas_informed")
    assert work.task("T4").status == "done"
    assert work.case.stages["areas"] == "notified"
    work.record("2026-12-17 15:00", "areas_known", answer="several")
    assert work.case.stages["areas"] == "notified"
    assert not work.open("T4")


@pytest.mark.parametrize(("deceased", "opens"), [("yes", True), ("unknown", True), ("", True), ("no", False)])
def test_t5_opens_unless_the_form_says_that_the_child_is_alive(deceased: str, *, opens: bool) -> None:
    work = CaseWork()
    work.record("2026-12-15 10:12", "referral_received", complete="yes", deceased=deceased)
    assert work.open("T5") is opens
    assert ("looked_after_unknown" in work.case.flags) is opens


def test_t5_stays_away_once_the_child_is_known_not_to_be_looked_after() -> None:
    work = referred(deceased="unknown")
    work.record("2026-12-16 12:00", "looked_after_known", answer="no")
    work.record("2026-12-17 12:00", "information_supplied", deceased="yes")
    assert not work.open("T5")
    assert work.case.stages["looked_after"] == "no"


def test_t5_opens_when_a_looked_after_child_turns_out_to_have_died() -> None:
    work = referred(deceased="no")
    work.record("2026-12-16 12:00", "looked_after_known", answer="yes")
    assert not work.tasks("T5")
    assert work.case.stages["looked_after"] == "unknown"
    work.record("2026-12-17 12:00", "information_supplied", deceased="yes")
    assert work.due("T5") == "2026-12-22"
    assert work.case.stages["looked_after"] == "notify_due"
    assert {"custody_unknown", "detained_unknown"} <= work.case.flags
    assert "looked_after_unknown" not in work.case.flags


# --- T6, the Sub-Group's decision ------------------------------------------------------------------------------------


def test_t6_counts_from_the_earliest_of_incident_awareness_and_receipt() -> None:
    work = referred(incident_on="2026-12-13", submitted_on="2026-12-14")
    assert work.due("T6") == "2026-12-18"
    assert work.task("T6").outer_limit == date(2026, 12, 21)
    assert "breached_at_opening" not in work.case.flags
    assert [request[1:3] for request in work.requests("T6")] == [("N8", "subgroup_chair")]


def test_t6_passed_at_opening_is_flagged_and_escalated_once_and_the_next_anchor_counts() -> None:
    work = referred(incident_on="2026-06-01", submitted_on="2026-12-14")
    task = work.task("T6")
    assert task.skipped == ("incident_on",)
    assert task.due_on == task.outer_limit == date(2026, 12, 21)
    assert "breached_at_opening" in work.case.flags
    breach = [(mail.role, mail.seat) for _, mail in work.mails if mail.notice == "N8-breached"]
    assert ("subgroup_chair", "holder") in breach
    assert ("coordinator", "holder") in breach
    assert len(breach) == len(set(breach))
    work.until("2026-12-31 12:00")
    assert [(mail.role, mail.seat) for _, mail in work.mails if mail.notice == "N8-breached"] == breach
    assert work.rungs("T6")[0] == ("2026-12-16 09:00", 1, "L0")


def test_t6_counts_from_receipt_where_every_other_reading_has_passed() -> None:
    work = referred(incident_on="2026-06-01", submitted_on="2026-06-02")
    assert work.task("T6").skipped == ("incident_on", "aware")
    assert work.due("T6") == "2026-12-22"
    assert work.task("T6").outer_limit == date(2026, 6, 9)


def test_t6_is_simply_overdue_after_a_later_correction_into_the_past() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "date_corrected", field="incident_on", value="2026-06-01")
    assert work.due("T6") == "2026-06-08"
    assert "breached_at_opening" not in work.case.flags
    assert not work.notices("N8-breached")
    work.until("2026-12-17 09:00")
    assert work.task("T6").is_overdue
    assert [rung[0::2] for rung in work.rungs("T6")] == [("2026-12-16 12:00", "L3"), ("2026-12-17 09:00", "L3")]


def test_t6_comes_back_to_an_anchor_that_a_correction_brings_out_of_the_past() -> None:
    work = referred(incident_on="2026-06-01", submitted_on="2026-12-14")
    work.record("2026-12-16 12:00", "date_corrected", field="incident_on", value="2026-12-11")
    assert work.due("T6") == "2026-12-18"


def test_t6_counts_from_the_incident_once_the_form_says_when_it_was() -> None:
    work = referred(complete="no")
    assert work.due("T6") == "2026-12-22"
    work.record("2026-12-16 10:00", "information_supplied", incident_on="2026-12-12", changed="given")
    assert work.due("T6") == "2026-12-18"
    assert work.notices("N3-dates") == [("2026-12-16 10:00", "coordinator")] * 2


def test_days_to_come_on_a_form_count_for_nothing() -> None:
    work = referred(incident_on="2027-12-13", submitted_on="2027-01-04")
    assert work.due("T6") == "2026-12-22"
    assert work.due("T1") == "2026-12-16"


# --- T7 to T13, the rapid review -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rapid_review", ["yes", "no"])
def test_t7_and_t8_follow_every_decision_of_the_sub_group(rapid_review: str) -> None:
    work = referred()
    work.record("2026-12-18 19:00", "subgroup_decided", rapid_review=rapid_review, agencies="police", reason="given")
    assert work.due("T7") == work.due("T8") == "2026-12-21"
    assert [request[1:3] for request in work.requests("T7")] == [("N10", "la_service_leader")]
    work.record("2026-12-21 10:00", "panel_informed")
    assert work.task("T7").status == "done"


def test_t8_asks_nobody_and_closes_by_itself_once_the_executive_has_been_told() -> None:
    work = decided()
    told = [mail for _, mail in work.mails if mail.notice == "N9"]
    assert [(mail.role, mail.when_all_sent) for mail in told] == [("executive", "executive_informed")]
    assert not work.requests("T8")
    work.record("2026-12-18 11:05", "executive_informed")
    assert work.task("T8").status == "done"


def test_t9_and_the_rest_open_only_where_a_rapid_review_is_decided() -> None:
    work = decided()
    assert work.due("T9") == "2026-12-29"
    assert work.due("T11") == work.due("T13") == "2027-01-13"
    assert work.due("T18", "police") == work.due("T18", "health") == "2026-12-21"
    without = referred()
    without.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", agencies="police", reason="given")
    assert not any(without.tasks(timer) for timer in ("T9", "T10", "T11", "T13", "T18"))


def test_t9_is_capped_by_the_fifteenth_day_of_the_rapid_reviews_clock() -> None:
    work = referred("2026-12-01 10:00")
    work.record("2026-12-01 12:00", "sin_sent")
    assert work.due("T2") == "2026-12-08"
    work.record("2026-12-21 11:00", "subgroup_decided", rapid_review="yes", agencies="police")
    assert work.due("T11") == work.due("T13") == "2026-12-22"  # fifteen days from the notification
    assert work.due("T9") == "2026-12-22"  # and not the 30th


def test_the_clock_of_the_rapid_review_is_the_earliest_of_its_three_readings() -> None:
    work = decided()
    work.record("2026-12-21 11:00", "sin_sent")
    assert work.due("T13") == "2027-01-13"
    earlier = decided()
    earlier.record("2026-12-21 11:00", "sin_sent", known_at="2026-12-21 11:00")
    back_dated = decided()
    back_dated.record("2026-12-16 11:00", "sin_sent", known_at="2026-12-21 11:00")
    assert (earlier.due("T11"), back_dated.due("T11")) == ("2027-01-13", "2027-01-11")


def test_t10_opens_for_each_agency_at_the_start_and_counts_from_the_earliest() -> None:
    work = decided()
    assert not work.tasks("T10")
    work.record("2026-12-23 12:00", "rapid_review_started")
    assert work.due("T10", "police") == work.due("T10", "health") == "2027-01-06"  # from the decision on the 18th
    assert {request[1:] for request in work.requests("T10")} == {
        ("N12", "agency", "police"),
        ("N12", "agency", "health"),
    }
    assert work.task("T9").status == "done"
    work.record("2026-12-30 12:00", "return_received", agency="police")
    assert (work.task("T10", "police").status, work.task("T10", "health").status) == ("done", "open")
    assert [role for _, role in work.notices("N13")] == ["agency", "coordinator"]
    work.record("2026-12-31 12:00", "return_nil", agency="health")
    assert work.stage == "rapid_review_analysis"


def test_t10_of_an_agency_added_later_has_three_working_days_at_least_and_a_warning() -> None:
    work = decided()
    work.record("2026-12-18 12:00", "rapid_review_started")
    work.record("2026-12-21 12:00", "agency_added", agency="education")
    assert work.due("T10", "education") == "2027-01-06"  # the common day
    assert work.warnings == ("T10: education has 9 working days instead of 10, until 2027-01-06",)
    work.record("2027-01-05 12:00", "agency_added", agency="probation")
    assert work.due("T10", "probation") == "2027-01-08"
    assert work.warnings == ("T10: probation has 3 working days instead of 10, until 2027-01-08",)
    assert work.due("T18", "probation") == "2027-01-06"
    assert work.due("T10", "police") == "2027-01-06"


def test_t10_of_an_agency_added_before_the_start_is_everybodys() -> None:
    work = decided()
    work.record("2026-12-21 12:00", "agency_added", agency="education")
    assert not work.tasks("T10")
    assert not work.warnings
    work.record("2026-12-22 12:00", "rapid_review_started")
    assert {task.agency: task.due_on.isoformat() for task in work.tasks("T10")} == dict.fromkeys(
        ("police", "health", "education"), "2027-01-06"
    )


def test_an_agency_that_was_not_involved_from_the_first_is_not_asked_for_a_return() -> None:
    work = decided()
    work.record("2026-12-21 12:00", "return_nil", agency="police")
    work.record("2026-12-22 12:00", "rapid_review_started")
    assert [task.agency for task in work.tasks("T10")] == ["health"]


def test_t11_has_milestones_on_its_way_and_closes_when_the_review_is_complete() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    assert (work.due("T11-meeting"), work.due("T11-draft")) == ("2027-01-08", "2027-01-11")
    work.record("2027-01-08 10:00", "recommendation_made", outcome="none", reason="given")
    assert work.due("T11-executive") == "2027-01-12"
    assert work.task("T11-executive").roles == ("executive",)
    work.record("2027-01-11 10:00", "rapid_review_completed")
    assert work.task("T11").status == work.task("T11-draft").status == "done"


def test_t12_is_due_a_day_after_completion_and_never_past_the_fifteenth() -> None:
    early, late = decided(), decided()
    for work in (early, late):
        work.record("2026-12-18 14:00", "rapid_review_started")
    early.record("2027-01-04 10:00", "rapid_review_completed")
    late.record("2027-01-13 10:00", "rapid_review_completed")
    assert (early.due("T12"), late.due("T12")) == ("2027-01-05", "2027-01-13")
    early.record("2027-01-04 12:00", "rapid_review_copy_sent")
    assert early.task("T12").status == "done"
    assert early.open("T13")


def test_one_submission_serves_both_t12_and_t13() -> None:
    work = submitted()
    assert work.task("T12").status == work.task("T13").status == "done"
    assert work.stage == "awaiting_panel"


def test_t12_is_not_asked_for_once_the_submission_has_gone() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2027-01-06 10:00", "recommendation_made", outcome="cspr")
    work.record("2027-01-06 11:00", "executive_decided", outcome="cspr")
    work.record("2027-01-06 12:00", "panel_submission_sent")
    work.record("2027-01-07 12:00", "rapid_review_completed")
    assert not work.tasks("T12")
    assert work.task("T11").status == "done"


# --- T14 to T16, the local review ------------------------------------------------------------------------------------


def test_t14_is_one_task_with_three_ticks() -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="local")
    assert work.due("T14") == "2027-01-19"
    for to in ("panel", "ofsted", "panel"):
        work.record("2027-01-18 11:00", "local_review_notified", to=to)
    assert work.task("T14").ticks == ("panel", "ofsted")
    assert work.open("T14")
    work.record("2027-01-18 12:00", "local_review_notified", to="dfe")
    assert work.task("T14").status == "done"


@pytest.mark.parametrize(
    ("decided_on", "due"),
    [("2027-01-18", "2027-07-16"), ("2027-08-31", "2028-02-29"), ("2027-01-25", "2027-07-23")],
)
def test_t15_is_six_months_clamped_and_rolled_back(decided_on: str, due: str) -> None:
    work = submitted()
    work.record(f"{decided_on} 10:00", "panel_decided", outcome="local")
    assert work.due("T15") == due


def test_t15_closes_with_the_accepted_report() -> None:
    assert reported().task("T15").status == "done"


def test_t16_counts_seven_working_days_back_from_publication() -> None:
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    assert work.due("T16") == "2027-06-01"
    work.record("2027-05-12 10:00", "publication_date_set", date="2027-06-17")
    assert work.due("T16") == "2027-06-08"
    assert len(work.tasks("T16")) == 1
    work.record("2027-05-13 10:00", "copy_sent_to_panel")
    assert work.task("T16").status == "done"
    work.record("2027-05-14 10:00", "publication_date_set", date="2027-06-24")
    assert not work.open("T16")


def test_t16_a_publication_date_that_leaves_too_little_time_needs_a_reason() -> None:
    work = reported()
    assert "7 working days" in work.refused("2027-05-11 10:00", "publication_date_set", date="2027-05-19")
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-05-20")
    work.record("2027-05-12 10:00", "publication_date_set", date="2027-05-19", reason="given")
    assert work.due("T16") == "2027-05-10"
    work.record("2027-05-12 11:00", "copy_sent_to_panel")
    assert "needs a reason" in work.refused("2027-05-12 12:00", "publication_date_set", date="2027-05-20")
    work.record("2027-05-12 12:00", "publication_date_set", date="2027-05-21")


def test_t16_is_cancelled_by_a_hold_and_opened_by_a_new_date() -> None:
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-05-12 10:00", "publication_held", reason="given")
    assert work.task("T16").status == "cancelled"
    work.record("2027-07-01 10:00", "publication_date_set", date="2027-08-12")
    assert [task.status for task in work.tasks("T16")] == ["cancelled", "open"]
    assert work.due("T16") == "2027-08-03"


# --- T17 to T23 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "first"),
    [
        ("2027-06-14", ("2027-06-14 09:00", 1, "L1")),  # one working day: the ladder of one
        ("2027-06-18", ("2027-06-15 09:00", 1, "L0")),  # five: T-3
        ("2027-06-25", ("2027-06-18 09:00", 1, "L0")),  # ten: T-5
        ("2027-07-23", ("2027-07-09 09:00", 1, "L0")),  # thirty: T-10
        ("2027-12-31", ("2027-11-01 09:00", 1, "L0")),  # beyond sixty: sixty calendar days
    ],
)
def test_t17_is_chased_by_its_length(due: str, first: tuple[str, int, str]) -> None:
    work = copied()
    work.record("2027-06-11 10:00", "action_added", action="1", agency="health", due=due)
    assert work.due("T17") == due
    work.until("2027-12-30 12:00")
    assert work.rungs("T17")[0] == first


def test_t17_has_its_own_day_rolled_back_to_a_working_day_and_its_own_agency() -> None:
    work = copied()
    work.record("2027-05-21 10:00", "action_added", action="train.staff", agency="health", due="2027-08-30")
    work.record("2027-05-21 10:05", "action_added", action="2", agency="health", due="2027-08-13")
    assert [task.due_on.isoformat() for task in work.tasks("T17")] == ["2027-08-27", "2027-08-13"]
    assert {request[1:] for request in work.requests("T17")} == {("N26", "agency", "health")}
    work.record("2027-06-01 10:00", "deadline_extended", timer="T17", to="2027-09-30", reason="given", action="2")
    assert [task.due_on.isoformat() for task in work.tasks("T17")] == ["2027-08-27", "2027-09-30"]
    work.record("2027-06-02 10:00", "action_closed", action="2")
    assert [task.status for task in work.tasks("T17")] == ["open", "done"]


def test_t18_secures_the_records_of_each_agency() -> None:
    work = decided()
    assert {request[1:] for request in work.requests("T18")} == {
        ("N11", "agency", "police"),
        ("N11", "agency", "health"),
    }
    assert work.case.agency_stages["records"] == {"police": "requested", "health": "requested"}
    work.record("2026-12-21 12:00", "records_secured", agency="police")
    work.until("2026-12-21 18:00")
    assert work.case.agency_stages["records"] == {"police": "secured", "health": "overdue"}
    work.record("2026-12-22 12:00", "records_secured", agency="health")
    assert work.case.agency_stages["records"]["health"] == "secured"
    assert not work.open("T18")


def test_t19_gives_the_assistant_director_a_day() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "disagreement_raised", reason="given")
    assert work.due("T19") == "2026-12-17"
    # A day is short: the deputies and the co-ordinator are told with the request.
    assert [(mail.notice, mail.role, mail.seat) for _, mail in work.mails if mail.timer == "T19"] == [
        ("N7", "assistant_director", "holder"),
        ("N7", "assistant_director", "deputies"),
        ("N7", "coordinator", "holder"),
    ]
    work.record("2026-12-17 12:00", "disagreement_decided", refer="yes")
    assert work.task("T19").status == "done"


def test_t19_of_a_case_that_counts_as_referred_ends_with_the_sub_groups_decision() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "disagreement_raised", reason="given")
    work.until("2026-12-18 10:00")
    assert (work.stage, work.open("T19")) == ("open", True)
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police")
    assert (work.open("T19"), work.case.stages["dispute"]) == (False, "decided")


def test_t20_reminds_twice_and_then_somebody_telephones() -> None:
    work = referred(complete="no")
    assert work.due("T20") == "2026-12-16"
    assert [request[1:3] for request in work.requests("T20")] == [("N1-incomplete", "referrer")]
    work.until("2026-12-17 23:00")
    assert work.rungs("T20") == [("2026-12-16 09:00", 1, "L0"), ("2026-12-17 09:00", 2, "L0")]
    assert not work.tasks("T20-telephone")
    work.until("2026-12-18 09:00")
    assert [request[:3] for request in work.requests("T20-telephone")] == [
        ("2026-12-18 09:00", "N3-telephone", "coordinator")
    ]
    work.record("2026-12-18 12:00", "information_supplied")
    assert not work.open("T20")
    assert not work.open("T20-telephone")
    work.until("2027-02-01 12:00")
    assert len(work.rungs("T20")) == 2


@pytest.mark.parametrize("event", ["information_supplied", "information_waived"])
def test_t20_is_closed_by_the_information_or_without_it(event: str) -> None:
    work = referred(complete="no")
    work.record("2026-12-15 12:00", event)
    assert work.task("T20").status == "done"
    assert work.stage == "open"
    assert "incomplete" not in work.case.flags


def test_t20_counts_from_when_it_was_asked() -> None:
    work = CaseWork()
    work.record("2026-12-11 10:00", "referral_received", known_at="2026-12-15 12:00", complete="no")
    assert work.due("T20") == "2026-12-16"
    assert work.due("T2") == "2026-12-18"


def test_t21_chases_the_co_ordinator_after_ten_days_and_then_each_fifth() -> None:
    work = submitted()
    assert work.due("T21") == "2027-01-25"
    work.until("2027-02-16 12:00")
    assert work.rungs("T21") == [
        ("2027-01-25 09:00", 1, "L0"),
        ("2027-02-01 09:00", 2, "L0"),
        ("2027-02-08 09:00", 3, "L0"),
        ("2027-02-15 09:00", 4, "L0"),
    ]
    assert work.seats("T21", 3) == {("coordinator", None, "holder")}


def test_t21_begins_anew_when_the_panel_asks_for_information_or_is_written_to_again() -> None:
    work = submitted()
    work.record("2027-01-20 10:00", "panel_decided", outcome="information_requested")
    assert [task.status for task in work.tasks("T21")] == ["done", "open"]
    assert work.due("T21") == "2027-02-03"
    assert work.requests("T21")[-1][1] == "N16-again"
    work.record("2027-01-22 10:00", "panel_submission_sent")
    assert [task.status for task in work.tasks("T21")] == ["done", "cancelled", "open"]
    assert work.due("T21") == "2027-02-05"
    work.record("2027-01-29 10:00", "panel_decided", outcome="local")
    assert not work.open("T21")


@pytest.mark.parametrize(("outcome", "notice"), [("local", "N19"), ("national", "N27"), ("no_review_agreed", "N27")])
def test_t22_writes_to_those_who_must_hear_of_a_decision(outcome: str, notice: str) -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome=outcome)
    assert work.due("T22") == "2027-01-25"
    assert [request[1] for request in work.requests("T22")] == [notice]
    work.until("2027-01-20 12:00")
    assert work.notices(f"{notice}-reminder") == [("2027-01-20 09:00", "coordinator")]


@pytest.mark.parametrize("outcome", ["disagrees", "information_requested"])
def test_t22_tells_nobody_of_what_is_not_decided_yet(outcome: str) -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome=outcome)
    assert not work.tasks("T22")


def test_t22_of_no_rapid_review_tells_why() -> None:
    work = referred()
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", reason="given")
    assert [request[1] for request in work.requests("T22")] == ["N27"]
    assert work.due("T22") == "2026-12-29"
    work.record("2026-12-21 12:00", "outcome_letters_sent")
    assert work.task("T22").status == "done"


def test_t22_begins_anew_where_a_new_decision_comes_before_the_letters_of_the_old_one() -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="national")
    work.record("2027-01-21 10:00", "panel_decided", outcome="local")
    assert [task.status for task in work.tasks("T22")] == ["cancelled", "open"]
    assert [request[1] for request in work.requests("T22")] == ["N27", "N19"]
    assert work.due("T22") == "2027-01-28"


def test_t23_is_done_with_its_sixth_tick() -> None:
    work = commencing()
    assert work.due("T23") == "2027-02-15"
    for action in "12345":
        work.record("2027-01-20 11:00", "commencement_action_done", action=action)
    assert work.task("T23").ticks == tuple("12345")
    assert work.open("T23")
    work.record("2027-01-20 12:00", "commencement_action_done", action="6")
    assert work.task("T23").status == "done"


# --- What the rest of section 3.3 asks for ---------------------------------------------------------------------------


def test_the_agencies_are_asked_for_on_the_same_day_where_none_was_named() -> None:
    work = referred()
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes")
    assert work.due("name-agencies") == "2026-12-18"
    work.record("2026-12-18 12:00", "agency_added", agency="police")
    assert not work.open("name-agencies")
    assert work.due("T18", "police") == "2026-12-21"


def test_receipt_of_the_first_notice_is_asked_of_each_role() -> None:
    work = referred()
    assert len(work.tasks("receipt")) == 5
    work.record("2026-12-15 12:00", "receipt_confirmed", role="director")
    assert [task.roles for task in work.tasks("receipt") if not task.is_open] == [("director",)]


def test_a_review_that_goes_on_is_asked_after_every_twenty_working_days() -> None:
    work = in_progress()
    assert work.due("progress") == "2027-02-15"
    work.record("2027-02-16 10:00", "progress_reported")
    assert work.due("progress") == "2027-03-16"
    assert [task.status for task in work.tasks("progress")] == ["done", "open"]
    work.record("2027-05-10 10:00", "report_accepted")
    assert not work.open("progress")
    assert [rung[2] for rung in work.rungs("progress")] == ["L0"] * 3


def test_a_national_review_is_asked_after_too() -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="national")
    assert work.due("progress") == "2027-02-15"
    work.record("2027-02-15 10:00", "national_learning_received")
    assert not work.open("progress")


def test_a_held_publication_is_looked_at_again() -> None:
    work = copied()
    work.record("2027-06-01 10:00", "publication_held", reason="given")
    assert work.due("hold") == "2027-06-29"
    work.until("2027-08-01 12:00")
    assert work.rungs("hold") == [("2027-06-29 09:00", 1, "L0"), ("2027-07-27 09:00", 2, "L0")]
    work.record("2027-08-02 10:00", "publication_resumed")
    assert not work.open("hold")


def test_a_case_on_which_nobody_sets_a_day_of_publication_is_chased_within_the_six_months() -> None:
    work = reported()
    assert work.due("publication-date") == "2027-07-16"
    decision = work.record("2027-05-11 10:00", "publication_date_set", date="2027-07-19")
    assert "lies beyond 2027-07-16" in decision.warnings[0]
    assert not work.open("publication-date")


def test_a_report_accepted_at_the_last_moment_leaves_a_working_week_to_set_the_day() -> None:
    work = in_progress()
    work.record("2027-07-16 10:00", "report_accepted")
    assert work.due("publication-date") == "2027-07-23"


def test_the_day_of_publication_does_not_pass_in_silence() -> None:
    work = copied()
    assert work.due("publish") == "2027-06-10"
    work.until("2027-06-11 12:00")
    assert [rung[1:] for rung in work.rungs("publish")] == [(1, "L0"), (2, "L1"), (3, "L1")]
    work.record("2027-06-11 13:00", "publication_held", reason="given")
    assert not work.open("publish")


def test_learning_is_shared_by_a_person_and_then_told_to_every_agency() -> None:
    work = submitted()
    assert work.due("learning") == "2027-01-18"
    work.record("2027-01-12 10:00", "learning_shared")
    assert work.task("learning").status == "done"
    assert work.notices("N25") == [("2027-01-12 10:00", "agency"), ("2027-01-12 10:00", "agency")]


def test_the_final_report_is_checked_against_sections_10_and_11() -> None:
    work = reported()
    assert [request[1:3] for request in work.requests("report-check")] == [("N23-checklist", "coordinator")]
    for item in ("improvements", "reasons", "recommendations", "practitioners"):
        work.record("2027-05-11 10:00", "report_checked", item=item)
    assert work.open("report-check")
    work.record("2027-05-11 10:00", "report_checked", item="family")
    assert not work.open("report-check")


def test_an_alternative_review_has_a_kind_an_owner_and_a_day_of_its_own() -> None:
    work = submitted_for("alternative")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.due("alternative-plan") == "2027-01-25"
    work.record(
        "2027-01-20 10:00", "alternative_review_planned", kind="single_agency", agency="health", due="2027-04-30"
    )
    assert not work.open("alternative-plan")
    assert work.due("alternative-review") == "2027-04-30"
    work.record("2027-04-20 10:00", "alternative_review_completed")
    assert not work.open("alternative-review")


def test_the_members_of_the_sub_group_hear_that_it_is_convened() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "convened", on="2026-12-17")
    assert work.notices("N8-members") == [("2026-12-16 10:00", "subgroup")]


def test_a_decision_before_the_notification_is_told_to_those_who_can_mend_it() -> None:
    roles = {role for _, role in decided().notices("N4-decided")}
    assert roles == {"la_service_leader", "assistant_director"}
    work = referred()
    work.record("2026-12-16 10:00", "sin_sent")
    work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="yes", agencies="police")
    assert work.notices("N4-decided") == []


def test_a_recommendation_may_be_everybodys_and_each_does_its_part() -> None:
    work = copied()
    work.record("2027-05-21 10:00", "action_added", action="1", agency="health", due="2027-09-30")
    work.record("2027-05-21 10:00", "action_added", action="1", agency="police", due="2027-10-29")
    assert (work.due("T17", "health"), work.due("T17", "police")) == ("2027-09-30", "2027-10-29")
    refused = work.refused("2027-05-21 11:00", "action_added", action="1", agency="police", due="2027-10-29")
    assert "of that name already" in refused
    work.record("2027-06-01 10:00", "action_closed", action="1", agency="health")
    assert [task.status for task in work.tasks("T17")] == ["done", "open"]
    assert "no open recommendation" in work.refused("2027-06-01 11:00", "action_closed", action="1", agency="health")
    work.record("2027-06-02 10:00", "action_closed", action="1")
    assert [task.status for task in work.tasks("T17")] == ["done", "done"]


def test_a_recommendation_that_is_not_accepted_is_closed_with_its_reason() -> None:
    work = copied()
    work.record("2027-05-21 10:00", "action_added", action="1", agency="health", due="2027-09-30")
    assert "needs its reason" in work.refused("2027-06-01 10:00", "action_closed", action="1", outcome="not_accepted")
    work.record("2027-06-01 10:00", "action_closed", action="1", outcome="not_accepted", reason="given")
    assert not work.open("T17")


def test_later_readings_of_a_deadline_are_kept_as_its_outer_limit() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "date_corrected", field="la_aware_on", value="2026-12-16")
    assert work.due("T2") == "2026-12-22"  # our mailbox had it on the 15th: the earliest drives the reminders
    assert {work.task(name).outer_limit for name in ("T2", "T3")} == {date(2026, 12, 23)}
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police")
    work.record("2026-12-22 14:00", "rapid_review_started")
    assert work.due("T11") == "2027-01-13"
    assert work.task("T11").outer_limit == date(2027, 1, 15)  # section 9: once started
    assert work.due("T10", "police") == "2027-01-06"
    assert work.task("T10", "police").outer_limit == date(2027, 1, 8)
    assert work.task("T13").outer_limit is None  # the original fifteen days, and no others


def test_every_duty_can_be_moved_paused_and_resumed() -> None:
    work = decided()
    for name in ("T2", "T7", "T9", "T11", "T13", "T18"):
        for event, fields in (
            ("paused", {}),
            ("resumed", {}),
            ("deadline_extended", {"to": "2027-02-01"}),
        ):
            outcome = work.outcome("2026-12-18 12:00", event, timer=name, reason="given", **fields)
            assert isinstance(outcome, Decision) is (event != "resumed")
