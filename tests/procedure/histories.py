"""Histories lived at random in tests: any legal event, any passing of time, with every promise checked on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, TimeReached
from cspr_bot.procedure.definition import Field, Procedure
from cspr_bot.procedure.engine import advance, new_case, replay
from cspr_bot.procedure.events import allowed_now, allowed_stages
from cspr_bot.procedure.tasks import Ground
from tests.procedure import casework
from tests.procedure.casework import CaseWork, english_calendar, local

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
    casework.national,
    casework.alternative,
    casework.without_rapid_review,
    casework.disputed,
    casework.planned,
    casework.of_several_areas,
    casework.started,
    casework.determined,
    casework.recommended,
    casework.dated,
    casework.held,
    casework.tracked,
    casework.improved,
    casework.turned_away,
    casework.disagreed_with,
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
    entered: set[str] = field(default_factory=set)

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
        self.entered |= {what.removeprefix("stage_entered ") for what in decision.happened if "stage_entered" in what}
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


def assert_no_dead_end(case: Case, procedure: Procedure) -> None:
    """Every open duty can be done where the case is or can still come to, and the case itself can be ended now."""
    ahead = _ahead(procedure, case.stages["main"])
    for task in case.open_tasks:
        closing = [procedure.events[pattern.event] for pattern in procedure.timers[task.timer].closed_by]
        assert any(allowed_stages(rule, procedure) & ahead for rule in closing), (case.stages["main"], task.timer)
    if case.stages["main"] not in procedure.regions["main"].final:
        at = max(event.known_at for event in case.history)
        ending = Event(case.last_number + 1, "closed", at, at, {"reason": "given"})
        assert isinstance(advance(case, ending, procedure, CALENDAR), Decision), case.stages["main"]


_KNOWN: dict[tuple[int, str], set[str]] = {}


def _ahead(procedure: Procedure, stage: str) -> set[str]:
    """Give every stage that can still be come to, this one included."""
    known = _KNOWN.setdefault((id(procedure), stage), {stage})
    if len(known) == 1:
        steps = ways(procedure, "main")
        for _ in procedure.regions["main"].stages:
            known |= {end for start, end in steps if start in known}
    return known
