"""Whole histories of a case: every way through the stages, from the referral to the end (section 3.2)."""

from datetime import date

import pytest

from cspr_bot.procedure.case import Event, Refusal
from cspr_bot.procedure.engine import new_case, replay
from cspr_bot.procedure.events import allowed_now
from cspr_bot.procedure.tasks import Ground
from tests.procedure.casework import (
    CaseWork,
    commencing,
    copied,
    decided,
    english_calendar,
    in_progress,
    local,
    referred,
    reported,
    shipped_procedure,
    submitted,
)

# --- The straight path -----------------------------------------------------------------------------------------------


def test_a_referral_goes_straight_to_publication_and_closes_without_recommendations() -> None:
    work = referred()
    stages = [work.stage]
    for at, name, fields in (
        ("2026-12-15 12:00", "triage_confirmed", {}),
        ("2026-12-16 10:00", "partners_informed", {}),
        ("2026-12-17 10:00", "sin_sent", {"reference": "given"}),
        ("2026-12-18 10:00", "subgroup_decided", {"rapid_review": "yes", "agencies": "police"}),
        ("2026-12-18 11:00", "executive_informed", {}),
        ("2026-12-18 11:00", "panel_informed", {}),
        ("2026-12-18 12:00", "records_secured", {"agency": "police"}),
        ("2026-12-21 10:00", "rapid_review_started", {}),
        ("2026-12-30 10:00", "return_received", {"agency": "police"}),
        ("2027-01-05 10:00", "recommendation_made", {"outcome": "cspr"}),
        ("2027-01-06 10:00", "executive_decided", {"outcome": "cspr"}),
        ("2027-01-07 10:00", "rapid_review_completed", {}),
        ("2027-01-08 10:00", "panel_submission_sent", {}),
        ("2027-01-20 10:00", "panel_decided", {"outcome": "local"}),
        *(("2027-01-21 10:00", "local_review_notified", {"to": to}) for to in ("panel", "ofsted", "dfe")),
        ("2027-01-22 10:00", "commencement_letters_sent", {}),
        *(("2027-02-01 10:00", "commencement_action_done", {"action": action}) for action in "123456"),
        ("2027-06-01 10:00", "report_accepted", {}),
        ("2027-06-02 10:00", "publication_date_set", {"date": "2027-07-01"}),
        ("2027-06-03 10:00", "copy_sent_to_panel", {}),
        ("2027-07-01 10:00", "published", {}),
    ):
        work.record(at, name, **fields)
        stages.append(work.stage)
    assert list(dict.fromkeys(stages)) == [
        "open",
        "subgroup_due",
        "rapid_review_decided",
        "rapid_review_gathering",
        "rapid_review_analysis",
        "recommended",
        "executive_decision",
        "awaiting_panel",
        "cspr_commencing",
        "cspr_in_progress",
        "report_final",
        "pre_publication",
        "closed",
    ]
    assert "stage_entered main=published" in work.happened
    assert work.next is None
    assert not work.case.open_tasks
    assert work.case.stages["notification"] == "sent"
    assert work.notices("N24") == [("2027-07-01 10:00", "coordinator"), ("2027-07-01 10:00", "executive")]


def test_a_report_with_recommendations_is_tracked_until_the_last_is_done() -> None:
    work = copied()
    work.record("2027-05-21 10:00", "action_added", action="1", agency="health", due="2027-09-30")
    work.record("2027-05-21 10:00", "action_added", action="2", agency="police", due="2027-10-29")
    work.record("2027-06-10 10:00", "published")
    assert work.stage == "actions_tracking"
    assert work.case.stages["actions"] == "tracking"
    work.record("2027-09-01 10:00", "action_updated", action="1", note="given")
    work.record("2027-09-28 10:00", "action_closed", action="1")
    assert work.stage == "actions_tracking"
    work.record("2027-10-28 10:00", "action_closed", action="2")
    assert work.stage == "closed"
    assert work.case.stages["actions"] == "closed"


def test_improvements_alone_may_be_published() -> None:
    work = copied()
    work.record("2027-06-10 10:00", "improvements_published", reason="given")
    assert "stage_entered main=improvements_published" in work.happened
    assert work.stage == "closed"


# --- Before the Sub-Group --------------------------------------------------------------------------------------------


def test_a_referral_with_gaps_waits_for_them_or_goes_on_without() -> None:
    for event in ("information_supplied", "information_waived"):
        work = referred(complete="no")
        assert work.stage == "incomplete"
        assert "incomplete" in work.case.flags
        work.record("2026-12-16 10:00", event)
        assert work.stage == "open"
    work = referred(complete="no")
    work.record("2026-12-16 10:00", "triage_confirmed")
    assert work.stage == "subgroup_due"


@pytest.mark.parametrize("complete", ["yes", "no"])
def test_a_co_ordinator_on_leave_blocks_nobody(complete: str) -> None:
    work = referred(complete=complete)
    work.record("2026-12-17 10:00", "subgroup_decided", rapid_review="yes", agencies="police")
    assert work.stage == "rapid_review_decided"
    assert work.task("triage").status == "done"


def test_a_case_in_triage_is_confirmed_into_open() -> None:
    work = CaseWork()
    assert work.stage == "triage"
    work.record("2026-12-15 10:00", "triage_confirmed")
    assert work.stage == "open"


def test_flags_tell_what_is_assumed_unknown_or_to_be_looked_at() -> None:
    work = referred(deceased="yes", processes="yes", duplicate="yes", unread="yes")
    assert work.case.flags == {
        "file_unread",
        "awareness_assumed",
        "looked_after_unknown",
        "custody_unknown",
        "detained_unknown",
        "possible_duplicate",
        "parallel_proceedings",
    }
    for at, name, fields in (
        ("2026-12-16 09:30", "triage_confirmed", {}),
        ("2026-12-16 10:00", "looked_after_known", {"answer": "yes"}),
        ("2026-12-16 11:00", "custody_known", {"answer": "no"}),
        ("2026-12-16 12:00", "detained_known", {"answer": "no"}),
        ("2026-12-16 13:00", "date_corrected", {"field": "aware_on", "value": "2026-12-14"}),
        ("2026-12-16 14:00", "contact_undeliverable", {}),
    ):
        work.record(at, name, **fields)
    assert work.case.flags == {"possible_duplicate", "parallel_proceedings", "contact_undeliverable"}
    assert work.case.stages["looked_after"] == "notify_due"
    work.record("2026-12-17 14:00", "looked_after_notified", reference="given")
    assert work.case.stages["looked_after"] == "notified"


def test_the_notification_runs_beside_everything_else() -> None:
    work = referred(abuse_or_neglect="no")
    assert work.case.stages["notification"] == "undetermined"
    work.until("2026-12-22 18:00")
    assert work.case.stages["notification"] == "overdue"
    work.record("2026-12-23 10:00", "sin_sent")
    assert work.case.stages["notification"] == "sent"
    work.record("2026-12-24 10:00", "sin_withdrawn", reason="given")
    assert work.case.stages["notification"] == "withdrawn"
    assert not work.open("T2")


@pytest.mark.parametrize(
    ("history", "event", "fields", "why"),
    [
        (["sin_sent"], "sin_sent", {}, "sent already"),
        (["sin_sent"], "sin_not_required", {"reason": "given"}, "record that it is withdrawn"),
        ([], "sin_withdrawn", {"reason": "given"}, "no notification to withdraw"),
        ([], "disagreement_decided", {"refer": "no"}, "no disagreement to decide"),
        ([], "rapid_review_completed", {}, "no rapid review has started"),
        ([], "published", {}, "published is not allowed while the case is in open"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(
    history: list[str], event: str, fields: dict[str, str], why: str
) -> None:
    work = referred()
    for name in history:
        work.record("2026-12-16 10:00", name)
    assert why in work.refused("2026-12-16 11:00", event, **fields)


# --- Disagreement ----------------------------------------------------------------------------------------------------


def test_a_disagreement_decided_for_referral_goes_on() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "disagreement_raised", reason="given")
    assert (work.stage, work.case.stages["dispute"]) == ("disputed", "open")
    assert work.open("T2")
    assert work.open("T6")
    work.record("2026-12-16 16:00", "disagreement_decided", refer="yes")
    assert (work.stage, work.case.stages["dispute"]) == ("open", "decided")


def test_a_disagreement_decided_against_leaves_the_statutory_duties() -> None:
    work = referred(deceased="yes")
    work.record("2026-12-16 09:30", "areas_known", answer="several")
    work.record("2026-12-16 10:00", "disagreement_raised")
    work.record("2026-12-16 16:00", "disagreement_decided", refer="no", reason="given")
    assert work.stage == "not_referred"
    assert {task.timer for task in work.case.open_tasks} == {"T2", "T3", "T5"}
    assert work.task("T19").status == "done"
    assert {work.task(timer).status for timer in ("T4", "T6")} == {"cancelled"}
    assert "statutory duties are open: T2, T3, T5" in work.refused("2026-12-16 17:00", "closed")
    for name in ("sin_sent", "partners_informed", "looked_after_notified"):
        work.record("2026-12-17 10:00", name)
    assert "in custody, and what is unknown counts as possible" in work.refused("2026-12-17 11:00", "closed")
    work.record("2026-12-17 11:00", "closed", reason="given")
    assert work.stage == "closed"


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_death_is_not_laid_aside_before_the_sub_group_has_considered_it_without_the_chairs_word(
    *, confirmed: bool
) -> None:
    work = referred(deceased="unknown")
    if confirmed:
        work.record("2026-12-15 12:00", "triage_confirmed")
    for name, fields in (("sin_not_required", {"reason": "given"}), ("partners_informed", {})):
        work.record("2026-12-16 10:00", name, **fields)
    work.record("2026-12-16 10:30", "looked_after_notified")
    assert "counts as possible" in work.refused("2026-12-16 11:00", "closed")
    for name in ("looked_after_known", "custody_known", "detained_known"):
        work.record("2026-12-16 12:00", name, answer="no")
    work.record("2026-12-16 13:00", "closed")
    assert work.stage == "closed"


def test_an_undecided_disagreement_counts_as_referred_and_is_still_chased() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "disagreement_raised")
    work.until("2026-12-17 17:00")
    assert (work.stage, work.case.stages["dispute"]) == ("open", "open")
    work.until("2026-12-18 12:00")
    assert work.rungs("T19")[-1] == ("2026-12-18 09:00", 3, "L3")
    work.record("2026-12-18 13:00", "disagreement_decided", refer="no", reason="given")
    assert work.stage == "not_referred"


# --- Side exits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["incomplete", "open", "subgroup_due"])
def test_a_transferred_case_keeps_what_the_authority_owes(stage: str) -> None:
    work = referred(complete="no" if stage == "incomplete" else "yes", deceased="unknown")
    if stage == "subgroup_due":
        work.record("2026-12-15 12:00", "triage_confirmed")
    assert work.stage == stage
    work.record("2026-12-16 10:00", "transferred", reason="given")
    assert work.stage == "transferred"
    assert {task.timer for task in work.case.open_tasks} == {"T2", "T3", "T5"}
    work.until("2026-12-23 12:00")
    assert work.rungs("T2")[-1] == ("2026-12-23 09:00", 4, "L3")
    work.record("2026-12-23 12:30", "closed", reason="given")
    assert (work.stage, work.case.open_tasks) == ("closed", ())


def test_a_merged_case_is_over() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "merged", into="NS-AAAA-AA", reason="given")
    assert (work.stage, work.case.open_tasks, work.next) == ("merged", (), None)
    assert "not allowed while the case is in merged" in work.refused("2026-12-16 11:00", "sin_sent")
    work.record("2026-12-16 12:00", "note_added", note="given")


# --- No rapid review -------------------------------------------------------------------------------------------------


def no_rapid_review(**fields: str) -> CaseWork:
    work = referred(**fields)
    work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given")
    return work


def test_without_a_rapid_review_the_letters_go_and_the_case_is_closed() -> None:
    work = no_rapid_review()
    assert work.stage == "no_rapid_review"
    for name in ("panel_informed", "executive_informed", "outcome_letters_sent", "partners_informed"):
        work.record("2026-12-21 10:00", name)
    assert "T2" in work.refused("2026-12-21 11:00", "closed")
    work.record("2026-12-21 11:00", "sin_not_required", reason="given")
    work.record("2026-12-21 12:00", "closed")
    assert work.stage == "closed"


def test_without_a_rapid_review_an_alternative_one_may_be_decided() -> None:
    work = no_rapid_review()
    assert "only an alternative review" in work.refused("2026-12-21 10:00", "executive_decided", outcome="cspr")
    work.record("2026-12-21 10:00", "executive_decided", outcome="alternative")
    assert work.stage == "alternative_review"
    assert [task.status for task in work.tasks("T22")] == ["cancelled", "open"]
    work.record("2027-03-01 10:00", "alternative_review_completed")
    assert work.stage == "actions_tracking"


def test_no_rapid_review_after_a_notification_is_warned_of_and_not_closed_without_a_word() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "sin_sent")
    work.record("2026-12-16 10:00", "partners_informed")
    assert "a rapid review is required" in work.refused("2026-12-18 10:00", "subgroup_decided", rapid_review="no")
    decision = work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given")
    assert "a rapid review is required" in decision.warnings[0]
    assert work.requests("withdrawal") == [("2026-12-18 10:00", "N10-withdrawal", "la_service_leader", None)]
    assert "has not been withdrawn" in work.refused("2026-12-21 12:00", "closed")
    work.record("2026-12-21 13:00", "sin_withdrawn", reason="given")
    assert not work.open("withdrawal")
    work.record("2026-12-21 14:00", "closed")


@pytest.mark.parametrize("event", ["custody_known", "detained_known"])
def test_a_child_who_was_not_free_is_not_laid_aside_without_a_word(event: str) -> None:
    work = no_rapid_review(deceased="yes")
    work.record("2026-12-21 10:00", event, answer="yes")
    for name, fields in (
        ("looked_after_known", {"answer": "no"}),
        ("sin_not_required", {"reason": "given"}),
        ("partners_informed", {}),
    ):
        work.record("2026-12-21 10:30", name, **fields)
    assert "needs a reason" in work.refused("2026-12-21 11:00", "closed")
    work.record("2026-12-21 11:00", "closed", reason="given")
    assert work.stage == "closed"


def test_what_nobody_has_said_counts_as_possible_and_is_not_laid_aside_without_a_word() -> None:
    work = no_rapid_review(deceased="yes")
    for name, fields in (("sin_not_required", {"reason": "given"}), ("partners_informed", {})):
        work.record("2026-12-21 10:00", name, **fields)
    work.record("2026-12-21 10:30", "looked_after_known", answer="no")
    refused = work.refused("2026-12-21 11:00", "closed")
    assert "nobody has said whether the child was in custody" in refused
    assert "nobody has said whether the child was detained" in refused
    assert "looked after" not in refused  # that was answered
    work.record("2026-12-21 11:00", "custody_known", answer="no")
    assert "custody" not in work.refused("2026-12-21 11:00", "closed")
    work.record("2026-12-21 11:00", "detained_known", answer="no")
    work.record("2026-12-21 11:30", "closed")
    assert work.stage == "closed"


@pytest.mark.parametrize("event", ["looked_after_known", "custody_known", "detained_known"])
def test_a_death_that_is_referred_in_all_cases_is_not_turned_away_without_a_word(event: str) -> None:
    work = referred(deceased="yes")
    work.record("2026-12-16 09:00", "disagreement_raised")
    assert "counts" not in work.refused("2026-12-16 10:00", "disagreement_decided", refer="no")
    for name in ("looked_after_known", "custody_known", "detained_known"):
        work.record("2026-12-16 10:30", name, answer="yes" if name == event else "no")
    assert "in all cases" in work.refused("2026-12-16 11:00", "disagreement_decided", refer="no")
    work.record("2026-12-16 11:00", "disagreement_decided", refer="no", reason="given")
    assert work.stage == "not_referred"


def test_a_decision_before_the_notification_says_that_it_is_missing() -> None:
    assert decided().warnings == ("the National Panel has not been notified of the incident yet",)


# --- The rapid review ------------------------------------------------------------------------------------------------


def test_the_tenth_day_ends_the_gathering_whoever_has_not_returned() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-30 10:00", "return_received", agency="police")
    assert work.stage == "rapid_review_gathering"
    work.until("2027-01-06 17:00")
    assert work.stage == "rapid_review_analysis"
    work.record("2027-01-07 10:00", "return_received", agency="health")
    assert not work.open("T10")


def test_a_recommendation_need_not_wait_for_the_last_return() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-30 10:00", "recommendation_made", outcome="national")
    assert work.stage == "recommended"
    assert work.open("T10")


def test_a_submission_without_the_executives_decision_needs_the_chairs_reason() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2027-01-05 10:00", "recommendation_made", outcome="cspr")
    assert "needs a reason while the case is in recommended" in work.refused(
        "2027-01-06 10:00", "panel_submission_sent"
    )
    work.record("2027-01-06 10:00", "panel_submission_sent", reason="given")
    assert work.stage == "awaiting_panel"
    assert work.task("T11-executive").status == "cancelled"


@pytest.mark.parametrize(
    ("event", "agency", "why"),
    [
        ("return_received", "fire", "'fire' takes no part"),
        ("records_secured", "fire", "'fire' takes no part"),
        ("agency_added", "police", "'police' takes part already"),
        ("agency_added", "two words", "keys of one word"),
    ],
)
def test_agencies_are_known_by_their_keys(event: str, agency: str, why: str) -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    assert why in work.refused("2026-12-21 10:00", event, agency=agency)


# --- The Panel -------------------------------------------------------------------------------------------------------


def test_the_panels_word_goes_to_everybody_who_takes_part() -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="local")
    told = [(mail.role, mail.agency) for _, mail in work.mails if mail.notice == "N17"]
    assert told == [
        ("subgroup_chair", None),
        ("subgroup", None),
        ("executive", None),
        ("la_service_leader", None),
        ("agency", "police"),
        ("agency", "health"),
    ]


def test_a_panel_that_disagrees_sends_the_case_back_to_the_executive() -> None:
    work = submitted()
    work.record("2027-01-25 10:00", "panel_decided", outcome="disagrees")
    assert work.stage == "executive_decision"
    assert work.due("T11-executive") == "2027-02-01"  # a working week, for the fourteenth day has passed
    work.record("2027-01-28 10:00", "executive_decided", outcome="none", reason="given")
    work.record("2027-01-29 10:00", "panel_submission_sent")
    assert work.stage == "awaiting_panel"
    assert work.open("T21")
    work.record("2027-02-10 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.stage == "actions_tracking"


def test_the_panel_may_ask_for_information_and_decides_then() -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="information_requested")
    assert work.stage == "awaiting_panel"
    work.record("2027-01-20 10:00", "panel_submission_sent")
    work.record("2027-02-01 10:00", "panel_decided", outcome="local")
    assert work.stage == "cspr_commencing"


def test_a_national_review_ends_in_its_learning_or_comes_back() -> None:
    learnt, returned = submitted(), submitted()
    for work in (learnt, returned):
        work.record("2027-01-18 10:00", "panel_decided", outcome="national")
        assert work.stage == "national_review"
        assert not any(work.tasks(timer) for timer in ("T14", "T15", "T23"))
    learnt.record("2027-06-01 10:00", "national_learning_received")
    assert learnt.stage == "actions_tracking"
    assert "only return the case" in returned.refused("2027-03-01 10:00", "panel_decided", outcome="disagrees")
    returned.record("2027-03-01 10:00", "panel_decided", outcome="local")
    assert returned.stage == "cspr_commencing"
    assert returned.due("T15") == "2027-09-01"


def test_an_alternative_review_follows_where_the_partners_proposed_it() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2027-01-05 10:00", "recommendation_made", outcome="cspr")
    work.record("2027-01-06 10:00", "executive_decided", outcome="alternative")
    assert not work.tasks("T22")
    work.record("2027-01-07 10:00", "panel_submission_sent")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.stage == "alternative_review"
    work.record("2027-02-18 10:00", "progress_reported")
    work.record("2027-04-01 10:00", "alternative_review_completed")
    assert work.stage == "actions_tracking"


def test_an_alternative_review_proposed_by_the_sub_group_alone_follows_too() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2027-01-05 10:00", "recommendation_made", outcome="alternative")
    work.record("2027-01-07 10:00", "panel_submission_sent", reason="given")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.stage == "alternative_review"


def test_learning_without_a_review_is_tracked_and_the_letters_come_before_the_end() -> None:
    work = submitted()
    work.record("2027-01-12 10:00", "action_added", action="1", agency="health", due="2027-01-15")
    work.record("2027-01-15 10:00", "action_closed", action="1")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.stage == "actions_tracking"
    assert [request[1] for request in work.requests("T22")] == ["N27"]
    work.record("2027-01-20 10:00", "outcome_letters_sent")
    assert work.stage == "closed"


# --- The review ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["letters", "actions"])
def test_a_review_is_in_progress_once_actions_and_letters_are_done(last: str) -> None:
    work = commencing()
    if last == "actions":
        work.record("2027-01-19 10:00", "commencement_letters_sent")
    for action in "123456":
        assert work.stage == "cspr_commencing"
        work.record("2027-01-20 10:00", "commencement_action_done", action=action)
    if last == "letters":
        assert work.stage == "cspr_commencing"
        work.record("2027-01-21 10:00", "commencement_letters_sent")
    assert work.stage == "cspr_in_progress"


def test_new_information_goes_to_the_panel_again() -> None:
    work = in_progress()
    work.record("2027-03-01 10:00", "new_information", reason="given")
    assert work.stage == "awaiting_panel"
    assert work.notices("N22") == [("2027-03-01 10:00", "subgroup_chair"), ("2027-03-01 10:00", "la_service_leader")]
    assert work.due("T21") == "2027-03-15"
    work.record("2027-03-10 10:00", "panel_decided", outcome="national")
    assert work.stage == "national_review"
    assert work.task("T15").status == "cancelled"


def test_a_local_review_that_the_panel_confirms_commences_again() -> None:
    work = in_progress()
    work.record("2027-03-01 10:00", "new_information")
    work.record("2027-03-10 10:00", "panel_decided", outcome="local")
    assert work.stage == "cspr_commencing"
    assert work.open("T14")
    # Two readings: the six months of the first decision drive the reminders, those of the second are the outer limit.
    assert work.due("T15") == "2027-07-16"
    assert work.task("T15").outer_limit == date(2027, 9, 10)
    assert [task.status for task in work.tasks("T23")] == ["done", "open"]


def test_publication_is_held_and_resumed() -> None:
    work = copied()
    work.record("2027-06-01 10:00", "publication_held", reason="given")
    assert work.stage == "publication_held"
    assert "not allowed while the case is in publication_held" in work.refused("2027-06-10 10:00", "published")
    work.record("2027-08-02 10:00", "publication_resumed")
    assert work.stage == "pre_publication"
    work.record("2027-08-12 10:00", "published")
    assert work.stage == "closed"


def test_a_new_date_lifts_a_hold_too() -> None:
    work = copied()
    work.record("2027-06-01 10:00", "publication_held", reason="given")
    work.record("2027-08-02 10:00", "publication_date_set", date="2027-09-02")
    assert work.stage == "pre_publication"


def test_nothing_is_published_before_the_panel_has_its_copy_without_a_word() -> None:
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-05-12 10:00", "publication_held", reason="given")
    work.record("2027-05-20 10:00", "publication_resumed")
    assert "no copy of the report" in work.refused("2027-06-10 10:00", "published")
    assert "no copy of the report" in work.refused("2027-06-10 10:00", "improvements_published")
    work.record("2027-06-10 10:00", "published", reason="given")
    assert work.stage == "closed"


@pytest.mark.parametrize("event", ["published", "improvements_published"])
def test_seven_working_days_lie_between_the_panels_copy_and_publication_or_a_reason(event: str) -> None:
    work = copied()  # the Panel had its copy on Thursday 20 May; the 31st is a bank holiday
    assert "before 2027-06-01: 7 working days" in work.refused("2027-05-28 10:00", event)
    reason = {"reason": "given"} if event == "improvements_published" else {}
    work.record("2027-06-01 10:00", event, **reason)
    sooner = copied()
    sooner.record("2027-05-28 10:00", event, reason="given")
    assert sooner.stage == work.stage == "closed"


def test_that_only_improvements_are_published_needs_its_reason() -> None:
    assert "why the report itself is not published" in copied().refused("2027-06-10 10:00", "improvements_published")


def test_a_case_is_not_closed_by_publication_while_a_statutory_duty_is_open() -> None:
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-05-12 10:00", "publication_held", reason="given")
    work.record("2027-05-20 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-06-10 10:00", "published", reason="given")
    assert work.stage == "published"
    work.record("2027-06-11 10:00", "copy_sent_to_panel")
    assert work.stage == "closed"


# --- The end, and after it -------------------------------------------------------------------------------------------


def test_closing_is_refused_while_a_statutory_duty_is_open_unless_a_reason_is_given() -> None:
    work = decided()
    assert "T2, T3, T13" in work.refused("2026-12-18 12:00", "closed")
    work.record("2026-12-18 12:00", "closed", reason="given")
    assert work.stage == "closed"
    assert {task.status for task in work.case.tasks} == {"done", "cancelled"}
    assert set(allowed_now(work.case, work.procedure)) == {
        "reopened",
        "withdrawn",
        "note_added",
        "away_until",
        "status_asked",
        "contact_undeliverable",
        "contact_away",
        "mail_slowed",
        "mail_unknown",
    }


def test_a_reopened_case_is_where_it_was_and_its_duties_begin_anew() -> None:
    work = decided()
    work.record("2026-12-21 09:30", "panel_informed")
    work.record("2026-12-21 10:00", "paused", timer="T13", reason="given")
    work.record("2026-12-22 10:00", "closed", reason="given")
    work.record("2027-01-04 10:00", "reopened", reason="given")
    assert work.stage == "rapid_review_decided"
    assert work.due("T9") == "2027-01-11"
    assert work.due("T13") == work.due("T11") == "2027-01-25"
    assert work.task("T13").paused_on is None
    assert work.task("T7").status == "done"
    assert work.task("T9").day_zero.isoformat() == "2027-01-04"
    work.record("2027-01-05 10:00", "sin_sent")
    assert work.due("T13") == "2027-01-25"
    work.until("2027-01-06 12:00")
    assert [rung[:2] for rung in work.rungs("T9")] == [("2026-12-22 09:00", 1), ("2027-01-06 09:00", 2)]


def test_a_reopened_review_has_six_months_again_and_a_publication_keeps_its_date() -> None:
    work = in_progress()
    work.record("2027-02-01 10:00", "closed", reason="given")
    work.record("2027-03-01 10:00", "reopened")
    assert work.due("T15") == "2027-09-01"
    work.record("2027-05-10 10:00", "report_accepted")
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-05-12 10:00", "closed", reason="given")
    work.record("2027-05-14 10:00", "reopened")
    assert work.due("T16") == "2027-06-01"


def test_a_case_that_closed_by_itself_stays_open_once_a_person_has_reopened_it() -> None:
    work = copied()
    work.record("2027-06-10 10:00", "published")
    work.record("2027-07-01 10:00", "reopened", reason="given")
    assert work.stage == "published"
    work.record("2027-07-02 10:00", "note_added")
    assert work.stage == "published"
    work.record("2027-07-05 10:00", "action_added", action="1", agency="health", due="2027-09-01")
    assert work.stage == "actions_tracking"
    work.record("2027-08-05 10:00", "action_closed", action="1")
    assert work.stage == "closed"
    work.record("2027-08-06 10:00", "reopened")
    assert work.stage == "actions_tracking"
    work.record("2027-08-09 10:00", "closed")
    assert work.stage == "closed"


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_a_withdrawn_event_never_happened_and_nothing_is_sent_again() -> None:
    work = referred()
    work.until("2026-12-17 12:00")
    work.record("2026-12-18 10:00", "sin_sent")
    sent = len(work.mails)
    work.undo("2026-12-18 11:00", work.last)
    assert work.case.stages["notification"] == "due"
    assert work.open("T2")
    assert len(work.mails) == sent
    work.until("2026-12-21 12:00")
    assert work.rungs("T2") == [("2026-12-17 09:00", 1, "L0"), ("2026-12-21 09:00", 2, "L1")]


def test_an_event_that_a_later_one_depends_on_cannot_be_withdrawn() -> None:
    work = decided()
    decision = work.last
    work.record("2026-12-18 12:00", "records_secured", agency="police")
    why = work.refused("2026-12-18 13:00", "withdrawn", event=str(decision), reason="given")
    assert why.startswith("a later event depends on it")
    work.undo("2026-12-18 14:00", work.last)
    work.undo("2026-12-18 15:00", decision)
    assert work.stage == "subgroup_due"
    assert not any(work.tasks(timer) for timer in ("T7", "T9", "T13", "T18"))
    assert work.case.agencies == ()


@pytest.mark.parametrize("number", ["1", "99", "x"])
def test_only_what_was_recorded_can_be_withdrawn(number: str) -> None:
    work = referred()
    assert work.refused("2026-12-16 12:00", "withdrawn", event=number, reason="given")


def test_a_withdrawal_cannot_be_withdrawn_nor_can_time() -> None:
    work = referred()
    work.record("2026-12-16 12:00", "note_added")
    work.undo("2026-12-16 13:00", work.last)
    assert "cannot be withdrawn" in work.refused("2026-12-16 14:00", "withdrawn", event=str(work.last), reason="given")
    clock = next(event.number for event in work.case.history if event.name == "time_reached")
    assert "cannot be withdrawn" in work.refused("2026-12-16 14:00", "withdrawn", event=str(clock), reason="given")


def test_a_task_that_a_withdrawal_brings_forth_is_asked_for_once() -> None:
    work = referred(deceased="yes")
    work.record("2026-12-16 10:00", "information_supplied", deceased="no")
    wrong = work.last
    work.record("2026-12-16 11:00", "looked_after_known", answer="yes")
    assert work.task("T5").status == "done"
    work.undo("2026-12-16 12:00", wrong)
    assert work.task("T5").status == "open"
    assert len(work.requests("T5")) == 1


def test_a_task_that_comes_back_after_two_withdrawals_is_not_asked_for_again() -> None:
    work = referred(deceased="no")
    work.record("2026-12-16 10:00", "information_supplied", deceased="yes")
    first = work.last
    work.record("2026-12-16 11:00", "information_supplied", deceased="no")
    second = work.last
    work.record("2026-12-16 12:00", "looked_after_known", answer="yes")
    assert len(work.requests("T5")) == 1
    work.undo("2026-12-17 13:00", second)
    assert work.task("T5").is_open
    work.until("2026-12-18 12:00")
    work.undo("2026-12-18 13:00", first)
    assert not work.open("T5")
    keys = [(mail.key, mail.role, mail.seat) for _, mail in work.mails]
    assert len(keys) == len(set(keys))


def test_closing_can_be_withdrawn_and_everything_runs_on_as_before() -> None:
    work = decided()
    work.record("2026-12-18 13:00", "closed", reason="given")
    work.undo("2026-12-18 14:00", work.last)
    assert work.stage == "rapid_review_decided"
    assert work.due("T13") == "2027-01-13"


def test_a_later_correction_of_the_same_case_survives_a_withdrawal() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "note_added")
    work.undo("2026-12-16 11:00", work.last)
    work.record("2026-12-16 12:00", "date_corrected", field="la_aware_on", value="2026-12-14")
    work.record("2026-12-16 13:00", "note_added")
    work.undo("2026-12-16 14:00", work.last)
    assert work.due("T2") == "2026-12-21"


def test_a_history_that_cannot_happen_is_refused_by_the_replay() -> None:
    ground = Ground(shipped_procedure(), english_calendar())
    at = local("2026-12-15 10:00")
    history = (Event(1, "published", at, at),)
    assert isinstance(replay(new_case("NS-TEST", shipped_procedure()), history, ground), Refusal)


# --- Taking over -----------------------------------------------------------------------------------------------------


def taken_over() -> CaseWork:
    """Take over, on Monday 4 January 2027, a case that ran on paper since 15 December."""
    work = CaseWork(quiet_until="2027-01-04 10:00")
    now = "2027-01-04 10:00"
    work.record("2026-12-15 10:12", "referral_received", known_at=now, complete="yes", deceased="no")
    work.record("2026-12-17 10:00", "sin_sent", known_at=now)
    work.record("2026-12-17 10:00", "partners_informed", known_at=now)
    work.record("2026-12-18 10:00", "subgroup_decided", known_at=now, rapid_review="yes", agencies="police,health")
    work.record("2026-12-18 12:00", "rapid_review_started", known_at=now)
    return work


def test_a_quiet_takeover_sends_nothing_that_is_past() -> None:
    work = taken_over()
    assert not work.mails
    assert work.due("T10", "police") == "2027-01-05"  # from the notification
    work.until("2027-01-04 16:00")
    assert not work.mails
    work.until("2027-01-05 09:00")
    assert work.rungs("T10", "police") == [("2027-01-05 09:00", 4, "L2")]
    assert work.rungs("T13") == [("2027-01-05 09:00", 2, "L0")]


def test_a_case_taken_over_as_of_now_is_not_told_of_either() -> None:
    work = CaseWork(quiet_until="2027-01-04 10:00")
    work.record("2027-01-04 10:00", "referral_received", complete="no", deceased="unknown")
    assert not work.mails


def test_what_happens_after_a_quiet_takeover_is_told_as_ever() -> None:
    work = taken_over()
    work.record("2027-01-04 12:00", "agency_added", agency="education")
    assert [request[1:] for request in work.requests("T18")] == [("N11", "agency", "education")]


def test_a_withdrawal_on_a_case_taken_over_sends_nothing_that_is_past() -> None:
    work = CaseWork(quiet_until="2027-01-04 10:00")
    work.record("2026-12-15 10:12", "referral_received", known_at="2027-01-04 10:00", complete="yes", deceased="no")
    work.record("2026-12-16 10:00", "information_supplied", known_at="2027-01-04 10:00", deceased="no")
    wrong = work.last
    work.record("2026-12-16 11:00", "looked_after_known", known_at="2027-01-04 10:00", answer="yes")
    work.undo("2027-01-04 10:30", wrong)
    assert not [mail for _, mail in work.mails if not mail.rung]
