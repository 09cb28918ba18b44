"""What holds for every legal history, of the shipped procedure and of others: searched for counterexamples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, TimeReached
from cspr_bot.procedure.definition import INTERNAL_EVENTS, Field, Pattern, Procedure
from cspr_bot.procedure.engine import advance, new_case, replay
from cspr_bot.procedure.events import allowed_now, allowed_stages
from cspr_bot.procedure.rehearsal import Planned, RehearsedMail, rehearse_events
from cspr_bot.procedure.tasks import Ground
from tests.procedure import casework
from tests.procedure.casework import LONDON, CaseWork, english_calendar, local, shipped_procedure

CALENDAR = english_calendar()
AGENCIES = ("police", "health", "education", "local_authority")
BEGINNINGS: tuple[Callable[[], CaseWork], ...] = (
    casework.referred,
    lambda: casework.referred(complete="no", deceased="unknown", incident_on="2026-06-01", la_referrer="yes"),
    casework.decided,
    casework.submitted,
    casework.commencing,
    casework.in_progress,
    casework.reported,
    casework.copied,
)
BY_TIME = "T20-telephone"  # opened by time itself, and so later where nobody told the time
Choice = tuple[int, int, int]

# A step of a history: which event or passing of time, how many quarters of an hour later, and what its fields hold.
STEPS = st.lists(st.tuples(st.integers(0, 999), st.integers(0, 2000), st.integers(0, 9999)), min_size=2, max_size=14)
WHERE = st.integers(0, len(BEGINNINGS) - 1)
SEARCH = settings(max_examples=450, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def beginning(index: int) -> CaseWork:
    return BEGINNINGS[index]()


@dataclass
class History:
    """A history in the making, whose promises are checked at every step."""

    procedure: Procedure
    case: Case
    now: datetime
    next: datetime | None
    sent: set[tuple[str, str, str, str | None]] = field(default_factory=set)
    undone: bool = False

    def record(self, pick: int, salt: int, *, may_undo: bool) -> None:
        names = [name for name in allowed_now(self.case, self.procedure) if name != "withdrawn"]
        if may_undo and pick % 4 == 0 and self.case.history:
            past = self.case.history[salt % len(self.case.history)]
            self._take("withdrawn", {"event": str(past.number), "reason": "given"})
        elif names:
            name = names[pick % len(names)]
            fields = {item.name: self._value(item, salt + place) for place, item in enumerate(self._fields(name))}
            self._take(name, {key: value for key, value in fields.items() if value})

    def _fields(self, name: str) -> tuple[Field, ...]:
        return self.procedure.events[name].fields

    def _take(self, name: str, fields: dict[str, str]) -> None:
        back = timedelta(days=len(fields) % 3)  # some events are told of days later
        event = Event(self.case.last_number + 1, name, self.now - back, self.now, fields)
        outcome = advance(self.case, event, self.procedure, CALENDAR)
        if isinstance(outcome, Refusal):
            assert outcome.problems
            return
        self.undone |= name == "withdrawn"
        self._accept(outcome)

    def _value(self, item: Field, salt: int) -> str:
        if not item.is_required and salt % 3 == 0:
            return ""
        actions = [task.key for task in self.case.open_tasks if task.key]
        known: dict[str, Sequence[str]] = {
            "choice": item.choices,
            "date": [(CALENDAR.day_of(self.now) + timedelta(days=salt % 120 - 30)).isoformat()],
            "agency": [*self.case.agencies, *AGENCIES],
            "agencies": [",".join(AGENCIES[: salt % 4 + 1])],
            "timer": [task.timer for task in self.case.open_tasks] or ["T2"],
            "role": ["director", "police_review_team"],
            "key": [*actions, str(salt % 5)],
            "text": ["given"],
            "number": [str(salt % 30 + 1)],
            "event": [str(salt % 30 + 1)],
        }
        return known[item.kind][salt % len(known[item.kind])]

    def pass_time(self, quarters: int, *, to_the_next: bool) -> None:
        """Let time come to a moment in one leap, or to the next that the rules asked for."""
        at = max(self.now, self.next) if to_the_next and self.next else self.now + timedelta(minutes=15 * quarters)
        decision = self._reach(at)
        if to_the_next and self.next is not None and at >= self.next:
            assert decision.happened, "the rules asked for a moment at which nothing happens"
        self._accept(decision, at)
        again = self._reach(at)
        assert (again.case, again.mails, again.happened) == (self.case, (), ())
        assert self.next is None or self.next > at

    def _reach(self, at: datetime) -> Decision:
        decision = advance(self.case, TimeReached(at), self.procedure, CALENDAR)
        assert isinstance(decision, Decision)
        return decision

    def _accept(self, decision: Decision, at: datetime | None = None) -> None:
        rungs: dict[str, set[int]] = {}
        for mail in decision.mails:
            seat = (mail.key, mail.role, mail.seat, mail.agency)
            assert seat not in self.sent, f"{seat} leaves twice"
            self.sent.add(seat)
            self._check(mail, decision.case)
            if mail.rung:
                rungs.setdefault(mail.task or "", set()).add(mail.rung)
        assert all(len(numbers) == 1 for numbers in rungs.values()), "only the highest rung is sent"
        for task in decision.case.open_tasks:
            assert CALENDAR.is_working_day(task.due_on), task
            assert task.due_at == CALENDAR.due_at(task.due_on)
        self.case, self.next, self.now = decision.case, decision.next_moment, at or self.now

    def _check(self, mail: Notification, after: Case) -> None:
        if mail.task is None:
            return
        task, before = after.task(mail.task), self.case.task(mail.task)
        assert task is not None
        assert task.is_open, "a done task is never chased"
        assert not mail.rung or (before is not None and before.paused_on is None and mail.rung == task.rung)


def lived(where: int, steps: list[Choice], *, may_undo: bool = False, procedure: Procedure | None = None) -> History:
    if procedure is None:
        start = beginning(where)
        history = History(start.procedure, start.case, start.now, start.next)
        history.sent = {(mail.key, mail.role, mail.seat, mail.agency) for _, mail in start.mails}
    else:
        history = History(procedure, new_case("NS-TEST", procedure), local("2026-12-15 10:12"), None)
        history.record(0, where, may_undo=False)
    for pick, quarters, salt in steps:
        if pick % 3 == 0:
            history.pass_time(quarters % 400, to_the_next=pick % 2 == 0)
        else:
            history.now += timedelta(minutes=15 * (quarters % 300))
            history.record(pick // 3, salt, may_undo=may_undo)
    return history


def replayed(history: History) -> Case:
    ground = Ground(history.procedure, CALENDAR)
    again = replay(new_case("NS-TEST", history.procedure), history.case.history, ground)
    assert isinstance(again, Case)
    return again


# --- Any history -----------------------------------------------------------------------------------------------------


@SEARCH
@given(WHERE, STEPS)
def test_every_promise_holds_along_every_history_and_its_replay_is_the_case(where: int, steps: list[Choice]) -> None:
    history = lived(where, steps)
    assert replayed(history) == history.case


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


def ways(procedure: Procedure, region: str) -> set[tuple[str, str]]:
    """Give every step from stage to stage that an event or an automatic move can make."""
    stages = procedure.regions[region].stages
    found = set()
    for rule in procedure.events.values():
        allowed = allowed_stages(rule, procedure) if region == "main" else frozenset(stages)
        for move in rule.moves:
            if move.region == region and move.to != "previous":
                found |= {(start, move.to) for start in (move.start or stages) if start in allowed}
    for automatic in procedure.automatic:
        if automatic.region == region:
            found |= {(start, automatic.to) for start in automatic.start}
    return found


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


@SEARCH
@given(WHERE, STEPS)
def test_no_task_is_chased_that_nobody_could_ever_do(where: int, steps: list[Choice]) -> None:
    """Every open duty can be done where the case is, or where it can still come to."""
    case, procedure = lived(where, steps).case, shipped_procedure()
    ahead = {case.stages["main"]}
    for _ in procedure.regions["main"].stages:
        ahead |= {end for start, end in ways(procedure, "main") if start in ahead}
    for task in case.open_tasks:
        closing = [procedure.events[pattern.event] for pattern in procedure.timers[task.timer].closed_by]
        assert any(allowed_stages(rule, procedure) & ahead for rule in closing), (case.stages["main"], task.timer)


def test_a_pattern_with_an_empty_value_means_a_field_that_was_left_out() -> None:
    at = datetime(2026, 12, 15, tzinfo=UTC)
    assert Pattern("x", {"agencies": ("",)}).matches(Event(1, "x", at, at))
    assert not Pattern("x", {"agencies": ("",)}).matches(Event(1, "x", at, at, {"agencies": "police"}))
