"""What another procedure would change for a case that is open: its own history, told again under other rules."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cspr_bot.procedure.comparison import Comparison, compared, difference
from cspr_bot.procedure.definition import Pattern, Procedure, Timer
from cspr_bot.procedure.rehearsal import opening_event, rehearse_course
from cspr_bot.procedure.tasks import Ground
from tests.procedure import casework
from tests.procedure.casework import CaseWork, english_calendar, local, shipped_procedure

CALENDAR = english_calendar()
NOW = Ground(shipped_procedure(), CALENDAR)
BEGINNINGS = (
    casework.referred,
    casework.decided,
    casework.submitted,
    casework.commencing,
    casework.in_progress,
    casework.reported,
    casework.copied,
)


def changed(name: str, **changes: object) -> Ground:
    """Give the shipped rules with one timer changed, or without it where nothing is said."""
    procedure = shipped_procedure()
    timers = dict(procedure.timers)
    if changes:
        timers[name] = replace(timers[name], **changes)  # type: ignore[arg-type]
    else:
        del timers[name]
    return Ground(replace(procedure, timers=timers), CALENDAR)


def told(found: Comparison) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (duty.timer, item.what)
        for item in found.differences
        for duty in (item.after or item.before,)
        if duty is not None
    ]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_same_procedure_changes_nothing_wherever_a_case_stands(beginning: Callable[[], CaseWork]) -> None:
    case = beginning().case
    assert compared(case, NOW, NOW) == Comparison()


def test_a_case_on_which_an_event_was_taken_back_is_compared_as_it_stands() -> None:
    work = casework.decided()
    work.record("2026-12-21 10:00", "withdrawn", event=str(work.case.last_number), reason="given")
    assert compared(work.case, NOW, NOW) == Comparison()


def test_another_length_moves_the_due_day_and_the_next_reminder_of_the_one_duty() -> None:
    case = casework.referred().case
    found = compared(case, NOW, changed("T2", length=8))
    assert [name for name, _ in told(found)] == ["T2"]
    (item,) = found.differences
    assert item.before is not None
    assert item.after is not None
    assert CALENDAR.working_days_between(item.before.due_on, item.after.due_on) == 3
    assert item.what == ("due", "reminder")


def test_another_owner_is_told() -> None:
    case = casework.referred().case
    assert ("T3", ("owner",)) in told(compared(case, NOW, changed("T3", owner="assistant_director")))


def test_a_duty_that_is_not_in_the_other_file_would_fall_away() -> None:
    case = casework.referred().case
    assert told(compared(case, NOW, changed("T3"))) == [("T3", ("dropped",))]


def test_what_is_done_already_is_of_no_account() -> None:
    work = casework.referred()
    work.record("2026-12-16 10:00", "sin_sent")
    assert told(compared(work.case, NOW, changed("T2", length=8))) == []


def test_a_history_that_could_not_have_been_is_said_and_not_compared() -> None:
    case = casework.decided().case
    procedure = shipped_procedure()
    rule = replace(procedure.events["subgroup_decided"], allowed_in=("closed",))
    other = replace(procedure, events={**procedure.events, "subgroup_decided": rule})
    found = compared(case, NOW, Ground(other, CALENDAR))
    assert found.problems
    assert found.differences == ()


def test_another_stage_is_told() -> None:
    case = casework.decided().case
    procedure = shipped_procedure()
    rule = procedure.events["subgroup_decided"]
    moves = tuple(replace(move, to="no_rapid_review") if move.region == "main" else move for move in rule.moves)
    other = replace(procedure, events={**procedure.events, "subgroup_decided": replace(rule, moves=moves)})
    found = compared(case, NOW, Ground(other, CALENDAR))
    assert ("main", "rapid_review_decided", "no_rapid_review") in found.stages


def test_two_courses_are_compared_duty_by_duty_though_their_events_bear_other_numbers() -> None:
    opening = opening_event(local("2026-12-15 10:12"))
    other = changed("T10", length=8)
    course = rehearse_course(opening, NOW.procedure, CALENDAR).case
    again = rehearse_course(opening, other.procedure, CALENDAR).case
    found = difference(course, NOW, again, other)
    assert {item.what for item in found.differences} == {("due",)}
    assert difference(course, NOW, course, NOW) == Comparison()


def test_comparing_leaves_the_case_as_it_was() -> None:
    case = casework.commencing().case
    before = repr(case)
    compared(case, NOW, changed("T15", length=3))
    assert repr(case) == before


def test_a_timer_of_the_partnerships_own_would_be_new() -> None:
    case = casework.referred().case
    shipped: Procedure = shipped_procedure()
    own: Timer = replace(
        shipped.timers["T3"], name="T24", title="Tell the health board", opened_by=(Pattern("referral_received"),)
    )
    other = Ground(replace(shipped, timers={**shipped.timers, "T24": own}), CALENDAR)
    (item,) = compared(case, NOW, other).differences
    assert item.what == ("new",)
    assert item.after is not None
    assert item.after.title == "Tell the health board"
