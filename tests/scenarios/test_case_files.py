"""Cases off the straight path, each told as its file would tell it: what happened, what was due, who was told.

These are told on the rules alone. The straight path and the outages are told with real mails beside this file.
"""

from datetime import date

from tests.procedure.casework import CaseWork, copied, decided, in_progress, recommended, referred, submitted_for, told

# England 2026-27: 25 December (Friday), 28 December (Monday, for Boxing Day) and 1 January (Friday) are bank holidays.


def asked(work: CaseWork, timer: str) -> set[tuple[str, str]]:
    """Give who was asked for a duty, by which mail."""
    return {(notice, role) for _, notice, role, _ in work.requests(timer)}


def test_late_disclosure() -> None:
    # Tuesday 15 December 2026: a referral about something that happened on 1 June, of which the referrer heard on the
    # 11th. Five working days from the incident were over in June.
    work = referred("2026-12-15 10:12", incident_on="2026-06-01", submitted_on="2026-12-11")
    assert "breached_at_opening" in work.case.flags
    # One escalation, and then the next reading counts: five days from the referrer's awareness.
    assert {role for _, role in work.notices("N8-breached")} == {"subgroup_chair", "coordinator"}
    assert (work.due("T6"), work.task("T6").outer_limit) == ("2026-12-18", date(2026, 12, 18))
    # The authority's own clock counts from our mailbox: it is not late with anything.
    assert (work.due("T2"), work.task("T2").is_overdue) == ("2026-12-22", False)
    # The referral itself was a day late. That is on record, and nobody is chased for it.
    assert (work.due("T1"), work.rungs("T1")) == ("2026-12-14", [])
    # Thursday: it turns out that the authority had known since the 9th. Its clocks move, and the co-ordinator hears.
    decision = work.record("2026-12-17 10:00", "date_corrected", field="la_aware_on", value="2026-12-09")
    assert {(duty.timer, str(duty.before), str(duty.after)) for duty in decision.moved} == {
        ("T2", "2026-12-22", "2026-12-16"),
        ("T3", "2026-12-22", "2026-12-16"),
    }
    assert ("2026-12-17 10:00", "coordinator") in work.notices("N3-dates")
    # Both are overdue now. What was sent stays sent; they are chased once at the level where they stand, and daily.
    work.until("2026-12-18 10:00")
    assert work.rungs("T2") == [
        ("2026-12-17 09:00", 1, "L0"),
        ("2026-12-17 10:00", 4, "L3"),
        ("2026-12-18 09:00", 5, "L3"),
    ]


def test_a_looked_after_childs_death_without_a_suspicion_of_abuse() -> None:
    # The form says that the child has died, and that nobody suspects abuse. It does not ask whether the child was
    # looked after, so that counts as possible from the first hour.
    work = referred("2026-12-15 10:12", deceased="yes", abuse_or_neglect="no")
    assert (work.case.stages["looked_after"], work.due("T5")) == ("unknown", "2026-12-22")
    assert work.case.stages["notification"] == "undetermined"
    # Wednesday: the child was looked after. The authority settles that no notification of abuse is required.
    work.record("2026-12-16 10:00", "looked_after_known", answer="yes")
    work.record("2026-12-16 11:00", "sin_not_required", reason="given")
    work.record("2026-12-16 11:30", "partners_informed")
    assert (work.open("T2"), work.open("T5")) == (False, True)
    # Friday: the Sub-Group considers it, as it must, and decides against a rapid review.
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", reason="given")
    # Monday: the Secretary of State and Ofsted are told. Then only the Chair's rationale is lacking.
    work.record("2026-12-21 10:00", "looked_after_notified", reference="given")
    work.record("2026-12-21 10:30", "custody_known", answer="no")
    work.record("2026-12-21 10:30", "detained_known", answer="no")
    assert "the child was looked after" in work.refused("2026-12-21 11:00", "closed")
    work.record("2026-12-21 11:00", "closed", reason="given")
    assert (work.stage, work.case.open_tasks) == ("closed", ())


def test_a_dispute_that_nobody_decides_in_time() -> None:
    work = referred("2026-12-15 10:12")
    # Wednesday noon: a manager and a practitioner do not agree whether to refer. The Assistant Director has a day.
    work.record("2026-12-16 12:00", "disagreement_raised", reason="given")
    assert (work.stage, work.due("T19")) == ("disputed", "2026-12-17")
    assert {role for _, role in work.notices("N7")} == {"assistant_director", "coordinator"}
    # Thursday, close of business: nothing was decided, so it counts as referred. Every other clock ran on.
    work.until("2026-12-17 17:01")
    assert (work.stage, work.open("T19"), work.due("T2")) == ("open", True, "2026-12-22")
    # Friday: it is still asked for, by now of everybody who can help.
    work.until("2026-12-18 09:01")
    assert work.rungs("T19")[-1] == ("2026-12-18 09:00", 3, "L3")
    # Friday, later: the Assistant Director says no. What the law asks of the authority stays.
    work.record("2026-12-18 15:00", "disagreement_decided", refer="no", reason="given")
    assert work.stage == "not_referred"
    assert {task.timer for task in work.case.open_tasks} == {"T2", "T3"}
    assert "statutory duties are open" in work.refused("2026-12-18 16:00", "closed")


def test_no_rapid_review_after_a_notification() -> None:
    work = referred("2026-12-15 10:12")
    work.record("2026-12-16 10:00", "sin_sent", reference="given")
    work.record("2026-12-16 10:30", "partners_informed")
    # Friday: the Sub-Group says no. After a notification that needs a reason, and the Service Leader stands by it.
    assert "needs a reason" in work.refused("2026-12-18 11:00", "subgroup_decided", rapid_review="no")
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", reason="given")
    assert asked(work, "withdrawal") == {("N10-withdrawal", "la_service_leader")}
    assert (work.due("T7"), work.due("T8"), work.due("T22")) == ("2026-12-21", "2026-12-21", "2026-12-29")
    assert not any(work.tasks(timer) for timer in ("T9", "T11", "T13", "T18"))
    # Monday and Tuesday: the Panel hears of it, the notification is withdrawn, the letters go.
    work.record("2026-12-21 10:00", "panel_informed")
    work.record("2026-12-21 10:00", "executive_informed")
    work.record("2026-12-21 11:00", "sin_withdrawn", reason="given")
    work.record("2026-12-22 10:00", "outcome_letters_sent")
    work.record("2026-12-22 11:00", "closed")
    assert (work.stage, work.case.stages["notification"]) == ("closed", "withdrawn")


def test_the_panel_disagrees() -> None:
    work = submitted_for("none")
    # Monday 18 January 2027: the partners wanted no review, and the Panel does not agree.
    work.record("2027-01-18 10:00", "panel_decided", outcome="disagrees")
    assert work.stage == "executive_decision"
    assert ("N15-executive", "executive") in asked(work, "T11-executive")
    assert work.due("T11-executive") == "2027-01-25"  # a working week, for day fourteen is over
    assert not work.open("T22")  # nothing is decided yet that others would have to hear of
    # Thursday: the Executive follows the Panel, and the submission goes again. The Panel is asked after from then on.
    work.record("2027-01-21 10:00", "executive_decided", outcome="cspr")
    assert ("N16-anew", "coordinator") in asked(work, "T13-anew")
    assert work.due("T13-anew") == "2027-01-28"
    # Nobody does it, and it is not forgotten.
    work.until("2027-01-29 12:00")
    assert work.task("T13-anew").is_overdue
    assert work.rungs("T13-anew")
    work.record("2027-01-29 15:00", "panel_submission_sent")
    assert not work.open("T13-anew")
    assert (work.stage, work.due("T21")) == ("awaiting_panel", "2027-02-12")
    work.record("2027-02-01 10:00", "panel_decided", outcome="local")
    assert (work.stage, work.due("T15")) == ("cspr_commencing", "2027-07-30")


def test_the_first_decision_of_the_executive_asks_for_one_submission() -> None:
    work = recommended()
    work.record("2027-01-08 10:00", "executive_decided", outcome="cspr")
    assert [timer for timer in ("T13", "T13-anew") if work.open(timer)] == ["T13"]


def test_a_national_review() -> None:
    work = submitted_for("national")
    work.record("2027-01-18 10:00", "panel_decided", outcome="national")
    assert work.stage == "national_review"
    assert {role for _, role in work.notices("N17")} >= {"executive", "subgroup", "agency"}
    assert (work.due("T22"), work.due("progress")) == ("2027-01-25", "2027-02-15")
    work.record("2027-01-20 10:00", "outcome_letters_sent")
    # It lasts. Every twenty working days somebody asks how it goes.
    work.until("2027-03-16 12:00")
    assert [moment for moment, _, _ in work.rungs("progress")] == ["2027-02-15 09:00", "2027-03-15 09:00"]
    # The Panel may give it back for a local review; here its learning comes, and becomes an action for an agency.
    work.record("2027-05-04 10:00", "national_learning_received")
    assert (work.stage, work.open("learning")) == ("actions_tracking", True)
    work.record("2027-05-05 10:00", "action_added", action="1", agency="health", due="2027-09-30")
    work.record("2027-05-06 10:00", "learning_shared")
    work.record("2027-09-20 10:00", "action_closed", action="1")
    assert work.stage == "closed"


def test_an_alternative_review() -> None:
    work = submitted_for("alternative")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    assert work.stage == "alternative_review"
    # The source gives it no form and no day, so both have to be agreed within a week.
    assert (work.due("alternative-plan"), work.due("T22")) == ("2027-01-25", "2027-01-25")
    plan = {"kind": "single_agency", "agency": "health", "due": "2027-04-30"}
    work.record("2027-01-21 10:00", "alternative_review_planned", **plan)
    work.record("2027-01-22 10:00", "outcome_letters_sent")
    assert work.due("alternative-review") == "2027-04-30"
    # Its day is watched over as every other is.
    work.until("2027-05-04 12:00")
    assert work.rungs("alternative-review")[-1][2] == "L3"
    work.record("2027-05-04 13:00", "alternative_review_completed")
    assert (work.stage, work.open("alternative-review"), work.open("learning")) == ("actions_tracking", False, True)


def test_a_delayed_publication() -> None:
    work = copied()  # to be published on Thursday 10 June 2027; the Panel has its copy
    # Tuesday 1 June: a trial is to come. Publication is held, and no clock of it runs.
    work.record("2027-06-01 10:00", "publication_held", reason="given")
    assert not any(work.open(timer) for timer in ("T16", "publish", "publication-date"))
    assert "not allowed" in work.refused("2027-06-10 10:00", "published")
    # Every twenty working days somebody looks again, so that nobody forgets it.
    work.until("2027-07-28 12:00")
    assert [moment for moment, _, _ in work.rungs("hold")] == ["2027-06-29 09:00", "2027-07-27 09:00"]
    # Monday 2 August: the trial is over. A new day is set; it lies beyond the six months, and that is said.
    work.record("2027-08-02 10:00", "publication_resumed")
    decision = work.record("2027-08-03 10:00", "publication_date_set", date="2027-08-19")
    assert decision.warnings
    assert work.due("publish") == "2027-08-19"
    work.record("2027-08-19 11:00", "published")
    assert work.stage == "closed"


def test_an_agency_that_is_added_on_the_sixth_day() -> None:
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    assert work.due("T10", "police") == "2027-01-06"
    # Thursday 31 December: a return names education, which nobody had thought of. It gets what is left, and a warning.
    decision = work.record("2026-12-31 10:00", "agency_added", agency="education")
    assert work.due("T10", "education") == "2027-01-06"
    assert "education has 3 working days instead of 10" in decision.warnings[0]
    assert work.due("T18", "education") == "2027-01-04"
    assert ("2026-12-31 10:00", "N12", "agency", "education") in work.requests("T10")
    # A day later it would have had three working days all the same.
    later = decided()
    later.record("2026-12-18 14:00", "rapid_review_started")
    later.record("2027-01-04 10:00", "agency_added", agency="education")
    assert later.due("T10", "education") == "2027-01-07"
    # The Sub-Group goes on once all returns are in, the late one's too.
    for agency in ("police", "health"):
        work.record("2027-01-05 10:00", "return_received", agency=agency)
    assert work.stage == "rapid_review_gathering"
    work.record("2027-01-05 15:00", "return_nil", agency="education")
    assert work.stage == "rapid_review_analysis"


def test_new_information_in_a_review_that_the_panel_leaves_local() -> None:
    work = in_progress()
    # Monday 1 March 2027: what comes to light may concern the whole country. The Panel is asked again.
    work.record("2027-03-01 10:00", "new_information", reason="given")
    assert (work.stage, work.due("T21"), work.open("T15")) == ("awaiting_panel", "2027-03-15", True)
    assert {role for _, role in work.notices("N22")} == {"subgroup_chair", "la_service_leader"}
    work.record("2027-03-10 10:00", "panel_decided", outcome="local")
    # The six months of the first decision still drive the reminders; those of the second are the outer limit.
    assert (work.due("T15"), work.task("T15").outer_limit) == ("2027-07-16", date(2027, 9, 10))


def test_an_outage_of_three_days_over_two_deadlines() -> None:
    work = decided()  # on Friday 18 December; the Panel is to be told of it by Monday, of the incident by Tuesday
    work.until("2026-12-21 12:00")
    before = len(work.mails)
    # From Monday noon to Thursday morning the machine is off, past both deadlines and many rungs.
    work.after_an_outage("2026-12-24 10:00")
    sent = [mail for _, mail in work.mails[before:]]
    keys = [(mail.task, mail.role, mail.agency, mail.seat) for mail in sent]
    assert len(keys) == len(set(keys))  # one mail a task and recipient
    late = {"T2": "2026-12-22", "T3": "2026-12-22", "T6": None, "T7": "2026-12-21", "T18": "2026-12-21"}
    for timer, due in late.items():
        levels = {mail.level for mail in sent if mail.timer == timer}
        assert levels == ({"L3"} if due else set()), timer  # with the step at which it stands now; T6 was done
        assert due is None or (work.due(timer), work.task(timer).is_overdue) == (due, True)
    # Thursday has had its step; the next comes on the next working day, after Christmas.
    assert work.next is not None
    assert told(work.next) == "2026-12-29 09:00"
