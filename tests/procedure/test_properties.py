"""What holds for every legal history, of the shipped procedure and of others: searched for counterexamples."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.procedure.case import Case, Event, Notification
from cspr_bot.procedure.definition import INTERNAL_EVENTS, Pattern, Procedure
from cspr_bot.procedure.events import allowed_stages
from cspr_bot.procedure.rehearsal import Planned, RehearsedMail, rehearse_events
from tests.procedure.casework import LONDON, local, shipped_procedure
from tests.procedure.histories import BY_TIME, CALENDAR, SEARCH, STEPS, WHERE, Choice, lived, replayed, ways

# --- Any history -----------------------------------------------------------------------------------------------------


@SEARCH
@given(WHERE, STEPS)
def test_what_is_withdrawn_leaves_a_case_that_its_history_still_explains(where: int, steps: list[Choice]) -> None:
    history = lived(where, steps, may_undo=True)
    again = replayed(history)
    assert again.stages == history.case.stages
    assert again.agency_stages == history.case.agency_stages
    assert again.flags == history.case.flags
    duties = [
        {task.id: (task.status, task.due_on, task.ticks) for task in case.tasks} for case in (again, history.case)
    ]
    assert duties[0] == duties[1]


@SEARCH
@given(WHERE, STEPS)
def test_a_case_is_the_same_after_it_was_written_down(where: int, steps: list[Choice]) -> None:
    case = lived(where, steps).case
    assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case


@SEARCH
@given(WHERE, STEPS, st.integers(0, 10_000))
def test_one_leap_of_time_ends_where_every_moment_ends(where: int, steps: list[Choice], quarters: int) -> None:
    """An outage skips mails and never duties: the same tasks are open and overdue as if nobody had slept."""
    history = lived(where, steps)
    until = history.now + timedelta(minutes=15 * quarters)
    awake, asleep = replace(history, sent=set()), replace(history, sent=set())
    while awake.next is not None and max(awake.next, awake.now) <= until:
        awake.pass_time(0, to_the_next=True)
    asleep._accept(asleep._reach(until), until)
    while asleep.next is not None and asleep.next <= until:
        asleep.pass_time(0, to_the_next=True)
    assert awake.case.stages == asleep.case.stages
    telling = [
        {task.id: (task.status, task.is_overdue) for task in history.case.tasks if task.timer != BY_TIME}
        for history in (awake, asleep)
    ]
    assert telling[0] == telling[1]


# --- Any procedure ---------------------------------------------------------------------------------------------------


def mutated(lengths: list[int], ladders: list[int]) -> Procedure:
    """Give a procedure with other lengths and other ladders."""
    shipped = shipped_procedure()
    names = [name for name in shipped.ladders if name not in {"none", "information"}]
    timers = {}
    for number, (name, timer) in enumerate(shipped.timers.items()):
        length = lengths[number % len(lengths)]
        ladder = names[ladders[number % len(ladders)] % len(names)]
        is_plain = timer.unit == "working_days" and timer.length > 0
        timers[name] = replace(timer, length=length if is_plain else timer.length, ladder=ladder)
    return replace(shipped, timers=timers)


@settings(SEARCH, max_examples=250)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=25),
    st.lists(st.integers(0, 99), min_size=1, max_size=25),
    st.integers(0, 9999),
    STEPS,
)
def test_every_promise_holds_for_other_lengths_and_ladders(
    lengths: list[int], ladders: list[int], salt: int, steps: list[Choice]
) -> None:
    history = lived(salt, steps, procedure=mutated(lengths, ladders))
    assert replayed(history) == history.case


EVENTS = (
    Planned("referral_received", local("2026-12-15 10:12"), {"complete": "yes", "deceased": "unknown"}),
    Planned("subgroup_decided", local("2026-12-18 11:00"), {"rapid_review": "yes", "agencies": "police,health"}),
    Planned("rapid_review_started", local("2026-12-18 14:00")),
    Planned("sin_sent", local("2026-12-21 14:00")),
)


def rehearsed(length: int) -> list[RehearsedMail]:
    shipped = shipped_procedure()
    timers = {**shipped.timers, "T10": replace(shipped.timers["T10"], length=length)}
    return list(rehearse_events(EVENTS, replace(shipped, timers=timers), CALENDAR).mails)


def test_changing_one_deadline_from_ten_days_to_eight_moves_its_mails_and_no_others() -> None:
    ten, eight = rehearsed(10), rehearsed(8)

    def others(mails: list[RehearsedMail]) -> list[tuple[datetime, Notification]]:
        return [(mail.at, mail.order) for mail in mails if mail.order.timer != "T10"]

    def due(mails: list[RehearsedMail]) -> set[date]:
        return {mail.task.due_on for mail in mails if mail.task and mail.order.timer == "T10"}

    def rungs(mails: list[RehearsedMail]) -> list[tuple[str, int, str | None]]:
        moments = {(mail.at, mail.order.rung, mail.order.level) for mail in mails if mail.order.timer == "T10"}
        return [(at.astimezone(LONDON).date().isoformat(), rung, level) for at, rung, level in sorted(moments) if rung]

    assert others(ten) == others(eight)
    assert (due(ten), due(eight)) == ({date(2027, 1, 6)}, {date(2027, 1, 4)})
    assert rungs(eight) == [
        ("2026-12-23", 1, "L0"),
        ("2026-12-30", 2, "L0"),
        ("2026-12-31", 3, "L1"),
        ("2027-01-04", 4, "L2"),
        ("2027-01-05", 5, "L3"),
    ]
    assert [day for day, *_ in rungs(ten)] == ["2026-12-29", "2027-01-04", "2027-01-05", "2027-01-06", "2027-01-07"]


# --- The plan itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", list(shipped_procedure().regions))
def test_from_every_stage_a_final_one_can_be_reached_and_every_stage_from_the_first(region: str) -> None:
    procedure = shipped_procedure()
    steps = ways(procedure, region)
    plan = procedure.regions[region]
    ending, reached = set(plan.final), {plan.initial}
    for _ in plan.stages:
        ending |= {start for start, end in steps if end in ending}
        reached |= {end for start, end in steps if start in reached}
    assert ending == reached == set(plan.stages)


DIAGRAM = """
triage open; triage incomplete; triage merged; incomplete open; open disputed; disputed open; disputed not_referred
not_referred closed; open transferred; transferred closed; open subgroup_due; subgroup_due no_rapid_review
subgroup_due rapid_review_decided; no_rapid_review alternative_review; no_rapid_review closed
rapid_review_decided rapid_review_gathering; rapid_review_gathering rapid_review_analysis
rapid_review_analysis recommended; recommended executive_decision; executive_decision awaiting_panel
awaiting_panel cspr_commencing; awaiting_panel national_review; awaiting_panel alternative_review
awaiting_panel actions_tracking; awaiting_panel executive_decision; cspr_commencing cspr_in_progress
cspr_in_progress awaiting_panel; cspr_in_progress report_final; report_final pre_publication
pre_publication published; pre_publication improvements_published; pre_publication publication_held
publication_held pre_publication; published actions_tracking; improvements_published actions_tracking
alternative_review actions_tracking; national_review actions_tracking; national_review cspr_commencing
actions_tracking closed; incomplete rapid_review_decided; open rapid_review_decided; published closed
"""


@pytest.mark.parametrize("step", [step.strip() for line in DIAGRAM.split("\n") for step in line.split(";") if step])
def test_every_way_of_the_state_diagram_is_there(step: str) -> None:
    start, end = step.split()
    assert (start, end) in ways(shipped_procedure(), "main")


def test_every_event_can_be_recorded_somewhere_and_every_task_be_closed_somewhere() -> None:
    procedure = shipped_procedure()
    for rule in procedure.events.values():
        assert allowed_stages(rule, procedure), rule.name
    for timer in procedure.timers.values():
        for pattern in (*timer.closed_by, *timer.opened_by):
            assert pattern.event in {*procedure.events, *INTERNAL_EVENTS}


def test_a_pattern_with_an_empty_value_means_a_field_that_was_left_out() -> None:
    at = datetime(2026, 12, 15, tzinfo=UTC)
    assert Pattern("x", {"agencies": ("",)}).matches(Event(1, "x", at, at))
    assert not Pattern("x", {"agencies": ("",)}).matches(Event(1, "x", at, at, {"agencies": "police"}))
