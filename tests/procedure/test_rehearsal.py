"""The timetable of an imagined case: what would go, when, and what could not happen as planned."""

from dataclasses import replace

from cspr_bot.procedure.definition import CourseStep, Procedure
from cspr_bot.procedure.rehearsal import Planned, Rehearsal, opening_event, rehearse_course, rehearse_events
from tests.procedure.casework import english_calendar, local, shipped_procedure, told

CALENDAR = english_calendar()
START = local("2026-12-15 10:12")


def course(procedure: Procedure | None = None, *, is_complete: bool = True) -> Rehearsal:
    return rehearse_course(opening_event(START, is_complete=is_complete), procedure or shipped_procedure(), CALENDAR)


def of(rehearsal: Rehearsal, timer: str) -> list[tuple[str, int, str]]:
    return [(told(mail.at), mail.order.rung, mail.order.role) for mail in rehearsal.mails if mail.order.timer == timer]


def test_the_course_of_the_procedure_goes_from_referral_to_the_end_without_a_problem() -> None:
    rehearsal = course()
    assert rehearsal.problems == ()
    assert rehearsal.case.stages["main"] == "closed"
    assert not rehearsal.case.open_tasks
    assert {task.status for task in rehearsal.case.tasks} == {"done"}


def test_every_duty_of_the_course_is_done_on_its_last_day() -> None:
    calendar = CALENDAR
    late = [
        task.timer
        for task in course().case.tasks
        if task.closed_at is not None and calendar.day_of(task.closed_at) > task.due_on and task.timer != "progress"
    ]
    assert late == []


def test_mails_come_in_order_of_time_with_their_task_and_clock_at_hand() -> None:
    rehearsal = course()
    moments = [mail.at for mail in rehearsal.mails]
    assert moments == sorted(moments)
    for mail in rehearsal.mails:
        assert (mail.task is None) == (mail.timer is None) == (mail.order.task is None)
        assert mail.task is None or (mail.task.id == mail.order.task and mail.case.task(mail.task.id) == mail.task)


def test_a_course_in_time_escalates_nothing_to_the_executive() -> None:
    assert not [mail for mail in course().mails if mail.order.level == "L3"]


def test_every_clock_of_the_course_has_a_step_that_does_it() -> None:
    procedure = shipped_procedure()
    done_by_the_way = {"T1", "T4", "T12", "T17", "T19", "T20", "T20-telephone", "progress", "hold", "name-agencies"}
    done_by_the_way |= {
        "withdrawal",
        "publication-date",
        "publish",
        "alternative-plan",
        "alternative-review",
        "T13-anew",
    }
    assert set(procedure.timers) - {step.timer for step in procedure.course} <= done_by_the_way


def test_a_course_that_lacks_a_step_shows_what_is_left_undone_once() -> None:
    shipped = shipped_procedure()
    steps = tuple(step for step in shipped.course if step.event != "sin_sent")
    rehearsal = course(replace(shipped, course=steps))
    undone = [moment for moment in of(rehearsal, "T2") if moment[2] == "executive"]
    assert undone == [("2026-12-23 09:00", 4, "executive")]
    assert rehearsal.case.stages["main"] == "published"  # not closed while the notification is owed


def test_a_course_waits_for_what_can_never_come_and_ends_there() -> None:
    shipped = shipped_procedure()
    steps = (CourseStep("published", on_date_of="publication_date_set.date"), CourseStep("sin_sent", timer="T4"))
    rehearsal = course(replace(shipped, course=steps))
    assert rehearsal.case.stages["main"] == "open"
    assert of(rehearsal, "T2")[-1][0] == "2026-12-23 09:00"


def test_a_referral_with_gaps_ends_with_a_telephone_call() -> None:
    rehearsal = rehearse_events([opening_event(START, is_complete=False)], shipped_procedure(), CALENDAR)
    assert [mail.order.notice for mail in rehearsal.mails if mail.order.timer == "T20"] == [
        "N1-incomplete",
        "N1-reminder",
        "N1-reminder",
    ]
    assert of(rehearsal, "T20-telephone")[0][0] == "2026-12-18 09:00"


def test_given_events_are_taken_in_order_of_time() -> None:
    planned = [
        Planned("sin_sent", local("2026-12-17 11:00")),
        opening_event(START),
        Planned("partners_informed", local("2026-12-16 11:00")),
    ]
    rehearsal = rehearse_events(planned, shipped_procedure(), CALENDAR)
    assert rehearsal.problems == ()
    assert of(rehearsal, "T3") == [("2026-12-15 10:12", 0, "la_service_leader")]
    assert [moment[:2] for moment in of(rehearsal, "T2")] == [("2026-12-15 10:12", 0), ("2026-12-17 09:00", 1)]
    assert of(rehearsal, "T6")[-1][0] == "2026-12-23 09:00"


def test_what_the_rules_refuse_is_told_with_its_moment() -> None:
    planned = [opening_event(START), Planned("published", local("2026-12-16 11:00"))]
    rehearsal = rehearse_events(planned, shipped_procedure(), CALENDAR)
    assert rehearsal.problems == ("2026-12-16 11:00: published is not allowed while the case is in open",)


def test_an_overdue_task_that_nobody_does_is_shown_overdue_once() -> None:
    rehearsal = rehearse_events([opening_event(START)], shipped_procedure(), CALENDAR)
    by_rung = {moment[:2] for moment in of(rehearsal, "T2")}
    assert by_rung == {
        ("2026-12-15 10:12", 0),
        ("2026-12-17 09:00", 1),
        ("2026-12-21 09:00", 2),
        ("2026-12-22 09:00", 3),
        ("2026-12-23 09:00", 4),
    }


def test_a_rehearsal_of_another_day_is_the_same_but_for_its_days() -> None:
    one, other = (
        {mail.order.notice for mail in rehearse_course(opening_event(at), shipped_procedure(), CALENDAR).mails}
        for at in (local("2027-02-02 10:12"), local("2027-02-09 10:12"))
    )
    assert one == other


def test_a_correction_into_the_past_is_chased_at_once_and_not_before_it_was_known() -> None:
    correction = Planned("date_corrected", local("2026-12-17 11:00"), {"field": "incident_on", "value": "2026-06-01"})
    rehearsal = rehearse_events([opening_event(START), correction], shipped_procedure(), CALENDAR)
    assert [mail.at for mail in rehearsal.mails] == sorted(mail.at for mail in rehearsal.mails)
    late = [mail for mail in rehearsal.mails if mail.order.timer == "T6" and mail.order.level == "L3"]
    assert told(late[0].at) == "2026-12-17 11:00"


def test_a_duty_that_is_done_once_its_mails_have_left_is_not_chased_in_a_rehearsal() -> None:
    rehearsal = course()
    assert of(rehearsal, "T8") == []
    told_of = [event for event in rehearsal.case.history if event.name == "executive_informed"]
    decided = [mail for mail in rehearsal.mails if mail.order.notice == "N9"]
    assert [event.at for event in told_of] == [mail.at for mail in decided][:1]


def test_a_question_that_comes_every_month_stands_in_a_rehearsal_as_often_as_it_goes() -> None:
    days = [moment[0] for moment in of(course(), "progress")]
    assert len(days) == len(set(days)) >= 5
    overdue = [mail for mail in course().mails if mail.order.timer == "progress" and mail.task and mail.task.is_overdue]
    assert len(overdue) >= 4


def test_a_rehearsal_says_how_many_repetitions_it_leaves_out() -> None:
    assert course().left_out == 0
    shipped = shipped_procedure()
    steps = tuple(step for step in shipped.course if step.event != "sin_sent")
    assert course(replace(shipped, course=steps)).left_out > 100
